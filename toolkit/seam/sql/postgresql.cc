#include "seam/sql/postgresql.h"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/prepared_statement>
#include <pqxx/result>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "seam/core/patience.h"
#include "seam/sql/outline.h"
#include "seam/sql/postgresql_address_internal.h"
#include "seam/sql/watchdog.h"

namespace seam::sql {
namespace {

using Clock = Context::Clock;
using std::chrono::milliseconds;

// How much longer than a deadline the server gets to say that it broke a statement off, before its
// connection is closed.
constexpr milliseconds kGrace{100};

// What is left of a deadline that is further away needs no time-out.
constexpr std::chrono::hours kLongestTimeout{24};

// How often a database that has not answered is reported; and how long an attempt to connect must
// have lasted for that: with less the call came too late.
constexpr std::chrono::seconds kReportEvery{10};
constexpr milliseconds kSilence{200};

// How long a change of the schema waits for another before it is reported.
constexpr char kUsualChange[] = "1s";

// How long a rollback may take.
constexpr milliseconds kRollbackWait{1000};

// PostgreSQL's own numbers of its types.
constexpr pqxx::oid kBytea = 17;
constexpr pqxx::oid kInt8 = 20;
constexpr pqxx::oid kInt2 = 21;
constexpr pqxx::oid kInt4 = 23;
constexpr pqxx::oid kText = 25;
constexpr pqxx::oid kFloat4 = 700;
constexpr pqxx::oid kFloat8 = 701;
constexpr pqxx::oid kChar = 1042;
constexpr pqxx::oid kVarchar = 1043;

// The one place where PostgreSQL's failures get their kinds. `state` is an SQLSTATE.
ErrorKind KindOf(std::string_view state) {
  struct Known {
    std::string_view state;
    ErrorKind kind;
  };
  // The first that the state begins with.
  static constexpr Known kKnown[] = {
      {"23505", ErrorKind::kUniqueViolation},
      {"23514", ErrorKind::kCheckViolation},
      {"23503", ErrorKind::kForeignKeyViolation},
      {"23001", ErrorKind::kForeignKeyViolation},
      {"23502", ErrorKind::kNotNullViolation},
      {"23", ErrorKind::kCheckViolation},
      {"22", ErrorKind::kMisuse},  // A value does not fit its column.
      {"25", ErrorKind::kMisuse},  // The transaction is not in the state for that.
      {"40", ErrorKind::kConflict},
      {"42501", ErrorKind::kForbidden},
      {"42804", ErrorKind::kMisuse},  // An expression of another type than its column.
      {"42", ErrorKind::kSyntax},
      {"55P03", ErrorKind::kBusy},  // The lock_timeout.
      {"0A", ErrorKind::kSyntax},
      {"P0", ErrorKind::kSyntax},  // Raised by a function of the database's.
      {"XX001", ErrorKind::kCorrupt},
      {"XX002", ErrorKind::kCorrupt},
  };
  for (const Known& known : kKnown) {
    if (state.substr(0, known.state.size()) == known.state) return known.kind;
  }
  return ErrorKind::kUnavailable;
}

// The SQLSTATE of what pqxx throws, which keeps it to itself for some of its types; empty when it
// is not known.
std::string StateOf(const std::exception& failure) {
  if (dynamic_cast<const pqxx::deadlock_detected*>(&failure) != nullptr) return "40P01";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&failure) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&failure) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::disk_full*>(&failure) != nullptr) return "53100";
  const auto* error = dynamic_cast<const pqxx::sql_error*>(&failure);
  return error == nullptr ? "" : error->sqlstate();
}

// Whether the server's message for this SQLSTATE is about names and never about values.
bool MessageHoldsNoValues(std::string_view state) {
  static constexpr std::string_view kClasses[] = {"08", "23", "25", "28", "3D", "3F", "40",
                                                  "42", "53", "54", "55", "57", "58"};
  return std::find(std::begin(kClasses), std::end(kClasses), state.substr(0, 2)) !=
         std::end(kClasses);
}

