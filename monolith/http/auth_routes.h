#ifndef HTTP_AUTH_ROUTES_H_
#define HTTP_AUTH_ROUTES_H_

#include <vector>

#include "http/router.h"
#include "seam/identity/token_verifier.h"
#include "shop/auth/v1/auth_client.h"

namespace shop::http {

// The routes of accounts and sessions; each makes one call and checks nothing that auth checks.
//   POST /auth/register         {email, password, name}; makes the account's id, answers 201
//   POST /auth/login            {email, password}; answers the tokens of a new session
//   POST /auth/refresh          {refresh_token}; answers new tokens of the same session
//   POST /auth/logout           {refresh_token}; 204, also when the session has ended already
//   POST /auth/keys/rotate      admin; signs with a new key from now on, and with
//                               ?withdraw_others=true ends all tokens of the others
//   GET  /.well-known/jwks.json the public keys, with which anybody can verify access tokens
// Log-ins that fail, and registrations, are counted by Request::client_address. Both must outlive
// the routes.
[[nodiscard]] std::vector<Route> AuthRoutes(auth::v1::AuthClient& auth,
                                            const seam::TokenVerifier& verifier);

}  // namespace shop::http

#endif  // HTTP_AUTH_ROUTES_H_
