#include "inventory/service.h"

#include <utility>

#include "inventory/repository.h"
#include "seam/core/field.h"
#include "seam/core/time.h"
#include "seam/core/uuid.h"
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
      const repository::RebuildState rebuild = repository::FindRebuild(session);
      status.rebuilding = rebuild.due;
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

}  // namespace shop::inventory
