#ifndef SEAM_SQL_DRIVER_H_
#define SEAM_SQL_DRIVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seam/core/context.h"
#include "seam/sql/value.h"

namespace seam::sql {

enum class Access : std::uint8_t { kRead, kWrite };

enum class Engine : std::uint8_t { kSqlite, kPostgresql };

// What an engine implements beneath Database; of interest to nobody else. Everything here throws
// SqlError unless it is noexcept.

// Steps through the rows of one running statement.
class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Goes to the next row, at first to the first one; false after the last.
  virtual bool Next() = 0;

  // The current row's columns, from 0. Views are valid until the next Next() or Connection::Close.
  // kMisuse for a column that is not there or has another type.
  [[nodiscard]] virtual bool IsNull(int column) = 0;
  [[nodiscard]] virtual std::int64_t Int64(int column) = 0;
  [[nodiscard]] virtual double Double(int column) = 0;
  [[nodiscard]] virtual std::string_view Text(int column) = 0;
  [[nodiscard]] virtual std::string_view Blob(int column) = 0;

 protected:
  ~Cursor() = default;
};

// One connection, used by one thread at a time.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Begins a loan: what follows is bounded by the context's deadline and cancellation, and with
  // kRead, statements that write throw kMisuse. The context is kept until Release.
  virtual void Lend(Access access, const Context& context) = 0;
  virtual void Release() noexcept = 0;

  // With kWrite, either keeps every other writer out from here on, or throws kConflict later when
  // another one was in the way; with kRead, sees one state from here on.
  virtual void Begin() = 0;
  // Waits until no other connection of the same database has begun alone; on PostgreSQL for as long
  // as the context lets it.
  virtual void BeginAlone() = 0;
  // kOutcomeUnknown when nobody can say whether it was committed.
  virtual void Commit() = 0;
  // Never interrupted. A connection that cannot roll back is broken().
  virtual void Rollback() noexcept = 0;
  [[nodiscard]] virtual bool in_transaction() const noexcept = 0;

  // Starts a statement, whose cursor is valid until Close. One statement at a time.
  [[nodiscard]] virtual Cursor& Open(std::string_view statement, Parameters parameters) = 0;
  virtual void Close(Cursor& cursor) noexcept = 0;

  // Runs a statement to its end; the number of rows it inserted, updated or deleted.
  virtual std::int64_t Execute(std::string_view statement, Parameters parameters) = 0;

  // Runs several statements, separated by semicolons, without parameters.
  virtual void ExecuteScript(std::string_view script) = 0;

  // Whether it must be thrown away instead of being used again.
  [[nodiscard]] virtual bool broken() const noexcept = 0;
};

// Opens connections to one database. Thread-safe.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  // A connection that will be lent with this access, or with either when readers and writers share.
  // kBusy when the database has none left for now: those that were made before may still be used.
  [[nodiscard]] virtual std::unique_ptr<Connection> Connect(Access access,
                                                            const Context& context) = 0;

  // How messages name the database: its path, or its address without a password.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  [[nodiscard]] virtual Engine engine() const noexcept = 0;
};

// How long a server that had no connection left is not asked for another, as each question costs it
// one; and how much of a call's time must be left after that, or it is better told why at once.
inline constexpr std::chrono::milliseconds kNoDialling{250};
inline constexpr std::chrono::milliseconds kTimeToDial{100};

// Throws kMisuse with the beginning of the statement.
[[noreturn]] void ThrowMisuse(std::string_view statement, const std::string& what);

// As much of a statement as helps to find it.
[[nodiscard]] std::string Excerpt(std::string_view statement);

// Throws kMisuse for a parameter that some engine would refuse or change: text that has a NUL or is
// not UTF-8, and a double that is not a number.
void CheckParameter(std::string_view statement, const Value& value);

}  // namespace seam::sql

#endif  // SEAM_SQL_DRIVER_H_
