// Measures Seam against fair hand-written code in the same run, and prints the ratios.

#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "suites.h"

namespace {

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "an unknown processor";
}

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

std::string Conditions() {
  utsname system{};
  uname(&system);
  return Processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " +
         system.sysname + " " + system.release + ", " + kCompiler +
         ", " BENCH_FLAGS "; medians of interleaved rounds";
}

std::string Time(double nanoseconds) {
  char text[32];
  if (nanoseconds < 1e3) {
    std::snprintf(text, sizeof text, "%.1f ns", nanoseconds);
  } else if (nanoseconds < 1e6) {
    std::snprintf(text, sizeof text, "%.1f us", nanoseconds / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.0f ms", nanoseconds / 1e6);
  }
  return text;
}

void PrintTable(const bench::Report& report) {
  std::printf("%s\n\n", Conditions().c_str());
  std::printf("%-58s %-44s %10s %10s %6s %6s %6s\n", "seam", "against", "seam", "against", "rounds",
              "ratio", "goal");
  for (const bench::Row& row : report.rows) {
    std::string goal = "-";
    std::string mark;
    if (row.goal) {
      char text[16];
      std::snprintf(text, sizeof text, "%.2f", *row.goal);
      goal = text;
      if (row.ratio() > *row.goal) mark = "  missed";
    }
    std::printf("%-58s %-44s %10s %10s %6d %6.2f %6s%s\n", (row.group + ": " + row.ours).c_str(),
                row.theirs.c_str(), Time(row.ours_ns).c_str(), Time(row.theirs_ns).c_str(),
                row.rounds, row.ratio(), goal.c_str(), mark.c_str());
  }
  if (report.costs.empty()) return;
  std::printf("\n%-76s %10s  of GetProduct on SQLite\n",
              "What each guard of the in-process binding costs", "");
  for (const bench::Measured& cost : report.costs) {
    std::printf("  %-74s %10s %5.1f %%\n", cost.name.c_str(), Time(cost.nanoseconds).c_str(),
                100 * cost.nanoseconds / report.real_call_ns);
  }
}

void PrintJson(const bench::Report& report) {
  nlohmann::json document = {{"conditions", Conditions()}};
  for (const bench::Row& row : report.rows) {
    document["rows"].push_back({{"group", row.group},
                                {"seam", row.ours},
                                {"against", row.theirs},
                                {"seam_ns", row.ours_ns},
                                {"against_ns", row.theirs_ns},
                                {"rounds", row.rounds},
                                {"ratio", row.ratio()},
                                {"goal", row.goal ? nlohmann::json(*row.goal) : nullptr}});
  }
  for (const bench::Measured& cost : report.costs) {
    document["guards"].push_back({{"name", cost.name},
                                  {"ns", cost.nanoseconds},
                                  {"share", cost.nanoseconds / report.real_call_ns}});
  }
  std::printf("%s\n", document.dump(2).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(bench::Report&)>> suites = {
      {"in-process", bench::BenchInProcess},
      {"codec", bench::BenchCodec},
      {"grpc", bench::BenchGrpc},
      {"compile", bench::BenchCompileTime},
      {"tls", bench::BenchTls},
      {"sql", bench::BenchSql},
      {"postgresql", bench::BenchPostgresql},
      {"orders", bench::BenchOrders},
      {"events", bench::BenchEvents},
      {"shop", bench::BenchShop},
      {"shop-postgresql", bench::BenchShopOnPostgresql},
      {"load", bench::BenchLoad},
      {"http", bench::BenchHttp},
  };
  std::vector<std::string> names;
  for (const auto& suite : suites) names.push_back(suite.first);

  CLI::App app{"Measures Seam against hand-written code in the same run."};
  bool json = false;
  std::vector<std::string> only;
  bench::Report report;
  app.add_flag("--json", json, "Print JSON instead of the table");
  app.add_flag("--quick", report.quick, "A few rounds only, to see that it runs");
  app.add_option("--only", only, "Run these suites only")->check(CLI::IsMember(names));
  std::string served;
  std::string address;
  app.add_option("--serve", served)->group("");  // For the processes that the benchmark starts.
  app.add_option("--address", address)->group("");
  CLI11_PARSE(app, argc, argv);
  const std::string orders = "orders:";
  if (served.rfind(orders, 0) == 0) {
    bench::ServeOrdersByHand(served.substr(orders.size()), address);
  }
  if (!served.empty()) bench::Serve(served, address);

  const bool show_progress = !json && isatty(STDERR_FILENO) != 0;
  report.progress = [show_progress](const std::string& step) {
    if (show_progress) std::fprintf(stderr, "measuring %s …\n", step.c_str());
  };
  for (const auto& [name, suite] : suites) {
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) suite(report);
  }
  if (json) {
    PrintJson(report);
  } else {
    PrintTable(report);
  }
  return 0;
}
