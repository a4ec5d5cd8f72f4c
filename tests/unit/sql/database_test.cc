#include "seam/sql/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "seam/sql/open.h"
#include "seam/sql/rows.h"
#include "seam/testing/temporary_folder.h"
#include "test_database.h"
#include "thrown.h"

namespace seam::sql {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A wait that has to be over, yet long enough to connect on a busy machine.
constexpr milliseconds kShort(500);

// Gives what is to be cancelled time to begin. It has to end the same when it has not begun.
void CancelSoon(const CancellationSource& source) {
  std::this_thread::sleep_for(milliseconds(20));
  source.Cancel();
}

class DatabaseTest : public ::testing::TestWithParam<Engine> {
 protected:
  DatabaseTest() {
    database_->Write(kNoContext, [](Session& session) {
      session.ExecuteScript(R"(
        CREATE TABLE item (
          id TEXT NOT NULL PRIMARY KEY,
          stock BIGINT NOT NULL CHECK (stock >= 0),
          parent TEXT REFERENCES item (id)
        );
      )");
      session.ExecuteScript(GetParam() == Engine::kSqlite ? R"(
        CREATE TABLE anything (n INTEGER, r REAL, t TEXT, b BLOB) STRICT;
      )"
                                                          : R"(
        CREATE TABLE anything (n BIGINT, r DOUBLE PRECISION, t TEXT, b BYTEA);
      )");
    });
  }

  // The database once more, with the options as they are by now.
  std::unique_ptr<Database> Open() const { return test_database_->Open(options_); }

  void Insert(const std::string& id, std::int64_t stock) {
    database_->Write(kNoContext, [&](Session& session) {
      session.Execute("INSERT INTO item (id, stock) VALUES ($1, $2)", {id, stock});
    });
  }

  std::int64_t Stock(const std::string& id) {
    return database_
        ->Read(kNoContext,
               [&](Session& session) {
                 return session.QueryOne("SELECT stock FROM item WHERE id = $1", {id},
                                         [](const Row& row) { return row.Int64(0); });
               })
        .value_or(-1);
  }

  const std::unique_ptr<TestDatabase> test_database_ = MakeTestDatabase(GetParam());
  TestDatabase::Options options_;
  std::unique_ptr<Database> database_ = Open();
};

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest,
                         ::testing::Values(Engine::kSqlite, Engine::kPostgresql),
                         [](const auto& tested) { return EngineName(tested.param); });

TEST_P(DatabaseTest, InsertsAnyNumberOfRows) {
  for (const int size : {0, 1, 3, 63, 64, 65, 200}) {
    std::vector<std::string> ids;
    for (int i = 0; i < size; ++i) ids.push_back(std::to_string(i));
    std::vector<Value> values;
    for (const std::string& id : ids) {
      values.insert(values.end(), {id, static_cast<std::int64_t>(values.size() / 2 + 1)});
    }
    std::vector<std::string> found;
    database_->Write(kNoContext, [&](Session& session) {
      session.Execute("DELETE FROM item", {});
      InsertRows(session, "INSERT INTO item (id, stock) VALUES", 2, values);
      session.Query("SELECT id, stock FROM item ORDER BY stock", {}, [&](const Row& row) {
        found.emplace_back(row.Text(0));
        EXPECT_EQ(row.Int64(1), static_cast<std::int64_t>(found.size()));
      });
      // All are there by now, and are said to be.
      std::size_t there = 0;
      InsertRows(session, "INSERT INTO item (id, stock) VALUES", 2, values,
                 " ON CONFLICT (id) DO UPDATE SET stock = 0 RETURNING stock",
                 [&](const Row& row) { there += row.Int64(0) == 0 ? 1 : 0; });
      EXPECT_EQ(there, ids.size());
      EXPECT_EQ(ExecuteIn(session, "UPDATE item SET stock = $1 WHERE id IN", {7},
                          {ids.begin(), ids.end()}),
                static_cast<std::int64_t>(ids.size()));
    });
    EXPECT_EQ(found, ids);
  }
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [](Session& session) {
                  InsertRows(session, "INSERT INTO item (id, stock) VALUES", 2, {"a", 1, "b"});
                });
              }),
              HasSubstr("a row is not whole"));
}

