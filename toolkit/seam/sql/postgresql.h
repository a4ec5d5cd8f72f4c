#ifndef SEAM_SQL_POSTGRESQL_H_
#define SEAM_SQL_POSTGRESQL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seam/sql/database.h"
#include "seam/sql/database_options.h"

namespace seam::sql {

// What Database::Write promises on PostgreSQL.
enum class Isolation : std::uint8_t {
  // As if no other writer ran at the same time (SERIALIZABLE). Writers that meet at the same rows
  // cost each other repetitions.
  kSerializable,

  // Each statement sees what was committed when it began, and waits for the rows that it changes
  // (READ COMMITTED). For modules whose transactions decide by guarded statements alone, such as
  // UPDATE … WHERE stock >= $1, and lock rows in one order: writers of the same row queue up.
  // A decision made from what an earlier statement of the transaction has read may be out of date.
  kReadCommitted,
};

struct PostgresqlOptions {
  // The server and the database, as libpq writes them: "postgresql://db.example:5432/shop" or
  // "host=/run/postgresql dbname=shop", without user, password and options. What it leaves open,
  // such as sslmode, libpq takes from its environment variables. With several hosts, and with a
  // host of several addresses, each has an equal part of the time that is left, and the next one is
  // tried when one cannot be reached or does not answer; connect_timeout has no effect. The host
  // that worked last is tried first, until it turns out to take no writes.
  // target_session_attrs may be any, read-write or primary.
  std::string address;

  // The role to connect as, and the schema in which alone its statements find tables; made by what
  // OwnershipStatements gives. One of each per module.
  std::string role;
  std::string schema;

  // A regular file whose first line, of up to 4096 bytes, is the role's password, read whenever a
  // connection is made. Others must not be able to read it: it is ours with mode 0600 or less, or
  // root's with 0640 or less.
  // Empty: libpq's own password file, or none.
  std::string password_file;

  Isolation isolation = Isolation::kSerializable;

  // How many prepared statements each connection keeps; the least recently used goes first.
  std::size_t max_statements = 64;

  PoolOptions pool;

  // For databases of the same address, so that each of them begins with the host that worked last
  // for any. Empty: this one remembers for itself.
  std::shared_ptr<LastHost> last_host;

  // Told "the database has not answered in time", at most every ten seconds, when a call's deadline
  // came before the server's word, be it while connecting: a caller that has left at its deadline
  // cannot tell. Also "a host of the database does not answer; using another one", as often, with
  // the host in the detail. And "another process is changing the schema; waiting for it", when
  // WriteAlone has waited for a second. May be empty.
  DatabaseReport report;
};

// Opens a PostgreSQL database, version 14 or newer, on Linux. Up to pool.readers connections read,
// in sessions that cannot write, and pool.writers write. Throws SqlError: kMisuse for impossible
// options, an address that libpq does not understand among them; kUnavailable when the server
// cannot be reached or takes no connections now; kBusy when it has none left; kNotSetUp when
// there is no such role, or no such schema for it, or it may not use them; kRefused when the server
// refuses its password, or the password file cannot be used, or both sides cannot agree on TLS, or
// there is no such database, or its encoding is not UTF8; and what the end of `context` gives.
//
// - A statement ends by itself at its context's deadline, at the server by statement_timeout; a
//   server that does not answer is given a tenth of a second more, then its connection is closed. A
//   cancelled context closes the connection at once; the server notices within a fifth of a second.
// - A connection that broke is replaced. A statement of Database::Read, or the beginning of a
//   transaction, that finds its connection dead is sent once more on a new one; anything else fails
//   with kUnavailable, or kOutcomeUnknown when it was the commit.
// - A server that takes no writes, such as a standby, fails those with kUnavailable; the connection
//   is replaced.
// - The kinds of errors follow SQLSTATE. The server's words are passed on where they cannot hold
//   values.
// - A column is an integer when it is SMALLINT, INTEGER or BIGINT, a double when it is REAL or
//   DOUBLE PRECISION, text when it is TEXT, VARCHAR or CHAR, bytes when it is BYTEA. Other types,
//   such as the NUMERIC that sum(BIGINT) makes, are cast in the statement.
[[nodiscard]] std::unique_ptr<Database> OpenPostgresql(const PostgresqlOptions& options,
                                                       const Context& context = Context());

// Throws kMisuse, with a message that quotes nothing of it, for what PostgresqlOptions::address
// must not be. Connects to nothing.
void CheckPostgresqlAddress(std::string_view address);

// The statements that make a role and a schema of its own for a module, whose tables no other role
// may use; for an administrator of the database, and for Session::ExecuteScript: a superuser, or a
// role with CREATEROLE that owns the database, which they make a member of the role. They may be
// run again. The role gets no password by them. Throws kMisuse for a name that is empty, longer
// than 63 bytes, has a NUL or is not UTF-8.
[[nodiscard]] std::string OwnershipStatements(std::string_view role, std::string_view schema);

}  // namespace seam::sql

#endif  // SEAM_SQL_POSTGRESQL_H_
