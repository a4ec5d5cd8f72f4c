#include "seam/sql/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "seam/testing/temporary_folder.h"
#include "test_database.h"
#include "thrown.h"

namespace seam::sql {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() {
    options_.path = folder_ / "test.db";
    options_.durable = false;
    database_ = OpenSqlite(options_);
    database_->Write(kNoContext, [](Session& session) {
      session.ExecuteScript("CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, stock BIGINT)");
    });
  }

  void Insert(const std::string& id, std::int64_t stock) {
    database_->Write(kNoContext, [&](Session& session) {
      session.Execute("INSERT INTO item (id, stock) VALUES ($1, $2)", {id, stock});
    });
  }

  seam::testing::TemporaryFolder folder_;
  SqliteOptions options_;
  std::unique_ptr<Database> database_;
};

TEST_F(SqliteTest, ANewFileCanBeOpenedByManyAtOnce) {
  for (int round = 0; round < 20; ++round) {
    options_.path = folder_ / ("round" + std::to_string(round));
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back(
          [&] { EXPECT_EQ(Thrown([&] { (void)OpenSqlite(options_); }), "nothing"); });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(SqliteTest, DurabilityAndJournalAreAsAskedFor) {
  const auto pragma = [](Database& database, std::string_view statement) {
    return database.Read(kNoContext, [&](Session& session) {
      return session.QueryOne(statement, {}, [](const Row& row) { return row.Int64(0); });
    });
  };
  EXPECT_EQ(pragma(*database_, "PRAGMA synchronous"), 1);  // NORMAL
  EXPECT_EQ(pragma(*database_, "PRAGMA foreign_keys"), 1);
  const auto mode = database_->Write(kNoContext, [](Session& session) {
    return session.QueryOne("PRAGMA journal_mode", {},
                            [](const Row& row) { return std::string(row.Text(0)); });
  });
  EXPECT_EQ(mode, "wal");
  SqliteOptions durable;
  durable.path = folder_ / "durable.db";
  EXPECT_EQ(pragma(*OpenSqlite(durable), "PRAGMA synchronous"), 2);  // FULL
}

TEST_F(SqliteTest, OnlyTheOwnerCanReadTheFiles) {
  Insert("a", 1);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(stat((options_.path + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(SqliteTest, WhatIsNoDatabaseIsRefused) {
  SqliteOptions options;
  options.path = folder_ / "text.db";
  std::ofstream(options.path) << std::string(5000, 'x');
  EXPECT_THAT(Thrown([&] { (void)OpenSqlite(options); }),
              AllOf(HasSubstr("CORRUPT"), HasSubstr(options.path)));
  options.path = folder_ / "missing/test.db";
  EXPECT_THAT(Thrown([&] { (void)OpenSqlite(options); }),
              AllOf(HasSubstr("UNAVAILABLE"), HasSubstr(options.path), HasSubstr("folder")));
  options.path = folder_ / "";
  EXPECT_THAT(Thrown([&] { (void)OpenSqlite(options); }), HasSubstr("UNAVAILABLE"));
}

TEST_F(SqliteTest, AFileThatVanishedIsNotMadeAnew) {
  database_.reset();
  database_ = OpenSqlite(options_);
  std::filesystem::remove(options_.path);
  // The first reader connection is in use, so a second one has to be opened.
  database_->Read(kNoContext, [&](Session&) {
    std::thread([&] {
      EXPECT_THAT(Thrown([&] { (void)Count(*database_); }), HasSubstr("UNAVAILABLE"));
    }).join();
  });
  EXPECT_FALSE(std::filesystem::exists(options_.path));
}

TEST_F(SqliteTest, ImpossibleOptionsAreRefused) {
  const auto open = [&](const std::function<void(SqliteOptions&)>& change) {
    SqliteOptions options = options_;
    change(options);
    return Thrown([&] { (void)OpenSqlite(options); });
  };
  EXPECT_THAT(open([](SqliteOptions& options) { options.path.clear(); }), HasSubstr("path"));
  EXPECT_THAT(open([](SqliteOptions& options) { options.path = "file:test.db?mode=memory"; }),
              HasSubstr("URI"));
  EXPECT_THAT(open([](SqliteOptions& options) { options.max_statements = 0; }),
              HasSubstr("max_statements"));
  EXPECT_THAT(open([](SqliteOptions& options) { options.pool.readers = -1; }),
              HasSubstr("readers"));
  EXPECT_THAT(open([](SqliteOptions& options) { options.pool.max_wait = milliseconds(-1); }),
              HasSubstr("max_wait"));
}

TEST(SqliteInMemoryTest, ReadersAndWritersSeeOneDatabase) {
  SqliteOptions options;
  options.path = kInMemory;
  const auto database = OpenSqlite(options);
  const auto other = OpenSqlite(options);
  database->Write(kNoContext, [](Session& session) {
    session.ExecuteScript("CREATE TABLE item (id BIGINT); INSERT INTO item VALUES (1)");
  });
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(Count(*database), 1); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Thrown([&] {
                database->Read(kNoContext,
                               [](Session& session) { session.Execute("DELETE FROM item", {}); });
              }),
              HasSubstr("inside a read"));
  EXPECT_THAT(Thrown([&] { (void)Count(*other); }), HasSubstr("no such table"));
}

}  // namespace
}  // namespace seam::sql
