// Where handlers run, and how many at once.

#include <unistd.h>

#include <future>
#include <string>
#include <vector>

#include "seam/core/transaction_scope.h"
#include "seam/core/uuid.h"
#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

using namespace seam::probe::v1;  // NOLINT(google-build-using-namespace): the contract in use.

std::string Reentrance(const Stage& stage) {
  const auto relayed = stage.client.Relay(Context().WithTimeout(stage.patience), {.hops = 2});
  if (!relayed) return InBrief(relayed.error());
  return std::to_string(relayed->seen.size()) + " handlers in one another answer";
}

std::string CallsAtOnce(const Stage& stage) {
  constexpr int kCallers = 8;
  const std::string key = NewUuidV7();
  std::vector<std::future<std::string>> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.push_back(std::async(std::launch::async, [&] {
      return Outcome(stage.client.Meet(Context().WithTimeout(stage.patience),
                                       {.key = key, .callers = kCallers}));
    }));
  }
  int met = 0;
  for (auto& caller : callers) met += caller.get() == "answered" ? 1 : 0;
  return met == kCallers ? "8 calls meet in the handler" : "not all of 8 calls meet in the handler";
}

std::string CircleOfCalls(const Stage& stage) {
  const std::string key = NewUuidV7();
  const auto relayed = stage.client.Relay(Context(), {.key = key, .hops = 5});
  return AndRuns(Outcome(relayed), stage, key);
}

std::string OpenTransaction(const Stage& stage) {
  const std::string key = NewUuidV7();
  std::string seen;
  {
    const TransactionScope scope("cart");
    seen = Outcome(stage.client.Echo(Context(), {.key = key}));
  }
  return AndRuns(seen, stage, key);
}

std::string Thread(const Stage& stage) {
  const auto seen = stage.client.Inspect(Context(), {});
  if (!seen) return InBrief(seen.error());
  return seen->thread_id == gettid() ? "on the caller's thread" : "on another thread";
}

std::string OwnProcess(const Stage& stage) {
  const auto seen = stage.client.Inspect(Context(), {});
  if (!seen) return InBrief(seen.error());
  return seen->process_id == getpid() ? "in the caller's process" : "in another process";
}

}  // namespace

std::vector<Hazard> ExecutionHazards() {
  return {
      {.name = "re-entrance",
       .text = "a module that is called back by the one that it calls waits for itself",
       .provoke = Reentrance,
       .expected = "3 handlers in one another answer",
       .without = Without::kSpareThread},
      {.name = "calls-at-once",
       .text = "calls that wait for each other in a handler run one after the other",
       .provoke = CallsAtOnce,
       .expected = "8 calls meet in the handler",
       .without = Without::kSpareThread},
      {.name = "circle-of-calls",
       .text = "modules that call each other in a circle use up a stack in one process, and the "
               "threads of every service in several",
       .provoke = CircleOfCalls,
       .expected = "FAILED_PRECONDITION CALL_CHAIN_TOO_DEEP (handler); the handler runs 4 times",
       .without = Without::kGuards},
      {.name = "open-transaction",
       .text = "a call is made inside a database transaction, which looks as if it could be rolled "
               "back with it",
       .provoke = OpenTransaction,
       .expected = "FAILED_PRECONDITION CALL_IN_TRANSACTION (not-delivered); the handler does not "
                   "run",
       .without = Without::kGuards},
      {.name = "thread-state",
       .text = "a handler sees thread-local variables, errno or the locale of its caller's thread",
       .provoke = Thread,
       .expected = "on another thread",
       .exception = "a thread for every call would cost more than most calls"},
      {.name = "process-state",
       .text = "a handler sees global variables, the environment, the working folder or the open "
               "files of its caller's process",
       .provoke = OwnProcess,
       .expected = "in another process",
       .exception = "no toolkit can divide the memory of one process"},
  };
}

}  // namespace seam::diverge
