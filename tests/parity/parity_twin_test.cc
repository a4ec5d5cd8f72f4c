// What a parity test is good for: differences are planted in one of the sides, and have to be
// found, made small, kept, and found again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "seam/core/patience.h"
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
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::OpenSide;
using testing::ParityOptions;
using testing::ParityOutcome;
using testing::Side;

constexpr std::size_t kLimit = 4096;

// What a side does instead of calling `sound`.
using Fault = std::function<Result<Buffer>(Channel& sound, const MethodContract& method,
                                           const Context& context, const Buffer& request)>;

class FaultySide final : public testing::ParitySide, private Channel {
 public:
  explicit FaultySide(Fault fault, std::vector<std::string> rows = {},
                      std::shared_ptr<std::uint64_t> seed = nullptr)
      : fault_(std::move(fault)),
        rows_(std::move(rows)),
        seed_(std::move(seed)),
        side_(Side::kInProcess, std::make_unique<diverge::ProbeService>(), Rules()) {}

  void Begin(std::uint64_t seed) override {
    if (seed_) *seed_ = seed;
  }
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
    if (fault_) return fault_(side_.channel(), method, context, request);
    return side_.channel().Call(method, context, std::move(request));
  }

  const Fault fault_;
  const std::vector<std::string> rows_;
  const std::shared_ptr<std::uint64_t> seed_;  // Where it is put.
  testing::ChannelSide<v1::ProbeSeam> side_;
};

Buffer Copy(const Buffer& buffer) { return Buffer(std::string(buffer.bytes())); }

class ParityTwin : public ::testing::Test {
 protected:
  static OpenSide Sound() { return With(nullptr); }
  static OpenSide With(const Fault& fault) {
    return [=] { return std::make_unique<FaultySide>(fault); };
  }

  [[nodiscard]] ParityOptions Options() const {
    ParityOptions options;
    options.failures_folder = folder_ / "failures";
    options.sequences = 200;
    options.max_message_bytes = kLimit;
    options.values = {{"*Request.key", {"a", "b"}}, {"*RefuseRequest.code", {"5", "9"}}};
    options.made_up = {};
    options.differing = {"remaining"};
    options.left_out = {"Keep", "Linger", "Make", "Meet", "Recall", "Relay", "Throw"};
    return options;
  }

  ParityOutcome Compare(const OpenSide& second, std::size_t sequences = 200) {
    ParityOptions options = Options();
    options.sequences = sequences;
    return CompareSides(v1::ProbeSeam::contract(), Sound(), second, options);
  }

  // That it is found, in so many calls, and that the file and the seed find it again.
  ParityOutcome ExpectFound(const OpenSide& second, std::size_t calls, const std::string& text) {
    ParityOutcome found = Compare(second);
    EXPECT_THAT(found.report, HasSubstr(text));
    if (found.equal) return found;
    EXPECT_LE(found.calls, calls) << found.report;
    EXPECT_TRUE(std::filesystem::exists(found.file));

    const ParityOutcome kept = Compare(second);
    EXPECT_FALSE(kept.equal);
    EXPECT_EQ(kept.file, found.file);
    EXPECT_EQ(kept.seed, 0U) << "the file is tried before any seed";
    EXPECT_TRUE(kept.methods.size() <= calls) << "nothing else was called";

    EXPECT_TRUE(Compare(Sound(), 1).equal) << "the file passes once the difference is mended";

    std::filesystem::remove(found.file);
    setenv("SEAM_SEED", std::to_string(found.seed).c_str(), 1);
    const ParityOutcome again = Compare(second, 1);
    unsetenv("SEAM_SEED");
    EXPECT_EQ(again.seed, found.seed);
    EXPECT_EQ(again.report, found.report);
    return found;
  }

  // A file among the kept ones of the probe's contract.
  [[nodiscard]] std::string Kept(const std::string& name) const {
    return folder_ / ("failures/seam.probe.v1.Probe/" + name);
  }
  void WriteKept(const std::string& name, const std::string& seed, const std::string& calls) const {
    std::filesystem::create_directories(Kept(""));
    std::ofstream(Kept(name)) << R"({"contract": "seam.probe.v1.Probe", "seed": )" << seed
                              << R"(, "calls": [)" << calls << "]}";
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(ParityTwin, SoundSidesAreEqual) {
  const ParityOutcome outcome = Compare(Sound());
  EXPECT_TRUE(outcome.equal) << outcome.report;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "failures"));
}

