#include "http/inventory_routes.h"

#include <nlohmann/json.hpp>

#include "http/rfc3339.h"
#include "http/route_parts.h"

namespace shop::http {
namespace {

using inventory::v1::InventoryClient;
using nlohmann::ordered_json;

Answer GetStock(InventoryClient& inventory, const Call& call) {
  inventory::v1::GetStockRequest request;
  request.product_id = call.path_values.at("product_id");
  const auto reply = inventory.GetStock(call.context, request);
  if (!reply) return Refused(reply.error());
  if (!reply->stock) return EmptyReply("inventory replied without a stock");
  const inventory::v1::Stock& stock = *reply->stock;
  ordered_json json;
  json["product_id"] = stock.product_id;
  json["name"] = stock.name;
  json["available"] = stock.available;
  json["version"] = stock.version;
  if (stock.updated_at) json["updated_at"] = FormatRfc3339(*stock.updated_at);
  return JsonResponse(200, json);
}

Answer GetInventoryStatus(InventoryClient& inventory, const Call& call) {
  const auto reply = inventory.GetStatus(call.context, {});
  if (!reply) return Refused(reply.error());
  ordered_json json;
  json["waiting"] = reply->waiting;
  json["parked"] = reply->parked;
  json["redelivered"] = reply->redelivered;
  json["oldest_waiting_ms"] = reply->oldest_waiting_ms;
  if (reply->last_applied_at) json["last_applied_at"] = FormatRfc3339(*reply->last_applied_at);
  json["rebuilding"] = reply->rebuilding;
  if (reply->rebuilt_at) json["rebuilt_at"] = FormatRfc3339(*reply->rebuilt_at);
  return JsonResponse(200, json);
}

Answer RebuildInventory(InventoryClient& inventory, const Call& call) {
  const auto reply = inventory.Rebuild(call.context, {});
  if (!reply) return Refused(reply.error());
  return JsonResponse(202, {{"rebuilding", true}});
}

}  // namespace

std::vector<Route> InventoryRoutes(InventoryClient& inventory) {
  return {
      {.method = "GET", .pattern = "/inventory/{product_id}", .answer = With(inventory, GetStock)},
      {.method = "GET",
       .pattern = "/inventory",
       .access = Access::kAdmin,
       .answer = With(inventory, GetInventoryStatus)},
      {.method = "POST",
       .pattern = "/inventory/rebuild",
       .access = Access::kAdmin,
       .answer = With(inventory, RebuildInventory)},
  };
}

}  // namespace shop::http
