#ifndef SEAM_CORE_ERROR_H_
#define SEAM_CORE_ERROR_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace seam {

// Why a call failed. The names and numbers are gRPC's canonical status codes
// (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), because that is what travels; OK is
// left out, since an Error is never a success.
enum class Code : std::int32_t {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// The code's canonical spelling, "NOT_FOUND"; "UNKNOWN" for a number that is no canonical code.
[[nodiscard]] std::string_view CodeName(Code code) noexcept;

// The code with that number; kUnknown for a number that is no canonical code.
[[nodiscard]] Code CodeFromNumber(std::int32_t number) noexcept;

// Whether the work may have happened: what a caller must know before it tries again.
enum class Origin : std::uint8_t {
  kHandler,         // The handler ran and refused. This is its answer.
  kNotDelivered,    // The handler was certainly not run: asking again cannot double anything.
  kOutcomeUnknown,  // The handler may have run, wholly or in part; its answer did not arrive.
};

// How the origin is spelt in logs and on the wire: "handler", "not-delivered", "outcome-unknown".
[[nodiscard]] std::string_view OriginName(Origin origin) noexcept;

// What a failed call returns, the same in every binding. A value: copy and move it freely.
struct Error {
  Code code = Code::kUnknown;

  // For machines: UPPER_SNAKE_CASE, stable, unique within the module ("PRODUCT_NOT_FOUND").
  // Travels as google.rpc.ErrorInfo.reason.
  std::string reason;

  // For people: what was wrong, where, and what to do. Must hold no secrets.
  std::string message;

  // Details for machines, such as {"field", "price.currency"}. Travels as ErrorInfo.metadata.
  std::map<std::string, std::string> metadata;

  Origin origin = Origin::kHandler;

  friend bool operator==(const Error& a, const Error& b) {
    return a.code == b.code && a.origin == b.origin && a.reason == b.reason &&
           a.message == b.message && a.metadata == b.metadata;
  }
  friend bool operator!=(const Error& a, const Error& b) { return !(a == b); }
};

// One line for logs: "NOT_FOUND PRODUCT_NOT_FOUND: no product … (handler) {field=id}".
[[nodiscard]] std::string ToString(const Error& error);

}  // namespace seam

#endif  // SEAM_CORE_ERROR_H_
