// What comes with a call: metadata, trace, deadline, cancellation.

#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "seam/core/trace.h"
#include "seam/core/uuid.h"
#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

using namespace seam::probe::v1;  // NOLINT(google-build-using-namespace): the contract in use.
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string Listed(const std::map<std::string, std::string>& metadata) {
  std::string listed;
  for (const auto& [key, value] : metadata) {
    listed += (listed.empty() ? "" : " ") + key + "=" + Quoted(value);
  }
  return listed.empty() ? "none" : listed;
}

std::string MetadataArrives(const Stage& stage) {
  const Context context = Context()
                              .WithMetadata("idempotency-key", "first")
                              .WithMetadata("x.y_z-0", "")
                              .WithMetadata("idempotency-key", "a  b/c=d,e;f%41\"")
                              .WithMetadata("a", "~");
  const auto with = stage.client.Inspect(context, {});
  if (!with) return InBrief(with.error());
  const auto without = stage.client.Inspect(Context(), {});
  if (!without) return InBrief(without.error());
  return Listed(with->metadata) + "; without any " + Listed(without->metadata);
}

std::string MetadataAtItsLimit(const Stage& stage) {
  const Context context =
      Context().WithMetadata("filler", std::string(Context::kMaxMetadataBytes - 6, '~'));
  const auto seen = stage.client.Inspect(context, {});
  const std::string key = NewUuidV7();
  const auto above = stage.client.Inspect(context.WithMetadata("x", ""), {.key = key});
  return (seen ? Listed(seen->metadata) : InBrief(seen.error())) + "; one byte more " +
         AndRuns(Outcome(above), stage, key);
}

std::string ManyEntries(const Stage& stage) {
  // Of two digits as key and a value that uses up what all of them may have together.
  constexpr std::size_t kEach = Context::kMaxMetadataBytes / Context::kMaxMetadataEntries;
  Metadata metadata;
  for (std::size_t i = 0; i < Context::kMaxMetadataEntries; ++i) {
    metadata.emplace(std::to_string(10 + i), std::string(kEach - 2, '~'));
  }
  const Context context =
      Context().WithMetadata(metadata).WithTrace(NewTrace()).WithTimeout(hours(1));
  const auto seen = stage.client.Inspect(context, {});
  const std::string key = NewUuidV7();
  const auto above =
      stage.client.Inspect(context.WithMetadata("10", "").WithMetadata("a", ""), {.key = key});
  return (seen ? std::to_string(seen->metadata.size()) + " arrive" : InBrief(seen.error())) +
         "; one more " + AndRuns(Outcome(above), stage, key);
}

std::string IllegalMetadata(const Stage& stage) {
  std::string seen;
  const std::string key = NewUuidV7();
  for (const auto& [name, value] : std::multimap<std::string, std::string>{{"Upper", "v"},
                                                                           {"", "v"},
                                                                           {"grpc-timeout", "1S"},
                                                                           {"x-bin", "v"},
                                                                           {"host", "v"},
                                                                           {"x", "a\r\nb: c"},
                                                                           {"x", " edge"},
                                                                           {"x", "caf\xC3\xA9"}}) {
    const auto refused = stage.client.Inspect(Context().WithMetadata(name, value), {.key = key});
    const std::string once = Outcome(refused);
    if (!seen.empty() && seen != once) return seen + ", but for " + Quoted(name) + " " + once;
    seen = once;
  }
  return AndRuns(seen, stage, key);
}

std::string TraceGoesOn(const Stage& stage) {
  TraceContext trace = NewTrace();
  trace.flags = 0;
  const auto traced = stage.client.Inspect(Context().WithTrace(trace), {});
  if (!traced) return InBrief(traced.error());
  const auto untraced = stage.client.Inspect(Context(), {});
  if (!untraced) return InBrief(untraced.error());
  std::string seen = "another trace";
  if (traced->traceparent.empty()) seen = "no trace";
  if (const auto parsed = ParseTraceparent(traced->traceparent)) {
    if (parsed->trace_id == trace.trace_id) seen = "the caller's trace, another span";
    if (*parsed == trace) seen = "the caller's trace and span";
  }
  return seen + "; without one " + (untraced->traceparent.empty() ? "none" : "one");
}