TEST_P(DatabaseTest, ValuesComeBackAsTheyWereGiven) {
  struct Line {
    std::int64_t n;
    double r;
    std::string t;
    std::string b;
  };
  const std::vector<Line> lines = {
      {std::numeric_limits<std::int64_t>::min(), -1e-300, "", ""},
      {9007199254740993, std::numeric_limits<double>::infinity(), "žluťoučký 🐎 ' \" ; -- $1 %s",
       "'"},
      {std::numeric_limits<std::int64_t>::max(), 0.1, "plain", std::string("\0\xff\n", 3)},
  };
  database_->Write(kNoContext, [&](Session& session) {
    for (const Line& line : lines) {
      session.Execute("INSERT INTO anything (n, r, t, b) VALUES ($1, $2, $3, $4)",
                      {line.n, line.r, line.t, Value::Blob(line.b)});
    }
  });
  std::size_t i = 0;
  database_->Read(kNoContext, [&](Session& session) {
    session.Query("SELECT n, r, t, b FROM anything ORDER BY n", {}, [&](const Row& row) {
      ASSERT_LT(i, lines.size());
      EXPECT_EQ(row.Int64(0), lines[i].n);
      EXPECT_EQ(row.Double(1), lines[i].r);
      EXPECT_EQ(row.Text(2), lines[i].t);
      EXPECT_EQ(row.Blob(3), lines[i].b);
      ++i;
    });
  });
  EXPECT_EQ(i, lines.size());
}

TEST_P(DatabaseTest, NullIsToldFromEmpty) {
  database_->Write(kNoContext, [&](Session& session) {
    session.Execute("INSERT INTO anything (n, r, t, b) VALUES ($1, $2, $3, $4)",
                    {std::nullopt, std::optional<double>(), std::optional<std::string>(),
                     std::optional<std::int64_t>()});
    session.Execute("INSERT INTO anything (n, r, t, b) VALUES ($1, $2, $3, $4)",
                    {std::optional<std::int64_t>(0), 0.0, "", Value::Blob("")});
  });
  std::vector<std::vector<bool>> nulls;
  database_->Read(kNoContext, [&](Session& session) {
    session.Query("SELECT n, r, t, b FROM anything ORDER BY COALESCE(n, -1)", {},
                  [&](const Row& row) {
                    nulls.push_back({row.IsNull(0), row.IsNull(1), row.IsNull(2), row.IsNull(3)});
                  });
  });
  EXPECT_THAT(nulls, ElementsAre(ElementsAre(true, true, true, true),
                                 ElementsAre(false, false, false, false)));
}

TEST_P(DatabaseTest, ColumnsAreReadOnlyAsWhatTheyAre) {
  database_->Write(kNoContext, [](Session& session) {
    session.Execute("INSERT INTO anything (n, r, t, b) VALUES ($1, $2, $3, $4)",
                    {7, 0.5, "seven", Value::Blob("\x07")});
  });
  const auto read = [&](auto column) {
    return Thrown([&] {
      database_->Read(kNoContext, [&](Session& session) {
        session.Query("SELECT n, r, t, b, NULL FROM anything", {},
                      [&](const Row& row) { column(row); });
      });
    });
  };
  EXPECT_EQ(read([](const Row& row) { EXPECT_EQ(row.Int64(0), 7); }), "nothing");
  EXPECT_EQ(read([](const Row& row) { (void)row.Int64(1); }),
            "MISUSE: column 1 is not an integer, in: SELECT n, r, t, b, NULL FROM anything");
  EXPECT_THAT(read([](const Row& row) { (void)row.Int64(2); }), HasSubstr("not an integer"));
  EXPECT_THAT(read([](const Row& row) { (void)row.Int64(4); }), HasSubstr("not an integer"));
  EXPECT_THAT(read([](const Row& row) { (void)row.Text(4); }), HasSubstr("not text"));
  EXPECT_THAT(read([](const Row& row) { (void)row.Text(3); }), HasSubstr("not text"));
  EXPECT_THAT(read([](const Row& row) { (void)row.Blob(2); }), HasSubstr("not bytes"));
  EXPECT_THAT(read([](const Row& row) { (void)row.Double(0); }), HasSubstr("not a double"));
  EXPECT_THAT(read([](const Row& row) { (void)row.IsNull(5); }), HasSubstr("there are 5"));
  EXPECT_THAT(read([](const Row& row) { (void)row.IsNull(-1); }), HasSubstr("there are 5"));
}

