// What a client refuses or reports before it calls, the same on every binding: a call inside a
// transaction, a chain of calls that goes in a circle, a mutex that is held. Each with a case that
// shows what happens without the guard.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "probe/relay_sides.h"
#include "seam/core/mutex.h"
#include "seam/core/transaction_scope.h"
#include "seam/core/uuid.h"
#include "seam/host/module_options.h"
#include "seam/observe/log.h"
#include "seam/probe/v1/relay_in_process.h"
#include "seam/sql/database.h"
#include "seam/sql/sqlite.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRelay[] = "seam.probe.v1.Relay";
constexpr char kPass[] = "/seam.probe.v1.Relay/Pass";

class GuardContract : public RelayOnEverySide {
 protected:
  CallRules Rules() override {
    CallRules rules;
    rules.max_visits = 3;
    rules.on_mutex_held = [this](const MethodContract& method, std::string_view mutex) {
      const std::lock_guard lock(mutex_);
      reported_.push_back(std::string(mutex) + " " + std::string(method.path));
    };
    return rules;
  }

  std::vector<std::string> reported() {
    const std::lock_guard lock(mutex_);
    return reported_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> reported_;
};

// A client without guards, as one would be that is written by hand.
class BareRelayClient final : public RelayClient {
 public:
  explicit BareRelayClient(RelayHandler& handler) : handler_(handler) {}

  Result<PassResponse> Pass(const Context& context, const PassRequest& request) override {
    return handler_.Pass(context, request);
  }
  Result<BlockResponse> Block(const Context& context, const BlockRequest& request) override {
    return handler_.Block(context, request);
  }
  Result<ReleaseResponse> Release(const Context& context, const ReleaseRequest& request) override {
    return handler_.Release(context, request);
  }
  Result<LookAtResponse> LookAt(const Context& context, const LookAtRequest& request) override {
    return handler_.LookAt(context, request);
  }