Result<Buffer> RefuseTheLimit(Channel& sound, const MethodContract& method, const Context& context,
                              const Buffer& request) {
  if (request.size() == kLimit) return Fail(Code::kResourceExhausted, "TOO_LARGE", "planted");
  return sound.Call(method, context, Copy(request));
}

// As a client without the check would.
Result<Buffer> EchoWhatIsNoText(Channel& sound, const MethodContract& method,
                                const Context& context, const Buffer& request) {
  auto answer = sound.Call(method, context, Copy(request));
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
  const auto lax = [](Channel& sound, const MethodContract& method, const Context& context,
                      const Buffer& request) -> Result<Buffer> {
    if (request.size() == kLimit + 1) return Buffer();
    return sound.Call(method, context, Copy(request));
  };
  const auto found = ExpectFound(With(lax), 1, "MESSAGE_TOO_LARGE");
  EXPECT_THAT(found.report, HasSubstr("filled until the request has 4097 bytes"));
}

TEST_F(ParityTwin, AStrictLimitIsFound) {
  const auto found = ExpectFound(With(RefuseTheLimit), 1, "TOO_LARGE");
  EXPECT_THAT(found.report, HasSubstr("filled until the request has 4096 bytes"));
}

TEST_F(ParityTwin, LostMetadataOfAnErrorIsFound) {
  const auto found =
      ExpectFound(With([](Channel& sound, const MethodContract& method, const Context& context,
                          const Buffer& request) -> Result<Buffer> {
                    auto answer = sound.Call(method, context, Copy(request));
                    if (answer || answer.error().origin != Origin::kHandler) return answer;
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
                                                const Context& context,
                                                const Buffer& request) -> Result<Buffer> {
      auto answer = sound.Call(method, context, Copy(request));
      if (!answer || method.name != "Echo") return answer;
      if (!kept) kept = std::string(answer->bytes());
      return Buffer(*kept);
    });
  };
  ExpectFound(aliasing, 2, "the replies of Echo differ in value");
}

TEST_F(ParityTwin, PresenceThatIsLostIsFound) {
  const auto found =
      ExpectFound(With([](Channel& sound, const MethodContract& method, const Context& context,
                          const Buffer& request) -> Result<Buffer> {
                    auto answer = sound.Call(method, context, Copy(request));
                    if (!answer || method.name != "Echo") return answer;
                    auto reply = wire::DecodeMessage<v1::EchoResponse>(answer->bytes());
                    if (reply->value == v1::Value{}) reply->value.reset();
                    return wire::EncodeMessage(*reply);
                  }),
                  1, "value:\n    first:  is there\n    second: is not there");
  EXPECT_THAT(found.report, HasSubstr("Echo {value { }}"));
}

TEST_F(ParityTwin, ACallThatIsMadeTwiceIsFound) {
  ExpectFound(With([](Channel& sound, const MethodContract& method, const Context& context,
                      const Buffer& request) -> Result<Buffer> {
                auto first = sound.Call(method, context, Copy(request));
                if (method.name == "CountCalls") return first;
                return sound.Call(method, context, Copy(request));
              }),
              2, "the replies of CountCalls differ in begun");
}

TEST_F(ParityTwin, AnotherBitOfANumberIsFound) {
  // -0.0 becomes 0.0, which compares equal.
  const auto found =
      ExpectFound(With([](Channel& sound, const MethodContract& method, const Context& context,
                          const Buffer& request) -> Result<Buffer> {
                    auto answer = sound.Call(method, context, Copy(request));
                    if (!answer || method.name != "Echo") return answer;
                    auto reply = wire::DecodeMessage<v1::EchoResponse>(answer->bytes());
                    if (!reply->value) return answer;
                    for (double& number : reply->value->doubles) {
                      if (number == 0) number = 0;
                    }
                    return wire::EncodeMessage(*reply);
                  }),
                  1, "value.doubles[0]:\n    first:  -0\n    second: 0");
  EXPECT_THAT(found.report, HasSubstr("doubles: -0"));
}

