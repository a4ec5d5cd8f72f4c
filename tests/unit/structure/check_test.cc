// `seam check` from the command line, on a project in a folder.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam::structure {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Ended {
  int status = -1;
  std::string output{};
};

// A shop that compiles for nobody: billing uses the stock, and the stock says who may.
class Check : public ::testing::Test {
 protected:
  void SetUp() override {
    Write("seam-rules.json", R"({
  "modules": {
    "billing": {"paths": ["billing/"], "may_use": ["stock"]},
    "stock": {"paths": ["stock/"], "public": ["stock/stock.h"], "may_use": []}
  }
})");
    Write("stock/stock.h", "#pragma once\nint Count();\n");
    Write("stock/inside.h", "#pragma once\n");
    Write("stock/stock.cc", "#include \"stock/inside.h\"\n#include \"stock/stock.h\"\n");
    Write("billing/bill.h", "#pragma once\n");
    Write("billing/bill.cc",
          "#include \"billing/bill.h\"\n#include \"stock/stock.h\"\nnot C++ {\n");
  }
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(folder_.path()) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  [[nodiscard]] std::string Read(const std::string& name) const {
    std::ifstream file(folder_.path() + "/" + name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  [[nodiscard]] Ended Run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {SEAM_PROGRAM, "check", folder_.path(), "--no-cache"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    seam::testing::Process process(all);
    const int status = process.Wait().value_or(-1);
    return {status, process.output()};
  }
  [[nodiscard]] const std::string& root() const { return folder_.path(); }

  // Two violations, in a file that then moves by fifty lines.
  void Break(int lines_before = 0) const {
    Write("billing/bill.cc", std::string(static_cast<std::size_t>(lines_before), '\n') +
                                 "#include \"stock/inside.h\"\n");
    Write("stock/stock.cc", std::string(static_cast<std::size_t>(lines_before), '\n') +
                                "#include \"billing/bill.h\"\n");
  }

 private:
  const seam::testing::TemporaryFolder folder_;
};

const std::vector<std::string> kAccept = {"--accept", "--owner", "me", "--reason", "it is old"};

TEST_F(Check, PassesWhereTheRulesAreKept) {
  const Ended ended = Run({});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output, StartsWith("5 files, 9 lines, 2 modules by seam-rules.json: 0 "
                                       "violations\n"));
}

TEST_F(Check, FailsAtAViolationAndAcceptsItOnlyWithOwnerAndReason) {
  Break();
  const Ended ended = Run({});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr("billing/bill.cc:1: public: billing includes "));
  EXPECT_THAT(ended.output, HasSubstr("stock/stock.cc:1: may-use: stock may not use billing, "));
  EXPECT_THAT(ended.output, HasSubstr("cycle: modules use each other in a circle: "));
  for (const std::vector<std::string>& refused :
       {std::vector<std::string>{"--accept"},
        {"--accept", "--owner", "me"},
        {"--accept", "--owner", "me", "--reason", " "},
        {"--accept", "--owner", "", "--reason", "r"},
        {"--accept", "--owner", "me", "--reason", "two\nlines"},
        {"--owner", "me"},
        {"--reason", "r"}}) {
    EXPECT_EQ(Run(refused).status, 2);
  }
  EXPECT_EQ(Read("seam-baseline.jsonl"), "");
  const Ended accepted = Run(kAccept);
  EXPECT_EQ(accepted.status, 0) << accepted.output;
  EXPECT_THAT(accepted.output, HasSubstr("3 added, 0 taken out"));
  EXPECT_THAT(accepted.output, HasSubstr("seam-baseline.jsonl merge=union"));
  EXPECT_EQ(
      Read("seam-baseline.jsonl"),
      R"({"rule":"cycle","from":"billing stock","to":"itself","owner":"me","reason":"it is old"})"
      "\n"
      R"({"rule":"may-use","from":"stock/stock.cc","to":"billing/bill.h","owner":"me","reason":"it is old"})"
      "\n"
      R"({"rule":"public","from":"billing/bill.cc","to":"stock/inside.h","owner":"me","reason":"it is old"})"
      "\n");
  const Ended again = Run({});
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.output, HasSubstr("0 violations, 3 accepted by seam-baseline.jsonl"));
}

TEST_F(Check, LeavesTheBaselineAsItIsWhenCodeMoves) {
  Break();
  ASSERT_EQ(Run(kAccept).status, 0);
  const std::string before = Read("seam-baseline.jsonl");
  Break(50);
  EXPECT_EQ(Run({}).status, 0);
  EXPECT_EQ(Run(kAccept).status, 0);
  EXPECT_EQ(Run({"--prune"}).status, 0);
  EXPECT_EQ(Read("seam-baseline.jsonl"), before);
}

TEST_F(Check, FailsAtAStaleEntryUntilItIsPruned) {
  Break();
  ASSERT_EQ(Run(kAccept).status, 0);
  Write("billing/bill.cc", "\n");
  // Accepted with the cycle gone as well.
  const Ended stale = Run({});
  EXPECT_EQ(stale.status, 1);
  EXPECT_THAT(stale.output,
              HasSubstr("seam-baseline.jsonl:3: stale: nothing breaks what is accepted here: "
                        "public: billing/bill.cc -> stock/inside.h"));
  EXPECT_THAT(stale.output, HasSubstr("do: seam check --prune takes it out"));
  const Ended pruned = Run({"--prune"});
  EXPECT_EQ(pruned.status, 0) << pruned.output;
  EXPECT_THAT(pruned.output, HasSubstr("0 added, "));
  EXPECT_THAT(Read("seam-baseline.jsonl"),
              AllOf(HasSubstr("may-use"), Not(HasSubstr("public")), Not(HasSubstr("\n\n"))));
}

