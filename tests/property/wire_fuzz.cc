// A libFuzzer target (https://llvm.org/docs/LibFuzzer.html): every input goes to Seam's codec and
// to libprotobuf, and a disagreement is a crash. See CompareInput for the form of an input.
//
// With SEAM_FUZZ_TWIN=1 it takes a codec that does not check its strings, to show that the fuzzer
// finds what is wrong.

#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "compare.h"
#include "sample.h"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  // It writes a line for each string that is not UTF-8.
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static property::Oracle oracle;
  static const bool kIsTwin = std::getenv("SEAM_FUZZ_TWIN") != nullptr;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const property::Verdict verdict =
      kIsTwin ? property::Compare<property::Sample<property::Defect::kAcceptsInvalidUtf8>,
                                  oracle::matrix::sample::v1::Sample>(oracle, input)
              : property::CompareInput(oracle, input);
  if (verdict.disagreement.empty()) return 0;
  std::cerr << "DISAGREEMENT: " << verdict.disagreement << "\n";
  std::abort();
}
