#include "orders/validation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "seam/core/field.h"
#include "seam/core/page_token.h"
#include "seam/core/uuid.h"

namespace shop::orders {
namespace {

using seam::InvalidField;
using seam::Result;

constexpr std::size_t kMinKeyCharacters = 8;
constexpr std::size_t kMaxKeyCharacters = 100;
constexpr std::size_t kMaxLines = 100;
constexpr std::int64_t kMaxQuantity = 1'000'000;
constexpr std::int32_t kMaxPageSize = 100;

Result<void> ValidateOrderId(std::string_view id) {
  if (seam::IsUuidV7(id)) return {};
  return InvalidField("id", "must be a UUIDv7 in lower case");
}

}  // namespace

Result<void> Validate(const v1::PlaceOrderRequest& request) {
  const std::string& key = request.idempotency_key;
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (key.size() < kMinKeyCharacters || key.size() > kMaxKeyCharacters || !printable) {
    return InvalidField("idempotency_key", "must have " + std::to_string(kMinKeyCharacters) +
                                               " to " + std::to_string(kMaxKeyCharacters) +
                                               " printable ASCII characters without spaces");
  }
  if (request.lines.empty() || request.lines.size() > kMaxLines) {
    return InvalidField("lines", "must have 1 to " + std::to_string(kMaxLines) + " lines");
  }
  std::unordered_set<std::string_view> products;
  for (std::size_t i = 0; i < request.lines.size(); ++i) {
    const v1::NewOrderLine& line = request.lines[i];
    const auto field = [i](const char* name) { return "lines[" + std::to_string(i) + "]." + name; };
    if (!seam::IsUuidV7(line.product_id)) {
      return InvalidField(field("product_id"), "must be a UUIDv7 in lower case");
    }
    if (!products.insert(line.product_id).second) {
      return InvalidField(field("product_id"), "must be another product than in the lines before");
    }
    if (line.quantity < 1 || line.quantity > kMaxQuantity) {
      return InvalidField(field("quantity"), "must be 1 to " + std::to_string(kMaxQuantity));
    }
  }
  return {};
}

Result<void> Validate(const v1::GetOrderRequest& request) { return ValidateOrderId(request.id); }

Result<void> Validate(const v1::ListOrdersRequest& request) {
  if (request.page_size < 0 || request.page_size > kMaxPageSize) {
    return InvalidField(
        "page_size", "must be 1 to " + std::to_string(kMaxPageSize) + ", or 0 for the usual size");
  }
  if (!request.page_token.empty() && !seam::ParsePageToken(request.page_token)) {
    return InvalidField("page_token", "must be the next_page_token of the page before, or empty");
  }
  return {};
}

Result<void> Validate(const v1::CancelOrderRequest& request) { return ValidateOrderId(request.id); }

}  // namespace shop::orders