// The milliseconds for statement_timeout, where 0 is none.
std::int64_t StatementTimeout(const Context& context) {
  if (context.remaining() >= kLongestTimeout) return 0;
  return std::max<std::int64_t>(1, std::chrono::ceil<milliseconds>(context.remaining()).count());
}

std::int64_t PowerOfTwoFrom(std::int64_t number) {
  std::int64_t power = 1;
  while (power < number) power *= 2;
  return number == 0 ? 0 : power;
}

// Gives pqxx a connection that is ready. It is never made anew, as pqxx does by itself: what was
// begun on the old one would go on outside its transaction.
class GivenConnection final : public pqxx::connectionpolicy {
 public:
  explicit GivenConnection(PgHandle connection)
      : connectionpolicy(""), given_(std::move(connection)) {}

  [[nodiscard]] PGconn* get() const noexcept { return current_; }

  // pqxx asks more than once.
  handle do_startconnect(handle current) override {
    if (current != nullptr) return current;
    if (given_ == nullptr) throw pqxx::broken_connection("the connection was lost");
    current_ = given_.release();
    return current_;
  }
  handle do_completeconnect(handle current) override { return current; }
  handle do_disconnect(handle current) noexcept override {
    current_ = nullptr;
    PQfinish(current);
    return nullptr;
  }

 private:
  PgHandle given_;
  PGconn* current_ = nullptr;  // pqxx's.
};

// A connection in pqxx's hands. What is run on it stands outside pqxx's own transactions.
class Link final : public pqxx::connection_base {
 public:
  explicit Link(PgHandle connection) : connection_base(policy_), policy_(std::move(connection)) {
    init();
    set_verbosity(terse);  // The details hold values.
    quiet_.emplace(*this);
    statements_.emplace(*this);
  }
  ~Link() { Close(); }

  [[nodiscard]] pqxx::nontransaction& statements() noexcept { return *statements_; }

  [[nodiscard]] PGTransactionStatusType transaction() const noexcept {
    return policy_.get() == nullptr ? PQTRANS_UNKNOWN : PQtransactionStatus(policy_.get());
  }
  [[nodiscard]] bool good() const noexcept {
    return policy_.get() != nullptr && PQstatus(policy_.get()) == CONNECTION_OK;
  }
  // What the server says of itself, as it changes; a standby refuses serializable transactions.
  [[nodiscard]] bool standby() const noexcept { return Says("in_hot_standby", "on"); }
  [[nodiscard]] bool utf8() const noexcept { return Says("server_encoding", "UTF8"); }

  [[nodiscard]] int socket() const noexcept {
    return policy_.get() == nullptr ? -1 : PQsocket(policy_.get());
  }

 private:
  [[nodiscard]] bool Says(const char* parameter, std::string_view value) const noexcept {
    const char* const said =
        policy_.get() == nullptr ? nullptr : PQparameterStatus(policy_.get(), parameter);
    return said != nullptr && value == said;
  }

  void Close() noexcept {
    statements_.reset();
    quiet_.reset();
    close();
  }

  GivenConnection policy_;
  std::optional<pqxx::quiet_errorhandler> quiet_;
  std::optional<pqxx::nontransaction> statements_;
};

// The rows of a statement that has run.
class PostgresqlCursor final : public Cursor {
 public:
  void Set(const pqxx::result& rows, std::string_view statement) {
    rows_ = rows;
    statement_ = statement;
    next_ = 0;
    blobs_.clear();
  }
  void Clear() noexcept {
    rows_.clear();
    blobs_.clear();
  }

  bool Next() override {
    blobs_.clear();
    if (next_ >= rows_.size()) return false;
    row_ = rows_[next_++];
    return true;
  }

