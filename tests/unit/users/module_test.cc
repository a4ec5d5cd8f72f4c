#include "users/module.h"

#include <fstream>

#include "users_fixture.h"

namespace shop::users {
namespace {

using testing::HasSubstr;

class ModuleTest : public UsersFixture {};

// What is so only where a database is a file, or has one writer at a time.
class SqliteModuleTest : public UsersFixture {};

TEST_F(ModuleTest, WhatWasWrittenIsThereAfterOpeningAgain) {
  const v1::User ann = Create(Ann());
  users_.reset();
  users_ = Open();
  EXPECT_TRUE(User(ann.id) == ann);
}

TEST_F(SqliteModuleTest, ADatabaseInMemoryStartsEmpty) {
  auto opened = OpenUsers({.database = {.sqlite_file = ":memory:"}}, verifier_);
  Create(Ann());
  EXPECT_EQ(Outcome((*opened)->CreateUser(nobody_, Ann())), "OK");
}

TEST_F(SqliteModuleTest, AFileThatCannotBeOpenedIsNamed) {
  const auto opened =
      OpenUsers({.database = {.sqlite_file = databases_.folder() / "missing/users.db"}}, verifier_);
  EXPECT_EQ(Outcome(opened), "UNAVAILABLE DATABASE_UNAVAILABLE");
  EXPECT_THAT(opened.error().message, HasSubstr("missing/users.db"));
}

TEST_F(SqliteModuleTest, AFileThatIsNoDatabaseIsRefused) {
  const std::string path = databases_.folder() / "text.db";
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_EQ(Outcome(OpenUsers({.database = {.sqlite_file = path}}, verifier_)),
            "DATA_LOSS DATABASE_CORRUPT");
}

TEST_F(ModuleTest, ADatabaseOfANewerProgramIsRefused) {
  databases_.Open("users")->Write(nobody_, [](seam::sql::Session& session) {
    session.ExecuteScript("INSERT INTO seam_migration VALUES (2, 'from the future', 0, 0)");
  });
  const auto opened = OpenUsers({.database = database()}, verifier_);
  EXPECT_EQ(Outcome(opened), "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
  EXPECT_THAT(opened.error().message, HasSubstr("2 (from the future)"));
}

TEST_F(ModuleTest, ACallWhoseTimeIsUpChangesNothing) {
  const v1::User bob = Create(Ann("bob@example.org"));
  const std::chrono::milliseconds past(-1);
  EXPECT_EQ(Outcome(users_->CreateUser(nobody_.WithTimeout(past), Ann())),
            "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(IdOf("ann@example.org"), "NOT_FOUND USER_NOT_FOUND");
  v1::UpdateUserRequest update = UpdateOf(bob);
  update.name = "Robert";
  EXPECT_EQ(Outcome(users_->UpdateUser(As(bob.id).WithTimeout(past), update)),
            "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_TRUE(User(bob.id) == bob);
}

TEST_F(SqliteModuleTest, AWaitForTheDatabaseEndsAtTheDeadline) {
  const std::string id = Create(Ann()).id;
  const auto other = databases_.Open("users");
  other->Write(nobody_, [&](seam::sql::Session&) {
    const Context soon = nobody_.WithTimeout(std::chrono::milliseconds(20));
    EXPECT_EQ(Outcome(users_->CreateUser(soon, Ann("bob@example.org"))),
              "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
    EXPECT_EQ(Outcome(Get(As(id), id)), "OK");  // Readers do not wait.
  });
}

TEST_F(SqliteModuleTest, AWaitForTheDatabaseIsBoundedWithoutADeadline) {
  const auto opened = OpenUsers(
      {.database = database(), .durable = false, .max_wait = std::chrono::milliseconds(20)},
      verifier_);
  databases_.Open("users")->Write(nobody_, [&](seam::sql::Session&) {
    EXPECT_EQ(Outcome((*opened)->CreateUser(nobody_, Ann())), "UNAVAILABLE DATABASE_BUSY");
  });
}

}  // namespace
}  // namespace shop::users
