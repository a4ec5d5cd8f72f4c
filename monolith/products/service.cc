#include "products/service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "products/repository.h"
#include "products/validation.h"
#include "seam/core/fingerprint.h"
#include "seam/core/page_token.h"
#include "seam/core/time.h"
#include "seam/sql/error.h"
#include "shop/products/v1/product_events_publisher.h"

namespace shop::products {
namespace {

using seam::Code;
using seam::Context;
using seam::Fail;
using seam::Failure;
using seam::Forward;
using seam::Result;
using seam::sql::Answer;
using seam::sql::Session;
using v1::ReservationState;

constexpr std::int64_t kUsualPageSize = 20;

Failure ProductNotFound(const std::string& id) {
  return Fail(Code::kNotFound, "PRODUCT_NOT_FOUND", "there is no product " + id,
              {{"product_id", id}});
}

Failure StaleVersion(std::int64_t expected, std::int64_t current) {
  return Fail(Code::kAborted, "STALE_VERSION",
              "the product has version " + std::to_string(current) + ", not " +
                  std::to_string(expected) + "; read it again and decide anew",
              {{"current_version", std::to_string(current)}});
}

Failure ReservationReleased(const std::string& id) {
  return Fail(Code::kFailedPrecondition, "RESERVATION_RELEASED",
              "reservation " + id + " was released; reserve under another id",
              {{"reservation_id", id}});
}

// Of all that a creation says. The texts hold no NUL, so that no two contents read the same.
std::int64_t FingerprintOf(const v1::CreateProductRequest& request) {
  std::string content;
  const auto add = [&content](std::string_view part) { content.append(part).push_back('\0'); };
  add(request.name);
  add(request.description);
  add(std::to_string(request.price->amount_minor));
  add(request.price->currency);
  add(std::to_string(request.stock));
  return static_cast<std::int64_t>(seam::Fingerprint(content));
}

// By ascending product id: the order in which rows are locked.
std::vector<v1::StockLine> InLockOrder(std::vector<v1::StockLine> lines) {
  std::sort(lines.begin(), lines.end(), [](const v1::StockLine& a, const v1::StockLine& b) {
    return a.product_id < b.product_id;
  });
  return lines;
}

bool SameLines(const std::vector<v1::StockLine>& a, const std::vector<v1::StockLine>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const v1::StockLine& x, const v1::StockLine& y) {
                      return x.product_id == y.product_id && x.quantity == y.quantity;
                    });
}

// The answer to a reservation whose id is known already.
Result<v1::ReserveStockResponse> RepeatReservation(Session& session, const std::string& id,
                                                   const std::vector<v1::StockLine>& lines) {
  const auto state = repository::FindReservation(session, id);
  if (state == ReservationState::RESERVATION_STATE_RELEASED) return ReservationReleased(id);
  if (!state || !SameLines(repository::FindLines(session, id), lines)) {
    return Fail(Code::kAlreadyExists, "RESERVATION_EXISTS",
                "reservation " + id + " is known with other lines; use a new id",
                {{"reservation_id", id}});
  }
  v1::ReserveStockResponse response;
  response.state = *state;
  return response;
}

v1::ProductUpdated Updated(const v1::Product& product) {
  v1::ProductUpdated event;
  event.product_id = product.id;
  event.version = product.version;
  event.name = product.name;
  event.price = product.price;
  event.stock = product.stock;
  event.updated_at = product.updated_at;
  return event;
}

seam::events::Publication PublicationOf(const ProductsOptions& options) {
  seam::events::Publication publication{.source = "products", .clock = options.clock};
  for (const auto& destination : options.destinations) {
    publication.destinations.push_back(destination->name());
  }
  return publication;
}

// What TakeStock has failed for. Another transaction may have ended since; then it is tried again.
Failure CannotTake(Session& session, const v1::StockLine& line) {
  const auto product = repository::FindProduct(session, line.product_id);
  if (!product) return ProductNotFound(line.product_id);
  if (product->stock >= line.quantity) {
    throw seam::sql::SqlError(seam::sql::ErrorKind::kConflict,
                              "stock came back after it was found missing");
  }
  return Fail(Code::kFailedPrecondition, "INSUFFICIENT_STOCK",
              "product " + line.product_id + " has " + std::to_string(product->stock) +
                  " in stock, " + std::to_string(line.quantity) + " were asked for",
              {{"product_id", line.product_id}, {"available", std::to_string(product->stock)}});
}

}  // namespace

ProductsService::ProductsService(std::unique_ptr<seam::sql::Database> database,
                                 const seam::TokenVerifier& verifier,
                                 const ProductsOptions& options)
    : database_(std::move(database)),
      verifier_(verifier),
      clock_(options.clock),
      publication_(PublicationOf(options)) {
  if (options.destinations.empty()) return;
  relay_.emplace(*database_, seam::events::RelayOptions{.source = publication_.source},
                 options.destinations, *options.log);
}

