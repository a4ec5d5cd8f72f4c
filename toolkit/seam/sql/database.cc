#include "seam/sql/database.h"

#include <algorithm>

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

// A statement that ends the transaction would let those after it run outside.
void Session::CheckStillInTransaction() {
  if (transaction_ && !connection_.in_transaction()) {
    failed_ = true;
    throw SqlError(ErrorKind::kMisuse,
                   "a statement ended the transaction it ran in; take COMMIT and ROLLBACK out");
  }
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
  CheckStillInTransaction();
  return changed;
}

void Session::ExecuteScript(std::string_view script) {
  CheckUsable();
  failed_ = transaction_;
  connection_.ExecuteScript(script);
  failed_ = false;
  CheckStillInTransaction();
}

Database::Database(std::unique_ptr<Driver> driver, const PoolOptions& options)
    : driver_(std::move(driver)),
      options_(options),
      readers_(static_cast<std::size_t>(std::max(0, options.readers))) {}

Database::~Database() = default;

Database::Slot* Database::TakeFree(Access access) {
  Slot* found = nullptr;
  if (access == Access::kWrite || readers_.empty()) {
    if (!writer_.taken) found = &writer_;
  } else {
    // The first ones are used most, so that few connections are opened and their caches are warm.
    const auto free = std::find_if(readers_.begin(), readers_.end(),
                                   [](const Slot& slot) { return !slot.taken; });
    if (free != readers_.end()) found = &*free;
  }
  if (found != nullptr) {
    found->taken = true;
    found->holder = std::this_thread::get_id();
  }
  return found;
}

Database::Slot& Database::Take(const Context& context, Access access) {
  CheckContext(context, name());
  {
    const std::lock_guard lock(mutex_);
    const std::thread::id self = std::this_thread::get_id();
    const auto mine = [self](const Slot& slot) { return slot.taken && slot.holder == self; };
    if (mine(writer_) || std::any_of(readers_.begin(), readers_.end(), mine)) {
      throw SqlError(ErrorKind::kMisuse,
                     name() +
                         ": Read, ReadSnapshot or Write was called from within another; "
                         "use the session at hand");
    }
    if (Slot* slot = TakeFree(access)) return *slot;
  }
  auto& given = access == Access::kWrite || readers_.empty() ? writer_given_ : reader_given_;
  // Declared before the lock: taking the callback back waits for it, and it takes the lock.
  const CancellationCallback wake = context.OnCancel([this, &given] {
    {
      const std::lock_guard lock(mutex_);
    }
    given.notify_all();
  });
  auto until = Context::Clock::now() + options_.max_wait;
  if (context.deadline()) until = std::min(until, *context.deadline());
  Slot* slot = nullptr;
  {
    std::unique_lock lock(mutex_);
    // Taking comes before giving up: a waiter that was notified must not leave a free slot behind.
    given.wait_until(lock, until, [&] {
      slot = TakeFree(access);
      return slot != nullptr || context.cancelled();
    });
  }
  if (slot != nullptr) return *slot;
  CheckContext(context, name());
  throw SqlError(ErrorKind::kBusy, name() + ": every connection was in use for " +
                                       std::to_string(options_.max_wait.count()) +
                                       " ms; try again later");
}

void Database::Give(Slot& slot, Access access) noexcept {
  std::unique_ptr<Connection> broken;
  {
    const std::lock_guard lock(mutex_);
    if (slot.connection != nullptr && slot.connection->broken()) {
      broken = std::move(slot.connection);
    }
    slot.taken = false;
  }
  (access == Access::kWrite || readers_.empty() ? writer_given_ : reader_given_).notify_one();
}

Database::Lease::Lease(Database& database, const Context& context, Access access,
                       Transaction transaction)
    : database_(database),
      context_(context),
      access_(access),
      slot_(database.Take(context, access)),
      session_(Start(transaction), transaction == Transaction::kYes) {}

Connection& Database::Lease::Start(Transaction transaction) {
  try {
    if (slot_.connection == nullptr) slot_.connection = database_.driver_->Connect(context_);
    slot_.connection->Lend(access_, context_);
    if (transaction == Transaction::kYes) {
      slot_.connection->Begin();
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
  if (slot_.connection != nullptr) {
    if (slot_.connection->in_transaction()) slot_.connection->Rollback();
    slot_.connection->Release();
  }
  database_.Give(slot_, access_);
}

Database::Lease::~Lease() { End(); }

}  // namespace seam::sql
