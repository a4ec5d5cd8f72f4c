#ifndef HTTP_PRODUCTS_ROUTES_H_
#define HTTP_PRODUCTS_ROUTES_H_

#include <vector>

#include "http/router.h"
#include "shop/products/v1/products_client.h"

namespace shop::http {

// The catalogue's routes; each makes one call of the client and checks nothing that the module
// checks.
//   GET    /products?page_size=&page_token=   a page of the catalogue
//   GET    /products/{id}                     one product, with its version as ETag
//   POST   /products                          admin; makes the id, answers 201 with Location
//   PUT    /products/{id}                     admin; needs the version that was read, as If-Match
//                                             or as `version` in the body
//   DELETE /products/{id}?version=            admin; 204. Without version or If-Match any version
// A version that is no longer the current one is answered 412 when it came in If-Match, else 409.
// `products` must outlive the routes.
[[nodiscard]] std::vector<Route> ProductsRoutes(products::v1::ProductsClient& products);

}  // namespace shop::http

#endif  // HTTP_PRODUCTS_ROUTES_H_
