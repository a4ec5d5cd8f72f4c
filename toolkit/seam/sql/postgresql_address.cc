#include "seam/sql/postgresql_address_internal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <future>
#include <new>
#include <system_error>

#include "seam/sql/quoting.h"

namespace seam::sql {
namespace {

using Clock = Context::Clock;
using std::chrono::milliseconds;

// How often the server looks whether the client of a running statement is still there, and how
// often a connection that is being made looks whether it is still wanted.
constexpr milliseconds kServerLooks{200};
constexpr milliseconds kDialLooks{20};

constexpr char kUsualPort[] = "5432";

constexpr std::size_t kLongestPassword = 4096;

// What a server says that lacks the role or the role's right to use the database.
bool IsNotSetUp(std::string_view state) { return state == "28000" || state == "42501"; }

// What to do about what the server says; empty when its own words say enough.
std::string AdviceFor(std::string_view state) {
  if (state == "28P01") return "; the password is wrong, or there is no such role";
  if (state == "3D000") return "; make the database, or name another one";
  return "";
}

// Whether a server that says this while a connection is made will say it again: the role, its
// password, the database or the right to use it is wrong. It takes no connections for the moment
// with others, such as 57P03 and 53300.
bool IsRefusal(std::string_view state) {
  static constexpr std::string_view kRefusals[] = {"28", "3D", "42"};
  return std::find(std::begin(kRefusals), std::end(kRefusals), state.substr(0, 2)) !=
         std::end(kRefusals);
}

// Whether both sides cannot agree on TLS, which they will not later either. libpq has only words
// for that: "connection to server at … failed: server does not support SSL, but SSL was required".
bool IsDisagreement(std::string_view message) {
  constexpr std::string_view kFailed = "failed: ";
  if (const std::size_t at = message.find(kFailed); at != std::string_view::npos) {
    message.remove_prefix(at + kFailed.size());
  }
  static constexpr std::string_view kWords[] = {"does not support SSL", "SSL error:", "certificate",
                                                "private key file", "channel binding"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
    return message.find(word) != std::string_view::npos;
  });
}

// What libpq says of a connection that could not be made, which has no other place for the SQLSTATE
// than its verbose message: "…: FATAL:  28P01: password …".
struct NotConnected {
  std::string message;  // One line.
  std::string state;    // Empty when there was no server.
};

NotConnected ReadNotConnected(std::string_view text) {
  constexpr std::string_view kBefore = ":  ";
  constexpr std::size_t kLength = 5;
  const auto is_state = [](std::string_view word) {
    return std::all_of(word.begin(), word.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  };
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t before = line.find(kBefore);
    if (before == std::string_view::npos) continue;
    const std::size_t begin = before + kBefore.size();
    const std::string_view state = line.substr(begin, kLength);
    if (state.size() < kLength || !is_state(state)) continue;
    if (line.substr(begin + kLength, 2) != ": ") continue;
    return {std::string(line.substr(0, begin)) + std::string(line.substr(begin + kLength + 2)) +
                " (SQLSTATE " + std::string(state) + ")",
            std::string(state)};
  }
  return {FirstLine(text), ""};
}

struct FreeConninfo {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using Conninfo = std::unique_ptr<PQconninfoOption, FreeConninfo>;

// The option's value in either list, of which the first goes before; empty when there is none.
std::string ValueOf(std::string_view keyword, const Conninfo& given, const Conninfo& usual) {
  for (const Conninfo* list : {&given, &usual}) {
    for (const PQconninfoOption* option = list->get(); option != nullptr && option->keyword;
         ++option) {
      if (option->keyword != keyword || option->val == nullptr) continue;
      if (*option->val != '\0') return option->val;
    }
  }
  return "";
}

// As a part of the parameter "options", which is split at spaces.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == ' ' || (c >= '\t' && c <= '\r')) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// libpq's lists: "a,,b" has three entries, and so has the list without any one.
std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> entries;
  for (;;) {
    const std::size_t comma = text.find(',');
    entries.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return entries;
    text.remove_prefix(comma + 1);
  }
}

// For messages.
std::string ServerAt(const std::string& host, const std::string& address, const std::string& port) {
  const std::string& name = host.empty() ? address : host;
  if (name.empty()) return "the server at the usual socket, port " + port;
  return "the server at " + name +
         (address.empty() || address == name ? "" : " (" + address + ")") + ", port " + port;
}

bool IsPort(const std::string& text) {
  constexpr int kLargest = 65535;
  int port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && rest == end && port >= 1 && port <= kLargest;
}

struct PasswordFile {
  std::string password;
  std::string problem;  // Why there is no password; empty when there is one.
};

PasswordFile ReadPasswordFile(const std::string& name) {
  const auto failed = [](std::string problem) { return PasswordFile{"", std::move(problem)}; };
  struct Descriptor {
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
    const int number;
  };
  // O_NONBLOCK, or opening a pipe would wait for its writer.
  const Descriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status{};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    return failed("cannot be opened: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return failed("is not a regular file");
  // PostgreSQL's own rule for secrets: nobody else's, or a group's to read when it is root's.
  const bool is_ours = status.st_uid == ::geteuid();
  if (!is_ours && status.st_uid != 0) {
    return failed("belongs to another user; only this process's user or root may own it");
  }
  const mode_t forbidden = is_ours ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
  if ((status.st_mode & forbidden) != 0) {
    return failed("can be read by others; run \"chmod 600 " + name + "\"");
  }
  std::string text(kLongestPassword + 1, '\0');
  const ssize_t size = ::read(file.number, text.data(), text.size());
  if (size < 0) return failed("cannot be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(size));
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.size() > kLongestPassword) {
    return failed("has more than " + std::to_string(kLongestPassword) + " bytes in its first line");
  }
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) return failed("has no password in its first line");
  return {std::move(text), ""};
}

[[noreturn]] void ThrowWrongAddress(const std::string& what) {
  throw SqlError(ErrorKind::kMisuse, "PostgreSQL options: " + what);
}

}  // namespace

