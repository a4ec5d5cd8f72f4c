#include <algorithm>
#include <utility>
#include <vector>

#include "seam/events/nats/nats_link_internal.h"

namespace seam::events::internal {
namespace {

using std::chrono::milliseconds;

// A server that does not answer any more without closing the connection, as when its machine is
// gone, is given up after two of them.
constexpr std::int64_t kPingMilliseconds = 10'000;
constexpr int kPings = 2;

constexpr milliseconds kFirstPause{50};

// As long as an end can be waited for at once.
constexpr std::int64_t kLongMilliseconds = 3'600'000;

// libnats would write to stderr. Whoever is concerned by such an error hears of it: a subscription
// that is too slow misses messages, a publication that is forbidden gets no answer.
void IgnoreAsyncError(natsConnection*, natsSubscription*, natsStatus, void*) {}

std::string ServerUrl(const NatsAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return "nats://" + (v6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

// Calls one after the other until one fails.
class Steps {
 public:
  template <class Step>
  Steps& Then(bool wanted, const char* what, Step&& step) {
    if (status_ != NATS_OK || !wanted) return *this;
    status_ = step();
    if (status_ != NATS_OK) failed_ = what;
    return *this;
  }
  [[nodiscard]] Result<void> End() const {
    if (status_ == NATS_OK) return {};
    return NatsUnavailable(failed_ + ": " + NatsText(status_));
  }

 private:
  natsStatus status_ = NATS_OK;
  std::string failed_;
};

Result<NatsOwned<natsOptions>> LibraryOptions(const NatsOptions& options,
                                              const NatsAddress& address) {
  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK) return NatsUnavailable("no memory is left");
  NatsOwned<natsOptions> owned(made);
  const std::string& host = options.server_name.empty() ? address.host : options.server_name;
  Steps steps;
  steps
      .Then(true, "the address",
            [&] { return natsOptions_SetURL(made, ServerUrl(address).c_str()); })
      .Then(!options.name.empty(), "the name",
            [&] { return natsOptions_SetName(made, options.name.c_str()); })
      .Then(true, "the options",
            [&] { return natsOptions_SetTimeout(made, options.connect_timeout.count()); })
      .Then(true, "the options", [&] { return natsOptions_SetAllowReconnect(made, false); })
      .Then(true, "the options",
            [&] { return natsOptions_SetPingInterval(made, kPingMilliseconds); })
      .Then(true, "the options", [&] { return natsOptions_SetMaxPingsOut(made, kPings); })
      // Otherwise messages are held back for a millisecond, for the case that more follow.
      .Then(true, "the options", [&] { return natsOptions_SetSendAsap(made, true); })
      .Then(true, "the options",
            [&] { return natsOptions_SetErrorHandler(made, IgnoreAsyncError, nullptr); })
      .Then(!options.user.empty(), "the user",
            [&] {
              return natsOptions_SetUserInfo(made, options.user.c_str(), options.password.c_str());
            })
      .Then(!options.credentials_file.empty(), "the credentials file",
            [&] {
              return natsOptions_SetUserCredentialsFromFiles(made, options.credentials_file.c_str(),
                                                             nullptr);
            })
      .Then(address.tls, "TLS", [&] { return natsOptions_SetSecure(made, true); })
      // A server may ask for TLS by itself.
      .Then(true, "the server's name",
            [&] { return natsOptions_SetExpectedHostname(made, host.c_str()); })
      .Then(address.tls && !options.ca_file.empty(), "the file of the CAs",
            [&] { return natsOptions_LoadCATrustedCertificates(made, options.ca_file.c_str()); })
      .Then(address.tls && !options.certificate_file.empty(), "the certificate and its key", [&] {
        return natsOptions_LoadCertificatesChain(made, options.certificate_file.c_str(),
                                                 options.key_file.c_str());
      });
  if (auto end = steps.End(); !end) return Forward(std::move(end).error());
  return owned;
}

}  // namespace

std::string NatsText(natsStatus status) {
  std::string text = natsStatus_GetText(status);
  natsStatus last = NATS_OK;
  const char* const details = nats_GetLastError(&last);
  if (last == status && details != nullptr && *details != '\0' && text != details) {
    text += std::string(" (") + details + ")";
  }
  return text;
}

Failure NatsUnavailable(std::string message) {
  return Forward(
      Error{Code::kUnavailable, "NATS_UNAVAILABLE", std::move(message), {}, Origin::kNotDelivered});
}

std::int64_t NatsWait(const Context& context, milliseconds longest) {
  const Context::Clock::duration left =
      std::clamp<Context::Clock::duration>(context.remaining(), milliseconds(1), longest);
  return std::chrono::duration_cast<milliseconds>(left).count();
}

Result<std::shared_ptr<NatsLink>> NatsLink::Connect(const NatsOptions& options) {
  if (auto good = CheckNatsOptions(options); !good) return Forward(std::move(good).error());
  const auto addresses = ParseNatsUrl(options.url);
  Error failure;
  for (const NatsAddress& address : *addresses) {
    auto library = LibraryOptions(options, address);
    if (!library) return Forward(std::move(library).error());
    std::shared_ptr<NatsLink> link(new NatsLink);
    natsConnection* connection = nullptr;
    jsCtx* js = nullptr;
    natsInbox* inbox = nullptr;
    natsSubscription* end = nullptr;
    natsStatus status = natsConnection_Connect(&connection, library->get());
    link->connection_.reset(connection);
    if (status == NATS_OK) status = natsConnection_JetStream(&js, connection, nullptr);
    link->js_.reset(js);
    if (status == NATS_OK) status = natsInbox_Create(&inbox);
    if (status == NATS_OK) status = natsConnection_SubscribeSync(&end, connection, inbox);
    natsInbox_Destroy(inbox);
    link->end_.reset(end);
    if (status == NATS_OK) return link;
    failure =
        NatsUnavailable(address.host + ":" + std::to_string(address.port) + ": " + NatsText(status))
            .value();
  }
  return Forward(std::move(failure));
}

bool NatsLink::closed() const { return natsConnection_IsClosed(connection_.get()); }

void NatsLink::AwaitClosed() const {
  while (!closed()) {
    natsMsg* none = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&none, end_.get(), kLongMilliseconds);
    natsMsg_Destroy(none);
    // Another failure than that nothing came is of the subscription, which ends with the
    // connection.
    if (status != NATS_OK && status != NATS_TIMEOUT) Close();
  }
}

void NatsLink::Close() const { natsConnection_Close(connection_.get()); }

std::string NatsLink::LastError() const {
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection_.get(), &text);
  if (status == NATS_OK) return "";
  return text == nullptr || *text == '\0' ? natsStatus_GetText(status) : text;
}

