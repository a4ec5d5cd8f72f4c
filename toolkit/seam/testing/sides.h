#ifndef SEAM_TESTING_SIDES_H_
#define SEAM_TESTING_SIDES_H_

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/binding/bind.h"
#include "seam/binding/call_rules.h"
#include "seam/core/channel.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/core/servicer.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

// One suite, every binding: a contract test is written against the abstract client and runs
// unchanged on each side of the seam.
//
//   class GreeterContract : public seam::testing::OnEverySide<greeter::v1::GreeterSeam> {
//     seam::Result<std::unique_ptr<GreeterHandler>> OpenHandler() override { … }
//     std::vector<std::string> ServiceCommand() override { return {"build/greeter-service"}; }
//   };
//   TEST_P(GreeterContract, Greets) { EXPECT_TRUE(client().Greet(seam::Context(), {…})); }
//   SEAM_INSTANTIATE_ON_EVERY_SIDE(GreeterContract);
namespace seam::testing {

enum class Side {
  kInProcess,
  kInProcessCodec,
  kGrpcTcp,   // gRPC over loopback TCP, the service in the test's own process.
  kGrpcUnix,  // The same over a unix socket.
  kProcess,   // A service process of its own, over loopback TCP.
};

inline constexpr std::array<Side, 5> kEverySide = {Side::kInProcess, Side::kInProcessCodec,
                                                   Side::kGrpcTcp, Side::kGrpcUnix, Side::kProcess};

// "GrpcTcp": what stands in the names of the tests.
[[nodiscard]] std::string_view SideName(Side side) noexcept;

// A servicer behind a real gRPC server in this process, and a channel to it.
class Loopback {
 public:
  // Aborts when it cannot listen or connect.
  Loopback(Servicer& servicer, Side side, const TemporaryFolder& folder);
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback();

  [[nodiscard]] Channel& channel() noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// A service process, and a channel to it.
class ServiceProcess {
 public:
  // Starts `command` with "--listen 127.0.0.1:0" added. Aborts, with what the program printed, when
  // it does not say that it listens.
  ServiceProcess(const ServiceContract& contract, std::vector<std::string> command);

  [[nodiscard]] Channel& channel() noexcept { return *channel_; }
  [[nodiscard]] Process& process() noexcept { return process_; }

 private:
  Process process_;
  std::unique_ptr<Channel> channel_;
};

// The fixture of a contract suite: each test gets a client on its side, over a handler of its own.
template <class Seam>
class OnEverySide : public ::testing::TestWithParam<Side> {
 protected:
  using Handler = typename Seam::Handler;
  using Client = typename Seam::Client;

  // A fresh handler, for the sides that live in this process.
  [[nodiscard]] virtual Result<std::unique_ptr<Handler>> OpenHandler() = 0;

  // The service program and its arguments, on a fresh store; it takes --listen as ServeMain does.
  [[nodiscard]] virtual std::vector<std::string> ServiceCommand() = 0;

  void SetUp() override {
    if (GetParam() == Side::kProcess) {
      process_ = std::make_unique<ServiceProcess>(Seam::contract(), ServiceCommand());
      client_ = std::make_unique<typename Seam::RemoteClient>(process_->channel(), CallRules{});
      return;
    }
    auto handler = OpenHandler();
    ASSERT_TRUE(handler) << ToString(handler.error());
    handler_ = *std::move(handler);
    if (GetParam() == Side::kInProcess) {
      client_ = std::make_unique<typename Seam::InProcessClient>(*handler_, CallRules{});
      return;
    }
    servicer_ = std::make_unique<typename Seam::Servicer>(*handler_);
    if (GetParam() == Side::kInProcessCodec) {
      codec_ = std::make_unique<CodecChannel>(*servicer_);
      client_ = std::make_unique<typename Seam::RemoteClient>(*codec_, CallRules{});
    } else {
      loopback_ = std::make_unique<Loopback>(*servicer_, GetParam(), folder_);
      client_ = std::make_unique<typename Seam::RemoteClient>(loopback_->channel(), CallRules{});
    }
  }

  [[nodiscard]] Client& client() noexcept { return *client_; }

  // For the store of the handler or of the service.
  [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }

 private:
  // In the order of construction: each uses the ones above it.
  const TemporaryFolder folder_;
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<Servicer> servicer_;
  std::unique_ptr<CodecChannel> codec_;
  std::unique_ptr<Loopback> loopback_;
  std::unique_ptr<ServiceProcess> process_;
  std::unique_ptr<Client> client_;
};

// Succeeds when the suite of this name has as many cases on every side, and at least one.
[[nodiscard]] ::testing::AssertionResult HasEqualCasesOnEverySide(std::string_view suite);

}  // namespace seam::testing

// Runs `suite` on every side, and adds a test that no side was left out of any case.
#define SEAM_INSTANTIATE_ON_EVERY_SIDE(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(EverySide, suite, ::testing::ValuesIn(::seam::testing::kEverySide), \
                           [](const ::testing::TestParamInfo<::seam::testing::Side>& side) {   \
                             return ::std::string(::seam::testing::SideName(side.param));      \
                           });                                                                 \
  TEST(suite##Cases, AreEqualOnEverySide) {                                                    \
    EXPECT_TRUE(::seam::testing::HasEqualCasesOnEverySide("EverySide/" #suite));               \
  }                                                                                            \
  static_assert(true, "so that a semicolon may follow")

#endif  // SEAM_TESTING_SIDES_H_
