#ifndef SEAM_EVENTS_NATS_NATS_LINK_INTERNAL_H_
#define SEAM_EVENTS_NATS_NATS_LINK_INTERNAL_H_

#include <nats/nats.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/events/nats/nats_options.h"
#include "seam/observe/log.h"

// What is libnats's own behind the bus `nats`.
namespace seam::events::internal {

// libnats objects are given back by functions of their own.
struct NatsDestroy {
  void operator()(natsConnection* it) const noexcept { natsConnection_Destroy(it); }
  void operator()(natsOptions* it) const noexcept { natsOptions_Destroy(it); }
  void operator()(natsSubscription* it) const noexcept { natsSubscription_Destroy(it); }
  void operator()(natsMsg* it) const noexcept { natsMsg_Destroy(it); }
  void operator()(jsCtx* it) const noexcept { jsCtx_Destroy(it); }
  void operator()(jsStreamInfo* it) const noexcept { jsStreamInfo_Destroy(it); }
  void operator()(jsConsumerInfo* it) const noexcept { jsConsumerInfo_Destroy(it); }
  void operator()(jsMsgMetaData* it) const noexcept { jsMsgMetaData_Destroy(it); }
};
template <class T>
using NatsOwned = std::unique_ptr<T, NatsDestroy>;

// "no server (connection refused)": the status and what this thread's last call has to add.
[[nodiscard]] std::string NatsText(natsStatus status);

// UNAVAILABLE, reason NATS_UNAVAILABLE: not an event's fault.
[[nodiscard]] Failure NatsUnavailable(std::string message);

// The time that is left, in libnats's unit: 1 ms at least, `longest` at most.
[[nodiscard]] std::int64_t NatsWait(const Context& context, std::chrono::milliseconds longest);

// One connection from its beginning to its end; libnats does not connect it again, so that nothing
// waits in its buffers for a server that may not come back. Thread-safe. Must not be destroyed by a
// thread of libnats.
class NatsLink {
 public:
  // Fails with UNAVAILABLE, reason NATS_UNAVAILABLE, or as CheckNatsOptions does.
  [[nodiscard]] static Result<std::shared_ptr<NatsLink>> Connect(const NatsOptions& options);

  [[nodiscard]] natsConnection* connection() const noexcept { return connection_.get(); }
  [[nodiscard]] jsCtx* js() const noexcept { return js_.get(); }

  [[nodiscard]] bool closed() const;
  // Blocks until it is closed, by whichever side.
  void AwaitClosed() const;
  void Close() const;

  // What the server last complained about that belongs to no call, as a subject that may not be
  // used; empty if nothing.
  [[nodiscard]] std::string LastError() const;

  // Whether the stream was checked over this connection.
  [[nodiscard]] bool IsChecked(const std::string& stream) const;
  void SetChecked(const std::string& stream, bool checked);

 private:
  NatsLink() = default;

  NatsOwned<natsConnection> connection_;
  NatsOwned<jsCtx> js_;
  NatsOwned<natsSubscription> end_;  // Nothing comes by it but the connection's end.

  mutable std::mutex mutex_;
  std::set<std::string> checked_;
};

// Connects, and again whenever a connection ends, on a thread of its own. Thread-safe.
class NatsLinks {
 public:
  NatsLinks(NatsOptions options, Log& log);
  NatsLinks(const NatsLinks&) = delete;
  NatsLinks& operator=(const NatsLinks&) = delete;
  ~NatsLinks();

  // The open connection, waited for until the context ends. Fails with why there is none.
  [[nodiscard]] Result<std::shared_ptr<NatsLink>> Await(const Context& context);

  [[nodiscard]] bool connected() const;
  [[nodiscard]] const NatsOptions& options() const noexcept { return options_; }

 private:
  void Work();
  void TellFailure(const Error& error);

  const NatsOptions options_;
  Log& log_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::shared_ptr<NatsLink> link_;
  Error failure_;     // Why there is no link.
  std::string told_;  // What the log has of it.

  std::thread thread_;
};

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_NATS_NATS_LINK_INTERNAL_H_
