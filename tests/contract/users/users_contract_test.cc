// What every caller of users may rely on, written against the abstract client and run unchanged on
// every binding.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "seam/core/uuid.h"
#include "seam/identity/principal.h"
#include "seam/identity/token.h"
#include "shop/users/v1/users_client.h"
#include "users/users_sides.h"

namespace shop::users {
namespace {

using seam::Code;
using seam::Context;
using seam::Origin;
using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.

class UsersContract : public UsersOnEverySide {
 protected:
  CreateUserRequest Ann(const std::string& email = "Ann@Example.org") const {
    return {.id = seam::NewUuidV7(), .email = email, .name = "Ann Onymous"};
  }

  User Create(const CreateUserRequest& request) {
    auto created = client().CreateUser(Context(), request);
    EXPECT_TRUE(created) << ToString(created.error());
    return *created->user;
  }

  // What the user sees.
  User Read(const std::string& id) {
    auto got = client().GetUser(tokens().As(id), {.id = id});
    EXPECT_TRUE(got) << ToString(got.error());
    return *got->user;
  }

  static UpdateUserRequest UpdateOf(const User& user) {
    return {.id = user.id,
            .expected_version = user.version,
            .email = user.email,
            .name = user.name,
            .postal_address = user.postal_address};
  }

  struct Stranger {
    const char* name;
    Context context;
    const char* reason;
  };

