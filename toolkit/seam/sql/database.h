#ifndef SEAM_SQL_DATABASE_H_
#define SEAM_SQL_DATABASE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/core/transaction_scope.h"
#include "seam/sql/driver.h"
#include "seam/sql/error.h"
#include "seam/sql/value.h"

// The SQL port: how a module speaks to its database, whatever the engine.
//
//   std::optional<Item> item = database.Read(context, [&](sql::Session& session) {
//     return session.QueryOne("SELECT name, stock FROM item WHERE id = $1", {id},
//                             [](const sql::Row& row) {
//                               return Item{std::string(row.Text(0)), row.Int64(1)};
//                             });
//   });
//
// Statements name their parameters $1, $2, … and keep to what all engines understand: ON CONFLICT,
// RETURNING, guarded UPDATE, row-value comparison, multi-row VALUES; BIGINT for integers and for
// times as milliseconds since 1970, TEXT, and ids made by the application. A value reaches a
// statement only as a parameter, never as a part of its text.
//
// Failures are SqlErrors, thrown: kBusy, kDeadlineExceeded and kCancelled can come from every
// function that takes a Context. A module maps them with ToError at its edge.
namespace seam::sql {

// The current row of a statement. Columns count from 0. Reading a column as a type that it does not
// have, NULL included, throws kMisuse. Views are valid until the row function returns.
class Row {
 public:
  explicit Row(Cursor& cursor) noexcept : cursor_(cursor) {}

  [[nodiscard]] bool IsNull(int column) const { return cursor_.IsNull(column); }
  [[nodiscard]] std::int64_t Int64(int column) const { return cursor_.Int64(column); }
  [[nodiscard]] double Double(int column) const { return cursor_.Double(column); }
  [[nodiscard]] std::string_view Text(int column) const { return cursor_.Text(column); }
  [[nodiscard]] std::string_view Blob(int column) const { return cursor_.Blob(column); }

 private:
  Cursor& cursor_;
};

// A connection on loan to the function given to Database::Read, ReadSnapshot or Write, valid until
// that function returns. For one thread. A statement's text is its key in the connection's cache of
// prepared statements: keep texts constant.
class Session {
 public:
  // Calls `on_row(const Row&)` for each row. The function must not run another statement.
  template <class OnRow>
  void Query(std::string_view statement, Parameters parameters, OnRow&& on_row) {
    const Running running(*this, statement, parameters);
    while (running.Next()) on_row(Row(running.cursor()));
  }

  // What `read(const Row&)` makes of the first row; nothing when there is no row.
  template <class Read>
  auto QueryOne(std::string_view statement, Parameters parameters, Read&& read)
      -> std::optional<std::decay_t<std::invoke_result_t<Read, const Row&>>> {
    const Running running(*this, statement, parameters);
    if (!running.Next()) return std::nullopt;
    return std::forward<Read>(read)(Row(running.cursor()));
  }

  // The number of rows that the INSERT, UPDATE or DELETE changed.
  std::int64_t Execute(std::string_view statement, Parameters parameters);

  // Runs statements separated by semicolons, without parameters, such as a migration's.
  void ExecuteScript(std::string_view script);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  friend class Database;

  class Running {
   public:
    Running(Session& session, std::string_view statement, Parameters parameters)
        : session_(session), cursor_(session.Open(statement, parameters)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { session_.Close(cursor_); }

    [[nodiscard]] bool Next() const { return session_.Next(cursor_); }
    [[nodiscard]] Cursor& cursor() const noexcept { return cursor_; }

   private:
    Session& session_;
    Cursor& cursor_;
  };

  Session(Connection& connection, bool transaction) noexcept
      : connection_(connection), transaction_(transaction) {}

  void CheckUsable() const;
  void CheckTransaction();
  Cursor& Open(std::string_view statement, Parameters parameters);
  bool Next(Cursor& cursor);
  void Close(Cursor& cursor) noexcept;

  Connection& connection_;
  bool transaction_;
  bool running_ = false;  // A statement's rows are being read.
  bool failed_ = false;   // A statement of the transaction has failed.
};

struct PoolOptions {
  // Connections for reading, opened when first needed; 0 makes readers share the writers'.
  int readers = 4;

  // Connections for writing, opened when first needed. SQLite has one writer, whatever this says.
  int writers = 4;

  // The longest that a call waits for a free connection, for a new one to be made, or for another
  // writer's lock; the context's deadline shortens each of them.
  std::chrono::milliseconds max_wait{5000};
};

// One database: a few connections that write and a few that read. Thread-safe. Outlives every call
// of its functions.
//
// Read, ReadSnapshot and Write call `work(Session&)` on this thread and return what it returns; its
// exceptions come through. They do not nest: calling one of them from within another's work, on the
// same database, throws kMisuse, since it would wait for itself. Within ReadSnapshot and Write no
// client can be called: they open a TransactionScope with this database's name.
class Database {
 public:
  Database(std::unique_ptr<Driver> driver, const PoolOptions& options);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // For one statement, or several that need not agree with each other: each sees what was committed
  // when it began. Begins no transaction, which would cost more than a point read. Statements that
  // write, or that begin a transaction, throw kMisuse.
  template <class Work>
  auto Read(const Context& context, Work&& work) {
    Lease lease(*this, context, Access::kRead, Lease::Transaction::kNo);
    return std::forward<Work>(work)(lease.session());
  }

