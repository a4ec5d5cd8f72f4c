// What happens to calls when the service, or the wire, goes away.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "seam/testing/cutting_proxy.h"
#include "seam/testing/process.h"
#include "test_service.h"

namespace seam {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

int PortOf(const std::string& address) { return std::stoi(address.substr(address.rfind(':') + 1)); }

GrpcServerOptions At(const std::string& address) {
  GrpcServerOptions options;
  options.addresses = {address};
  return options;
}

// Cuts the wire under the first call.
class CutWireTest : public ::testing::Test {
 protected:
  Result<Buffer> Call(const MethodContract& method) {
    return OpenChannel(proxy_.address())->Call(method, Patient(), Bytes("x"));
  }

  TestServer server_{[this](const Context& context, std::string_view request) {
    if (!cut_.exchange(true)) proxy_.Cut();
    return Echo(context, request);
  }};
  testing::CuttingProxy proxy_{PortOf(server_.address())};
  std::atomic<bool> cut_ = false;
};

TEST_F(CutWireTest, IdempotentCallIsTriedAgain) {
  EXPECT_EQ(Text(Call(PutMethod())), "x");
  EXPECT_EQ(server_.calls(), 2);
}

TEST_F(CutWireTest, CallWithoutSideEffectsIsTriedAgain) {
  EXPECT_EQ(Text(Call(ReadMethod())), "x");
  EXPECT_EQ(server_.calls(), 2);
}

TEST_F(CutWireTest, CallOfUnknownIdempotencyIsNot) {
  const auto reply = Call(AddMethod());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_EQ(reply.error().reason, "CONNECTION_LOST");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
  EXPECT_EQ(server_.calls(), 1);
}

TEST_F(CutWireTest, OneAttemptMeansNoRetry) {
  GrpcChannelOptions options;
  options.target = proxy_.address();
  options.max_attempts = 1;
  const auto reply = OpenChannel(options)->Call(ReadMethod(), Patient(), Bytes("x"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "CONNECTION_LOST");
  EXPECT_EQ(server_.calls(), 1);
}

TEST_F(CutWireTest, LargeRequestIsTriedAgainToo) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(Text(OpenChannel(proxy_.address())->Call(PutMethod(), Patient(), Bytes(large))), large);
  EXPECT_EQ(server_.calls(), 2);
}

TEST(Retry, ErrorOfAHandlerIsItsAnswer) {
  for (const Code code : {Code::kUnavailable, Code::kCancelled, Code::kAborted}) {
    TestServer server([code](const Context&, std::string_view) -> Result<Buffer> {
      return Fail(code, "NOT_NOW", "come back tomorrow");
    });
    const auto channel = OpenChannel(server.address());
    for (const MethodContract* const method : {&ReadMethod(), &PutMethod(), &AddMethod()}) {
      const int before = server.calls();
      const auto reply = channel->Call(*method, Patient(), Bytes("x"));
      ASSERT_FALSE(reply);
      EXPECT_EQ(reply.error().code, code);
      EXPECT_EQ(reply.error().reason, "NOT_NOW");
      EXPECT_EQ(reply.error().origin, Origin::kHandler);
      EXPECT_EQ(server.calls(), before + 1);
    }
  }
}

TEST(Retry, RefusalOfALaterAttemptDoesNotHideTheFirst) {
  // The first attempt reaches the handler and is cut off; the second finds a server that refuses
  // everything before the handler. That nothing happened would be a lie.
  std::unique_ptr<testing::CuttingProxy> proxy;
  std::atomic<bool> cut = false;
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.waiting_calls = 0;
  std::promise<void> over;
  auto until_over = over.get_future().share();
  TestServer server(
      [&](const Context& context, std::string_view request) {
        if (!cut.exchange(true)) {
          proxy->Cut();
          until_over.wait();  // Takes the one place that there is.
        }
        return Echo(context, request);
      },
      options);
  proxy = std::make_unique<testing::CuttingProxy>(PortOf(server.address()));
  const auto reply = OpenChannel(proxy->address())->Call(PutMethod(), Patient(), Bytes("x"));
  over.set_value();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "SERVER_BUSY");
  EXPECT_EQ(reply.error().origin, Origin::kOutcomeUnknown);
}

TEST(Reconnect, FirstCallWaitsForAServiceThatIsStillStarting) {
  const testing::TemporaryFolder folder;
  const std::string address = "unix:" + (folder / "socket");
  const auto channel = OpenChannel(address);
  auto reply = std::async(std::launch::async, [&] {
    return Text(channel->Call(AddMethod(), Patient(), Bytes("early")));
  });
  // Fails at once without a connection, so it tells that connecting has failed at least once.
  ASSERT_FALSE(channel->Call(AddMethod(), Context(), Bytes("x")));
  const TestServer server(Echo, At(address));
  EXPECT_EQ(reply.get(), "early");
}