std::string FirstLine(std::string_view message) {
  message = message.substr(0, message.find('\n'));
  constexpr std::string_view kSeverity = "ERROR:";
  if (message.substr(0, kSeverity.size()) == kSeverity) message.remove_prefix(kSeverity.size());
  const std::size_t begin = message.find_first_not_of(' ');
  return std::string(message.substr(std::min(begin, message.size())));
}

void PostgresqlAddress::Failures::Add(ErrorKind what, const std::string& message) {
  if (!text.empty()) text += "; ";
  text += message;
  if (kind == ErrorKind::kUnavailable) kind = what;
}

PostgresqlAddress::PostgresqlAddress(const PostgresqlOptions& options)
    : password_file_(options.password_file),
      max_wait_(options.pool.max_wait),
      last_host_(options.last_host != nullptr ? options.last_host : std::make_shared<LastHost>(0)) {
  CheckName(options.role, "role");
  CheckName(options.schema, "schema");
  Parse(options);
  Add("user", options.role);
  Add("client_encoding", "UTF8");
  Add("fallback_application_name", "seam");
  const std::string session =
      "-c search_path=" + Escaped(QuoteName(options.schema)) +
      " -c client_min_messages=error -c bytea_output=hex" +
      " -c client_connection_check_interval=" + std::to_string(kServerLooks.count()) +
      " -c lock_timeout=" + std::to_string(std::max<std::int64_t>(1, max_wait_.count())) +
      " -c default_transaction_isolation=";
  // What a transaction is that begins without more words.
  reading_ = session + "repeatable\\ read";
  writing_ = session +
             (options.isolation == Isolation::kSerializable ? "serializable" : "read\\ committed");
}

