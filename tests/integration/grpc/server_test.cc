// The life of a server: where it listens, how it starts and stops, what it logs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "test_service.h"

namespace seam {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ServerTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options) {
    return GrpcServer::Start({&servicer_}, options, log_.log());
  }

  Result<std::unique_ptr<GrpcServer>> StartAt(std::vector<std::string> addresses) {
    GrpcServerOptions options;
    options.addresses = std::move(addresses);
    return Start(options);
  }

  void ExpectServes(const std::string& address) {
    EXPECT_EQ(Text(OpenChannel(address)->Call(AddMethod(), Patient(), Bytes("hello"))), "hello");
  }

  void ExpectRefused(const std::string& address, std::string_view reason) {
    const auto server = StartAt({address});
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().reason, reason) << ToString(server.error());
    EXPECT_THAT(server.error().message,
                HasSubstr(address.substr(address.find("unix:") == 0 ? 5 : 0)));
  }

  testing::TemporaryFolder folder_;
  CapturedLog log_;
  TestServicer servicer_;
};

TEST_F(ServerTest, TellsTheAddressesItGot) {
  const std::string socket = "unix:" + (folder_ / "socket");
  const auto server = StartAt({"127.0.0.1:0", "[::1]:0", "localhost:0", socket}).value();
  ASSERT_THAT(server->addresses(), ElementsAre(StartsWith("127.0.0.1:"), StartsWith("[::1]:"),
                                               StartsWith("127.0.0.1:"), socket));
  for (const std::string& address : server->addresses()) ExpectServes(address);
}

TEST_F(ServerTest, ListensOnThisHostOnly) {
  for (const char* const address :
       {"0.0.0.0:0", "[::]:0", "10.0.0.1:50051", "example.com:50051", "127.0.0.1", "127.0.0.1:",
        "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", "127.1:50051", ":50051", "", "[::1]",
        "::1:50051", "unix:", "unix:relative/socket", "unix-abstract:name", "dns:///a:1"}) {
    ExpectRefused(address, "INVALID_LISTEN_ADDRESS");
  }
}

TEST_F(ServerTest, PortThatIsTakenIsNotShared) {
  const auto first = StartAt({"127.0.0.1:0"}).value();
  ExpectRefused(first->addresses().front(), "ADDRESS_IN_USE");
  ExpectServes(first->addresses().front());
}