TEST_P(DatabaseTest, ParametersAreFoundByTheirNumber) {
  const auto text = database_->Read(kNoContext, [](Session& session) {
    return session.QueryOne("SELECT $3 || $1 || $2 || $1", {"a", "b", "c"},
                            [](const Row& row) { return std::string(row.Text(0)); });
  });
  EXPECT_EQ(text, "caba");
}

TEST_P(DatabaseTest, WrongParametersAreRefused) {
  const auto run = [&](std::string_view statement, const std::vector<Value>& parameters) {
    return Thrown([&] {
      database_->Read(kNoContext,
                      [&](Session& session) { session.Execute(statement, parameters); });
    });
  };
  EXPECT_EQ(run("SELECT $1, $2", {1}),
            "MISUSE: the statement has 2 parameters, 1 were given, in: SELECT $1, $2");
  EXPECT_THAT(run("SELECT $1", {1, 2}), HasSubstr("has 1 parameters, 2 were given"));
  // PostgreSQL does not know these for parameters.
  EXPECT_THAT(run("SELECT ?", {1}),
              AnyOf(HasSubstr("parameters are named $1, $2"), HasSubstr("SYNTAX")));
  EXPECT_THAT(run("SELECT :id", {1}), AnyOf(HasSubstr("not :id"), HasSubstr("SYNTAX")));
  EXPECT_THAT(run("SELECT $id", {1}), HasSubstr("not $id"));
  EXPECT_THAT(run("SELECT $0", {1}), HasSubstr("not $0"));
  EXPECT_THAT(run("SELECT $1", {std::numeric_limits<double>::quiet_NaN()}), HasSubstr("NaN"));
  EXPECT_THAT(run("SELECT $1", {std::string_view("a\0b", 3)}), HasSubstr("NUL"));
  EXPECT_THAT(run("SELECT $1", {"\xc3("}), HasSubstr("not UTF-8"));
  EXPECT_EQ(run("SELECT $1", {"žluť"}), "nothing");
}

