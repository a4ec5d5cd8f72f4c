#include "auth/module.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "auth_fixture.h"

namespace shop::auth {
namespace {

class ModuleTest : public AuthFixture {};

// What is so only where a database is a file, or has one writer at a time.
class SqliteModuleTest : public AuthFixture {};

TEST_F(SqliteModuleTest, TheFilesAreForTheirOwnersEyesOnly) {
  RegisterAnn();
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(databases_.folder().path())) {
    struct stat status{};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3);  // The database, and its -wal and -shm.
}

TEST_F(SqliteModuleTest, FilesThatOthersMayReadOrWriteAreRefused) {
  RegisterAnn();
  for (const char* ending : {"", "-wal", "-shm"}) {
    const std::string file = database_path() + ending;
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0666U}) {
      ASSERT_EQ(chmod(file.c_str(), mode), 0);
      const auto opened = OpenAuth(options_, users_client_);
      ASSERT_EQ(Outcome(opened), "FAILED_PRECONDITION DATABASE_EXPOSED");
      EXPECT_THAT(opened.error().message, testing::StartsWith(file + " can be read"));
      EXPECT_THAT(opened.error().message, testing::HasSubstr("chmod 600 " + file + "\""));
    }
    ASSERT_EQ(chmod(file.c_str(), 0600), 0);
    EXPECT_EQ(Outcome(OpenAuth(options_, users_client_)), "OK");
  }
}

TEST_F(SqliteModuleTest, WhatIsDeletedIsNotInTheFileAnyMore) {
  auto request = Ann();
  request.email = "no email";  // The account is made and deleted again.
  EXPECT_EQ(Outcome(Register(request)), "INVALID_ARGUMENT INVALID_FIELD field=email");
  opened_.reset();
  std::ifstream file(database_path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(bytes, testing::HasSubstr("CREATE TABLE account"));
  EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("$argon2id$")));
}

TEST_F(ModuleTest, HandlersOutliveTheModule) {
  opened_->module.reset();
  RegisterAnn();
  const auto tokens = Tokens();
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "OK");
  opened_->auth.reset();
  EXPECT_EQ(Outcome(Verify(tokens.access_token)), "OK");
}

TEST_F(ModuleTest, OptionsWithWhichNobodyCouldLogInAreRefused) {
  const auto refused = [this](const auto& change) {
    AuthOptions options = options_;
    change(options);
    EXPECT_EQ(Outcome(OpenAuth(options, users_client_)), "INVALID_ARGUMENT INVALID_OPTIONS");
  };
  refused([](AuthOptions& options) { options.hash_cost.memory_bytes = 1024; });
  refused([](AuthOptions& options) { options.hash_cost.passes = 0; });
  refused([](AuthOptions& options) { options.concurrent_hashes = 0; });
  refused([](AuthOptions& options) { options.waiting_hashes = -1; });
  refused([](AuthOptions& options) { options.audience.issuer = ""; });
  refused([](AuthOptions& options) { options.access_token_lifetime = std::chrono::seconds(0); });
  refused([](AuthOptions& options) { options.session_lifetime = std::chrono::seconds(0); });
  refused([](AuthOptions& options) { options.failures_per_address = 0; });
  refused([](AuthOptions& options) { options.registrations_per_address = 0; });
  refused([](AuthOptions& options) { options.failures_per_email = 0; });
}

TEST_F(SqliteModuleTest, AFileThatCannotBeOpenedIsNamed) {
  options_.database.sqlite_file = databases_.folder() / "missing/auth.db";
  const auto opened = OpenAuth(options_, users_client_);
  EXPECT_EQ(Outcome(opened), "UNAVAILABLE DATABASE_UNAVAILABLE");
  EXPECT_THAT(opened.error().message, testing::HasSubstr("missing/auth.db"));
}

TEST_F(SqliteModuleTest, AFileThatIsNoDatabaseIsRefused) {
  options_.database.sqlite_file = databases_.folder() / "text.db";
  std::ofstream(options_.database.sqlite_file) << std::string(5000, 'x');
  ASSERT_EQ(chmod(options_.database.sqlite_file.c_str(), 0600), 0);
  EXPECT_EQ(Outcome(OpenAuth(options_, users_client_)), "DATA_LOSS DATABASE_CORRUPT");
}

TEST_F(ModuleTest, ADatabaseOfANewerProgramIsRefused) {
  OpenDatabase()->Write(context_, [](seam::sql::Session& session) {
    session.ExecuteScript(
        "INSERT INTO seam_migration SELECT max(version) + 1, 'from the future', 0, 0 FROM "
        "seam_migration");
  });
  EXPECT_EQ(Outcome(OpenAuth(options_, users_client_)),
            "FAILED_PRECONDITION DATABASE_SCHEMA_TOO_NEW");
}

TEST_F(SqliteModuleTest, ADatabaseInMemoryWorks) {
  options_.database.sqlite_file = ":memory:";
  Reopen();
  RegisterAnn();
  EXPECT_EQ(Outcome(Verify(Tokens().access_token)), "OK");
}

TEST_F(SqliteModuleTest, AWaitForTheDatabaseIsBoundedWithoutADeadline) {
  options_.max_wait = std::chrono::milliseconds(20);
  Reopen();
  RegisterAnn();
  OpenDatabase()->Write(context_, [&](seam::sql::Session&) {
    EXPECT_EQ(Outcome(Login()), "UNAVAILABLE DATABASE_BUSY");
    EXPECT_EQ(Outcome(opened_->keys->GetTokenKeys(context_, {})), "OK");  // Readers do not wait.
  });
}

}  // namespace
}  // namespace shop::auth
