// Events while processes are killed; see events_under_fire.h. SEAM_SOAK=1 plays sixty games, and
// SEAM_SEED=n decides by another seed.

#include "events_under_fire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>

#include "tables.h"

namespace seam::events::fault {
namespace {

using shop::fault::IsSoak;
using shop::fault::Lines;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Bus : std::uint8_t { kDirect, kNats };

void ExpectNoComplaints(const EventsUnderFire& fire, std::uint64_t seed) {
  EXPECT_THAT(fire.complaints(), IsEmpty())
      << Lines(fire.complaints()) << "repeat it with SEAM_SEED=" << seed;
  std::cout << fire.changes() << " changes, " << fire.redelivered() << " events came again\n";
}

class EventsUnderFireTest : public ::testing::TestWithParam<Bus> {};

// What can happen on the bus.
EventsOptions OptionsFor(Bus bus, std::uint64_t seed) {
  EventsOptions options{.seed = seed};
  if (bus == Bus::kNats) {
    options.nats = true;
    options.kills_of_nats = 3;
    options.subscribers_fates = {"killed", "applied", "killed", "paused"};
  }
  return options;
}

TEST_P(EventsUnderFireTest, EachChangeIsAppliedOnceAndInOrder) {
  const std::uint64_t first = shop::fault::Seed();
  const std::uint64_t games = IsSoak() ? 60 : 1;
  for (std::uint64_t seed = first; seed < first + games && !HasFailure(); ++seed) {
    std::cout << "SEAM_SEED=" << seed << std::endl;
    EventsUnderFire fire(OptionsFor(GetParam(), seed));
    fire.Play();
    fire.Finish();
    ExpectNoComplaints(fire, seed);
    // Of a batch that was taken down and not answered, each comes again; by NATS perhaps none.
    if (GetParam() == Bus::kDirect) {
      EXPECT_GT(fire.redelivered(), 0) << "no event came twice";
    }
  }
}

TEST_P(EventsUnderFireTest, SubscribersThatFallBehindCatchUp) {
  const std::uint64_t seed = shop::fault::Seed();
  EventsUnderFire fire({.seed = seed,
                        .publishers_fates = {},
                        .subscribers_fates = {},
                        .nats = GetParam() == Bus::kNats,
                        .pause = std::chrono::microseconds(0),
                        .max_waiting = 100});
  fire.FallBehind(IsSoak() ? 20'000 : 500);
  fire.Finish();
  ExpectNoComplaints(fire, seed);
  EXPECT_GE(fire.changes(), 500);
}

INSTANTIATE_TEST_SUITE_P(Buses, EventsUnderFireTest, ::testing::Values(Bus::kDirect, Bus::kNats),
                         [](const auto& bus) {
                           return bus.param == Bus::kDirect ? "Direct" : "Nats";
                         });

// ---- Proof that faults are found ----

TEST(TablesOfEvents, AreFoundWrong) {
  EXPECT_THAT(FindFaults({{"a", 3}, {"b", 0}, {"c", 2}}, {{"a", {1, 2, 3}}, {"c", {1, 2}}}),
              IsEmpty());
  EXPECT_THAT(FindFaults({{"a", 2}}, {}),
              ElementsAre("a: change 1 was never applied", "a: change 2 was never applied"));
  EXPECT_THAT(FindFaults({{"a", 2}}, {{"a", {1, 2, 2}}}),
              ElementsAre("a: change 2 was applied 2 times"));
  EXPECT_THAT(FindFaults({{"a", 2}}, {{"a", {2, 1}}}),
              ElementsAre("a: change 1 was applied after change 2"));
  EXPECT_THAT(FindFaults({{"a", 1}}, {{"a", {1, 2}}}),
              ElementsAre("a: change 2 was applied and not made"));
}

// What is found in a game in which that happens.
std::vector<std::string> ComplaintsAbout(EventsOptions options) {
  EventsUnderFire fire(std::move(options));
  fire.Play();
  fire.Finish();
  return fire.complaints();
}

TEST(EventsUnderFireTwin, APublisherThatTellsApartFromTheChangeIsFound) {
  EXPECT_THAT(
      ComplaintsAbout(
          {.publishers_fates = {"published"}, .subscribers_fates = {}, .fault = "tells-apart"}),
      Contains(HasSubstr("was never applied")));
}

TEST(EventsUnderFireTwin, ARelayThatReversesIsFound) {
  EXPECT_THAT(
      ComplaintsAbout({.publishers_fates = {}, .subscribers_fates = {}, .fault = "reverses"}),
      Contains(HasSubstr("was applied after change")));
}

TEST(EventsUnderFireTwin, EffectsApartFromTheNoteAreFound) {
  EXPECT_THAT(
      ComplaintsAbout(
          {.publishers_fates = {}, .subscribers_fates = {"applied"}, .fault = "effects-apart"}),
      Contains(HasSubstr(" times")));
}

TEST(EventsUnderFireTwin, ASubscriberThatKnowsNoEventIsFound) {
  EXPECT_THAT(
      ComplaintsAbout(
          {.publishers_fates = {}, .subscribers_fates = {"taken"}, .fault = "knows-no-event"}),
      Contains(HasSubstr(" times")));
}

}  // namespace
}  // namespace seam::events::fault