void PostgresqlAddress::Parse(const PostgresqlOptions& options) {
  char* wrong = nullptr;
  const Conninfo given(PQconninfoParse(options.address.c_str(), &wrong));
  if (given == nullptr) {
    // libpq's message quotes parts of the address, among which there may be a password.
    PQfreemem(wrong);
    ThrowWrongAddress("address is neither a postgresql:// URI nor a list of libpq's name=value");
  }
  constexpr std::string_view kOwnParameters[] = {"host", "hostaddr", "port"};
  for (const PQconninfoOption* option = given.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    for (const std::string_view refused : {"user", "password", "sslpassword", "passfile", "options",
                                           "client_encoding", "service", "replication"}) {
      if (keyword != refused) continue;
      ThrowWrongAddress("address must not have " + std::string(keyword) +
                        "; the role, the schema and the password file have options of their own");
    }
    const auto* const own =
        std::find(std::begin(kOwnParameters), std::end(kOwnParameters), keyword);
    if (own == std::end(kOwnParameters)) Add(option->keyword, option->val);
  }
  const std::string database = ValueOf("dbname", given, nullptr);
  if (database.empty()) ThrowWrongAddress("address names no database");
  // From the environment when the address leaves them open.
  const Conninfo usual(PQconndefaults());
  const std::string target = ValueOf("target_session_attrs", given, usual);
  if (!target.empty() && target != "any" && target != "read-write" && target != "primary") {
    ThrowWrongAddress("target_session_attrs of the address is " + target +
                      ", it must be any, read-write or primary; a module writes to the server that "
                      "it reads from");
  }
  const std::string names = ValueOf("host", given, usual);
  const std::string addresses = ValueOf("hostaddr", given, usual);
  const std::string ports = ValueOf("port", given, usual);
  ParseHosts(names, addresses, ports);
  CheckUnderstood(!addresses.empty());
  const std::string& host = names.empty() ? addresses : names;
  name_ = "database " + database + (host.empty() ? "" : " at " + host) +
          (ports.empty() || ports == kUsualPort ? "" : ":" + ports) + " (role " + options.role +
          ", schema " + options.schema + ")";
}

void PostgresqlAddress::ParseHosts(const std::string& names, const std::string& addresses,
                                   const std::string& ports) {
  const std::vector<std::string> each_name = SplitList(names);
  const std::vector<std::string> each_address = SplitList(addresses);
  const std::vector<std::string> each_port = SplitList(ports);
  const std::size_t count = std::max(each_name.size(), each_address.size());
  if ((!names.empty() && each_name.size() != count) ||
      (!addresses.empty() && each_address.size() != count) ||
      (each_port.size() != 1 && each_port.size() != count)) {
    ThrowWrongAddress(
        "address has lists of host, hostaddr and port that differ in length; give "
        "each host its own, or one port for all");
  }
  for (std::size_t i = 0; i < count; ++i) {
    Host host;
    if (!names.empty()) host.name = each_name[i];
    if (!addresses.empty()) host.address = each_address[i];
    host.port = each_port.size() == 1 ? each_port[0] : each_port[i];
    if (host.port.empty()) host.port = kUsualPort;
    if (!IsPort(host.port)) {
      ThrowWrongAddress("port " + host.port + " of the address is no number from 1 to 65535");
    }
    if (!host.address.empty() && !IsNumericAddress(host.address)) {
      ThrowWrongAddress("hostaddr " + host.address +
                        " of the address is no IP address; give a name as host");
    }
    hosts_.push_back(std::move(host));
  }
}

// What libpq takes from no address, such as a sslmode that there is not, it says before it tries to
// connect; told from a failure to connect by a socket that cannot be there. An IP address of the
// environment would be connected to instead.
void PostgresqlAddress::CheckUnderstood(bool has_address) const {
  if (has_address) return;
  std::vector<const char*> keywords = {"host", "password"};
  std::vector<const char*> values = {"/dev/null", "unused"};
  for (const auto& [keyword, value] : parameters_) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  if (PQpingParams(keywords.data(), values.data(), 0) != PQPING_NO_ATTEMPT) return;
  const PgHandle tried(PQconnectStartParams(keywords.data(), values.data(), 0));
  ThrowWrongAddress("libpq does not understand the address or its environment variables: " +
                    FirstLine(tried == nullptr ? "" : PQerrorMessage(tried.get())));
}

