#ifndef SEAM_SQL_POSTGRESQL_ADDRESS_INTERNAL_H_
#define SEAM_SQL_POSTGRESQL_ADDRESS_INTERNAL_H_

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/core/context.h"
#include "seam/sql/driver.h"
#include "seam/sql/error.h"
#include "seam/sql/host_lookup_internal.h"
#include "seam/sql/postgresql.h"

namespace seam::sql {

struct FinishConnection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using PgHandle = std::unique_ptr<PGconn, FinishConnection>;

// The first line of a server's message, without "ERROR:" and the space after it.
[[nodiscard]] std::string FirstLine(std::string_view message);

struct Dialled {
  PgHandle connection;
  std::string silent;  // The hosts that were tried before and did not answer in time.
};

// What connections are made from, and how they are. Of several hosts, and of several addresses of a
// host, the next one is tried when one cannot be reached; each has an equal part of the time that
// is left. Thread-safe.
class PostgresqlAddress {
 public:
  // Throws kMisuse for an address that no server could be reached by.
  explicit PostgresqlAddress(const PostgresqlOptions& options);

  // Database, host and role, for messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  // A connection that is ready, within the deadline and max_wait, to the host that worked last if
  // it can be. Throws kUnavailable, kBusy, kRefused, kNotSetUp, kDeadlineExceeded and kCancelled.
  [[nodiscard]] Dialled Dial(Access access, const Context& context) const;

  // The hosts are tried in the order of the address again.
  void ForgetLastHost() const noexcept { last_host_->store(0); }

 private:
  struct Host {
    std::string name;     // Or the folder of its socket; empty for libpq's usual one.
    std::string address;  // In numbers; empty when it has to be looked up, or is a folder.
    std::string port;
  };

  // Why the hosts tried so far could not be reached.
  struct Failures {
    ErrorKind kind = ErrorKind::kUnavailable;  // kBusy when one of them has no connection left.
    std::string text;
    std::string silent;  // Those that have not answered in time.
    void Add(ErrorKind what, const std::string& message);
  };

  // One host's part of the time.
  struct Part {
    const Context& context;
    Context::Clock::time_point begin;
    Context::Clock::time_point until;
    std::string whose;  // Who is waited for, for messages.
  };

  void Parse(const PostgresqlOptions& options);
  void ParseHosts(const std::string& names, const std::string& addresses, const std::string& ports);
  void CheckUnderstood(bool has_address) const;
  void Add(std::string keyword, std::string value) {
    parameters_.emplace_back(std::move(keyword), std::move(value));
  }

  [[nodiscard]] std::vector<std::string> AddressesOf(const Host& host, const Part& part,
                                                     Failures& failures) const;
  [[nodiscard]] PgHandle DialOne(Access access, const Host& host, const std::string& address,
                                 const Part& part, Failures& failures) const;
  [[nodiscard]] PgHandle Begin(Access access, const Host& host, const std::string& address) const;
  [[nodiscard]] bool Ready(PGconn& connection, bool to_read, const Part& part,
                           Failures& failures) const;
  [[nodiscard]] bool MakeReader(PGconn& connection, const Part& part, Failures& failures) const;
  [[nodiscard]] bool StillWanted(const Part& part, Failures& failures) const;
  [[nodiscard]] std::string Password() const;

  const std::string password_file_;
  const std::chrono::milliseconds max_wait_;
  std::string name_;
  std::string reading_;
  std::string writing_;
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<Host> hosts_;
  const std::shared_ptr<LastHost> last_host_;
  mutable HostLookup lookup_;
};

}  // namespace seam::sql

#endif  // SEAM_SQL_POSTGRESQL_ADDRESS_INTERNAL_H_