  // Those who cannot show that they are `subject`, or an admin.
  std::vector<Stranger> Strangers(const std::string& subject) const {
    const auto now = std::chrono::system_clock::now();
    const seam::Principal former{
        subject, {"customer", "admin"}, seam::NewUuidV7(), now - std::chrono::hours(1)};
    return {
        {"nobody", Context(), "TOKEN_MISSING"},
        {"from another shop", seam::testing::TestTokens().As(subject, {"customer", "admin"}),
         "TOKEN_INVALID"},
        {"expired",
         seam::WithBearerToken(Context(), seam::SignToken(tokens().key(), tokens().audience(),
                                                          former, now - std::chrono::hours(2))),
         "TOKEN_EXPIRED"},
    };
  }
};

template <class T>
void ExpectRefused(const seam::Result<T>& result, Code code, const std::string& reason) {
  ASSERT_FALSE(result) << "expected " << reason;
  EXPECT_EQ(result.error().code, code) << ToString(result.error());
  EXPECT_EQ(result.error().reason, reason) << ToString(result.error());
  EXPECT_EQ(result.error().origin, Origin::kHandler) << ToString(result.error());
}

template <class T>
void ExpectInvalidField(const seam::Result<T>& result, const std::string& field) {
  ExpectRefused(result, Code::kInvalidArgument, "INVALID_FIELD");
  if (!result) {
    EXPECT_EQ(result.error().metadata.at("field"), field) << ToString(result.error());
  }
}

TEST_P(UsersContract, WhatWasCreatedCanBeRead) {
  const auto request = Ann();
  const User created = Create(request);
  EXPECT_EQ(created.id, request.id);
  EXPECT_EQ(created.email, "Ann@Example.org");
  EXPECT_EQ(created.name, "Ann Onymous");
  EXPECT_EQ(created.postal_address, "");
  EXPECT_EQ(created.version, 1);
  ASSERT_TRUE(created.created_at.has_value());
  EXPECT_GT(created.created_at->seconds, 0);
  EXPECT_EQ(*created.created_at, *created.updated_at);
  EXPECT_EQ(Read(request.id), created);
}

TEST_P(UsersContract, CreatingAgainWithTheSameIdAndEmailChangesNothing) {
  const auto request = Ann();
  const User first = Create(request);
  auto again = request;
  again.name = "Anna";
  EXPECT_EQ(Create(again), first);
  auto other = request;
  other.email = "bob@example.org";
  ExpectRefused(client().CreateUser(Context(), other), Code::kAlreadyExists, "USER_EXISTS");
}

TEST_P(UsersContract, AnEmailBelongsToOneUserInWhateverCase) {
  Create(Ann("Ann@Example.org"));
  const User bob = Create(Ann("bob@example.org"));
  ExpectRefused(client().CreateUser(Context(), Ann("ann@example.ORG")), Code::kAlreadyExists,
                "EMAIL_TAKEN");
  auto update = UpdateOf(bob);
  update.email = "ANN@example.org";
  ExpectRefused(client().UpdateUser(tokens().As(bob.id), update), Code::kAlreadyExists,
                "EMAIL_TAKEN");
  EXPECT_EQ(Read(bob.id), bob);
}

TEST_P(UsersContract, AUserIsFoundByEmailInWhateverCase) {
  const auto request = Ann("Ann@Example.org");
  Create(request);
  for (const char* email : {"Ann@Example.org", "ann@example.org", "ANN@EXAMPLE.ORG"}) {
    const auto found = client().FindUserByEmail(Context(), {.email = email});
    ASSERT_TRUE(found) << ToString(found.error());
    EXPECT_EQ(found->id, request.id);
  }
}

TEST_P(UsersContract, AnUnknownEmailAndWhatIsNoneAreNotFound) {
  Create(Ann("Ann@Example.org"));
  for (const std::string& email :
       {std::string("bob@example.org"), std::string(), std::string("ann"), std::string("%@%.%"),
        std::string("\u00e9@example.org"), std::string(100'000, 'a')}) {
    ExpectRefused(client().FindUserByEmail(Context(), {.email = email}), Code::kNotFound,
                  "USER_NOT_FOUND");
  }
}

TEST_P(UsersContract, ABadFieldIsNamed) {
  auto create = Ann();
  create.id = "not-a-uuid";
  ExpectInvalidField(client().CreateUser(Context(), create), "id");
  create = Ann("ann@localhost");
  ExpectInvalidField(client().CreateUser(Context(), create), "email");
  create = Ann();
  create.name = "";
  ExpectInvalidField(client().CreateUser(Context(), create), "name");

  ExpectInvalidField(client().GetUser(admin(), {.id = "not-a-uuid"}), "id");

  const User ann = Create(Ann());
  auto update = UpdateOf(ann);
  update.expected_version = 0;
  ExpectInvalidField(client().UpdateUser(tokens().As(ann.id), update), "expected_version");
  update = UpdateOf(ann);
  update.email = "@";
  ExpectInvalidField(client().UpdateUser(tokens().As(ann.id), update), "email");
  update = UpdateOf(ann);
  update.postal_address = std::string(501, 'x');
  ExpectInvalidField(client().UpdateUser(tokens().As(ann.id), update), "postal_address");
}

TEST_P(UsersContract, AnUpdateNeedsTheCurrentVersion) {
  const User created = Create(Ann());
  auto update = UpdateOf(created);
  update.email = "anna@example.org";
  update.name = "Anna";
  update.postal_address = "1 High Street\nSpringfield";
  const auto updated = client().UpdateUser(tokens().As(created.id), update);
  ASSERT_TRUE(updated) << ToString(updated.error());
  EXPECT_EQ(updated->user->email, "anna@example.org");
  EXPECT_EQ(updated->user->name, "Anna");
  EXPECT_EQ(updated->user->postal_address, "1 High Street\nSpringfield");
  EXPECT_EQ(updated->user->version, 2);
  EXPECT_EQ(updated->user->created_at, created.created_at);
  EXPECT_EQ(Read(created.id), *updated->user);
  ExpectRefused(client().FindUserByEmail(Context(), {.email = created.email}), Code::kNotFound,
                "USER_NOT_FOUND");

  const auto stale = client().UpdateUser(tokens().As(created.id), update);
  ExpectRefused(stale, Code::kAborted, "STALE_VERSION");
  EXPECT_EQ(stale.error().metadata.at("current_version"), "2");
}

TEST_P(UsersContract, WithoutAPrincipalNoProfileIsReadOrChanged) {
  const User ann = Create(Ann());
  auto update = UpdateOf(ann);
  update.name = "Changed";
  for (const Stranger& stranger : Strangers(ann.id)) {
    SCOPED_TRACE(stranger.name);
    ExpectRefused(client().GetUser(stranger.context, {.id = ann.id}), Code::kUnauthenticated,
                  stranger.reason);
    ExpectRefused(client().UpdateUser(stranger.context, update), Code::kUnauthenticated,
                  stranger.reason);
    ExpectRefused(client().GetUser(stranger.context, {.id = "not-a-uuid"}), Code::kUnauthenticated,
                  stranger.reason);
  }
  EXPECT_EQ(Read(ann.id), ann);
}

TEST_P(UsersContract, AnothersProfileIsAsIfThereWereNone) {
  const User ann = Create(Ann());
  const Context bob = tokens().As(seam::NewUuidV7());
  auto update = UpdateOf(ann);
  update.name = "Changed";
  ExpectRefused(client().UpdateUser(bob, update), Code::kNotFound, "USER_NOT_FOUND");
  EXPECT_EQ(Read(ann.id), ann);

  const auto theirs = client().GetUser(bob, {.id = ann.id});
  ExpectRefused(theirs, Code::kNotFound, "USER_NOT_FOUND");
  const auto nobodys = client().GetUser(bob, {.id = seam::NewUuidV7()});
  ExpectRefused(nobodys, Code::kNotFound, "USER_NOT_FOUND");
  EXPECT_EQ(theirs.error().message.size(), nobodys.error().message.size());
  EXPECT_EQ(theirs.error().metadata.size(), nobodys.error().metadata.size());
}

TEST_P(UsersContract, AnAdminReadsAndChangesAnyProfile) {
  const User ann = Create(Ann());
  const auto got = client().GetUser(admin(), {.id = ann.id});
  ASSERT_TRUE(got) << ToString(got.error());
  EXPECT_EQ(*got->user, ann);
  auto update = UpdateOf(ann);
  update.name = "Anna";
  const auto updated = client().UpdateUser(admin(), update);
  ASSERT_TRUE(updated) << ToString(updated.error());
  EXPECT_EQ(Read(ann.id).name, "Anna");
  ExpectRefused(client().GetUser(admin(), {.id = seam::NewUuidV7()}), Code::kNotFound,
                "USER_NOT_FOUND");
}

TEST_P(UsersContract, OfCreationsWithOneEmailOneWins) {
  constexpr int kCallers = 8;
  std::atomic<int> created = 0;
  std::atomic<int> taken = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      const auto result = client().CreateUser(Context(), Ann());
      if (result) {
        ++created;
      } else if (result.error().reason == "EMAIL_TAKEN") {
        ++taken;
      } else {
        ADD_FAILURE() << ToString(result.error());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(taken, kCallers - 1);
}

TEST_P(UsersContract, TextIsKeptAsItIs) {
  auto request = Ann("o'hara+';--@example.org");
  EXPECT_FALSE(client().CreateUser(Context(), request)) << "a semicolon is not for emails";
  request.email = "o'hara+'--@example.org";
  request.name = "Robert'); DROP TABLE profile;-- \"quoted\" 日本語 \xF0\x9F\xAB\x96";
  Create(request);
  EXPECT_EQ(Read(request.id).name, request.name);
  EXPECT_EQ(Read(request.id).email, request.email);
}

TEST_P(UsersContract, TextThatIsNotUtf8IsRefusedBeforeTheModuleSeesIt) {
  auto request = Ann();
  request.name = "\xC3(";
  const auto refused = client().CreateUser(Context(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_EQ(refused.error().reason, "INVALID_UTF8");
  EXPECT_EQ(refused.error().origin, Origin::kNotDelivered);
}

TEST_P(UsersContract, WhoeverAsksIsToldThatItIsReady) {
  EXPECT_TRUE(client().CheckReadiness(Context(), {}));
}

TEST_P(UsersContract, APassedDeadlineChangesNothing) {
  const auto request = Ann();
  const auto late =
      client().CreateUser(Context().WithTimeout(std::chrono::milliseconds(-1)), request);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(late.error().origin, Origin::kNotDelivered);
  ExpectRefused(client().FindUserByEmail(Context(), {.email = request.email}), Code::kNotFound,
                "USER_NOT_FOUND");
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(UsersContract);

}  // namespace
}  // namespace shop::users
