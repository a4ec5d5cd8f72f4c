#include "seam/sql/database.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "seam/core/patience.h"
#include "seam/wire/utf8.h"

namespace seam::sql {
namespace {

void CheckContext(const Context& context, const std::string& database) {
  if (context.remaining() <= Context::Clock::duration::zero()) {
    throw SqlError(ErrorKind::kDeadlineExceeded, database + ": the call's deadline has passed");
  }
  if (context.cancelled()) {
    throw SqlError(ErrorKind::kCancelled, database + ": the caller has cancelled the call");
  }
}

}  // namespace

std::string Excerpt(std::string_view statement) {
  constexpr std::size_t kLongest = 120;
  std::string text(statement.substr(0, kLongest));
  if (statement.size() > kLongest) text += "…";
  return text;
}

void ThrowMisuse(std::string_view statement, const std::string& what) {
  throw SqlError(ErrorKind::kMisuse, what + ", in: " + Excerpt(statement));
}

void CheckParameter(std::string_view statement, const Value& value) {
  if (value.type() == Value::Type::kDouble && std::isnan(value.real())) {
    ThrowMisuse(statement, "a parameter is not a number (NaN)");  // SQLite would store NULL.
  }
  if (value.type() != Value::Type::kText) return;
  const std::string_view text = value.bytes();
  // PostgreSQL has no NUL in text, and SQLite's own functions stop at it.
  if (!text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr) {
    ThrowMisuse(statement, "a text parameter contains NUL");
  }
  if (!wire::IsValidUtf8(text)) ThrowMisuse(statement, "a text parameter is not UTF-8");
}

void Session::CheckUsable() const {
  if (running_) {
    throw SqlError(ErrorKind::kMisuse,
                   "a statement was run while the rows of another were being read; "
                   "collect the rows first");
  }
  if (failed_) {
    throw SqlError(ErrorKind::kMisuse,
                   "a statement of this transaction has failed, so it can only be rolled back; "
                   "let the exception through");
  }
}

// A statement that ends the transaction would let those after it run outside, and one that begins
// a transaction would hide it from the guards of calls.
void Session::CheckTransaction() {
  if (connection_.in_transaction() == transaction_) return;
  failed_ = true;
  if (transaction_) {
    throw SqlError(ErrorKind::kMisuse,
                   "a statement ended the transaction it ran in; take COMMIT and ROLLBACK out");
  }
  throw SqlError(ErrorKind::kMisuse,
                 "a statement began a transaction inside a read; use ReadSnapshot or Write");
}

// In the functions below, failed_ stays set when the connection throws.

Cursor& Session::Open(std::string_view statement, Parameters parameters) {
  CheckUsable();
  failed_ = transaction_;
  Cursor& cursor = connection_.Open(statement, parameters);
  failed_ = false;
  running_ = true;
  return cursor;
}

bool Session::Next(Cursor& cursor) {
  failed_ = transaction_;
  const bool row = cursor.Next();
  failed_ = false;
  if (!row) CheckTransaction();
  return row;
}

void Session::Close(Cursor& cursor) noexcept {
  connection_.Close(cursor);
  running_ = false;
}

std::int64_t Session::Execute(std::string_view statement, Parameters parameters) {
  CheckUsable();
  failed_ = transaction_;
  const std::int64_t changed = connection_.Execute(statement, parameters);
  failed_ = false;
  CheckTransaction();
  return changed;
}

void Session::ExecuteScript(std::string_view script) {
  CheckUsable();
  failed_ = transaction_;
  connection_.ExecuteScript(script);
  failed_ = false;
  CheckTransaction();
}

Database::Database(std::unique_ptr<Driver> driver, const PoolOptions& options)
    : driver_(std::move(driver)),
      options_(options),
      writers_(options.writers),
      readers_(options.readers) {}

Database::~Database() = default;

Database::Repetition::~Repetition() {
  if (!has_turn_) return;
  {
    const std::lock_guard lock(database_.mutex_);
    database_.repeating_ = false;
  }
  database_.turn_given_.notify_one();
}

bool Database::Repetition::Begin() {
  constexpr int kMaxAttempts = 12;
  constexpr int kAttemptsWithoutTurn = 4;
  if (context_.cancelled() || attempts_ == kMaxAttempts || !Pause()) return false;
  if (attempts_ >= kAttemptsWithoutTurn && !has_turn_) has_turn_ = TakeTurn();
  ++attempts_;
  return attempts_ <= kAttemptsWithoutTurn || has_turn_;
}

bool Database::Repetition::TakeTurn() {
  auto until = Context::Clock::now() + database_.options_.max_wait;
  if (context_.deadline()) until = std::min(until, *context_.deadline());
  std::unique_lock lock(database_.mutex_);
  while (database_.repeating_) {
    const auto now = Context::Clock::now();
    if (now >= until || context_.cancelled()) return false;
    // In slices, for the sake of the cancellation.
    constexpr std::chrono::milliseconds kSlice{50};
    database_.turn_given_.wait_until(lock,
                                     std::min<Context::Clock::time_point>(until, now + kSlice));
  }
  database_.repeating_ = true;
  return true;
}

// Those that met must not meet again: each pauses for another time, up to 1 ms at first and up to
// 64 ms later.
bool Database::Repetition::Pause() {
  constexpr int kLongestShift = 6;
  std::uint64_t mixed = 0;
  {
    const std::lock_guard lock(database_.mutex_);
    mixed = ++database_.pauses_;
  }
  mixed ^= static_cast<std::uint64_t>(Context::Clock::now().time_since_epoch().count());
  mixed *= std::uint64_t{0x9e3779b97f4a7c15};
  const std::uint64_t longest = std::uint64_t{1000} << std::min(attempts_ - 1, kLongestShift);
  const std::chrono::microseconds pause(static_cast<std::int64_t>((mixed >> 20U) % longest));
  if (context_.remaining() <= pause) return false;
  seam::Pause(context_, pause);
  return !context_.cancelled();
}

Database::Pool& Database::PoolFor(Access access) noexcept {
  return access == Access::kWrite || readers_.slots.empty() ? writers_ : readers_;
}

Database::Slot* Database::TakeFree(Pool& pool) {
  // The first ones are used most, so that few connections are opened and their caches are warm.
  Slot* connected = nullptr;
  Slot* empty = nullptr;
  for (Slot& slot : pool.slots) {
    if (slot.taken) continue;
    Slot*& first = slot.connection != nullptr ? connected : empty;
    if (first == nullptr) first = &slot;
  }
  if (Context::Clock::now() < pool.dials_again) empty = nullptr;
  Slot* const free = connected != nullptr ? connected : empty;
  if (free == nullptr) return nullptr;
  free->taken = true;
  free->holder = std::this_thread::get_id();
  return free;
}

// Those that are being made count: they can be waited for.
bool Database::HasConnections(const Pool& pool) noexcept {
  return std::any_of(pool.slots.begin(), pool.slots.end(),
                     [](const Slot& slot) { return slot.taken || slot.connection != nullptr; });
}

Database::Slot& Database::Take(const Context& context, Pool& pool, Access access) {
  CheckContext(context, name());
  auto until = Context::Clock::now() + options_.max_wait;
  if (context.deadline()) until = std::min(until, *context.deadline());
  CheckHoldsNone();
  for (;;) {
    Slot& slot = AwaitFree(context, pool, until);
    if (slot.connection != nullptr || Dial(slot, context, pool, access, until)) return slot;
  }
}

void Database::CheckHoldsNone() {
  const std::lock_guard lock(mutex_);
  const auto mine = [self = std::this_thread::get_id()](const Slot& slot) {
    return slot.taken && slot.holder == self;
  };
  for (const Pool* any : {&writers_, &readers_}) {
    if (std::any_of(any->slots.begin(), any->slots.end(), mine)) {
      throw SqlError(ErrorKind::kMisuse,
                     name() +
                         ": Read, ReadSnapshot or Write was called from within another; "
                         "use the session at hand");
    }
  }
}

Database::Slot& Database::AwaitFree(const Context& context, Pool& pool,
                                    Context::Clock::time_point until) {
  {
    const std::lock_guard lock(mutex_);
    if (Slot* slot = TakeFree(pool)) return *slot;
  }
  // Declared before the lock: taking the callback back waits for it, and it takes the lock.
  const CancellationCallback wake = context.OnCancel([this, &pool] {
    {
      const std::lock_guard lock(mutex_);
    }
    pool.given.notify_all();
  });
  Slot* slot = nullptr;
  {
    std::unique_lock lock(mutex_);
    // Taking comes before giving up: a waiter that was notified must not leave a free slot behind.
    while ((slot = TakeFree(pool)) == nullptr && !context.cancelled()) {
      const auto now = Context::Clock::now();
      if (now >= until) break;
      if (!HasConnections(pool) && pool.dials_again + kTimeToDial > until) {
        throw SqlError(*pool.none_left);
      }
      pool.given.wait_until(lock,
                            pool.dials_again > now ? std::min(until, pool.dials_again) : until);
    }
  }
  if (slot != nullptr) return *slot;
  CheckContext(context, name());
  throw SqlError(ErrorKind::kBusy, name() + ": every connection was in use for " +
                                       std::to_string(options_.max_wait.count()) +
                                       " ms; try again later");
}

bool Database::Dial(Slot& slot, const Context& context, Pool& pool, Access access,
                    Context::Clock::time_point until) {
  try {
    std::unique_ptr<Connection> connection = driver_->Connect(access, context);
    const std::lock_guard lock(mutex_);  // Others look whether there is one.
    slot.connection = std::move(connection);
    return true;
  } catch (const SqlError& error) {
    bool may_help = false;
    {
      const std::lock_guard lock(mutex_);
      slot.taken = false;
      const bool others = HasConnections(pool);
      const auto now = Context::Clock::now();
      if (error.kind() == ErrorKind::kBusy) {
        pool.dials_again = now + kNoDialling;
        pool.none_left = error;
        may_help = others ? now < until : pool.dials_again + kTimeToDial <= until;
      }
    }
    pool.given.notify_all();
    if (!may_help) throw;
    return false;
  } catch (...) {
    Give(slot, pool);
    throw;
  }
}

void Database::Give(Slot& slot, Pool& pool) noexcept {
  std::unique_ptr<Connection> broken;
  {
    const std::lock_guard lock(mutex_);
    if (slot.connection != nullptr && slot.connection->broken()) {
      broken = std::move(slot.connection);
    }
    slot.taken = false;
  }
  pool.given.notify_one();
}

Database::Lease::Lease(Database& database, const Context& context, Access access,
                       Transaction transaction)
    : database_(database),
      context_(context),
      pool_(database.PoolFor(access)),
      slot_(database.Take(context, pool_, access)),
      session_(Start(access, transaction), transaction != Transaction::kNo) {}

Connection& Database::Lease::Start(Access access, Transaction transaction) {
  try {
    slot_.connection->Lend(access, context_);
    if (transaction != Transaction::kNo) {
      if (transaction == Transaction::kAlone) {
        slot_.connection->BeginAlone();
      } else {
        slot_.connection->Begin();
      }
      scope_.emplace(database_.name().c_str());
    }
    return *slot_.connection;
  } catch (...) {
    End();
    throw;
  }
}

void Database::Lease::Commit() {
  session_.CheckUsable();
  CheckContext(context_, database_.name());
  slot_.connection->Commit();
}

void Database::Lease::End() noexcept {
  if (slot_.connection->in_transaction()) slot_.connection->Rollback();
  slot_.connection->Release();
  database_.Give(slot_, pool_);
}

Database::Lease::~Lease() { End(); }

}  // namespace seam::sql
