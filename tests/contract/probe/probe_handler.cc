#include "probe/probe_handler.h"

#include <condition_variable>
#include <stdexcept>
#include <utility>

namespace seam::probe {

class ProbeService::Counted {
 public:
  Counted(ProbeService& service, std::string key) : service_(service), key_(std::move(key)) {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].begun;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].ended;
  }

  void SawCancellation() {
    const std::lock_guard lock(service_.mutex_);
    ++service_.calls_[key_].saw_cancellation;
  }

 private:
  ProbeService& service_;
  const std::string key_;
};

namespace {

// Until the context is cancelled or its deadline has passed.
void WaitForTheEndOf(const Context& context) {
  std::mutex mutex;
  std::condition_variable ended;
  bool cancelled = false;
  const auto registration = context.OnCancel([&] {
    const std::lock_guard lock(mutex);
    cancelled = true;
    ended.notify_all();
  });
  std::unique_lock lock(mutex);
  if (const auto deadline = context.deadline()) {
    ended.wait_until(lock, *deadline, [&] { return cancelled; });
  } else {
    ended.wait(lock, [&] { return cancelled; });
  }
}

}  // namespace

Result<v1::EchoResponse> ProbeService::Echo(const Context&, const v1::EchoRequest& request) {
  const Counted counted(*this, request.key);
  return v1::EchoResponse{.value = request.value};
}

Result<v1::RefuseResponse> ProbeService::Refuse(const Context&, const v1::RefuseRequest& request) {
  const Counted counted(*this, request.key);
  return Forward(Error{static_cast<Code>(request.code), request.reason, request.message,
                       request.metadata,
                       request.came_from_elsewhere ? Origin::kNotDelivered : Origin::kHandler});
}

// With a deadline it throws when that has passed.
Result<v1::ThrowResponse> ProbeService::Throw(const Context& context,
                                              const v1::ThrowRequest& request) {
  if (context.deadline()) WaitForTheEndOf(context);
  if (request.not_a_std_exception) throw 42;
  throw std::runtime_error(request.what);
}

Result<v1::LingerResponse> ProbeService::Linger(const Context& context,
                                                const v1::LingerRequest& request) {
  Counted counted(*this, request.key);
  if (request.until_context_ends) WaitForTheEndOf(context);
  if (context.cancelled()) counted.SawCancellation();
  if (request.then_refuse) return Fail(Code::kAborted, "TOLD_TO", "the probe was told to refuse");
  return v1::LingerResponse{.was_cancelled = context.cancelled()};
}

Result<v1::InspectResponse> ProbeService::Inspect(const Context& context,
                                                  const v1::InspectRequest& request) {
  const Counted counted(*this, request.key);
  v1::InspectResponse response;
  for (const auto& [key, value] : context.metadata()) response.metadata.emplace(key, value);
  if (context.trace().valid()) response.trace_id = TraceIdText(context.trace());
  if (context.deadline()) response.remaining = ToDuration(context.remaining());
  return response;
}

Result<v1::MakeResponse> ProbeService::Make(const Context&, const v1::MakeRequest& request) {
  const Counted counted(*this, request.key);
  v1::MakeResponse response;
  response.payload.assign(static_cast<std::size_t>(request.payload_bytes), 'x');
  if (request.text_that_is_not_utf8) response.text = "\xC3(";
  return response;
}

Result<v1::CountCallsResponse> ProbeService::CountCalls(const Context&,
                                                        const v1::CountCallsRequest& request) {
  const std::lock_guard lock(mutex_);
  return calls_[request.key];
}

}  // namespace seam::probe