// What a handler has refused, changed on its way.
Fault ChangedRefusal(const std::function<void(Error& error)>& change) {
  return [change](Channel& sound, const MethodContract& method, const Context& context,
                  const Buffer& request) -> Result<Buffer> {
    auto answer = sound.Call(method, context, Copy(request));
    if (answer || answer.error().origin != Origin::kHandler) return answer;
    Error error = std::move(answer).error();
    change(error);
    return Forward(std::move(error));
  };
}

// The reply of a method, changed on its way.
template <class Reply>
Fault ChangedReply(const std::string& name, const std::function<void(Reply& reply)>& change) {
  return [=](Channel& sound, const MethodContract& method, const Context& context,
             const Buffer& request) -> Result<Buffer> {
    auto answer = sound.Call(method, context, Copy(request));
    if (!answer || method.name != name) return answer;
    auto reply = wire::DecodeMessage<Reply>(answer->bytes());
    change(*reply);
    return wire::EncodeMessage(*reply);
  };
}

TEST_F(ParityTwin, AnotherOriginIsFound) {
  ExpectFound(With(ChangedRefusal([](Error& error) { error.origin = Origin::kOutcomeUnknown; })), 1,
              "differ in origin");
}

TEST_F(ParityTwin, AnotherMessageIsFound) {
  ExpectFound(With(ChangedRefusal([](Error& error) { error.message += "."; })), 1,
              "differ in message");
}

TEST_F(ParityTwin, MetadataThatIsAddedToAnErrorIsFound) {
  ExpectFound(With(ChangedRefusal([](Error& error) { error.metadata["added"] = "x"; })), 1,
              "differ in metadata added:\n    first:  is not there\n    second: \"x\"");
}

TEST_F(ParityTwin, FieldsThatTheContractLacksAreFoundWhenTheyAreDropped) {
  const auto drop = [](v1::EchoResponse& reply) {
    if (reply.value) reply.value->unknown_fields = {};
  };
  ExpectFound(With(ChangedReply<v1::EchoResponse>("Echo", drop)), 1,
              "differ in value: fields that the contract lacks");
}

TEST_F(ParityTwin, WhatASideDoesByItsSeedIsFoundAgain) {
  const auto seed = std::make_shared<std::uint64_t>(0);
  const Fault wrong = [seed](Channel& sound, const MethodContract& method, const Context& context,
                             const Buffer& request) -> Result<Buffer> {
    if (*seed == 7) return Fail(Code::kInternal, "PLANTED", "");
    return sound.Call(method, context, Copy(request));
  };
  const auto found = ExpectFound(
      [=] { return std::make_unique<FaultySide>(wrong, std::vector<std::string>(), seed); }, 1,
      "PLANTED");
  EXPECT_EQ(found.seed, 7U);
}

// ---- What may differ ----

TEST_F(ParityTwin, FieldsThatMayDifferHaveToBeThere) {
  ParityOptions options = Options();
  options.sequences = 20;
  options.failures_folder.clear();
  const auto compare = [&](const std::function<void(v1::InspectResponse & reply)>& change) {
    return CompareSides(v1::ProbeSeam::contract(), Sound(),
                        With(ChangedReply<v1::InspectResponse>("Inspect", change)), options);
  };
  const auto another_thread = [](v1::InspectResponse& reply) { ++reply.thread_id; };
  EXPECT_THAT(compare(another_thread).report, HasSubstr("the replies of Inspect differ in thread"));
  options.differing = {"thread_id", "*.remaining"};
  EXPECT_TRUE(compare(another_thread).equal);
  EXPECT_THAT(compare([](v1::InspectResponse& reply) { reply.remaining.reset(); }).report,
              HasSubstr("the replies of Inspect differ in remaining:\n    first:  is there"));
}

TEST_F(ParityTwin, MetadataOfErrorsMayDiffer) {
  ParityOptions options = Options();
  options.sequences = 50;
  options.failures_folder.clear();
  const auto compare = [&](const std::function<void(Error & error)>& change) {
    return CompareSides(v1::ProbeSeam::contract(), Sound(), With(ChangedRefusal(change)), options);
  };
  const auto another_value = [](Error& error) {
    for (auto& [key, value] : error.metadata) value += "x";
  };
  EXPECT_THAT(compare(another_value).report, HasSubstr("differ in metadata"));
  options.differing_metadata = {"*"};
  EXPECT_TRUE(compare(another_value).equal);
  EXPECT_FALSE(compare([](Error& error) { error.metadata.clear(); }).equal);
}

