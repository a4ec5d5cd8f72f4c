// The probe's contract, which has one of everything, in pairs of bindings.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "seam/probe/v1/probe_codec.h"
#include "seam/probe/v1/probe_seam.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"
#include "tool/diverge/probe_service.h"

namespace seam::probe {
namespace {

using testing::CompareSides;
using testing::OpenSide;
using testing::ParityOptions;
using testing::Side;

class ProbeSide final : public testing::ParitySide {
 public:
  ProbeSide(Side side, const CallRules& rules)
      : side_(side == Side::kProcess
                  ? Opened({SEAM_PROGRAM, "probe-service"}, rules)
                  : Opened(side, std::make_unique<diverge::ProbeService>(), rules)) {}

  Channel& channel() override { return side_.channel(); }

 private:
  using Opened = testing::ChannelSide<v1::ProbeSeam>;
  Opened side_;
};

OpenSide On(Side side, const CallRules& rules = {}) {
  return [=] { return std::make_unique<ProbeSide>(side, rules); };
}

ParityOptions Options() {
  return {.failures_folder = SEAM_PARITY_FAILURES,
          .values =
              {
                  {"*Request.key", {"a", "b"}},
                  {"*RefuseRequest.code", {"1", "5", "9", "14", "16", "0", "-7", "4711"}},
                  // It would wait for the call's deadline.
                  {"until_context_ends", {"false"}},
                  {"payload_bytes", {"0", "1", "4194298", "4194299", "4194300", "4194301"}},
              },
          .only_values = {"payload_bytes", "until_context_ends"},
          // Nothing that the probe gives back is made up.
          .made_up = {},
          // Where a handler runs is the one thing that a binding decides; what is left until the
          // deadline is the clock's.
          .differing = {"process_id", "thread_id", "remaining"},
          // They wait for other calls, or make some.
          .left_out = {"Meet", "Relay"}};
}

TEST(ProbeParity, InProcessAndCodecAreEqual) {
  ParityOptions options = Options();
  options.sequences = 400;
  // Small, so that many can be tried.
  CallRules rules;
  rules.max_message_bytes = options.max_message_bytes = 4096;
  options.values["payload_bytes"] = {"0", "1", "4091", "4092", "4093", "4094", "4095"};
  const auto outcome = CompareSides(v1::ProbeSeam::contract(), On(Side::kInProcess, rules),
                                    On(Side::kInProcessCodec, rules), options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
  std::cout << outcome.report;
}

TEST(ProbeParity, InProcessAndGrpcAreEqual) {
  for (const Side side : {Side::kGrpcTcp, Side::kGrpcUnix}) {
    ParityOptions options = Options();
    options.sequences = 40;
    const auto outcome =
        CompareSides(v1::ProbeSeam::contract(), On(Side::kInProcess), On(side), options);
    EXPECT_TRUE(outcome.equal) << outcome.report;
  }
}

TEST(ProbeParity, InProcessAndAServiceAreEqual) {
  ParityOptions options = Options();
  options.sequences = 3;
  options.calls = 60;
  const auto outcome =
      CompareSides(v1::ProbeSeam::contract(), On(Side::kInProcess), On(Side::kProcess), options);
  EXPECT_TRUE(outcome.equal) << outcome.report;
}

}  // namespace
}  // namespace seam::probe