TEST_F(ServerTest, NothingIsServedWhenOneAddressIsTaken) {
  const auto first = StartAt({"127.0.0.1:0"}).value();
  const std::string path = folder_ / "socket";
  const auto second = StartAt({"unix:" + path, first->addresses().front()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "ADDRESS_IN_USE");
  EXPECT_THAT(second.error().message, HasSubstr(first->addresses().front()));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ServerTest, SocketFileIsPrivateAloneAndRemoved) {
  const std::string path = folder_ / "socket";
  {
    const auto server = StartAt({"unix:" + path}).value();
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const std::filesystem::directory_iterator entries(folder_.path());
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
    ExpectServes(server->addresses().front());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ServerTest, SocketThatAKilledServerLeftIsReplaced) {
  const std::string path = folder_ / "socket";
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(left, 1), 0);
  ExpectRefused("unix:" + path, "ADDRESS_IN_USE");
  ::close(left);
  const auto server = StartAt({"unix:" + path}).value();
  ExpectServes(server->addresses().front());
}

TEST_F(ServerTest, SocketOfALivingServerIsLeftAlone) {
  const std::string address = "unix:" + (folder_ / "socket");
  const auto first = StartAt({address}).value();
  ExpectRefused(address, "ADDRESS_IN_USE");
  ExpectServes(address);
}

TEST_F(ServerTest, FileThatIsNoSocketIsLeftAlone) {
  const std::string path = folder_ / "precious";
  std::ofstream(path) << "data";
  ExpectRefused("unix:" + path, "ADDRESS_IN_USE");
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST_F(ServerTest, SocketNeedsAFolderAndAShortPath) {
  ExpectRefused("unix:" + (folder_ / "missing/socket"), "INVALID_LISTEN_ADDRESS");
  ExpectRefused("unix:" + (folder_ / std::string(108, 'x')), "INVALID_LISTEN_ADDRESS");
}

TEST_F(ServerTest, OptionsOutOfRangeAreRefused) {
  const auto refused = [this](auto&& change) {
    GrpcServerOptions options;
    change(options);
    const auto server = Start(options);
    return !server && server.error().reason == "INVALID_SERVER_OPTIONS";
  };
  EXPECT_TRUE(refused([](auto& options) { options.addresses.clear(); }));
  EXPECT_TRUE(refused([](auto& options) { options.handler_threads = 0; }));
  EXPECT_TRUE(refused([](auto& options) { options.handler_threads = 5000; }));
  EXPECT_TRUE(refused([](auto& options) { options.waiting_calls = 1'000'001; }));
  EXPECT_TRUE(refused([](auto& options) { options.waiting_calls = SIZE_MAX; }));
  EXPECT_TRUE(refused([](auto& options) { options.max_message_bytes = 0; }));
  EXPECT_TRUE(refused([](auto& options) { options.max_received_bytes = 0; }));
  EXPECT_TRUE(refused(
      [](auto& options) { options.max_received_bytes = 2 * options.max_message_bytes - 1; }));
  EXPECT_TRUE(refused([](auto& options) { options.max_message_bytes = std::size_t{1} << 31U; }));
}

TEST_F(ServerTest, ServiceCannotBeServedTwice) {
  TestServicer twin;
  const auto server = GrpcServer::Start({&servicer_, &twin}, {}, log_.log());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().reason, "INVALID_SERVER_OPTIONS");
  EXPECT_THAT(server.error().message, HasSubstr("/seam.test.v1.Test/Read"));
}

TEST(ChannelOptions, OutOfRangeAreRefused) {
  const auto refused = [](auto&& change) {
    GrpcChannelOptions options;
    options.target = "127.0.0.1:50051";
    change(options);
    const auto channel = OpenGrpcChannel(TestContract(), options);
    return !channel && channel.error().reason == "INVALID_CHANNEL_OPTIONS";
  };
  EXPECT_FALSE(refused([](auto&) {}));
  for (const char* const target : {"",
                                   "dns:",
                                   "dns:///",
                                   "dns://resolver/host:1",
                                   "unix:",
                                   "unix:relative",
                                   "unix://host/path",
                                   "ipv4:",
                                   "ipv4:/127.0.0.1:1",
                                   "/path",
                                   "products",
                                   "products:",
                                   "products:http",
                                   "products:0",
                                   "products:65536",
                                   ":50051",
                                   "http://products:50051",
                                   "xds:///products:50051",
                                   "unix-abstract:x",
                                   "dns:///products",
                                   "dns:///products:1/x",
                                   "ipv4:10.0.0.1",
                                   "ipv4:10.0.0.1:1,",
                                   "ipv4:10.0.0.1:1,10.0.0.2",
                                   "ipv6:::1",
                                   "[]:1"}) {
    EXPECT_TRUE(refused([&](auto& options) { options.target = target; })) << target;
  }
  EXPECT_TRUE(refused([](auto& options) { options.max_message_bytes = 0; }));
  EXPECT_TRUE(refused([](auto& options) { options.max_attempts = 0; }));
  EXPECT_TRUE(refused([](auto& options) { options.max_attempts = 6; }));
  EXPECT_TRUE(refused([](auto& options) { options.first_reconnect_pause = milliseconds(0); }));
  EXPECT_TRUE(refused([](auto& options) { options.first_reconnect_pause = seconds(1); }));
  EXPECT_TRUE(refused([](auto& options) { options.connect_timeout = milliseconds(0); }));
  EXPECT_TRUE(refused([](auto& options) { options.keep_alive_time = hours(10'000); }));
  EXPECT_TRUE(refused([](auto& options) { options.keep_alive_timeout = milliseconds(-1); }));
}

TEST(ChannelOptions, TargetsOfEveryFormAreReached) {
  const testing::TemporaryFolder folder;
  GrpcServerOptions options;
  options.addresses = {"127.0.0.1:0", "[::1]:0", "unix:" + (folder / "socket")};
  TestServer server(Echo, options);
  const std::string& v4 = server.server().addresses()[0];
  const std::string& v6 = server.server().addresses()[1];
  const std::string& socket = server.server().addresses()[2];
  for (const std::string& target :
       {v4, "dns:" + v4, "dns:///" + v4, "dns:///localhost" + v4.substr(v4.find(':')), "ipv4:" + v4,
        v6, "dns:///" + v6, "ipv6:" + v6, socket, "unix://" + socket.substr(5)}) {
    EXPECT_EQ(Text(OpenChannel(target)->Call(AddMethod(), Patient(), Bytes(target))), target);
  }
}

TEST(Drain, CallsInProgressEndAndNoNewOnesBegin) {
  Gate gate("last");
  TestServer server(gate.handler());
  const auto channel = OpenChannel(server.address());
  ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("first")));
  auto reply = std::async(std::launch::async, [&] {
    return Text(channel->Call(AddMethod(), Patient(), Bytes("last")));
  });
  gate.WaitUntilEntered();
  auto drained = std::async(std::launch::async, [&] { server.server().Shutdown(hours(1)); });
  // Calls are answered until they are refused; none of them hangs.
  for (;;) {
    const auto late = channel->Call(AddMethod(), Patient(), Bytes("late"));
    if (late) continue;
    ASSERT_EQ(late.error().code, Code::kUnavailable) << ToString(late.error());
    if (late.error().origin == Origin::kNotDelivered) break;
  }
  const int calls = server.calls();
  EXPECT_FALSE(channel->Call(AddMethod(), Patient(), Bytes("late")));
  gate.Open();
  EXPECT_EQ(reply.get(), "last");
  drained.get();
  EXPECT_EQ(server.calls(), calls);
}

// They hear of the end in time, so that nothing of theirs is on its way when connections are
// closed.
TEST(Drain, CallersThatWatchAreServedOrRefusedAsNotDone) {
  for (int round = 0; round < 10; ++round) {
    TestServer server;
    std::atomic<int> served = 0;
    std::vector<std::thread> callers;
    const auto channel = OpenChannel(server.address());
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (;;) {
          const auto reply = channel->Call(AddMethod(), Patient(), Bytes("x"));
          if (reply) {
            ++served;
            continue;
          }
          EXPECT_EQ(reply.error().origin, Origin::kNotDelivered) << ToString(reply.error());
          break;
        }
      });
    }
    while (served < 20) std::this_thread::yield();
    server.server().Shutdown(hours(1));
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(server.calls(), served);
  }
}

