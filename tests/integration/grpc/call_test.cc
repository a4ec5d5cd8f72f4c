// Calls over a real socket, of each kind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <utility>

#include "seam/binding/codec_channel.h"
#include "seam/binding/normalize.h"
#include "test_service.h"

namespace seam {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

enum class Socket { kTcp, kTcp6, kUnix };

// A handler that may outlast its caller uses what lives in the test: such a test ends with
// Shutdown, which waits for handlers.
class CallTest : public ::testing::TestWithParam<Socket> {
 protected:
  GrpcServerOptions ServerOptions() const {
    GrpcServerOptions options;
    switch (GetParam()) {
      case Socket::kTcp: options.addresses = {"127.0.0.1:0"}; break;
      case Socket::kTcp6: options.addresses = {"[::1]:0"}; break;
      case Socket::kUnix: options.addresses = {"unix:" + (folder_ / "socket")}; break;
    }
    return options;
  }

  void Serve(TestHandler handler = Echo,
             const std::optional<GrpcServerOptions>& options = std::nullopt) {
    server_ = std::make_unique<TestServer>(std::move(handler), options.value_or(ServerOptions()));
    channel_ = OpenChannel(server_->address());
  }

  Result<Buffer> Call(const Context& context, std::string_view request = "x") {
    return channel_->Call(AddMethod(), context, Bytes(request));
  }

