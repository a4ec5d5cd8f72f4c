#ifndef TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_
#define TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam::testing {

// A PostgreSQL server on a unix socket in a temporary folder, started by scripts/private-postgresql
// and gone with this object, or when the thread that started it ends. For one thread. Aborts when
// it cannot be started. Its superuser is "postgres"; nobody needs a password; what it writes is not
// forced to the disk.
class PrivatePostgresql {
 public:
  // `settings` are "name=value", of postgresql.conf.
  explicit PrivatePostgresql(std::vector<std::string> settings = {});
  PrivatePostgresql(const PrivatePostgresql&) = delete;
  PrivatePostgresql& operator=(const PrivatePostgresql&) = delete;
  ~PrivatePostgresql();

  // For PostgresqlOptions::address.
  [[nodiscard]] std::string address() const;

  // Stops the server as an administrator does, which ends all connections; or with SIGKILL.
  void Stop();
  void Kill();
  // Starts it again, on the same data.
  void Start();

  // Lets no file of the server grow beyond so many bytes, as on a full disk: a write that crosses
  // them is done in part. Files of its log of changes have 16 MiB each, and it ends when these
  // cannot be written. Without a number there is room again.
  void LimitFiles(std::optional<std::uint64_t> bytes) const;

  // SIGSTOP and SIGCONT for the server and what it serves.
  void Pause() const;
  void Resume() const;

 private:
  [[nodiscard]] int ServerPid() const;
  [[nodiscard]] static std::vector<int> ChildrenOf(int server);
  void SignalAll(int number) const;

  const TemporaryFolder folder_;
  const std::vector<std::string> settings_;
  std::optional<Process> process_;
};

}  // namespace seam::testing

#endif  // TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_
