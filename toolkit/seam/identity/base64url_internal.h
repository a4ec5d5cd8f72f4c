#ifndef SEAM_IDENTITY_BASE64URL_INTERNAL_H_
#define SEAM_IDENTITY_BASE64URL_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>

namespace seam::internal {

// Base64url without padding (https://www.rfc-editor.org/rfc/rfc4648#section-5), the form in which
// JSON web tokens carry bytes. Thread-safe.
[[nodiscard]] std::string EncodeBase64Url(std::string_view bytes);

// Nothing unless `text` is what EncodeBase64Url gives for some bytes: padding, blanks and the other
// spellings of the same bytes are refused, since two spellings of one token would be two tokens.
[[nodiscard]] std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace seam::internal

#endif  // SEAM_IDENTITY_BASE64URL_INTERNAL_H_
