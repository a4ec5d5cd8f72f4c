#include "seam/sql/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <limits>
#include <list>
#include <system_error>
#include <thread>
#include <unordered_map>

namespace seam::sql {
namespace {

// How many of SQLite's virtual machine instructions run between two looks at the deadline: about a
// tenth of a millisecond.
constexpr int kInstructionsBetweenChecks = 5000;

constexpr std::chrono::milliseconds kLongestNap{10};

ErrorKind KindOf(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return ErrorKind::kUniqueViolation;
    case SQLITE_CONSTRAINT_FOREIGNKEY: return ErrorKind::kForeignKeyViolation;
    case SQLITE_CONSTRAINT_NOTNULL: return ErrorKind::kNotNullViolation;
    case SQLITE_CONSTRAINT_DATATYPE: return ErrorKind::kMisuse;
    default: break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorKind::kBusy;
    case SQLITE_CONSTRAINT: return ErrorKind::kCheckViolation;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::kCorrupt;
    case SQLITE_ERROR: return ErrorKind::kSyntax;
    case SQLITE_MISUSE:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG: return ErrorKind::kMisuse;
    default: return ErrorKind::kUnavailable;
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

class SqliteConnection;

// A prepared statement, and the cursor over its rows.
class Statement final : public Cursor {
 public:
  Statement(SqliteConnection& connection, StatementHandle handle, std::string_view text)
      : connection_(connection),
        handle_(std::move(handle)),
        statement_(handle_.get()),
        text_(text),
        read_only_(sqlite3_stmt_readonly(statement_) != 0) {
    const int count = sqlite3_bind_parameter_count(statement_);
    for (int i = 1; i <= count; ++i) numbers_.push_back(NumberOf(i));
    for (const std::size_t number : numbers_) highest_ = std::max(highest_, number + 1);
  }

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool read_only() const noexcept { return read_only_; }

  // All of them every time, so that none is left over from the run before. SQLite only looks at
  // text and bytes, which the caller keeps until the statement has ended.
  void Bind(Parameters parameters) {
    if (parameters.size() != highest_) {
      ThrowMisuse(text_, "the statement has " + std::to_string(highest_) + " parameters, " +
                             std::to_string(parameters.size()) + " were given");
    }
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      BindOne(static_cast<int>(i) + 1, parameters[numbers_[i]]);
    }
  }

  bool Next() override;
  void Reset() noexcept { sqlite3_reset(statement_); }

  bool IsNull(int column) override { return TypeOf(column) == SQLITE_NULL; }
  std::int64_t Int64(int column) override {
    Expect(column, SQLITE_INTEGER, "an integer");
    return sqlite3_column_int64(statement_, column);
  }
  double Double(int column) override {
    Expect(column, SQLITE_FLOAT, "a double");
    return sqlite3_column_double(statement_, column);
  }
  std::string_view Text(int column) override {
    Expect(column, SQLITE_TEXT, "text");
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {data, Size(column)};
  }
  std::string_view Blob(int column) override {
    Expect(column, SQLITE_BLOB, "bytes");
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, Size(column)};
  }

 private:
  // Parameters are found by name, because SQLite numbers them in the order of their appearance.
  std::size_t NumberOf(int index) const {
    const char* name = sqlite3_bind_parameter_name(statement_, index);
    std::size_t number = 0;
    if (name != nullptr && name[0] == '$') {
      for (const char* digit = name + 1; *digit != '\0'; ++digit) {
        if (*digit < '0' || *digit > '9' || number > 99'999) {
          number = 0;
          break;
        }
        number = number * 10 + static_cast<std::size_t>(*digit - '0');
      }
    }
    if (number == 0) {
      ThrowMisuse(text_, std::string("parameters are named $1, $2, …, not ") +
                             (name == nullptr ? "?" : name));
    }
    return number - 1;
  }

