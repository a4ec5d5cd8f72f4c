#ifndef SEAM_CORE_PAGE_TOKEN_H_
#define SEAM_CORE_PAGE_TOKEN_H_

#include <optional>
#include <string>
#include <string_view>

// Tokens for lists that are paged by key: the token of a page says after which element the page
// begins. Callers treat it as opaque; it is no secret. All functions are thread-safe.
namespace seam {

// The token of the page that begins after the element `last_id`, a UUIDv7 in canonical form: the
// id's 32 hex digits and 8 that check them.
[[nodiscard]] std::string MakePageToken(std::string_view last_id);

// The id inside a token; nothing when MakePageToken has not made it.
[[nodiscard]] std::optional<std::string> ParsePageToken(std::string_view token);

}  // namespace seam

#endif  // SEAM_CORE_PAGE_TOKEN_H_
