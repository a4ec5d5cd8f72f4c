// The server against clients that are slow, wrong or many. After each test another client must be
// answered: see HttpFixture::TearDown.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/descriptor.h"
#include "http_fixture.h"

namespace shop::http {
namespace {

namespace v1 = products::v1;
using std::chrono::milliseconds;
using ::testing::Return;

constexpr milliseconds kNever{600'000};

// No time limit but those that a test sets; each would fail the test by its own 60 seconds.
ServerOptions Patient() {
  ServerOptions options;
  options.idle_timeout = kNever;
  options.head_timeout = kNever;
  options.body_timeout = kNever;
  options.write_timeout = kNever;
  options.crowded_timeout = kNever;
  options.max_wait = kNever;
  return options;
}

class ServerTest : public HttpFixture {
 protected:
  // Sends `bytes` and expects a refusal, after which the connection is closed.
  void ExpectRefusedAndClosed(std::string_view bytes, int status, std::string_view code) {
    SCOPED_TRACE(::testing::PrintToString(bytes.substr(0, 80)));
    RawClient client(port());
    client.Send(bytes);
    const Reply reply = client.Read();
    ExpectRefused(reply, status, code);
    EXPECT_EQ(reply.Header("Connection"), "close");
    client.EndSending();
    EXPECT_TRUE(client.IsClosed());
  }

  [[nodiscard]] std::string AdminHead(std::string_view headers) const {
    return "POST /products HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " + admin_token_ +
           "\r\nContent-Type: application/json\r\n" + std::string(headers) + "\r\n";
  }

  static std::string Chunk(std::string_view bytes) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    return size.data() + std::string(bytes) + "\r\n";
  }

  // A route that answers when the test says so.
  struct Gate {
    void WaitUntilEntered(int times) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return entered >= times; });
    }
    void Open() {
      const std::lock_guard lock(mutex);
      opened = true;
      changed.notify_all();
    }
    std::mutex mutex{};
    std::condition_variable changed{};
    int entered = 0;
    bool opened = false;
  };
  void ExpectGatedCalls(Gate& gate, int times = 1) {
    EXPECT_CALL(products_, GetProduct)
        .Times(times)
        .WillRepeatedly([&gate](const seam::Context&, const v1::GetProductRequest&) {
          std::unique_lock lock(gate.mutex);
          ++gate.entered;
          gate.changed.notify_all();
          gate.changed.wait(lock, [&gate] { return gate.opened; });
          return seam::Result<v1::GetProductResponse>(
              seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "none"));
        });
  }

  static void ExpectBusy(const Reply& reply, std::string_view code = "OVERLOADED") {
    ExpectRefused(reply, 503, code);
    EXPECT_EQ(reply.Header("Retry-After"), "1");
  }

  // Lets this process have so many descriptors, at least.
  static void RaiseDescriptorLimit(rlim_t needed) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GE(limit.rlim_max, needed);
    limit.rlim_cur = std::max(limit.rlim_cur, needed);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  // All descriptors that the process may have but for so many, until it is destroyed.
  class TakenDescriptors {
   public:
    explicit TakenDescriptors(std::size_t left) {
      EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &usual_), 0);
      constexpr rlim_t kFew = 256;
      rlimit few = usual_;
      few.rlim_cur = std::min(few.rlim_max, kFew);
      EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
      do {
        taken_.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      } while (taken_.back().number() >= 0);
      taken_.resize(taken_.size() - 1 - left);
    }
    TakenDescriptors(const TakenDescriptors&) = delete;
    TakenDescriptors& operator=(const TakenDescriptors&) = delete;
    ~TakenDescriptors() { ::setrlimit(RLIMIT_NOFILE, &usual_); }

   private:
    rlimit usual_{};
    std::vector<Descriptor> taken_;
  };
  static std::unique_ptr<TakenDescriptors> LeaveDescriptors(std::size_t left) {
    return std::make_unique<TakenDescriptors>(left);
  }

  const std::string product_ = "/products/" + std::string(kId);
  const std::string live_ = RequestText("GET", "/health/live");
  // Asks no module, and is nothing that a busy server must answer.
  const std::string nothing_ = RequestText("GET", "/nothing");
};

// The server has one thread, and that is at work until the gate opens.
class BusyServerTest : public ServerTest {
 protected:
  // `ahead` is sent behind the request that is worked on.
  void Occupy(ServerOptions options, std::string_view ahead = "") {
    options.threads = 1;
    Listen(options);
    ExpectGatedCalls(gate_);
    served_ = std::make_unique<RawClient>(port());
    served_->Send(RequestText("GET", product_) + std::string(ahead));
    gate_.WaitUntilEntered(1);
  }

  void Release() {
    gate_.Open();
    EXPECT_EQ(served_->Read().status, 404);
  }

  static ServerOptions WithoutWaiting() {
    ServerOptions options = Patient();
    options.max_waiting = 0;
    return options;
  }

  Gate gate_;
  std::unique_ptr<RawClient> served_;
};

// Connections

TEST_F(ServerTest, AnswersManyRequestsOfOneConnection) {
  RawClient client(port());
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(client.Send(live_));
    ASSERT_EQ(client.Read().status, 200) << i;
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  RawClient client(port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += RequestText("GET", "/" + std::to_string(i));
  client.Send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ProblemOf(client.Read())["instance"], "/" + std::to_string(i));
  }
}

