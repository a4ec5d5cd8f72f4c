#include <string>

#include "inventory_fixture.h"

namespace shop::inventory {
namespace {

class RebuildTest : public InventoryFixture {
 protected:
  RebuildTest() {
    catalogue_.Put(kCup, "Cup", 10, 1);
    catalogue_.Put(kJug, "Jug", 20, 2);
    catalogue_.Put(kPot, "Pot", 30, 3);
  }

  // Calls it after the first page.
  static std::function<void()> Once(const std::function<void()>& work) {
    return [work, done = std::make_shared<bool>(false)] {
      if (!std::exchange(*done, true)) work();
    };
  }
};

TEST_F(RebuildTest, ANewDatabaseIsFilled) {
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(catalogue_.asked(), 2) << "pages of two";
  EXPECT_EQ(Known(kCup), "Cup 10 v1");
  EXPECT_EQ(Known(kJug), "Jug 20 v2");
  EXPECT_EQ(Known(kPot), "Pot 30 v3");
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kNothingToDo);
  EXPECT_EQ(catalogue_.asked(), 2);
}

TEST_F(RebuildTest, KeepsWhatIsNewer) {
  Learn(kCup, "Mug", 9, 2);
  LearnDeleted(kJug, 3);
  Learn(kPot, "", 30, 3);
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(Known(kCup), "Mug 9 v2");
  EXPECT_EQ(Known(kJug), "-");
  EXPECT_EQ(Known(kPot), "Pot 30 v3");
}

TEST_F(RebuildTest, RemovesWhatProductsDoesNotHave) {
  const std::string gone = "01900000-0000-7000-8000-000000000009";
  Learn(gone, "Gone", 1, 1);
  EXPECT_EQ(RunRebuild([&] { EXPECT_EQ(Known(gone), "Gone 1 v1") << "it serves meanwhile"; }),
            Rebuild::Outcome::kDone);
  EXPECT_EQ(Known(gone), "-");
}

// Whatever happens while it reads: in the end both have the same.
TEST_F(RebuildTest, EndsWithWhatProductsHasThoughItChangesMeanwhile) {
  const std::string before = "01900000-0000-7000-8000-000000000000";
  EXPECT_EQ(RunRebuild(Once([&] {
              // On the page that was read, and on the one that comes; the events come at once.
              catalogue_.Put(before, "Before", 1, 1);
              Learn(before, "Before", 1, 1);
              catalogue_.Put(kCup, "Cup", 5, 2);
              Learn(kCup, "", 5, 2);
              catalogue_.Remove(kJug);
              LearnDeleted(kJug, 3);
              catalogue_.Put(kPot, "Teapot", 29, 5);
              Learn(kPot, "", 29, 4);  // The event of version 5 comes later.
            })),
            Rebuild::Outcome::kDone);
  EXPECT_EQ(Known(before), "Before 1 v1") << "no page had it";
  EXPECT_EQ(Known(kCup), "Cup 5 v2");
  EXPECT_EQ(Known(kJug), "-");
  EXPECT_EQ(Known(kPot), "Teapot 29 v5");
  Learn(kPot, "Teapot", 29, 5);
  EXPECT_EQ(Known(kPot), "Teapot 29 v5");
}

TEST_F(RebuildTest, OneThatFailsRemovesNothingAndIsBegunAnew) {
  Learn("01900000-0000-7000-8000-000000000009", "Gone", 1, 1);
  catalogue_.FailAfter(1);
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kFailed);
  EXPECT_EQ(Known(kCup), "Cup 10 v1");
  EXPECT_EQ(Known(kPot), "-");
  EXPECT_EQ(Known("01900000-0000-7000-8000-000000000009"), "Gone 1 v1");
  EXPECT_TRUE(IsDue());
  catalogue_.FailAfter(-1);
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(catalogue_.asked(), 4) << "from the first page";
  EXPECT_EQ(Known("01900000-0000-7000-8000-000000000009"), "-");
}

TEST_F(RebuildTest, OneIsAtWorkAtATime) {
  EXPECT_EQ(RunRebuild(Once([&] {
              EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kNothingToDo);
              // Asked for again, it is done again, from after this.
              WantRebuild();
              EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kNothingToDo);
            })),
            Rebuild::Outcome::kDone);
  EXPECT_TRUE(IsDue());
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_FALSE(IsDue());
}

TEST_F(RebuildTest, OneThatStandsStillIsTakenOverAndChangesNothingMore) {
  const std::string late = "01900000-0000-7000-8000-000000000009";
  EXPECT_EQ(RunRebuild(Once([&] {
              now_ += 30'001;  // The lease.
              EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
              catalogue_.Put(late, "Late", 1, 1);
            })),
            Rebuild::Outcome::kFailed);
  EXPECT_FALSE(IsDue());
  EXPECT_EQ(Known(late), "-") << "the first one went on";
  EXPECT_EQ(Known(kPot), "Pot 30 v3");
}

TEST_F(RebuildTest, AClockThatIsSetBackKeepsNobodyWaiting) {
  EXPECT_EQ(RunRebuild(Once([&] {
              now_ -= 30'001;
              EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
            })),
            Rebuild::Outcome::kFailed);
}

TEST_F(RebuildTest, WhatWasDeletedIsForgottenInTheEnd) {
  LearnDeleted(kCup, 2);
  const auto deleted = [&] {
    return database_->Read(context_, [](Session& session) {
      return session
          .QueryOne("SELECT COUNT(*) FROM stock WHERE deleted = 1", {},
                    [](const seam::sql::Row& row) { return row.Int64(0); })
          .value();
    });
  };
  EXPECT_EQ(RunRebuild(), Rebuild::Outcome::kDone);
  EXPECT_EQ(deleted(), 1) << "a rebuild has forgotten it";
  const auto remove = [&](std::int64_t before) {
    database_->Write(context_,
                     [&](Session& session) { repository::RemoveDeleted(session, before); });
  };
  remove(now_);
  EXPECT_EQ(deleted(), 1);
  remove(now_ + 1);
  EXPECT_EQ(deleted(), 0);
  EXPECT_EQ(Known(kJug), "Jug 20 v2");
}

}  // namespace
}  // namespace shop::inventory
