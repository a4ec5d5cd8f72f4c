// What a parity test is good for: differences are planted in one of the sides, and have to be
// found, made small, kept, and found again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seam/probe/v1/probe_codec.h"
#include "seam/probe/v1/probe_seam.h"
#include "seam/testing/channel_side.h"
#include "seam/testing/parity.h"
#include "seam/testing/sides.h"
#include "seam/testing/temporary_folder.h"
#include "seam/wire/message.h"
#include "tool/diverge/probe_service.h"

namespace seam::probe {
namespace {

using testing::CompareSides;
using ::testing::HasSubstr;
using testing::OpenSide;
using testing::ParityOptions;
using testing::ParityOutcome;
using testing::Side;

constexpr std::size_t kLimit = 4096;

// What a side does instead of calling `sound`.
using Fault = std::function<Result<Buffer>(Channel& sound, const MethodContract& method,
                                           const Buffer& request)>;

class FaultySide final : public testing::ParitySide, private Channel {
 public:
  explicit FaultySide(Fault fault, std::vector<std::string> rows = {})
      : fault_(std::move(fault)),
        rows_(std::move(rows)),
        side_(Side::kInProcess, std::make_unique<diverge::ProbeService>(), Rules()) {}

  Channel& channel() override { return *this; }
  std::vector<std::string> Rows() override { return rows_; }

 private:
  static CallRules Rules() {
    CallRules rules;
    rules.max_message_bytes = kLimit;
    return rules;
  }

  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override {
    completion.Complete(Call(method, context, std::move(request)));
  }
  Result<Buffer> Call(const MethodContract& method, const Context& context,
                      Buffer request) override {
    if (fault_) return fault_(side_.channel(), method, request);
    return side_.channel().Call(method, context, std::move(request));
  }

  const Fault fault_;
  const std::vector<std::string> rows_;
  testing::ChannelSide<v1::ProbeSeam> side_;
};

Buffer Copy(const Buffer& buffer) { return Buffer(std::string(buffer.bytes())); }

class ParityTwin : public ::testing::Test {
 protected:
  static OpenSide Sound() { return With(nullptr); }
  static OpenSide With(const Fault& fault) {
    return [=] { return std::make_unique<FaultySide>(fault); };
  }

  ParityOutcome Compare(const OpenSide& second, std::size_t sequences = 200) {
    ParityOptions options;
    options.failures_folder = folder_ / "failures";
    options.sequences = sequences;
    options.max_message_bytes = kLimit;
    options.values = {{"*Request.key", {"a", "b"}}, {"*RefuseRequest.code", {"5", "9"}}};
    options.made_up = {};
    options.left_out = {"Keep", "Linger", "Make", "Meet", "Recall", "Relay", "Throw"};
    return CompareSides(v1::ProbeSeam::contract(), Sound(), second, options);
  }