TEST_P(DatabaseTest, ConstraintsHaveKinds) {
  Insert("a", 1);
  const auto run = [&](std::string_view statement) {
    const std::string thrown = Thrown([&] {
      database_->Write(kNoContext, [&](Session& session) { session.Execute(statement, {}); });
    });
    return thrown.substr(0, thrown.find(':'));
  };
  EXPECT_EQ(run("INSERT INTO item (id, stock) VALUES ('a', 2)"), "UNIQUE_VIOLATION");
  EXPECT_EQ(run("INSERT INTO item (id, stock) VALUES ('b', -1)"), "CHECK_VIOLATION");
  EXPECT_EQ(run("INSERT INTO item (id, stock) VALUES ('b', NULL)"), "NOT_NULL_VIOLATION");
  EXPECT_EQ(run("INSERT INTO item VALUES ('b', 1, 'nobody')"), "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(run("INSERT INTO anything (n) VALUES ('text')"), "MISUSE");
  EXPECT_EQ(run("INSERT INTO item (id, stock, parent) VALUES ('b', 2, 'a')"), "nothing");
  EXPECT_EQ(run("DELETE FROM item WHERE id = 'a'"), "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(Count(*database_), 2);
}

TEST_P(DatabaseTest, MessagesNameTheDatabaseAndTheStatementButNoValues) {
  Insert("secret-value", 1);
  EXPECT_THAT(Thrown([&] { Insert("secret-value", 1); }),
              AllOf(HasSubstr("UNIQUE_VIOLATION: " + database_->name()),
                    HasSubstr("INSERT INTO item"), Not(HasSubstr("secret-value"))));
}

TEST_P(DatabaseTest, BadStatementsAreRefused) {
  const auto run = [&](std::string_view statement) {
    return Thrown([&] {
      database_->Write(kNoContext, [&](Session& session) { session.Execute(statement, {}); });
    });
  };
  EXPECT_THAT(run("SELEKT 1"), HasSubstr("SYNTAX"));
  EXPECT_THAT(run("SELECT nothing FROM item"), HasSubstr("SYNTAX"));
  EXPECT_THAT(run("SELECT \"text\" FROM item"), HasSubstr("SYNTAX"));
  EXPECT_THAT(run("SELECT 1; DELETE FROM item"), HasSubstr("exactly one statement"));
  EXPECT_THAT(run(""), HasSubstr("exactly one statement"));
  EXPECT_THAT(run("-- only a comment"), HasSubstr("exactly one statement"));
  EXPECT_EQ(run("SELECT 1 ;\n"), "nothing");
}

TEST_P(DatabaseTest, ExecuteCountsChangedRows) {
  Insert("a", 1);
  Insert("b", 2);
  const auto run = [&](std::string_view statement) {
    return database_->Write(kNoContext,
                            [&](Session& session) { return session.Execute(statement, {}); });
  };
  EXPECT_EQ(run("UPDATE item SET stock = stock + 1"), 2);
  EXPECT_EQ(run("SELECT * FROM item"), 0);
  EXPECT_EQ(run("UPDATE item SET stock = 9 WHERE id = 'c'"), 0);
  EXPECT_EQ(run("INSERT INTO item (id, stock) VALUES ('a', 1) ON CONFLICT (id) DO NOTHING"), 0);
  EXPECT_EQ(run("INSERT INTO item (id, stock) VALUES ('c', 1) RETURNING id"), 1);
}

TEST_P(DatabaseTest, TheCommonSubsetOfTheEnginesRuns) {
  database_->Write(kNoContext, [](Session& session) {
    session.Execute("INSERT INTO item (id, stock) VALUES ($1, $2), ($3, $2)", {"a", 1, "b"});
    session.Execute(
        "INSERT INTO item (id, stock) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET stock = excluded.stock",
        {"a", 7});
    const auto returned = session.QueryOne(
        "UPDATE item SET stock = COALESCE(CAST($2 AS BIGINT), stock) WHERE id = $1 RETURNING stock",
        {"a", std::nullopt}, [](const Row& row) { return row.Int64(0); });
    EXPECT_EQ(returned, 7);
    const auto next = session.QueryOne(
        "SELECT id FROM item WHERE (stock, id) > ($1, $2) ORDER BY stock, id LIMIT 1", {1, "b"},
        [](const Row& row) { return std::string(row.Text(0)); });
    EXPECT_EQ(next, "a");
  });
}

TEST_P(DatabaseTest, AnExceptionRollsBackAndComesThrough) {
  EXPECT_THROW(database_->Write(kNoContext,
                                [](Session& session) {
                                  session.Execute("INSERT INTO item (id, stock) VALUES ('a', 1)",
                                                  {});
                                  throw std::runtime_error("mine");
                                }),
               std::runtime_error);
  EXPECT_EQ(Count(*database_), 0);
  Insert("a", 1);  // The connection is in order.
  EXPECT_EQ(Count(*database_), 1);
}

TEST_P(DatabaseTest, AFailedResultRollsBackAndASuccessCommits) {
  const auto insert = [&](bool succeed) -> Result<int> {
    return database_->Write(kNoContext, [&](Session& session) -> Result<int> {
      session.Execute("INSERT INTO item (id, stock) VALUES ('a', 1)", {});
      if (succeed) return 42;
      return Fail(Code::kFailedPrecondition, "NO", "no");
    });
  };
  const Result<int> failed = insert(false);
  EXPECT_EQ(failed.error().reason, "NO");
  EXPECT_EQ(Count(*database_), 0);
  EXPECT_EQ(insert(true).value(), 42);
  EXPECT_EQ(Count(*database_), 1);

  const Result<void> nothing = database_->Write(kNoContext, [&](Session& session) -> Result<void> {
    session.Execute("DELETE FROM item", {});
    return Fail(Code::kFailedPrecondition, "NO", "no");
  });
  EXPECT_FALSE(nothing.has_value());
  EXPECT_EQ(Count(*database_), 1);
}

TEST_P(DatabaseTest, AfterAFailedStatementTheTransactionCannotGoOn) {
  Insert("a", 1);
  const auto swallow = [](Session& session) {
    session.Execute("INSERT INTO item (id, stock) VALUES ('b', 1)", {});
    EXPECT_THROW(session.Execute("INSERT INTO item (id, stock) VALUES ('a', 1)", {}), SqlError);
  };
  EXPECT_THAT(Thrown([&] { database_->Write(kNoContext, swallow); }), HasSubstr("rolled back"));
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  swallow(session);
                  session.Execute("SELECT 1", {});
                });
              }),
              HasSubstr("rolled back"));
  EXPECT_EQ(Count(*database_), 1);
}