TEST(Drain, CallsThatOutlastItAreCancelled) {
  std::latch entered(1);
  TestServer server([&](const Context& context, std::string_view request) {
    std::latch cancelled(1);
    const auto callback = context.OnCancel([&] { cancelled.count_down(); });
    entered.count_down();
    cancelled.wait();
    return Echo(context, request);
  });
  const auto channel = OpenChannel(server.address());
  auto reply = std::async(std::launch::async,
                          [&] { return channel->Call(AddMethod(), Patient(), Bytes("x")); });
  entered.wait();
  server.server().Shutdown(milliseconds(50));
  const Result<Buffer> answer = reply.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().origin, Origin::kOutcomeUnknown);
}

TEST(Drain, ClientsThatOnlyWatchDoNotHoldItUp) {
  TestServer server;
  const auto channel = OpenChannel(server.address());
  ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  // The channel watches the server's health, and would for ever.
  server.server().Shutdown(hours(1));
  server.server().Shutdown(hours(1));
}

TEST(Limits, CallsBeyondTheWaitingOnesAreRefused) {
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.waiting_calls = 1;
  Gate gate("first");
  TestServer server(gate.handler(), options);
  const auto channel = OpenChannel(server.address());
  auto first = std::async(std::launch::async, [&] {
    return Text(channel->Call(AddMethod(), Patient(), Bytes("first")));
  });
  gate.WaitUntilEntered();
  // Of two more calls one waits, whichever came first, and one is refused.
  std::promise<void> one_refused;
  std::atomic<int> refused = 0;
  const auto call = [&] {
    const auto reply = channel->Call(AddMethod(), Patient(), Bytes("more"));
    if (reply) return;
    EXPECT_EQ(reply.error().code, Code::kResourceExhausted);
    EXPECT_EQ(reply.error().reason, "SERVER_BUSY");
    EXPECT_EQ(reply.error().origin, Origin::kNotDelivered);
    if (++refused == 1) one_refused.set_value();
  };
  auto second = std::async(std::launch::async, call);
  auto third = std::async(std::launch::async, call);
  one_refused.get_future().wait();
  gate.Open();
  EXPECT_EQ(first.get(), "first");
  second.get();
  third.get();
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(server.calls(), 2);
}

