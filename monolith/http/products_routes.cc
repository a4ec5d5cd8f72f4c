#include "http/products_routes.h"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "http/json.h"
#include "http/rfc3339.h"
#include "seam/core/uuid.h"

namespace shop::http {
namespace {

namespace v1 = products::v1;
using nlohmann::ordered_json;

ordered_json ToJson(const v1::Product& product) {
  ordered_json json;
  json["id"] = product.id;
  json["name"] = product.name;
  json["description"] = product.description;
  if (product.price) {
    json["price"] = {{"amount_minor", product.price->amount_minor},
                     {"currency", product.price->currency}};
  }
  json["stock"] = product.stock;
  json["version"] = product.version;
  if (product.created_at) json["created_at"] = FormatRfc3339(*product.created_at);
  if (product.updated_at) json["updated_at"] = FormatRfc3339(*product.updated_at);
  return json;
}

Response JsonResponse(int status, const ordered_json& body) {
  Response response{.status = status, .content_type = "application/json"};
  response.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

// A response around the product that a reply must hold.
Answer ProductResponse(int status, const std::optional<v1::Product>& product) {
  if (!product) {
    return ToProblem(
        {seam::Code::kInternal, "EMPTY_REPLY", "products replied without a product", {}, {}});
  }
  Response response = JsonResponse(status, ToJson(*product));
  response.headers.emplace_back("ETag", "\"" + std::to_string(product->version) + "\"");
  return response;
}

// The contract says expected_version; callers of the routes know it as version.
Problem Refused(const seam::Error& error) {
  Problem problem = ToProblem(error);
  for (FieldError& field : problem.errors) {
    if (field.field == "expected_version") field = {"version", "must be 1 or more"};
  }
  return problem;
}

// The same for a change. What the caller has put into If-Match is a precondition of HTTP
// (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1); a version elsewhere is the shop's own.
Problem RefusedChange(const seam::Error& error, const Request& request) {
  Problem problem = Refused(error);
  const bool conditional = request.headers.count("If-Match") > 0;
  if (conditional && error.reason == "STALE_VERSION") problem.status = 412;
  return problem;
}

template <class Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  Integer value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// A query parameter that is an integer; nothing when it is not given.
template <class Integer>
std::optional<Integer> QueryInteger(const Request& request, const std::string& name,
                                    std::vector<FieldError>& errors) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  const auto value = ParseInteger<Integer>(found->second);
  if (!value) errors.push_back({name, "expected an integer"});
  return value;
}

// The version in an If-Match header, `"7"`; nothing when there is none.
std::optional<std::int64_t> IfMatch(const Request& request, std::vector<FieldError>& errors) {
  if (request.headers.count("If-Match") == 0) return std::nullopt;
  const std::string* header = request.FindHeader("If-Match");
  const std::string_view tag = header == nullptr ? std::string_view() : *header;
  const bool quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
  const auto version =
      quoted ? ParseInteger<std::int64_t>(tag.substr(1, tag.size() - 2)) : std::nullopt;
  if (!version) errors.push_back({"If-Match", "expected one ETag of the product, such as \"7\""});
  return version;
}

// The version that the caller has read, which may be given in two ways.
std::optional<std::int64_t> ExpectedVersion(const Request& request,
                                            std::optional<std::int64_t> given,
                                            std::vector<FieldError>& errors) {
  const std::optional<std::int64_t> header = IfMatch(request, errors);
  if (given && header && *given != *header) {
    errors.push_back({"version", "differs from If-Match"});
  }
  return given ? given : header;
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

Answer ListProducts(v1::ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  v1::ListProductsRequest request;
  request.page_size = QueryInteger<std::int32_t>(call.request, "page_size", errors).value_or(0);
  if (const auto token = call.request.query.find("page_token"); token != call.request.query.end()) {
    request.page_token = token->second;
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.ListProducts(call.context, request);
  if (!reply) return Refused(reply.error());
  ordered_json body;
  body["products"] = ordered_json::array();
  for (const v1::Product& product : reply->products) body["products"].push_back(ToJson(product));
  body["next_page_token"] = reply->next_page_token;
  return JsonResponse(200, body);
}

Answer GetProduct(v1::ProductsClient& products, const Call& call) {
  v1::GetProductRequest request;
  request.id = call.path_values.at("id");
  const auto reply = products.GetProduct(call.context, request);
  if (!reply) return Refused(reply.error());
  return ProductResponse(200, reply->product);
}

Answer CreateProduct(v1::ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  const auto json = ParseObject(call.request.body, errors);
  v1::CreateProductRequest request;
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

Answer UpdateProduct(v1::ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  const auto json = ParseObject(call.request.body, errors);
  v1::UpdateProductRequest request;
  request.id = call.path_values.at("id");
  if (json) {
    ObjectReader body(*json, errors);
    ReadContent(body, request);
    request.description = body.RequiredText("description");
    request.stock = body.OptionalInteger("stock");
    const std::optional<std::int64_t> in_body = body.OptionalInteger("version");
    body.RefuseOthers();
    const auto version = ExpectedVersion(call.request, in_body, errors);
    if (!version && errors.empty()) {
      errors.push_back({"version", "missing; send the version that you have read"});
    }
    request.expected_version = version.value_or(0);
  }
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.UpdateProduct(call.context, request);
  if (!reply) return RefusedChange(reply.error(), call.request);
  return ProductResponse(200, reply->product);
}

Answer DeleteProduct(v1::ProductsClient& products, const Call& call) {
  std::vector<FieldError> errors;
  v1::DeleteProductRequest request;
  request.id = call.path_values.at("id");
  request.expected_version = ExpectedVersion(
      call.request, QueryInteger<std::int64_t>(call.request, "version", errors), errors);
  if (!errors.empty()) return BadInput(std::move(errors));

  const auto reply = products.DeleteProduct(call.context, request);
  if (!reply) return RefusedChange(reply.error(), call.request);
  return Response{.status = 204};
}

}  // namespace

std::vector<Route> ProductsRoutes(v1::ProductsClient& products) {
  const auto with = [&products](Answer (*answer)(v1::ProductsClient&, const Call&)) {
    return [&products, answer](const Call& call) { return answer(products, call); };
  };
  return {
      {.method = "GET",
       .pattern = "/products",
       .query = {"page_size", "page_token"},
       .answer = with(ListProducts)},
      {.method = "GET", .pattern = "/products/{id}", .answer = with(GetProduct)},
      {.method = "POST",
       .pattern = "/products",
       .access = Access::kAdmin,
       .takes_json = true,
       .answer = with(CreateProduct)},
      {.method = "PUT",
       .pattern = "/products/{id}",
       .access = Access::kAdmin,
       .takes_json = true,
       .answer = with(UpdateProduct)},
      {.method = "DELETE",
       .pattern = "/products/{id}",
       .access = Access::kAdmin,
       .query = {"version"},
       .answer = with(DeleteProduct)},
  };
}

}  // namespace shop::http