  // For several statements that must see one and the same state.
  template <class Work>
  auto ReadSnapshot(const Context& context, Work&& work) {
    Lease lease(*this, context, Access::kRead, Lease::Transaction::kYes);
    return std::forward<Work>(work)(lease.session());
  }

  // One writing transaction, as if no other writer of the database ran at the same time (unless the
  // driver was told to promise less). It is committed when `work` returns, and rolled back when
  // `work` throws, when it returns a Result that has failed, and when the context is cancelled or
  // past its deadline by then. After a statement has failed, the transaction can only be rolled
  // back: further statements and the commit throw kMisuse.
  //
  // `work` may be called more than once: when the engine finds that transactions which ran at the
  // same time contradict each other, it lets one of them go on, and the others are rolled back and
  // begun anew after a short pause. So `work` starts from nothing each time: it moves from no
  // captured variable and adds to none, and lets kConflict through. kConflict is thrown when it did
  // not get through in some ten times or before the deadline. kOutcomeUnknown is thrown when the
  // connection was lost while committing.
  template <class Work>
  auto Write(const Context& context, Work&& work) {
    Repetition repetition(*this, context);
    for (;;) {
      try {
        return Transact(context, Lease::Transaction::kYes, work);
      } catch (const SqlError& error) {
        if (error.kind() != ErrorKind::kConflict || !repetition.Begin()) throw;
      }
    }
  }

  // As Write, once, and with no other WriteAlone of the database at the same time, in whatever
  // process: for changes of the schema. On PostgreSQL it waits for another one until the context's
  // deadline or cancellation, whatever max_wait says.
  template <class Work>
  auto WriteAlone(const Context& context, Work&& work) {
    return Transact(context, Lease::Transaction::kAlone, work);
  }

  // How messages name this database.
  [[nodiscard]] const std::string& name() const noexcept { return driver_->name(); }

  [[nodiscard]] Engine engine() const noexcept { return driver_->engine(); }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;  // Null until first used, and after it broke.
    bool taken = false;
    std::thread::id holder;
  };

  struct Pool {
    explicit Pool(int size) : slots(static_cast<std::size_t>(size > 0 ? size : 0)) {}

    std::vector<Slot> slots;
    std::condition_variable given;
    // Until then no connection is made: the server had none left, as it said.
    Context::Clock::time_point dials_again = Context::Clock::time_point::min();
    std::optional<SqlError> none_left;
  };

  // Takes a connection, begins, and rolls back what was not committed.
  class Lease {
   public:
    enum class Transaction : std::uint8_t { kNo, kYes, kAlone };

    Lease(Database& database, const Context& context, Access access, Transaction transaction);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    [[nodiscard]] Session& session() noexcept { return session_; }
    void Commit();

   private:
    Connection& Start(Access access, Transaction transaction);
    void End() noexcept;

    Database& database_;
    const Context& context_;
    Pool& pool_;
    Slot& slot_;
    std::optional<TransactionScope> scope_;  // While a transaction is open.
    Session session_;
  };

  // One Write's attempts after the first. Those that have failed a few times take turns, so that
  // they meet only others' first attempts and not each other again.
  class Repetition {
   public:
    Repetition(Database& database, const Context& context) noexcept
        : database_(database), context_(context) {}
    Repetition(const Repetition&) = delete;
    Repetition& operator=(const Repetition&) = delete;
    ~Repetition();

    // Waits until the work may be tried again; false when it has been tried often enough.
    [[nodiscard]] bool Begin();

   private:
    [[nodiscard]] bool TakeTurn();
    [[nodiscard]] bool Pause();

    Database& database_;
    const Context& context_;
    int attempts_ = 1;
    bool has_turn_ = false;
  };

  template <class T>
  static bool Succeeded(const T&) noexcept {
    return true;
  }
  template <class T>
  static bool Succeeded(const Result<T>& result) noexcept {
    return result.has_value();
  }

  template <class Work>
  auto Transact(const Context& context, Lease::Transaction transaction, Work& work) {
    using Returned = std::invoke_result_t<Work&, Session&>;
    Lease lease(*this, context, Access::kWrite, transaction);
    if constexpr (std::is_void_v<Returned>) {
      work(lease.session());
      lease.Commit();
    } else {
      Returned returned = work(lease.session());
      if (Succeeded(returned)) lease.Commit();
      return returned;
    }
  }

  [[nodiscard]] Pool& PoolFor(Access access) noexcept;
  // A slot with a connection. When the server has none left for another, it waits for one that the
  // pool has, or until the server may have one.
  [[nodiscard]] Slot& Take(const Context& context, Pool& pool, Access access);
  void CheckHoldsNone();
  [[nodiscard]] Slot& AwaitFree(const Context& context, Pool& pool,
                                Context::Clock::time_point until);
  // False, and the slot is given back, when the server has none left and waiting may help.
  [[nodiscard]] bool Dial(Slot& slot, const Context& context, Pool& pool, Access access,
                          Context::Clock::time_point until);
  [[nodiscard]] static Slot* TakeFree(Pool& pool);
  [[nodiscard]] static bool HasConnections(const Pool& pool) noexcept;
  void Give(Slot& slot, Pool& pool) noexcept;

  const std::unique_ptr<Driver> driver_;
  const PoolOptions options_;

  std::mutex mutex_;
  Pool writers_;
  Pool readers_;
  bool repeating_ = false;  // Somebody has the turn.
  std::condition_variable turn_given_;
  std::uint64_t pauses_ = 0;
};

}  // namespace seam::sql

#endif  // SEAM_SQL_DATABASE_H_
