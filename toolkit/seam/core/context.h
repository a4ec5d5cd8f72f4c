#ifndef SEAM_CORE_CONTEXT_H_
#define SEAM_CORE_CONTEXT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seam/core/call_chain.h"
#include "seam/core/error.h"
#include "seam/core/trace.h"

namespace seam {

namespace internal {
class CancellationState;
}  // namespace internal

// Cancels the calls that were given a Context made from it. Thread-safe; copies share one state.
class CancellationSource {
 public:
  CancellationSource();

  // Tells every context made from this source, and runs their OnCancel callbacks on this thread.
  // The second and later calls do nothing.
  void Cancel() const;

  [[nodiscard]] bool cancelled() const noexcept;

 private:
  friend class Context;
  std::shared_ptr<internal::CancellationState> state_;
};

// Keeps a callback registered with Context::OnCancel. Destroying it takes the callback back, and
// waits for it when it is running on another thread. Movable.
class CancellationCallback {
 public:
  CancellationCallback() = default;
  CancellationCallback(CancellationCallback&& other) noexcept;
  CancellationCallback& operator=(CancellationCallback&& other) noexcept;
  ~CancellationCallback();

 private:
  friend class Context;
  CancellationCallback(std::shared_ptr<internal::CancellationState> state, std::uint64_t id);
  void Reset() noexcept;

  std::shared_ptr<internal::CancellationState> state_;
  std::uint64_t id_ = 0;
};

// Text that travels with a call, by key. Ordered, so that both sides see the same order.
using Metadata = std::map<std::string, std::string, std::less<>>;

// What a call carries besides its request: until when the answer is wanted, whether it still is,
// where it belongs in a trace, which services it has come through, who makes it, and metadata.
// Passed first, by const reference, as Go passes its context. An immutable value: a With… function
// returns a new Context and leaves this one alone; copying shares what is heavy. Thread-safe.
//
// A handler passes the Context that it was given to the calls it makes, so that what is left of the
// caller's time, the caller's cancellation, trace and metadata travel on. Who makes the call does
// not: the next one is made by the handler's own service.
class Context {
 public:
  using Clock = std::chrono::steady_clock;

  // The metadata of one call, keys and values together, may not be larger than this: HTTP/2 peers
  // refuse more than 8 KiB of headers, and ours are not the only ones.
  static constexpr std::size_t kMaxMetadataBytes = 4096;

  // Nor may it have more entries than this, since HTTP/2 counts 32 bytes more for each.
  static constexpr std::size_t kMaxMetadataEntries = 64;

  // No deadline, not cancellable, no metadata, no trace: where a chain of calls begins.
  Context() = default;

  // The earlier of this context's deadline and the given one applies.
  [[nodiscard]] Context WithDeadline(Clock::time_point deadline) const;
  // A time-out that the clock cannot count is none.
  [[nodiscard]] Context WithTimeout(Clock::duration timeout) const;
  template <class Rep, class Period>
  [[nodiscard]] Context WithTimeout(std::chrono::duration<Rep, Period> timeout) const {
    // Compared before it is converted, since it may be too long for the clock's unit.
    constexpr std::chrono::duration<double, Clock::period> kLongest = Clock::duration::max();
    if (timeout >= kLongest) return *this;
    if (timeout <= -kLongest) return WithTimeout(Clock::duration::min());
    return WithTimeout(std::chrono::duration_cast<Clock::duration>(timeout));
  }

  // Cancelled when `source` is, or when this context is; neither cancels the other.
  [[nodiscard]] Context WithCancellation(const CancellationSource& source) const;

  // Replaces the value of `key`. A key has 1 or more of [0-9a-z_.-], does not begin with "grpc-"
  // and does not end in "-bin"; a value is printable ASCII that neither begins nor ends with a
  // space. The transport's own names (such as "user-agent" and "traceparent") are refused as well.
  // An entry that breaks these rules makes every call with the context fail with INVALID_ARGUMENT,
  // reason INVALID_METADATA, in every binding, before it leaves the caller.
  [[nodiscard]] Context WithMetadata(std::string key, std::string value) const;
  // All of them, as if one after the other.
  [[nodiscard]] Context WithMetadata(Metadata entries) const;