  // Calls with longer and longer deadlines until the handler was entered in time.
  Result<Buffer> CallUntilEntered(const std::atomic<bool>& entered) {
    for (milliseconds timeout{50};; timeout *= 2) {
      auto reply = Call(Context().WithTimeout(timeout));
      if (entered) return reply;
    }
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<Channel> channel_;
};

INSTANTIATE_TEST_SUITE_P(Sockets, CallTest,
                         ::testing::Values(Socket::kTcp, Socket::kTcp6, Socket::kUnix),
                         [](const auto& socket) {
                           switch (socket.param) {
                             case Socket::kTcp: return "Tcp";
                             case Socket::kTcp6: return "Tcp6";
                             case Socket::kUnix: return "Unix";
                           }
                           return "";
                         });

TEST_P(CallTest, CarriesBytesOfAnyLength) {
  Serve();
  for (const std::size_t size : {0U, 1U, 23U, 24U, 16'384U, 1'000'000U}) {
    const std::string request(size, '\xFF');
    EXPECT_EQ(Text(Call(Patient(), request)), request);
  }
}

TEST_P(CallTest, WhatIsLeftOfTheDeadlineTravelsOn) {
  std::optional<Context::Clock::duration> seen;
  Serve([&](const Context& context, std::string_view request) {
    seen = context.remaining();
    return Echo(context, request);
  });
  ASSERT_TRUE(Call(Context().WithTimeout(seconds(40))));
  ASSERT_TRUE(seen);
  EXPECT_GT(*seen, seconds(0));
  EXPECT_LE(*seen, seconds(41));
}

TEST_P(CallTest, NoDeadlineArrivesAsNone) {
  bool has_deadline = true;
  Serve([&](const Context& context, std::string_view request) {
    has_deadline = context.deadline().has_value();
    return Echo(context, request);
  });
  ASSERT_TRUE(Call(Patient()));
  EXPECT_TRUE(has_deadline);
  ASSERT_TRUE(Call(Context()));
  EXPECT_FALSE(has_deadline);
}

TEST_P(CallTest, CallEndsAtItsDeadlineWhileTheHandlerIsBusy) {
  std::atomic<bool> entered = false;
  std::latch released(1);
  Serve([&](const Context& context, std::string_view request) {
    entered = true;
    released.wait();
    return Echo(context, request);
  });
  const auto reply = CallUntilEntered(entered);
  released.count_down();
  server_->server().Shutdown(seconds(60));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(reply.error().reason, "DEADLINE_EXCEEDED");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
  EXPECT_THAT(reply.error().message,
              AllOf(HasSubstr("/seam.test.v1.Test/Add"), HasSubstr(server_->address())));
}

// Over a network; see Context::cancelled.
TEST_P(CallTest, DeadlineTellsTheHandler) {
  std::atomic<bool> entered = false;
  std::counting_semaphore<> told(0);
  Serve([&](const Context& context, std::string_view request) {
    std::latch cancelled(1);
    const auto callback = context.OnCancel([&] { cancelled.count_down(); });
    entered = true;
    cancelled.wait();
    told.release();
    return Echo(context, request);
  });
  ASSERT_FALSE(CallUntilEntered(entered));
  EXPECT_TRUE(told.try_acquire_for(seconds(60)));
  server_->server().Shutdown(seconds(60));
}

TEST_P(CallTest, PassedDeadlineIsNotEvenSent) {
  Serve();
  const auto reply = Call(Context().WithTimeout(milliseconds(-1)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(reply.error().origin, Origin::kNotDelivered);
  EXPECT_EQ(server_->calls(), 0);
}

TEST_P(CallTest, CancellationReachesTheHandler) {
  std::promise<void> entered;
  std::promise<void> told;
  Serve([&](const Context& context, std::string_view request) {
    std::latch cancelled(1);
    const auto callback = context.OnCancel([&] { cancelled.count_down(); });
    entered.set_value();
    cancelled.wait();
    told.set_value();
    return Echo(context, request);
  });
  const CancellationSource source;
  auto reply =
      std::async(std::launch::async, [&] { return Call(Patient().WithCancellation(source)); });
  entered.get_future().wait();
  source.Cancel();
  told.get_future().wait();
  const Result<Buffer> answer = reply.get();
  server_->server().Shutdown(seconds(60));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
  EXPECT_EQ(answer.error().reason, "CANCELLED");
  EXPECT_EQ(answer.error().origin, Origin::kOutcomeUnknown);
}

TEST_P(CallTest, CancelledContextIsNotEvenSent) {
  Serve();
  const CancellationSource source;
  source.Cancel();
  const auto reply = Call(Patient().WithCancellation(source));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kCancelled);
  EXPECT_EQ(reply.error().origin, Origin::kNotDelivered);
  EXPECT_EQ(server_->calls(), 0);
}

TEST_P(CallTest, MetadataAndTraceArrive) {
  std::optional<Context> seen;
  Serve([&](const Context& context, std::string_view request) {
    seen = context;
    return Echo(context, request);
  });
  const TraceContext trace = NewTrace();
  const Context context = Patient()
                              .WithTrace(trace)
                              .WithMetadata("principal", "user-7")
                              .WithMetadata("idempotency-key", "a b~!")
                              .WithMetadata("empty", "");
  ASSERT_TRUE(Call(context));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->metadata(), context.metadata());
  EXPECT_EQ(seen->trace(), trace);

  ASSERT_TRUE(Call(Patient()));
  EXPECT_THAT(seen->metadata(), IsEmpty());
  EXPECT_FALSE(seen->trace().valid());
}

TEST_P(CallTest, AsMuchMetadataAsAllowedArrives) {
  Metadata seen;
  Serve([&](const Context& context, std::string_view request) {
    seen = context.metadata();
    return Echo(context, request);
  });
  Context context = Patient().WithTrace(NewTrace());
  for (int i = 0; i < 64; ++i) {
    const std::string key = "key-" + std::to_string(100 + i);
    context = context.WithMetadata(key, std::string(64 - key.size(), '~'));
  }
  ASSERT_EQ(context.Check(), std::nullopt);
  ASSERT_NE(context.WithMetadata("one", "more").Check(), std::nullopt);
  ASSERT_TRUE(Call(context));
  EXPECT_EQ(seen, context.metadata());
}

TEST_P(CallTest, IllegalMetadataIsRefusedBeforeItIsSent) {
  Serve();
  for (const auto& [key, value] : Metadata{{"Upper", "x"},
                                           {"grpc-timeout", "1S"},
                                           {"bytes-bin", "x"},
                                           {"", "x"},
                                           {"traceparent", "x"},
                                           {":path", "/x"},
                                           {"ok", "line\nbreak"},
                                           {"accent", "\xC3\xA9"}}) {
    const auto reply = Call(Patient().WithMetadata(key, value));
    ASSERT_FALSE(reply) << key;
    EXPECT_EQ(reply.error().code, Code::kInvalidArgument) << key;
    EXPECT_EQ(reply.error().reason, "INVALID_METADATA") << key;
    EXPECT_EQ(reply.error().origin, Origin::kNotDelivered) << key;
  }
  EXPECT_EQ(server_->calls(), 0);
}

TEST_P(CallTest, ErrorsOfEveryCodeArriveWhole) {
  Error refusal;
  Serve([&](const Context&, std::string_view) -> Result<Buffer> { return Forward(refusal); });
  for (int number = 1; number <= 16; ++number) {
    refusal = Error{CodeFromNumber(number),
                    "OUT_OF_TEA",
                    "no tea is left, \xC3\xA9t\xC3\xA9 \xE2\x82\xAC 100% \n\t \"quoted\"",
                    {{"field", "tea.leaves"}, {"limit", "\xE2\x82\xAC 3"}, {"", ""}},
                    Origin::kHandler};
    const auto reply = Call(Patient());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(), refusal) << ToString(reply.error());

    refusal = Error{CodeFromNumber(number), "", "", {}, Origin::kHandler};
    const auto bare = Call(Patient());
    ASSERT_FALSE(bare);
    EXPECT_EQ(bare.error(), refusal) << ToString(bare.error());
  }
}

TEST_P(CallTest, ErrorsAsLargeAsTheyGetAreTheSameAsInProcess) {
  std::vector<Error> refusals;
  for (const char* const unit : {"x", "\xE2\x82\xAC", "\xFF", "%", "\n"}) {
    std::string large;
    while (large.size() < 20'000) large.append(unit);
    Error refusal{Code::kNotFound, "OUT_OF_TEA", large, {}, Origin::kHandler};
    refusals.push_back(refusal);
    refusal.metadata = {{"one", large}, {"two", large}};
    refusals.push_back(refusal);
    refusal.metadata.clear();
    // As much as fits exactly.
    for (int i = 0; i < 200; ++i) refusal.metadata[std::to_string(100 + i)] = unit;
    refusals.push_back(refusal);
    refusal.reason = large;
    refusals.push_back(refusal);
  }
  const Error* next = nullptr;
  const TestHandler handler = [&](const Context&, std::string_view) -> Result<Buffer> {
    return Forward(*next);
  };
  Serve(handler);
  TestServicer servicer(handler);
  CodecChannel in_process(servicer);
  for (const Error& refusal : refusals) {
    next = &refusal;
    const auto remote = Call(Patient());
    const auto local = in_process.Call(AddMethod(), Patient(), Bytes("x"));
    ASSERT_FALSE(remote);
    ASSERT_FALSE(local);
    EXPECT_EQ(remote.error(), local.error()) << ToString(remote.error());
    EXPECT_EQ(remote.error().code, Code::kNotFound);
  }
}

TEST_P(CallTest, ExceptionTextStaysInTheLogOfTheService) {
  Serve([](const Context&, std::string_view) -> Result<Buffer> {
    throw std::runtime_error("password=hunter2");
  });
  const auto reply = Call(Patient());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kInternal);
  EXPECT_EQ(reply.error().reason, "UNHANDLED_EXCEPTION");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
  EXPECT_THAT(ToString(reply.error()), Not(HasSubstr("hunter2")));
  server_->server().Shutdown(seconds(60));
  EXPECT_THAT(server_->log().LinesWith("hunter2"),
              ElementsAre(AllOf(HasSubstr(R"("level":"error")"), HasSubstr("Test/Add"))));
}

TEST_P(CallTest, MessagesUpToTheLimitPassAndLargerOnesDoNot) {
  constexpr std::size_t kLimit = 1000;
  GrpcServerOptions server_options = ServerOptions();
  server_options.max_message_bytes = kLimit;
  std::size_t reply_bytes = 0;
  Serve([&](const Context&, std::string_view) { return Bytes(std::string(reply_bytes, 'r')); },
        server_options);
  GrpcChannelOptions options;
  options.target = server_->address();
  options.max_message_bytes = kLimit;
  channel_ = OpenChannel(options);

  EXPECT_TRUE(Call(Patient(), std::string(kLimit, 'x')));
  EXPECT_EQ(server_->calls(), 1);
  const auto request = Call(Patient(), std::string(kLimit + 1, 'x'));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, Code::kResourceExhausted);
  EXPECT_EQ(request.error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(request.error().origin, Origin::kNotDelivered);
  EXPECT_EQ(server_->calls(), 1);

  reply_bytes = kLimit;
  EXPECT_EQ(Text(Call(Patient())).size(), kLimit);
  reply_bytes = kLimit + 1;
  const auto reply = Call(Patient());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kResourceExhausted);
  EXPECT_EQ(reply.error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
}

TEST_P(CallTest, EachSideKeepsItsOwnLimit) {
  GrpcServerOptions server_options = ServerOptions();
  server_options.max_message_bytes = 2000;
  std::size_t reply_bytes = 0;
  Serve([&](const Context&, std::string_view) { return Bytes(std::string(reply_bytes, 'r')); },
        server_options);

  const auto request = Call(Patient(), std::string(2001, 'x'));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, Code::kResourceExhausted);
  EXPECT_EQ(request.error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(request.error().origin, Origin::kNotDelivered);
  EXPECT_THAT(request.error().message, HasSubstr("server.max_message_bytes"));
  EXPECT_EQ(server_->calls(), 0);

  GrpcChannelOptions options;
  options.target = server_->address();
  options.max_message_bytes = 1000;
  channel_ = OpenChannel(options);
  reply_bytes = 1001;
  const auto reply = Call(Patient());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kResourceExhausted);
  EXPECT_EQ(reply.error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
  EXPECT_THAT(reply.error().message, HasSubstr("modules.NAME.max_message_bytes"));
}

TEST_P(CallTest, UnknownMethodIsNotDelivered) {
  Serve();
  constexpr MethodContract kOther{"/seam.test.v1.Test/Other", "Other", Idempotency::kUnknown, 3};
  const auto reply = channel_->Call(kOther, Patient(), Bytes("x"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnimplemented);
  EXPECT_EQ(reply.error().reason, "UNKNOWN_METHOD");
  EXPECT_EQ(reply.error().origin, Origin::kNotDelivered);
  EXPECT_THAT(reply.error().message, HasSubstr("/seam.test.v1.Test/Other"));
}

TEST_P(CallTest, HandlerMayCallItsOwnServer) {
  Serve([this](const Context& context, std::string_view request) -> Result<Buffer> {
    if (request.size() >= 4) return Bytes(request);
    return channel_->Call(AddMethod(), context, Bytes(std::string(request) + "x"));
  });
  EXPECT_EQ(Text(Call(Patient())), "xxxx");
  EXPECT_EQ(server_->calls(), 4);
}

TEST_P(CallTest, TheCallChainIsSentUnlessItIsNobodysBusiness) {
  std::string seen;
  Serve([&](const Context& context, std::string_view request) {
    seen = context.call_chain().ToText();
    return Echo(context, request);
  });
  const Context from_a_handler = Patient().Entering("shop.v1.Cart");
  ASSERT_TRUE(Call(from_a_handler));
  EXPECT_EQ(seen, "shop.v1.Cart,seam.test.v1.Test");
  ASSERT_TRUE(Call(Patient()));
  EXPECT_EQ(seen, "seam.test.v1.Test");

  GrpcChannelOptions options;
  options.target = server_->address();
  options.send_call_chain = false;
  const auto silent = OpenChannel(options);
  ASSERT_TRUE(silent->Call(AddMethod(), from_a_handler, Bytes("x")));
  EXPECT_EQ(seen, "seam.test.v1.Test");
}

TEST_P(CallTest, ManyCallersShareFewThreads) {
  constexpr int kThreads = 4;
  constexpr int kCallers = 64;
  std::mutex mutex;
  int running = 0;
  int most = 0;
  std::counting_semaphore<> permits(0);
  std::condition_variable full;
  GrpcServerOptions options = ServerOptions();
  options.handler_threads = kThreads;
  Serve(
      [&](const Context& context, std::string_view request) {
        {
          const std::lock_guard lock(mutex);
          most = std::max(most, ++running);
          full.notify_one();
        }
        permits.acquire();
        const std::lock_guard lock(mutex);
        --running;
        return Echo(context, request);
      },
      options);
  std::vector<std::future<std::string>> replies;
  for (int i = 0; i < kCallers; ++i) {
    replies.push_back(std::async(std::launch::async,
                                 [this, i] { return Text(Call(Patient(), std::to_string(i))); }));
  }
  {
    std::unique_lock lock(mutex);
    full.wait(lock, [&] { return running == kThreads; });
  }
  permits.release(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    EXPECT_EQ(replies[static_cast<std::size_t>(i)].get(), std::to_string(i));
  }
  EXPECT_EQ(most, kThreads);
}

TEST_P(CallTest, BlockedHandlerHoldsUpNobodyElse) {
  Gate gate("block");
  Serve(gate.handler());
  // So that the server takes calls for short ones.
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Call(Patient()));
  auto blocked = std::async(std::launch::async, [this] { return Text(Call(Patient(), "block")); });
  gate.WaitUntilEntered();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Call(Patient()));
  gate.Open();
  EXPECT_EQ(blocked.get(), "block");
}

// Waits for what it is told.
class Answer final : public Completion {
 public:
  void Complete(Result<Buffer> reply) noexcept override { reply_.set_value(std::move(reply)); }
  Result<Buffer> Get() { return reply_.get_future().get(); }