TEST(Limits, WaitingRequestsDoNotFillTheMemory) {
  std::latch released(1);
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.max_received_bytes = std::size_t{32} * 1024 * 1024;
  TestServer server(
      [&](const Context& context, std::string_view request) {
        if (request.size() > 1) released.wait();
        return Echo(context, "");
      },
      options);
  std::promise<void> one_refused;
  std::atomic<int> refused = 0;
  std::vector<std::future<void>> callers;
  const auto channel = OpenChannel(server.address());
  const std::string large(4'000'000, 'x');
  for (int i = 0; i < 40; ++i) {
    callers.push_back(std::async(std::launch::async, [&] {
      const auto reply = channel->Call(AddMethod(), Patient(), Bytes(large));
      if (reply) return;
      // gRPC refuses the call, or gives up the connection.
      EXPECT_THAT(reply.error().code, AnyOf(Code::kResourceExhausted, Code::kUnavailable))
          << ToString(reply.error());
      EXPECT_NE(reply.error().origin, Origin::kHandler) << ToString(reply.error());
      if (++refused == 1) one_refused.set_value();
    }));
  }
  one_refused.get_future().wait();
  released.count_down();
  for (auto& caller : callers) caller.get();
  EXPECT_TRUE(OpenChannel(server.address())->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST(RequestLog, EveryCallLeavesOneLine) {
  TestServer server([](const Context& context, std::string_view request) -> Result<Buffer> {
    if (request == "fail") return Fail(Code::kNotFound, "NO_TEA", "no tea has id 7");
    return Echo(context, request);
  });
  const auto channel = OpenChannel(server.address());
  const TraceContext trace = NewTrace();
  ASSERT_TRUE(channel->Call(AddMethod(), Patient().WithTrace(trace), Bytes("x")));
  ASSERT_FALSE(channel->Call(PutMethod(), Patient(), Bytes("fail")));
  constexpr MethodContract kOther{"/seam.test.v1.Test/Other", "Other", Idempotency::kUnknown, 3};
  ASSERT_FALSE(channel->Call(kOther, Patient(), Bytes("x")));
  server.server().Shutdown(seconds(60));

  // A line is written after the answer is sent, so the next call's may come before it.
  const auto line_of = [&](std::string_view path) {
    const auto lines = server.log().LinesWith(path);
    EXPECT_THAT(lines, SizeIs(1)) << path;
    return lines.empty() ? nlohmann::json::object() : nlohmann::json::parse(lines[0]);
  };
  ASSERT_THAT(server.log().LinesWith(R"("message":"call")"), SizeIs(3));
  const auto ok = line_of(AddMethod().path);
  EXPECT_EQ(ok["level"], "info");
  EXPECT_EQ(ok["method"], "/seam.test.v1.Test/Add");
  EXPECT_EQ(ok["code"], "OK");
  EXPECT_EQ(ok["trace_id"], TraceIdText(trace));
  EXPECT_GE(ok["duration_ms"], 0);
  EXPECT_FALSE(ok.contains("reason"));
  const auto failed = line_of(PutMethod().path);
  EXPECT_EQ(failed["method"], "/seam.test.v1.Test/Put");
  EXPECT_EQ(failed["code"], "NOT_FOUND");
  EXPECT_EQ(failed["reason"], "NO_TEA");
  EXPECT_EQ(failed["error"], "no tea has id 7");
  EXPECT_FALSE(failed.contains("trace_id"));
  EXPECT_EQ(line_of(kOther.path)["code"], "UNIMPLEMENTED");
}

}  // namespace
}  // namespace seam