template <class Work>
auto ProductsService::Change(const Context& context, Work&& work) {
  auto changed = database_->Write(context, std::forward<Work>(work));
  if (changed && relay_) relay_->Wake();
  return changed;
}

template <class Event>
Result<void> ProductsService::Tell(Session& session, const Context& context,
                                   const Event& event) const {
  if (publication_.destinations.empty()) return {};
  seam::events::SqlOutbox outbox(session, publication_);
  return v1::ProductEventsPublisher(outbox).Publish(context, event);
}

Result<void> ProductsService::TellStock(Session& session, const Context& context,
                                        const std::string& id,
                                        const std::optional<repository::StockAfter>& after) const {
  if (!after) return {};
  v1::StockChanged event;
  event.product_id = id;
  event.version = after->version;
  event.stock = after->stock;
  return Tell(session, context, event);
}

Result<void> ProductsService::RequireAdmin(const Context& context) const {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (principal->HasRole("admin")) return {};
  return Fail(Code::kPermissionDenied, "ADMIN_ONLY",
              "the catalogue is changed by those with the role admin; log in as one of them");
}

std::int64_t ProductsService::Now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_()).time_since_epoch().count();
}

Result<v1::GetProductResponse> ProductsService::GetProduct(const Context& context,
                                                           const v1::GetProductRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::GetProductResponse> {
    auto product = database_->Read(
        context, [&](Session& session) { return repository::FindProduct(session, request.id); });
    if (!product) return ProductNotFound(request.id);
    v1::GetProductResponse response;
    response.product = *std::move(product);
    return response;
  });
}

Result<v1::BatchGetProductsResponse> ProductsService::BatchGetProducts(
    const Context& context, const v1::BatchGetProductsRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::BatchGetProductsResponse> {
    std::vector<std::string> ids;
    std::unordered_set<std::string_view> seen;
    for (const std::string& id : request.ids) {
      if (seen.insert(id).second) ids.push_back(id);
    }
    auto products = database_->Read(
        context, [&](Session& session) { return repository::FindProducts(session, ids); });
    std::unordered_map<std::string_view, v1::Product*> by_id;
    for (v1::Product& product : products) by_id.emplace(product.id, &product);
    v1::BatchGetProductsResponse response;
    for (std::string& id : ids) {
      const auto found = by_id.find(id);
      if (found == by_id.end()) {
        response.missing_ids.push_back(std::move(id));
      } else {
        response.products.push_back(std::move(*found->second));
      }
    }
    return response;
  });
}

Result<v1::ListProductsResponse> ProductsService::ListProducts(
    const Context& context, const v1::ListProductsRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&]() -> Result<v1::ListProductsResponse> {
    // Every id is above the empty one.
    const std::string after = seam::ParsePageToken(request.page_token).value_or("");
    const std::int64_t size = request.page_size == 0 ? kUsualPageSize : request.page_size;
    auto page = database_->Read(
        context, [&](Session& session) { return repository::ListProducts(session, after, size); });
    v1::ListProductsResponse response;
    if (page.more) response.next_page_token = seam::MakePageToken(page.products.back().id);
    response.products = std::move(page.products);
    return response;
  });
}

Result<v1::CreateProductResponse> ProductsService::CreateProduct(
    const Context& context, const v1::CreateProductRequest& request) {
  if (auto allowed = RequireAdmin(context); !allowed) {
    return Forward(std::move(allowed).error());
  }
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    const std::int64_t creation = FingerprintOf(request);
    return Change(context, [&](Session& session) -> Result<v1::CreateProductResponse> {
      const bool inserted = repository::InsertProduct(session, request, creation, Now());
      if (!inserted && repository::FindCreation(session, request.id) != creation) {
        return Fail(Code::kAlreadyExists, "PRODUCT_EXISTS",
                    "product " + request.id + " exists with other content; use a new id",
                    {{"product_id", request.id}});
      }
      auto product = repository::FindProduct(session, request.id);
      if (!product) return ProductNotFound(request.id);
      if (inserted) {
        if (auto told = Tell(session, context, Updated(*product)); !told) {
          return Forward(std::move(told).error());
        }
      }
      v1::CreateProductResponse response;
      response.product = *std::move(product);
      return response;
    });
  });
}

Result<v1::UpdateProductResponse> ProductsService::UpdateProduct(
    const Context& context, const v1::UpdateProductRequest& request) {
  if (auto allowed = RequireAdmin(context); !allowed) {
    return Forward(std::move(allowed).error());
  }
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    return Change(context, [&](Session& session) -> Result<v1::UpdateProductResponse> {
      auto updated = repository::UpdateProduct(session, request, Now());
      if (!updated) {
        const auto current = repository::FindProduct(session, request.id);
        if (!current) return ProductNotFound(request.id);
        return StaleVersion(request.expected_version, current->version);
      }
      if (auto told = Tell(session, context, Updated(*updated)); !told) {
        return Forward(std::move(told).error());
      }
      v1::UpdateProductResponse response;
      response.product = *std::move(updated);
      return response;
    });
  });
}