TEST_P(DatabaseTest, AStatementCannotEndTheTransaction) {
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  session.Execute("INSERT INTO item (id, stock) VALUES ('a', 1)", {});
                  session.Execute("ROLLBACK", {});
                });
              }),
              HasSubstr("ended the transaction"));
  EXPECT_THAT(Thrown([&] {
                database_->Write(kNoContext, [&](Session& session) {
                  session.ExecuteScript("SELECT 1; ROLLBACK; SELECT 2");
                });
              }),
              HasSubstr("ended the transaction"));
  EXPECT_EQ(Count(*database_), 0);
}

TEST_P(DatabaseTest, AReadCannotWriteAndLeavesNoTransaction) {
  Insert("a", 1);
  const auto run = [&](std::string_view statement) {
    return Thrown([&] {
      database_->Read(kNoContext, [&](Session& session) { session.Execute(statement, {}); });
    });
  };
  EXPECT_THAT(run("DELETE FROM item"), HasSubstr("inside a read"));
  if (GetParam() == Engine::kSqlite) {
    EXPECT_THAT(run("BEGIN IMMEDIATE"), HasSubstr("inside a read"));
  }
  // Twice: the one before was ended with its Read.
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(run("BEGIN"), HasSubstr("began a transaction"));
    EXPECT_THAT(Thrown([&] {
                  database_->Read(kNoContext,
                                  [](Session& session) { session.ExecuteScript("BEGIN"); });
                }),
                HasSubstr("began a transaction"));
    EXPECT_THAT(Thrown([&] {
                  database_->Read(kNoContext, [](Session& session) {
                    session.Query("BEGIN", {}, [](const Row&) {});
                  });
                }),
                HasSubstr("began a transaction"));
  }
  // Also for who goes on after it.
  database_->Read(kNoContext, [](Session& session) {
    EXPECT_THAT(Thrown([&] { session.Execute("BEGIN", {}); }), HasSubstr("began a transaction"));
    EXPECT_THAT(Thrown([&] { session.Execute("SELECT 1", {}); }), HasSubstr("only be rolled back"));
  });
  EXPECT_THAT(Thrown([&] {
                database_->Read(kNoContext, [&](Session& session) {
                  session.ExecuteScript("DELETE FROM item");
                });
              }),
              HasSubstr("inside a read"));
  EXPECT_EQ(Count(*database_), 1);
}

TEST_P(DatabaseTest, ASnapshotDoesNotSeeLaterCommitsAndAReadDoes) {
  Insert("a", 1);
  const auto change = [&](std::int64_t stock) {
    std::thread([&, stock] {
      database_->Write(kNoContext, [&](Session& session) {
        session.Execute("UPDATE item SET stock = $1", {stock});
      });
    }).join();
  };
  const auto stock = [](Session& session) {
    return session.QueryOne("SELECT stock FROM item", {},
                            [](const Row& row) { return row.Int64(0); });
  };
  database_->ReadSnapshot(kNoContext, [&](Session& session) {
    EXPECT_EQ(stock(session), 1);
    change(2);
    EXPECT_EQ(stock(session), 1);
  });
  database_->Read(kNoContext, [&](Session& session) {
    EXPECT_EQ(stock(session), 2);
    change(3);
    EXPECT_EQ(stock(session), 3);
  });
}

TEST_P(DatabaseTest, ReadersDoNotWaitForTheWriter) {
  Insert("a", 1);
  database_->Write(kNoContext, [&](Session& session) {
    session.Execute("UPDATE item SET stock = 2", {});
    std::thread([&] { EXPECT_EQ(Stock("a"), 1); }).join();
  });
  EXPECT_EQ(Stock("a"), 2);
}

TEST_P(DatabaseTest, CallsDoNotNest) {
  const auto inner_read = [&] { database_->Read(kNoContext, [](Session&) {}); };
  const auto inner_write = [&] { database_->Write(kNoContext, [](Session&) {}); };
  const std::vector<std::function<void()>> inners = {inner_read, inner_write};
  for (const auto& inner : inners) {
    EXPECT_THAT(Thrown([&] { database_->Write(kNoContext, [&](Session&) { inner(); }); }),
                HasSubstr("from within another"));
    EXPECT_THAT(Thrown([&] { database_->Read(kNoContext, [&](Session&) { inner(); }); }),
                HasSubstr("from within another"));
    EXPECT_THAT(Thrown([&] { database_->ReadSnapshot(kNoContext, [&](Session&) { inner(); }); }),
                HasSubstr("from within another"));
    EXPECT_EQ(Thrown(inner), "nothing");
  }
}

