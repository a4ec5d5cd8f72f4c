#include "seam/core/uuid.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace seam {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(UuidTest, NewOnesAreOfVersionSeven) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuidV7();
    EXPECT_TRUE(IsUuidV7(id)) << id;
  }
}

// The example of RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F.
TEST(UuidTest, TheTimeStandsInFront) {
  const system_clock::time_point time{milliseconds(1645557742000)};
  EXPECT_EQ(NewUuidV7(time).substr(0, 15), "017f22e2-79b0-7");
}

TEST(UuidTest, TheySortByTime) {
  const system_clock::time_point time{milliseconds(1700000000000)};
  EXPECT_LT(NewUuidV7(time), NewUuidV7(time + milliseconds(1)));
  EXPECT_LT(NewUuidV7(time), NewUuidV7(time + std::chrono::hours(24 * 365 * 100)));
}

TEST(UuidTest, TheyDifferWithinOneMillisecondAndBetweenThreads) {
  const system_clock::time_point time{milliseconds(1700000000000)};
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  threads.reserve(made.size());
  for (auto& ids : made) {
    threads.emplace_back([&ids, time] {
      for (int i = 0; i < 1000; ++i) ids.push_back(NewUuidV7(time));
    });
  }
  std::set<std::string> all;
  for (std::size_t i = 0; i < made.size(); ++i) {
    threads[i].join();
    all.insert(made[i].begin(), made[i].end());
  }
  EXPECT_EQ(all.size(), 4000U);
}

TEST(UuidTest, OnlyTheCanonicalFormIsAUuid) {
  EXPECT_TRUE(IsUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  EXPECT_TRUE(IsUuid("919108f7-52d1-4320-9bac-f847db4148a8"));
  for (const char* wrong :
       {"", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c40dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739-f",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f"}) {
    EXPECT_FALSE(IsUuid(wrong)) << wrong;
    EXPECT_FALSE(IsUuidV7(wrong)) << wrong;
  }
}

TEST(UuidTest, OtherVersionsAndVariantsAreNotVersionSeven) {
  EXPECT_TRUE(IsUuidV7("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  EXPECT_TRUE(IsUuidV7("017f22e2-79b0-7cc3-b8c4-dc0c0c07398f"));
  EXPECT_FALSE(IsUuidV7("919108f7-52d1-4320-9bac-f847db4148a8"));
  EXPECT_FALSE(IsUuidV7("017f22e2-79b0-7cc3-78c4-dc0c0c07398f"));
  EXPECT_FALSE(IsUuidV7("017f22e2-79b0-7cc3-c8c4-dc0c0c07398f"));
}

TEST(UuidTest, AForkedProcessMakesIdsOfItsOwn) {
  std::ignore = NewUuidV7();  // So that this thread's generator is there to be copied.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto now = std::chrono::system_clock::now();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string id = NewUuidV7(now);
    ::_exit(::write(ends[1], id.data(), id.size()) == 36 ? 0 : 1);
  }
  const std::string own = NewUuidV7(now);
  std::string other(36, ' ');
  EXPECT_EQ(::read(ends[0], other.data(), other.size()), 36);
  ::close(ends[0]);
  ::close(ends[1]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(IsUuidV7(other));
  EXPECT_NE(own, other);
}

}  // namespace
}  // namespace seam
