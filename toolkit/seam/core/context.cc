#include "seam/core/context.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

namespace seam {
namespace internal {

// Callbacks by id, so that one can be taken back while others run.
class CancellationState {
 public:
  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_acquire);
  }

  void Cancel() {
    std::unique_lock lock(mutex_);
    if (cancelled_.load(std::memory_order_relaxed)) return;
    cancelled_.store(true, std::memory_order_release);
    cancelling_thread_ = std::this_thread::get_id();
    while (!callbacks_.empty()) {
      auto node = callbacks_.extract(callbacks_.begin());
      running_id_ = node.key();
      lock.unlock();
      node.mapped()();
      node.mapped() = nullptr;
      lock.lock();
      running_id_ = 0;
      callback_ended_.notify_all();
    }
  }

  // 0 when the state is cancelled already and the callback was run at once.
  std::uint64_t Add(std::function<void()> callback) {
    std::unique_lock lock(mutex_);
    if (!cancelled_.load(std::memory_order_relaxed)) {
      callbacks_.emplace(++last_id_, std::move(callback));
      return last_id_;
    }
    lock.unlock();
    callback();
    return 0;
  }

  void Remove(std::uint64_t id) noexcept {
    std::unique_lock lock(mutex_);
    if (callbacks_.erase(id) != 0) return;
    // A callback may drop its own registration; waiting for itself would never end.
    if (cancelling_thread_ == std::this_thread::get_id()) return;
    callback_ended_.wait(lock, [&] { return running_id_ != id; });
  }

  // Keeps the registrations by which others cancel this state. Called once, by who made it.
  void LinkTo(CancellationCallback one, CancellationCallback other) {
    links_ = {std::move(one), std::move(other)};
  }

 private:
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;
  std::condition_variable callback_ended_;
  std::map<std::uint64_t, std::function<void()>> callbacks_;
  std::uint64_t last_id_ = 0;
  std::uint64_t running_id_ = 0;
  std::thread::id cancelling_thread_;
  std::array<CancellationCallback, 2> links_;
};

}  // namespace internal

namespace {

// Names that HTTP/2, gRPC and the trace own: an entry of a caller's must not replace them.
constexpr std::array<std::string_view, 16> kTransportKeys = {
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-connection",
    "seam-call-chain",
    "seam-origin",
    "seam-remaining-ns",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "user-agent",
};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

Error Refused(std::string message, std::string_view key) {
  return Error{Code::kInvalidArgument,
               "INVALID_METADATA",
               std::move(message),
               {{"key", std::string(key)}},
               Origin::kNotDelivered};
}

}  // namespace

bool IsMetadataKey(std::string_view key) noexcept {
  if (key.empty() || StartsWith(key, "grpc-") || EndsWith(key, "-bin")) return false;
  const bool legal = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
  });
  return legal &&
         std::find(kTransportKeys.begin(), kTransportKeys.end(), key) == kTransportKeys.end();
}

