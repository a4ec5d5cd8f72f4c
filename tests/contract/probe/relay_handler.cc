#include "probe/relay_handler.h"

#include <chrono>
#include <optional>
#include <utility>

#include "seam/core/exception_map.h"
#include "seam/core/transaction_scope.h"
#include "seam/probe/v1/relay_throwing.h"

namespace seam::probe {

RelayService::RelayService(Next next) : next_(std::move(next)) {}

Result<v1::PassResponse> RelayService::Pass(const Context& context,
                                            const v1::PassRequest& request) {
  v1::PassResponse response;
  v1::Seen& seen = response.seen.emplace_back();
  if (context.deadline()) seen.remaining = ToDuration(context.remaining());
  seen.call_chain = context.call_chain().ToText();
  for (const auto& [key, value] : context.metadata()) seen.metadata.emplace(key, value);
  if (request.hops == 0) {
    if (!request.block_key.empty()) WaitForRelease(context, request.block_key);
    return response;
  }
  if (request.take) {
    // Not for anybody: the time is spent.
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable never;
    never.wait_for(lock, ToMilliseconds(*request.take), [] { return false; });
  }
  std::optional<TransactionScope> transaction;
  if (!request.transaction.empty()) transaction.emplace(request.transaction.c_str());
  v1::PassRequest rest = request;
  --rest.hops;
  auto passed = PassOn(context, rest);
  if (!passed) return Forward(std::move(passed).error());
  response.seen.insert(response.seen.end(), passed->seen.begin(), passed->seen.end());
  return response;
}

Result<v1::PassResponse> RelayService::PassOn(const Context& context,
                                              const v1::PassRequest& request) {
  if (!request.without_context) return next_().Pass(context, request);
  const v1::ThrowingRelay next(next_(), std::chrono::hours(1));
  return ExceptionMap().Answer([&] { return next.Pass(request); });
}

Result<v1::BlockResponse> RelayService::Block(const Context& context,
                                              const v1::BlockRequest& request) {
  WaitForRelease(context, request.key);
  return v1::BlockResponse{};
}

Result<v1::ReleaseResponse> RelayService::Release(const Context&,
                                                  const v1::ReleaseRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    latches_[request.key].released = true;
  }
  released_.notify_all();
  return v1::ReleaseResponse{};
}

Result<v1::LookAtResponse> RelayService::LookAt(const Context&, const v1::LookAtRequest& request) {
  const std::lock_guard lock(mutex_);
  return latches_[request.key].counts;
}

void RelayService::WaitForRelease(const Context& context, const std::string& key) {
  Latch* latch = nullptr;
  {
    const std::lock_guard lock(mutex_);
    latch = &latches_[key];
    ++latch->counts.begun;
  }
  const CancellationCallback told = context.OnCancel([this, latch] {
    const std::lock_guard lock(mutex_);
    ++latch->counts.told_to_stop;
  });
  std::unique_lock lock(mutex_);
  released_.wait(lock, [latch] { return latch->released; });
  ++latch->counts.ended;
}

}  // namespace seam::probe