  bool IsNull(int column) override { return Field(column).is_null(); }
  std::int64_t Int64(int column) override {
    const pqxx::field field = Expect(column, "an integer", {kInt8, kInt4, kInt2});
    return Number<std::int64_t>(field, column, "an integer");
  }
  double Double(int column) override {
    const pqxx::field field = Expect(column, "a double", {kFloat8, kFloat4});
    return Number<double>(field, column, "a double");
  }
  std::string_view Text(int column) override {
    const pqxx::field field = Expect(column, "text", {kText, kVarchar, kChar});
    return {field.c_str(), field.size()};
  }
  std::string_view Blob(int column) override {
    const pqxx::field field = Expect(column, "bytes", {kBytea});
    return blobs_.emplace_back(FromHex({field.c_str(), field.size()}, column));
  }

 private:
  pqxx::field Field(int column) const {
    const auto columns = static_cast<int>(rows_.columns());
    if (column < 0 || column >= columns) {
      ThrowMisuse(statement_, "column " + std::to_string(column) + " was read; there are " +
                                  std::to_string(columns));
    }
    return row_[static_cast<pqxx::row_size_type>(column)];
  }

  pqxx::field Expect(int column, const char* name, std::initializer_list<pqxx::oid> types) const {
    pqxx::field field = Field(column);
    const pqxx::oid type = rows_.column_type(static_cast<pqxx::row_size_type>(column));
    if (field.is_null() || std::find(types.begin(), types.end(), type) == types.end()) {
      ThrowNot(column, name);
    }
    return field;
  }

  [[noreturn]] void ThrowNot(int column, const char* name) const {
    ThrowMisuse(statement_, "column " + std::to_string(column) + " is not " + name);
  }

  template <class T>
  T Number(const pqxx::field& field, int column, const char* name) const {
    T number{};
    const char* const end = field.c_str() + field.size();
    const auto [rest, error] = std::from_chars(field.c_str(), end, number);
    if (error != std::errc() || rest != end) ThrowNot(column, name);
    return number;
  }

  [[nodiscard]] std::string FromHex(std::string_view text, int column) const {
    if (text.substr(0, 2) != "\\x" || text.size() % 2 != 0)
      ThrowNot(column, "bytes in hexadecimal");
    text.remove_prefix(2);
    std::string bytes(text.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::uint8_t byte = 0;
      const char* const begin = text.data() + 2 * i;
      const auto [rest, error] = std::from_chars(begin, begin + 2, byte, 16);
      if (error != std::errc() || rest != begin + 2) ThrowNot(column, "bytes in hexadecimal");
      bytes[i] = static_cast<char>(byte);
    }
    return bytes;
  }

  pqxx::result rows_;
  pqxx::row row_;
  pqxx::result::size_type next_ = 0;
  std::string statement_;
  std::deque<std::string> blobs_;  // Of the current row: what Blob has returned views of.
};

// The parameters as libpq takes them.
class TextParameters {
 public:
  TextParameters(std::string_view statement, Parameters parameters) {
    texts_.reserve(parameters.size());  // Pointers into them are kept.
    for (std::size_t i = 0; i < parameters.size(); ++i) Add(statement, parameters[i]);
  }

  [[nodiscard]] const std::vector<const char*>& pointers() const noexcept { return pointers_; }

 private:
  void Add(std::string_view statement, const Value& value) {
    CheckParameter(statement, value);
    switch (value.type()) {
      case Value::Type::kNull: pointers_.push_back(nullptr); return;
      case Value::Type::kInt64: texts_.push_back(std::to_string(value.int64())); break;
      case Value::Type::kDouble: {
        char buffer[32];
        const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), value.real());
        texts_.emplace_back(std::begin(buffer), error == std::errc() ? end : std::begin(buffer));
        break;
      }
      case Value::Type::kText: texts_.emplace_back(value.bytes()); break;
      case Value::Type::kBlob: texts_.push_back(ToHex(value.bytes())); break;
    }
    pointers_.push_back(texts_.back().c_str());
  }

  static std::string ToHex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "\\x";
    text.reserve(2 + 2 * bytes.size());
    for (const char byte : bytes) {
      text += kDigits[static_cast<unsigned char>(byte) >> 4U];
      text += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
  }

  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

