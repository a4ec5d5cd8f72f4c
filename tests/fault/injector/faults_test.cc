// What the fault injector does, and that it finds a method which is marked wrongly.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/ledger/v1/ledger_codec.h"
#include "seam/ledger/v1/ledger_seam.h"
#include "seam/observe/log.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/cutting_proxy.h"
#include "seam/testing/faults.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"

namespace seam::ledger {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.
using testing::Fault;
using testing::FaultPlan;
using testing::FaultyChannel;
using ::testing::HasSubstr;
using testing::RetryingChannel;
using testing::Side;

class Accounts final : public LedgerHandler {
 public:
  explicit Accounts(std::map<std::string, std::int64_t>& amounts) : amounts_(amounts) {}

  Result<PutResponse> Put(const Context&, const PutRequest& request) override {
    amounts_[request.account] = request.amount;
    return PutResponse{};
  }
  Result<DepositResponse> Deposit(const Context&, const DepositRequest& request) override {
    return Increase(request.account, request.amount, DepositResponse{});
  }
  Result<AddResponse> Add(const Context&, const AddRequest& request) override {
    return Increase(request.account, request.amount, AddResponse{});
  }
  Result<ReadResponse> Read(const Context&, const ReadRequest& request) override {
    return ReadResponse{.amount = amounts_[request.account]};
  }

 private:
  // Wraps around, as any number may be asked for.
  template <class Response>
  Result<Response> Increase(const std::string& account, std::int64_t amount, Response response) {
    amounts_[account] = static_cast<std::int64_t>(static_cast<std::uint64_t>(amounts_[account]) +
                                                  static_cast<std::uint64_t>(amount));
    return response;
  }

  std::map<std::string, std::int64_t>& amounts_;
};

const MethodContract& Method(std::string_view name) {
  const ServiceContract& contract = LedgerSeam::contract();
  for (std::size_t i = 0; i < contract.method_count; ++i) {
    if (contract.methods[i].name == name) return contract.methods[i];
  }
  std::abort();
}

// As the bytes that a channel carries, whatever is in it.
Buffer EncodeAdd(const AddRequest& request) {
  wire::Writer out;
  Encode(request, out);
  return out.Finish();
}

// ---- One fault ----

class OneFault : public ::testing::TestWithParam<Side> {
 protected:
  // The ledger behind a channel that does this to the first attempt, and to no other one.
  LedgerRemoteClient& After(Fault fault) {
    next_ = fault;
    return *client_;
  }

  std::map<std::string, std::int64_t> amounts_;
  Fault next_ = Fault::kNone;
  testing::ChannelSide<LedgerSeam> side_{GetParam(), std::make_unique<Accounts>(amounts_)};
  FaultyChannel faulty_{side_.channel(), [this](const MethodContract&) {
                          return std::exchange(next_, Fault::kNone);
                        }};
  std::unique_ptr<LedgerRemoteClient> client_ = std::make_unique<LedgerRemoteClient>(faulty_);
  RetryingChannel retrying_{faulty_};
  LedgerRemoteClient patient_{retrying_};
};

TEST_P(OneFault, BeforeDeliveryTheHandlerDoesNotRun) {
  const auto lost = After(Fault::kBefore).Add(Context(), {.account = "a", .amount = 5});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_EQ(lost.error().reason, "UNREACHABLE");
  EXPECT_EQ(lost.error().origin, Origin::kNotDelivered);
  EXPECT_EQ(amounts_["a"], 0);
}

TEST_P(OneFault, AfterDeliveryTheHandlerHasRunAndNobodyKnows) {
  for (const Fault fault : {Fault::kAfter, Fault::kInReply}) {
    amounts_.clear();
    const auto lost = After(fault).Add(Context(), {.account = "a", .amount = 5});
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Code::kUnavailable);
    EXPECT_EQ(lost.error().reason, "CONNECTION_LOST");
    EXPECT_EQ(lost.error().origin, Origin::kOutcomeUnknown);
    EXPECT_EQ(amounts_["a"], 5);
  }
}

