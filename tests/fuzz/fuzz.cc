// Three libFuzzer targets (https://llvm.org/docs/LibFuzzer.html); SEAM_FUZZ_TARGET says which.
//
//   http    The bytes that a client sends over one connection. The first byte says in how large
//           pieces they come. $ADMIN and $CUSTOMER stand for tokens. The pieces make no difference,
//           and each request has one well-formed answer: what was done, or a refusal for which the
//           client can do something.
//   json    The body of a request of an admin; the first byte says of which route. The same holds
//           for its answer.
//   config  A configuration file; the first byte says of which program. It is refused with messages
//           that say where, or gives a configuration that gives itself again.
//
// The modules behind the face are the real ones, on databases in memory that all inputs of a run
// share. With SEAM_FUZZ_TWIN=1 there is a bug in what is tried, to show that the search finds one
// that is not in the corpus.

#include <cstddef>
#include <cstdint>

#include "expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using shop::fuzz::Found;
  static const std::string target = [] {
    const char* const name = std::getenv("SEAM_FUZZ_TARGET");
    return std::string(name == nullptr ? "" : name);
  }();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (target == "http") {
    shop::fuzz::TryHttp(input);
  } else if (target == "json") {
    shop::fuzz::TryJson(input);
  } else if (target == "config") {
    shop::fuzz::TryConfig(input);
  } else {
    Found("SEAM_FUZZ_TARGET is to be http, json or config");
  }
  return 0;
}