TEST_F(ServerTest, TakesARequestByteByByte) {
  RawClient client(port());
  for (const char byte : live_) client.Send(std::string_view(&byte, 1));
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(ServerTest, ClosesWhenTheClientWantsIt) {
  Listen(Patient());
  for (const char* value : {"close", "Close", "keep-alive, close"}) {
    RawClient client(port());
    client.Send(RequestText("GET", "/health/live", {{"Connection", value}}));
    const Reply reply = client.Read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.Header("Connection"), "close");
    EXPECT_TRUE(client.IsClosed());
  }
  RawClient old(port());
  old.Send("GET /health/live HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read().status, 200);
  EXPECT_TRUE(old.IsClosed());
}

TEST_F(ServerTest, TellsWhoIsConnected) {
  EXPECT_CALL(auth_, Login)
      .Times(2)
      .WillRepeatedly([](const seam::Context&, const auth::v1::LoginRequest& request) {
        EXPECT_EQ(request.client_address, "127.0.0.1");
        return seam::Result<auth::v1::LoginResponse>(
            seam::Fail(seam::Code::kUnauthenticated, "WRONG_CREDENTIALS", "wrong"));
      });
  RawClient client(port());
  for (int i = 0; i < 2; ++i) {  // Of a connection each request, and whatever it says of itself.
    client.Send(RequestText("POST", "/auth/login",
                            {{"Content-Type", "application/json"},
                             {"X-Forwarded-For", "192.0.2.7"},
                             {"Forwarded", "for=192.0.2.7"},
                             {"REMOTE_ADDR", "192.0.2.7"}},
                            R"({"email":"a@shop.example","password":"x"})"));
    ExpectRefused(client.Read(), 401, "WRONG_CREDENTIALS");
  }
}

TEST_F(ServerTest, BelievesATrustedProxyWhereARequestComesFrom) {
  ServerOptions options;
  options.trusted_proxies = TrustedProxies::Parse("127.0.0.0/8").value();
  Listen(options);
  std::vector<std::string> addresses;
  EXPECT_CALL(auth_, Login)
      .WillRepeatedly([&](const seam::Context&, const auth::v1::LoginRequest& request) {
        addresses.push_back(request.client_address);
        return seam::Result<auth::v1::LoginResponse>(
            seam::Fail(seam::Code::kUnauthenticated, "WRONG_CREDENTIALS", "wrong"));
      });
  RawClient client(port());
  // Customers of one proxy, over one connection of its. The last one has sent a header of his own.
  for (const Headers& forwarded :
       {Headers{{"X-Forwarded-For", "192.0.2.7"}}, Headers{{"x-forwarded-for", "2001:db8::7"}},
        Headers{{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "192.0.2.8"}}}) {
    Headers headers = forwarded;
    headers.emplace_back("Content-Type", "application/json");
    client.Send(RequestText("POST", "/auth/login", headers,
                            R"({"email":"a@shop.example","password":"x"})"));
    ExpectRefused(client.Read(), 401, "WRONG_CREDENTIALS");
  }
  EXPECT_THAT(addresses, ::testing::ElementsAre("192.0.2.7", "2001:db8::7", "192.0.2.8"));
}

TEST_F(ServerTest, SendsAnswersAtOnce) {
  // With Nagle's algorithm on, the second of two answers waits for the client's delayed
  // acknowledgement of the first, 40 ms on Linux.
  Listen(Patient());
  RawClient client(port());
  const auto begin = std::chrono::steady_clock::now();
  constexpr int kPairs = 100;
  for (int i = 0; i < kPairs; ++i) {
    client.Send(live_ + live_);
    ASSERT_EQ(client.Read().status, 200);
    ASSERT_EQ(client.Read().status, 200);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPairs * milliseconds(30));
}

TEST_F(ServerTest, ClosesIdleConnections) {
  ServerOptions options = Patient();
  options.idle_timeout = milliseconds(50);
  Listen(options);
  RawClient silent(port());
  EXPECT_TRUE(silent.IsClosed());
  RawClient once(port());
  once.Send(live_);
  EXPECT_EQ(once.Read().status, 200);
  EXPECT_TRUE(once.IsClosed());
}

// Many connections

TEST_F(ServerTest, IdleAndSlowConnectionsTakeNobodysThread) {
  constexpr int kIdle = 500;
  constexpr int kSlow = 50;
  constexpr int kBusy = 64;
  constexpr std::size_t kRounds = 10;
  RaiseDescriptorLimit(2 * (kIdle + kSlow + kBusy) + 100);
  ServerOptions options = Patient();
  options.threads = 2;
  Listen(options);
  std::vector<std::unique_ptr<RawClient>> busy;
  for (int i = 0; i < kBusy; ++i) busy.push_back(std::make_unique<RawClient>(port()));
  // How long the last of the busy ones waits; the least of some rounds, since others use the
  // machine.
  const auto longest_wait = [&](auto before_each) {
    auto least = std::chrono::steady_clock::duration::max();
    for (std::size_t round = 0; round < kRounds; ++round) {
      before_each(round);
      const auto begin = std::chrono::steady_clock::now();
      for (const auto& client : busy) client->Send(nothing_);
      for (const auto& client : busy) EXPECT_EQ(client->Read().status, 404);
      least = std::min(least, std::chrono::steady_clock::now() - begin);
    }
    return least;
  };
  const auto alone = longest_wait([](std::size_t) {});
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < kIdle; ++i) {
    idle.push_back(std::make_unique<RawClient>(port()));
    if (i % 2 == 0) continue;  // Half of them have never said anything.
    idle.back()->Send(nothing_);
    ASSERT_EQ(idle.back()->Read().status, 404);
  }
  const std::string head = nothing_;
  const std::string body = AdminHead("Content-Length: 100\r\n");
  const std::string chunks = AdminHead("Transfer-Encoding: chunked\r\n") + "64\r\n";
  const std::string invited = AdminHead("Content-Length: 100\r\nExpect: 100-continue\r\n");
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < kSlow; ++i) {
    slow.push_back(std::make_unique<RawClient>(port()));
    slow.back()->Send(i % 4 == 0   ? head.substr(0, 10)
                      : i % 4 == 1 ? body
                      : i % 4 == 2 ? chunks
                                   : invited);
    if (i % 4 == 3) {
      ASSERT_TRUE(slow.back()->ReadContinue());
    }
  }
  const auto beside = longest_wait([&](std::size_t round) {
    for (std::size_t i = 0; i < slow.size(); ++i) {
      slow[i]->Send(i % 4 == 0 ? head.substr(10 + round, 1) : " ");
    }
  });
  EXPECT_LT(beside, 5 * alone);
  // None of the others was forgotten.
  for (std::size_t i = 0; i < slow.size(); ++i) {
    const std::string rest(100 - kRounds, ' ');
    slow[i]->Send(i % 4 == 0   ? head.substr(10 + kRounds)
                  : i % 4 == 2 ? rest + "\r\n0\r\n\r\n"
                               : rest);
    EXPECT_EQ(slow[i]->Read().status, i % 4 == 0 ? 404 : 400);
  }
  for (const auto& client : idle) {
    client->Send(nothing_);
    EXPECT_EQ(client->Read().status, 404);
  }
}