TEST_P(OneFault, WhatTheClientRefusesIsNotLost) {
  for (const Fault fault : {Fault::kBefore, Fault::kAfter, Fault::kInReply}) {
    const auto refused = After(fault).Add(Context(), {.account = "\xFF"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "INVALID_UTF8");
  }
  // Around a client, as here, the request is the client's to look at.
  for (const Fault fault : {Fault::kAfter, Fault::kInReply}) {
    next_ = fault;
    const auto refused = faulty_.Call(Method("Add"), Context(), EncodeAdd({.account = "\xFF"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "INVALID_UTF8");
  }
}

TEST_P(OneFault, WhatTheContextRefusesIsNotLost) {
  const CancellationSource given_up;
  given_up.Cancel();
  const std::vector<std::pair<Context, Code>> refused = {
      {Context().WithMetadata("Not A Key", "value"), Code::kInvalidArgument},
      {Context().WithTimeout(std::chrono::seconds(-1)), Code::kDeadlineExceeded},
      {Context().WithCancellation(given_up), Code::kCancelled}};
  for (const Fault fault : {Fault::kNone, Fault::kBefore, Fault::kAfter, Fault::kInReply}) {
    for (const auto& [context, code] : refused) {
      for (Channel* const channel : std::initializer_list<Channel*>{&faulty_, &retrying_}) {
        next_ = fault;
        const auto answer = channel->Call(Method("Add"), context, EncodeAdd({.account = "a"}));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, code);
        EXPECT_EQ(answer.error().origin, Origin::kNotDelivered);
      }
    }
  }
  EXPECT_EQ(amounts_["a"], 0);
}

TEST_P(OneFault, ACarefulCallerTriesAgainWhatTheContractAllows) {
  for (const Fault fault : {Fault::kBefore, Fault::kAfter, Fault::kInReply}) {
    next_ = fault;
    EXPECT_TRUE(patient_.Put(Context(), {.account = "a", .amount = 5}));
    EXPECT_EQ(next_, Fault::kNone) << "the fault has happened";
    EXPECT_EQ(amounts_["a"], 5);
  }
  next_ = Fault::kBefore;
  EXPECT_TRUE(patient_.Add(Context(), {.account = "a", .amount = 2}));
  EXPECT_EQ(amounts_["a"], 7);

  next_ = Fault::kAfter;
  const auto lost = patient_.Add(Context(), {.account = "a", .amount = 2});
  ASSERT_FALSE(lost) << "it may have run, and must not run again";
  EXPECT_EQ(lost.error().origin, Origin::kOutcomeUnknown);
  EXPECT_EQ(amounts_["a"], 9) << "once";
}

// ---- The end of a caller's patience ----

// Fails every attempt in the same way, and may do something else at the second one.
class FailingChannel final : public Channel {
 public:
  explicit FailingChannel(
      Origin origin, std::function<void()> at_second = [] {})
      : origin_(origin), at_second_(std::move(at_second)) {}

  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override {
    completion.Complete(Call(method, context, std::move(request)));
  }
  Result<Buffer> Call(const MethodContract&, const Context&, Buffer) override {
    if (++attempts_ == 2) at_second_();
    return Forward(Error{Code::kUnavailable, "PLANTED", "planted", {}, origin_});
  }

  [[nodiscard]] int attempts() const { return attempts_; }

 private:
  const Origin origin_;
  const std::function<void()> at_second_;
  int attempts_ = 0;
};

// With pauses of five seconds altogether.
constexpr int kManyAttempts = 100;

TEST(RetryingChannel, EndsAtTheDeadline) {
  for (const Origin origin : {Origin::kNotDelivered, Origin::kOutcomeUnknown}) {
    FailingChannel failing(origin);
    RetryingChannel retrying(failing, kManyAttempts);
    const Context context = Context().WithTimeout(std::chrono::milliseconds(50));
    const auto answer = retrying.Call(Method("Put"), context, Buffer());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::kDeadlineExceeded);
    EXPECT_EQ(answer.error().origin, origin) << "whether an attempt may have run";
    EXPECT_LT(failing.attempts(), kManyAttempts);
  }
}

TEST(RetryingChannel, EndsWhenItsCallerGivesUp) {
  const CancellationSource source;
  FailingChannel failing(Origin::kNotDelivered, [&] { source.Cancel(); });
  RetryingChannel retrying(failing, kManyAttempts);
  const auto answer = retrying.Call(Method("Put"), Context().WithCancellation(source), Buffer());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
  EXPECT_EQ(failing.attempts(), 2);
}

TEST(RetryingChannel, HasOnlySoManyAttempts) {
  FailingChannel failing(Origin::kNotDelivered);
  RetryingChannel retrying(failing, 3);
  const auto answer = retrying.Call(Method("Put"), Context(), Buffer());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_EQ(failing.attempts(), 3);
}

// By pauses that are told and not made.
TEST(RetryingChannel, PausesShortlyAndNeverBeyondItsCall) {
  const CancellationSource source;
  const Context context = Context().WithTimeout(std::chrono::hours(1)).WithCancellation(source);
  std::vector<Context::Clock::duration> spans;
  FailingChannel failing(Origin::kNotDelivered);
  RetryingChannel retrying(failing, kManyAttempts,
                           [&](const Context& given, Context::Clock::duration span) {
                             spans.push_back(span);
                             EXPECT_EQ(given.deadline(), context.deadline());
                             if (spans.size() < 5) return;
                             source.Cancel();
                             EXPECT_TRUE(given.cancelled()) << "a pause would end";
                           });
  EXPECT_EQ(retrying.Call(Method("Put"), context, Buffer()).error().code, Code::kCancelled);
  using std::chrono::milliseconds;
  EXPECT_THAT(spans, ::testing::ElementsAre(milliseconds(0), milliseconds(1), milliseconds(2),
                                            milliseconds(3), milliseconds(4)));
}

INSTANTIATE_TEST_SUITE_P(LocalSides, OneFault,
                         ::testing::Values(Side::kInProcess, Side::kInProcessCodec, Side::kGrpcTcp,
                                           Side::kGrpcUnix),
                         [](const auto& side) { return std::string(SideName(side.param)); });

// ---- A connection that is cut ----

class CutReply : public ::testing::Test {
 protected:
  static int PortOf(const std::string& address) {
    return std::stoi(address.substr(address.rfind(':') + 1));
  }
  std::unique_ptr<Channel> Open() {
    return OpenGrpcChannel(LedgerSeam::contract(), {.target = proxy_.address()}).value();
  }

  std::map<std::string, std::int64_t> amounts_;
  Accounts accounts_{amounts_};
  LedgerServicer servicer_{accounts_};
  LogOptions quiet_{.sink = [](std::string_view) {}};
  Log log_{quiet_};
  std::unique_ptr<GrpcServer> server_ =
      GrpcServer::Start({&servicer_}, {.addresses = {"127.0.0.1:0"}}, log_).value();
  testing::CuttingProxy proxy_{PortOf(server_->addresses().front())};
  std::unique_ptr<Channel> channel_ = Open();
  Fault next_ = Fault::kNone;
  FaultyChannel faulty_{
      *channel_, [this](const MethodContract&) { return std::exchange(next_, Fault::kNone); },
      &proxy_};
  LedgerRemoteClient client_{faulty_};
  RetryingChannel retrying_{faulty_};
  LedgerRemoteClient patient_{retrying_};
};

TEST_F(CutReply, WhatMayRunTwiceIsTriedAgain) {
  ASSERT_TRUE(client_.Read(Context(), {}));  // So that there is a connection.
  for (std::int64_t amount = 1; amount <= 8; ++amount) {
    next_ = Fault::kInReply;
    const auto put = patient_.Put(
        Context(),
        {.account = std::string(static_cast<std::size_t>(amount) * 7, 'x'), .amount = amount});
    EXPECT_TRUE(put) << ToString(put.error());
  }
  EXPECT_EQ(amounts_.size(), 9U) << "the eight, and the empty one that was read";
}

TEST_F(CutReply, WhatMayNotRunTwiceRunsOnce) {
  ASSERT_TRUE(client_.Read(Context(), {}));
  next_ = Fault::kInReply;
  const auto lost = client_.Add(Context(), {.account = "a", .amount = 5});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_EQ(lost.error().origin, Origin::kOutcomeUnknown);
  // Whether it has run nobody knows; that it has not run twice is certain.
  EXPECT_LE(amounts_["a"], 5);
}

// ---- Seeds ----

TEST(FaultPlan, ASeedReplaysExactly) {
  const auto fates = [](std::uint64_t seed) {
    FaultPlan plan(seed, 3);
    std::vector<Fault> drawn;
    for (int i = 0; i < 300; ++i) drawn.push_back(plan.Next(Method(i % 2 == 0 ? "Put" : "Add")));
    return drawn;
  };
  EXPECT_EQ(fates(7), fates(7));
  EXPECT_NE(fates(7), fates(8));
  std::map<Fault, int> counts;
  for (const Fault fault : fates(7)) ++counts[fault];
  EXPECT_EQ(counts.size(), 4U) << "each kind happens";
}

TEST(FaultPlan, OneInNoneIsNoPlan) {
  EXPECT_DEATH(FaultPlan(1, 0), "a FaultPlan for one in 0 attempts");
}

TEST(FaultPlan, SparesWhatItsCallerCannotMakeGood) {
  FaultPlan plan(1, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(plan.Next(Method("Add")), Fault::kBefore);
}

// ---- A method that is marked wrongly ----

// What is done to every call of the second side.
enum class Disturbance { kTwice, kFaults };

class LedgerSide final : public testing::ParitySide {
 public:
  LedgerSide() = default;
  explicit LedgerSide(Disturbance disturbance)
      : channel_(disturbance == Disturbance::kTwice ? static_cast<Channel*>(&twice_) : &retrying_) {
  }

  void Begin(std::uint64_t seed) override { plan_.emplace(seed, 3); }
  Channel& channel() override { return *channel_; }
  std::vector<std::string> Rows() override {
    std::vector<std::string> rows;
    for (const auto& [account, amount] : amounts_) {
      rows.push_back(account + "=" + std::to_string(amount));
    }
    return rows;
  }

 private:
  std::map<std::string, std::int64_t> amounts_;
  testing::ChannelSide<LedgerSeam> side_{Side::kInProcess, std::make_unique<Accounts>(amounts_)};
  testing::TwiceChannel twice_{side_.channel()};
  std::optional<FaultPlan> plan_;
  FaultyChannel faulty_{side_.channel(),
                        [this](const MethodContract& method) { return plan_->Next(method); }};
  RetryingChannel retrying_{faulty_};
  Channel* channel_ = &side_.channel();
};

testing::ParityOutcome CompareLedgers(Disturbance disturbance,
                                      const std::vector<std::string>& left_out) {
  return testing::CompareSides(
      LedgerSeam::contract(), [] { return std::make_unique<LedgerSide>(); },
      [=] { return std::make_unique<LedgerSide>(disturbance); },
      {.sequences = 50, .values = {{"account", {"a", "b"}}}, .left_out = left_out});
}

TEST(WronglyMarked, AnExtraDeliveryOfEveryCallFindsIt) {
  for (const Disturbance disturbance : {Disturbance::kTwice, Disturbance::kFaults}) {
    const auto outcome = CompareLedgers(disturbance, {});
    ASSERT_FALSE(outcome.equal);
    EXPECT_THAT(outcome.report, HasSubstr(": Deposit {"));
    // Faults by a seed fall on other calls when one is left out.
    if (disturbance == Disturbance::kTwice) {
      EXPECT_LE(outcome.calls, 2U) << outcome.report;
    }
  }
}

TEST(MethodsToAnswer, AreAnsweredByFurtherSequences) {
  const auto sides = [](const std::vector<std::string>& to_answer) {
    const auto open = [] { return std::make_unique<LedgerSide>(); };
    return testing::CompareSides(
        LedgerSeam::contract(), open, open,
        {.sequences = 1, .calls = 3, .values = {{"account", {"a", "b"}}}, .to_answer = to_answer});
  };
  EXPECT_LT(sides({}).methods.size(), 4U) << "three calls are of three methods at most";
  const auto outcome = sides({"Add", "Deposit", "Put", "Read"});
  for (const char* const method : {"Add", "Deposit", "Put", "Read"}) {
    ASSERT_EQ(outcome.methods.count(method), 1U) << outcome.report;
    EXPECT_GT(outcome.methods.at(method).answered, 0U) << outcome.report;
  }
}

TEST(WronglyMarked, TheOthersPass) {
  for (const Disturbance disturbance : {Disturbance::kTwice, Disturbance::kFaults}) {
    const auto outcome = CompareLedgers(disturbance, {"Deposit"});
    EXPECT_TRUE(outcome.equal) << outcome.report;
  }
}

}  // namespace
}  // namespace seam::ledger
