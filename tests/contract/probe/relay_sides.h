#ifndef TESTS_CONTRACT_PROBE_RELAY_SIDES_H_
#define TESTS_CONTRACT_PROBE_RELAY_SIDES_H_

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "probe/relay_handler.h"
#include "seam/binding/bind.h"
#include "seam/grpc/channel.h"
#include "seam/probe/v1/relay_seam.h"
#include "seam/testing/process.h"
#include "seam/testing/sides.h"

namespace seam::probe {

// A relay that passes calls on to itself, over the binding of the side: a call goes from handler to
// handler as it does through a circle of modules.
class RelayOnEverySide : public ::testing::TestWithParam<testing::Side> {
 protected:
  using Side = testing::Side;

  // How the relay is bound, for the suite to change.
  [[nodiscard]] virtual CallRules Rules() { return {}; }
  // What else its process is started with.
  [[nodiscard]] virtual std::vector<std::string> Arguments() { return {}; }

  void SetUp() override {
    switch (GetParam()) {
      case Side::kInProcess: BindLocally(BindingKind::kInProcess); break;
      case Side::kInProcessCodec: BindLocally(BindingKind::kInProcessCodec); break;
      case Side::kGrpcTcp:
      case Side::kGrpcUnix:
        handler_ = MakeHandler();
        servicer_ = std::make_unique<v1::RelayServicer>(*handler_);
        loopback_ = std::make_unique<testing::Loopback>(*servicer_, GetParam(), folder_);
        client_ = std::make_unique<v1::RelayRemoteClient>(loopback_->channel(), Rules());
        break;
      case Side::kProcess: StartProcess(); break;
    }
  }

  [[nodiscard]] v1::RelayClient& client() { return bound_ ? bound_->client() : *client_; }

  v1::LookAtResponse LookAt(const std::string& key) {
    const auto seen = client().LookAt(Context(), {.key = key});
    EXPECT_TRUE(seen) << ToString(seen.error());
    return seen ? *seen : v1::LookAtResponse();
  }

  // Until `holds(counts)` of the calls of Block with this key.
  template <class Holds>
  ::testing::AssertionResult Eventually(const std::string& key, Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (holds(LookAt(key))) return ::testing::AssertionSuccess();
      std::this_thread::yield();
    }
    return ::testing::AssertionFailure() << "not within 20 s";
  }

  void Release(const std::string& key) {
    const auto released = client().Release(Context(), {.key = key});
    EXPECT_TRUE(released) << ToString(released.error());
  }

 private:
  std::unique_ptr<v1::RelayHandler> MakeHandler() {
    return std::make_unique<RelayService>([this]() -> v1::RelayClient& { return client(); });
  }

  void BindLocally(BindingKind kind) {
    auto bound = Bind<v1::RelaySeam>(
        kind, Rules(), [&] { return Result<std::unique_ptr<v1::RelayHandler>>(MakeHandler()); },
        []() -> Result<std::unique_ptr<Channel>> {
          return Fail(Code::kInternal, "NO_CHANNEL", "the relay is in this process");
        });
    ASSERT_TRUE(bound) << ToString(bound.error());
    bound_.emplace(*std::move(bound));
  }

  // Over a unix socket, as its address is known before the service has it, which calls itself.
  void StartProcess() {
    const std::string address = "unix:" + (folder_ / "relay.sock");
    const CallRules rules = Rules();
    std::vector<std::string> command = {RELAY_PROGRAM,
                                        "--listen",
                                        address,
                                        "--modules.next.target",
                                        address,
                                        "--modules.next.deadline_ms",
                                        "60000",
                                        "--modules.next.max_visits",
                                        std::to_string(rules.max_visits)};
    for (std::string& argument : Arguments()) command.push_back(std::move(argument));
    process_ = std::make_unique<testing::Process>(std::move(command));
    ASSERT_TRUE(process_->WaitForLine("\"listening\"")) << process_->output();
    auto channel = OpenGrpcChannel(v1::RelaySeam::contract(), {.target = address});
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    client_ = std::make_unique<v1::RelayRemoteClient>(*channel_, rules);
  }

  // In the order of construction: each uses the ones above it.
  const testing::TemporaryFolder folder_;
  std::optional<Bound<v1::RelaySeam>> bound_;
  std::unique_ptr<v1::RelayHandler> handler_;
  std::unique_ptr<v1::RelayServicer> servicer_;
  std::unique_ptr<testing::Loopback> loopback_;
  std::unique_ptr<testing::Process> process_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<v1::RelayClient> client_;
};

}  // namespace seam::probe

#endif  // TESTS_CONTRACT_PROBE_RELAY_SIDES_H_