std::string Remaining(const InspectResponse& seen, milliseconds sent) {
  if (!seen.remaining) return "no deadline";
  const auto left = ToMilliseconds(*seen.remaining);
  if (left <= milliseconds(0)) return "a deadline that has passed";
  return left <= sent ? "a deadline no later" : "a later deadline";
}

// The second call has a little less, since a transport may repeat what it wrote for the first.
std::string BudgetTravels(const Stage& stage) {
  const milliseconds less = hours(1) - std::chrono::seconds(90);
  const auto first = stage.client.Inspect(Context().WithTimeout(hours(1)), {});
  const auto second = stage.client.Inspect(Context().WithTimeout(less), {});
  const auto without = stage.client.Inspect(Context(), {});
  if (!first || !second || !without) {
    return Outcome(first) + ", " + Outcome(second) + "; without one " + Outcome(without);
  }
  const std::string seen = Remaining(*first, hours(1));
  const std::string seen_next = Remaining(*second, less);
  return seen + (seen_next == seen ? "" : ", then " + seen_next) + "; without one " +
         Remaining(*without, hours(1));
}

std::string HugeTimeouts(const Stage& stage) {
  const auto far = stage.client.Inspect(Context().WithTimeout(hours(24 * 365 * 250)), {});
  const auto beyond = stage.client.Inspect(Context().WithTimeout(milliseconds::max()), {});
  if (!far || !beyond) return Outcome(far) + "; beyond the clock " + Outcome(beyond);
  return Remaining(*far, hours(24 * 365 * 250)) + "; beyond the clock " +
         Remaining(*beyond, milliseconds::max() / 2);
}

std::string DeadlineThatHasPassed(const Stage& stage) {
  std::string seen;
  const std::string key = NewUuidV7();
  for (const milliseconds timeout : {milliseconds(0), milliseconds(-1), milliseconds::min()}) {
    seen += (seen.empty() ? "" : ", ") +
            Outcome(stage.client.Echo(Context().WithTimeout(timeout), {.key = key}));
  }
  return AndRuns(seen, stage, key);
}

std::string LateAnswer(const Stage& stage) {
  std::string seen;
  for (const bool refuse : {false, true}) {
    const auto late = stage.client.Linger(Context().WithTimeout(milliseconds(50)),
                                          {.until_context_ends = true, .then_refuse = refuse});
    seen += (seen.empty() ? "" : "; ") + Outcome(late);
  }
  return seen;
}

std::string LateException(const Stage& stage) {
  return Outcome(stage.client.Throw(Context().WithTimeout(milliseconds(50)),
                                    {.what = "late", .until_context_ends = true}));
}

std::string CancelledBefore(const Stage& stage) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  source.Cancel();
  const Context cancelled = Context().WithCancellation(source);
  std::string seen = AndRuns(Outcome(stage.client.Echo(cancelled, {.key = key})), stage, key);
  return seen + "; past its deadline too " +
         Outcome(stage.client.Echo(cancelled.WithTimeout(milliseconds(-1)), {.key = key}));
}

// Until `holds(counts)` of the calls with this key, which other threads are making.
template <class Holds>
bool Eventually(const Stage& stage, const std::string& key, Holds holds) {
  const auto deadline = std::chrono::steady_clock::now() + stage.patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto counts = stage.client.CountCalls(Context(), {.key = key});
    if (counts && holds(*counts)) return true;
    std::this_thread::yield();
  }
  return false;
}