TEST_F(ServerTest, AnIdleConnectionGivesWayToANewOne) {
  ServerOptions options = Patient();
  options.max_connections = 1;
  Listen(options);
  RawClient idle(port());
  idle.Send(nothing_);
  EXPECT_EQ(idle.Read().status, 404);
  while (true) {
    const Reply reply = Send("GET", "/nothing");
    if (reply.status == 404) break;
    ExpectBusy(reply);  // The server does not know yet that it has sent the answer.
  }
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(ServerTest, SlowClientsGiveWayToANewOne) {
  for (const std::string& part :
       {std::string(), std::string("GET /heal"), AdminHead("Content-Length: 10\r\n") + "{"}) {
    SCOPED_TRACE(part.substr(0, 10));
    ServerOptions options = Patient();
    options.max_connections = 1;
    options.crowded_timeout = milliseconds(50);
    Listen(options);
    RawClient slow(port());
    slow.Send(part);
    while (true) {
      const Reply reply = Send("GET", "/nothing");
      if (reply.status == 404) break;
      ExpectBusy(reply);  // It is still given its time.
    }
    if (!part.empty()) ExpectRefused(slow.Read(), 408, "REQUEST_TOO_SLOW");
    EXPECT_TRUE(slow.IsClosed());
  }
}

TEST_F(ServerTest, WhoWasToldToLeaveGivesWayToANewOne) {
  ServerOptions options = Patient();
  options.max_connections = 1;
  Listen(options);
  RawClient refused(port());
  refused.Send("nonsense\r\n\r\n");
  EXPECT_EQ(refused.Read().status, 400);
  EXPECT_TRUE(refused.IsClosed());  // It could still send.
  EXPECT_EQ(Send("GET", "/nothing").status, 404);
}

TEST_F(ServerTest, TheSlowestOfAllGivesWay) {
  ServerOptions options = Patient();
  options.max_connections = 2;
  options.crowded_timeout = milliseconds(1);
  Listen(options);
  RawClient first(port());
  RawClient second(port());
  while (Send("GET", "/nothing").status != 404) continue;  // They are still given their time.
  EXPECT_TRUE(first.IsClosed());
  second.Send(nothing_);
  EXPECT_EQ(second.Read().status, 404);
}

// The process has no descriptor left when somebody connects.
TEST_F(ServerTest, WithoutDescriptorsAnIdleConnectionGivesWay) {
  Listen(Patient());
  RawClient idle(port());
  idle.Send(nothing_);
  EXPECT_EQ(idle.Read().status, 404);
  const auto descriptors = LeaveDescriptors(1);
  RawClient client(port());  // Takes the last one.
  client.Send(nothing_);
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(ServerTest, WithoutDescriptorsAConnectionWaitsForOne) {
  Listen(Patient());
  auto descriptors = LeaveDescriptors(1);
  RawClient client(port());
  client.Send(nothing_);
  // The server is not busy with it meanwhile.
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 100);
  descriptors = nullptr;
  EXPECT_EQ(client.Read().status, 404);
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheirNumber) {
  ServerOptions options = Patient();
  options.max_connections = 2;
  Listen(options);
  const auto served = std::make_unique<RawClient>(port());
  const RawClient silent(port());
  served->Send(nothing_.substr(0, 5));  // It is not idle.
  RawClient refused(port());
  refused.Send(nothing_);
  const Reply reply = refused.Read();
  ExpectBusy(reply);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(refused.IsClosed());
  EXPECT_EQ(Send("GET", "/health/live").status, 200);
  served->Send(nothing_.substr(5));
  EXPECT_EQ(served->Read().status, 404);
}

TEST_F(ServerTest, RefusesVeryManyConnectionsBeforeTheySayAnything) {
  ServerOptions options = Patient();
  options.max_connections = 1;
  Listen(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  // One, and those that may still ask how the server is.
  for (int i = 0; i < 1 + 16; ++i) silent.push_back(std::make_unique<RawClient>(port()));
  RawClient refused(port());
  ExpectBusy(refused.Read());
  EXPECT_TRUE(refused.IsClosed());
  silent.back()->Send(live_);
  EXPECT_EQ(silent.back()->Read().status, 200);
  silent.clear();
}

TEST_F(ServerTest, BoundsTheConnectionsOfOneAddress) {
  ServerOptions options = Patient();
  options.max_connections_per_address = 1;
  Listen(options);
  {
    RawClient first(port());
    first.Send(nothing_);
    EXPECT_EQ(first.Read().status, 404);
    RawClient second(port());
    second.Send(nothing_);
    ExpectBusy(second.Read(), "TOO_MANY_CONNECTIONS");
    EXPECT_EQ(Send("GET", "/health/live").status, 200);
    first.Send(nothing_);
    EXPECT_EQ(first.Read().status, 404);
    // Who leaves makes room.
    first.EndSending();
    EXPECT_TRUE(first.IsClosed());
    RawClient third(port());
    third.Send(nothing_);
    EXPECT_EQ(third.Read().status, 404);
  }
  // A proxy has many customers.
  options.trusted_proxies = TrustedProxies::Parse("127.0.0.0/8").value();
  Listen(options);
  RawClient first(port());
  RawClient second(port());
  for (RawClient* client : {&first, &second}) {
    client->Send(nothing_);
    EXPECT_EQ(client->Read().status, 404);
  }
}

TEST_F(ServerTest, TakesFewerConnectionsThanAProcessUsuallyHasDescriptors) {
  constexpr std::size_t kUsual = 1024;
  constexpr std::size_t kOthers = 200;  // Of the databases, and of calls to services.
  EXPECT_LE(ServerOptions().max_connections, kUsual - kOthers);
  EXPECT_LT(ServerOptions().max_connections_per_address, ServerOptions().max_connections);
}

// Many requests

TEST_F(ServerTest, RefusesAtOnceWhatIsBeyondThreadsAndWaitingPlaces) {
  constexpr int kThreads = 2;
  constexpr int kWaiting = 3;
  constexpr int kBeyond = 4;
  ServerOptions options = Patient();
  options.threads = kThreads;
  options.max_waiting = kWaiting;
  Listen(options);
  Gate gate;
  ExpectGatedCalls(gate, kThreads + kWaiting);
  std::mutex mutex;
  std::condition_variable changed;
  int refused = 0;
  std::vector<std::future<int>> answers;
  for (int i = 0; i < kThreads + kWaiting + kBeyond; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      RawClient client(port());
      client.Send(RequestText("GET", product_));
      const Reply reply = client.Read();
      if (reply.status != 503) return reply.status;
      ExpectBusy(reply);
      EXPECT_EQ(reply.Header("Connection"), "");
      {
        const std::lock_guard lock(mutex);
        ++refused;
      }
      changed.notify_all();
      client.Send(live_);  // It is no reason to hang up.
      EXPECT_EQ(client.Read().status, 200);
      return reply.status;
    }));
  }
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] {
      return refused == kBeyond;
    })) << "nobody may wait for the gate but those whose turn will come";
  }
  gate.Open();
  std::map<int, int> statuses;
  for (auto& answer : answers) ++statuses[answer.get()];
  EXPECT_THAT(statuses,
              ::testing::ElementsAre(std::pair(404, kThreads + kWaiting), std::pair(503, kBeyond)));
}