  void BindOne(int index, const Value& value) {
    CheckParameter(text_, value);
    int code = SQLITE_OK;
    switch (value.type()) {
      case Value::Type::kNull: code = sqlite3_bind_null(statement_, index); break;
      case Value::Type::kInt64: code = sqlite3_bind_int64(statement_, index, value.int64()); break;
      case Value::Type::kDouble: code = sqlite3_bind_double(statement_, index, value.real()); break;
      case Value::Type::kText: {
        const std::string_view text = value.bytes();
        code = sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(),
                                   SQLITE_STATIC, SQLITE_UTF8);
        break;
      }
      case Value::Type::kBlob: {
        const std::string_view bytes = value.bytes();
        code = bytes.empty() ? sqlite3_bind_zeroblob(statement_, index, 0)
                             : sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(),
                                                   SQLITE_STATIC);
        break;
      }
    }
    if (code != SQLITE_OK) {
      ThrowMisuse(text_, std::string("a parameter was refused: ") + sqlite3_errstr(code));
    }
  }

  int TypeOf(int column) const {
    if (column < 0 || column >= columns_) {
      ThrowMisuse(text_, "column " + std::to_string(column) + " was read; there are " +
                             std::to_string(columns_));
    }
    return sqlite3_column_type(statement_, column);
  }

  void Expect(int column, int type, const char* name) const {
    if (TypeOf(column) != type) {
      ThrowMisuse(text_, "column " + std::to_string(column) + " is not " + name);
    }
  }

  // After sqlite3_column_text or _blob, as SQLite asks.
  [[nodiscard]] std::size_t Size(int column) const noexcept {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  }

  SqliteConnection& connection_;
  const StatementHandle handle_;
  sqlite3_stmt* const statement_;
  const std::string text_;
  std::vector<std::size_t> numbers_;  // By SQLite's index less 1: the n of "$n", less 1.
  std::size_t highest_ = 0;
  int columns_ = 0;  // Of the current row: a change of the schema may change it.
  const bool read_only_;
};

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const SqliteOptions& options, const Context& context) : options_(options) {
    context_ = &context;
    OpenFile();
    Configure();
    context_ = nullptr;
  }

  void Lend(Access access, const Context& context) override {
    access_ = access;
    context_ = &context;
  }
  void Release() noexcept override { context_ = nullptr; }

  void Begin() override { Control(access_ == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"); }
  // A writer is alone by itself.
  void BeginAlone() override { Begin(); }
  void Commit() override { Control("COMMIT"); }
  void Rollback() noexcept override {
    context_ = nullptr;
    try {
      Control("ROLLBACK");
    } catch (const std::exception&) {
      broken_ = in_transaction();
    }
  }
  [[nodiscard]] bool in_transaction() const noexcept override {
    return sqlite3_get_autocommit(database_.get()) == 0;
  }

  Cursor& Open(std::string_view text, Parameters parameters) override {
    return Start(text, parameters);
  }
  void Close(Cursor& cursor) noexcept override { static_cast<Statement&>(cursor).Reset(); }

  std::int64_t Execute(std::string_view text, Parameters parameters) override {
    Statement& statement = Start(text, parameters);
    Finish(statement);
    return statement.read_only() ? 0 : sqlite3_changes64(database_.get());
  }

  void ExecuteScript(std::string_view script) override {
    while (!script.empty()) {
      const char* rest = nullptr;
      StatementHandle handle = Prepare(script, 0, &rest);
      const std::string_view text =
          script.substr(0, static_cast<std::size_t>(rest - script.data()));
      script.remove_prefix(text.size());
      if (handle == nullptr) continue;  // A comment, or nothing.
      Statement statement(*this, std::move(handle), text);
      CheckMayRun(statement);
      statement.Bind({});
      while (statement.Next()) {
      }
    }
  }

  [[nodiscard]] bool broken() const noexcept override { return broken_; }

  // For a failure of SQLite in `statement`.
  [[noreturn]] void Throw(int code, std::string_view statement) const {
    const std::string message = options_.path + ": " + sqlite3_errmsg(database_.get()) +
                                " (SQLite code " + std::to_string(code) +
                                "), in: " + Excerpt(statement);
    ErrorKind kind = KindOf(code);
    if (kind == ErrorKind::kBusy || code == SQLITE_INTERRUPT) {
      if (context_ != nullptr && context_->cancelled()) {
        kind = ErrorKind::kCancelled;
      } else if (context_ != nullptr && DeadlinePassed()) {
        kind = ErrorKind::kDeadlineExceeded;
      }
    }
    throw SqlError(kind, message);
  }

 private:
  void OpenFile() {
    sqlite3* database = nullptr;
    // Each connection is used by one thread at a time, so SQLite need not lock it.
    const int code = sqlite3_open_v2(options_.path.c_str(), &database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) {
      throw SqlError(ErrorKind::kUnavailable,
                     "cannot open database " + options_.path + ": " +
                         (database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database)));
    }
    sqlite3_extended_result_codes(database, 1);
    sqlite3_progress_handler(database, kInstructionsBetweenChecks, &SqliteConnection::OnProgress,
                             this);
    // Text in double quotes would silently become a string; nothing else of these is ever wanted.
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  }

  void Configure() {
    SwitchToWriteAheadLog();
    sqlite3_busy_handler(database_.get(), &SqliteConnection::OnBusy, this);
    ExecuteScript("PRAGMA foreign_keys = ON");
    ExecuteScript(options_.durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (options_.overwrite_deleted) ExecuteScript("PRAGMA secure_delete = ON");
  }

  // Several that open a new file at once each hold a lock that the others want: SQLite's own busy
  // handler would have all of them wait in vain, so here each gives its lock up and tries again.
  void SwitchToWriteAheadLog() {
    for (int attempt = 0;; ++attempt) {
      try {
        SetJournalMode();
        return;
      } catch (const SqlError& error) {
        if (error.kind() != ErrorKind::kBusy || !WaitForLock(attempt)) throw;
      }
    }
  }

  void SetJournalMode() {
    constexpr std::string_view kText = "PRAGMA journal_mode = WAL";
    Statement statement(*this, Prepare(kText, 0, nullptr), kText);
    const std::string_view mode = statement.Next() ? statement.Text(0) : std::string_view();
    if (mode != "wal" && mode != "memory") {
      throw SqlError(ErrorKind::kUnavailable,
                     options_.path + ": the file system does not allow write-ahead logging; " +
                         "put the database on a local one");
    }
  }

  void Control(std::string_view text) {
    Statement& statement = Find(text);
    statement.Bind({});
    Finish(statement);
  }

  // Runs a bound statement to its end and resets it, whatever happens.
  static void Finish(Statement& statement) {
    struct ResetAtEnd {
      ~ResetAtEnd() { statement.Reset(); }
      Statement& statement;
    } const reset_at_end{statement};
    while (statement.Next()) {
    }
  }

  Statement& Start(std::string_view text, Parameters parameters) {
    Statement& statement = Find(text);
    CheckMayRun(statement);
    statement.Bind(parameters);
    return statement;
  }

  void CheckMayRun(const Statement& statement) const {
    if (access_ == Access::kRead && !statement.read_only()) {
      ThrowMisuse(statement.text(), "a statement that writes was run inside a read");
    }
  }

  // The statement from the cache, prepared when it is not there.
  Statement& Find(std::string_view text) {
    const auto known = by_text_.find(text);
    if (known != by_text_.end()) {
      statements_.splice(statements_.begin(), statements_, known->second);
      return statements_.front();
    }
    const char* rest = nullptr;
    StatementHandle handle = Prepare(text, SQLITE_PREPARE_PERSISTENT, &rest);
    const std::string_view tail(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    if (handle == nullptr || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
      ThrowMisuse(text, "exactly one statement is expected");
    }
    if (statements_.size() >= options_.max_statements) {
      by_text_.erase(statements_.back().text());
      statements_.pop_back();
    }
    statements_.emplace_front(*this, std::move(handle), text);
    by_text_.emplace(statements_.front().text(), statements_.begin());
    return statements_.front();
  }

  // Null when there is nothing but white space and comments before `*rest`.
  StatementHandle Prepare(std::string_view text, unsigned int flags, const char** rest) const {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      ThrowMisuse(text, "the statement is too long");
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                        flags, &statement, rest);
    if (code != SQLITE_OK) Throw(code, text);
    return StatementHandle(statement);
  }

  [[nodiscard]] bool DeadlinePassed() const noexcept {
    return context_->remaining() <= Context::Clock::duration::zero();
  }

  // SQLite asks whether to try for a lock once more, the first time with attempt 0.
  static int OnBusy(void* self, int attempt) noexcept {
    return static_cast<SqliteConnection*>(self)->WaitForLock(attempt) ? 1 : 0;
  }
  bool WaitForLock(int attempt) noexcept {
    using std::chrono::milliseconds;
    const auto now = Context::Clock::now();
    if (attempt == 0) busy_since_ = now;
    auto until = busy_since_ + options_.pool.max_wait;
    if (context_ != nullptr) {
      if (context_->cancelled()) return false;
      until = std::min(until, context_->deadline().value_or(until));
    }
    if (now >= until) return false;
    const auto nap = std::min(milliseconds(1 + attempt), kLongestNap);
    std::this_thread::sleep_for(std::min<Context::Clock::duration>(nap, until - now));
    return true;
  }

  // SQLite asks whether to break the running statement off.
  static int OnProgress(void* self) noexcept {
    const auto& connection = *static_cast<SqliteConnection*>(self);
    if (connection.context_ == nullptr) return 0;
    return connection.context_->cancelled() || connection.DeadlinePassed() ? 1 : 0;
  }

  const SqliteOptions options_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  const Context* context_ = nullptr;
  Access access_ = Access::kWrite;
  bool broken_ = false;
  Context::Clock::time_point busy_since_;

  // The most recently used first; the keys view the statements' own texts.
  std::list<Statement> statements_;
  std::unordered_map<std::string_view, std::list<Statement>::iterator> by_text_;
};

bool Statement::Next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    columns_ = sqlite3_data_count(statement_);
    return true;
  }
  if (code != SQLITE_DONE) connection_.Throw(code, text_);
  return false;
}

