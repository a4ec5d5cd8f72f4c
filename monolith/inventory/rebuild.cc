#include "inventory/rebuild.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "inventory/repository.h"
#include "seam/core/patience.h"
#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "seam/sql/error.h"

namespace shop::inventory {
namespace {

using seam::Context;
using seam::Result;
using seam::sql::Session;

constexpr std::chrono::milliseconds kLongestPause{30'000};

constexpr std::chrono::hours kBetweenRemovals{1};

// How long it may take to give the lease back; otherwise it lapses.
constexpr std::chrono::milliseconds kTimeToLeave{500};

}  // namespace

Rebuild::Rebuild(Parts& parts, products::v1::ProductsClient& products)
    : parts_(parts), products_(products), holder_(seam::NewUuidV7()) {}

Rebuild::Outcome Rebuild::Run(const Context& caller) {
  const seam::TraceContext trace = seam::NewTrace();
  const Context context = caller.WithTrace(trace);
  const auto done = seam::sql::Answer([&]() -> Result<Outcome> {
    // Asked first: nobody writes for nothing.
    const auto state = parts_.database->Read(
        context, [](Session& session) { return repository::FindRebuild(session); });
    if (!state.due) return Outcome::kNothingToDo;
    const auto generation = parts_.database->Write(context, [&](Session& session) {
      return repository::BeginRebuild(session, holder_, parts_.Now(),
                                      parts_.options.rebuild_lease.count());
    });
    if (!generation) return Outcome::kNothingToDo;
    parts_.log.Info("the inventory is rebuilt from products",
                    {{"trace_id", seam::TraceIdText(trace)}});
    if (auto read = ReadAll(context, *generation); !read) {
      return seam::Forward(std::move(read).error());
    }
    return Outcome::kDone;
  });
  if (done) {
    if (*done == Outcome::kDone) {
      parts_.log.Info("the inventory is rebuilt", {{"trace_id", seam::TraceIdText(trace)}});
    }
    return *done;
  }
  Leave();
  if (!caller.cancelled()) {
    parts_.log.Warning(
        "the inventory could not be rebuilt; it is tried again",
        {{"error", seam::ToString(done.error())}, {"trace_id", seam::TraceIdText(trace)}});
  }
  return Outcome::kFailed;
}

Result<void> Rebuild::ReadAll(const Context& context, std::int64_t generation) {
  const std::chrono::milliseconds lease = parts_.options.rebuild_lease;
  // What another process may have begun meanwhile is its own.
  const auto stored = [&](auto&& work) {
    return parts_.database->Write(context, [&](Session& session) -> Result<void> {
      if (!repository::KeepRebuild(session, holder_, generation, parts_.Now() + lease.count())) {
        return seam::Fail(seam::Code::kAborted, "REBUILD_TAKEN_OVER",
                          "the lease has lapsed, and another process may have begun it anew");
      }
      work(session);
      return {};
    });
  };
  products::v1::ListProductsRequest request;
  request.page_size = parts_.options.rebuild_page;
  do {
    const auto page = seam::Patiently(context.WithTimeout(lease / 2), [&](const Context& attempt) {
      return products_.ListProducts(attempt, request);
    });
    if (!page) return seam::Forward(page.error());
    auto kept = stored([&](Session& session) {
      for (const products::v1::Product& product : page->products) {
        repository::Learn(session,
                          {.product_id = product.id,
                           .name = product.name,
                           .available = product.stock,
                           .version = product.version},
                          parts_.Now());
      }
    });
    if (!kept) return kept;
    request.page_token = page->next_page_token;
    if (parts_.options.after_page) parts_.options.after_page();
  } while (!request.page_token.empty());
  return stored(
      [&](Session& session) { repository::EndRebuild(session, generation, parts_.Now()); });
}

void Rebuild::Leave() {
  try {
    parts_.database->Write(Context().WithTimeout(kTimeToLeave),
                           [&](Session& session) { repository::LeaveRebuild(session, holder_); });
  } catch (const std::exception& error) {
    parts_.log.Info("the lease of a rebuild could not be given back; it lapses",
                    {{"error", error.what()}});
  }
}

RebuildWorker::RebuildWorker(Rebuild& rebuild, Parts& parts)
    : rebuild_(rebuild), parts_(parts), thread_([this] { Work(); }) {}

RebuildWorker::~RebuildWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  changed_.notify_all();
  thread_.join();
}

void RebuildWorker::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void RebuildWorker::Work() {
  using Clock = std::chrono::steady_clock;
  const Context context = Context().WithCancellation(stop_);
  const std::chrono::milliseconds interval = parts_.options.rebuild_interval;
  std::chrono::milliseconds pause = interval;
  Clock::time_point next_removal = Clock::now();
  while (!stop_.cancelled()) {
    if (Clock::now() >= next_removal) {
      RemoveDeleted(context);
      next_removal = Clock::now() + kBetweenRemovals;
    }
    const Rebuild::Outcome outcome = rebuild_.Run(context);
    const bool failed = outcome == Rebuild::Outcome::kFailed;
    pause = failed ? std::min(pause * 2, std::max(interval, kLongestPause)) : interval;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return woken_ || stop_.cancelled(); });
    woken_ = false;
  }
}

void RebuildWorker::RemoveDeleted(const Context& context) {
  const std::int64_t before =
      parts_.Now() - std::chrono::milliseconds(parts_.options.keep_deleted).count();
  try {
    parts_.database->Write(context,
                           [&](Session& session) { repository::RemoveDeleted(session, before); });
  } catch (const std::exception& error) {
    if (context.cancelled()) return;
    parts_.log.Warning("what was deleted long ago stays in the inventory for another hour",
                       {{"error", error.what()}});
  }
}

}  // namespace shop::inventory