// Keeps the log from being filled by the calls of one outage. Thread-safe.
class Reporter {
 public:
  explicit Reporter(DatabaseReport report) : report_(std::move(report)) {}

  void NoAnswerInTime(std::string_view detail) {
    if (Due(next_no_answer_)) Say("the database has not answered in time", detail);
  }
  void SilentHost(std::string_view detail) {
    if (Due(next_silent_)) Say("a host of the database does not answer; using another one", detail);
  }
  void SchemaIsBeingChanged(std::string_view detail) const {
    Say("another process is changing the schema; waiting for it", detail);
  }

 private:
  bool Due(Clock::time_point& next) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (now < next) return false;
    next = now + kReportEvery;
    return true;
  }

  void Say(std::string_view message, std::string_view detail) const {
    if (report_) report_(message, detail);
  }

  const DatabaseReport report_;
  std::mutex mutex_;
  Clock::time_point next_no_answer_ = Clock::time_point::min();
  Clock::time_point next_silent_ = Clock::time_point::min();
};

struct Prepared {
  std::string text;
  std::string name;
  Outline outline;
};

class PostgresqlConnection final : public Connection {
 public:
  PostgresqlConnection(const PostgresqlAddress& address, const PostgresqlOptions& options,
                       Watchdog& watchdog, Reporter& reporter, Access access,
                       const Context& context)
      : address_(address),
        options_(options),
        watchdog_(watchdog),
        reporter_(reporter),
        opened_for_(access) {
    Connect(context);
    watchdog_.Add(entry_);
  }
  ~PostgresqlConnection() override { watchdog_.Remove(entry_); }

  void Lend(Access access, const Context& context) override {
    access_ = access;
    context_ = &context;
    may_reconnect_ = true;
    watchdog_.Reset(entry_);
    on_cancel_ = context.OnCancel([this] { watchdog_.Stop(entry_); });
  }
  void Release() noexcept override {
    on_cancel_ = CancellationCallback();
    context_ = nullptr;
  }

  void Begin() override { BeginWith("BEGIN"); }

  // With READ COMMITTED, since a transaction with one snapshot would have taken it before it got
  // the lock. Whoever has the lock may need longer than a call waits for others.
  void BeginAlone() override {
    BeginWith("BEGIN ISOLATION LEVEL READ COMMITTED");
    const std::string lock =
        "SELECT pg_advisory_xact_lock(hashtextextended('seam alone in ' || current_schema(), 0)); "
        "SET LOCAL lock_timeout TO DEFAULT; RELEASE alone";
    try {
      const std::string wait = std::string("SET LOCAL lock_timeout = '") + kUsualChange + "'; ";
      Control("SAVEPOINT alone; " + wait + lock, Phase::kStatement);
      return;
    } catch (const SqlError& error) {
      if (error.kind() != ErrorKind::kBusy) throw;
    }
    reporter_.SchemaIsBeingChanged(address_.name());
    Control("ROLLBACK TO alone; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = " +
                std::to_string(StatementTimeout(*context_)) + "; " + lock,
            Phase::kStatement);
  }

  void Commit() override {
    if (link_->transaction() != PQTRANS_INTRANS) {
      throw SqlError(ErrorKind::kMisuse, address_.name() + ": there is no transaction to commit");
    }
    const std::string text = "COMMIT";
    Control(text, Phase::kCommit);
    session_timeout_ = transactions_timeout_;
  }

  void Rollback() noexcept override {
    try {
      const std::string text = "ROLLBACK";
      Control(text, Phase::kRollback);
    } catch (const std::exception&) {
      broken_ = true;
    }
  }
  [[nodiscard]] bool in_transaction() const noexcept override {
    const PGTransactionStatusType status = link_->transaction();
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
  }

