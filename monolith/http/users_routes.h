#ifndef HTTP_USERS_ROUTES_H_
#define HTTP_USERS_ROUTES_H_

#include <vector>

#include "http/router.h"
#include "shop/users/v1/users_client.h"

namespace shop::http {

// The routes of one's own profile; whose that is, the token says. Each makes one call of the client
// and checks nothing that the module checks.
//   GET /users/me   customer; the profile, with its version as ETag
//   PUT /users/me   customer; {email, name, postal_address, version}; the version that was read may
//                   come as If-Match instead
// A version that is no longer the current one is answered 412 when it came in If-Match, else 409.
// `users` must outlive the routes.
[[nodiscard]] std::vector<Route> UsersRoutes(users::v1::UsersClient& users);

}  // namespace shop::http

#endif  // HTTP_USERS_ROUTES_H_
