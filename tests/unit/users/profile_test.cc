#include "users_fixture.h"

namespace shop::users {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

// `count` characters, each of `bytes` bytes of UTF-8.
std::string Characters(std::size_t count, std::size_t bytes) {
  const std::string character = bytes == 1 ? "x" : bytes == 2 ? "é" : bytes == 3 ? "€" : "🐎";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += character;
  return text;
}

class ProfileTest : public UsersFixture {
 protected:
  // The outcome of creating a user with this email and name, which must be that of updating one,
  // too.
  std::string Set(const std::string& email, const std::string& name) {
    v1::CreateUserRequest create = Ann(email);
    create.name = name;
    v1::UpdateUserRequest update = UpdateOf(Create(Ann(NewEmail())));
    update.email = email;
    update.name = name;
    const std::string updated = Outcome(Update(update));
    if (updated == "OK") {  // Makes room for the creation.
      update.expected_version += 1;
      update.email = NewEmail();
      EXPECT_EQ(Outcome(Update(update)), "OK");
    }
    EXPECT_EQ(Outcome(users_->CreateUser(nobody_, create)), updated);
    return updated;
  }

  std::string NewEmail() { return "user" + std::to_string(++emails_) + "@example.org"; }

 private:
  int emails_ = 0;
};

TEST_F(ProfileTest, ACreatedUserIsReadAsItWasGiven) {
  const v1::CreateUserRequest ann = Ann("Ann@Example.org");
  const v1::User created = Create(ann);
  EXPECT_EQ(created.id, ann.id);
  EXPECT_EQ(created.email, "Ann@Example.org");
  EXPECT_EQ(created.name, "Ann");
  EXPECT_EQ(created.postal_address, "");
  EXPECT_EQ(created.version, 1);
  EXPECT_TRUE(created.created_at == seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_TRUE(created.updated_at == created.created_at);
  EXPECT_TRUE(User(ann.id) == created);
}

TEST_F(ProfileTest, HostileTextIsStoredAsItIs) {
  for (const char* text :
       {"'; DROP TABLE profile; --", "\" OR \"\"=\"", "$1 $2 ?1 :id %s %n {}", "\\x00\\'",
        "<script>alert(1)</script>", "NULL", "\u202eright to left", "a\\nb"}) {
    v1::CreateUserRequest request = Ann(NewEmail());
    request.name = text;
    const v1::User created = Create(request);
    EXPECT_EQ(User(created.id).name, text);
    v1::UpdateUserRequest update = UpdateOf(created);
    update.postal_address = text;
    EXPECT_EQ(Update(update)->user->postal_address, text);
  }
  const std::string email = "'or'1'='1'--@example.org";
  const std::string id = Create(Ann(email)).id;
  EXPECT_EQ(IdOf(email), id);
  EXPECT_EQ(IdOf("'or'1'='1'--@example.com"), "NOT_FOUND USER_NOT_FOUND");
}

TEST_F(ProfileTest, NamesHave1To100Characters) {
  const auto name = [&](const std::string& text) { return Set(NewEmail(), text); };
  EXPECT_EQ(name(""), "INVALID_ARGUMENT INVALID_FIELD field=name");
  EXPECT_EQ(name("x"), "OK");
  for (const std::size_t bytes : {1U, 2U, 3U, 4U}) {
    EXPECT_EQ(name(Characters(100, bytes)), "OK") << bytes;
    EXPECT_EQ(name(Characters(101, bytes)), "INVALID_ARGUMENT INVALID_FIELD field=name") << bytes;
  }
}

TEST_F(ProfileTest, NamesHaveNoControlCharacters) {
  for (const std::string control :
       {"\n", "\t", "\r", "\x01", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f"}) {
    EXPECT_EQ(Set(NewEmail(), "a" + control + "b"), "INVALID_ARGUMENT INVALID_FIELD field=name");
  }
  EXPECT_EQ(Set(NewEmail(), std::string("a\0b", 3)), "INVALID_ARGUMENT INVALID_FIELD field=name");
  EXPECT_EQ(Set(NewEmail(), "a b\u00a0c"), "OK");
}

TEST_F(ProfileTest, EmailsAreChecked) {
  EXPECT_EQ(Set("ann@example.org", "Ann"), "OK");
  for (const std::string& email : {std::string(), std::string("ann"), std::string("ann@example"),
                                   std::string("\u00e9@example.org"),
                                   std::string("ann@example.org\n"), std::string(1'000'000, 'x')}) {
    EXPECT_EQ(Set(email, "Ann"), "INVALID_ARGUMENT INVALID_FIELD field=email");
  }
}

TEST_F(ProfileTest, PostalAddressesHaveUpTo500CharactersAndLines) {
  v1::UpdateUserRequest update = UpdateOf(Create(Ann()));
  const auto address = [&](const std::string& text) {
    update.postal_address = text;
    const std::string outcome = Outcome(Update(update));
    if (outcome == "OK") ++update.expected_version;
    return outcome;
  };
  EXPECT_EQ(address("1 High Street\nSpringfield\r\nNowhere"), "OK");
  EXPECT_EQ(address(""), "OK");
  for (const std::size_t bytes : {1U, 4U}) {
    EXPECT_EQ(address(Characters(500, bytes)), "OK");
    EXPECT_EQ(address(Characters(501, bytes)),
              "INVALID_ARGUMENT INVALID_FIELD field=postal_address");
  }
  for (const std::string control : {"\t", "\x01", "\x0b", "\x1b", "\x7f", "\xc2\x85"}) {
    EXPECT_EQ(address("a" + control), "INVALID_ARGUMENT INVALID_FIELD field=postal_address");
  }
}

TEST_F(ProfileTest, IdsAreUuidsOfVersion7) {
  for (const std::string& id : {std::string(), std::string("919108f7-52d1-4320-9bac-f847db4148a8"),
                                std::string("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"),
                                std::string("1 OR 1=1"), std::string(100'000, 'a')}) {
    v1::CreateUserRequest create = Ann();
    create.id = id;
    EXPECT_EQ(Outcome(users_->CreateUser(nobody_, create)),
              "INVALID_ARGUMENT INVALID_FIELD field=id");
    v1::UpdateUserRequest update = UpdateOf(Create(Ann(NewEmail())));
    update.id = id;
    EXPECT_EQ(Outcome(users_->UpdateUser(admin_, update)),
              "INVALID_ARGUMENT INVALID_FIELD field=id");
    EXPECT_EQ(Outcome(Get(admin_, id)), "INVALID_ARGUMENT INVALID_FIELD field=id");
  }
}

TEST_F(ProfileTest, ARefusalSaysWhatIsWrongAndDoesNotRepeatIt) {
  const auto refused = users_->CreateUser(nobody_, Ann("secret"));
  EXPECT_EQ(refused.error().message,
            "email must be an email address of at most 254 ASCII characters, such as "
            "ann@example.org");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("field", "email")));

  Create(Ann("secret@example.org"));
  const auto taken = users_->CreateUser(nobody_, Ann("secret@example.org"));
  EXPECT_THAT(taken.error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(taken.error().metadata, IsEmpty());
  const auto unknown = Find("unknown@example.org");
  EXPECT_THAT(unknown.error().message, Not(HasSubstr("unknown@")));
  EXPECT_THAT(unknown.error().metadata, IsEmpty());
}

TEST_F(ProfileTest, CreatingAgainAnswersWithWhatIsThere) {
  const v1::CreateUserRequest ann = Ann();
  const v1::User created = Create(ann);
  now_ += 1000;
  EXPECT_TRUE(Create(ann) == created);
  // Only the id and the email count, and the email without regard to case.
  v1::CreateUserRequest again = ann;
  again.name = "Anna";
  again.email = "ANN@example.org";
  EXPECT_TRUE(Create(again) == created);
}

TEST_F(ProfileTest, CreatingAgainAnswersWithWhatIsThereAlsoWhenTheEmailIsAnothersByNow) {
  const v1::CreateUserRequest ann = Ann("ann@example.org");
  v1::UpdateUserRequest update = UpdateOf(Create(ann));
  update.email = "anna@example.org";
  ASSERT_EQ(Outcome(Update(update)), "OK");
  EXPECT_EQ(Create(ann).email, "anna@example.org");
  const std::string other = Create(Ann("ann@example.org")).id;
  const v1::User again = Create(ann);
  EXPECT_EQ(again.id, ann.id);
  EXPECT_EQ(again.email, "anna@example.org");
  EXPECT_EQ(again.version, 2);
  EXPECT_EQ(IdOf("ann@example.org"), other);
}

TEST_F(ProfileTest, AnIdIsNotGivenToAnotherEmail) {
  const v1::CreateUserRequest ann = Ann();
  const v1::User created = Create(ann);
  v1::CreateUserRequest other = ann;
  other.email = "bob@example.org";
  const auto refused = users_->CreateUser(nobody_, other);
  EXPECT_EQ(Outcome(refused), "ALREADY_EXISTS USER_EXISTS");
  EXPECT_THAT(refused.error().metadata, ElementsAre(Pair("user_id", ann.id)));
  Create(Ann("bob@example.org"));
  EXPECT_EQ(Outcome(users_->CreateUser(nobody_, other)), "ALREADY_EXISTS USER_EXISTS");
  // Nor to the one it has by now.
  v1::UpdateUserRequest update = UpdateOf(created);
  update.email = "anna@example.org";
  ASSERT_EQ(Outcome(Update(update)), "OK");
  other.email = "anna@example.org";
  EXPECT_EQ(Outcome(users_->CreateUser(nobody_, other)), "ALREADY_EXISTS USER_EXISTS");
}

TEST_F(ProfileTest, AnEmailBelongsToOneUserInWhateverCase) {
  const std::string ann = Create(Ann("Ann@Example.org")).id;
  const std::string bob = Create(Ann("bob@example.org")).id;
  for (const char* email : {"Ann@Example.org", "ann@example.org", "ANN@EXAMPLE.ORG"}) {
    const v1::CreateUserRequest second = Ann(email);
    EXPECT_EQ(Outcome(users_->CreateUser(nobody_, second)), "ALREADY_EXISTS EMAIL_TAKEN");
    EXPECT_EQ(Outcome(Get(admin_, second.id)), "NOT_FOUND USER_NOT_FOUND");
    v1::UpdateUserRequest update = UpdateOf(User(bob));
    update.email = email;
    update.name = "Not Bob";
    EXPECT_EQ(Outcome(Update(update)), "ALREADY_EXISTS EMAIL_TAKEN");
    EXPECT_EQ(User(bob).name, "Ann");
    EXPECT_EQ(User(bob).version, 1);
    EXPECT_EQ(IdOf(email), ann);
  }
}

TEST_F(ProfileTest, ADifferenceMakesAnotherEmail) {
  Create(Ann("ann@example.org"));
  for (const char* email :
       {"an@example.org", "ann@example.com", "ann+1@example.org", "a.nn@example.org"}) {
    EXPECT_EQ(IdOf(email), "NOT_FOUND USER_NOT_FOUND");
    const std::string id = Create(Ann(email)).id;
    EXPECT_EQ(IdOf(email), id);
  }
}

TEST_F(ProfileTest, WhatIsNoEmailIsNobodys) {
  const std::string ann = Create(Ann("ann@example.org")).id;
  for (const std::string& email :
       {std::string(), std::string("ann"), std::string("%@example.org"),
        std::string("ann@example.org "), std::string("ann@example.org\0", 16),
        std::string("' OR 1=1 --"), std::string("\u00e9@example.org"),
        std::string(1'000'000, 'a') + "@example.org"}) {
    EXPECT_EQ(IdOf(email), "NOT_FOUND USER_NOT_FOUND");
  }
  EXPECT_EQ(IdOf("ann@example.org"), ann);
}

TEST_F(ProfileTest, AnUpdateReplacesWhatCanBeEdited) {
  const v1::User created = Create(Ann("ann@example.org"));
  now_ += 5000;
  v1::UpdateUserRequest update = UpdateOf(created);
  update.email = "Anna@Example.org";
  update.name = "Anna";
  update.postal_address = "1 High Street\nSpringfield";
  const v1::User updated = *Update(update).value().user;
  EXPECT_EQ(updated.id, created.id);
  EXPECT_EQ(updated.email, "Anna@Example.org");
  EXPECT_EQ(updated.name, "Anna");
  EXPECT_EQ(updated.postal_address, "1 High Street\nSpringfield");
  EXPECT_EQ(updated.version, 2);
  EXPECT_TRUE(updated.created_at == created.created_at);
  EXPECT_TRUE(updated.updated_at == seam::TimestampFromUnixMilliseconds(now_));
  EXPECT_TRUE(User(created.id) == updated);
  EXPECT_EQ(IdOf("anna@example.org"), created.id);
  EXPECT_EQ(IdOf("ann@example.org"), "NOT_FOUND USER_NOT_FOUND");
}

TEST_F(ProfileTest, TheCaseOfOnesOwnEmailMayChange) {
  v1::UpdateUserRequest update = UpdateOf(Create(Ann("ann@example.org")));
  update.email = "Ann@Example.org";
  EXPECT_EQ(Update(update).value().user->email, "Ann@Example.org");
}

TEST_F(ProfileTest, AnUpdateOfAnOldVersionIsRefused) {
  const v1::User created = Create(Ann());
  v1::UpdateUserRequest update = UpdateOf(created);
  update.name = "First";
  ASSERT_EQ(Outcome(Update(update)), "OK");
  update.name = "Second";
  const auto stale = Update(update);
  EXPECT_EQ(Outcome(stale), "ABORTED STALE_VERSION");
  EXPECT_THAT(stale.error().metadata, ElementsAre(Pair("current_version", "2")));
  // Whoever has to decide anew is not told about emails.
  Create(Ann("bob@example.org"));
  update.email = "bob@example.org";
  EXPECT_EQ(Outcome(Update(update)), "ABORTED STALE_VERSION");
  update.expected_version = 3;
  EXPECT_EQ(Outcome(Update(update)), "ABORTED STALE_VERSION");
  EXPECT_EQ(User(created.id).name, "First");
  for (const std::int64_t version : {0, -1}) {
    update.expected_version = version;
    EXPECT_EQ(Outcome(Update(update)), "INVALID_ARGUMENT INVALID_FIELD field=expected_version");
  }
}

TEST_F(ProfileTest, AnUpdateOfNobodyIsNotFound) {
  v1::UpdateUserRequest update = UpdateOf(Create(Ann()));
  update.id = seam::NewUuidV7();
  update.email = "bob@example.org";
  EXPECT_EQ(Outcome(Update(update)), "NOT_FOUND USER_NOT_FOUND");
  update.email = "ann@example.org";  // Taken, but there is nobody to give it to.
  EXPECT_EQ(Outcome(Update(update)), "NOT_FOUND USER_NOT_FOUND");
}

}  // namespace
}  // namespace shop::users
