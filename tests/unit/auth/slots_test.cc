#include "auth/slots.h"

#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "auth_fixture.h"

namespace shop::auth {
namespace {

constexpr const char* kBusy = "RESOURCE_EXHAUSTED AUTH_BUSY";

TEST(SlotsTest, ThereAreSoManyAndNoMore) {
  Slots slots(2, 0);
  auto first = slots.Take(Context());
  const auto second = slots.Take(Context());
  EXPECT_EQ(Outcome(second), "OK");
  EXPECT_EQ(Outcome(slots.Take(Context())), kBusy);
  first->reset();
  EXPECT_EQ(Outcome(slots.Take(Context())), "OK");
}

TEST(SlotsTest, AWaitEndsAtTheDeadline) {
  Slots slots(1, 1);
  const auto taken = slots.Take(Context());
  const Context soon = Context().WithTimeout(std::chrono::milliseconds(10));
  EXPECT_EQ(Outcome(slots.Take(soon)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  EXPECT_EQ(Outcome(slots.Take(soon)), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
}

TEST(SlotsTest, ACancelledWaitEndsAndGivesItsPlaceBack) {
  Slots slots(1, 1);
  auto taken = slots.Take(Context());
  for (int i = 0; i < 3; ++i) {
    const seam::CancellationSource cancellation;
    auto waiting = std::async(std::launch::async, [&] {
      return Outcome(slots.Take(Context().WithCancellation(cancellation)));
    });
    // Whether it waits already or not, it ends.
    cancellation.Cancel();
    EXPECT_EQ(waiting.get(), "CANCELLED CANCELLED");
  }
  taken->reset();
  EXPECT_EQ(Outcome(slots.Take(Context())), "OK");
}

TEST(SlotsTest, WhoWaitsGetsTheSlotThatIsGivenBack) {
  Slots slots(1, 2);
  std::optional<Slots::Slot> taken = slots.Take(Context()).value();
  auto one = std::async(std::launch::async, [&] { return Outcome(slots.Take(Context())); });
  auto two = std::async(std::launch::async, [&] { return Outcome(slots.Take(Context())); });
  taken.reset();
  EXPECT_EQ(one.get(), "OK");
  EXPECT_EQ(two.get(), "OK");
}

TEST(SlotsTest, NeverAreMoreTakenThanThereAre) {
  Slots slots(2, 100);
  std::atomic<int> now = 0;
  std::atomic<bool> too_many = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        const auto slot = slots.Take(Context());
        if (++now > 2) too_many = true;
        --now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(too_many);
}

}  // namespace
}  // namespace shop::auth