TEST_F(BusyServerTest, RefusesWhatHasWaitedForTooLong) {
  ServerOptions options = Patient();
  options.max_wait = milliseconds(50);
  Occupy(options);
  RawClient waiting(port());
  waiting.Send(nothing_);
  ExpectBusy(waiting.Read());  // The gate is still closed.
  Release();
  waiting.Send(nothing_);
  EXPECT_EQ(waiting.Read().status, 404);
}

TEST_F(BusyServerTest, TellsHowItIsHoweverBusyItIs) {
  Occupy(WithoutWaiting());
  ExpectBusy(Send("GET", "/nothing"));
  EXPECT_EQ(Send("GET", "/health/live").status, 200);
  Release();
}

TEST_F(BusyServerTest, ARefusalOfAHeadHasNoBody) {
  Occupy(WithoutWaiting());
  RawClient client(port());
  client.Send(RequestText("HEAD", "/nothing"));
  EXPECT_EQ(client.Read(true).status, 503);
  client.Send(live_);
  EXPECT_EQ(client.Read().status, 200);
  Release();
}

TEST_F(BusyServerTest, HangsUpOnWhoSendsRequestsAhead) {
  Occupy(WithoutWaiting());
  RawClient client(port());
  std::string many;
  for (int i = 0; i < 100; ++i) many += nothing_;
  client.Send(many);
  const Reply reply = client.Read();
  ExpectBusy(reply);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(client.IsClosed());
  Release();
}

// Who sends the next request before the answer to the first is never idle.
TEST_F(BusyServerTest, TakesTurnsBetweenConnections) {
  Occupy(Patient(), nothing_ + nothing_);
  RawClient other(port());
  other.Send(nothing_);
  gate_.Open();
  EXPECT_EQ(other.Read().status, 404);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(served_->Read().status, 404);
}

TEST_F(BusyServerTest, WaitsShortlyForWhatConnectionsBeyondTheirNumberSay) {
  ServerOptions options = Patient();
  options.max_connections = 1;
  options.crowded_timeout = milliseconds(50);
  Occupy(options);
  RawClient silent(port());
  EXPECT_TRUE(silent.IsClosed());
  Release();
}

TEST_F(ServerTest, WorksOnAsManyRequestsAtATimeAsItHasThreads) {
  constexpr int kThreads = 8;
  ServerOptions options = Patient();
  options.threads = kThreads;
  Listen(options);
  Gate gate;
  ExpectGatedCalls(gate, kThreads);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kThreads; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->Send(RequestText("GET", product_));
  }
  gate.WaitUntilEntered(kThreads);
  gate.Open();
  for (auto& client : clients) EXPECT_EQ(client->Read().status, 404);
}

// cpp-httplib itself answers 500 there.
TEST_F(ServerTest, TakesMoreDescriptorsThanSelectCan) {
  RaiseDescriptorLimit(1200);
  std::vector<Descriptor> taken;
  do {
    taken.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_GE(taken.back().number(), 0);
  } while (taken.back().number() < FD_SETSIZE);
  EXPECT_EQ(Send("GET", "/health/live").status, 200);
}

// Slow clients

TEST_F(ServerTest, RefusesASlowHead) {
  ServerOptions options = Patient();
  options.head_timeout = milliseconds(50);
  Listen(options);
  for (const char* part : {"G", "GET /health/live", "GET /health/live HTTP/1.1\r\nHost: sh"}) {
    RawClient client(port());
    client.Send(part);
    ExpectRefused(client.Read(), 408, "REQUEST_TOO_SLOW");
    client.EndSending();
    EXPECT_TRUE(client.IsClosed());
  }
}

TEST_F(ServerTest, SlowIsSlowHoweverOftenItDrips) {
  ServerOptions options = Patient();
  options.head_timeout = milliseconds(200);
  options.body_timeout = milliseconds(200);
  Listen(options);
  for (const std::string& begin :
       {std::string("GET /health/live HTTP/1.1\r\nX: "), AdminHead("Content-Length: 60000\r\n")}) {
    RawClient client(port());
    client.Send(begin);
    // Each drip is early; all of them together would never end.
    std::future<void> dripping = std::async(std::launch::async, [&client] {
      while (client.Send("x")) std::this_thread::sleep_for(milliseconds(10));
    });
    ExpectRefused(client.Read(), 408, "REQUEST_TOO_SLOW");
    dripping.wait();
  }
}

