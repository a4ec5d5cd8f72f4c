#ifndef SEAM_TESTING_PARITY_RANDOM_CALLS_INTERNAL_H_
#define SEAM_TESTING_PARITY_RANDOM_CALLS_INTERNAL_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "seam/testing/parity.h"
#include "seam/testing/parity/calls_internal.h"

namespace seam::testing::internal {

// Dies when the options make no sense, or none for this contract.
void CheckOptions(const Contract& contract, const ParityOptions& options);

// Makes calls up: what the same seed gives is the same on every machine. Most calls keep to the
// values of the options, so that they get somewhere; the others try everything that a struct of the
// contract can hold. Not thread-safe; what it is given must outlive it, and the options have passed
// CheckOptions.
class RandomCalls {
 public:
  RandomCalls(Contract& contract, const ParityOptions& options, std::size_t callers,
              std::uint64_t seed);

  // How many calls the sequence is to have.
  [[nodiscard]] std::size_t Length();

  // `references` stand for what replies have told so far (see Reference).
  [[nodiscard]] Call Next(std::size_t number, const std::vector<std::string>& references);

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  std::uint64_t Bits() { return engine_(); }
  std::size_t Below(std::size_t limit) { return static_cast<std::size_t>(Bits() % limit); }
  bool OneIn(std::size_t odds) { return Below(odds) == 0; }

  void Fill(Message& message, std::size_t depth);
  void FillField(Message& message, const Field& field, std::size_t depth);
  void SetScalar(Message& message, const Field& field);
  [[nodiscard]] bool KeepsToValues(const Field& field);
  void Dig(Message& message, const Field& field, std::size_t depth);
  void AddUnknown(Message& message);
  [[nodiscard]] std::string PaddableField(const google::protobuf::Descriptor& type,
                                          std::size_t depth);

  std::int64_t Integer();
  double Floating();
  std::string Text();
  std::string BadText();
  std::string AnyBytes();

  Contract& contract_;
  const ParityOptions& options_;
  const std::size_t callers_;
  std::mt19937_64 engine_;
  const std::vector<const google::protobuf::MethodDescriptor*> methods_;

  std::map<std::string, std::vector<std::string>> sent_;  // Values of the options, by field name.

  // Of the call that is being made.
  bool wild_ = false;
  const std::vector<std::string>* references_ = nullptr;
};

// Sets a field, or adds an element to it, from text as in text format; dies when it does not fit.
void SetFromText(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                 const std::string& text);

}  // namespace seam::testing::internal

#endif  // SEAM_TESTING_PARITY_RANDOM_CALLS_INTERNAL_H_
