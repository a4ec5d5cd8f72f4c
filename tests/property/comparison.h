#ifndef TESTS_PROPERTY_COMPARISON_H_
#define TESTS_PROPERTY_COMPARISON_H_

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "random.h"

namespace property {

// What came of giving the same bytes to Seam's codec and to libprotobuf.
struct Verdict {
  bool accepted = false;     // By libprotobuf.
  std::string disagreement;  // Empty when the two agree.
};

// libprotobuf, by both of its parsers: the code that protoc generates, and the reflection that
// DynamicMessage uses. Not thread-safe.
class Oracle {
 public:
  // Whether `bytes` are a message of `parsed`'s type, which is filled with it. What Timestamps and
  // Durations do not know is left out of it. Nothing when the two parsers differ.
  std::optional<bool> Parse(std::string_view bytes, google::protobuf::Message& parsed);

 private:
  google::protobuf::DynamicMessageFactory factory_;
};

// With maps by key: one message has one form.
[[nodiscard]] std::string DeterministicBytes(const google::protobuf::Message& message);

// A message type of the matrix.
struct Root {
  std::string_view name;
  const google::protobuf::Message* prototype = nullptr;
  // See compare.h.
  Verdict (*compare)(Oracle& oracle, std::string_view bytes) = nullptr;
  Verdict (*compare_filled)(Oracle& oracle, Random& random) = nullptr;
  // Decodes with Seam's codec, and lets go of what comes of it.
  void (*decode)(std::string_view bytes) = nullptr;
};

// In the order of PROPERTY_ROOTS.
[[nodiscard]] const std::vector<Root>& Roots();

// An input of the fuzzer, and a file in corpus/: a byte that chooses the root, then the bytes of
// the message.
[[nodiscard]] Verdict CompareInput(Oracle& oracle, std::string_view input);

}  // namespace property

#endif  // TESTS_PROPERTY_COMPARISON_H_
