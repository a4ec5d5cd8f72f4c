#include "tool/structure/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string EntryLine(const std::string& rule, const std::string& from,
                      const std::string& reason = "later") {
  return R"({"rule":")" + rule + R"(","from":")" + from +
         R"(","to":"b/b.h","owner":"me","reason":")" + reason + "\"}\n";
}

TEST(Baseline, IsReadInAnyOrderAndWrittenInOne) {
  const std::string a = EntryLine("may-use", "a.cc");
  const std::string b = EntryLine("public", "a.cc");
  const auto read = ParseBaseline("b.jsonl", b + "\n" + a + "\r\n" + b + a);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToText(*read), a + b);
  // Two branches accepted the same, each in its own words.
  const auto twice = ParseBaseline("b.jsonl", EntryLine("public", "a.cc", "z") + b);
  ASSERT_TRUE(twice);
  EXPECT_EQ(ToText(*twice), b);
}

TEST(Baseline, SaysWhatIsWrongWithALine) {
  const auto complaint = [](const std::string& text) {
    const auto read = ParseBaseline("b.jsonl", text);
    return read ? "it was read" : read.error().message;
  };
  const std::string good = EntryLine("public", "a.cc");
  EXPECT_EQ(complaint(good + "nonsense\n[]\n"),
            "b.jsonl:2: expected {\"rule\": \"…\", \"from\": \"…\", \"to\": \"…\", \"owner\": "
            "\"…\", \"reason\": \"…\"}\n"
            "b.jsonl:3: expected {\"rule\": \"…\", \"from\": \"…\", \"to\": \"…\", \"owner\": "
            "\"…\", \"reason\": \"…\"}");
  EXPECT_EQ(complaint("<<<<<<< HEAD\n"),
            "b.jsonl:1: a merge left its mark here; take it out, and have git merge the file by "
            "lines: merge=union in .gitattributes");
  EXPECT_THAT(complaint(R"({"rule":"public","from":"a","to":"b","owner":"me"})"),
              HasSubstr("b.jsonl:1: needs \"reason\", as in"));
  EXPECT_EQ(complaint(R"({"rule":"public","from":"a","to":"b","owner":" ","reason":"r"})"),
            "b.jsonl:1: \"owner\" is blank; an entry says who answers for it and why it is "
            "accepted");
  EXPECT_EQ(complaint(R"({"rule":"public","from":7,"to":"b","owner":"me","reason":"r"})"),
            "b.jsonl:1: \"from\": expected a string");
  EXPECT_EQ(complaint(R"({"rule":"pubic","from":"a","to":"b","owner":"me","reason":"r"})"),
            "b.jsonl:1: there is no rule \"pubic\"; seam check --rules-help lists them");
  EXPECT_EQ(
      complaint(R"({"rule":"public","from":"a","to":"b","owner":"me","reason":"r","line":3})"),
      "b.jsonl:1: unknown key \"line\"");
}

Violation ViolationOf(const std::string& rule, const std::string& from, const std::string& to) {
  Violation violation;
  violation.rule = rule;
  violation.from = from;
  violation.to = to;
  return violation;
}

TEST(Baseline, PartsWhatIsNewFromWhatIsAcceptedAndWhatIsStale) {
  Baseline baseline;
  baseline.entries = {{"public", "a.cc", "b.h", "me", "r", 1},
                      {"table", "a.cc", "t", "me", "r", 2}};
  const auto verdict = Compare(
      baseline, {ViolationOf("public", "a.cc", "b.h"), ViolationOf("public", "a.cc", "c.h")}, {});
  ASSERT_EQ(verdict.fresh.size(), 1U);
  EXPECT_EQ(verdict.fresh[0].to, "c.h");
  EXPECT_EQ(verdict.accepted.size(), 1U);
  EXPECT_EQ(verdict.by.size(), 1U);
  ASSERT_EQ(verdict.stale.size(), 1U);
  EXPECT_EQ(verdict.stale[0].rule, "table");
}