TEST_P(DatabaseTest, ARowFunctionCannotRunAStatement) {
  Insert("a", 1);
  EXPECT_THAT(Thrown([&] {
                database_->Read(kNoContext, [](Session& session) {
                  session.Query("SELECT id FROM item", {},
                                [&](const Row&) { session.Execute("SELECT 1", {}); });
                });
              }),
              HasSubstr("collect the rows first"));
}

TEST_P(DatabaseTest, ARowFunctionThatThrowsLeavesTheStatementUsable) {
  Insert("a", 1);
  database_->Write(kNoContext, [](Session& session) {
    constexpr std::string_view kText = "SELECT id FROM item";
    EXPECT_THROW(session.Query(kText, {}, [](const Row&) { throw std::runtime_error("mine"); }),
                 std::runtime_error);
    int rows = 0;
    session.Query(kText, {}, [&](const Row&) { ++rows; });
    EXPECT_EQ(rows, 1);
  });
}

TEST_P(DatabaseTest, TheStatementCacheIsBoundedAndForgetsNothingThatMatters) {
  options_.max_statements = 2;
  const auto small = Open();
  small->Write(kNoContext, [](Session& session) {
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 10; ++i) {
        const std::string text = "SELECT $1 + " + std::to_string(i);
        EXPECT_EQ(session.QueryOne(text, {100}, [](const Row& row) { return row.Int64(0); }),
                  100 + i);
      }
    }
    const auto kept =
        session.QueryOne(GetParam() == Engine::kSqlite
                             ? "SELECT count(*) FROM sqlite_stmt WHERE sql LIKE 'SELECT $1 +%'"
                             : "SELECT count(*) FROM pg_prepared_statements "
                               "WHERE statement LIKE 'SELECT $1 +%'",
                         {}, [](const Row& row) { return row.Int64(0); });
    EXPECT_EQ(kept, 1);  // The other one kept is the question itself.
  });
}

TEST_P(DatabaseTest, ACachedStatementSurvivesAChangeOfTheSchema) {
  Insert("a", 1);
  constexpr std::string_view kText = "SELECT * FROM item";
  database_->Read(kNoContext, [&](Session& session) { session.Execute(kText, {}); });
  database_->Write(kNoContext, [](Session& session) {
    session.ExecuteScript("ALTER TABLE item ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'");
  });
  const auto colour = database_->Read(kNoContext, [&](Session& session) {
    return session.QueryOne(kText, {}, [](const Row& row) { return std::string(row.Text(3)); });
  });
  EXPECT_EQ(colour, "red");
}

TEST_P(DatabaseTest, ReadConnectionsAreOfABoundedNumber) {
  options_.pool.readers = 1;
  options_.pool.max_wait = kShort;
  const auto small = Open();
  small->Read(kNoContext, [&](Session&) {
    std::thread([&] {
      EXPECT_THAT(Thrown([&] { (void)Count(*small); }), HasSubstr("BUSY: " + database_->name()));
    }).join();
  });
  EXPECT_EQ(Count(*small), 0);
}

TEST_P(DatabaseTest, AWaitForAConnectionEndsAtTheDeadlineOrTheCancellation) {
  options_.pool.max_wait = std::chrono::minutes(10);
  options_.pool.writers = 1;
  const auto patient = Open();
  patient->Write(kNoContext, [&](Session&) {
    std::thread([&] {
      EXPECT_THAT(
          Thrown([&] { patient->Write(Context().WithTimeout(milliseconds(20)), [](Session&) {}); }),
          HasSubstr("DEADLINE_EXCEEDED"));
    }).join();
    CancellationSource source;
    std::thread waiting([&] {
      EXPECT_THAT(
          Thrown([&] { patient->Write(Context().WithCancellation(source), [](Session&) {}); }),
          HasSubstr("CANCELLED"));
    });
    CancelSoon(source);
    waiting.join();
  });
}

