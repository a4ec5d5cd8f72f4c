#include "http/products_routes.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "http/json.h"
#include "http/rfc3339.h"
#include "http/route_parts.h"
#include "seam/core/uuid.h"

namespace shop::http {
namespace {

using nlohmann::ordered_json;
using products::v1::ProductsClient;

ordered_json ToJson(const products::v1::Product& product) {
  ordered_json json;
  json["id"] = product.id;
  json["name"] = product.name;
  json["description"] = product.description;
  if (product.price) json["price"] = MoneyToJson(*product.price);
  json["stock"] = product.stock;
  json["version"] = product.version;
  if (product.created_at) json["created_at"] = FormatRfc3339(*product.created_at);
  if (product.updated_at) json["updated_at"] = FormatRfc3339(*product.updated_at);
  return json;
}

// A response around the product that a reply must hold.
Answer ProductResponse(int status, const std::optional<products::v1::Product>& product) {
  if (!product) return EmptyReply("products replied without a product");
  Response response = JsonResponse(status, ToJson(*product));
  SetVersion(response, product->version);
  return response;
}

// The fields that a creation and an update have in common.
template <class ProductRequest>
void ReadContent(ObjectReader& body, ProductRequest& request) {
  request.name = body.RequiredText("name");
  if (auto price = body.RequiredObject("price")) {
    auto& money = request.price.emplace();
    money.amount_minor = price->RequiredInteger("amount_minor");
    money.currency = price->RequiredText("currency");
    price->RefuseOthers();
  }
}

Answer ListProducts(ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  products::v1::ListProductsRequest request;
  request.page_size = QueryInteger<std::int32_t>(call.request, "page_size", errors).value_or(0);
  request.page_token = QueryText(call.request, "page_token");
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.ListProducts(call.context, request);
  if (!reply) return Refused(reply.error());
  ordered_json body;
  body["products"] = ordered_json::array();
  for (const products::v1::Product& product : reply->products)
    body["products"].push_back(ToJson(product));
  body["next_page_token"] = reply->next_page_token;
  return JsonResponse(200, body);
}

Answer GetProduct(ProductsClient& products, const Call& call) {
  products::v1::GetProductRequest request;
  request.id = call.path_values.at("id");
  const auto reply = products.GetProduct(call.context, request);
  if (!reply) return Refused(reply.error());
  return ProductResponse(200, reply->product);
}

Answer CreateProduct(ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  const auto json = ParseObject(call.request.body, errors);
  products::v1::CreateProductRequest request;
  if (json) {
    ObjectReader body(*json, errors);
    ReadContent(body, request);
    request.description = body.OptionalText("description");
    request.stock = body.OptionalInteger("stock").value_or(0);
    body.RefuseOthers();
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  request.id = seam::NewUuidV7();
  const auto reply = products.CreateProduct(call.context, request);
  if (!reply) return Refused(reply.error());
  Answer answer = ProductResponse(201, reply->product);
  if (auto* response = std::get_if<Response>(&answer)) {
    response->headers.emplace_back("Location", "/products/" + reply->product->id);
  }
  return answer;
}

Answer UpdateProduct(ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  const auto json = ParseObject(call.request.body, errors);
  products::v1::UpdateProductRequest request;
  request.id = call.path_values.at("id");
  if (json) {
    ObjectReader body(*json, errors);
    ReadContent(body, request);
    request.description = body.RequiredText("description");
    request.stock = body.OptionalInteger("stock");
    const std::optional<std::int64_t> in_body = body.OptionalInteger("version");
    body.RefuseOthers();
    request.expected_version = RequiredVersion(call.request, in_body, errors);
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.UpdateProduct(call.context, request);
  if (!reply) return RefusedChange(reply.error(), call.request);
  return ProductResponse(200, reply->product);
}

Answer DeleteProduct(ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  products::v1::DeleteProductRequest request;
  request.id = call.path_values.at("id");
  request.expected_version = ExpectedVersion(
      call.request, QueryInteger<std::int64_t>(call.request, "version", errors), errors);
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.DeleteProduct(call.context, request);
  if (!reply) return RefusedChange(reply.error(), call.request);
  return Response{.status = 204};
}

}  // namespace

std::vector<Route> ProductsRoutes(ProductsClient& products) {
  return {
      {.method = "GET",
       .pattern = "/products",
       .query = {"page_size", "page_token"},
       .answer = With(products, ListProducts)},
      {.method = "GET", .pattern = "/products/{id}", .answer = With(products, GetProduct)},
      {.method = "POST",
       .pattern = "/products",
       .access = Access::kAdmin,
       .takes_json = true,
       .answer = With(products, CreateProduct)},
      {.method = "PUT",
       .pattern = "/products/{id}",
       .access = Access::kAdmin,
       .takes_json = true,
       .answer = With(products, UpdateProduct)},
      {.method = "DELETE",
       .pattern = "/products/{id}",
       .access = Access::kAdmin,
       .query = {"version"},
       .answer = With(products, DeleteProduct)},
  };
}

}  // namespace shop::http