  Cursor& Open(std::string_view text, Parameters parameters) override {
    cursor_.Set(RunAgainIfSafe(text, parameters).rows, text);
    return cursor_;
  }
  void Close(Cursor& /*cursor*/) noexcept override { cursor_.Clear(); }

  std::int64_t Execute(std::string_view text, Parameters parameters) override {
    const Done done = RunAgainIfSafe(text, parameters);
    return done.changes ? static_cast<std::int64_t>(done.rows.affected_rows()) : 0;
  }

  void ExecuteScript(std::string_view script) override {
    CheckContext(script);
    if (!in_transaction()) SetTimeout();
    const std::string text(script);
    Control(text, Phase::kStatement);
  }

  [[nodiscard]] bool broken() const noexcept override { return broken_ || !link_->good(); }

 private:
  // What a failure means depends on what was going on.
  enum class Phase : std::uint8_t { kStatement, kCommit, kRollback };

  struct Done {
    pqxx::result rows;
    bool changes;
  };

  void Connect(const Context& context) {
    by_text_.clear();
    statements_.clear();
    PgHandle dialled = Dial(context);
    try {
      link_ = std::make_unique<Link>(std::move(dialled));
    } catch (const pqxx::failure&) {
      throw SqlError(ErrorKind::kUnavailable,
                     "cannot connect to " + address_.name() + ": the server closed the connection");
    }
    // What it cannot keep it would refuse one call at a time.
    if (!link_->utf8()) {
      throw SqlError(ErrorKind::kRefused,
                     "cannot use " + address_.name() +
                         ": the database's encoding is not UTF8; make one with CREATE DATABASE … "
                         "TEMPLATE template0 ENCODING 'UTF8'");
    }
    session_timeout_ = 0;
    broken_ = false;
  }

  PgHandle Dial(const Context& context) const {
    const auto begin = Clock::now();
    try {
      Dialled dialled = address_.Dial(opened_for_, context);
      if (!dialled.silent.empty()) reporter_.SilentHost(address_.name() + ": " + dialled.silent);
      return std::move(dialled.connection);
    } catch (const SqlError& error) {
      if (error.kind() == ErrorKind::kDeadlineExceeded && Clock::now() - begin >= kSilence) {
        reporter_.NoAnswerInTime(error.what());
      }
      throw;
    }
  }

  // On a connection that was found dead, nothing was done. A server that has none left may have one
  // soon.
  bool Reconnect() {
    if (!lost_ || !may_reconnect_) return false;
    may_reconnect_ = false;
    auto until = Clock::now() + options_.pool.max_wait;
    if (context_->deadline()) until = std::min(until, *context_->deadline());
    for (;;) {
      try {
        Connect(*context_);
        return true;
      } catch (const SqlError& error) {
        if (error.kind() != ErrorKind::kBusy || Clock::now() + kNoDialling + kTimeToDial > until) {
          throw;
        }
      }
      Pause(*context_, kNoDialling);
    }
  }

  // The session's time-out is changed in the same message, and only when it does not fit. The
  // change is the transaction's: a rollback takes it back.
  void BeginWith(const std::string& begin) {
    for (;;) {
      const std::int64_t wanted = StatementTimeout(*context_);
      std::string text = begin;
      transactions_timeout_ = session_timeout_;
      if (!Fits(session_timeout_, wanted)) {
        text += "; SET statement_timeout = " + std::to_string(wanted);
        transactions_timeout_ = wanted;
      }
      try {
        Control(text, Phase::kStatement);
        return;
      } catch (const SqlError&) {
        if (!Reconnect()) throw;
      }
    }
  }

  // Whether the server breaks a statement off at the deadline, or within its grace.
  static bool Fits(std::int64_t timeout, std::int64_t wanted) {
    constexpr std::int64_t kLate = kGrace.count() / 2;
    return wanted == 0 ? timeout == 0 : timeout >= wanted && timeout <= wanted + kLate;
  }

