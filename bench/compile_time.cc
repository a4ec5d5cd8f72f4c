// What a file pays for including a client: the generated header against gRPC's.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "seam/testing/temporary_folder.h"
#include "suites.h"

namespace bench {
namespace {

std::function<void()> Compilation(const std::string& source, const std::string& flags) {
  const std::string command =
      std::string(BENCH_COMPILER) + " -std=c++17 -O2 " + flags + " -c -o /dev/null " + source;
  return [command] {
    // NOLINTNEXTLINE(bugprone-command-processor,cert-env33-c): the compiler is what is measured.
    if (std::system(command.c_str()) != 0) {
      std::fprintf(stderr, "bench: cannot compile: %s\n", command.c_str());
      std::abort();
    }
  };
}

}  // namespace

void BenchCompileTime(Report& report) {
  report.progress("compile time of the headers");
  const seam::testing::TemporaryFolder folder;
  const std::string ours = folder / "seam.cc";
  const std::string theirs = folder / "grpc.cc";
  std::ofstream(ours) << "#include \"shop/products/v1/products_client.h\"\n";
  std::ofstream(theirs) << "#include \"bench/products/v1/products.grpc.pb.h\"\n";
  const int rounds = report.quick ? 1 : 7;
  const auto measured = RaceCalls({{"seam", Compilation(ours, BENCH_SEAM_INCLUDES)},
                                   {"grpc", Compilation(theirs, BENCH_GRPC_INCLUDES)}},
                                  rounds, 1);
  report.rows.push_back({"compile", "a file that includes products_client.h",
                         "one that includes products.grpc.pb.h", measured[0].nanoseconds,
                         measured[1].nanoseconds, 0.30, rounds});
}

}  // namespace bench