bool NatsLink::IsChecked(const std::string& stream) const {
  const std::lock_guard lock(mutex_);
  return checked_.count(stream) != 0;
}

void NatsLink::SetChecked(const std::string& stream, bool checked) {
  const std::lock_guard lock(mutex_);
  if (checked) {
    checked_.insert(stream);
  } else {
    checked_.erase(stream);
  }
}

NatsLinks::NatsLinks(NatsOptions options, Log& log)
    : options_(std::move(options)),
      log_(log),
      failure_(NatsUnavailable("not yet connected to NATS").value()),
      thread_([this] { Work(); }) {}

NatsLinks::~NatsLinks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (link_) link_->Close();
  }
  changed_.notify_all();
  thread_.join();
}

bool NatsLinks::connected() const {
  const std::lock_guard lock(mutex_);
  return link_ != nullptr && !link_->closed();
}

Result<std::shared_ptr<NatsLink>> NatsLinks::Await(const Context& context) {
  const CancellationCallback cancelled = context.OnCancel([this] {
    // Taken and let go, so that whoever is about to wait hears of it.
    {
      const std::lock_guard lock(mutex_);
    }
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const auto settled = [&] {
    return stopping_ || context.cancelled() || (link_ && !link_->closed());
  };
  if (const auto deadline = context.deadline()) {
    changed_.wait_until(lock, *deadline, settled);
  } else {
    changed_.wait(lock, settled);
  }
  if (link_ && !link_->closed() && !stopping_) return link_;
  return Forward(failure_);
}

void NatsLinks::TellFailure(const Error& error) {
  if (told_ == error.message) return;
  told_ = error.message;
  if (error.code == Code::kInvalidArgument) {
    log_.Error("NATS cannot be connected to", {{"error", error.message}});
  } else {
    log_.Warning("NATS cannot be reached; trying again", {{"error", error.message}});
  }
}

void NatsLinks::Work() {
  milliseconds pause = kFirstPause;
  for (;;) {
    auto made = NatsLink::Connect(options_);
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (!made) {
      failure_ = made.error();
      TellFailure(failure_);
      changed_.wait_for(lock, pause, [this] { return stopping_; });
      if (stopping_) return;
      pause = std::min(2 * pause, std::max(options_.max_pause, kFirstPause));
      continue;
    }
    pause = kFirstPause;
    told_.clear();
    link_ = *made;
    lock.unlock();
    changed_.notify_all();
    log_.Info("connected to NATS", {{"url", options_.url}});
    (*made)->AwaitClosed();

    lock.lock();
    if (stopping_) return;
    link_.reset();
    const std::string why = (*made)->LastError();
    failure_ = NatsUnavailable("the connection to NATS was lost: " + why).value();
    lock.unlock();
    log_.Warning("the connection to NATS was lost; connecting again", {{"error", why}});
    // Given back here, where nobody waits for it: the last that uses it may be later.
    made->reset();
  }
}

}  // namespace seam::events::internal