  // Without a transaction it is set to a power of two, and only when that has changed, since it
  // costs a message.
  void SetTimeout() {
    const std::int64_t wanted = PowerOfTwoFrom(StatementTimeout(*context_));
    if (wanted == session_timeout_) return;
    const std::string text = "SET statement_timeout = " + std::to_string(wanted);
    Control(text, Phase::kStatement);
    session_timeout_ = wanted;
  }

  Done RunAgainIfSafe(std::string_view text, Parameters parameters) {
    const TextParameters values(text, parameters);
    for (;;) {
      const bool inside = in_transaction();
      try {
        return RunStatement(text, parameters.size(), values, inside);
      } catch (const SqlError&) {
        if (stale_plan_ && !inside) continue;
        if (inside || access_ != Access::kRead || !Reconnect()) throw;
      }
    }
  }

  Done RunStatement(std::string_view text, std::size_t parameters, const TextParameters& values,
                    bool inside) {
    CheckContext(text);
    if (!inside) SetTimeout();
    bool known = false;
    const Prepared& statement = Find(text, known);
    if (parameters != statement.outline.parameters) {
      ThrowMisuse(text, "the statement has " + std::to_string(statement.outline.parameters) +
                            " parameters, " + std::to_string(parameters) + " were given");
    }
    known_statement_ = known;
    try {
      const pqxx::result rows = Call(text, Phase::kStatement, [&] {
        return link_->statements().exec_prepared(
            statement.name, pqxx::prepare::make_dynamic_params(values.pointers()));
      });
      return {rows, statement.outline.changes};
    } catch (const SqlError&) {
      if (stale_plan_) {
        Forget(text);
        stale_plan_ = true;
      }
      throw;
    }
  }

  // The statement from the cache, prepared when it is not there.
  const Prepared& Find(std::string_view text, bool& known) {
    const auto found = by_text_.find(text);
    known = found != by_text_.end();
    known_statement_ = false;
    if (known) {
      statements_.splice(statements_.begin(), statements_, found->second);
      return statements_.front();
    }
    Prepared fresh{std::string(text), "s" + std::to_string(++prepared_), OutlineOf(text)};
    if (statements_.size() >= options_.max_statements) Forget(statements_.back().text);
    link_->prepare(fresh.name, fresh.text);
    try {
      Call(text, Phase::kStatement, [&] { link_->prepare_now(fresh.name); });
    } catch (const SqlError&) {
      if (link_->good()) link_->unprepare(fresh.name);
      throw;
    }
    statements_.push_front(std::move(fresh));
    by_text_.emplace(statements_.front().text, statements_.begin());
    return statements_.front();
  }

  // In a transaction that has failed the server keeps the statement; its name is not used again.
  void Forget(std::string_view text) {
    const auto found = by_text_.find(text);
    const auto place = found->second;
    by_text_.erase(found);
    const Prepared forgotten = std::move(*place);
    statements_.erase(place);
    if (link_->transaction() == PQTRANS_INERROR) return;
    Call(forgotten.text, Phase::kStatement, [&] { link_->unprepare(forgotten.name); });
  }

  void Control(const std::string& text, Phase phase) {
    known_statement_ = false;
    Call(text, phase, [&] { link_->statements().exec(text); });
  }

  // Does something that waits for the server, and makes SqlErrors of what goes wrong.
  template <class Work>
  auto Call(std::string_view statement, Phase phase, Work&& work) -> decltype(work()) {
    lost_ = false;
    stale_plan_ = false;
    auto until = Clock::time_point::max();
    if (phase == Phase::kRollback) {
      until = Clock::now() + kRollbackWait;
    } else if (context_->remaining() < kLongestTimeout) {
      until = *context_->deadline() + kGrace;
    }
    // What a commit has become should be known, rather than be broken off.
    if (!watchdog_.Begin(entry_, link_->socket(), until, phase == Phase::kStatement)) {
      ThrowCancelled(statement);
    }
    struct EndAtEnd {
      ~EndAtEnd() { cut = watchdog.End(entry); }
      Watchdog& watchdog;
      Watchdog::Entry& entry;
      Watchdog::Cut& cut;
    };
    auto cut = Watchdog::Cut::kNo;
    try {
      const EndAtEnd end{watchdog_, entry_, cut};
      return work();
    } catch (const std::bad_alloc&) {
      broken_ = true;
      throw;
    } catch (const std::exception& failure) {
      Throw(failure, statement, phase, cut);
    }
  }

