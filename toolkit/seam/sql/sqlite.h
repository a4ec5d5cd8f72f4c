#ifndef SEAM_SQL_SQLITE_H_
#define SEAM_SQL_SQLITE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "seam/sql/database.h"

namespace seam::sql {

// The path of a database that lives in memory and ends with its Database: for tests. It has one
// connection, so readers and writers take turns.
inline constexpr char kInMemory[] = ":memory:";

struct SqliteOptions {
  // The database file; made when it is not there, readable by its owner only. Its folder must
  // exist, on a local file system. Two more files, with -wal and -shm at the end of their names,
  // stand beside it.
  std::string path;

  // Whether a commit waits until it is on the disk (PRAGMA synchronous=FULL). Without that a commit
  // is some hundred times faster and survives a crash of the process, but a power failure may lose
  // the last ones; the file stays sound.
  bool durable = true;

  // Whether what is deleted is overwritten in the file (PRAGMA secure_delete=ON), for secrets that
  // are to be gone. In the write-ahead log it stands until the log is written anew.
  bool overwrite_deleted = false;

  // How many prepared statements each connection keeps; the least recently used goes first.
  std::size_t max_statements = 64;

  PoolOptions pool;
};

// Opens a SQLite database in write-ahead-log mode with foreign keys on. Several processes of one
// host may have it open at once; those that wait for another's lock do so within their deadline and
// PoolOptions::max_wait. Throws SqlError: kMisuse for impossible options, kUnavailable when the
// file cannot be opened or made, kCorrupt when it is no database, kBusy.
[[nodiscard]] std::unique_ptr<Database> OpenSqlite(const SqliteOptions& options);

}  // namespace seam::sql

#endif  // SEAM_SQL_SQLITE_H_
