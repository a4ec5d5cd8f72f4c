#ifndef SEAM_SQL_ERROR_H_
#define SEAM_SQL_ERROR_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "seam/core/error.h"
#include "seam/core/result.h"

namespace seam::sql {

// What went wrong, the same on every engine.
enum class ErrorKind : std::uint8_t {
  kBusy,              // Others held the database, or all connections, for the whole wait allowed.
  kConflict,          // Transactions at the same time contradict each other. Nothing was committed.
  kDeadlineExceeded,  // The context's deadline passed. Nothing was committed.
  kCancelled,         // The context was cancelled. Nothing was committed.
  kUniqueViolation,   // A primary key or a unique index has the value already.
  kCheckViolation,    // A CHECK constraint refused the row.
  kForeignKeyViolation,  // A referenced row is missing, or a row is still referenced.
  kNotNullViolation,     // NULL in a column that does not allow it.
  kUnavailable,          // Cannot be reached, opened, read or written: server, path, disk, memory.
  kRefused,              // The server does not let the role in, or lacks the database or TLS.
  kNotSetUp,             // The role, its schema or its right to use it is missing at the server.
  kOutcomeUnknown,       // The connection was lost while committing: it may be committed or not.
  kForbidden,            // The role has no right to do that, as with another module's tables.
  kCorrupt,              // The file is damaged, or is no database.
  kSyntax,               // The engine does not understand the statement.
  kMisuse,               // The program is wrong: types, number of parameters, nested transactions.
  kSchemaTooNew,         // A newer program has migrated the database.
  kSchemaChanged,        // A migration that was applied is not the one the program has.
  kMigrationFailed,      // A migration could not be applied. Nothing of it was kept.
};

// "BUSY", "UNIQUE_VIOLATION" and so on.
[[nodiscard]] const char* ErrorKindName(ErrorKind kind) noexcept;

// What everything in seam::sql throws. what() says which database, what was wrong and, for a
// statement, its text; it never holds the values of parameters or rows.
class SqlError : public std::runtime_error {
 public:
  SqlError(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// The one place where a database's failure becomes a call's:
//
//   kBusy                               UNAVAILABLE          DATABASE_BUSY
//   kConflict                           UNAVAILABLE          DATABASE_CONFLICT
//   kUnavailable                        UNAVAILABLE          DATABASE_UNAVAILABLE
//   kRefused, kNotSetUp                 UNAVAILABLE          DATABASE_REFUSED
//   kOutcomeUnknown                     UNAVAILABLE          DATABASE_OUTCOME_UNKNOWN
//   kDeadlineExceeded                   DEADLINE_EXCEEDED    DEADLINE_EXCEEDED
//   kCancelled                          CANCELLED            CANCELLED
//   kCorrupt                            DATA_LOSS            DATABASE_CORRUPT
//   kSchemaTooNew                       FAILED_PRECONDITION  DATABASE_SCHEMA_TOO_NEW
//   kSchemaChanged                      FAILED_PRECONDITION  DATABASE_SCHEMA_CHANGED
//   kMigrationFailed                    INTERNAL             DATABASE_MIGRATION_FAILED
//   kForbidden                          INTERNAL             DATABASE_FORBIDDEN
//   kSyntax, kMisuse and the violations INTERNAL             DATABASE_STATEMENT_FAILED
//
// A violation that a module expects is an answer of its own: it catches that before it comes here.
[[nodiscard]] Error ToError(const SqlError& error);

// The edge of a module: returns what `work()` returns, a Result, or ToError of the SqlError that it
// throws. Other exceptions come through; they are bugs, which the binding answers with INTERNAL.
template <class Work>
[[nodiscard]] auto Answer(Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const SqlError& error) {
    return Forward(ToError(error));
  }
}

}  // namespace seam::sql

#endif  // SEAM_SQL_ERROR_H_