  [[noreturn]] void Throw(const std::exception& failure, std::string_view statement, Phase phase,
                          Watchdog::Cut cut) {
    const std::string state = StateOf(failure);
    // An administrator's end of the connection comes as a message first.
    const bool ended = state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05";
    if (!link_->good() || ended || cut != Watchdog::Cut::kNo) ThrowLost(statement, phase, cut);
    if (state == "57014") ThrowBrokenOff(statement);
    if (opened_for_ == Access::kWrite &&
        (state == "25006" || (state == "0A000" && link_->standby()))) {
      ThrowTakesNoWrites(statement);
    }
    if (state == "25006") {
      ThrowMisuse(statement, "a statement that writes was run inside a read");
    }
    // A change of the schema has made the prepared form of the statement useless.
    if (known_statement_ && phase == Phase::kStatement && (state == "0A000" || state == "26000")) {
      stale_plan_ = true;
      throw SqlError(ErrorKind::kConflict,
                     address_.name() + ": the schema was changed, in: " + Excerpt(statement));
    }
    std::string what = "the server refused it";
    if (MessageHoldsNoValues(state)) what = FirstLine(failure.what());
    throw SqlError(KindOf(state), address_.name() + ": " + what + " (SQLSTATE " +
                                      (state.empty() ? "unknown" : state) +
                                      "), in: " + Excerpt(statement));
  }

  [[noreturn]] void ThrowLost(std::string_view statement, Phase phase, Watchdog::Cut cut) {
    broken_ = true;
    if (cut == Watchdog::Cut::kTimeOver) {
      reporter_.NoAnswerInTime(address_.name() + ": no answer in time, in: " + Excerpt(statement));
    }
    if (phase == Phase::kCommit) {
      throw SqlError(ErrorKind::kOutcomeUnknown,
                     address_.name() +
                         ": the connection was lost while committing; read what is there before "
                         "doing it again");
    }
    if (cut == Watchdog::Cut::kStopped) ThrowCancelled(statement);
    if (cut == Watchdog::Cut::kTimeOver) ThrowDeadline(statement);
    lost_ = true;
    throw SqlError(ErrorKind::kUnavailable,
                   address_.name() + ": the connection was lost, in: " + Excerpt(statement));
  }

  // Another connection may find another server, or the same one after its change.
  [[noreturn]] void ThrowTakesNoWrites(std::string_view statement) {
    broken_ = true;
    address_.ForgetLastHost();
    throw SqlError(ErrorKind::kUnavailable,
                   address_.name() +
                       ": the server takes no writes now (a standby, or read-only), in: " +
                       Excerpt(statement));
  }

  // The server broke the statement off: at our time-out, or at somebody else's wish.
  [[noreturn]] void ThrowBrokenOff(std::string_view statement) {
    if (context_->deadline() && context_->remaining() <= Clock::duration::zero()) {
      ThrowDeadline(statement);
    }
    throw SqlError(ErrorKind::kUnavailable, address_.name() +
                                                ": the server's time-out or an administrator broke "
                                                "the statement off, in: " +
                                                Excerpt(statement));
  }

  void CheckContext(std::string_view statement) const {
    if (context_->remaining() <= Clock::duration::zero()) ThrowDeadline(statement);
    if (context_->cancelled()) ThrowCancelled(statement);
  }

