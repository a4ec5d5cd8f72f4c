#ifndef USERS_SERVICE_H_
#define USERS_SERVICE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "seam/identity/token_verifier.h"
#include "seam/sql/database.h"
#include "shop/users/v1/users_handler.h"

namespace shop::users {

// The rules of users.proto over the repository: each call is validated, runs as one transaction,
// and is answered. GetUser and UpdateUser first ask for the principal, so that a stranger is
// refused whatever the request is; then look at the fields; then whether the profile is the
// principal's own, without which there is no profile, before the database is asked: another's
// profile and one that does not exist get the same answer, as soon. Thread-safe.
class UsersService final : public v1::UsersHandler {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  // `verifier` must outlive it.
  UsersService(std::unique_ptr<seam::sql::Database> database, const seam::TokenVerifier& verifier,
               Clock clock);

  seam::Result<v1::CreateUserResponse> CreateUser(const seam::Context& context,
                                                  const v1::CreateUserRequest& request) override;
  seam::Result<v1::FindUserByEmailResponse> FindUserByEmail(
      const seam::Context& context, const v1::FindUserByEmailRequest& request) override;
  seam::Result<v1::GetUserResponse> GetUser(const seam::Context& context,
                                            const v1::GetUserRequest& request) override;
  seam::Result<v1::UpdateUserResponse> UpdateUser(const seam::Context& context,
                                                  const v1::UpdateUserRequest& request) override;
  seam::Result<v1::CheckReadinessResponse> CheckReadiness(
      const seam::Context& context, const v1::CheckReadinessRequest& request) override;

 private:
  // Throws kUniqueViolation when another user has the email.
  [[nodiscard]] seam::Result<v1::UpdateUserResponse> Update(const seam::Context& context,
                                                            const v1::UpdateUserRequest& request);

  // Milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const;

  const std::unique_ptr<seam::sql::Database> database_;
  const seam::TokenVerifier& verifier_;
  const Clock clock_;
};

}  // namespace shop::users

#endif  // USERS_SERVICE_H_