// ---- Callers ----

// Each caller says who it is, but for one.
class CallersSide final : public testing::ParitySide {
 public:
  explicit CallersSide(std::string forgetful = "") : forgetful_(std::move(forgetful)) {}

  Channel& channel() override { return side_.channel(); }
  std::vector<testing::Caller> callers() override {
    std::vector<testing::Caller> callers;
    for (const std::string name : {"owner", "guest"}) {
      const Context context;
      callers.push_back({name, name == forgetful_ ? context : context.WithMetadata("who", name)});
    }
    return callers;
  }

 private:
  const std::string forgetful_;
  testing::ChannelSide<v1::ProbeSeam> side_{Side::kInProcess,
                                            std::make_unique<diverge::ProbeService>()};
};

TEST_F(ParityTwin, ACallerWhoIsTakenForAnotherIsFoundAndNamed) {
  const auto found = CompareSides(
      v1::ProbeSeam::contract(), [] { return std::make_unique<CallersSide>(); },
      [] { return std::make_unique<CallersSide>("guest"); }, Options());
  EXPECT_FALSE(found.equal);
  EXPECT_EQ(found.calls, 1U) << found.report;
  EXPECT_THAT(found.report, HasSubstr("Inspect {} by guest\n"));
  EXPECT_THAT(found.report, HasSubstr("the replies of Inspect differ in metadata"));
}

TEST_F(ParityTwin, SidesWithOtherCallersAreNotCompared) {
  EXPECT_DEATH(static_cast<void>(CompareSides(
                   v1::ProbeSeam::contract(), [] { return std::make_unique<CallersSide>(); },
                   Sound(), Options())),
               "the callers\\(\\) of the two sides have different names");
}

// ---- Values that the module makes up ----

// Notes, over the probe's contract: Inspect with a key that is no note's id makes a note, and tells
// its id; with an id it tells that id. How ids are made, and what is wrong, differs.
class Notes final : public v1::ProbeHandler {
 public:
  struct Form {
    std::function<std::string()> new_id;
    bool has_events = false;    // Each note has a row with an id that nobody is told.
    bool mixes_events = false;  // And these one each, here all of them of the first note's.
    bool tells_last = false;    // Instead of the one that was asked for.
  };

  explicit Notes(Form form) : form_(std::move(form)) {}

  Result<v1::InspectResponse> Inspect(const Context&, const v1::InspectRequest& request) override {
    const bool known = std::find(ids_.begin(), ids_.end(), request.key) != ids_.end();
    if (!known) AddNote();
    v1::InspectResponse response;
    response.traceparent = known && !form_.tells_last ? request.key : ids_.back();
    return response;
  }

  [[nodiscard]] const std::vector<std::string>& rows() const { return rows_; }

 private:
  void AddNote() {
    ids_.push_back(form_.new_id());
    rows_.push_back("note " + ids_.back() + " is in the store");
    if (!form_.has_events) return;
    events_.push_back(form_.new_id());
    rows_.push_back("event " + events_.back() + " is of " + ids_.back());
    rows_.push_back("act " + form_.new_id() + " is of " +
                    (form_.mixes_events ? events_.front() : events_.back()));
  }

  const Form form_;
  std::vector<std::string> ids_;
  std::vector<std::string> events_;
  std::vector<std::string> rows_;
};

class NotesSide final : public testing::ParitySide {
 public:
  explicit NotesSide(const Notes::Form& form) : NotesSide(std::make_unique<Notes>(form)) {}

  Channel& channel() override { return side_.channel(); }
  std::vector<std::string> Rows() override { return notes_.rows(); }

 private:
  explicit NotesSide(std::unique_ptr<Notes> notes)
      : notes_(*notes), side_(Side::kInProcess, std::move(notes)) {}

  const Notes& notes_;
  testing::ChannelSide<v1::ProbeSeam> side_;
};