  [[noreturn]] void ThrowDeadline(std::string_view statement) const {
    throw SqlError(ErrorKind::kDeadlineExceeded,
                   address_.name() + ": the call's deadline has passed, in: " + Excerpt(statement));
  }
  [[noreturn]] void ThrowCancelled(std::string_view statement) const {
    throw SqlError(
        ErrorKind::kCancelled,
        address_.name() + ": the caller has cancelled the call, in: " + Excerpt(statement));
  }

  const PostgresqlAddress& address_;
  const PostgresqlOptions& options_;
  Watchdog& watchdog_;
  Reporter& reporter_;
  const Access opened_for_;
  Watchdog::Entry entry_;
  std::unique_ptr<Link> link_;
  Access access_ = Access::kWrite;
  const Context* context_ = nullptr;
  bool broken_ = false;
  bool may_reconnect_ = true;
  std::int64_t session_timeout_ = 0;
  std::int64_t transactions_timeout_ = 0;  // The session's, once this transaction is committed.

  // Of the last Call.
  bool lost_ = false;        // It found the connection dead.
  bool stale_plan_ = false;  // The statement has to be prepared anew.
  bool known_statement_ = false;

  // The most recently used first; the keys view the statements' own texts.
  std::list<Prepared> statements_;
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_text_;
  std::uint64_t prepared_ = 0;

  PostgresqlCursor cursor_;
  CancellationCallback on_cancel_;  // Last, so that it is gone first.
};

class PostgresqlDriver final : public Driver {
 public:
  explicit PostgresqlDriver(const PostgresqlOptions& options)
      : options_(options), address_(options), reporter_(options.report) {}

  std::unique_ptr<Connection> Connect(Access access, const Context& context) override {
    return std::make_unique<PostgresqlConnection>(address_, options_, watchdog_, reporter_, access,
                                                  context);
  }
  [[nodiscard]] const std::string& name() const noexcept override { return address_.name(); }
  [[nodiscard]] Engine engine() const noexcept override { return Engine::kPostgresql; }

 private:
  const PostgresqlOptions options_;
  const PostgresqlAddress address_;
  Watchdog watchdog_;
  Reporter reporter_;
};

void CheckOptions(const PostgresqlOptions& options) {
  const char* wrong = nullptr;
  if (options.max_statements < 1 || options.max_statements > 10'000) {
    wrong = "max_statements must be 1 to 10000";
  } else if (options.pool.readers < 1 || options.pool.readers > 1024) {
    wrong = "pool.readers must be 1 to 1024";
  } else if (options.pool.writers < 1 || options.pool.writers > 1024) {
    wrong = "pool.writers must be 1 to 1024";
  } else if (options.pool.max_wait < milliseconds(0) ||
             options.pool.max_wait > std::chrono::hours(1)) {
    wrong = "pool.max_wait must be 0 to one hour";
  }
  if (wrong != nullptr) {
    throw SqlError(ErrorKind::kMisuse, std::string("PostgreSQL options: ") + wrong);
  }
}

}  // namespace

void CheckPostgresqlAddress(std::string_view address) {
  PostgresqlOptions options;
  options.address = address;
  options.role = "any";
  options.schema = "any";
  static_cast<void>(PostgresqlAddress(options));
}

std::unique_ptr<Database> OpenPostgresql(const PostgresqlOptions& options, const Context& context) {
  CheckOptions(options);
  auto database =
      std::make_unique<Database>(std::make_unique<PostgresqlDriver>(options), options.pool);
  // What is wrong is found now, not by the first call.
  const auto schema = database->Read(context, [](Session& session) {
    return session.QueryOne("SELECT CAST(current_schema() AS TEXT)", {},
                            [](const Row& row) { return !row.IsNull(0); });
  });
  if (!schema.value_or(false)) {
    throw SqlError(ErrorKind::kNotSetUp,
                   database->name() +
                       ": there is no such schema, or the role may not use it; an administrator of "
                       "the database has to make it, and give it to the role");
  }
  return database;
}

}  // namespace seam::sql