Dialled PostgresqlAddress::Dial(Access access, const Context& context) const {
  const auto begin = Clock::now();
  auto given_up = begin + max_wait_;
  if (context.deadline()) given_up = std::min(given_up, *context.deadline());
  const auto part_of = [&](Clock::time_point now, Clock::time_point until, std::size_t parts,
                           std::string whose) {
    return Part{context, now, now + (until - now) / static_cast<std::int64_t>(parts),
                std::move(whose)};
  };
  const std::size_t first = last_host_->load();
  Failures failures;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const std::size_t at = (first + i) % hosts_.size();
    const Host& host = hosts_[at];
    const std::string silent_before = failures.silent;
    const Part part = part_of(i == 0 ? begin : Clock::now(), given_up, hosts_.size() - i,
                              "the resolver that was asked for host " + host.name);
    const std::vector<std::string> addresses = AddressesOf(host, part, failures);
    for (std::size_t j = 0; j < addresses.size(); ++j) {
      PgHandle connection =
          DialOne(access, host, addresses[j],
                  part_of(j == 0 ? part.begin : Clock::now(), part.until, addresses.size() - j,
                          ServerAt(host.name, addresses[j], host.port)),
                  failures);
      if (connection == nullptr) continue;
      last_host_->store(at);
      return {std::move(connection), silent_before};
    }
  }
  throw SqlError(failures.kind, "cannot connect to " + name_ + ": " + failures.text);
}

// Empty when they cannot be found.
std::vector<std::string> PostgresqlAddress::AddressesOf(const Host& host, const Part& part,
                                                        Failures& failures) const {
  const bool is_folder = host.name.empty() || host.name[0] == '/' || host.name[0] == '@';
  if (!host.address.empty() || is_folder) return {host.address};
  if (IsNumericAddress(host.name)) return {host.name};
  const std::shared_future<HostLookup::Answer> found = lookup_.Begin(host.name);
  while (found.wait_for(kDialLooks) != std::future_status::ready) {
    if (!StillWanted(part, failures)) return {};
  }
  const HostLookup::Answer& answer = found.get();
  if (answer.addresses.empty()) {
    failures.Add(ErrorKind::kUnavailable,
                 "host " + host.name + " cannot be looked up: " + answer.failure);
  }
  return answer.addresses;
}

// Null when it cannot be reached. What a server refuses no other is asked for.
PgHandle PostgresqlAddress::DialOne(Access access, const Host& host, const std::string& address,
                                    const Part& part, Failures& failures) const {
  PgHandle connection = Begin(access, host, address);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (PQstatus(connection.get()) == CONNECTION_BAD || status == PGRES_POLLING_FAILED) {
      const NotConnected failure = ReadNotConnected(PQerrorMessage(connection.get()));
      if (PQconnectionNeedsPassword(connection.get()) != 0) {
        throw SqlError(ErrorKind::kRefused,
                       "cannot connect to " + name_ + ": " + failure.message +
                           "; give the role's password in a password file of its own "
                           "(database.password_folder), or in libpq's (~/.pgpass)");
      }
      if (IsRefusal(failure.state)) {
        throw SqlError(
            IsNotSetUp(failure.state) ? ErrorKind::kNotSetUp : ErrorKind::kRefused,
            "cannot connect to " + name_ + ": " + failure.message + AdviceFor(failure.state));
      }
      if (failure.state.empty() && IsDisagreement(failure.message)) {
        throw SqlError(ErrorKind::kRefused,
                       "cannot connect to " + name_ + ": " + failure.message +
                           "; make sslmode and the certificates of the address fit the server's");
      }
      constexpr std::string_view kTooMany = "53300";
      failures.Add(failure.state == kTooMany ? ErrorKind::kBusy : ErrorKind::kUnavailable,
                   failure.message);
      return nullptr;
    }
    if (!Ready(*connection, status == PGRES_POLLING_READING, part, failures)) return nullptr;
    status = PQconnectPoll(connection.get());
  }
  if (access == Access::kRead && !MakeReader(*connection, part, failures)) return nullptr;
  return connection;
}

