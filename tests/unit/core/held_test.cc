#include "seam/core/held.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "seam/core/mutex.h"
#include "seam/core/transaction_scope.h"

namespace seam {
namespace {

// The names, the last first.
std::vector<std::string> HeldHere() {
  std::vector<std::string> names;
  for (const auto* held = internal::Held::Latest(); held != nullptr; held = held->before()) {
    names.emplace_back(held->name());
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(TransactionScopeTest, IsOpenAsLongAsItLives) {
  EXPECT_EQ(HeldHere(), Names());
  {
    const TransactionScope outer("outer");
    EXPECT_EQ(HeldHere(), Names({"outer"}));
    {
      const TransactionScope inner("inner");
      EXPECT_EQ(HeldHere(), Names({"inner", "outer"}));
    }
    EXPECT_EQ(HeldHere(), Names({"outer"}));
  }
  EXPECT_EQ(HeldHere(), Names());
}

TEST(TransactionScopeTest, MayEndInAnyOrder) {
  std::optional<TransactionScope> first(std::in_place, "first");
  std::optional<TransactionScope> second(std::in_place, "second");
  std::optional<TransactionScope> third(std::in_place, "third");
  second.reset();
  EXPECT_EQ(HeldHere(), Names({"third", "first"}));
  first.reset();
  EXPECT_EQ(HeldHere(), Names({"third"}));
  third.reset();
  EXPECT_EQ(HeldHere(), Names());
}

TEST(TransactionScopeTest, BelongsToItsThread) {
  const TransactionScope scope("here");
  Names elsewhere = {"not asked"};
  std::thread([&] { elsewhere = HeldHere(); }).join();
  EXPECT_EQ(elsewhere, Names());
}

TEST(MutexTest, IsHeldWhileItIsLocked) {
  Mutex one("one");
  Mutex other("other");
  {
    const std::scoped_lock both(one, other);
    EXPECT_EQ(HeldHere().size(), 2U);
  }
  EXPECT_EQ(HeldHere(), Names());
  std::unique_lock lock(one);
  EXPECT_EQ(HeldHere(), Names({"one"}));
  lock.unlock();
  EXPECT_EQ(HeldHere(), Names());
  EXPECT_TRUE(one.try_lock());
  EXPECT_EQ(HeldHere(), Names({"one"}));
  one.unlock();
  EXPECT_EQ(HeldHere(), Names());
}

TEST(MutexTest, KeepsOthersOut) {
  Mutex mutex("counter");
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        const std::lock_guard lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 4000);
}

TEST(MutexTest, IsNotHeldByWhoDidNotGetIt) {
  Mutex mutex("taken");
  const std::lock_guard lock(mutex);
  std::thread([&] {
    const bool locked = mutex.try_lock();
    EXPECT_FALSE(locked);
    EXPECT_EQ(HeldHere(), Names());
    if (locked) mutex.unlock();
  }).join();
}

TEST(MutexTest, IsNotHeldWhileItIsWaitedFor) {
  Mutex mutex("queue");
  std::condition_variable_any filled;
  bool full = false;
  std::thread filler;
  {
    std::unique_lock lock(mutex);
    filler = std::thread([&] {
      const std::lock_guard theirs(mutex);
      full = true;
      filled.notify_one();
    });
    filled.wait(lock, [&] { return full; });
    EXPECT_EQ(HeldHere(), Names({"queue"}));
  }
  filler.join();
  EXPECT_EQ(HeldHere(), Names());
}

}  // namespace
}  // namespace seam
