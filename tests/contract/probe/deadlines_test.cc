// What a caller gets while a handler does not stop: its answer at the deadline, and at once when it
// cancels. The same on every remote binding, and in-process where the module is declared so; and
// along a chain of modules that are bound in different ways.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "probe/relay_handler.h"
#include "probe/relay_sides.h"
#include "seam/core/uuid.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using std::chrono::milliseconds;
using std::chrono::seconds;

class DeadlineContract : public RelayOnEverySide {
 protected:
  CallRules Rules() override {
    CallRules rules;
    rules.return_at_deadline = true;
    return rules;
  }
};

template <class T>
::testing::AssertionResult EndedAs(const Result<T>& result, Code code) {
  if (result) return ::testing::AssertionFailure() << "the call succeeded";
  if (result.error().code == code && result.error().reason == CodeName(code)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "the error is " << ToString(result.error());
}

bool OneWasToldToStop(const LookAtResponse& counts) { return counts.told_to_stop == 1; }
bool OneHasEnded(const LookAtResponse& counts) { return counts.ended == 1; }

// Calls with a deadline of 50 ms, and with a longer one only while the machine is so busy that the
// call did not reach the handler in that time. `call(context)` blocks the handler on `key`.
template <class Call, class LookAt>
::testing::AssertionResult ReturnsAtTheDeadlineOf(Call call, LookAt look_at) {
  for (milliseconds timeout(50); timeout < seconds(60); timeout *= 4) {
    const auto ended = EndedAs(call(Context().WithTimeout(timeout)), Code::kDeadlineExceeded);
    if (!ended) return ended;
    const LookAtResponse counts = look_at();
    if (counts.begun > 0) {
      if (counts.ended == 0) return ::testing::AssertionSuccess();
      return ::testing::AssertionFailure() << "the handler was released";
    }
  }
  return ::testing::AssertionFailure() << "no call reached the handler";
}

TEST_P(DeadlineContract, ACallReturnsAtItsDeadlineThoughTheHandlerIsBlocked) {
  const std::string key = NewUuidV7();
  EXPECT_TRUE(ReturnsAtTheDeadlineOf(
      [&](const Context& context) { return client().Block(context, {.key = key}); },
      [&] { return LookAt(key); }));
  EXPECT_TRUE(Eventually(key, OneWasToldToStop));
  Release(key);
  EXPECT_TRUE(Eventually(key, OneHasEnded));
}

TEST_P(DeadlineContract, ACallReturnsWhenItIsCancelledThoughTheHandlerIsBlocked) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  std::optional<Result<BlockResponse>> reply;
  std::thread caller(
      [&] { reply = client().Block(Context().WithCancellation(source), {.key = key}); });
  EXPECT_TRUE(Eventually(key, [](const auto& counts) { return counts.begun == 1; }));
  source.Cancel();
  caller.join();
  ASSERT_TRUE(EndedAs(*reply, Code::kCancelled));
  EXPECT_EQ(reply->error().origin, Origin::kOutcomeUnknown);
  EXPECT_EQ(LookAt(key).ended, 0);
  EXPECT_TRUE(Eventually(key, OneWasToldToStop));
  Release(key);
  EXPECT_TRUE(Eventually(key, OneHasEnded));
}

constexpr milliseconds kBudget(5000);

// Along three handlers, each of which takes a while.
::testing::AssertionResult BudgetShrinksFromHopToHop(RelayClient& client,
                                                     milliseconds take = milliseconds(5)) {
  const auto passed =
      client.Pass(Context().WithTimeout(kBudget), {.hops = 2, .take = ToDuration(take)});
  if (!passed) return ::testing::AssertionFailure() << ToString(passed.error());
  if (passed->seen.size() != 3) return ::testing::AssertionFailure() << "there are not 3 handlers";
  for (const Seen& seen : passed->seen) {
    if (!seen.remaining) return ::testing::AssertionFailure() << "a handler sees no deadline";
  }
  milliseconds before = kBudget + milliseconds(1);
  for (const Seen& seen : passed->seen) {
    const milliseconds left = ToMilliseconds(*seen.remaining);
    if (left >= before) {
      return ::testing::AssertionFailure() << left.count() << " ms after " << before.count();
    }
    before = left;
  }
  return ::testing::AssertionSuccess();
}

