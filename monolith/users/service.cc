#include "users/service.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seam/core/fingerprint.h"
#include "seam/sql/error.h"
#include "users/email.h"
#include "users/repository.h"
#include "users/validation.h"

namespace shop::users {
namespace {

using seam::Code;
using seam::Context;
using seam::Fail;
using seam::Failure;
using seam::Forward;
using seam::Result;
using seam::sql::Answer;
using seam::sql::Session;

// No message repeats an email: errors end up in logs.

Failure EmailTaken() {
  return Fail(Code::kAlreadyExists, "EMAIL_TAKEN",
              "another user has that email; use another one, or log in with it");
}

Failure UserNotFound(const std::string& id) {
  return Fail(Code::kNotFound, "USER_NOT_FOUND", "there is no user " + id, {{"user_id", id}});
}

Failure StaleVersion(std::int64_t expected, std::int64_t current) {
  return Fail(Code::kAborted, "STALE_VERSION",
              "the user has version " + std::to_string(current) + ", not " +
                  std::to_string(expected) + "; read it again and decide anew",
              {{"current_version", std::to_string(current)}});
}

// Whether there may be such a profile in the principal's eyes.
bool MaySee(const seam::Principal& principal, std::string_view id) {
  return principal.subject == id || principal.HasRole("admin");
}

}  // namespace

UsersService::UsersService(std::unique_ptr<seam::sql::Database> database,
                           const seam::TokenVerifier& verifier, Clock clock)
    : database_(std::move(database)), verifier_(verifier), clock_(std::move(clock)) {}

std::int64_t UsersService::Now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_()).time_since_epoch().count();
}

Result<v1::CreateUserResponse> UsersService::CreateUser(const Context& context,
                                                        const v1::CreateUserRequest& request) {
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  return Answer([&] {
    const std::string email_folded = FoldEmail(request.email);
    const auto creation = static_cast<std::int64_t>(seam::Fingerprint(email_folded));
    return database_->Write(context, [&](Session& session) -> Result<v1::CreateUserResponse> {
      if (!repository::InsertUser(session, request, email_folded, creation, Now())) {
        const auto known = repository::FindCreation(session, request.id);
        if (!known) return EmailTaken();
        if (*known != creation) {
          return Fail(Code::kAlreadyExists, "USER_EXISTS",
                      "user " + request.id + " was created with another email; use a new id",
                      {{"user_id", request.id}});
        }
      }
      auto user = repository::FindUser(session, request.id);
      if (!user) return UserNotFound(request.id);
      v1::CreateUserResponse response;
      response.user = *std::move(user);
      return response;
    });
  });
}

Result<v1::FindUserByEmailResponse> UsersService::FindUserByEmail(
    const Context& context, const v1::FindUserByEmailRequest& request) {
  return Answer([&]() -> Result<v1::FindUserByEmailResponse> {
    std::optional<std::string> id;
    if (IsEmail(request.email)) {
      id = database_->Read(context, [&](Session& session) {
        return repository::FindIdByEmail(session, FoldEmail(request.email));
      });
    }
    if (!id) return Fail(Code::kNotFound, "USER_NOT_FOUND", "there is no user with that email");
    v1::FindUserByEmailResponse response;
    response.id = *std::move(id);
    return response;
  });
}

Result<v1::GetUserResponse> UsersService::GetUser(const Context& context,
                                                  const v1::GetUserRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  if (!MaySee(*principal, request.id)) return UserNotFound(request.id);
  return Answer([&]() -> Result<v1::GetUserResponse> {
    auto user = database_->Read(
        context, [&](Session& session) { return repository::FindUser(session, request.id); });
    if (!user) return UserNotFound(request.id);
    v1::GetUserResponse response;
    response.user = *std::move(user);
    return response;
  });
}

Result<v1::UpdateUserResponse> UsersService::UpdateUser(const Context& context,
                                                        const v1::UpdateUserRequest& request) {
  const auto principal = verifier_.Verify(context);
  if (!principal) return Forward(principal.error());
  if (auto valid = Validate(request); !valid) return Forward(std::move(valid).error());
  if (!MaySee(*principal, request.id)) return UserNotFound(request.id);
  return Answer([&]() -> Result<v1::UpdateUserResponse> {
    try {
      return Update(context, request);
    } catch (const seam::sql::SqlError& error) {
      // It leaves the id as it is, so the index is that of the emails.
      if (error.kind() == seam::sql::ErrorKind::kUniqueViolation) return EmailTaken();
      throw;
    }
  });
}

Result<v1::CheckReadinessResponse> UsersService::CheckReadiness(
    const Context& context, const v1::CheckReadinessRequest& /*request*/) {
  return Answer([&]() -> Result<v1::CheckReadinessResponse> {
    // An address that could be somebody's, so that it is looked for, but is nobody's
    // (https://www.rfc-editor.org/rfc/rfc2606#section-2).
    database_->Read(context, [](Session& session) {
      static_cast<void>(repository::FindIdByEmail(session, "nobody@shop.invalid"));
    });
    return v1::CheckReadinessResponse();
  });
}

Result<v1::UpdateUserResponse> UsersService::Update(const Context& context,
                                                    const v1::UpdateUserRequest& request) {
  const std::string email_folded = FoldEmail(request.email);
  return database_->Write(context, [&](Session& session) -> Result<v1::UpdateUserResponse> {
    auto updated = repository::UpdateUser(session, request, email_folded, Now());
    if (!updated) {
      const auto current = repository::FindUser(session, request.id);
      if (!current) return UserNotFound(request.id);
      return StaleVersion(request.expected_version, current->version);
    }
    v1::UpdateUserResponse response;
    response.user = *std::move(updated);
    return response;
  });
}

}  // namespace shop::users
