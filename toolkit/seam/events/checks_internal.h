#ifndef SEAM_EVENTS_CHECKS_INTERNAL_H_
#define SEAM_EVENTS_CHECKS_INTERNAL_H_

#include <string>
#include <string_view>

#include "seam/core/error.h"
#include "seam/core/result.h"
#include "seam/events/event.h"
#include "seam/wire/utf8.h"

namespace seam::events::internal {

// Whether a database keeps the text as it is.
[[nodiscard]] inline bool IsStorable(std::string_view text) noexcept {
  return text.find('\0') == std::string_view::npos && wire::IsValidUtf8(text);
}

// What Outbox::Add refuses.
[[nodiscard]] inline Result<void> CheckEntity(const EventContract& contract,
                                              std::string_view entity) {
  const char* wrong = nullptr;
  if (entity.empty()) wrong = "is empty";
  if (entity.size() > kMaxEntityBytes) wrong = "is longer than 200 bytes";
  if (!IsStorable(entity)) wrong = "is not UTF-8 without NUL";
  if (wrong == nullptr) return {};
  return Fail(Code::kInvalidArgument, "INVALID_EVENT",
              "the entity of an event " + std::string(contract.topic) + " " + wrong +
                  "; set the field that the contract names",
              {{"topic", std::string(contract.topic)}});
}

// Whether a destination's error is the fault of the event, as Destination::Send says.
[[nodiscard]] inline bool IsOwnFault(const Error& error) noexcept {
  return error.code == Code::kInvalidArgument || error.code == Code::kOutOfRange ||
         (error.code == Code::kResourceExhausted && error.reason == "MESSAGE_TOO_LARGE");
}

// An error as it stands in the row of an event that failed.
[[nodiscard]] inline std::string ReasonText(const Error& error) {
  constexpr std::size_t kLongest = 1000;
  std::string text = ToString(error);
  if (text.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
  }
  return IsStorable(text) ? text : std::string(CodeName(error.code));
}

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_CHECKS_INTERNAL_H_