  // Replaces the place in a trace.
  [[nodiscard]] Context WithTrace(const TraceContext& trace) const;

  // For the bindings: replaces the services that the call has come through.
  [[nodiscard]] Context WithCallChain(CallChain chain) const;
  // For the bindings: what the handler of `service` gets, whose text must live as long as the
  // program. Changes a context that is about to go away, as a copy more would cost what all other
  // guards of a call do.
  // `caller` is who calls it; null when nobody knows.
  [[nodiscard]] Context Entering(std::string_view service,
                                 const std::shared_ptr<const std::string>& caller = nullptr) && {
    chain_.Enter(service);
    if (caller_ != caller) caller_ = caller;
    return std::move(*this);
  }

  [[nodiscard]] std::optional<Clock::time_point> deadline() const noexcept;

  // What is left until the deadline; negative when it has passed, Clock::duration::max() when there
  // is none.
  [[nodiscard]] Clock::duration remaining() const noexcept;

  // Whether the answer is still wanted: a flag, cheap to look at. A deadline that passes does not
  // raise it in this process. Over a network it may, since a caller that gives up breaks the call
  // off. So work that must stop in time looks at remaining() as well, or waits until deadline().
  [[nodiscard]] bool cancelled() const noexcept;

  // All entries, those that were refused left out. Valid as long as any copy of this context.
  [[nodiscard]] const Metadata& metadata() const noexcept;

  // The value of `key`; null when there is none. Valid as long as any copy of this context.
  [[nodiscard]] const std::string* FindMetadata(std::string_view key) const noexcept;

  // !valid() when the call belongs to no trace.
  [[nodiscard]] const TraceContext& trace() const noexcept;

  // The services that the call has come through, a handler's own being the last; empty where a
  // chain of calls begins.
  [[nodiscard]] const CallChain& call_chain() const noexcept { return chain_; }

  // Which service makes the call, for its handler: the identity in the certificate of the other
  // side, such as "spiffe://shop.example/orders", or that of this process when the caller is in it.
  // Null when it is not known, as over a connection without TLS. It is the binding's word and never
  // the caller's: no metadata can set it. Valid as long as any copy of this context.
  [[nodiscard]] const std::string* caller() const noexcept { return caller_.get(); }

  // Why no call can be made with this context (any more), if so: metadata that was refused
  // (INVALID_ARGUMENT), a deadline that has passed (DEADLINE_EXCEEDED), or cancellation
  // (CANCELLED); in this order, so that a caller that gave up at its deadline is told of that. The
  // error's origin is kNotDelivered. Reads the clock only when there is a deadline.
  [[nodiscard]] std::optional<Error> Check() const;

  // Runs `callback` once when cancelled() becomes true, so not by itself at the deadline: on the
  // cancelling thread, or at once on this one when it already is. Keep what it returns for as long
  // as the callback is wanted.
  // `callback` must not block and must not throw.
  [[nodiscard]] CancellationCallback OnCancel(std::function<void()> callback) const;

 private:
  struct Values {
    Metadata metadata;
    std::size_t metadata_bytes = 0;
    std::optional<Error> refused;  // The first entry that WithMetadata refused.
    TraceContext trace;

    void Add(std::string key, std::string value);
  };
  [[nodiscard]] std::shared_ptr<Values> CopyValues() const;

  Clock::time_point deadline_ = Clock::time_point::max();
  std::shared_ptr<const Values> values_;
  std::shared_ptr<internal::CancellationState> cancellation_;
  CallChain chain_;
  std::shared_ptr<const std::string> caller_;
};

// Whether `key` may be a metadata key, and `value` its value; see Context::WithMetadata. What a
// transport receives from a foreign peer is kept only when it passes.
[[nodiscard]] bool IsMetadataKey(std::string_view key) noexcept;
[[nodiscard]] bool IsMetadataValue(std::string_view value) noexcept;

}  // namespace seam

#endif  // SEAM_CORE_CONTEXT_H_