 private:
  RelayHandler& handler_;
};

// A relay that passes calls on to itself with nothing in between.
struct BareRelay {
  RelayService service{[this]() -> RelayClient& { return client; }};
  BareRelayClient client{service};
};

template <class T>
::testing::AssertionResult RefusedAs(const Result<T>& result, const std::string& reason,
                                     Origin origin) {
  if (result) return ::testing::AssertionFailure() << "the call succeeded";
  const Error& error = result.error();
  if (error.code == Code::kFailedPrecondition && error.reason == reason && error.origin == origin) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "the error is " << ToString(error);
}

std::unique_ptr<sql::Database> OpenShelf(const testing::TemporaryFolder& folder) {
  sql::SqliteOptions options;
  options.path = folder / "shelf.sqlite";
  options.durable = false;
  auto database = sql::OpenSqlite(options);
  database->Write(Context(), [](sql::Session& session) {
    session.ExecuteScript("CREATE TABLE item (id TEXT)");
  });
  return database;
}

std::int64_t CountItems(sql::Database& database) {
  return *database.Read(Context(), [](sql::Session& session) {
    return session.QueryOne("SELECT count(*) FROM item", {},
                            [](const sql::Row& row) { return row.Int64(0); });
  });
}

// ---- A transaction ----

TEST_P(GuardContract, ACallInsideATransactionIsRefused) {
  {
    const TransactionScope transaction("checkout");
    const auto refused = client().Release(Context(), {.key = "k"});
    ASSERT_TRUE(RefusedAs(refused, "CALL_IN_TRANSACTION", Origin::kNotDelivered));
    EXPECT_THAT(refused.error().message, HasSubstr("/seam.probe.v1.Relay/Release"));
    EXPECT_THAT(refused.error().message, HasSubstr("'checkout'"));
    EXPECT_EQ(refused.error().metadata.at("method"), "/seam.probe.v1.Relay/Release");
    EXPECT_EQ(refused.error().metadata.at("transaction"), "checkout");
  }
  EXPECT_TRUE(client().Pass(Context(), {}));
}

TEST_P(GuardContract, ATransactionOfAnotherThreadIsNotSeen) {
  const TransactionScope transaction("checkout");
  std::optional<Result<PassResponse>> passed;
  std::thread([&] { passed = client().Pass(Context(), {}); }).join();
  EXPECT_TRUE(passed->has_value()) << ToString(passed->error());
}

TEST_P(GuardContract, ATransactionOfAHandlerRefusesItsCalls) {
  const auto refused = client().Pass(Context(), {.hops = 1, .transaction = "stock"});
  ASSERT_TRUE(RefusedAs(refused, "CALL_IN_TRANSACTION", Origin::kHandler));
  EXPECT_EQ(refused.error().metadata.at("transaction"), "stock");
  EXPECT_TRUE(client().Pass(Context(), {.hops = 1})) << "it is over when the handler is";
}

TEST_P(GuardContract, AWriteOfTheDatabaseIsATransaction) {
  const testing::TemporaryFolder folder;
  const auto shelf = OpenShelf(folder);
  const auto refused = shelf->Write(Context(), [&](sql::Session& session) {
    session.Execute("INSERT INTO item VALUES ($1)", {"cup"});
    return client().Pass(Context(), {});
  });
  ASSERT_TRUE(RefusedAs(refused, "CALL_IN_TRANSACTION", Origin::kNotDelivered));
  EXPECT_EQ(refused.error().metadata.at("transaction"), shelf->name());
  EXPECT_EQ(CountItems(*shelf), 0) << "a failed result rolls back";
  EXPECT_TRUE(client().Pass(Context(), {}));
}

TEST_P(GuardContract, ASnapshotIsATransactionAndAPlainReadIsNot) {
  const testing::TemporaryFolder folder;
  const auto shelf = OpenShelf(folder);
  const auto pass = [&](sql::Session&) { return client().Pass(Context(), {}); };
  EXPECT_TRUE(RefusedAs(shelf->ReadSnapshot(Context(), pass), "CALL_IN_TRANSACTION",
                        Origin::kNotDelivered));
  EXPECT_TRUE(shelf->Read(Context(), pass));
}

TEST(WithoutTheGuards, WhatAModuleDidStaysWhenTheCallersTransactionIsRolledBack) {
  const testing::TemporaryFolder folder;
  const auto shelf = OpenShelf(folder);
  BareRelay relay;
  const auto work = [&](sql::Session& session) {
    session.Execute("INSERT INTO item VALUES ($1)", {"cup"});
    EXPECT_TRUE(relay.client.Release(Context(), {.key = "cup"}));
    throw std::runtime_error("no more");
  };
  EXPECT_THROW(shelf->Write(Context(), work), std::runtime_error);
  EXPECT_EQ(CountItems(*shelf), 0);
  EXPECT_TRUE(relay.client.Block(Context(), {.key = "cup"})) << "released, though rolled back";
}

// ---- A circle ----

TEST_P(GuardContract, ACircleOfCallsEndsAndIsNamed) {
  // Without the guard a server runs out of threads on the way: then this ends it.
  const auto refused =
      client().Pass(Context().WithTimeout(std::chrono::seconds(30)), {.hops = 100});
  ASSERT_TRUE(RefusedAs(refused, "CALL_CHAIN_TOO_DEEP", Origin::kHandler));
  const std::string chain = std::string(kRelay) + "," + kRelay + "," + kRelay;
  EXPECT_EQ(refused.error().metadata.at("chain"), chain);
  EXPECT_EQ(refused.error().metadata.at("method"), kPass);
  EXPECT_THAT(refused.error().message, HasSubstr(chain));
}

TEST_P(GuardContract, AChainMayComeBackAsOftenAsIsAllowed) {
  const auto passed = client().Pass(Context(), {.hops = 2});
  ASSERT_TRUE(passed) << ToString(passed.error());
  std::vector<std::string> chains;
  for (const Seen& seen : passed->seen) chains.push_back(seen.call_chain);
  const std::string relay = kRelay;
  EXPECT_THAT(chains, ElementsAre(relay, relay + "," + relay, relay + "," + relay + "," + relay));
}

TEST_P(GuardContract, TheChainIsNoMetadata) {
  const auto passed = client().Pass(Context().WithMetadata("k", "v"), {.hops = 1});
  ASSERT_TRUE(passed) << ToString(passed.error());
  for (const Seen& seen : passed->seen) {
    EXPECT_EQ(seen.metadata, (std::map<std::string, std::string>{{"k", "v"}}));
  }
}

TEST_P(GuardContract, ACallerCannotPretendToBeAChain) {
  const auto refused = client().Pass(Context().WithMetadata("seam-call-chain", "a,a,a,a"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "INVALID_METADATA");
}

TEST(WithoutTheGuards, ACircleOfCallsGoesOn) {
  BareRelay relay;
  const auto passed = relay.client.Pass(Context(), {.hops = 100});
  ASSERT_TRUE(passed) << ToString(passed.error());
  EXPECT_EQ(passed->seen.size(), 101U);
}

// A relay whose next service is told to be somebody else's.
class SecretiveRelay : public GuardContract {
 protected:
  std::vector<std::string> Arguments() override { return {"--modules.next.send_call_chain=false"}; }
};

TEST_P(SecretiveRelay, DoesNotSayWhereItsCallsHaveComeThrough) {
  const auto passed = client().Pass(Context(), {.hops = 4});
  ASSERT_TRUE(passed) << "no circle is seen: " << ToString(passed.error());
  ASSERT_EQ(passed->seen.size(), 5U);
  for (const Seen& seen : passed->seen) EXPECT_EQ(seen.call_chain, kRelay);
}

INSTANTIATE_TEST_SUITE_P(OwnProcess, SecretiveRelay, ::testing::Values(testing::Side::kProcess));

// ---- A mutex ----

TEST_P(GuardContract, AMutexHeldAcrossACallIsReported) {
  Mutex cart("cart");
  {
    const std::lock_guard lock(cart);
    EXPECT_TRUE(client().Release(Context(), {.key = "k"})) << "it is a report, not a refusal";
  }
  EXPECT_THAT(reported(), ElementsAre("cart /seam.probe.v1.Relay/Release"));
  EXPECT_TRUE(client().Release(Context(), {.key = "k"}));
  EXPECT_EQ(reported().size(), 1U) << "it is not held any more";
}

TEST_P(GuardContract, AMutexOfAnotherThreadIsNotReported) {
  Mutex cart("cart");
  const std::lock_guard lock(cart);
  std::thread([&] { EXPECT_TRUE(client().Release(Context(), {.key = "k"})); }).join();
  EXPECT_TRUE(reported().empty());
}

// The rules that the shop and every service take.
TEST(ModuleRules, PutAMutexThatIsHeldIntoTheLog) {
  std::vector<std::string> lines;
  Log log({.format = LogFormat::kText,
           .sink = [&](std::string_view line) { lines.emplace_back(line); }});
  BareRelay relay;
  RelayInProcessClient client(relay.service, CallRulesOf({}, log));
  Mutex cart("cart");
  {
    const std::lock_guard lock(cart);
    EXPECT_TRUE(client.Release(Context(), {.key = "k"}));
  }
  EXPECT_TRUE(client.Release(Context(), {.key = "k"}));
  EXPECT_THAT(lines,
              ElementsAre(AllOf(HasSubstr("a mutex is held across a call"), HasSubstr("cart"),
                                HasSubstr("/seam.probe.v1.Relay/Release"))));
}

TEST(WithoutTheGuards, NobodyHearsThatWhoComesBackWouldWaitForEver) {
  BareRelay relay;
  Mutex cart("cart");
  const std::lock_guard lock(cart);
  EXPECT_TRUE(relay.client.Release(Context(), {.key = "k"}));
  bool free = true;
  std::thread([&] {
    free = cart.try_lock();
    if (free) cart.unlock();
  }).join();
  EXPECT_FALSE(free) << "as a handler on another thread would find it";
}

SEAM_INSTANTIATE_ON_EVERY_SIDE(GuardContract);

}  // namespace
}  // namespace seam::probe