// UUIDs in no order, others for each seed.
std::function<std::string()> Uuids(std::uint64_t seed) {
  return [engine = std::mt19937_64(seed)]() mutable {
    std::string id = "........-....-4...-8...-............";
    for (char& digit : id) {
      if (digit == '.') digit = "0123456789abcdef"[engine() % 16];
    }
    return id;
  };
}

// "note-100", "note-1001", "note-102", "note-1003": some begin as others do.
std::function<std::string()> Numbers(int next) {
  return [next]() mutable {
    const int number = next++;
    return "note-" + std::to_string(number % 2 == 0 ? 100 + number : 1000 + number);
  };
}

ParityOutcome CompareNotes(const Notes::Form& first, const Notes::Form& second,
                           const std::string& failures_folder = "") {
  ParityOptions options;
  options.failures_folder = failures_folder;
  options.sequences = 20;
  options.made_up = {"*InspectRequest.key", "traceparent"};
  options.left_out = {"CountCalls", "Echo",   "Keep",   "Linger", "Make", "Meet",
                      "NotThere",   "Recall", "Refuse", "Relay",  "Throw"};
  return CompareSides(
      v1::ProbeSeam::contract(), [=] { return std::make_unique<NotesSide>(first); },
      [=] { return std::make_unique<NotesSide>(second); }, options);
}

TEST(MadeUpValues, AreMatchedWhereRepliesTellThem) {
  const auto outcome = CompareNotes({Uuids(1)}, {Uuids(2)});
  EXPECT_TRUE(outcome.equal) << outcome.report;
}

TEST(MadeUpValues, AreFoundWhenTheyAreAnotherNotes) {
  const auto found = CompareNotes({Uuids(1)}, {.new_id = Uuids(2), .tells_last = true});
  ASSERT_FALSE(found.equal);
  EXPECT_LE(found.calls, 3U) << found.report;
  EXPECT_THAT(found.report, HasSubstr("the replies of Inspect differ in traceparent"));
  EXPECT_THAT(found.report, ContainsRegex("\n    for this of the first, the second has told "
                                          "\"[0-9a-f-]+\" before\n|\n    the second has told "
                                          "this before, for the first's \"[0-9a-f-]+\"\n"));
}

TEST(MadeUpValues, AreLeftOutOfTheNameOfWhatIsKept) {
  const testing::TemporaryFolder folder;
  std::set<std::string> files;
  for (const std::uint64_t seed : {2, 3}) {
    const auto found =
        CompareNotes({Uuids(1)}, {.new_id = Uuids(seed), .tells_last = true}, folder / "failures");
    files.insert(found.file);
    std::filesystem::remove(found.file);
  }
  EXPECT_THAT(files, ElementsAre(HasSubstr("/Inspect-")));
}

TEST(MadeUpValues, AreFoundWhenTwoNotesHaveOne) {
  const auto found = CompareNotes({Uuids(1)}, {[] { return std::string("the-only-id"); }});
  ASSERT_FALSE(found.equal);
  EXPECT_EQ(found.calls, 2U) << found.report;
  EXPECT_THAT(found.report, HasSubstr("the replies of Inspect differ in traceparent"));
  EXPECT_THAT(found.report, ContainsRegex("the second has told this before, for the first's "));
}

TEST(MadeUpValues, MayBeThoseOfTheOtherSideForOtherNotes) {
  const auto outcome = CompareNotes({Numbers(0)}, {Numbers(1)});
  EXPECT_TRUE(outcome.equal) << outcome.report;
}

TEST(MadeUpValues, ThatNobodyIsToldAreMatchedInRows) {
  const auto outcome = CompareNotes({.new_id = Uuids(1), .has_events = true},
                                    {.new_id = Uuids(2), .has_events = true});
  EXPECT_TRUE(outcome.equal) << outcome.report;
}

TEST(MadeUpValues, ThatNobodyIsToldAreFoundInRowsOfAnotherNote) {
  const auto found = CompareNotes({.new_id = Uuids(1), .has_events = true},
                                  {.new_id = Uuids(2), .has_events = true, .mixes_events = true});
  ASSERT_FALSE(found.equal);
  EXPECT_EQ(found.calls, 2U) << found.report;
  EXPECT_THAT(found.report, HasSubstr("only in the second: \"act "));
}

