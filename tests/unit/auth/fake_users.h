#ifndef TESTS_UNIT_AUTH_FAKE_USERS_H_
#define TESTS_UNIT_AUTH_FAKE_USERS_H_

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "shop/users/v1/users_handler.h"

namespace shop::auth {

// Users in a map: of its contract, what accounts need.
class FakeUsers final : public users::v1::UsersHandler {
 public:
  seam::Result<users::v1::CreateUserResponse> CreateUser(
      const seam::Context& /*context*/, const users::v1::CreateUserRequest& request) override {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (down_) return Down();
    if (request.email.find('@') == std::string::npos) {
      return seam::Fail(seam::Code::kInvalidArgument, "INVALID_FIELD", "email must be one",
                        {{"field", "email"}});
    }
    const std::string email = Fold(request.email);
    for (const auto& [id, taken] : emails_) {
      if (taken == email && id != request.id) {
        return seam::Fail(seam::Code::kAlreadyExists, "EMAIL_TAKEN", "another has the email");
      }
    }
    if (emails_.emplace(request.id, email).first->second != email) {
      return seam::Fail(seam::Code::kAlreadyExists, "USER_EXISTS", "the id is taken");
    }
    if (loses_answers_) return Down();
    return users::v1::CreateUserResponse{};
  }

  seam::Result<users::v1::FindUserByEmailResponse> FindUserByEmail(
      const seam::Context& /*context*/, const users::v1::FindUserByEmailRequest& request) override {
    if (while_finding_) while_finding_();
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (down_) return Down();
    const std::string email = Fold(request.email);
    for (const auto& [id, taken] : emails_) {
      if (taken != email) continue;
      users::v1::FindUserByEmailResponse response;
      response.id = id;
      return response;
    }
    return seam::Fail(seam::Code::kNotFound, "USER_NOT_FOUND", "nobody has the email");
  }

  seam::Result<users::v1::CheckReadinessResponse> CheckReadiness(
      const seam::Context& /*context*/, const users::v1::CheckReadinessRequest&) override {
    return users::v1::CheckReadinessResponse();
  }

  // Whether calls fail before anything happens, or after what was to happen.
  void set_down(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  void set_loses_answers(bool loses) {
    const std::lock_guard lock(mutex_);
    loses_answers_ = loses;
  }

  // Called by each FindUserByEmail first; set while nobody calls.
  void set_while_finding(std::function<void()> while_finding) {
    while_finding_ = std::move(while_finding);
  }

  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  static std::string Fold(std::string email) {
    std::transform(email.begin(), email.end(), email.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return email;
  }
  static seam::Failure Down() {
    return seam::Fail(seam::Code::kUnavailable, "USERS_DOWN", "users cannot be reached");
  }

  std::function<void()> while_finding_;
  std::mutex mutex_;
  std::map<std::string, std::string> emails_;  // By id, in lower case.
  bool down_ = false;
  bool loses_answers_ = false;
  int calls_ = 0;
};

}  // namespace shop::auth

#endif  // TESTS_UNIT_AUTH_FAKE_USERS_H_