TEST_F(Check, ShowsHowTheBaselineGrewSinceARevision) {
  const auto git = [&](std::vector<std::string> arguments) {
    std::vector<std::string> all = {"/usr/bin/env", "git",
                                    "-C",           root(),
                                    "-c",           "user.name=T",
                                    "-c",           "user.email=t@example.org",
                                    "-c",           "commit.gpgsign=false"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    seam::testing::Process process(all);
    ASSERT_EQ(process.Wait().value_or(-1), 0) << process.output();
  };
  git({"init", "-q"});
  git({"add", "-A"});
  git({"commit", "-q", "-m", "Begin."});
  EXPECT_EQ(Run({"--against", "HEAD"}).status, 0);
  Break();
  ASSERT_EQ(Run(kAccept).status, 0);
  const Ended grown = Run({"--against", "HEAD"});
  EXPECT_EQ(grown.status, 1);
  EXPECT_THAT(grown.output, HasSubstr("seam-baseline.jsonl:2: growth: the baseline has grown since "
                                      "HEAD: may-use: stock/stock.cc -> billing/bill.h"));
  EXPECT_THAT(grown.output, HasSubstr("since HEAD: 3 added, 0 taken out"));
  const Ended allowed = Run({"--against", "HEAD", "--allow-growth", "the old ones"});
  EXPECT_EQ(allowed.status, 0) << allowed.output;
  EXPECT_THAT(allowed.output, HasSubstr("it may grow: the old ones"));
  EXPECT_EQ(Run({"--against", "nowhere"}).status, 2);
  EXPECT_EQ(Run({"--allow-growth", "why"}).status, 2);
}

TEST_F(Check, WritesTheRulesOfWhatIsThere) {
  EXPECT_EQ(Run({"--init"}).status, 2);  // Nothing is overwritten.
  std::filesystem::remove(root() + "/seam-rules.json");
  const Ended none = Run({});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.output, HasSubstr("seam check --init"));
  const Ended written = Run({"--init"});
  EXPECT_EQ(written.status, 0) << written.output;
  EXPECT_THAT(Read("seam-rules.json"), HasSubstr("\"may_use\": [\"stock\"]"));
  EXPECT_EQ(Run({}).status, 0);
  Break();
  EXPECT_EQ(Run({}).status, 1);
}

TEST_F(Check, SaysWhatItCannotRead) {
  Write("seam-rules.json", "{\"modules\": []}");
  const Ended rules = Run({});
  EXPECT_EQ(rules.status, 2);
  EXPECT_THAT(rules.output, HasSubstr("seam-rules.json:1:13: modules: expected an object"));
  std::filesystem::remove(root() + "/seam-rules.json");
  EXPECT_EQ(Run({"--rules", root() + "/none.json"}).status, 2);
  Write("seam-rules.json", "{\"unassigned\": \"allowed\"}");
  Write("seam-baseline.jsonl", "nonsense\n");
  const Ended baseline = Run({});
  EXPECT_EQ(baseline.status, 2);
  EXPECT_THAT(baseline.output, HasSubstr("seam-baseline.jsonl:1: expected {"));
  Write("seam-baseline.jsonl", "");
  EXPECT_EQ(Run({}).status, 0);
  EXPECT_EQ(Run({"--json", "--sarif"}).status, 2);
  // What is not there is not taken for clean.
  Write("seam-rules.json",
        R"({"modules": {"gone": {"paths": ["gone/"]}}, "unassigned": "allowed"})");
  EXPECT_THAT(Run({}).output, HasSubstr("seam-rules.json:1: module gone has no file: "));
  Write("seam-rules.json", R"({"ignore": ["**"]})");
  const Ended empty = Run({});
  EXPECT_EQ(empty.status, 2);
  EXPECT_THAT(empty.output, HasSubstr("there is no C or C++ source below "));
  seam::testing::Process nowhere({SEAM_PROGRAM, "check", root() + "/nowhere"});
  EXPECT_EQ(nowhere.Wait(), 2);
}

TEST_F(Check, PrintsOneObject) {
  Break();
  const Ended ended = Run({"--json"});
  EXPECT_EQ(ended.status, 1);
  const json report = json::parse(ended.output);
  EXPECT_EQ(report.at("good"), false);
  EXPECT_EQ(report.at("violations").size(), 3U);
  EXPECT_EQ(json::parse(Run({"--sarif"}).output).at("version"), "2.1.0");
  EXPECT_THAT(Run({"--github"}).output, StartsWith("::error file=billing/bill.cc,line=1,title="));
}

TEST_F(Check, ExplainsItsRules) {
  const Ended all = Run({"--rules-help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.output, HasSubstr("\nunassigned\n  refuses: "));
  EXPECT_THAT(Run({"--explain", "never/no-socket"}).output, StartsWith("never\n  refuses: "));
  const Ended unknown = Run({"--explain", "cycles"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.output, HasSubstr("did you mean \"cycle\"?"));
}

// The same bytes wherever the project is.
TEST_F(Check, DependsOnNothingButTheProject) {
  Break();
  const seam::testing::TemporaryFolder other;
  std::filesystem::copy(root(), other.path() + "/copy", std::filesystem::copy_options::recursive);
  seam::testing::Process copied({SEAM_PROGRAM, "check", other.path() + "/copy", "--no-cache"});
  EXPECT_EQ(copied.Wait(), 1);
  EXPECT_EQ(copied.output(), Run({}).output);
}

}  // namespace
}  // namespace seam::structure
