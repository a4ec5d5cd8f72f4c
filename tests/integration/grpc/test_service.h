#ifndef SEAM_TESTS_INTEGRATION_GRPC_TEST_SERVICE_H_
#define SEAM_TESTS_INTEGRATION_GRPC_TEST_SERVICE_H_

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/core/channel.h"
#include "seam/core/servicer.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/observe/log.h"
#include "seam/testing/temporary_folder.h"

namespace seam {

// The contract "seam.test.v1.Test" of three methods that differ in what may be retried. Its
// messages are treated as plain bytes.
const ServiceContract& TestContract();
const MethodContract& ReadMethod();  // NO_SIDE_EFFECTS
const MethodContract& PutMethod();   // IDEMPOTENT
const MethodContract& AddMethod();   // Unset.

using TestHandler = std::function<Result<Buffer>(const Context& context, std::string_view request)>;

// Gives back what it was given.
Result<Buffer> Echo(const Context& context, std::string_view request);

// A handler that one request holds up until the gate is opened; what else it is asked it echoes.
class Gate {
 public:
  explicit Gate(std::string request) : request_(std::move(request)) {}

  // Must not be called once the gate is gone.
  [[nodiscard]] TestHandler handler();

  void WaitUntilEntered() const { entered_.wait(); }
  void Open() { open_.count_down(); }

 private:
  const std::string request_;
  std::latch entered_{1};
  std::latch open_{1};
};

// Serves every method with one function, and counts.
class TestServicer final : public Servicer {
 public:
  explicit TestServicer(TestHandler handler = Echo) : handler_(std::move(handler)) {}

  [[nodiscard]] const ServiceContract& contract() const noexcept override { return TestContract(); }
  [[nodiscard]] Result<Buffer> Handle(std::size_t method, const Context& context,
                                      const Buffer& request) override;

  [[nodiscard]] int calls() const noexcept { return calls_; }

 private:
  const TestHandler handler_;
  std::atomic<int> calls_ = 0;
};

// A log whose lines can be read. Thread-safe.
class CapturedLog {
 public:
  CapturedLog();

  Log& log() noexcept { return log_; }
  [[nodiscard]] std::vector<std::string> lines() const;
  // Those with that text in them.
  [[nodiscard]] std::vector<std::string> LinesWith(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  Log log_;
};

// A servicer and its server, at a free TCP port unless other options are given; with TLS for every
// service. Aborts when it cannot start.
class TestServer {
 public:
  explicit TestServer(TestHandler handler = Echo, const GrpcServerOptions& options = {});

  [[nodiscard]] const std::string& address() const { return server_->addresses().front(); }
  [[nodiscard]] int calls() const noexcept { return servicer_.calls(); }
  GrpcServer& server() noexcept { return *server_; }
  CapturedLog& log() noexcept { return log_; }

 private:
  CapturedLog log_;
  TestServicer servicer_;
  std::unique_ptr<GrpcServer> server_;
};

// Abort when they cannot be opened.
std::unique_ptr<Channel> OpenChannel(GrpcChannelOptions options);
std::unique_ptr<Channel> OpenChannel(const std::string& target);

// A context whose time-out no working call reaches, so that a broken test ends.
Context Patient();

Buffer Bytes(std::string_view text);

// The bytes of a reply; aborts, with the error, when there are none.
std::string Text(const Result<Buffer>& reply);

}  // namespace seam

#endif  // SEAM_TESTS_INTEGRATION_GRPC_TEST_SERVICE_H_