TEST_F(ServerTest, RefusesASlowBody) {
  ServerOptions options = Patient();
  options.body_timeout = milliseconds(50);
  Listen(options);
  for (const std::string& part :
       {AdminHead("Content-Length: 10\r\n"), AdminHead("Content-Length: 10\r\n") + "{\"name\"",
        AdminHead("Transfer-Encoding: chunked\r\n") + "5\r\n{\"na"}) {
    RawClient client(port());
    client.Send(part);
    const Reply reply = client.Read();
    ExpectRefused(reply, 408, "REQUEST_TOO_SLOW");
    EXPECT_EQ(reply.Header("Connection"), "close");
    EXPECT_EQ(reply.Header("Keep-Alive"), "");
    client.Send(live_);  // Might be the rest of the body.
    client.EndSending();
    EXPECT_TRUE(client.IsClosed());
  }
}

TEST_F(ServerTest, ASlowClientMayTakeItsTimeWhileNobodyWaits) {
  ServerOptions options = Patient();
  options.crowded_timeout = milliseconds(1);
  Listen(options);
  RawClient slow(port());
  for (const char byte : live_) {
    std::this_thread::sleep_for(milliseconds(2));  // Longer than a crowd would allow.
    slow.Send(std::string_view(&byte, 1));
  }
  EXPECT_EQ(slow.Read().status, 200);
}

