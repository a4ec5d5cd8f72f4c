#include "seam/grpc/error_details_internal.h"

#include <google/protobuf/unknown_field_set.h>

#include <utility>

#include "seam/grpc/serialized_internal.h"

namespace seam::grpc_internal {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Field numbers of the messages.
constexpr int kStatusCode = 1;
constexpr int kStatusMessage = 2;
constexpr int kStatusDetails = 3;
constexpr int kAnyTypeUrl = 1;
constexpr int kAnyValue = 2;
constexpr int kErrorInfoReason = 1;
constexpr int kErrorInfoDomain = 2;
constexpr int kErrorInfoMetadata = 3;
constexpr int kEntryKey = 1;
constexpr int kEntryValue = 2;

constexpr std::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr std::string_view kErrorInfoName = "/google.rpc.ErrorInfo";

void Add(UnknownFieldSet& message, int number, std::string_view text) {
  message.AddLengthDelimited(number)->assign(text);
}

// Calls visit(number, bytes) for every length-delimited field; false when `bytes` are no message.
template <class Visit>
bool ForEachText(std::string_view bytes, Visit&& visit) {
  UnknownFieldSet message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
      visit(field.number(), std::string_view(field.length_delimited()));
    }
  }
  return true;
}

bool ReadErrorInfo(std::string_view bytes, Error& error) {
  return ForEachText(bytes, [&error](int number, std::string_view text) {
    if (number == kErrorInfoReason) error.reason = text;
    if (number != kErrorInfoMetadata) return;
    std::string key;
    std::string value;
    const bool is_entry = ForEachText(text, [&](int part, std::string_view part_text) {
      if (part == kEntryKey) key = part_text;
      if (part == kEntryValue) value = part_text;
    });
    if (is_entry) error.metadata.insert_or_assign(std::move(key), std::move(value));
  });
}

}  // namespace

std::string EncodeErrorDetails(const Error& error, std::string_view domain) {
  if (error.reason.empty() && error.metadata.empty()) return {};
  UnknownFieldSet info;
  Add(info, kErrorInfoReason, error.reason);
  Add(info, kErrorInfoDomain, domain);
  for (const auto& [key, value] : error.metadata) {
    UnknownFieldSet entry;
    Add(entry, kEntryKey, key);
    Add(entry, kEntryValue, value);
    Add(info, kErrorInfoMetadata, Serialized(entry));
  }
  UnknownFieldSet any;
  Add(any, kAnyTypeUrl, kErrorInfoUrl);
  Add(any, kAnyValue, Serialized(info));
  UnknownFieldSet status;
  status.AddVarint(kStatusCode, static_cast<std::uint64_t>(error.code));
  Add(status, kStatusMessage, error.message);
  Add(status, kStatusDetails, Serialized(any));
  return Serialized(status);
}

bool DecodeErrorDetails(std::string_view details, Error& error) {
  bool found = false;
  ForEachText(details, [&](int number, std::string_view any) {
    if (number != kStatusDetails || found) return;
    std::string type;
    std::string value;
    ForEachText(any, [&](int part, std::string_view text) {
      if (part == kAnyTypeUrl) type = text;
      if (part == kAnyValue) value = text;
    });
    const bool is_info =
        type.size() >= kErrorInfoName.size() &&
        type.compare(type.size() - kErrorInfoName.size(), std::string::npos, kErrorInfoName) == 0;
    found = is_info && ReadErrorInfo(value, error);
  });
  return found;
}

}  // namespace seam::grpc_internal