Result<v1::DeleteProductResponse> ProductsService::DeleteProduct(
    const Context& context, const v1::DeleteProductRequest& request) {
  if (auto allowed = RequireAdmin(context); !allowed) {
    return Forward(std::move(allowed).error());
  }
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    return Change(context, [&](Session& session) -> Result<v1::DeleteProductResponse> {
      const auto after = repository::DeleteProduct(session, request.id, request.expected_version);
      if (after) {
        v1::ProductDeleted event;
        event.product_id = request.id;
        event.version = *after;
        event.deleted_at = seam::TimestampFromUnixMilliseconds(Now());
        if (auto told = Tell(session, context, event); !told) {
          return Forward(std::move(told).error());
        }
        return v1::DeleteProductResponse{};
      }
      const auto current = repository::FindProduct(session, request.id);
      if (!current) return ProductNotFound(request.id);
      if (request.expected_version.value_or(current->version) != current->version) {
        return StaleVersion(*request.expected_version, current->version);
      }
      return Fail(Code::kFailedPrecondition, "STOCK_RESERVED",
                  "a reservation holds stock of product " + request.id +
                      "; delete it when the reservation is confirmed or released",
                  {{"product_id", request.id}});
    });
  });
}

Result<v1::ReserveStockResponse> ProductsService::ReserveStock(
    const Context& context, const v1::ReserveStockRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    const std::string& id = request.reservation_id;
    const std::vector<v1::StockLine> lines = InLockOrder(request.lines);
    return Change(context, [&](Session& session) -> Result<v1::ReserveStockResponse> {
      v1::ReserveStockResponse response;
      response.state = ReservationState::RESERVATION_STATE_RESERVED;
      if (!repository::InsertReservation(session, id, response.state, Now())) {
        return RepeatReservation(session, id, lines);
      }
      for (const v1::StockLine& line : lines) {
        const auto after = repository::TakeStock(session, line);
        if (!after) return CannotTake(session, line);
        if (auto told = TellStock(session, context, line.product_id, after); !told) {
          return Forward(std::move(told).error());
        }
      }
      repository::InsertLines(session, id, lines);
      return response;
    });
  });
}

Result<v1::ConfirmReservationResponse> ProductsService::ConfirmReservation(
    const Context& context, const v1::ConfirmReservationRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    const std::string& id = request.reservation_id;
    return Change(context, [&](Session& session) -> Result<v1::ConfirmReservationResponse> {
      v1::ConfirmReservationResponse response;
      response.state = ReservationState::RESERVATION_STATE_CONFIRMED;
      if (repository::MoveReservation(session, id, ReservationState::RESERVATION_STATE_RESERVED,
                                      response.state, Now())) {
        for (const v1::StockLine& line : repository::FindLines(session, id)) {
          repository::ConsumeReserved(session, line);
        }
        return response;
      }
      const auto state = repository::FindReservation(session, id);
      if (!state) {
        return Fail(Code::kNotFound, "RESERVATION_NOT_FOUND", "there is no reservation " + id,
                    {{"reservation_id", id}});
      }
      if (*state == ReservationState::RESERVATION_STATE_RELEASED) {
        return ReservationReleased(id);
      }
      return response;
    });
  });
}

Result<v1::ReleaseReservationResponse> ProductsService::ReleaseReservation(
    const Context& context, const v1::ReleaseReservationRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    const std::string& id = request.reservation_id;
    return Change(context, [&](Session& session) -> Result<v1::ReleaseReservationResponse> {
      v1::ReleaseReservationResponse response;
      response.state = ReservationState::RESERVATION_STATE_RELEASED;
      // Remembering an unknown id comes first: once the row is there it stays, and the guarded
      // moves below follow the only order in which states advance.
      const std::int64_t now = Now();
      if (repository::InsertReservation(session, id, response.state, now)) return response;
      if (repository::MoveReservation(session, id, ReservationState::RESERVATION_STATE_RESERVED,
                                      response.state, now)) {
        for (const v1::StockLine& line : repository::FindLines(session, id)) {
          const auto after = repository::ReturnReserved(session, line);
          if (auto told = TellStock(session, context, line.product_id, after); !told) {
            return Forward(std::move(told).error());
          }
        }
      } else if (repository::MoveReservation(session, id,
                                             ReservationState::RESERVATION_STATE_CONFIRMED,
                                             response.state, now)) {
        for (const v1::StockLine& line : repository::FindLines(session, id)) {
          const auto after = repository::ReturnSold(session, line);
          if (auto told = TellStock(session, context, line.product_id, after); !told) {
            return Forward(std::move(told).error());
          }
        }
      }
      return response;
    });
  });
}

}  // namespace shop::products
