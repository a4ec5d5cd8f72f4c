#ifndef APP_SAMPLE_PRODUCTS_H_
#define APP_SAMPLE_PRODUCTS_H_

#include <string>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "shop/auth/v1/auth_client.h"
#include "shop/products/v1/products_client.h"

namespace shop::app {

// With whom to log in.
struct Admin {
  std::string email;
  std::string password;
};

// Fills an empty catalogue with a dozen products, so that a first visit has something to see; what
// an interrupted filling has left, the first few of the dozen, is completed, and any other
// catalogue is left alone. Returns how many products were added, 0 to 12. Works over any binding,
// as the admin, who is logged in for it when there is something to add. Their ids are fixed, so
// that two processes that start at once add them once. Fails with FAILED_PRECONDITION, reason
// ADMIN_PASSWORD_UNKNOWN, when the password is empty, and with the clients' errors.
[[nodiscard]] seam::Result<int> AddSampleProducts(const seam::Context& context, const Admin& admin,
                                                  auth::v1::AuthClient& auth,
                                                  products::v1::ProductsClient& products);

}  // namespace shop::app

#endif  // APP_SAMPLE_PRODUCTS_H_