TEST_P(DeadlineContract, TheBudgetShrinksFromHopToHop) {
  EXPECT_TRUE(BudgetShrinksFromHopToHop(client()));
}

// gRPC's own header would repeat that of the call before, which is almost the same.
TEST_P(DeadlineContract, TheNextCallMayHaveALittleLess) {
  for (const milliseconds timeout : {kBudget, kBudget * 98 / 100, kBudget * 97 / 100}) {
    const auto passed = client().Pass(Context().WithTimeout(timeout), {});
    ASSERT_TRUE(passed) << ToString(passed.error());
    ASSERT_EQ(passed->seen.size(), 1U);
    ASSERT_TRUE(passed->seen[0].remaining);
    EXPECT_LE(ToMilliseconds(*passed->seen[0].remaining), timeout);
  }
}

TEST_P(DeadlineContract, ADeadlineReachesTheThirdHop) {
  const std::string key = NewUuidV7();
  EXPECT_TRUE(ReturnsAtTheDeadlineOf(
      [&](const Context& context) { return client().Pass(context, {.hops = 2, .block_key = key}); },
      [&] { return LookAt(key); }));
  EXPECT_TRUE(Eventually(key, OneWasToldToStop));
  Release(key);
  EXPECT_TRUE(Eventually(key, OneHasEnded));
}

