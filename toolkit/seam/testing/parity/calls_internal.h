#ifndef SEAM_TESTING_PARITY_CALLS_INTERNAL_H_
#define SEAM_TESTING_PARITY_CALLS_INTERNAL_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/contract.h"
#include "seam/core/result.h"

// The calls that a parity test makes, as messages that know their fields.
namespace seam::testing::internal {

// Whether a field, or a key, with these names is meant by the pattern (see ParityOptions).
[[nodiscard]] bool IsMeant(std::string_view pattern, std::string_view name,
                           std::string_view full_name);
[[nodiscard]] bool IsMeant(const std::vector<std::string>& patterns,
                           const google::protobuf::FieldDescriptor& field);

// A service by its embedded descriptor. Not thread-safe.
class Contract {
 public:
  // Dies when the descriptor is broken.
  explicit Contract(const ServiceContract& contract);

  [[nodiscard]] const ServiceContract& contract() const noexcept { return contract_; }
  [[nodiscard]] const google::protobuf::ServiceDescriptor& service() const noexcept {
    return *service_;
  }

  // An empty message, valid as long as this object.
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> New(
      const google::protobuf::Descriptor& type);

 private:
  void Add(const FileContract& file);

  const ServiceContract& contract_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const google::protobuf::ServiceDescriptor* service_ = nullptr;
};

// Where a reply has told a made-up value; in a request it stands for that value.
[[nodiscard]] std::string Reference(std::size_t call, std::string_view path);
[[nodiscard]] bool IsReference(std::string_view text);

struct Call {
  std::size_t number = 0;  // Keeps its value when calls before it are left out.
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::size_t caller = 0;  // Which of ParitySide::callers().
  std::shared_ptr<const google::protobuf::Message> request;

  // When it is set, this field is filled with "x" until the request has that size, so that a file
  // need not hold megabytes. A path of names, "value.text".
  std::string padded_field;
  std::size_t padded_to = 0;

  [[nodiscard]] std::unique_ptr<google::protobuf::Message> CopyRequest() const;
};

// Calls `visit(message, field, index)` for each string of the message that is not a map's key;
// index is -1 for a singular field.
void ForEachString(google::protobuf::Message& message,
                   const std::function<void(google::protobuf::Message&,
                                            const google::protobuf::FieldDescriptor&, int)>& visit);

// The request's bytes: references replaced by what `resolve` makes of them, and padded.
[[nodiscard]] std::string Bytes(const Call& call,
                                const std::function<std::string(const std::string&)>& resolve);

// A message's bytes, equal ones for equal messages.
[[nodiscard]] std::string Deterministic(const google::protobuf::Message& message);

// The calls as people read them, and as a file keeps them: JSON with the requests in text format.
[[nodiscard]] std::string Describe(const std::vector<Call>& calls,
                                   const std::vector<std::string>& callers);
struct Kept {
  std::vector<Call> calls;
  std::uint64_t seed = 0;  // See ParitySide::Begin.
};
[[nodiscard]] std::string ToFile(const Contract& contract, const Kept& kept,
                                 const std::vector<std::string>& callers, const std::string& found);
// One of the file's calls.
[[nodiscard]] std::string ToFileEntry(const Call& call, const std::vector<std::string>& callers);
// The error's message says why the text is no such file.
[[nodiscard]] Result<Kept> FromFile(Contract& contract, const std::vector<std::string>& callers,
                                    const std::string& text);

// The call with one thing less, or one thing simpler: the `step`th that can be done, counted from
// 0; nothing when there are fewer. The values of fields that match `only_values` are left out or
// stay as they are.
[[nodiscard]] std::optional<Call> Simpler(const Call& call, std::size_t step,
                                          const std::vector<std::string>& only_values);

}  // namespace seam::testing::internal

#endif  // SEAM_TESTING_PARITY_CALLS_INTERNAL_H_
