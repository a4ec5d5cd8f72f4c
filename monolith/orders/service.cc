#include "orders/service.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orders/validation.h"
#include "seam/core/page_token.h"
#include "seam/core/uuid.h"
#include "seam/sql/error.h"

namespace shop::orders {
namespace {

using seam::Code;
using seam::Context;
using seam::Error;
using seam::Fail;
using seam::Failure;
using seam::Forward;
using seam::Principal;
using seam::Result;
using seam::sql::Answer;
using seam::sql::Session;
using v1::OrderState;

constexpr std::int64_t kUsualPageSize = 20;

// A page ends with the order that brings it to so many lines: a hundred orders with a hundred lines
// each, and the longest names, would be larger than a message may be.
constexpr std::int64_t kLinesInPage = 2000;

// No id is above it, in any order of the characters that a database may have.
constexpr std::string_view kHighestId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

std::unique_ptr<seam::events::Relay> RelayOf(seam::sql::Database& database,
                                             const OrdersOptions& options, seam::Log& log) {
  if (options.destinations.empty()) return nullptr;
  return std::make_unique<seam::events::Relay>(
      database, seam::events::RelayOptions{.source = "orders"}, options.destinations, log);
}

Failure OrderNotFound(const std::string& id) {
  return Fail(Code::kNotFound, "ORDER_NOT_FOUND", "there is no order " + id, {{"order_id", id}});
}

Failure ProductNotFound(const std::string& id) {
  return Fail(Code::kNotFound, "PRODUCT_NOT_FOUND",
              "there is no product " + id +
                  "; nothing is stored, so the same key can be used again, with or without it",
              {{"product_id", id}});
}

Failure OrderCancelled(const std::string& id) {
  return Fail(Code::kAborted, "ORDER_CANCELLED",
              "order " + id + " was cancelled before it was placed; use a new key to order again",
              {{"order_id", id}});
}

Failure KeyReused(const std::string& id) {
  return Fail(Code::kAlreadyExists, "IDEMPOTENCY_KEY_REUSED",
              "the idempotency key belongs to order " + id + " with other lines; use a new key",
              {{"order_id", id}});
}

// What became of an order that was taken down is not known to the caller.
Failure Unfinished(const Context& context, const std::string& id, Error error) {
  // A call that products has cancelled by itself was not cancelled by the caller.
  const bool by_caller = error.code == Code::kCancelled && context.cancelled();
  if (error.code != Code::kDeadlineExceeded && !by_caller) error.code = Code::kUnavailable;
  error.message = "order " + id +
                  " is taken down but not finished, which happens later; call again with the same "
                  "key to learn its outcome: " +
                  error.message;
  error.metadata.insert_or_assign("order_id", id);
  return Failure(std::move(error));
}

// The order of the lines says nothing, as it says nothing to the stock.
bool HasSameLines(const v1::Order& order, const v1::PlaceOrderRequest& request) {
  if (order.lines.size() != request.lines.size()) return false;
  std::unordered_map<std::string_view, std::int64_t> quantities;
  for (const v1::OrderLine& line : order.lines) quantities.emplace(line.product_id, line.quantity);
  return std::all_of(request.lines.begin(), request.lines.end(), [&](const v1::NewOrderLine& line) {
    const auto found = quantities.find(line.product_id);
    return found != quantities.end() && found->second == line.quantity;
  });
}

// Adds a line to the order and to its total.
Result<void> AddLine(v1::Order& order, const v1::NewOrderLine& wanted,
                     const products::v1::Product& product) {
  if (!product.price || product.price->amount_minor < 0) {
    return Fail(Code::kInternal, "PRODUCT_WITHOUT_PRICE",
                "products has given product " + product.id + " without a price; nothing is stored",
                {{"product_id", product.id}});
  }
  const std::int64_t price = product.price->amount_minor;
  if (!order.total) order.total.emplace().currency = product.price->currency;
  common::v1::Money& total = *order.total;
  if (total.currency != product.price->currency) {
    return Fail(Code::kFailedPrecondition, "MIXED_CURRENCIES",
                "an order has one currency, but its products are priced in " + total.currency +
                    " and " + product.price->currency +
                    "; make one order for each; nothing is stored",
                {{"product_id", product.id}});
  }
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - total.amount_minor;
  if (price > room / wanted.quantity) {
    return Fail(Code::kFailedPrecondition, "TOTAL_TOO_LARGE",
                "the total is too large to be counted; order less at once; nothing is stored");
  }
  total.amount_minor += price * wanted.quantity;
  v1::OrderLine& line = order.lines.emplace_back();
  line.product_id = wanted.product_id;
  line.quantity = wanted.quantity;
  line.name = product.name;
  line.unit_price = product.price;
  return {};
}

// What a call that places an order is answered, the first time and each time after.
Result<v1::PlaceOrderResponse> AnswerPlaced(const StoredOrder& stored) {
  if (stored.refusal) return Forward(*stored.refusal);
  if (stored.order.state == OrderState::ORDER_STATE_CANCELLED && !stored.was_placed) {
    return OrderCancelled(stored.order.id);
  }
  v1::PlaceOrderResponse response;
  response.order = stored.order;
  return response;
}

}  // namespace

OrdersService::OrdersService(std::unique_ptr<seam::sql::Database> database,
                             const OrdersOptions& options, products::v1::ProductsClient& products,
                             const seam::TokenVerifier& verifier, seam::Log& log)
    : options_(options),
      database_(std::move(database)),
      products_(products),
      verifier_(verifier),
      relay_(RelayOf(*database_, options_, log)),
      saga_(*database_, products, options_, relay_.get()),
      recovery_(*database_, saga_, options_, log) {
  if (options_.recovery_interval > std::chrono::milliseconds::zero()) {
    worker_.emplace(recovery_, options_.recovery_interval);
  }
}

Result<v1::PlaceOrderResponse> OrdersService::PlaceOrder(const Context& context,
                                                         const v1::PlaceOrderRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::PlaceOrderResponse> {
    // Before products is asked: what was answered once stays answered, whatever products says now.
    auto stored = FindByKey(context, *principal, request);
    if (!stored) {
      const auto order = Price(context, *principal, request);
      if (order) {
        stored = saga_.TakeDown(context, request.idempotency_key, *order);
      } else if (stored = FindByKey(context, *principal, request); !stored) {
        return Forward(order.error());
      }
    }
    // Also after taking down, when another call with the key may have come first.
    if (!HasSameLines(stored->order, request)) return KeyReused(stored->order.id);
    const auto placed = Answer([&] { return saga_.Place(context, *stored); });
    if (!placed) return Unfinished(context, stored->order.id, placed.error());
    TryToSettle(context, *placed);
    return AnswerPlaced(*placed);
  });
}