 private:
  std::promise<Result<Buffer>> reply_;
};

TEST_P(CallTest, StartAnswersOnAnotherThread) {
  Serve();
  constexpr int kCalls = 100;
  std::vector<Answer> answers(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    channel_->Start(AddMethod(), Patient(), Bytes(std::to_string(i)),
                    answers[static_cast<std::size_t>(i)]);
  }
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(Text(answers[static_cast<std::size_t>(i)].Get()), std::to_string(i));
  }
}

TEST_P(CallTest, StartKeepsTheSameRulesAsCall) {
  Serve();
  Answer passed;
  channel_->Start(AddMethod(), Context().WithTimeout(milliseconds(-1)), Bytes("x"), passed);
  EXPECT_EQ(passed.Get().error().code, Code::kDeadlineExceeded);
  Answer large;
  channel_->Start(AddMethod(), Patient(), Bytes(std::string(kDefaultMaxMessageBytes + 1, 'x')),
                  large);
  EXPECT_EQ(large.Get().error().reason, "MESSAGE_TOO_LARGE");
  EXPECT_EQ(server_->calls(), 0);
}

TEST_P(CallTest, DestroyedChannelCancelsWhatWasStarted) {
  std::latch entered(1);
  Serve([&](const Context& context, std::string_view request) {
    std::latch cancelled(1);
    const auto callback = context.OnCancel([&] { cancelled.count_down(); });
    entered.count_down();
    cancelled.wait();
    return Echo(context, request);
  });
  Answer answer;
  channel_->Start(AddMethod(), Context(), Bytes("x"), answer);
  entered.wait();
  channel_.reset();
  EXPECT_EQ(answer.Get().error().code, Code::kCancelled);
  server_->server().Shutdown(seconds(60));
}

// Starts one more call when its own has ended.
class Persistent final : public Completion {
 public:
  Persistent(Channel& channel, Completion& next) : channel_(channel), next_(next) {}
  void Complete(Result<Buffer> reply) noexcept override {
    EXPECT_FALSE(reply);
    channel_.Start(AddMethod(), Context(), Bytes("again"), next_);
  }

 private:
  Channel& channel_;
  Completion& next_;
};

TEST_P(CallTest, CallStartedWhileTheChannelIsDestroyedIsNotSent) {
  std::latch entered(1);
  Serve([&](const Context& context, std::string_view request) {
    std::latch cancelled(1);
    const auto callback = context.OnCancel([&] { cancelled.count_down(); });
    entered.count_down();
    cancelled.wait();
    return Echo(context, request);
  });
  Answer last;
  Persistent first(*channel_, last);
  channel_->Start(AddMethod(), Context(), Bytes("x"), first);
  entered.wait();
  channel_.reset();
  const Result<Buffer> answer = last.Get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled);
  EXPECT_EQ(answer.error().origin, Origin::kNotDelivered);
  server_->server().Shutdown(seconds(60));
  EXPECT_EQ(server_->calls(), 1);
}

}  // namespace
}  // namespace seam