// Two Databases of one file or schema stand for two processes: they share nothing else.
TEST_P(DatabaseTest, AWaitForAnotherProcessIsBounded) {
  Insert("a", 1);
  options_.pool.max_wait = std::chrono::minutes(10);
  const auto other = Open();
  options_.pool.max_wait = kShort;
  const auto impatient = Open();
  const auto change = [](Session& session) {
    session.Execute("UPDATE item SET stock = stock + 1 WHERE id = 'a'", {});
  };
  database_->Write(kNoContext, [&](Session& session) {
    change(session);
    EXPECT_THAT(Thrown([&] { other->Write(Context().WithTimeout(milliseconds(20)), change); }),
                HasSubstr("DEADLINE_EXCEEDED"));
    EXPECT_THAT(Thrown([&] { impatient->Write(kNoContext, change); }), HasSubstr("BUSY"));
    CancellationSource source;
    std::thread waiting([&] {
      EXPECT_THAT(Thrown([&] { other->Write(Context().WithCancellation(source), change); }),
                  HasSubstr("CANCELLED"));
    });
    CancelSoon(source);
    waiting.join();
  });
  EXPECT_EQ(Thrown([&] { other->Write(kNoContext, change); }), "nothing");
  EXPECT_EQ(Stock("a"), 3);
}

TEST_P(DatabaseTest, AWaitForAnotherProcessEndsWhenTheLockIsFree) {
  Insert("a", 0);
  options_.pool.max_wait = std::chrono::minutes(10);
  const auto other = Open();
  std::promise<void> holding;
  std::thread holder([&] {
    database_->Write(kNoContext, [&](Session& session) {
      session.Execute("UPDATE item SET stock = 1", {});
      holding.set_value();
    });
  });
  holding.get_future().wait();
  other->Write(kNoContext, [](Session& session) {
    EXPECT_EQ(session.Execute("UPDATE item SET stock = stock + 1", {}), 1);
  });
  holder.join();
  EXPECT_EQ(Stock("a"), 2);
}

TEST_P(DatabaseTest, ALongStatementEndsAtTheDeadlineOrTheCancellation) {
  constexpr std::string_view kEndless =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const auto run = [&](const Context& context) {
    return Thrown([&] {
      database_->Read(context, [&](Session& session) { session.Execute(kEndless, {}); });
    });
  };
  EXPECT_THAT(run(Context().WithTimeout(milliseconds(20))), HasSubstr("DEADLINE_EXCEEDED"));
  CancellationSource source;
  std::thread canceller([&] { CancelSoon(source); });
  EXPECT_THAT(run(Context().WithCancellation(source)), HasSubstr("CANCELLED"));
  canceller.join();
  EXPECT_EQ(Count(*database_), 0);  // The connection is in order.
}

