#include "seam/sql/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "test_database.h"
#include "thrown.h"

namespace seam::sql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The same text for both engines.
Migration Both(int version, std::string_view name, std::string_view text) {
  return {version, name, text, text};
}

const Migration kFirst =
    Both(1, "make the table", "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY)");
const Migration kSecond = Both(2, "add the colour",
                               "ALTER TABLE item ADD COLUMN colour TEXT;\n-- A comment; and a "
                               "line.\nINSERT INTO item (id, colour) VALUES (1, 'red');");
const Migration kHalf = Both(2, "break in the middle",
                             "ALTER TABLE item ADD COLUMN colour TEXT; INSERT INTO item (id) "
                             "VALUES (7); INSERT INTO nowhere VALUES (1)");

class MigrationTest : public ::testing::TestWithParam<Engine> {
 protected:
  std::unique_ptr<Database> Open() const { return test_database_->Open(); }

  std::string MigrateTo(const std::vector<Migration>& migrations) const {
    return Thrown([&] { Migrate(Context(), *Open(), migrations); });
  }

  std::int64_t Number(std::string_view statement) const {
    return Open()
        ->Read(Context(),
               [&](Session& session) {
                 return session.QueryOne(statement, {},
                                         [](const Row& row) { return row.Int64(0); });
               })
        .value();
  }

  std::int64_t Applied() const { return Number("SELECT count(*) FROM seam_migration"); }

  std::int64_t Tables() const {
    return Number(GetParam() == Engine::kSqlite
                      ? "SELECT count(*) FROM sqlite_schema"
                      : "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");
  }

  const std::unique_ptr<TestDatabase> test_database_ = MakeTestDatabase(GetParam());
  const std::string name_ = Open()->name();
};

INSTANTIATE_TEST_SUITE_P(Engines, MigrationTest,
                         ::testing::Values(Engine::kSqlite, Engine::kPostgresql),
                         [](const auto& tested) { return EngineName(tested.param); });

TEST_P(MigrationTest, AFreshDatabaseGetsEveryStepOnce) {
  EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing");
  EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing");
  EXPECT_EQ(Applied(), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM item WHERE colour = 'red'"), 1);
}

TEST_P(MigrationTest, AnOldDatabaseGetsWhatIsNew) {
  EXPECT_EQ(MigrateTo({kFirst}), "nothing");
  Open()->Write(Context(),
                [](Session& session) { session.Execute("INSERT INTO item (id) VALUES (42)", {}); });
  EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing");
  EXPECT_EQ(Number("SELECT CAST(sum(id) AS BIGINT) FROM item"), 43);
}

TEST_P(MigrationTest, ANewerDatabaseIsRefusedAndLeftAlone) {
  EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing");
  EXPECT_THAT(MigrateTo({kFirst}),
              AllOf(HasSubstr("SCHEMA_TOO_NEW: " + name_), HasSubstr("2 (add the colour)"),
                    HasSubstr("1 (make the table)"), HasSubstr("start a program")));
  EXPECT_THAT(MigrateTo({}), HasSubstr("SCHEMA_TOO_NEW"));
  EXPECT_EQ(Applied(), 2);
}

TEST_P(MigrationTest, AnEditedStepIsRefused) {
  EXPECT_EQ(MigrateTo({kFirst}), "nothing");
  Migration edited = kFirst;
  edited.sqlite = edited.postgresql = "CREATE TABLE item (id BIGINT PRIMARY KEY)";
  EXPECT_THAT(MigrateTo({edited, kSecond}),
              AllOf(HasSubstr("SCHEMA_CHANGED: " + name_), HasSubstr("1 (make the table)"),
                    HasSubstr("write a new one")));
  EXPECT_EQ(Applied(), 1);
  // Its name is for people, and may be mended.
  Migration renamed = kFirst;
  renamed.name = "make the item table";
  EXPECT_EQ(MigrateTo({renamed, kSecond}), "nothing");
}

TEST_P(MigrationTest, AStepThatFailsHalfWayLeavesNothing) {
  EXPECT_THAT(MigrateTo({kFirst, kHalf}),
              AllOf(HasSubstr("MIGRATION_FAILED: " + name_), HasSubstr("2 (break in the middle)"),
                    HasSubstr("nothing was changed"), HasSubstr("nowhere")));
  EXPECT_EQ(Tables(), 0);
  EXPECT_EQ(MigrateTo({kFirst}), "nothing");
  EXPECT_THAT(MigrateTo({kFirst, kHalf}), HasSubstr("MIGRATION_FAILED"));
  EXPECT_EQ(Applied(), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 0);
  EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing");
}

TEST_P(MigrationTest, AStepThatEndsItsTransactionIsRefused) {
  const Migration commits = Both(1, "commit", "CREATE TABLE a (id BIGINT); ROLLBACK");
  EXPECT_THAT(MigrateTo({commits}), AllOf(HasSubstr("MIGRATION_FAILED"), HasSubstr("COMMIT")));
  EXPECT_EQ(Tables(), 0);
}

TEST_P(MigrationTest, AListWithGapsOrEmptyStepsIsRefused) {
  EXPECT_THAT(MigrateTo({kSecond}), HasSubstr("stands where version 1 belongs"));
  EXPECT_THAT(MigrateTo({kFirst, kFirst}), HasSubstr("stands where version 2 belongs"));
  EXPECT_THAT(MigrateTo({Both(1, "empty", "")}), HasSubstr("no statements"));
  EXPECT_THAT(MigrateTo({Both(1, "", "SELECT 1")}), HasSubstr("no name"));
  const bool sqlite = GetParam() == Engine::kSqlite;
  const Migration others{1, "for the other engine", sqlite ? "" : "SELECT 1",
                         sqlite ? "SELECT 1" : ""};
  EXPECT_THAT(MigrateTo({others}),
              HasSubstr(sqlite ? "no statements for SQLite" : "no statements for PostgreSQL"));
}

TEST_P(MigrationTest, ThreadsThatStartAtOnceMigrateOnce) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(MigrateTo({kFirst, kSecond}), "nothing"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Applied(), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 1);
}

TEST_P(MigrationTest, ProcessesThatStartAtOnceMigrateOnce) {
#ifdef __SANITIZE_THREAD__
  if (GetParam() == Engine::kPostgresql) {
    GTEST_SKIP()
        << "the thread sanitizer allows a forked process no threads, as the driver has one";
  }
#endif
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(MigrateTo({kFirst, kSecond}) == "nothing" ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(Applied(), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 1);
}

}  // namespace
}  // namespace seam::sql
