#ifndef SEAM_CORE_TRANSACTION_SCOPE_H_
#define SEAM_CORE_TRANSACTION_SCOPE_H_

#include "seam/core/held.h"

namespace seam {

// Says that this thread has a database transaction open, as long as it lives. A client call that
// the thread makes meanwhile fails in every binding with FAILED_PRECONDITION, reason
// CALL_IN_TRANSACTION, origin kNotDelivered, naming the method and the transaction: what a module
// does in another process cannot be rolled back with the caller's transaction, and so it must not
// look as if it could while both are in one.
//
//   connection.Begin();
//   const seam::TransactionScope scope("cart");
//   …
//
// seam::sql opens one by itself; a database layer of your own does so where it begins a
// transaction. Scopes may lie in one another. For one thread: destroy it on the thread that made
// it. A handler that runs on another thread does not see it.
class TransactionScope {
 public:
  // `name` stands in the error, as a database's name does; it is kept, not copied, and must outlive
  // the scope.
  explicit TransactionScope(const char* name) noexcept
      : held_(internal::Held::Kind::kTransaction, name) {
    held_.Enter();
  }
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;
  ~TransactionScope() { held_.Leave(); }

 private:
  internal::Held held_;
};

}  // namespace seam

#endif  // SEAM_CORE_TRANSACTION_SCOPE_H_
