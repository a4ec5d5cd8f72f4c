#ifndef PRODUCTS_PAGE_TOKEN_H_
#define PRODUCTS_PAGE_TOKEN_H_

#include <optional>
#include <string>
#include <string_view>

namespace shop::products {

// The token of the page that begins after the product `last_id`: the id's 32 hex digits and 8 that
// check them. Callers treat it as opaque; it is no secret.
[[nodiscard]] std::string MakePageToken(std::string_view last_id);

// The id inside a token; nothing when MakePageToken has not made it.
[[nodiscard]] std::optional<std::string> ParsePageToken(std::string_view token);

}  // namespace shop::products

#endif  // PRODUCTS_PAGE_TOKEN_H_