bool IsMetadataValue(std::string_view value) noexcept {
  if (!value.empty() && (value.front() == ' ' || value.back() == ' ')) return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

CancellationSource::CancellationSource()
    : state_(std::make_shared<internal::CancellationState>()) {}

void CancellationSource::Cancel() const { state_->Cancel(); }

bool CancellationSource::cancelled() const noexcept { return state_->cancelled(); }

CancellationCallback::CancellationCallback(std::shared_ptr<internal::CancellationState> state,
                                           std::uint64_t id)
    : state_(std::move(state)), id_(id) {}

CancellationCallback::CancellationCallback(CancellationCallback&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}

CancellationCallback& CancellationCallback::operator=(CancellationCallback&& other) noexcept {
  if (this != &other) {
    Reset();
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}

CancellationCallback::~CancellationCallback() { Reset(); }

void CancellationCallback::Reset() noexcept {
  if (state_ != nullptr && id_ != 0) state_->Remove(id_);
  state_.reset();
  id_ = 0;
}

Context Context::WithDeadline(Clock::time_point deadline) const {
  Context context = *this;
  context.deadline_ = std::min(deadline_, deadline);
  return context;
}

Context Context::WithTimeout(Clock::duration timeout) const {
  const Clock::time_point now = Clock::now();
  // The sum would overflow.
  if (timeout > Clock::time_point::max() - now) return *this;
  return WithDeadline(now + timeout);
}

Context Context::WithCancellation(const CancellationSource& source) const {
  Context context = *this;
  if (cancellation_ == nullptr) {
    context.cancellation_ = source.state_;
  } else if (cancellation_ != source.state_) {
    context.cancellation_ = std::make_shared<internal::CancellationState>();
    // Both know the new state weakly, and only as long as it lives: they may live for ever.
    const std::weak_ptr<internal::CancellationState> weak = context.cancellation_;
    const auto cancel = [weak] {
      if (const auto state = weak.lock()) state->Cancel();
    };
    context.cancellation_->LinkTo(OnCancel(cancel),
                                  Context().WithCancellation(source).OnCancel(cancel));
  }
  return context;
}

void Context::Values::Add(std::string key, std::string value) {
  const auto old = metadata.find(key);
  std::size_t bytes = metadata_bytes + key.size() + value.size();
  if (old != metadata.end()) bytes -= key.size() + old->second.size();
  std::optional<Error> refusal;
  if (!IsMetadataKey(key)) {
    refusal = Refused("metadata key '" + key +
                          "' is not allowed: use [0-9a-z_.-], not the prefix grpc-, not the suffix "
                          "-bin, and none of the transport's own names",
                      key);
  } else if (!IsMetadataValue(value)) {
    refusal = Refused("the value of metadata key '" + key +
                          "' is not allowed: use printable ASCII without a space at either end",
                      key);
  } else if (bytes > kMaxMetadataBytes) {
    refusal = Refused("with key '" + key + "' the metadata would have " + std::to_string(bytes) +
                          " bytes; " + std::to_string(kMaxMetadataBytes) + " are allowed",
                      key);
  } else if (old == metadata.end() && metadata.size() == kMaxMetadataEntries) {
    refusal = Refused("with key '" + key + "' the metadata would have " +
                          std::to_string(kMaxMetadataEntries + 1) + " entries; " +
                          std::to_string(kMaxMetadataEntries) + " are allowed",
                      key);
  }
  if (refusal) {
    if (!refused) refused = std::move(refusal);
  } else {
    metadata_bytes = bytes;
    metadata.insert_or_assign(std::move(key), std::move(value));
  }
}

std::shared_ptr<Context::Values> Context::CopyValues() const {
  return values_ ? std::make_shared<Values>(*values_) : std::make_shared<Values>();
}

Context Context::WithMetadata(std::string key, std::string value) const {
  Context context = *this;
  auto values = CopyValues();
  values->Add(std::move(key), std::move(value));
  context.values_ = std::move(values);
  return context;
}

Context Context::WithMetadata(Metadata entries) const {
  Context context = *this;
  auto values = CopyValues();
  while (!entries.empty()) {
    auto entry = entries.extract(entries.begin());
    values->Add(std::move(entry.key()), std::move(entry.mapped()));
  }
  context.values_ = std::move(values);
  return context;
}

Context Context::WithTrace(const TraceContext& trace) const {
  Context context = *this;
  auto values = CopyValues();
  values->trace = trace;
  context.values_ = std::move(values);
  return context;
}

Context Context::WithCallChain(CallChain chain) const {
  Context context = *this;
  context.chain_ = std::move(chain);
  return context;
}

std::optional<Context::Clock::time_point> Context::deadline() const noexcept {
  if (deadline_ == Clock::time_point::max()) return std::nullopt;
  return deadline_;
}

Context::Clock::duration Context::remaining() const noexcept {
  if (deadline_ == Clock::time_point::max()) return Clock::duration::max();
  return deadline_ - Clock::now();
}

bool Context::cancelled() const noexcept {
  return cancellation_ != nullptr && cancellation_->cancelled();
}

const Metadata& Context::metadata() const noexcept {
  static const Metadata none;
  return values_ ? values_->metadata : none;
}

const std::string* Context::FindMetadata(std::string_view key) const noexcept {
  const auto entry = metadata().find(key);
  return entry == metadata().end() ? nullptr : &entry->second;
}

const TraceContext& Context::trace() const noexcept {
  static const TraceContext none;
  return values_ ? values_->trace : none;
}

std::optional<Error> Context::Check() const {
  if (values_ != nullptr && values_->refused) return values_->refused;
  if (deadline_ != Clock::time_point::max() && Clock::now() >= deadline_) {
    return Error{Code::kDeadlineExceeded,
                 "DEADLINE_EXCEEDED",
                 "the deadline had passed before the call was made",
                 {},
                 Origin::kNotDelivered};
  }
  if (cancelled()) {
    return Error{Code::kCancelled,
                 "CANCELLED",
                 "the caller has cancelled the call",
                 {},
                 Origin::kNotDelivered};
  }
  return std::nullopt;
}

CancellationCallback Context::OnCancel(std::function<void()> callback) const {
  if (cancellation_ == nullptr) return {};
  const std::uint64_t id = cancellation_->Add(std::move(callback));
  return {cancellation_, id};
}

}  // namespace seam
