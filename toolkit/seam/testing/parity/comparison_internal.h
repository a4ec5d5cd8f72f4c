#ifndef SEAM_TESTING_PARITY_COMPARISON_INTERNAL_H_
#define SEAM_TESTING_PARITY_COMPARISON_INTERNAL_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/core/buffer.h"
#include "seam/core/error.h"
#include "seam/core/result.h"
#include "seam/testing/parity.h"
#include "seam/testing/parity/calls_internal.h"

namespace seam::testing::internal {

// Compares what two sides have said in the course of one sequence, and learns which made-up value
// of one is which of the other. The functions say how the sides differ, or nothing. Not
// thread-safe.
class Comparison {
 public:
  Comparison(Contract& contract, const ParityOptions& options)
      : contract_(contract), options_(options) {}

  // A text that was sent to both sides means the same on both.
  void WasSent(const std::string& text);

  [[nodiscard]] std::string Answers(const Call& call, const Result<Buffer>& first,
                                    const Result<Buffer>& second);
  [[nodiscard]] std::string Rows(std::vector<std::string> first, std::vector<std::string> second);

  // What replies have told so far, as references.
  [[nodiscard]] const std::vector<std::string>& references() const noexcept { return references_; }
  // What a reference stands for on a side (0 or 1); empty when no reply has told it.
  [[nodiscard]] std::string Resolve(const std::string& reference, std::size_t side) const;

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;
  using Pairs = std::map<std::string, std::string, std::less<>>;

  struct Uuids {
    std::string text;
    std::string rest;  // The text without them.
    std::vector<std::string> uuids;
  };

  [[nodiscard]] std::string Errors(const Error& first, const Error& second);
  [[nodiscard]] std::string Replies(const Call& call, const std::string& first,
                                    const std::string& second);
  [[nodiscard]] std::string Messages(const Message& first, const Message& second,
                                     const std::string& path);
  [[nodiscard]] std::string Fields(const Message& first, const Message& second, const Field& field,
                                   int index, const std::string& path);
  [[nodiscard]] bool IsSameMadeUp(const std::string& first, const std::string& second);
  // What is known of two made-up values that are not the same, as a line of a report.
  [[nodiscard]] std::string WhyNotSame(const std::string& first, const std::string& second) const;
  [[nodiscard]] bool IsSameText(const std::string& first, const std::string& second);
  // The text as the second side would say it.
  [[nodiscard]] std::string Translated(std::string_view text) const;
  [[nodiscard]] static Uuids UuidsIn(const std::string& text);
  // What has to be the same for two texts to say the same; nothing when they cannot.
  [[nodiscard]] std::optional<Pairs> NewPairs(const Uuids& first, const Uuids& second) const;
  void Learn(const Pairs& pairs);
  // Takes out the rows that are the other side's but for UUIDs, and learns those.
  void PairRows(std::vector<Uuids>& first, std::vector<Uuids>& second);

  Contract& contract_;
  const ParityOptions& options_;

  std::size_t call_ = 0;  // The number of the call whose reply is being compared.
  Pairs to_second_;
  Pairs to_first_;
  std::vector<std::string> references_;
  std::map<std::string, std::pair<std::string, std::string>> values_;
};

}  // namespace seam::testing::internal

#endif  // SEAM_TESTING_PARITY_COMPARISON_INTERNAL_H_