std::string CancellationArrives(const Stage& stage) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  const Context context = Context().WithCancellation(source).WithTimeout(2 * stage.patience);
  auto outcome = std::async(std::launch::async, [&] {
    return Outcome(stage.client.Linger(context, {.key = key, .until_context_ends = true}));
  });
  const bool begun = Eventually(stage, key, [](const auto& counts) { return counts.begun == 1; });
  source.Cancel();
  const std::string caller = outcome.get();
  const bool told = begun && Eventually(stage, key, [](const auto& counts) {
                      return counts.saw_cancellation == 1;
                    });
  return caller + "; the handler is " + (told ? "told" : "not told");
}

std::string CancellationThroughHops(const Stage& stage) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  const Context context = Context().WithCancellation(source).WithTimeout(2 * stage.patience);
  auto outcome = std::async(std::launch::async, [&] {
    return Outcome(
        stage.client.Relay(context, {.key = key, .hops = 2, .until_context_ends = true}));
  });
  const bool begun = Eventually(stage, key, [](const auto& counts) { return counts.begun == 3; });
  source.Cancel();
  const std::string caller = outcome.get();
  const bool told = begun && Eventually(stage, key, [](const auto& counts) {
                      return counts.saw_cancellation == 3;
                    });
  return caller + "; " + (told ? "all three handlers are told" : "not every handler is told");
}

std::string ContextThroughHops(const Stage& stage) {
  const TraceContext trace = NewTrace();
  const Context context =
      Context().WithMetadata("tenant", "7").WithTrace(trace).WithTimeout(hours(1));
  const auto relayed = stage.client.Relay(context, {.hops = 2});
  if (!relayed) return InBrief(relayed.error());
  std::string seen = std::to_string(relayed->seen.size()) + " handlers";
  bool same = true;
  bool shrinks = true;
  milliseconds before = hours(1);
  for (const InspectResponse& hop : relayed->seen) {
    same = same && hop.metadata == std::map<std::string, std::string>{{"tenant", "7"}} &&
           hop.traceparent.find(TraceIdText(trace)) != std::string::npos;
    shrinks = shrinks && hop.remaining && ToMilliseconds(*hop.remaining) <= before;
    if (hop.remaining) before = ToMilliseconds(*hop.remaining);
  }
  return seen + (same ? " see the same metadata and trace" : " see different metadata or traces") +
         (shrinks ? "; the budget does not grow" : "; the budget grows or is lost");
}

std::string ErrorThroughHops(const Stage& stage) {
  RelayRequest request{.hops = 2};
  request.refusal = RefuseRequest{.code = 14,
                                  .reason = "STOCK_DOWN",
                                  .message = "x",
                                  .metadata = {{"shelf", "3"}},
                                  .came_from_elsewhere = true};
  const auto refused = stage.client.Relay(Context(), request);
  return refused ? "answered" : InFull(refused.error());
}

std::string ContextKept(const Stage& stage) {
  const std::string key = NewUuidV7();
  {
    const CancellationSource source;
    const Context context =
        Context().WithMetadata("tenant", "7").WithCancellation(source).WithTimeout(stage.patience);
    const auto kept = stage.client.Keep(context, {.key = key});
    if (!kept) return InBrief(kept.error());
  }
  const auto recalled = stage.client.Recall(Context(), {.key = key});
  if (!recalled) return InBrief(recalled.error());
  return Listed(recalled->metadata) + (recalled->cancelled ? ", cancelled" : ", not cancelled");
}

}  // namespace

