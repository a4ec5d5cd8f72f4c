#ifndef SEAM_CORE_CHANNEL_H_
#define SEAM_CORE_CHANNEL_H_

#include "seam/core/buffer.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"

namespace seam {

// Told once how a call ended.
class Completion {
 public:
  // Called exactly once for each Channel::Start, on any thread, possibly before Start returns. Must
  // not block: it may run on the thread that polls the transport.
  virtual void Complete(Result<Buffer> reply) noexcept = 0;

 protected:
  ~Completion() = default;
};

// Carries the bytes of calls to a service and of answers back; gRPC is one. Generated clients hold
// a Channel and know no carrier. Thread-safe.
//
// A failed reply's Error tells by its origin whether the handler refused, was never run, or may
// have run. A channel never retries what the handler refused, and retries a call that may have run
// only when the method's idempotency allows it.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  // Starts a unary call. `request` is the encoded message; `method` and `completion` must live
  // until Complete was called, `context` only until Start returns. A context that fails
  // Context::Check, and a request over the channel's size limit (RESOURCE_EXHAUSTED), complete
  // without being sent.
  virtual void Start(const MethodContract& method, const Context& context, Buffer request,
                     Completion& completion) = 0;

  // Start, and wait for the answer on this thread. A carrier overrides it when it can let the
  // waiting thread do the polling, which saves a hand-over between threads.
  [[nodiscard]] virtual Result<Buffer> Call(const MethodContract& method, const Context& context,
                                            Buffer request);
};

}  // namespace seam

#endif  // SEAM_CORE_CHANNEL_H_
