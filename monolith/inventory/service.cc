#include "inventory/service.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "inventory/repository.h"
#include "seam/core/field.h"
#include "seam/core/time.h"
#include "seam/core/uuid.h"
#include "seam/events/standing.h"
#include "seam/sql/error.h"

namespace shop::inventory {
namespace {

using seam::Code;
using seam::Context;
using seam::Fail;
using seam::Forward;
using seam::Result;
using seam::sql::Answer;
using seam::sql::Session;

}  // namespace

InventoryService::InventoryService(std::shared_ptr<Parts> parts,
                                   products::v1::ProductsClient& products)
    : parts_(std::move(parts)), rebuild_(*parts_, products) {
  if (parts_->options.rebuild_interval > std::chrono::milliseconds::zero()) {
    worker_.emplace(rebuild_, *parts_);
  }
}

Result<v1::GetStockResponse> InventoryService::GetStock(const Context& context,
                                                        const v1::GetStockRequest& request) {
  if (!seam::IsUuidV7(request.product_id)) {
    return seam::InvalidField("product_id", "must be a UUIDv7 in lower case");
  }
  return Answer([&]() -> Result<v1::GetStockResponse> {
    auto stock = parts_->database->Read(context, [&](Session& session) {
      return repository::FindStock(session, request.product_id);
    });
    if (!stock) {
      return Fail(Code::kNotFound, "PRODUCT_NOT_FOUND",
                  "no stock is known of a product " + request.product_id,
                  {{"product_id", request.product_id}});
    }
    v1::GetStockResponse response;
    response.stock = *std::move(stock);
    return response;
  });
}

Result<v1::GetStatusResponse> InventoryService::GetStatus(const Context& context,
                                                          const v1::GetStatusRequest& /*request*/) {
  return Answer([&]() -> Result<v1::GetStatusResponse> {
    return parts_->database->Read(context, [&](Session& session) {
      v1::GetStatusResponse status;
      std::optional<std::chrono::system_clock::time_point> last_applied_at;
      const repository::RebuildState rebuild = repository::FindRebuild(session);
      status.rebuilding = rebuild.due;
      for (const seam::events::Standing& standing :
           seam::events::ReadStandings(session, parts_->options.clock())) {
        if (standing.box != seam::events::Box::kInbox) continue;
        status.waiting += standing.waiting;
        status.parked += standing.parked;
        status.redelivered += standing.redelivered;
        status.oldest_waiting_ms =
            std::max(status.oldest_waiting_ms, static_cast<std::int64_t>(standing.lag.count()));
        last_applied_at = std::max(last_applied_at, standing.last_applied_at);
      }
      if (last_applied_at) status.last_applied_at = seam::ToTimestamp(*last_applied_at);
      if (rebuild.ended_at) {
        status.rebuilt_at = seam::TimestampFromUnixMilliseconds(*rebuild.ended_at);
      }
      return status;
    });
  });
}

Result<v1::RebuildResponse> InventoryService::Rebuild(const Context& context,
                                                      const v1::RebuildRequest& /*request*/) {
  const auto principal = parts_->verifier.Verify(context);
  if (!principal) return Forward(principal.error());
  if (!principal->HasRole("admin")) {
    return Fail(Code::kPermissionDenied, "ADMIN_ONLY",
                "the inventory is rebuilt by those with the role admin; log in as one of them");
  }
  return Answer([&]() -> Result<v1::RebuildResponse> {
    parts_->database->Write(context, [](Session& session) { repository::WantRebuild(session); });
    if (worker_) worker_->Wake();
    return v1::RebuildResponse();
  });
}

Result<v1::CheckReadinessResponse> InventoryService::CheckReadiness(
    const Context& context, const v1::CheckReadinessRequest& /*request*/) {
  return Answer([&]() -> Result<v1::CheckReadinessResponse> {
    parts_->database->Read(
        context, [](Session& session) { static_cast<void>(repository::FindRebuild(session)); });
    return v1::CheckReadinessResponse();
  });
}

}  // namespace shop::inventory
