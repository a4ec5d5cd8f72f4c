#ifndef AUTH_SERVICE_H_
#define AUTH_SERVICE_H_

#include <memory>

#include "auth/parts.h"
#include "shop/auth/v1/auth_handler.h"

namespace shop::auth {

// The rules of auth.proto over the repository. No transaction is open while a password is hashed or
// users is asked. Thread-safe.
class AuthService final : public v1::AuthHandler {
 public:
  explicit AuthService(std::shared_ptr<Parts> parts);

  seam::Result<v1::RegisterResponse> Register(const seam::Context& context,
                                              const v1::RegisterRequest& request) override;
  seam::Result<v1::LoginResponse> Login(const seam::Context& context,
                                        const v1::LoginRequest& request) override;
  seam::Result<v1::RefreshResponse> Refresh(const seam::Context& context,
                                            const v1::RefreshRequest& request) override;
  seam::Result<v1::LogoutResponse> Logout(const seam::Context& context,
                                          const v1::LogoutRequest& request) override;
  seam::Result<v1::RotateKeysResponse> RotateKeys(const seam::Context& context,
                                                  const v1::RotateKeysRequest& request) override;

 private:
  const std::shared_ptr<Parts> parts_;
};

}  // namespace shop::auth

#endif  // AUTH_SERVICE_H_