TEST_P(DatabaseTest, NothingIsCommittedAfterTheDeadlineOrTheCancellation) {
  const CancellationSource source;
  const auto insert_and = [&](const Context& context, const std::function<void()>& then) {
    return Thrown([&] {
      database_->Write(context, [&](Session& session) {
        session.Execute("INSERT INTO item (id, stock) VALUES ('a', 1)", {});
        then();
      });
    });
  };
  EXPECT_THAT(insert_and(Context().WithCancellation(source), [&] { source.Cancel(); }),
              HasSubstr("CANCELLED"));
  const Context context = Context().WithTimeout(milliseconds(20));
  EXPECT_THAT(insert_and(context,
                         [&] {
                           while (context.remaining() > milliseconds(0)) std::this_thread::yield();
                         }),
              HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_EQ(Count(*database_), 0);
  bool ran = false;
  EXPECT_THAT(Thrown([&] { database_->Write(context, [&](Session&) { ran = true; }); }),
              HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_THAT(Thrown([&] { database_->Read(context, [&](Session&) { ran = true; }); }),
              HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_FALSE(ran);
}

TEST_P(DatabaseTest, ManyThreadsAndDatabasesAddUpExactly) {
  Insert("a", 0);
  const auto other = Open();
  constexpr int kThreads = 8;
  constexpr int kRounds = 50;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Database& database = i % 2 == 0 ? *database_ : *other;
      for (int round = 0; round < kRounds; ++round) {
        const auto add_one = [](Session& session) {
          const auto stock = session.QueryOne("SELECT stock FROM item", {},
                                              [](const Row& row) { return row.Int64(0); });
          session.Execute("UPDATE item SET stock = $1", {*stock + 1});
        };
        // Who has lost to the other Database again and again is told to come back.
        for (bool added = false; !added;) {
          try {
            database.Write(kNoContext, add_one);
            added = true;
          } catch (const SqlError& error) {
            ASSERT_EQ(error.kind(), ErrorKind::kConflict) << error.what();
          }
        }
        (void)Count(database);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Stock("a"), kThreads * kRounds);
}

TEST_P(DatabaseTest, WhatIsCommittedIsThereAfterOpeningAgain) {
  Insert("a", 5);
  database_.reset();
  database_ = Open();
  EXPECT_EQ(Stock("a"), 5);
}

TEST_P(DatabaseTest, AModuleHasTheConnectionsThatItsOptionsAllow) {
  DatabaseOptions where;
  const seam::testing::TemporaryFolder folder;
  if (GetParam() == Engine::kSqlite) {
    where.sqlite_file = folder / "test.db";
  } else {
    const PostgresqlOptions options = NewSchema(SharedServer());
    where.postgresql = seam::sql::PostgresqlSchema{options.address, options.role, options.schema};
  }
  where.max_connections = 2;
  const auto small = OpenDatabase(where, {.max_wait = kShort});
  small->Write(kNoContext, [&](Session&) {
    std::thread([&] {
      small->Read(kNoContext, [&](Session& session) {
        session.Execute("SELECT 1", {});
        std::thread([&] {
          EXPECT_THAT(Thrown([&] { small->Read(kNoContext, [](Session&) {}); }),
                      HasSubstr("BUSY: " + small->name()));
          EXPECT_THAT(Thrown([&] { small->Write(kNoContext, [](Session&) {}); }),
                      HasSubstr("BUSY: " + small->name()));
        }).join();
      });
    }).join();
  });
  for (const int impossible : {1, 300}) {
    where.max_connections = impossible;
    EXPECT_THAT(Thrown([&] { (void)OpenDatabase(where, {}); }),
                HasSubstr("MISUSE: database options: max_connections must be 2 to 128"));
  }
}

TEST(ToErrorTest, EveryKindHasItsCodeAndReason) {
  const auto error = [](ErrorKind kind) { return ToError(SqlError(kind, "what happened")); };
  const auto is = [](Code code, const char* reason) {
    return AllOf(::testing::Field(&Error::code, code), ::testing::Field(&Error::reason, reason),
                 ::testing::Field(&Error::message, "what happened"),
                 ::testing::Field(&Error::origin, Origin::kHandler));
  };
  EXPECT_THAT(error(ErrorKind::kBusy), is(Code::kUnavailable, "DATABASE_BUSY"));
  EXPECT_THAT(error(ErrorKind::kConflict), is(Code::kUnavailable, "DATABASE_CONFLICT"));
  EXPECT_THAT(error(ErrorKind::kOutcomeUnknown),
              is(Code::kUnavailable, "DATABASE_OUTCOME_UNKNOWN"));
  EXPECT_THAT(error(ErrorKind::kForbidden), is(Code::kInternal, "DATABASE_FORBIDDEN"));
  EXPECT_THAT(error(ErrorKind::kUnavailable), is(Code::kUnavailable, "DATABASE_UNAVAILABLE"));
  EXPECT_THAT(error(ErrorKind::kRefused), is(Code::kUnavailable, "DATABASE_REFUSED"));
  EXPECT_THAT(error(ErrorKind::kNotSetUp), is(Code::kUnavailable, "DATABASE_REFUSED"));
  EXPECT_THAT(error(ErrorKind::kDeadlineExceeded),
              is(Code::kDeadlineExceeded, "DEADLINE_EXCEEDED"));
  EXPECT_THAT(error(ErrorKind::kCancelled), is(Code::kCancelled, "CANCELLED"));
  EXPECT_THAT(error(ErrorKind::kCorrupt), is(Code::kDataLoss, "DATABASE_CORRUPT"));
  EXPECT_THAT(error(ErrorKind::kSchemaTooNew),
              is(Code::kFailedPrecondition, "DATABASE_SCHEMA_TOO_NEW"));
  EXPECT_THAT(error(ErrorKind::kSchemaChanged),
              is(Code::kFailedPrecondition, "DATABASE_SCHEMA_CHANGED"));
  EXPECT_THAT(error(ErrorKind::kMigrationFailed), is(Code::kInternal, "DATABASE_MIGRATION_FAILED"));
  for (const ErrorKind kind :
       {ErrorKind::kUniqueViolation, ErrorKind::kCheckViolation, ErrorKind::kForeignKeyViolation,
        ErrorKind::kNotNullViolation, ErrorKind::kSyntax, ErrorKind::kMisuse}) {
    EXPECT_THAT(error(kind), is(Code::kInternal, "DATABASE_STATEMENT_FAILED"));
  }
}

}  // namespace
}  // namespace seam::sql
