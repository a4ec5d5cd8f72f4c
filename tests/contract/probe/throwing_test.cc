// A throwing adapter over each binding: the same errors and guards as through the client, and a
// Context that reaches the handlers though nobody names it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "probe/relay_sides.h"
#include "seam/core/context_scope.h"
#include "seam/core/throwing.h"
#include "seam/core/transaction_scope.h"
#include "seam/core/uuid.h"
#include "seam/probe/v1/relay_throwing.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ThrowingContract : public RelayOnEverySide {
 protected:
  CallRules Rules() override {
    CallRules rules;
    rules.max_visits = 3;
    return rules;
  }

  [[nodiscard]] ThrowingRelay adapter() { return {client(), minutes(1)}; }
};

// The error that `call()` throws.
template <class Call>
Error ThrownBy(Call call) {
  try {
    static_cast<void>(call());
  } catch (const CallError& thrown) {
    EXPECT_THAT(thrown.what(), HasSubstr("the call of /seam.probe.v1.Relay/")) << thrown.what();
    EXPECT_THAT(thrown.what(), HasSubstr(ToString(thrown.error())));
    return thrown.error();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST_P(ThrowingContract, ACallHasADeadlineThoughThereIsNoContext) {
  const PassResponse passed = adapter().Pass({});
  ASSERT_EQ(passed.seen.size(), 1U);
  ASSERT_TRUE(passed.seen[0].remaining);
  EXPECT_LE(ToMilliseconds(*passed.seen[0].remaining), minutes(1));
  EXPECT_TRUE(passed.seen[0].metadata.empty());
}

TEST_P(ThrowingContract, TheContextInForceReachesTheHandler) {
  const ContextScope scope(Context().WithTimeout(milliseconds(30'000)).WithMetadata("k", "v"));
  const PassResponse passed = adapter().Pass({});
  ASSERT_EQ(passed.seen.size(), 1U);
  ASSERT_TRUE(passed.seen[0].remaining);
  EXPECT_LE(ToMilliseconds(*passed.seen[0].remaining), milliseconds(30'000));
  EXPECT_EQ(passed.seen[0].metadata, (std::map<std::string, std::string>{{"k", "v"}}));
}

TEST_P(ThrowingContract, ADeadlineThatHasPassedIsThrown) {
  const ContextScope scope(Context().WithTimeout(milliseconds(-1)));
  const Error error = ThrownBy([&] { return adapter().Pass({}); });
  EXPECT_EQ(error.code, Code::kDeadlineExceeded);
  EXPECT_EQ(error.origin, Origin::kNotDelivered);
}

TEST_P(ThrowingContract, ACancelledContextIsThrown) {
  const CancellationSource source;
  const ContextScope scope(Context().WithCancellation(source));
  source.Cancel();
  const Error error = ThrownBy([&] { return adapter().Pass({}); });
  EXPECT_EQ(error.code, Code::kCancelled);
  EXPECT_EQ(error.origin, Origin::kNotDelivered);
}

TEST_P(ThrowingContract, ACallInsideATransactionIsThrown) {
  const TransactionScope transaction("checkout");
  const Error error = ThrownBy([&] { return adapter().Release({.key = "k"}); });
  EXPECT_EQ(error.reason, "CALL_IN_TRANSACTION");
  EXPECT_EQ(error.origin, Origin::kNotDelivered);
}

// Three handlers, of which the first two call through an adapter and name no Context.
TEST_P(ThrowingContract, AHandlersContextReachesWhatItCallsWithoutNamingOne) {
  const PassResponse passed =
      adapter().Pass(Context().WithTimeout(milliseconds(30'000)).WithMetadata("k", "v"),
                     {.hops = 2, .without_context = true});
  std::vector<std::string> chains;
  milliseconds before(30'000);
  for (const Seen& seen : passed.seen) {
    chains.push_back(seen.call_chain);
    EXPECT_EQ(seen.metadata, (std::map<std::string, std::string>{{"k", "v"}}));
    ASSERT_TRUE(seen.remaining);
    EXPECT_LE(ToMilliseconds(*seen.remaining), before);
    before = ToMilliseconds(*seen.remaining);
  }
  const std::string relay = "seam.probe.v1.Relay";
  EXPECT_THAT(chains, ElementsAre(relay, relay + "," + relay, relay + "," + relay + "," + relay));
}

TEST_P(ThrowingContract, ACircleOfCallsWithoutAContextEnds) {
  const Error error =
      ThrownBy([&] { return adapter().Pass({.hops = 100, .without_context = true}); });
  EXPECT_EQ(error.reason, "CALL_CHAIN_TOO_DEEP") << ToString(error);
  EXPECT_EQ(error.origin, Origin::kHandler);
}

// In one process the handler runs on the caller's thread; it must not see more than a remote one.
TEST_P(ThrowingContract, AHandlerDoesNotSeeTheScopeOfItsCaller) {
  const ContextScope scope(Context().WithMetadata("k", "v"));
  const PassResponse passed = adapter().Pass(Context(), {.hops = 1, .without_context = true});
  ASSERT_EQ(passed.seen.size(), 2U);
  for (const Seen& seen : passed.seen) EXPECT_TRUE(seen.metadata.empty());
  EXPECT_NE(ContextScope::Current().FindMetadata("k"), nullptr) << "and the caller has it again";
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(ThrowingContract);

class ReturningContract : public RelayOnEverySide {
 protected:
  CallRules Rules() override {
    CallRules rules;
    rules.return_at_deadline = true;
    return rules;
  }
};

TEST_P(ReturningContract, CancellingTheContextInForceEndsACall) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  std::optional<Error> error;
  std::thread caller([&] {
    const ContextScope scope(Context().WithCancellation(source));
    const ThrowingRelay relay(client(), minutes(1));
    error = ThrownBy([&] { return relay.Block({.key = key}); });
  });
  EXPECT_TRUE(Eventually(key, [](const LookAtResponse& counts) { return counts.begun == 1; }));
  source.Cancel();
  caller.join();
  EXPECT_EQ(error->code, Code::kCancelled);
  EXPECT_EQ(error->origin, Origin::kOutcomeUnknown);
  Release(key);
  EXPECT_TRUE(Eventually(key, [](const LookAtResponse& counts) { return counts.ended == 1; }));
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(ReturningContract);

}  // namespace
}  // namespace seam::probe
