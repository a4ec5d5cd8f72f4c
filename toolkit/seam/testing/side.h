#ifndef SEAM_TESTING_SIDE_H_
#define SEAM_TESTING_SIDE_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/channel.h"
#include "seam/core/contract.h"
#include "seam/core/servicer.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

// The sides of a seam, for a test or for a tool that compares them. Without GoogleTest, which
// seam/testing/sides.h adds.
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

}  // namespace seam::testing

#endif  // SEAM_TESTING_SIDE_H_