// ---- Options ----

TEST_F(ParityTwin, OnlyTheGivenValuesAreTriedWhereNoOthersAreWanted) {
  ParityOptions options = Options();
  options.values = {{"*EchoRequest.key", {"alpha", "beta"}},
                    {"*Request.key", {"gamma"}},
                    {"*RefuseRequest.code", {"5", "9"}}};
  options.only_values = {"*EchoRequest.key", "code"};
  std::set<std::string> keys;
  std::set<int> codes;
  std::string planted;
  const Fault recording = [&](Channel& sound, const MethodContract& method, const Context& context,
                              const Buffer& request) -> Result<Buffer> {
    auto answer = sound.Call(method, context, Copy(request));
    if (method.name == "Echo") {
      wire::Reader in = wire::Reader::OfAnyStruct(request.bytes());
      v1::EchoRequest echo;
      EXPECT_TRUE(Decode(in, echo));
      keys.insert(echo.key);
      if (planted == "Echo" && echo.key == "alpha") return Fail(Code::kInternal, "PLANTED", "");
    } else if (method.name == "Refuse") {
      wire::Reader in = wire::Reader::OfAnyStruct(request.bytes());
      v1::RefuseRequest refusal;
      EXPECT_TRUE(Decode(in, refusal));
      codes.insert(refusal.code);
      if (planted == "Refuse" && refusal.code == 9) return Buffer();
    }
    return answer;
  };
  // First what is made up, then what requests become when they are made simpler.
  for (const char* const method : {"", "Echo", "Refuse"}) {
    planted = method;
    const auto outcome = CompareSides(v1::ProbeSeam::contract(), Sound(), With(recording), options);
    EXPECT_EQ(outcome.equal, planted.empty()) << outcome.report;
    std::filesystem::remove_all(options.failures_folder);
  }
  EXPECT_EQ(keys, (std::set<std::string>{"", "alpha", "beta"}));
  EXPECT_EQ(codes, (std::set<int>{0, 5, 9}));
}

TEST_F(ParityTwin, OptionsThatMakeNoSenseAreNamed) {
  const auto dies = [&](const std::function<void(ParityOptions & options)>& change,
                        const std::string& text) {
    ParityOptions options = Options();
    change(options);
    EXPECT_DEATH(
        static_cast<void>(CompareSides(v1::ProbeSeam::contract(), Sound(), Sound(), options)),
        text);
  };
  dies([](auto& options) { options.values["kye"] = {"a"}; },
       "ParityOptions::values has kye, which matches no field of the requests of "
       "seam.probe.v1.Probe");
  dies([](auto& options) { options.only_values = {"*Value.cdoe"}; },
       "ParityOptions::only_values has \\*Value.cdoe, which matches no field of the requests");
  dies([](auto& options) { options.only_values = {"a_bool"}; },
       "only_values matches seam.probe.v1.Value.a_bool, for which ParityOptions::values has none");
  dies([](auto& options) { options.differing = {"traceparnet"}; },
       "ParityOptions::differing has traceparnet, which matches no field of the replies of .*; "
       "keys of errors' metadata belong into differing_metadata");
  dies([](auto& options) { options.left_out = {"Eccho"}; }, "left_out names Eccho");
  dies([](auto& options) { options.to_answer = {"Eccho"}; }, "to_answer names Eccho");
  dies([](auto& options) { options.sequences = 0; }, "nothing would be compared");
  dies([](auto& options) { options.calls = 0; }, "nothing would be compared");
  dies([](auto& options) { options.max_message_bytes = 0; }, "max_message_bytes is 0");
  dies([](auto& options) { options.call_timeout = {}; }, "call_timeout is no time");
}

TEST_F(ParityTwin, ASeedThatIsNoneIsRefused) {
  for (const char* const seed : {"0", "-1", "", "7 ", "0x7", "9223372036854775808"}) {
    setenv("SEAM_SEED", seed, 1);
    EXPECT_DEATH(static_cast<void>(Compare(Sound())), "is no number from 1 to 9223372036854775807");
  }
  unsetenv("SEAM_SEED");
}

