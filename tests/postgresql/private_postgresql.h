#ifndef TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_
#define TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_

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

  // SIGSTOP and SIGCONT for the server and what it serves.
  void Pause() const;
  void Resume() const;

 private:
  [[nodiscard]] int ServerPid() const;
  void SignalAll(int number) const;

  const TemporaryFolder folder_;
  const std::vector<std::string> settings_;
  std::optional<Process> process_;
};

}  // namespace seam::testing

#endif  // TESTS_POSTGRESQL_PRIVATE_POSTGRESQL_H_
