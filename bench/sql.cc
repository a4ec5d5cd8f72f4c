// The SQL port against sqlite3's own calls: the same statements, prepared once, on one connection.

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "goods.h"
#include "seam/sql/sqlite.h"
#include "seam/testing/temporary_folder.h"
#include "suites.h"

namespace bench {
namespace {

using SqlRow = seam::sql::Row;
using seam::sql::Session;

constexpr char kTable[] =
    "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT "
    "NULL, "
    "price INTEGER NOT NULL, stock INTEGER NOT NULL) STRICT";
constexpr char kFind[] = "SELECT name, description, price, stock FROM item WHERE id = $1";
constexpr char kTake[] = "UPDATE item SET stock = stock - 1 WHERE id = $1 AND stock > 0";
constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

struct Item {
  std::string name;
  std::string description;
  std::int64_t price = 0;
  std::int64_t stock = 0;
};

// What one writes by hand.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    Check(sqlite3_open_v2(path.c_str(), &database_,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                          nullptr));
    Execute("PRAGMA journal_mode = WAL");
    Execute("PRAGMA synchronous = NORMAL");
    Execute(kTable);
    find_ = Prepare(kFind);
    take_ = Prepare(kTake);
    begin_ = Prepare("BEGIN IMMEDIATE");
    commit_ = Prepare("COMMIT");
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() {
    for (sqlite3_stmt* const statement : {find_, take_, begin_, commit_}) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(database_);
  }

  void Execute(const char* text) {
    Check(sqlite3_exec(database_, text, nullptr, nullptr, nullptr));
  }

  [[nodiscard]] Item Find(const std::string& id) {
    Bind(find_, id);
    Item item;
    if (sqlite3_step(find_) == SQLITE_ROW) {
      item.name = Text(0);
      item.description = Text(1);
      item.price = sqlite3_column_int64(find_, 2);
      item.stock = sqlite3_column_int64(find_, 3);
    }
    sqlite3_reset(find_);
    return item;
  }

  void Take(const std::string& id) {
    Run(begin_);
    Bind(take_, id);
    Run(take_);
    Run(commit_);
  }

 private:
  static void Check(int code) {
    if (code == SQLITE_OK) return;
    std::fprintf(stderr, "bench: %s\n", sqlite3_errstr(code));
    std::abort();
  }

  sqlite3_stmt* Prepare(const char* text) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v3(database_, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  static void Bind(sqlite3_stmt* statement, const std::string& id) {
    Check(sqlite3_bind_text(statement, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC));
  }
  static void Run(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) std::abort();
    sqlite3_reset(statement);
  }
  [[nodiscard]] std::string_view Text(int column) const {
    return {reinterpret_cast<const char*>(sqlite3_column_text(find_, column)),
            static_cast<std::size_t>(sqlite3_column_bytes(find_, column))};
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* find_ = nullptr;
  sqlite3_stmt* take_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

}  // namespace

void BenchSql(Report& report) {
  report.progress("the SQL port");
  const seam::testing::TemporaryFolder folder;
  const auto product = TypicalProduct();
  const std::string& id = product.id;
  const auto database =
      seam::sql::OpenSqlite({.path = folder / "seam.sqlite", .durable = false, .pool = {}});
  const seam::Context context;
  RawDatabase raw(folder / "raw.sqlite");
  const std::string insert = "INSERT INTO item VALUES ('" + id + "', '" + product.name + "', '" +
                             product.description + "', 850, " + std::to_string(kPlenty) + ")";
  raw.Execute(insert.c_str());
  database->Write(context, [&](Session& session) {
    session.ExecuteScript(kTable);
    session.ExecuteScript(insert);
  });

  const auto find = [&] {
    return database->Read(context, [&](Session& session) {
      return session.QueryOne(kFind, {id}, [](const SqlRow& row) {
        return Item{std::string(row.Text(0)), std::string(row.Text(1)), row.Int64(2), row.Int64(3)};
      });
    });
  };
  const auto take = [&] {
    return database->Write(context, [&](Session& session) { return session.Execute(kTake, {id}); });
  };
  const auto times = [](auto once) {
    return [once](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) Keep(once());
    };
  };
  const auto measured = Race({{"find", times(find)},
                              {"raw find", times([&] { return raw.Find(id); })},
                              {"take", times(take)},
                              {"raw take", times([&] {
                                 raw.Take(id);
                                 return 0;
                               })}},
                             report.effort());
  report.rows.push_back({"sql", "read one row by its key", "sqlite3's own calls",
                         measured[0].nanoseconds, measured[1].nanoseconds, std::nullopt});
  report.rows.push_back({"sql", "a transaction with one guarded UPDATE, not durable",
                         "sqlite3's own calls", measured[2].nanoseconds, measured[3].nanoseconds,
                         std::nullopt});
}

}  // namespace bench