// ---- Rows and files ----

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
  const std::string call =
      R"({"call": 0, "method": "CountCalls", "caller": "anybody", "request": []})";
  const auto report = [&](const std::string& seed, const std::string& calls) {
    WriteKept("broken.json", seed, calls);
    const ParityOutcome outcome = Compare(Sound(), 1);
    EXPECT_FALSE(outcome.equal);
    EXPECT_EQ(outcome.file, Kept("broken.json"));
    EXPECT_THAT(outcome.report, HasSubstr("broken.json: "));
    EXPECT_THAT(outcome.report, HasSubstr("; mend the file or delete it\n"));
    return outcome.report;
  };
  EXPECT_THAT(report("1", R"({"call": 0, "method": "Eccho", "caller": "anybody"})"),
              HasSubstr("there is no method Eccho"));
  EXPECT_THAT(report("1", R"({"call": 0, "method": "Echo", "caller": "root"})"),
              HasSubstr("there is no caller root"));
  EXPECT_THAT(report("1", ""), HasSubstr("it has no calls"));
  EXPECT_THAT(report("-1", call), HasSubstr("seed is no number from 0 to"));
  EXPECT_THAT(report("0", call), HasSubstr("the seed is 0"));
  EXPECT_THAT(report("1", R"({"call": -1, "method": "Echo", "caller": "anybody"})"),
              HasSubstr("call is no number from 0 to"));
  EXPECT_THAT(report("1", R"({"call": 0, "method": "Echo", "caller": "anybody", "request": [],
                              "padded_field": "key", "padded_to": 99999999999})"),
              HasSubstr("padded_to is no number from 0 to 2147483647"));
  WriteKept("broken.json", "1", call);
  EXPECT_TRUE(Compare(Sound(), 1).equal);
  std::ofstream(Kept("broken.json")) << R"({"contract": "another.v1.Contract"})";
  EXPECT_THAT(Compare(Sound(), 1).report, HasSubstr("it is not of the contract seam.probe"));
}

TEST_F(ParityTwin, EachContractHasAFolder) {
  std::filesystem::create_directories(folder_ / "failures/another.v1.Contract");
  std::ofstream(folder_ / "failures/another.v1.Contract/broken.json") << "{";
  EXPECT_TRUE(Compare(Sound(), 1).equal);
  EXPECT_EQ(Compare(With(RefuseTheLimit)).file.find(Kept("")), 0U);
}

TEST_F(ParityTwin, CallsThatCannotBeKeptAreSaid) {
  ParityOptions options = Options();
  options.failures_folder = "/proc/nope";
  ::testing::internal::CaptureStdout();
  const auto outcome =
      CompareSides(v1::ProbeSeam::contract(), Sound(), With(RefuseTheLimit), options);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              HasSubstr("cannot be kept in /proc/nope/seam.probe.v1.Probe: "));
  EXPECT_FALSE(outcome.equal);
  EXPECT_EQ(outcome.file, "");
  EXPECT_THAT(outcome.report,
              HasSubstr("The calls could not be kept in /proc/nope/seam.probe.v1.Probe/Echo-"));
  EXPECT_THAT(outcome.report, HasSubstr("No such file or directory"));
}

// ---- Programs that end, or do not ----

// Of a method whose calls then do something else.
Fault Planted(const std::string& name, const std::function<void()>& planted) {
  return [=](Channel& sound, const MethodContract& method, const Context& context,
             const Buffer& request) -> Result<Buffer> {
    if (method.name == name) planted();
    return sound.Call(method, context, Copy(request));
  };
}