std::vector<Hazard> ContextHazards() {
  return {
      {.name = "metadata",
       .text = "metadata is lost or changed, or the transport adds its own",
       .provoke = MetadataArrives,
       .expected = R"(a="~" idempotency-key="a  b/c=d,e;f%41\x22" x.y_z-0=""; without any none)",
       .without = Without::kCodec},
      {.name = "metadata-size",
       .text = "much metadata is taken in one process and refused by the network",
       .provoke = MetadataAtItsLimit,
       .expected = R"(filler="~~~~~~~~"…"~~~~~~~~" (4090 bytes); one byte more INVALID_ARGUMENT )"
                   "INVALID_METADATA (not-delivered); the handler does not run",
       .without = Without::kGuards},
      {.name = "metadata-entries",
       .text = "many small entries of metadata are more on the wire than their bytes, and are "
               "refused by the network",
       .provoke = ManyEntries,
       .expected = "64 arrive; one more INVALID_ARGUMENT INVALID_METADATA (not-delivered); the "
                   "handler does not run",
       .without = Without::kCodec},
      {.name = "illegal-metadata",
       .text = "metadata that the network cannot carry is taken in one process; a transport may "
               "abort on it",
       .provoke = IllegalMetadata,
       .expected = "INVALID_ARGUMENT INVALID_METADATA (not-delivered); the handler does not run",
       .without = Without::kGuards},
      {.name = "trace",
       .text = "the trace ends at the process, or its spans have a gap there",
       .provoke = TraceGoesOn,
       .expected = "the caller's trace and span; without one none",
       .without = Without::kCodec},
      {.name = "budget",
       .text = "the handler does not know how much time is left",
       .provoke = BudgetTravels,
       .expected = "a deadline no later; without one no deadline",
       .without = Without::kCodec},
      {.name = "huge-timeout",
       .text = "a time-out of centuries overflows, and is lost or has passed at once",
       .provoke = HugeTimeouts,
       .expected = "a deadline no later; beyond the clock no deadline",
       .without = Without::kSeamGrpc},
      {.name = "deadline-passed",
       .text = "a call whose deadline has passed is still made in one process",
       .provoke = DeadlineThatHasPassed,
       .expected = "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (not-delivered), "
                   "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (not-delivered), "
                   "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (not-delivered); the handler does not run",
       .without = Without::kGuards},
      {.name = "late-answer",
       .text = "an answer that comes after the deadline still counts in one process",
       .provoke = LateAnswer,
       .expected = "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (outcome-unknown); "
                   "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (outcome-unknown)",
       .without = Without::kGuards},
      {.name = "late-exception",
       .text = "an exception after the deadline hides that the deadline has passed",
       .provoke = LateException,
       .expected = "DEADLINE_EXCEEDED DEADLINE_EXCEEDED (outcome-unknown)",
       .without = Without::kGuards},
      {.name = "cancelled-before",
       .text = "a call that was cancelled before it began is still made in one process",
       .provoke = CancelledBefore,
       .expected = "CANCELLED CANCELLED (not-delivered); the handler does not run; past its "
                   "deadline too DEADLINE_EXCEEDED DEADLINE_EXCEEDED (not-delivered)",
       .without = Without::kGuards},
      {.name = "cancellation",
       .text = "cancelling reaches only one of handler and caller",
       .provoke = CancellationArrives,
       .expected = "CANCELLED CANCELLED (outcome-unknown); the handler is told",
       .without = Without::kGuards},
      {.name = "cancellation-through-modules",
       .text = "cancelling ends at the first process, and the modules behind it work on",
       .provoke = CancellationThroughHops,
       .expected = "CANCELLED CANCELLED (outcome-unknown); all three handlers are told",
       .without = Without::kGuards},
      {.name = "context-through-modules",
       .text = "metadata, trace and what is left of the time end at the first process",
       .provoke = ContextThroughHops,
       .expected = "3 handlers see the same metadata and trace; the budget does not grow",
       .without = Without::kCodec},
      {.name = "error-through-modules",
       .text = "an error from two modules further changes at each process",
       .provoke = ErrorThroughHops,
       .expected = R"(UNAVAILABLE STOCK_DOWN (handler) "x" "shelf"="3")",
       .without = Without::kGuards},
      {.name = "context-kept",
       .text = "a handler keeps the context for work that goes on after its answer, and finds it "
               "cancelled or empty",
       .provoke = ContextKept,
       .expected = R"(tenant="7", not cancelled)",
       .without = Without::kCodec},
  };
}

}  // namespace seam::diverge
