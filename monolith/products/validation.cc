#include "products/validation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "seam/core/field.h"
#include "seam/core/page_token.h"
#include "seam/core/text.h"
#include "seam/core/uuid.h"

namespace shop::products {
namespace {

using seam::CountCharacters;
using seam::HasControl;
using seam::InvalidField;
using seam::Result;

constexpr std::size_t kMaxNameCharacters = 200;
constexpr std::size_t kMaxDescriptionCharacters = 4000;
constexpr std::int64_t kMaxPriceMinor = 1'000'000'000'000;
constexpr std::int64_t kMaxStock = 1'000'000'000;
constexpr std::int64_t kMaxQuantity = 1'000'000;
constexpr std::int32_t kMaxPageSize = 100;
constexpr std::size_t kMaxBatch = 100;
constexpr std::size_t kMaxLines = 100;

Result<void> ValidateProductId(const char* field, std::string_view id) {
  if (seam::IsUuidV7(id)) return {};
  return InvalidField(field, "must be a UUIDv7 in lower case");
}

Result<void> ValidateReservationId(std::string_view id) {
  if (seam::IsUuid(id)) return {};
  return InvalidField("reservation_id", "must be a UUID in lower case");
}

Result<void> ValidateStock(std::int64_t stock) {
  if (stock >= 0 && stock <= kMaxStock) return {};
  return InvalidField("stock", "must be 0 to " + std::to_string(kMaxStock));
}

// What a creation and an update have in common.
template <class Request>
Result<void> ValidateContent(const Request& request) {
  const std::size_t name = CountCharacters(request.name);
  if (name < 1 || name > kMaxNameCharacters) {
    return InvalidField("name",
                        "must have 1 to " + std::to_string(kMaxNameCharacters) + " characters");
  }
  if (HasControl(request.name)) return InvalidField("name", "must not have control characters");
  if (CountCharacters(request.description) > kMaxDescriptionCharacters) {
    return InvalidField(
        "description",
        "must have at most " + std::to_string(kMaxDescriptionCharacters) + " characters");
  }
  if (HasControl(request.description, "\n\r\t")) {
    return InvalidField("description", "must not have control characters but line breaks and tabs");
  }
  if (!request.price.has_value()) return InvalidField("price", "must be given");
  const auto& price = *request.price;
  if (price.amount_minor < 0 || price.amount_minor > kMaxPriceMinor) {
    return InvalidField("price.amount_minor", "must be 0 to " + std::to_string(kMaxPriceMinor));
  }
  const bool letters = std::all_of(price.currency.begin(), price.currency.end(),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
  if (price.currency.size() != 3 || !letters) {
    return InvalidField("price.currency",
                        "must be three upper-case letters of ISO 4217, such as EUR");
  }
  return {};
}

}  // namespace

Result<void> Validate(const v1::GetProductRequest& request) {
  return ValidateProductId("id", request.id);
}

Result<void> Validate(const v1::BatchGetProductsRequest& request) {
  if (request.ids.empty() || request.ids.size() > kMaxBatch) {
    return InvalidField("ids", "must have 1 to " + std::to_string(kMaxBatch) + " ids");
  }
  for (std::size_t i = 0; i < request.ids.size(); ++i) {
    if (seam::IsUuidV7(request.ids[i])) continue;
    return InvalidField("ids[" + std::to_string(i) + "]", "must be a UUIDv7 in lower case");
  }
  return {};
}

Result<void> Validate(const v1::ListProductsRequest& request) {
  if (request.page_size < 0 || request.page_size > kMaxPageSize) {
    return InvalidField(
        "page_size", "must be 1 to " + std::to_string(kMaxPageSize) + ", or 0 for the usual size");
  }
  if (!request.page_token.empty() && !seam::ParsePageToken(request.page_token)) {
    return InvalidField("page_token", "must be the next_page_token of the page before, or empty");
  }
  return {};
}

Result<void> Validate(const v1::CreateProductRequest& request) {
  if (auto result = ValidateProductId("id", request.id); !result) return result;
  if (auto result = ValidateContent(request); !result) return result;
  return ValidateStock(request.stock);
}

Result<void> Validate(const v1::UpdateProductRequest& request) {
  if (auto result = ValidateProductId("id", request.id); !result) return result;
  if (request.expected_version < 1) {
    return InvalidField("expected_version", "must be the version that was read, 1 or more");
  }
  if (auto result = ValidateContent(request); !result) return result;
  return request.stock.has_value() ? ValidateStock(*request.stock) : Result<void>();
}

Result<void> Validate(const v1::DeleteProductRequest& request) {
  if (auto result = ValidateProductId("id", request.id); !result) return result;
  if (request.expected_version.has_value() && *request.expected_version < 1) {
    return InvalidField("expected_version",
                        "must be the version that was read, 1 or more, when given");
  }
  return {};
}

Result<void> Validate(const v1::ReserveStockRequest& request) {
  if (auto result = ValidateReservationId(request.reservation_id); !result) return result;
  if (request.lines.empty() || request.lines.size() > kMaxLines) {
    return InvalidField("lines", "must have 1 to " + std::to_string(kMaxLines) + " lines");
  }
  std::unordered_set<std::string_view> products;
  for (std::size_t i = 0; i < request.lines.size(); ++i) {
    const v1::StockLine& line = request.lines[i];
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

Result<void> Validate(const v1::ConfirmReservationRequest& request) {
  return ValidateReservationId(request.reservation_id);
}

Result<void> Validate(const v1::ReleaseReservationRequest& request) {
  return ValidateReservationId(request.reservation_id);
}

}  // namespace shop::products
