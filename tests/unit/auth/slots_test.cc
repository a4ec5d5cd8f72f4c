#include "auth/slots.h"

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
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

// The HTTP face has 64 threads, and a service 32.
TEST(SlotsTest, AFloodHoldsFewThreadsWithTheUsualOptions) {
  constexpr int kFlood = 64;
  const AuthOptions usual;
  const int held = usual.concurrent_hashes + usual.waiting_hashes;
  EXPECT_LE(held, 16);
  Slots slots(usual.concurrent_hashes, usual.waiting_hashes);
  std::promise<void> end;
  const auto ended = end.get_future().share();
  std::mutex mutex;
  std::condition_variable changed;
  int refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kFlood; ++i) {
    threads.emplace_back([&] {
      const auto slot = slots.Take(Context());
      if (slot) return ended.wait();
      EXPECT_EQ(Outcome(slot), kBusy);
      const std::lock_guard lock(mutex);
      ++refused;
      changed.notify_one();
    });
  }
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] {
      return refused == kFlood - held;
    })) << refused;
  }
  end.set_value();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, kFlood - held);
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