TEST_F(ParityTwin, CallsThatEndTheProgramAreKeptAndTriedFirst) {
  const OpenSide crashing = With(Planted("CountCalls", [] { std::abort(); }));
  // The output is a pipe here, so that what is not flushed is lost.
  const auto dies = [&](const std::string& said) {
    EXPECT_DEATH(
        {
          dup2(STDERR_FILENO, STDOUT_FILENO);
          static_cast<void>(Compare(crashing));
        },
        said);
  };
  dies("SEAM_SEED=1\n");
  const std::string left = Kept("running-1.json");
  std::ifstream stream(left);
  const auto file = nlohmann::json::parse(stream);
  ASSERT_FALSE(file["calls"].empty());
  EXPECT_EQ(file["calls"].back()["method"], "CountCalls") << file;

  // First, and again by every program that ends.
  dies("Trying the calls of .*/running-1.json\n$");
  ASSERT_TRUE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(Kept("running-2.json")));

  // Once it is mended the file has done its work.
  EXPECT_TRUE(Compare(Sound(), 1).equal);
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(ParityTwin, CallsThatAreLeftBehindAndDifferAreKeptLikeOthers) {
  const std::string call =
      R"({"call": 7, "method": "CountCalls", "caller": "anybody", "request": []})";
  WriteKept("running-1.json", "5", call + "," + call);
  const auto outcome = Compare(With([](Channel& sound, const MethodContract& method,
                                       const Context& context, const Buffer& request) {
    if (method.name == "CountCalls") return Result<Buffer>(Fail(Code::kInternal, "X", "x"));
    return sound.Call(method, context, Copy(request));
  }));
  EXPECT_EQ(outcome.calls, 1U) << outcome.report;
  EXPECT_EQ(outcome.seed, 5U);
  EXPECT_THAT(outcome.file, HasSubstr("/CountCalls-"));
  EXPECT_FALSE(std::filesystem::exists(Kept("running-1.json")));
}

TEST_F(ParityTwin, WhatIsRunningIsLeftAlone) {
  // A comparison within another one: of what the outer is doing it must not see anything.
  std::size_t inner = 0;
  const auto outcome =
      Compare(With(Planted("CountCalls",
                           [&] {
                             if (inner++ > 0) return;
                             EXPECT_TRUE(std::filesystem::exists(Kept("running-1.json")));
                             EXPECT_TRUE(Compare(Sound(), 1).equal);
                             EXPECT_TRUE(std::filesystem::exists(Kept("running-1.json")));
                           })),
              20);
  EXPECT_TRUE(outcome.equal) << outcome.report;
  EXPECT_GT(inner, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "failures"));
}

TEST_F(ParityTwin, WhatWasLeftBehindWithoutACallIsRemoved) {
  WriteKept("running-1.json", "5", "");
  EXPECT_TRUE(Compare(Sound(), 1).equal);
  EXPECT_FALSE(std::filesystem::exists(Kept("running-1.json")));
}

TEST_F(ParityTwin, ACallThatLastsTooLongIsFoundOnOneSideAndOnBoth) {
  ParityOptions options = Options();
  options.call_timeout = std::chrono::milliseconds(200);
  // Until the context's deadline, as a service that hangs is given up.
  const OpenSide waiting = With([](Channel& sound, const MethodContract& method,
                                   const Context& context, const Buffer& request) {
    if (method.name != "CountCalls") return sound.Call(method, context, Copy(request));
    EXPECT_TRUE(context.deadline());
    Pause(context, std::chrono::hours(1));
    return Result<Buffer>(Forward(*context.Check()));
  });
  const auto report = [&](const OpenSide& first, const OpenSide& second) {
    const auto found = CompareSides(v1::ProbeSeam::contract(), first, second, options);
    EXPECT_FALSE(found.equal);
    EXPECT_EQ(found.calls, 1U) << found.report;
    EXPECT_THAT(found.file, HasSubstr("/CountCalls-"));
    std::filesystem::remove(found.file);
    return found.report;
  };
  const std::string late = "no answer of CountCalls within 200 ms (ParityOptions::call_timeout) ";
  EXPECT_THAT(report(Sound(), waiting), HasSubstr(late + "from the second side\n"));
  EXPECT_THAT(report(waiting, waiting), HasSubstr(late + "from the first and the second side\n"));
}

TEST_F(ParityTwin, ACallThatNeverReturnsEndsTheProgram) {
  ParityOptions options = Options();
  options.call_timeout = std::chrono::milliseconds(100);
  const OpenSide hanging = With(Planted("CountCalls", [] { Pause({}, std::chrono::hours(1)); }));
  EXPECT_DEATH(
      static_cast<void>(CompareSides(v1::ProbeSeam::contract(), Sound(), hanging, options)),
      "call [0-9]+, CountCalls, on the second side, has not ended within 300 ms .*; "
      "SEAM_SEED=[0-9]+ makes the same calls, which are in .*/running-1.json");
}

}  // namespace
}  // namespace seam::probe
