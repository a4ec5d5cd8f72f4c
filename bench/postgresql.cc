// The SQL port on PostgreSQL against libpq's own calls: the same statements, prepared once, on the
// same table of the same server, by one caller and by sixteen, each with a connection and a row of
// its own. The port is given a deadline with each call, which libpq's caller does without. Nothing
// is forced to the disk, which would hide the port behind the wait for it.

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "goods.h"
#include "postgresql/private_postgresql.h"
#include "seam/sql/postgresql.h"
#include "suites.h"

namespace bench {
namespace {

using seam::sql::Session;
using PostgresqlRow = seam::sql::Row;

constexpr std::size_t kCallers = 16;

constexpr char kMakeTable[] =
    "CREATE TABLE item (id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "description TEXT NOT NULL, price BIGINT NOT NULL, stock BIGINT NOT NULL) "
    "WITH (fillfactor = 50)";
constexpr char kFindItem[] = "SELECT name, description, price, stock FROM item WHERE id = $1";
constexpr char kTakeItem[] = "UPDATE item SET stock = stock - 1 WHERE id = $1 AND stock > 0";

struct FoundItem {
  std::string name;
  std::string description;
  std::int64_t price = 0;
  std::int64_t stock = 0;
};

struct FreeResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, FreeResult>;

// What one writes by hand.
class RawConnection {
 public:
  explicit RawConnection(const std::string& address)
      : connection_(PQconnectdb((address + " user=postgres").c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) GiveUp(PQerrorMessage(connection_));
    Expect(PGRES_COMMAND_OK, PgResult(PQprepare(connection_, "find", kFindItem, 1, nullptr)));
    Expect(PGRES_COMMAND_OK, PgResult(PQprepare(connection_, "take", kTakeItem, 1, nullptr)));
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { PQfinish(connection_); }

  [[nodiscard]] FoundItem Find(const std::string& id) {
    const PgResult result = Run("find", id);
    Expect(PGRES_TUPLES_OK, result);
    if (PQntuples(result.get()) != 1) GiveUp("libpq has not found the row");
    return {Text(result, 0), Text(result, 1), std::strtoll(Text(result, 2), nullptr, 10),
            std::strtoll(Text(result, 3), nullptr, 10)};
  }

  void Take(const std::string& id) {
    Expect(PGRES_COMMAND_OK, PgResult(PQexec(connection_, "BEGIN")));
    const PgResult result = Run("take", id);
    Expect(PGRES_COMMAND_OK, result);
    if (std::string(PQcmdTuples(result.get())) != "1") GiveUp("libpq has not changed the row");
    Expect(PGRES_COMMAND_OK, PgResult(PQexec(connection_, "COMMIT")));
  }

 private:
  PgResult Run(const char* statement, const std::string& id) {
    const std::array<const char*, 1> values = {id.c_str()};
    return PgResult(PQexecPrepared(connection_, statement, 1, values.data(), nullptr, nullptr, 0));
  }
  static const char* Text(const PgResult& result, int column) {
    return PQgetvalue(result.get(), 0, column);
  }
  void Expect(ExecStatusType status, const PgResult& result) const {
    if (PQresultStatus(result.get()) != status) GiveUp(PQerrorMessage(connection_));
  }

  PGconn* connection_;
};

// Something that caller number `caller` does once.
using Call = std::function<void(std::size_t caller)>;

// Done by so many callers at once; a time is one call's share of the clock's.
std::function<void(std::size_t)> ByCallers(std::size_t callers, Call call) {
  return [callers, call = std::move(call)](std::size_t times) {
    const auto share = [&](std::size_t caller) {
      for (std::size_t i = caller; i < times; i += callers) call(caller);
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < callers; ++i) others.emplace_back(share, i);
    share(0);
    for (std::thread& other : others) other.join();
  };
}

}  // namespace

void BenchPostgresql(Report& report) {
  report.progress("the SQL port on PostgreSQL");
  const seam::testing::PrivatePostgresql server;
  seam::sql::PostgresqlOptions options;
  options.address = server.address();
  options.role = "postgres";
  options.schema = "public";
  options.isolation = seam::sql::Isolation::kReadCommitted;
  options.pool.readers = options.pool.writers = static_cast<int>(kCallers);
  const auto database = seam::sql::OpenPostgresql(options);
  std::vector<std::string> ids;
  std::vector<std::unique_ptr<RawConnection>> raw;
  database->Write(seam::Context(), [&](Session& session) {
    session.ExecuteScript(kMakeTable);
    const auto product = TypicalProduct();
    for (std::size_t i = 0; i < kCallers; ++i) {
      ids.push_back(product.id + "-" + std::to_string(i));
      session.Execute("INSERT INTO item VALUES ($1, $2, $3, 850, $4)",
                      {ids.back(), product.name, product.description, std::int64_t{1} << 40});
    }
  });
  for (std::size_t i = 0; i < kCallers; ++i) {
    raw.push_back(std::make_unique<RawConnection>(server.address()));
  }

  const auto context = [] { return seam::Context().WithTimeout(std::chrono::seconds(5)); };
  const Call find = [&](std::size_t caller) {
    Keep(database->Read(context(), [&](Session& session) {
      return session.QueryOne(kFindItem, {ids[caller]}, [](const PostgresqlRow& row) {
        return FoundItem{std::string(row.Text(0)), std::string(row.Text(1)), row.Int64(2),
                         row.Int64(3)};
      });
    }));
  };
  const Call take = [&](std::size_t caller) {
    Keep(database->Write(
        context(), [&](Session& session) { return session.Execute(kTakeItem, {ids[caller]}); }));
  };
  const Call raw_find = [&](std::size_t caller) { Keep(raw[caller]->Find(ids[caller])); };
  const Call raw_take = [&](std::size_t caller) { raw[caller]->Take(ids[caller]); };

  for (const std::size_t callers : {std::size_t{1}, kCallers}) {
    Effort effort = report.effort();
    // With sixteen, long enough for the start of the threads not to count.
    if (!report.quick) effort.slice *= callers == 1 ? 5 : 15;
    const auto measured = Race({{"find", ByCallers(callers, find)},
                                {"raw find", ByCallers(callers, raw_find)},
                                {"take", ByCallers(callers, take)},
                                {"raw take", ByCallers(callers, raw_take)}},
                               effort);
    const std::string by = callers == 1 ? ", 1 connection" : ", 16 connections";
    report.rows.push_back({"PostgreSQL", "read one row by its key" + by, "libpq's own calls",
                           measured[0].nanoseconds, measured[1].nanoseconds, 1.15});
    report.rows.push_back({"PostgreSQL", "a transaction with one guarded UPDATE" + by,
                           "libpq's own calls", measured[2].nanoseconds, measured[3].nanoseconds,
                           1.15});
  }
}

}  // namespace bench