// Where nothing was built, nothing is known of symbols.
TEST(Baseline, CallsNothingStaleThatWasNotLookedFor) {
  Baseline baseline;
  baseline.entries = {{"may-use", "a.cc", "f() (symbol)", "me", "r", 1},
                      {"table", "a.cc", "t (read)", "me", "r", 2},
                      {"cycle", "a b", "itself", "me", "r", 3},
                      {"public", "a.cc", "b.h", "me", "r", 4}};
  const auto verdict = Compare(baseline, {}, {false, false});
  EXPECT_EQ(verdict.unjudged, 3);
  ASSERT_EQ(verdict.stale.size(), 1U);
  EXPECT_EQ(verdict.stale[0].rule, "public");
  EXPECT_EQ(Compare(baseline, {}, {}).stale.size(), 4U);
}

class BaselineInGit : public ::testing::Test {
 protected:
  void SetUp() override {
    Git({"init", "-q", "-b", "main"});
    Write(".gitattributes", "seam-baseline.jsonl merge=union\n");
    Write("seam-baseline.jsonl", EntryLine("public", "m.cc"));
    Commit();
  }
  int Git(std::vector<std::string> arguments) {
    std::vector<std::string> all = {"git",
                                    "-C",
                                    folder_.path(),
                                    "-c",
                                    "user.name=Test",
                                    "-c",
                                    "user.email=test@example.org",
                                    "-c",
                                    "commit.gpgsign=false"};
    all[0] = "/usr/bin/env";
    all.insert(all.begin() + 1, "git");
    all.insert(all.end(), arguments.begin(), arguments.end());
    seam::testing::Process process(all);
    return process.Wait().value_or(-1);
  }
  void Commit() {
    ASSERT_EQ(Git({"add", "-A"}), 0);
    ASSERT_EQ(Git({"commit", "-q", "-m", "A change."}), 0);
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string File() const { return folder_.path() + "/seam-baseline.jsonl"; }

 private:
  const seam::testing::TemporaryFolder folder_;
};

TEST_F(BaselineInGit, MergesWhatTwoBranchesAdd) {
  const std::string m = EntryLine("public", "m.cc");
  ASSERT_EQ(Git({"checkout", "-q", "-b", "other"}), 0);
  Write("seam-baseline.jsonl", EntryLine("public", "a.cc") + m + EntryLine("public", "z.cc"));
  Commit();
  ASSERT_EQ(Git({"checkout", "-q", "main"}), 0);
  Write("seam-baseline.jsonl", EntryLine("may-use", "q.cc") + m + EntryLine("public", "n.cc"));
  Commit();
  ASSERT_EQ(Git({"merge", "-q", "-m", "Merge.", "other"}), 0);
  const auto merged = ReadBaseline(File());
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(ToText(*merged), EntryLine("may-use", "q.cc") + EntryLine("public", "a.cc") + m +
                                 EntryLine("public", "n.cc") + EntryLine("public", "z.cc"));
}

TEST_F(BaselineInGit, IsComparedWithARevision) {
  Write("seam-baseline.jsonl", EntryLine("public", "n.cc"));
  const auto before = BaselineAt(File(), "HEAD");
  ASSERT_TRUE(before) << before.error().message;
  const auto now = ReadBaseline(File());
  ASSERT_TRUE(now);
  const Growth growth = CompareBaselines(*before, *now);
  ASSERT_EQ(growth.added.size(), 1U);
  EXPECT_EQ(growth.added[0].from, "n.cc");
  ASSERT_EQ(growth.taken.size(), 1U);
  EXPECT_EQ(growth.taken[0].from, "m.cc");
  // Another reason for the same is no growth.
  EXPECT_THAT(
      CompareBaselines(*before, *ParseBaseline("b", EntryLine("public", "m.cc", "else"))).added,
      IsEmpty());
}

TEST_F(BaselineInGit, SaysWhatIsMissing) {
  for (const char* const revision : {"nowhere", "--output=/tmp/x", ""}) {
    const auto none = BaselineAt(File(), revision);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kInvalidArgument);
    EXPECT_THAT(none.error().message, HasSubstr("git knows no such revision here"));
  }
  // It was not there yet.
  const auto new_file = BaselineAt(File() + ".other", "HEAD");
  ASSERT_TRUE(new_file);
  EXPECT_THAT(new_file->entries, IsEmpty());
  const seam::testing::TemporaryFolder elsewhere;
  const auto outside = BaselineAt(elsewhere.path() + "/b.jsonl", "HEAD");
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().code, Code::kUnavailable);
  EXPECT_THAT(outside.error().message, HasSubstr("is in no git repository"));
}

}  // namespace
}  // namespace seam::structure
