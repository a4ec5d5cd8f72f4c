#include "http/orders_routes.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "http/json.h"
#include "http/rfc3339.h"
#include "http/route_parts.h"

namespace shop::http {
namespace {

using nlohmann::ordered_json;
using orders::v1::OrdersClient;
using orders::v1::OrderState;

const char* StateName(OrderState state) {
  switch (state) {
    case OrderState::ORDER_STATE_PENDING: return "PENDING";
    case OrderState::ORDER_STATE_PLACED: return "PLACED";
    case OrderState::ORDER_STATE_CANCELLED: return "CANCELLED";
    case OrderState::ORDER_STATE_REJECTED: return "REJECTED";
    case OrderState::ORDER_STATE_UNSPECIFIED: break;
  }
  // Of a newer module. To call it anything else would be worse than to fail.
  throw std::runtime_error("orders replied with an order of the state " +
                           std::to_string(static_cast<std::int32_t>(state)));
}

ordered_json ToJson(const orders::v1::Order& order) {
  ordered_json json;
  json["id"] = order.id;
  json["state"] = StateName(order.state);
  json["lines"] = ordered_json::array();
  for (const orders::v1::OrderLine& line : order.lines) {
    ordered_json& element = json["lines"].emplace_back();
    element["product_id"] = line.product_id;
    element["name"] = line.name;
    element["quantity"] = line.quantity;
    if (line.unit_price) element["unit_price"] = MoneyToJson(*line.unit_price);
  }
  if (order.total) json["total"] = MoneyToJson(*order.total);
  if (order.created_at) json["created_at"] = FormatRfc3339(*order.created_at);
  if (order.updated_at) json["updated_at"] = FormatRfc3339(*order.updated_at);
  return json;
}

Answer OrderResponse(int status, const std::optional<orders::v1::Order>& order) {
  if (!order) return EmptyReply("orders replied without an order");
  Response response = JsonResponse(status, ToJson(*order));
  if (status == 201) response.headers.emplace_back("Location", "/orders/" + order->id);
  return response;
}

Answer PlaceOrder(OrdersClient& orders, const Call& call) {
  std::vector<FieldError> errors;
  orders::v1::PlaceOrderRequest request;
  if (const std::string* key = call.request.FindHeader("Idempotency-Key")) {
    request.idempotency_key = *key;
  } else {
    errors.push_back({"Idempotency-Key",
                      "send this header once, with a name for the order that you keep when you "
                      "send it again"});
  }
  if (const auto json = ParseObject(call.request.body, errors)) {
    ObjectReader body(*json, errors);
    for (ObjectReader& element : body.RequiredObjects("lines")) {
      orders::v1::NewOrderLine& line = request.lines.emplace_back();
      line.product_id = element.RequiredText("product_id");
      line.quantity = element.RequiredInteger("quantity");
      element.RefuseOthers();
    }
    body.RefuseOthers();
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = orders.PlaceOrder(call.context, request);
  if (reply) return OrderResponse(201, reply->order);
  Problem problem = Refused(reply.error());
  if (problem.status == 503) {
    problem.detail =
        "a part of the shop did not answer, so the order may have been placed or not; send it "
        "again "
        "with the same Idempotency-Key, which places it once at most and tells";
  }
  return problem;
}

Answer ListOrders(OrdersClient& orders, const Call& call) {
  std::vector<FieldError> errors;
  orders::v1::ListOrdersRequest request;
  request.page_size = QueryInteger<std::int32_t>(call.request, "page_size", errors).value_or(0);
  request.page_token = QueryText(call.request, "page_token");
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = orders.ListOrders(call.context, request);
  if (!reply) return Refused(reply.error());
  ordered_json body;
  body["orders"] = ordered_json::array();
  for (const orders::v1::Order& order : reply->orders) body["orders"].push_back(ToJson(order));
  body["next_page_token"] = reply->next_page_token;
  return JsonResponse(200, body);
}

Answer GetOrder(OrdersClient& orders, const Call& call) {
  orders::v1::GetOrderRequest request;
  request.id = call.path_values.at("id");
  const auto reply = orders.GetOrder(call.context, request);
  if (!reply) return Refused(reply.error());
  return OrderResponse(200, reply->order);
}

Answer CancelOrder(OrdersClient& orders, const Call& call) {
  orders::v1::CancelOrderRequest request;
  request.id = call.path_values.at("id");
  const auto reply = orders.CancelOrder(call.context, request);
  if (!reply) return Refused(reply.error());
  return OrderResponse(200, reply->order);
}

}  // namespace

std::vector<Route> OrdersRoutes(OrdersClient& orders) {
  return {
      {.method = "POST",
       .pattern = "/orders",
       .access = Access::kCustomer,
       .takes_json = true,
       .answer = With(orders, PlaceOrder)},
      {.method = "GET",
       .pattern = "/orders",
       .access = Access::kCustomer,
       .query = {"page_size", "page_token"},
       .answer = With(orders, ListOrders)},
      {.method = "GET",
       .pattern = "/orders/{id}",
       .access = Access::kCustomer,
       .answer = With(orders, GetOrder)},
      {.method = "POST",
       .pattern = "/orders/{id}/cancel",
       .access = Access::kCustomer,
       .answer = With(orders, CancelOrder)},
  };
}

}  // namespace shop::http