TEST_P(DeadlineContract, CancellationReachesTheThirdHop) {
  const std::string key = NewUuidV7();
  const CancellationSource source;
  std::optional<Result<PassResponse>> reply;
  std::thread caller([&] {
    reply = client().Pass(Context().WithCancellation(source), {.hops = 2, .block_key = key});
  });
  EXPECT_TRUE(Eventually(key, [](const auto& counts) { return counts.begun == 1; }));
  source.Cancel();
  caller.join();
  EXPECT_TRUE(EndedAs(*reply, Code::kCancelled));
  EXPECT_TRUE(Eventually(key, OneWasToldToStop));
  Release(key);
  EXPECT_TRUE(Eventually(key, OneHasEnded));
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(DeadlineContract);

// The bindings in one process without the declaration, which is what the cases above fail without.
class WithoutTheDeclaration : public RelayOnEverySide {};

TEST_P(WithoutTheDeclaration, ACallTakesAsLongAsItsHandler) {
  for (milliseconds timeout(50); timeout < seconds(60); timeout *= 4) {
    const std::string key = NewUuidV7();
    const Context context = Context().WithTimeout(timeout);
    std::atomic<bool> returned = false;
    std::thread releaser([&] {
      const auto blocks_beyond_its_deadline = [&] {
        return context.remaining() <= Context::Clock::duration::zero() && LookAt(key).begun == 1;
      };
      while (!returned && !blocks_beyond_its_deadline()) std::this_thread::yield();
      EXPECT_EQ(LookAt(key).told_to_stop, 0) << "a deadline alone tells nobody";
      Release(key);
    });
    const auto reply = client().Block(context, {.key = key});
    const LookAtResponse counts = LookAt(key);
    returned = true;
    releaser.join();
    EXPECT_TRUE(EndedAs(reply, Code::kDeadlineExceeded));
    if (counts.begun == 0) continue;  // The machine is busy.
    EXPECT_EQ(counts.ended, 1) << "the caller got its answer when the handler had ended";
    return;
  }
  FAIL() << "no call reached the handler";
}

INSTANTIATE_TEST_SUITE_P(InOneProcess, WithoutTheDeclaration,
                         ::testing::Values(testing::Side::kInProcess,
                                           testing::Side::kInProcessCodec));

// ---- A chain whose modules are bound in different ways ----

enum class Hop { kNone, kInProcess, kUnix, kTcp };

// A relay's client that may leave out what is passed on: each call gets a context of its own.
class ForgetfulClient final : public RelayClient {
 public:
  ForgetfulClient(RelayClient& client, bool forgets) : client_(client), forgets_(forgets) {}

  Result<PassResponse> Pass(const Context& context, const PassRequest& request) override {
    return client_.Pass(forgets_ ? Context() : context, request);
  }
  Result<BlockResponse> Block(const Context& context, const BlockRequest& request) override {
    return client_.Block(context, request);
  }
  Result<ReleaseResponse> Release(const Context& context, const ReleaseRequest& request) override {
    return client_.Release(context, request);
  }
  Result<LookAtResponse> LookAt(const Context& context, const LookAtRequest& request) override {
    return client_.LookAt(context, request);
  }

 private:
  RelayClient& client_;
  const bool forgets_;
};

// Three relays: the first is called in-process, the second over a unix socket, the third over TCP.
class MixedChain {
 public:
  explicit MixedChain(Hop forgetful = Hop::kNone) : forgetful_(forgetful) {}

  [[nodiscard]] RelayClient& client() { return to_first_; }
  // Of the third.
  [[nodiscard]] LookAtResponse LookAt(const std::string& key) {
    return third_.LookAt(Context(), {.key = key}).value();
  }
  void Release(const std::string& key) { EXPECT_TRUE(third_.Release(Context(), {.key = key})); }

 private:
  using Side = testing::Side;

  // In the order of construction: each uses the ones above it.
  const Hop forgetful_;
  const testing::TemporaryFolder folder_;
  RelayService third_{[this]() -> RelayClient& { return client(); }};
  RelayServicer third_servicer_{third_};
  testing::Loopback tcp_{third_servicer_, Side::kGrpcTcp, folder_};
  RelayRemoteClient tcp_client_{tcp_.channel(), {}};
  ForgetfulClient to_third_{tcp_client_, forgetful_ == Hop::kTcp};
  RelayService second_{[this]() -> RelayClient& { return to_third_; }};
  RelayServicer second_servicer_{second_};
  testing::Loopback unix_{second_servicer_, Side::kGrpcUnix, folder_};
  RelayRemoteClient unix_client_{unix_.channel(), {}};
  ForgetfulClient to_second_{unix_client_, forgetful_ == Hop::kUnix};
  RelayService first_{[this]() -> RelayClient& { return to_second_; }};
  RelayInProcessClient local_client_{first_, {}};
  ForgetfulClient to_first_{local_client_, forgetful_ == Hop::kInProcess};
};

TEST(MixedChainTest, TheBudgetShrinksFromHopToHop) {
  MixedChain chain;
  EXPECT_TRUE(BudgetShrinksFromHopToHop(chain.client()));
}

// What the case above, and that of each binding, fails without.
TEST(MixedChainTest, WithoutPassingItOnTheBudgetEndsAtThatHop) {
  for (const Hop hop : {Hop::kInProcess, Hop::kUnix, Hop::kTcp}) {
    MixedChain chain(hop);
    const auto shrinks = BudgetShrinksFromHopToHop(chain.client(), milliseconds(1));
    EXPECT_FALSE(shrinks) << "hop " << static_cast<int>(hop);
    EXPECT_STREQ(shrinks.message(), "a handler sees no deadline");
  }
}

TEST(MixedChainTest, ADeadlineReachesTheThirdHop) {
  MixedChain chain;
  EXPECT_TRUE(ReturnsAtTheDeadlineOf(
      [&](const Context& context) {
        return chain.client().Pass(context, {.hops = 2, .block_key = "k"});
      },
      [&] { return chain.LookAt("k"); }));
  const auto deadline = std::chrono::steady_clock::now() + seconds(20);
  while (!OneWasToldToStop(chain.LookAt("k")) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(OneWasToldToStop(chain.LookAt("k")));
  chain.Release("k");
}

TEST(MixedChainTest, WithoutPassingItOnTheLastHandlerIsNotToldToStop) {
  MixedChain chain(Hop::kTcp);
  EXPECT_TRUE(ReturnsAtTheDeadlineOf(
      [&](const Context& context) {
        return chain.client().Pass(context, {.hops = 2, .block_key = "k"});
      },
      [&] { return chain.LookAt("k"); }));
  chain.Release("k");
  while (!OneHasEnded(chain.LookAt("k"))) std::this_thread::yield();
  EXPECT_EQ(chain.LookAt("k").told_to_stop, 0);
}

}  // namespace
}  // namespace seam::probe
