// Who may see and change whose profile.

#include <vector>

#include "seam/identity/principal.h"
#include "seam/identity/token.h"
#include "users_fixture.h"

namespace shop::users {
namespace {

class AccessTest : public UsersFixture {
 protected:
  struct Stranger {
    std::string name;
    Context context;
    std::string outcome;
  };

  // Those who cannot show that they are `subject`, or an admin.
  [[nodiscard]] std::vector<Stranger> Strangers(const std::string& subject) const {
    const auto now = std::chrono::system_clock::now();
    const seam::Principal former{
        subject, {"customer", "admin"}, seam::NewUuidV7(), now - std::chrono::hours(1)};
    return {
        {"nobody", Context(), "UNAUTHENTICATED TOKEN_MISSING"},
        {"garbage", seam::WithBearerToken(Context(), "x.y.z"), "UNAUTHENTICATED TOKEN_INVALID"},
        {"from another shop", seam::testing::TestTokens().As(subject, {"customer", "admin"}),
         "UNAUTHENTICATED TOKEN_INVALID"},
        {"expired",
         seam::WithBearerToken(Context(), seam::SignToken(tokens_.key(), tokens_.audience(), former,
                                                          now - std::chrono::hours(2))),
         "UNAUTHENTICATED TOKEN_EXPIRED"},
    };
  }
};

TEST_F(AccessTest, WithoutAPrincipalNoProfileIsReadOrChanged) {
  const v1::User ann = Create(Ann());
  for (const Stranger& stranger : Strangers(ann.id)) {
    SCOPED_TRACE(stranger.name);
    EXPECT_EQ(Outcome(Get(stranger.context, ann.id)), stranger.outcome);
    v1::UpdateUserRequest update = UpdateOf(ann);
    update.name = "Changed";
    EXPECT_EQ(Outcome(users_->UpdateUser(stranger.context, update)), stranger.outcome);
    EXPECT_TRUE(User(ann.id) == ann);
  }
}

TEST_F(AccessTest, TheCallerIsLookedAtBeforeTheRequest) {
  for (const Stranger& stranger : Strangers(seam::NewUuidV7())) {
    SCOPED_TRACE(stranger.name);
    EXPECT_EQ(Outcome(Get(stranger.context, "no id")), stranger.outcome);
    EXPECT_EQ(Outcome(Get(stranger.context, seam::NewUuidV7())), stranger.outcome);
    EXPECT_EQ(Outcome(users_->UpdateUser(stranger.context, {})), stranger.outcome);
  }
}

TEST_F(AccessTest, TheRequestIsLookedAtBeforeTheProfile) {
  const v1::User ann = Create(Ann());
  for (const std::string& id : {ann.id, seam::NewUuidV7()}) {
    v1::UpdateUserRequest update = UpdateOf(ann);
    update.id = id;
    update.email = "no email";
    EXPECT_EQ(Outcome(users_->UpdateUser(As(seam::NewUuidV7()), update)),
              "INVALID_ARGUMENT INVALID_FIELD field=email");
  }
}

// But for the id, every answer is the same for a profile that is there and for one that is not.
TEST_F(AccessTest, AnothersProfileIsAsIfThereWereNone) {
  const v1::User ann = Create(Ann());
  const std::string missing = seam::NewUuidV7();
  const auto without_id = [](Error error, const std::string& id) {
    EXPECT_EQ(error.metadata["user_id"], id);
    error.metadata.erase("user_id");
    const std::size_t at = error.message.find(id);
    EXPECT_NE(at, std::string::npos) << error.message;
    if (at != std::string::npos) error.message.erase(at, id.size());
    return error;
  };
  for (const Context& other : {As(seam::NewUuidV7()), tokens_.As(seam::NewUuidV7(), {}),
                               tokens_.As(seam::NewUuidV7(), {"Admin", "administrator", ""}),
                               tokens_.As("admin"), As(ann.id.substr(0, 35)), As(ann.id + "0")}) {
    const auto theirs = Get(other, ann.id);
    const auto nobodys = Get(other, missing);
    ASSERT_EQ(Outcome(theirs), "NOT_FOUND USER_NOT_FOUND");
    ASSERT_EQ(Outcome(nobodys), "NOT_FOUND USER_NOT_FOUND");
    EXPECT_EQ(without_id(theirs.error(), ann.id), without_id(nobodys.error(), missing));

    v1::UpdateUserRequest update = UpdateOf(ann);
    update.name = "Changed";
    for (const std::int64_t version : {1, 7}) {  // The current one and another.
      for (const char* email : {"ann@example.org", "new@example.org"}) {
        update.expected_version = version;
        update.email = email;
        update.id = ann.id;
        const auto their_update = users_->UpdateUser(other, update);
        update.id = missing;
        const auto nobodys_update = users_->UpdateUser(other, update);
        ASSERT_EQ(Outcome(their_update), "NOT_FOUND USER_NOT_FOUND");
        ASSERT_EQ(Outcome(nobodys_update), "NOT_FOUND USER_NOT_FOUND");
        EXPECT_EQ(without_id(their_update.error(), ann.id),
                  without_id(nobodys_update.error(), missing));
      }
    }
  }
  EXPECT_TRUE(User(ann.id) == ann);
}

TEST_F(AccessTest, OnesOwnProfileThatIsNotThereIsNotFound) {
  const std::string id = seam::NewUuidV7();
  EXPECT_EQ(Outcome(Get(As(id), id)), "NOT_FOUND USER_NOT_FOUND");
}

TEST_F(AccessTest, AnAdminReadsAndChangesAnyProfile) {
  const v1::User ann = Create(Ann());
  EXPECT_TRUE(Get(admin_, ann.id).value().user == ann);
  v1::UpdateUserRequest update = UpdateOf(ann);
  update.name = "Anna";
  EXPECT_EQ(users_->UpdateUser(admin_, update).value().user->name, "Anna");
  EXPECT_EQ(Outcome(Get(admin_, seam::NewUuidV7())), "NOT_FOUND USER_NOT_FOUND");
}

TEST_F(AccessTest, AccountsAreMadeAndFoundOnAnybodysBehalf) {
  int count = 0;
  std::vector<Stranger> callers = Strangers(seam::NewUuidV7());
  callers.push_back({"a customer", As(seam::NewUuidV7()), ""});
  callers.push_back({"an admin", admin_, ""});
  for (const Stranger& caller : callers) {
    SCOPED_TRACE(caller.name);
    const v1::CreateUserRequest request = Ann("ann" + std::to_string(++count) + "@example.org");
    EXPECT_EQ(Outcome(users_->CreateUser(caller.context, request)), "OK");
    v1::FindUserByEmailRequest find;
    find.email = request.email;
    EXPECT_EQ(users_->FindUserByEmail(caller.context, find).value().id, request.id);
  }
}

TEST_F(AccessTest, WithoutKeysNoProfileIsRead) {
  const v1::User ann = Create(Ann());
  const seam::TokenVerifier blind(
      [](const Context&) -> Result<seam::TrustedKeys> {
        return seam::Fail(Code::kUnavailable, "GONE", "auth is down");
      },
      {});
  const auto opened = OpenUsers({.database = database(), .durable = false}, blind);
  v1::GetUserRequest get;
  get.id = ann.id;
  EXPECT_EQ(Outcome((*opened)->GetUser(As(ann.id), get)), "UNAVAILABLE TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(Outcome((*opened)->UpdateUser(As(ann.id), UpdateOf(ann))),
            "UNAVAILABLE TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(Outcome((*opened)->CreateUser(nobody_, Ann("bob@example.org"))), "OK");
}

}  // namespace
}  // namespace shop::users