class SqliteDriver final : public Driver {
 public:
  explicit SqliteDriver(const SqliteOptions& options) : options_(options) {}

  std::unique_ptr<Connection> Connect(Access /*access*/, const Context& context) override {
    return std::make_unique<SqliteConnection>(options_, context);
  }
  [[nodiscard]] const std::string& name() const noexcept override { return options_.path; }
  [[nodiscard]] Engine engine() const noexcept override { return Engine::kSqlite; }

 private:
  const SqliteOptions options_;
};

void CheckOptions(const SqliteOptions& options) {
  const char* wrong = nullptr;
  if (options.path.empty() || options.path.find('\0') != std::string::npos) {
    wrong = "path must name a file";
  } else if (options.path.compare(0, 5, "file:") == 0) {
    wrong = "path must be a plain name; SQLite would take one that begins with file: for a URI";
  } else if (options.max_statements < 1 || options.max_statements > 10'000) {
    wrong = "max_statements must be 1 to 10000";
  } else if (options.pool.readers < 0 || options.pool.readers > 64) {
    wrong = "pool.readers must be 0 to 64";
  } else if (options.pool.max_wait < std::chrono::milliseconds(0) ||
             options.pool.max_wait > std::chrono::hours(1)) {
    wrong = "pool.max_wait must be 0 to one hour";
  }
  if (wrong != nullptr) {
    throw SqlError(ErrorKind::kMisuse, "SQLite options of '" + options.path + "': " + wrong);
  }
}

// Makes the file, unless it is there, without opening it: closing a file that SQLite has open
// elsewhere in this process would drop SQLite's locks (https://www.sqlite.org/howtocorrupt.html).
void MakeFile(const std::string& path) {
  if (mknod(path.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST) return;
  throw SqlError(ErrorKind::kUnavailable,
                 "cannot make database " + path + ": " + std::generic_category().message(errno) +
                     "; check that its folder exists and can be written to");
}

}  // namespace

std::unique_ptr<Database> OpenSqlite(const SqliteOptions& options) {
  CheckOptions(options);
  PoolOptions pool = options.pool;
  pool.writers = 1;
  if (options.path == kInMemory) {
    pool.readers = 0;
  } else {
    MakeFile(options.path);
  }
  auto database = std::make_unique<Database>(std::make_unique<SqliteDriver>(options), pool);
  // What is wrong with the file is found now, not by the first call.
  database->Read(Context(), [](Session& session) {
    session.Execute("SELECT count(*) FROM sqlite_schema", {});
  });
  return database;
}

}  // namespace seam::sql