TEST(Reconnect, CallThatFoundNoServiceWasNotDelivered) {
  const std::string target = "127.0.0.1:" + std::to_string(testing::FreePort());
  const auto channel = OpenChannel(target);
  const auto late =
      channel->Call(AddMethod(), Context().WithTimeout(milliseconds(200)), Bytes("x"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(late.error().origin, Origin::kNotDelivered);
  EXPECT_THAT(late.error().message,
              AllOf(HasSubstr("/seam.test.v1.Test/Add"), HasSubstr(target), HasSubstr("check")));

  for (const std::string& form :
       {"dns:///" + target, "ipv4:" + target, std::string("unix:/nowhere/socket")}) {
    const auto refused = OpenChannel(form)->Call(AddMethod(), Context(), Bytes("x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnavailable) << form;
    EXPECT_EQ(refused.error().reason, "UNREACHABLE") << form;
    EXPECT_EQ(refused.error().origin, Origin::kNotDelivered) << form;
  }
}

TEST(Reconnect, CallDoesNotWaitForTheFirstConnectionWhenToldSo) {
  GrpcChannelOptions options;
  options.target = "unix:/nowhere/socket";
  options.wait_for_first_connection = false;
  const auto reply = OpenChannel(options)->Call(AddMethod(), Patient(), Bytes("x"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "UNREACHABLE");
}

TEST(Reconnect, ServiceThatWentAwayFailsCallsAtOnce) {
  auto server = std::make_unique<TestServer>();
  const auto channel = OpenChannel(server->address());
  ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  server.reset();
  // The first calls may still be handed to the dying connection.
  for (;;) {
    const auto reply = channel->Call(AddMethod(), Patient(), Bytes("x"));
    ASSERT_FALSE(reply);
    ASSERT_EQ(reply.error().code, Code::kUnavailable) << ToString(reply.error());
    if (reply.error().origin == Origin::kNotDelivered) break;
  }
}

// Listens at a port, and closes each connection that is made.
class ClosingListener {
 public:
  explicit ClosingListener(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
  }
  ClosingListener(const ClosingListener&) = delete;
  ClosingListener& operator=(const ClosingListener&) = delete;
  ~ClosingListener() { ::close(socket_); }

  void CloseNext() const { ::close(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  const int socket_;
};

TEST(Reconnect, ServiceThatWasAwayForLongIsFoundSoon) {
  auto server = std::make_unique<TestServer>();
  const std::string address = server->address();
  GrpcChannelOptions options;
  options.target = address;
  options.connect_timeout = milliseconds(100);  // gRPC does not notice a listener that closes.
  const auto channel = OpenChannel(options);
  ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  server.reset();
  {
    const ClosingListener closing(PortOf(address));
    for (int attempts = 0; attempts < 8; ++attempts) closing.CloseNext();
  }
  server = std::make_unique<TestServer>(Echo, At(address));
  // By its own standards gRPC would now wait for half a minute.
  const Context patience = Context().WithTimeout(seconds(10));
  Result<Buffer> reply = channel->Call(AddMethod(), patience, Bytes("x"));
  while (!reply && patience.remaining() > seconds(0)) {
    std::this_thread::yield();
    reply = channel->Call(AddMethod(), patience, Bytes("x"));
  }
  EXPECT_TRUE(reply) << ToString(reply.error());
}

TEST(SeveralAddresses, TakeTurns) {
  TestServer one;
  TestServer two;
  const auto channel = OpenChannel("ipv4:" + one.address() + "," + two.address());
  while (one.calls() == 0 || two.calls() == 0) {
    ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  }
  const int before_one = one.calls();
  const int before_two = two.calls();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  EXPECT_EQ(one.calls(), before_one + 5);
  EXPECT_EQ(two.calls(), before_two + 5);
}

TEST(SeveralAddresses, OneThatDoesNotServeIsAvoidedUntilItDoes) {
  TestServer one;
  TestServer two;
  two.server().SetServing(false);
  const auto channel = OpenChannel("ipv4:" + one.address() + "," + two.address());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  EXPECT_EQ(one.calls(), 20);
  EXPECT_EQ(two.calls(), 0);
  two.server().SetServing(true);
  while (two.calls() == 0) ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));

  one.server().SetServing(false);
  // Until the news arrives, calls are answered all the same.
  int last = -1;
  for (int quiet = 0; quiet < 20; quiet = one.calls() == last ? quiet + 1 : 0) {
    last = one.calls();
    ASSERT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  }
}

TEST(SeveralAddresses, DeadOneIsAvoided) {
  auto one = std::make_unique<TestServer>();
  TestServer two;
  const auto channel = OpenChannel("ipv4:" + one->address() + "," + two.address());
  while (one->calls() == 0 || two.calls() == 0) {
    ASSERT_TRUE(channel->Call(ReadMethod(), Patient(), Bytes("x")));
  }
  one.reset();
  // What is idempotent does not even notice.
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(channel->Call(ReadMethod(), Patient(), Bytes("x")));
}

}  // namespace
}  // namespace seam