TEST_F(ServerTest, DropsAClientThatDoesNotReadItsAnswers) {
  v1::ListProductsResponse large;
  large.products.resize(100);
  for (auto& product : large.products) product.description = std::string(200'000, 'x');
  EXPECT_CALL(products_, ListProducts).WillOnce(Return(large));
  ServerOptions options = Patient();
  options.threads = 1;
  options.write_timeout = milliseconds(100);
  Listen(options);
  RawClient client(port());
  client.Send(RequestText("GET", "/products"));
  // Stop waits for the connection, until nobody has read the twenty megabytes for too long.
  server_->Stop();
  server_ = nullptr;
}

TEST_F(ServerTest, DropsAClientThatReadsItsAnswersForTooLong) {
  constexpr std::size_t kBytes = 1'000'000;
  v1::ListProductsResponse large;
  large.products.resize(1);
  large.products.front().description = std::string(kBytes, 'x');
  EXPECT_CALL(products_, ListProducts).WillOnce(Return(large));
  ServerOptions options = Patient();
  options.write_timeout = milliseconds(200);
  Listen(options);
  constexpr int kSmall = 4096;
  RawClient client(port(), kSmall);
  client.Send(RequestText("GET", "/products"));
  // The server can send a little every few milliseconds, so no pause is too long; all together they
  // take seconds.
  std::size_t read = 0;
  for (std::size_t size = client.Skip(); size > 0 && read < kBytes; size = client.Skip()) {
    read += size;
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LT(read, kBytes);
}

TEST_F(ServerTest, AClientThatDoesNotReadItsAnswersTakesNobodysThread) {
  checks_answers_ = false;  // Of products larger than there are.
  v1::ListProductsResponse large;
  large.products.resize(1);
  large.products.front().description.resize(20'000'000, 'x');
  EXPECT_CALL(products_, ListProducts).WillOnce(Return(large));
  ServerOptions options = Patient();
  options.threads = 1;
  Listen(options);
  RawClient client(port());
  client.Send(RequestText("GET", "/products") + nothing_);
  EXPECT_EQ(Send("GET", "/nothing").status, 404);
  EXPECT_GT(client.Read().body.size(), 20'000'000U);
  EXPECT_EQ(client.Read().status, 404);
}

TEST_F(ServerTest, SendsLargeAnswersWhole) {
  checks_answers_ = false;  // Of products larger than there are.
  v1::ListProductsResponse large;
  large.products.resize(100);
  for (auto& product : large.products) product.description = std::string(40'000, 'x');
  EXPECT_CALL(products_, ListProducts).WillOnce(Return(large));
  const Reply reply = Send("GET", "/products");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(nlohmann::json::parse(reply.body)["products"].size(), 100U);
}

// Half-sent requests

TEST_F(ServerTest, AClientMayLeaveAtAnyPoint) {
  const std::string whole = AdminHead("Content-Length: 12\r\n") + "{\"name\":\"x\"}";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    RawClient client(port());
    client.Send(whole.substr(0, length));
  }
  // Nothing of it has reached products: the mock is strict.
  std::string many;
  for (int i = 0; i < 50; ++i) many += live_;
  for (int i = 0; i < 10; ++i) RawClient(port()).Send(many);
}

TEST_F(ServerTest, AHalfSentRequestIsRefused) {
  for (const std::string& part :
       {std::string("GET /health/live HTT"), AdminHead("Content-Length: 10\r\n") + "{\"name\"",
        AdminHead("Transfer-Encoding: chunked\r\n") + "5\r\n{\"na",
        AdminHead("Transfer-Encoding: chunked\r\n") + Chunk("{}")}) {
    RawClient client(port());
    client.Send(part);
    client.EndSending();
    ExpectRefused(client.Read(), 400, "MALFORMED_REQUEST");
    EXPECT_TRUE(client.IsClosed());
  }
}

// Heads

TEST_F(ServerTest, RefusesBadRequestLines) {
  for (const std::string& line :
       {std::string("nonsense"), std::string("GET"), std::string("GET /health/live"),
        std::string("GET /health/live HTTP/3.0"), std::string("get /health/live HTTP/1.1"),
        std::string("BREW /pot HTTP/1.1"), std::string("GET /health/live HTTP/1.1 x"),
        std::string("GET /\0 HTTP/1.1", 15), std::string("\x16\x03\x01\x02\x00\x01\x00", 7),
        std::string("\xff\xfe\xfd")}) {
    ExpectRefusedAndClosed(line + "\r\nHost: shop\r\n\r\n" + live_, 400, "MALFORMED_REQUEST");
  }
}

TEST_F(ServerTest, RefusesLongPaths) {
  ExpectRefusedAndClosed(RequestText("GET", "/" + std::string(9000, 'x')) + live_, 414,
                         "PATH_TOO_LONG");
}

TEST_F(ServerTest, RefusesMalformedHeaderLines) {
  const std::string begin = "POST /products HTTP/1.1\r\nHost: shop\r\n";
  for (const std::string& line :
       {std::string("Content-Length : 40"), std::string("Content-Length\t: 40"),
        std::string(" Content-Length: 40"), std::string("\tContent-Length: 40"),
        std::string("X: 1\r\n Content-Length: 40"), std::string("Content-Length"),
        std::string(": 40"), std::string("Content Length: 40"),
        std::string("Content\0-Length: 40", 19), std::string("Content-Length:\n 40"),
        std::string("X: 1\nContent-Length: 40"), std::string("X: 1\rContent-Length: 40"),
        std::string("X: 1\r\rContent-Length: 40"), std::string("X: a\0b", 6),
        std::string("X: a\x7f"), std::string("\xc3\xbc: 40")}) {
    ExpectRefusedAndClosed(begin + line + "\r\n\r\n" + live_, 400, "MALFORMED_REQUEST");
  }
  ExpectRefusedAndClosed("GET /health/live HTTP/1.1\nHost: shop\n\n" + live_, 400,
                         "MALFORMED_REQUEST");
  ExpectRefusedAndClosed("GET /health/live HTTP/1.1\r\nHost: shop\r\n\n" + live_, 400,
                         "MALFORMED_REQUEST");
}

TEST_F(ServerTest, ReadsHeadersAsTheyWereSent) {
  for (const char* line : {"X:1", "X:  1\t ", "x!#$%&'*+-.^_`|~9: 1", "X:", "X: \t", "X: a\tb: c",
                           "X: \xc3\xbc", "X: %zz"}) {
    RawClient client(port());
    client.Send("GET /health/live HTTP/1.1\r\nHost: shop\r\n" + std::string(line) + "\r\n\r\n");
    EXPECT_EQ(client.Read().status, 200) << line;
  }
  // cpp-httplib decodes percent signs, and overlooks a header whose value is empty.
  const std::string begin = "POST /products HTTP/1.1\r\nHost: shop\r\n";
  for (const char* lines : {"Content-Length: %32", "Content-Length:",
                            "Content-Length: 2\r\nContent-Length:", "Content-Length: 2\r\nHost:"}) {
    ExpectRefusedAndClosed(begin + lines + "\r\n\r\n[]", 400, "MALFORMED_REQUEST");
  }
  ExpectRefusedAndClosed(begin + "Transfer-Encoding: %63hunked\r\n\r\n0\r\n\r\n", 501,
                         "UNKNOWN_TRANSFER_ENCODING");
  ExpectRefusedAndClosed(begin + "Content-Length: 2\r\nTransfer-Encoding:\r\n\r\n[]", 400,
                         "MALFORMED_REQUEST");
}

TEST_F(ServerTest, HandsOnHeadersAsTheyWereSent) {
  EXPECT_CALL(orders_,
              PlaceOrder(testing::_, testing::Field(&orders::v1::PlaceOrderRequest::idempotency_key,
                                                    "half%20off")))
      .WillOnce(Return(seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "none")));
  ExpectRefused(
      SendAsCustomer("POST", "/orders", R"({"lines":[]})", {{"Idempotency-Key", "half%20off"}}),
      404, "PRODUCT_NOT_FOUND");
}

TEST_F(ServerTest, TakesAbsoluteTargets) {
  for (const char* target :
       {"http://shop/health/live", "HTTP://shop:80/health/live", "https://shop/health/live"}) {
    EXPECT_EQ(Send("GET", target).status, 200) << target;
  }
  EXPECT_CALL(products_,
              ListProducts(testing::_, testing::Field(&v1::ListProductsRequest::page_size, 2)))
      .WillOnce(Return(v1::ListProductsResponse()));
  EXPECT_EQ(Send("GET", "http://shop/products?page_size=2").status, 200);
}

TEST_F(ServerTest, RefusesLargeHeads) {
  const std::string line = "GET /health/live HTTP/1.1\r\nHost: shop\r\n";
  ExpectRefusedAndClosed("GET /" + std::string(100'000, 'x'), 431, "HEAD_TOO_LARGE");
  ExpectRefusedAndClosed(line + "X: " + std::string(100'000, 'x') + "\r\n\r\n", 431,
                         "HEAD_TOO_LARGE");
  std::string many = line;
  for (int i = 0; i < 5000; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  ExpectRefusedAndClosed(many + "\r\n", 431, "HEAD_TOO_LARGE");
  // One line alone may not be longer than the parser's 8 KiB either.
  ExpectRefusedAndClosed(line + "X: " + std::string(9000, 'x') + "\r\n\r\n" + live_, 400,
                         "MALFORMED_REQUEST");
}

TEST_F(ServerTest, TheLimitOfHeadsCountsEachRequestAnew) {
  RawClient client(port());
  const std::string request = RequestText("GET", "/health/live", {{"X", std::string(8000, 'x')}});
  for (int i = 0; i < 5; ++i) {
    client.Send(request);
    EXPECT_EQ(client.Read().status, 200);
  }
}

TEST_F(ServerTest, NeedsOneHost) {
  ExpectRefusedAndClosed("GET /health/live HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST");
  ExpectRefusedAndClosed("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400,
                         "MALFORMED_REQUEST");
}

TEST_F(ServerTest, DoesNotServeRangesOrCompress) {
  const Reply range = Send("GET", "/health/live", {{"Range", "bytes=0-1,3-4"}});
  EXPECT_EQ(range.status, 200);
  EXPECT_EQ(range.body, R"({"status":"live"})");
  // The body of what was refused is no request.
  ExpectRefusedAndClosed(
      AdminHead("Range: bytes=x\r\nContent-Length: " + std::to_string(live_.size()) + "\r\n") +
          live_,
      416, "BAD_RANGE");
  const Reply packed = Send("GET", "/health/live", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(packed.body, R"({"status":"live"})");
  EXPECT_EQ(packed.Header("Content-Encoding"), "");
}

// Bodies

TEST_F(ServerTest, TakesABodyUpToTheLimit) {
  Listen([] {
    ServerOptions options;
    options.max_body_bytes = 1000;
    return options;
  }());
  const std::string body(1000, ' ');
  ExpectRefused(SendAsAdmin("POST", "/products", body), 400, "INVALID_INPUT");  // It was read.
  ExpectRefused(SendAsAdmin("POST", "/products", body + " "), 413, "BODY_TOO_LARGE");

  const std::string head = AdminHead("Transfer-Encoding: chunked\r\n");
  RawClient chunked(port());
  chunked.Send(head + Chunk(body.substr(0, 600)) + Chunk(body.substr(600)) + "0\r\n\r\n");
  ExpectRefused(chunked.Read(), 400, "INVALID_INPUT");
  RawClient too_large(port());
  too_large.Send(head + Chunk(body.substr(0, 600)) + Chunk(body.substr(600)) + Chunk(" ") +
                 "0\r\n\r\n");
  ExpectRefused(too_large.Read(), 413, "BODY_TOO_LARGE");
}

TEST_F(ServerTest, RefusesLargeBodiesBeforeTheyArrive) {
  for (const char* length : {"65537", "10000000000", "18446744073709551615"}) {
    ExpectRefusedAndClosed(AdminHead("Content-Length: " + std::string(length) + "\r\n"), 413,
                           "BODY_TOO_LARGE");
  }
}

TEST_F(ServerTest, RefusesChunkedBodiesWithoutEnd) {
  RawClient client(port());
  client.Send(AdminHead("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = Chunk(std::string(4096, ' '));
  for (int i = 0; i < 1000 && client.Send(chunk); ++i) continue;
  ExpectRefused(client.Read(), 413, "BODY_TOO_LARGE");
}

TEST_F(ServerTest, RefusesChunksThatAreMostlyOverhead) {
  RawClient client(port());
  client.Send(AdminHead("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "1;" + std::string(4000, 'x') + "\r\n \r\n";
  for (int i = 0; i < 1000 && client.Send(chunk); ++i) continue;
  ExpectRefused(client.Read(), 413, "BODY_TOO_LARGE");
}

TEST_F(ServerTest, RefusesMalformedChunks) {
  for (const char* chunks : {"x\r\n\r\n", "-1\r\n\r\n", "\r\n\r\n", "5\r\n{}\r\n0\r\n\r\n",
                             // Ends of lines that a proxy might see elsewhere, and trailers.
                             "2;x\n[]\r\n0\r\n\r\n", "2\r\n[]\n0\r\n\r\n", "2\r\n[]x\r\n0\r\n\r\n",
                             "2\r\n[]\r\n0\r\nX: 1\r\n\r\n"}) {
    RawClient client(port());
    client.Send(AdminHead("Transfer-Encoding: chunked\r\n") + chunks);
    client.EndSending();
    ExpectRefused(client.Read(), 400, "MALFORMED_REQUEST");
  }
}

TEST_F(ServerTest, ARequestThatTellsOfNoBodyHasNone) {
  RawClient client(port());
  client.Send(AdminHead("") + "GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\n");
  ExpectRefused(client.Read(), 400, "INVALID_INPUT");
  EXPECT_EQ(client.Read().status, 200) << "what follows is the next request";
}

// What a proxy before us might read otherwise: the rest of the connection must not become a
// request.
TEST_F(ServerTest, RefusesRequestsWhoseEndIsUnclear) {
  const std::string smuggled = "GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\n";
  const std::string size = std::to_string(smuggled.size());
  for (const std::string& headers :
       {"Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 0\r\nContent-Length: " + size + "\r\n",
        std::string("Content-Length: 5, 5\r\n"), std::string("Content-Length: -1\r\n"),
        std::string("Content-Length: +5\r\n"), std::string("Content-Length: 0x5\r\n"),
        std::string("Content-Length: 5x\r\n"),
        std::string("Content-Length: 18446744073709551616\r\n")}) {
    ExpectRefusedAndClosed(AdminHead(headers) + "0\r\n\r\n" + smuggled, 400, "MALFORMED_REQUEST");
  }
  for (const std::string coding : {"gzip, chunked", "identity", "chunked, chunked", "xchunked",
                                   "chunked\r\nTransfer-Encoding: chunked"}) {
    ExpectRefusedAndClosed(AdminHead("Transfer-Encoding: " + coding + "\r\n") + smuggled, 501,
                           "UNKNOWN_TRANSFER_ENCODING");
  }
  ExpectRefusedAndClosed(
      "GET /health/live HTTP/1.1\r\nHost: shop\r\nContent-Length: " + size + "\r\n\r\n" + smuggled,
      400, "MALFORMED_REQUEST");
  ExpectRefusedAndClosed(
      "GET /health/live HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n" +
          Chunk(smuggled) + "0\r\n\r\n",
      400, "MALFORMED_REQUEST");
  ExpectRefusedAndClosed("POST /products HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" +
                             Chunk("{}") + "0\r\n\r\n" + smuggled,
                         400, "MALFORMED_REQUEST");
}

TEST_F(ServerTest, AConnectionEndsAfterAChunkedBody) {
  ExpectRefusedAndClosed(
      AdminHead("Transfer-Encoding: chunked\r\n") + Chunk("[]") + "0\r\n\r\n" + live_, 400,
      "INVALID_INPUT");
}

TEST_F(ServerTest, ABodyOfKnownLengthLeavesTheConnectionOpen) {
  RawClient client(port());
  client.Send(AdminHead("Content-Length: 2\r\n") + "[]" + live_);
  ExpectRefused(client.Read(), 400, "INVALID_INPUT");
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(ServerTest, RefusesEncodedBodies) {
  ExpectRefusedAndClosed(AdminHead("Content-Encoding: gzip\r\nContent-Length: 3\r\n") + "abc", 415,
                         "ENCODED_BODY");
  ExpectRefusedAndClosed(AdminHead("Content-Encoding: br\r\nContent-Length: 3\r\n") + "abc", 415,
                         "ENCODED_BODY");
  ExpectRefusedAndClosed(
      "POST /auth/login HTTP/1.1\r\nHost: shop\r\nContent-Type: multipart/form-data; boundary=x\r\n"
      "Content-Length: 2\r\n\r\n{}",
      415, "JSON_NEEDED");
}

TEST_F(ServerTest, InvitesABodyOnlyWhenItMayCome) {
  RawClient client(port());
  client.Send(AdminHead("Expect: 100-continue\r\nContent-Length: 2\r\n"));
  ASSERT_TRUE(client.ReadContinue());
  client.Send("[]");
  ExpectRefused(client.Read(), 400, "INVALID_INPUT");

  ExpectRefusedAndClosed(AdminHead("Expect: 100-continue\r\nContent-Length: 999999\r\n"), 413,
                         "BODY_TOO_LARGE");
  // Nobody who may not know what it is gets it.
  std::string old = AdminHead("Expect: 100-continue\r\nContent-Length: 2\r\n");
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  for (const std::string& head :
       {old, AdminHead("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 2\r\n")}) {
    RawClient uninvited(port());
    uninvited.Send(head);
    EXPECT_EQ(Send("GET", "/nothing").status, 404);  // By now the head has been read, too.
    uninvited.Send("[]");
    ExpectRefused(uninvited.Read(), 400, "INVALID_INPUT");
  }
}

// The end

TEST_F(ServerTest, StopFinishesRequestsInFlight) {
  ServerOptions options = Patient();
  options.stop_grace = kNever;
  Listen(options);
  const int port = this->port();
  Gate gate;
  ExpectGatedCalls(gate);
  RawClient idle(port);
  idle.Send(live_);
  EXPECT_EQ(idle.Read().status, 200);
  RawClient busy(port);
  busy.Send(RequestText("GET", product_));
  gate.WaitUntilEntered(1);
  busy.Send(live_);

  std::future<void> stopped = std::async(std::launch::async, [this] { server_->Stop(); });
  while (!IsRefused(port)) std::this_thread::yield();
  EXPECT_TRUE(idle.IsClosed());
  gate.Open();
  const Reply reply = busy.Read();
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(busy.Read().status, 200);  // It had arrived, too.
  EXPECT_TRUE(busy.IsClosed());
  stopped.wait();
  server_->Stop();
  server_ = nullptr;
}

TEST_F(ServerTest, StopDoesNotWaitForHalfSentRequests) {
  ServerOptions options = Patient();
  options.stop_grace = milliseconds(50);
  Listen(options);
  RawClient head(port());
  head.Send("GET /health");
  RawClient body(port());
  body.Send(AdminHead("Content-Length: 10\r\n") + "{");
  // Both are being read when a later connection has been answered and both have a thread.
  EXPECT_EQ(Send("GET", "/health/live").status, 200);
  server_->Stop();
  server_ = nullptr;
}

TEST_F(BusyServerTest, StopDoesNotWaitForWhatIsHalfSentBehindARequest) {
  ServerOptions options = Patient();
  options.stop_grace = milliseconds(50);
  Occupy(options, "GET /hea");
  const int port = this->port();
  std::future<void> stopped = std::async(std::launch::async, [this] { server_->Stop(); });
  while (!IsRefused(port)) std::this_thread::yield();
  Release();
  ExpectRefused(served_->Read(), 408, "REQUEST_TOO_SLOW");
  served_ = nullptr;
  stopped.wait();
  server_ = nullptr;
}

TEST_F(ServerTest, ForgetsWhoDoesNotHangUp) {
  Listen(Patient());
  RawClient client(port());
  client.Send(RequestText("GET", "/nothing", {{"Connection", "close"}}));
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_TRUE(client.IsClosed());
  // What still comes is discarded for a while, and then refused.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (client.Send("x") && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_FALSE(client.Send("x"));
}

TEST_F(ServerTest, DiscardsSoMuchOfWhatItDoesNotWantAndNoMore) {
  Listen(Patient());
  RawClient client(port());
  client.Send(AdminHead("Content-Length: 10000000000\r\n"));
  // Beside the megabyte, what both sides' systems hold counts as sent.
  constexpr std::size_t kMost = std::size_t{128} * 1024 * 1024;
  const std::string some(std::size_t{256} * 1024, 'x');
  std::size_t sent = 0;
  while (sent < kMost && client.Send(some)) sent += some.size();
  EXPECT_LT(sent, kMost);
  ExpectRefused(client.Read(), 413, "BODY_TOO_LARGE");
}

TEST_F(ServerTest, ASecondServerOnThePortIsRefused) {
  class Nobody final : public Responder {
    Response Answer(const Request&) override { return {}; }
    Response Refuse(const Request&, const Problem&) override { return {}; }
  } nobody;
  ServerOptions options;
  options.port = port();
  const auto second = Server::Listen(options, nobody);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "ADDRESS_IN_USE");
  EXPECT_EQ(second.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(port()) +
                ": another program has the port; stop it or choose another port");

  options.address = "192.0.2.1";  // Reserved for documentation: no machine has it.
  EXPECT_EQ(Server::Listen(options, nobody).error().reason, "CANNOT_LISTEN");
  options.address = "no such host";
  EXPECT_EQ(Server::Listen(options, nobody).error().reason, "CANNOT_LISTEN");
}

// Where localhost has an IPv6 address as well, it often comes first.
TEST_F(ServerTest, LocalhostIsReachedOverIPv4) {
  ServerOptions options;
  options.address = "localhost";
  Listen(options);
  EXPECT_EQ(Send("GET", "/health/live").status, 200);
}

TEST_F(ServerTest, APortCanBeTakenAgainAtOnce) {
  Listen(Patient());
  ServerOptions options = Patient();
  options.port = port();
  RawClient client(port());
  client.Send(live_);
  EXPECT_EQ(client.Read().status, 200);
  server_ = nullptr;  // The server closes first, so the connection stays in TIME_WAIT.
  Listen(options);
}

TEST(ServerExceptionTest, AResponderThatThrowsIsAnInternalError) {
  class Thrower final : public Responder {
    Response Answer(const Request&) override { throw std::runtime_error("hunter2"); }
    Response Refuse(const Request&, const Problem& problem) override {
      return ToResponse(problem, "", "");
    }
  } thrower;
  auto server = Server::Listen({}, thrower);
  ASSERT_TRUE(server);
  RawClient client((*server)->port());
  client.Send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const Reply reply = client.Read();
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("hunter2"), std::string::npos);
  EXPECT_EQ(reply.Header("EXCEPTION_WHAT"), "");
}

}  // namespace
}  // namespace shop::http
