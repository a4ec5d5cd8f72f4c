#ifndef SEAM_CORE_CONTEXT_SCOPE_H_
#define SEAM_CORE_CONTEXT_SCOPE_H_

#include <utility>

#include "seam/core/context.h"

namespace seam {

namespace internal {

// The Context in force on a thread, borrowed: an entry in a list that each thread has of its own,
// so that setting one costs two writes. The bindings make one around each handler, in every
// binding, since a handler in this process would otherwise see the scope of its caller, and one in
// another process none.
class ContextInForce {
 public:
  // `context` must outlive this object.
  explicit ContextInForce(const Context& context) noexcept : context_(context), before_(latest_) {
    latest_ = this;
  }
  ContextInForce(const ContextInForce&) = delete;
  ContextInForce& operator=(const ContextInForce&) = delete;
  ~ContextInForce() {
    if (latest_ != this) AbortOnWrongOrder();
    latest_ = before_;
  }

  // Null when there is none on this thread.
  [[nodiscard]] static const Context* Latest() noexcept {
    return latest_ == nullptr ? nullptr : &latest_->context_;
  }

 private:
  [[noreturn]] static void AbortOnWrongOrder() noexcept;

  inline static thread_local const ContextInForce* latest_ = nullptr;

  const Context& context_;
  const ContextInForce* const before_;
};

}  // namespace internal

// The Context that throwing adapters use on this thread for calls that name none, as long as the
// scope lives. For code that was written before there was a Context to pass: one line where a
// request enters the program, and all that is called from there keeps the request's deadline,
// cancellation, trace and metadata.
//
//   void Server::OnRequest(const Request& request) {
//     const seam::ContextScope scope(seam::Context().WithTimeout(std::chrono::seconds(2)));
//     legacy_.Handle(request);
//   }
//
// A handler needs no such line: around it each binding has put the Context that it was given into
// force, so that the calls of what it is made of belong to the call that it serves.
//
// Scopes may lie in one another; the innermost one counts, alone. A scope belongs to the thread
// that made it and is destroyed there, the last one first: anything else aborts the program with a
// message, so it is a local variable and neither a member nor on the heap. A coroutine that is
// suspended while it has one breaks this rule; pass it a Context. Generated clients do not look at
// scopes: they use the Context that they are given.
class ContextScope {
 public:
  explicit ContextScope(Context context) noexcept : context_(std::move(context)) {}
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

  // The Context in force on this thread; an empty one when there is none. Another thread inherits
  // nothing, so what it is to have has to be handed over:
  //
  //   pool.Run([context = seam::ContextScope::Current()] {
  //     const seam::ContextScope scope(context);
  //     …
  //   });
  [[nodiscard]] static Context Current() {
    const Context* const current = internal::ContextInForce::Latest();
    return current == nullptr ? Context() : *current;
  }

 private:
  const Context context_;
  const internal::ContextInForce in_force_{context_};
};

}  // namespace seam

#endif  // SEAM_CORE_CONTEXT_SCOPE_H_