Result<v1::GetOrderResponse> OrdersService::GetOrder(const Context& context,
                                                     const v1::GetOrderRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::GetOrderResponse> {
    auto stored = FindVisible(context, *principal, request.id);
    if (!stored) return Forward(std::move(stored).error());
    v1::GetOrderResponse response;
    response.order = std::move(stored->order);
    return response;
  });
}

Result<v1::ListOrdersResponse> OrdersService::ListOrders(const Context& context,
                                                         const v1::ListOrdersRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::ListOrdersResponse> {
    const std::string before =
        seam::ParsePageToken(request.page_token).value_or(std::string(kHighestId));
    const std::int64_t size = request.page_size == 0 ? kUsualPageSize : request.page_size;
    auto page = database_->ReadSnapshot(context, [&](Session& session) {
      return repository::ListOrders(session, principal->subject, before, size, kLinesInPage);
    });
    v1::ListOrdersResponse response;
    if (page.more) response.next_page_token = seam::MakePageToken(page.orders.back().id);
    response.orders = std::move(page.orders);
    return response;
  });
}

Result<v1::CancelOrderResponse> OrdersService::CancelOrder(const Context& context,
                                                           const v1::CancelOrderRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::CancelOrderResponse> {
    if (auto visible = FindVisible(context, *principal, request.id); !visible) {
      return Forward(std::move(visible).error());
    }
    StoredOrder stored = saga_.Cancel(context, request.id);
    TryToSettle(context, stored);
    if (stored.order.state == OrderState::ORDER_STATE_REJECTED) {
      return Fail(
          Code::kFailedPrecondition, "ORDER_REJECTED",
          "order " + request.id + " was refused and has no stock; there is nothing to cancel",
          {{"order_id", request.id}});
    }
    v1::CancelOrderResponse response;
    response.order = std::move(stored.order);
    return response;
  });
}

Result<v1::CheckReadinessResponse> OrdersService::CheckReadiness(
    const Context& context, const v1::CheckReadinessRequest& /*request*/) {
  return Answer([&]() -> Result<v1::CheckReadinessResponse> {
    database_->Read(context, [](Session& session) {
      static_cast<void>(repository::FindUnsettled(session, 0, 0, 1));
    });
    return v1::CheckReadinessResponse();
  });
}

std::optional<StoredOrder> OrdersService::FindByKey(const Context& context,
                                                    const Principal& principal,
                                                    const v1::PlaceOrderRequest& request) const {
  // A key has no order the first time, and keeps the one that it gets.
  const auto id = database_->Read(context, [&](Session& session) {
    return repository::FindIdByKey(session, principal.subject, request.idempotency_key);
  });
  if (!id) return std::nullopt;
  return saga_.Find(context, *id);
}

Result<v1::Order> OrdersService::Price(const Context& context, const Principal& principal,
                                       const v1::PlaceOrderRequest& request) const {
  products::v1::BatchGetProductsRequest batch;
  for (const v1::NewOrderLine& line : request.lines) batch.ids.push_back(line.product_id);
  const auto found = products_.BatchGetProducts(context, batch);
  if (!found) return Forward(found.error());
  std::unordered_map<std::string_view, const products::v1::Product*> by_id;
  for (const products::v1::Product& product : found->products) by_id.emplace(product.id, &product);
  v1::Order order;
  order.id = seam::NewUuidV7(options_.clock());
  order.customer_id = principal.subject;
  for (const v1::NewOrderLine& line : request.lines) {
    const auto product = by_id.find(line.product_id);
    if (product == by_id.end()) return ProductNotFound(line.product_id);
    if (auto added = AddLine(order, line, *product->second); !added) {
      return Forward(std::move(added).error());
    }
  }
  return order;
}

Result<StoredOrder> OrdersService::FindVisible(const Context& context, const Principal& principal,
                                               const std::string& id) const {
  auto stored = saga_.Find(context, id);
  // One answer for both, so that nobody learns which orders others have.
  const bool visible =
      stored && (stored->order.customer_id == principal.subject || principal.HasRole("admin"));
  if (!visible) return OrderNotFound(id);
  return *std::move(stored);
}

void OrdersService::TryToSettle(const Context& context, const StoredOrder& stored) {
  static_cast<void>(Answer([&] { return saga_.Settle(context, stored); }));
}

}  // namespace shop::orders