  // That it is found, in so many calls, and that the file and the seed find it again.
  ParityOutcome ExpectFound(const OpenSide& second, std::size_t calls, const std::string& text) {
    const ParityOutcome found = Compare(second);
    EXPECT_FALSE(found.equal);
    EXPECT_THAT(found.report, HasSubstr(text));
    EXPECT_LE(found.calls, calls) << found.report;
    EXPECT_TRUE(std::filesystem::exists(found.file));

    const ParityOutcome kept = Compare(second);
    EXPECT_FALSE(kept.equal);
    EXPECT_EQ(kept.file, found.file);
    EXPECT_EQ(kept.seed, 0U) << "the file is tried before any seed";
    EXPECT_TRUE(kept.methods.size() <= calls) << "nothing else was called";

    EXPECT_TRUE(Compare(Sound(), 0).equal) << "the file passes once the difference is mended";

    std::filesystem::remove(found.file);
    setenv("SEAM_SEED", std::to_string(found.seed).c_str(), 1);
    const ParityOutcome again = Compare(second, 1);
    unsetenv("SEAM_SEED");
    EXPECT_EQ(again.seed, found.seed);
    EXPECT_EQ(again.report, found.report);
    return found;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(ParityTwin, SoundSidesAreEqual) {
  const ParityOutcome outcome = Compare(Sound());
  EXPECT_TRUE(outcome.equal) << outcome.report;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "failures"));
}

Result<Buffer> RefuseTheLimit(Channel& sound, const MethodContract& method, const Buffer& request) {
  if (request.size() == kLimit) return Fail(Code::kResourceExhausted, "TOO_LARGE", "planted");
  return sound.Call(method, Context(), Copy(request));
}

// As a client without the check would.
Result<Buffer> EchoWhatIsNoText(Channel& sound, const MethodContract& method,
                                const Buffer& request) {
  auto answer = sound.Call(method, Context(), Copy(request));
  if (answer || answer.error().reason != "INVALID_UTF8" || method.name != "Echo") return answer;
  wire::Reader in = wire::Reader::OfAnyStruct(request.bytes());
  v1::EchoRequest decoded;
  EXPECT_TRUE(Decode(in, decoded));
  wire::Writer out;
  Encode(v1::EchoResponse{.value = decoded.value}, out);
  return out.Finish();
}

TEST_F(ParityTwin, AMissingCheckOfTextIsFound) {
  const auto found = ExpectFound(With(EchoWhatIsNoText), 1, "INVALID_UTF8");
  EXPECT_THAT(found.report, HasSubstr("the answers of Echo differ"));
}

TEST_F(ParityTwin, ALaxLimitIsFound) {
  const auto lax = [](Channel& sound, const MethodContract& method,
                      const Buffer& request) -> Result<Buffer> {
    if (request.size() == kLimit + 1) return Buffer();
    return sound.Call(method, Context(), Copy(request));
  };
  const auto found = ExpectFound(With(lax), 1, "MESSAGE_TOO_LARGE");
  EXPECT_THAT(found.report, HasSubstr("filled until the request has 4097 bytes"));
}

TEST_F(ParityTwin, AStrictLimitIsFound) {
  const auto found = ExpectFound(With(RefuseTheLimit), 1, "TOO_LARGE");
  EXPECT_THAT(found.report, HasSubstr("filled until the request has 4096 bytes"));
}

TEST_F(ParityTwin, LostMetadataOfAnErrorIsFound) {
  const auto found = ExpectFound(With([](Channel& sound, const MethodContract& method,
                                         const Buffer& request) -> Result<Buffer> {
                                   auto answer = sound.Call(method, Context(), Copy(request));
                                   if (answer || answer.error().origin != Origin::kHandler)
                                     return answer;
                                   Error error = std::move(answer).error();
                                   error.metadata.clear();
                                   return Forward(std::move(error));
                                 }),
                                 1, "the errors of Refuse differ in metadata");
  EXPECT_THAT(found.report, HasSubstr("Refuse {metadata {"));
}

TEST_F(ParityTwin, AReplyThatIsAnEarlierOnesIsFound) {
  std::optional<std::string> kept;
  const auto aliasing = [&kept] {
    kept.reset();
    return std::make_unique<FaultySide>([&kept](Channel& sound, const MethodContract& method,
                                                const Buffer& request) -> Result<Buffer> {
      auto answer = sound.Call(method, Context(), Copy(request));
      if (!answer || method.name != "Echo") return answer;
      if (!kept) kept = std::string(answer->bytes());
      return Buffer(*kept);
    });
  };
  ExpectFound(aliasing, 2, "the replies of Echo differ in value");
}

TEST_F(ParityTwin, PresenceThatIsLostIsFound) {
  const auto found = ExpectFound(With([](Channel& sound, const MethodContract& method,
                                         const Buffer& request) -> Result<Buffer> {
                                   auto answer = sound.Call(method, Context(), Copy(request));
                                   if (!answer || method.name != "Echo") return answer;
                                   auto reply =
                                       wire::DecodeMessage<v1::EchoResponse>(answer->bytes());
                                   if (reply->value == v1::Value{}) reply->value.reset();
                                   return wire::EncodeMessage(*reply);
                                 }),
                                 1, "value:\n    first:  is there\n    second: is not there");
  EXPECT_THAT(found.report, HasSubstr("Echo {value { }}"));
}

TEST_F(ParityTwin, ACallThatIsMadeTwiceIsFound) {
  ExpectFound(With([](Channel& sound, const MethodContract& method,
                      const Buffer& request) -> Result<Buffer> {
                auto first = sound.Call(method, Context(), Copy(request));
                if (method.name == "CountCalls") return first;
                return sound.Call(method, Context(), Copy(request));
              }),
              2, "the replies of CountCalls differ in begun");
}

TEST_F(ParityTwin, AnotherBitOfANumberIsFound) {
  // -0.0 becomes 0.0, which compares equal.
  const auto found = ExpectFound(With([](Channel& sound, const MethodContract& method,
                                         const Buffer& request) -> Result<Buffer> {
                                   auto answer = sound.Call(method, Context(), Copy(request));
                                   if (!answer || method.name != "Echo") return answer;
                                   auto reply =
                                       wire::DecodeMessage<v1::EchoResponse>(answer->bytes());
                                   if (!reply->value) return answer;
                                   for (double& number : reply->value->doubles) {
                                     if (number == 0) number = 0;
                                   }
                                   return wire::EncodeMessage(*reply);
                                 }),
                                 1, "value.doubles[0]:\n    first:  -0\n    second: 0");
  EXPECT_THAT(found.report, HasSubstr("doubles: -0"));
}

TEST_F(ParityTwin, RowsThatDifferAreFound) {
  const ParityOutcome found = Compare(
      [] { return std::make_unique<FaultySide>(nullptr, std::vector<std::string>{"left over"}); });
  EXPECT_FALSE(found.equal);
  EXPECT_EQ(found.calls, 0U);
  EXPECT_THAT(found.report, HasSubstr("only in the second: \"left over\""));
}

TEST_F(ParityTwin, AFileIsMadeForPeopleToRead) {
  const ParityOutcome found = Compare(With(RefuseTheLimit));
  std::ifstream stream(found.file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text, HasSubstr("\"contract\": \"seam.probe.v1.Probe\""));
  EXPECT_THAT(text, HasSubstr("\"padded_to\": 4096"));
  EXPECT_LT(text.size(), 1000U);
}

TEST_F(ParityTwin, AFileThatMakesNoSenseIsNamed) {
  std::filesystem::create_directories(folder_ / "failures");
  std::ofstream(folder_ / "failures/broken.json") << R"({"contract": "seam.probe.v1.Probe",
             "calls": [{"call": 0, "method": "Eccho", "caller": "anybody", "request": []}]})";
  EXPECT_DEATH(static_cast<void>(Compare(Sound())),
               "broken.json: there is no method Eccho; mend the file or delete it");
}

}  // namespace
}  // namespace seam::probe
