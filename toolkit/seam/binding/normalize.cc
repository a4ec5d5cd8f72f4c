#include "seam/binding/normalize.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "seam/wire/utf8.h"

namespace seam {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// The length of the well-formed sequence that `text` begins with; 0 when there is none.
std::size_t LeadingSequence(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (wire::IsValidUtf8(text.substr(0, length))) return length;
  }
  return 0;
}

void ReplaceInvalid(std::string& text) {
  if (wire::IsValidUtf8(text)) return;
  std::string valid;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length = LeadingSequence(rest);
    valid.append(length == 0 ? kReplacement : rest.substr(0, length));
    rest.remove_prefix(length == 0 ? 1 : length);
  }
  text = std::move(valid);
}

// At most `limit` bytes, cut between characters; what was cut is shown by an ellipsis.
void Truncate(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  std::size_t length = limit - kEllipsis.size();
  while (length > 0 && IsContinuation(text[length])) --length;
  text.resize(length);
  text.append(kEllipsis);
}

}  // namespace

void NormalizeError(Error& error) {
  error.code = CodeFromNumber(static_cast<std::int32_t>(error.code));
  ReplaceInvalid(error.reason);
  Truncate(error.reason, kMaxErrorReasonBytes);
  // A message of megabytes is cut before its bytes are looked at one by one.
  if (error.message.size() > 2 * kMaxErrorMessageBytes) {
    error.message.resize(2 * kMaxErrorMessageBytes);
  }
  ReplaceInvalid(error.message);
  Truncate(error.message, kMaxErrorMessageBytes);

  std::size_t bytes = 0;
  std::map<std::string, std::string> metadata;
  for (auto& [key, value] : error.metadata) {
    std::string valid_key = key;
    ReplaceInvalid(valid_key);
    ReplaceInvalid(value);
    bytes += valid_key.size() + value.size() + kErrorMetadataEntryBytes;
    if (bytes > kMaxErrorMetadataBytes) break;
    metadata.insert_or_assign(std::move(valid_key), std::move(value));
  }
  error.metadata = std::move(metadata);
}

void NormalizeHandlerError(Error& error) {
  NormalizeError(error);
  error.origin = Origin::kHandler;
}

}  // namespace seam