PgHandle PostgresqlAddress::Begin(Access access, const Host& host,
                                  const std::string& address) const {
  const std::string password = Password();
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  const auto add = [&](const char* keyword, const std::string& value) {
    if (value.empty()) return;
    keywords.push_back(keyword);
    values.push_back(value.c_str());
  };
  for (const auto& [keyword, value] : parameters_) add(keyword.c_str(), value);
  add("host", host.name);  // Beside its address, since a certificate is made out to it.
  add("hostaddr", address);
  add("port", host.port);
  add("options", access == Access::kRead ? reading_ : writing_);
  add("password", password);
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PgHandle connection(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (connection == nullptr) throw std::bad_alloc();
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);  // For the SQLSTATE.
  return connection;
}

// Waits for the socket; false when the part of the time is over.
bool PostgresqlAddress::Ready(PGconn& connection, bool to_read, const Part& part,
                              Failures& failures) const {
  for (;;) {
    if (!StillWanted(part, failures)) return false;
    pollfd waiting{PQsocket(&connection), static_cast<short>(to_read ? POLLIN : POLLOUT), 0};
    const int ready = poll(&waiting, 1, static_cast<int>(kDialLooks.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) {
      failures.Add(ErrorKind::kUnavailable, std::generic_category().message(errno));
      return false;
    }
  }
}

// Not as an option of the session from the beginning: target_session_attrs=read-write would take
// the server for one that takes no writes.
bool PostgresqlAddress::MakeReader(PGconn& connection, const Part& part, Failures& failures) const {
  bool done = PQsendQuery(&connection, "SET default_transaction_read_only = on") != 0;
  while (done) {
    while (done && PQisBusy(&connection) != 0) {
      if (!Ready(connection, true, part, failures)) return false;
      done = PQconsumeInput(&connection) != 0;
    }
    PGresult* const result = PQgetResult(&connection);
    if (result == nullptr) break;
    done = done && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
  }
  if (!done) {
    failures.Add(ErrorKind::kUnavailable, ReadNotConnected(PQerrorMessage(&connection)).message);
  }
  return done;
}

bool PostgresqlAddress::StillWanted(const Part& part, Failures& failures) const {
  const auto now = Clock::now();
  if (part.context.deadline() && *part.context.deadline() <= now) {
    throw SqlError(ErrorKind::kDeadlineExceeded,
                   name_ + ": the call's deadline has passed while connecting" +
                       (failures.text.empty() ? "" : " (" + failures.text + ")"));
  }
  if (part.context.cancelled()) {
    throw SqlError(ErrorKind::kCancelled, name_ + ": the caller has cancelled while connecting");
  }
  if (now < part.until) return true;
  const auto waited = std::chrono::round<milliseconds>(part.until - part.begin);
  const std::string message =
      part.whose + " has not answered for " + std::to_string(waited.count()) + " ms";
  failures.Add(ErrorKind::kUnavailable, message);
  if (!failures.silent.empty()) failures.silent += "; ";
  failures.silent += message;
  return false;
}

std::string PostgresqlAddress::Password() const {
  if (password_file_.empty()) return "";
  PasswordFile read = ReadPasswordFile(password_file_);
  if (!read.problem.empty()) {
    throw SqlError(ErrorKind::kRefused, "cannot connect to " + name_ + ": the password file " +
                                            password_file_ + " " + read.problem);
  }
  return std::move(read.password);
}

}  // namespace seam::sql
