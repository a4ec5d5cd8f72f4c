// In-process is never kinder than the network: what a caller sees of a call does not depend on the
// binding. Every hazard of the catalogue on every side, and its negative twin.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/testing/opened_side.h"
#include "seam/testing/process.h"
#include "seam/testing/side.h"
#include "tool/diverge/every_side.h"
#include "tool/diverge/hazard.h"
#include "tool/diverge/probe_service.h"
#include "tool/diverge/report.h"

namespace seam::diverge {

void PrintTo(const Hazard& hazard, std::ostream* out) { *out << hazard.name; }

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kEverySide;
using ::testing::Not;
using testing::Side;
using ::testing::StartsWith;

std::string TestName(const std::string& hazard) {
  std::string name = hazard;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::vector<Hazard> Promised() {
  std::vector<Hazard> promised;
  for (const Hazard& hazard : Catalogue()) {
    if (hazard.exception.empty()) promised.push_back(hazard);
  }
  return promised;
}

std::vector<Hazard> Declared() {
  std::vector<Hazard> declared;
  for (const Hazard& hazard : Catalogue()) {
    if (!hazard.exception.empty()) declared.push_back(hazard);
  }
  return declared;
}

// The sides are opened once: hazards use keys of their own, and a side that one of them broke would
// be a finding.
template <class Parameter>
class OnSides : public ::testing::TestWithParam<Parameter> {
 protected:
  static void SetUpTestSuite() {
    sides_ = std::make_unique<EverySide>(std::vector<std::string>{SEAM_PROGRAM, "probe-service"});
  }
  static void TearDownTestSuite() { sides_.reset(); }

  static const EverySide& sides() { return *sides_; }

 private:
  static inline std::unique_ptr<EverySide> sides_;
};

class Parity : public OnSides<std::tuple<Hazard, Side>> {};

TEST_P(Parity, TheCallerSeesWhatIsPromised) {
  const auto& [hazard, side] = GetParam();
  EXPECT_EQ(Observe(hazard, sides().On(side)), hazard.expected) << hazard.text;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Parity,
                         ::testing::Combine(::testing::ValuesIn(Promised()),
                                            ::testing::ValuesIn(kEverySide)),
                         [](const auto& test) {
                           return TestName(std::get<Hazard>(test.param).name) + "_" +
                                  std::string(SideName(std::get<Side>(test.param)));
                         });

class OneClient : public OnSides<Side> {};

TEST_P(OneClient, GivesEachOfManyCallersItsOwnAnswer) {
  const Stage stage = sides().On(GetParam());
  std::vector<std::future<int>> callers;
  for (int caller = 0; caller < 16; ++caller) {
    callers.push_back(std::async(std::launch::async, [&stage, caller] {
      int own = 0;
      for (int i = 0; i < 50; ++i) {
        seam::probe::v1::EchoRequest request;
        request.value.emplace().an_int32 = caller * 1000 + i;
        const auto echoed = stage.client.Echo(Context(), request);
        if (echoed && echoed->value == request.value) ++own;
      }
      return own;
    }));
  }
  for (auto& caller : callers) EXPECT_EQ(caller.get(), 50);
}

INSTANTIATE_TEST_SUITE_P(EverySide, OneClient, ::testing::ValuesIn(kEverySide),
                         [](const auto& test) { return std::string(SideName(test.param)); });

// Without the piece of Seam that takes care of it a hazard is seen, or its case proves nothing.
class Twin : public ::testing::TestWithParam<Hazard> {};

TEST_P(Twin, IsSeen) {
  ASSERT_NE(GetParam().without, Without::kNothing) << "say what has to be taken away";
  EXPECT_NE(TryWithout(GetParam()).seen, GetParam().expected);
}

// "the handler runs once": what the line says of it.
std::string RunsIn(const std::string& seen) {
  const std::size_t at = seen.find("the handler ");
  return at == std::string::npos ? "" : seen.substr(at, seen.find(';', at) - at);
}

// What keeps a call from a handler is told from nothing keeping it by the handler, too.
TEST_P(Twin, RunsTheHandlerThatTheGuardsKeepTheCallFrom) {
  const std::string runs = RunsIn(GetParam().expected);
  if (GetParam().without != Without::kGuards || runs.find("run") == std::string::npos) return;
  EXPECT_NE(RunsIn(TryWithout(GetParam()).seen), runs);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Twin, ::testing::ValuesIn(Promised()),
                         [](const auto& test) { return TestName(test.param.name); });

// An exception is declared only while sides differ.
class Exception : public OnSides<Hazard> {};

TEST_P(Exception, IsOne) {
  EXPECT_EQ(Try(GetParam(), sides(), /*bare=*/false).verdict, Verdict::kDeclared);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Exception, ::testing::ValuesIn(Declared()),
                         [](const auto& test) { return TestName(test.param.name); });

// A module that returns at its deadline runs on other threads, and is then in nothing but its
// process like its callers.
TEST(ReturningAtTheDeadline, IsAsServicesAreButForTheProcess) {
  CallRules rules;
  rules.return_at_deadline = true;
  auto service = std::make_unique<ProbeService>();
  ProbeService& opened = *service;
  const testing::OpenedSide<probe::ProbeSeam> side(Side::kInProcess, std::move(service), rules);
  opened.CallThrough(&side.client());
  for (const Hazard& hazard : Catalogue()) {
    const std::string seen = Observe(hazard, {side.client(), std::chrono::seconds(20)});
    if (hazard.name == "process-state") {
      EXPECT_NE(seen, hazard.expected);
    } else {
      EXPECT_EQ(seen, hazard.expected) << hazard.name << ": " << hazard.text;
    }
  }
}

TEST(Catalogue, NamesEachHazardOnce) {
  std::set<std::string> names;
  for (const Hazard& hazard : Catalogue()) {
    EXPECT_TRUE(names.insert(hazard.name).second) << hazard.name << " is there twice";
    EXPECT_THAT(hazard.text, Not(IsEmpty()));
  }
}

TEST(Catalogue, JudgesWhatTheSidesSaw) {
  Hazard hazard{.name = "h", .text = "t", .provoke = nullptr, .expected = "x"};
  EXPECT_EQ(Judge(hazard, {{"a", "x"}, {"b", "x"}}), Verdict::kEqual);
  EXPECT_EQ(Judge(hazard, {{"a", "x"}, {"b", "y"}}), Verdict::kDiffers);
  EXPECT_EQ(Judge(hazard, {{"a", "y"}, {"b", "y"}}), Verdict::kUnexpected);
  hazard.exception = "for a reason";
  EXPECT_EQ(Judge(hazard, {{"a", "x"}, {"b", "y"}}), Verdict::kDeclared);
  EXPECT_EQ(Judge(hazard, {{"a", "x"}, {"b", "x"}}), Verdict::kEqual);
}

TEST(Catalogue, ReportsWhatDiffersSideBySide) {
  const Hazard hazard{.name = "h", .text = "t", .provoke = nullptr, .expected = "x"};
  const std::vector<Row> rows = {{.hazard = hazard,
                                  .sides = {{"a", "x"}, {"b", "y"}},
                                  .without = {{"nothing", "z"}},
                                  .verdict = Verdict::kDiffers}};
  const std::vector<Hazard> hazards = {hazard};
  const auto shown = [&](bool detailed) {
    const Table table(hazards, detailed);
    return table.Head() + table.Lines(rows.front()) + Table::Foot(rows);
  };
  EXPECT_THAT(shown(/*detailed=*/true), StartsWith("h: t\n\nHAZARD"));
  EXPECT_EQ(shown(/*detailed=*/false),
            "HAZARD  SIDES       WHAT THE CALLER SEES\n"
            "h       DIFFERS     a: x\n"
            "                    b: y\n"
            "                    expected: x\n"
            "                    with nothing: z\n"
            "\n1 hazard on 5 sides: 0 equal, 0 declared, 1 different\n");
  const auto report = nlohmann::json::parse(JsonReport(rows));
  EXPECT_EQ(report["different"], 1);
  EXPECT_EQ(report["hazards"][0]["verdict"], "DIFFERS");
  EXPECT_EQ(report["hazards"][0]["sides"]["b"], "y");
  EXPECT_EQ(report["hazards"][0]["without"]["nothing"], "z");
}

TEST(ParityDocument, HasTheTableOfTheCatalogueAndTheDeclaredExceptions) {
  std::ifstream file(PARITY_DOCUMENT);
  std::stringstream document;
  document << file.rdbuf();
  std::stringstream rows(MarkdownTable(Catalogue()));
  for (std::string row; std::getline(rows, row);) {
    EXPECT_THAT(document.str(), HasSubstr(row))
        << "write the table of docs/parity.md anew: seam diverge --markdown";
  }
  // What is in the document is in the catalogue: its table has no other rows.
  std::set<std::string> names;
  for (const Hazard& hazard : Catalogue()) names.insert(hazard.name);
  for (std::string line; std::getline(document, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    const std::string name = line.substr(3, line.find('`', 3) - 3);
    EXPECT_EQ(names.count(name), 1U) << name << " is in docs/parity.md and not in the catalogue";
  }
  for (const Hazard& hazard : Declared()) {
    EXPECT_THAT(document.str(), HasSubstr("| `" + hazard.name + "` | "));
    EXPECT_THAT(document.str(), HasSubstr(hazard.exception));
  }
}

// What `seam diverge` cannot run names the tests that prove it, or says why there is none.
TEST(ParityDocument, NamesATestForEachExceptionThatCannotBeRun) {
  const std::filesystem::path folder = std::filesystem::path(PARITY_DOCUMENT).parent_path();
  std::ifstream file(PARITY_DOCUMENT);
  int rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| **", 0) != 0) continue;
    ++rows;
    // The last of the four cells.
    const std::string proof = line.substr(line.rfind(" | ", line.size() - 3) + 3);
    static const std::regex kTest(R"(\[`(\w+)\.(\w+)`\]\(([^)]+)\))");
    std::sregex_iterator test(proof.begin(), proof.end(), kTest);
    if (test == std::sregex_iterator()) {
      EXPECT_THAT(proof, StartsWith("no test")) << line;
    }
    for (; test != std::sregex_iterator(); ++test) {
      std::ifstream source(folder / test->str(3));
      std::stringstream text;
      text << source.rdbuf();
      EXPECT_THAT(text.str(), HasSubstr("(" + test->str(1) + ", " + test->str(2) + ") {"))
          << test->str(3) << " has no such test";
    }
  }
  EXPECT_EQ(rows, 9);
}

// The tool, as somebody runs it.
struct Ended {
  std::optional<int> status;
  std::string output;
};

Ended RunSeam(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {SEAM_PROGRAM, "diverge"});
  testing::Process process(std::move(arguments));
  const auto status = process.Wait(std::chrono::seconds(60));
  return {status, process.output()};
}

TEST(SeamDiverge, PrintsWhatEachSideDid) {
  const Ended ended = RunSeam({"--only", "argument-aliasing", "--bare"});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("argument-aliasing: caller and handler share an object"),
                    HasSubstr("argument-aliasing  equal       in-process: the handler keeps \"as "
                              "sent\", then \"as sent\""),
                    HasSubstr("grpc to another process: the handler keeps \"as sent\""),
                    HasSubstr("with a pointer passed: the handler keeps \"changed by the caller\""),
                    HasSubstr("1 hazard on 5 sides: 1 equal, 0 declared, 0 different")));
}

TEST(SeamDiverge, PrintsDeclaredExceptionsAsJsonAndPasses) {
  const Ended ended = RunSeam({"--only", "process-state", "--json"});
  EXPECT_EQ(ended.status, 0) << ended.output;
  const auto report = nlohmann::json::parse(ended.output);
  EXPECT_EQ(report["different"], 0);
  const auto& hazard = report["hazards"][0];
  EXPECT_EQ(hazard["verdict"], "declared");
  EXPECT_EQ(hazard["sides"]["in-process"], "in the caller's process");
  EXPECT_EQ(hazard["sides"]["grpc to another process"], "in another process");
}

TEST(SeamDiverge, PrintsTheTableOfTheDocument) {
  const Ended ended = RunSeam({"--markdown"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, MarkdownTable(Catalogue()));
}

// The one child of a process, as something to wait for.
class Child {
 public:
  explicit Child(int parent) {
    const std::string of = std::to_string(parent);
    std::ifstream("/proc/" + of + "/task/" + of + "/children") >> pid_;
    if (pid_ > 0) fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (fd_ < 0) return;
    if (!Ends(0)) kill(pid_, SIGKILL);
    close(fd_);
  }

  [[nodiscard]] bool Ends(int milliseconds) const {
    pollfd end = {fd_, POLLIN, 0};
    return fd_ >= 0 && poll(&end, 1, milliseconds) == 1;
  }

 private:
  int pid_ = 0;
  int fd_ = -1;
};

TEST(SeamDiverge, ShowsWhatItHasAndLeavesNothingBehindWhenItIsAskedToStop) {
  testing::Process process({SEAM_PROGRAM, "diverge"});
  ASSERT_TRUE(process.WaitForLine("floating-point")) << process.output();
  const Child service(process.pid());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 2) << process.output();
  EXPECT_THAT(process.output(), Not(HasSubstr("hazards on")));
  EXPECT_TRUE(service.Ends(0)) << "the service goes first";
}

TEST(SeamDiverge, IsNotOutlivedByItsService) {
  testing::Process process({SEAM_PROGRAM, "diverge"});
  ASSERT_TRUE(process.WaitForLine("argument-aliasing")) << process.output();
  const Child service(process.pid());
  process.Signal(SIGKILL);
  EXPECT_TRUE(process.Wait());
  EXPECT_TRUE(service.Ends(30'000));
}

TEST(SeamDiverge, FailsWhenNobodyReadsWhatItSays) {
  const auto ends = [](const std::string& script) {
    testing::Process process({"/bin/bash", "-c", script, SEAM_PROGRAM});
    EXPECT_TRUE(process.Wait());
    return process.output();
  };
  const auto said = AllOf(HasSubstr("could not be written"), HasSubstr("ends with 2"));
  EXPECT_THAT(ends("exec 3> >(exit); wait $!; \"$0\" diverge >&3; echo ends with $?"), said);
  EXPECT_THAT(ends("\"$0\" diverge --only process-state > /dev/full; echo ends with $?"), said);
}

// What a program has started may go on, and hold the output that both write to.
TEST(Process, IsGivenUpWithoutWaitingForWhatItStarted) {
  auto process = std::make_unique<testing::Process>(
      std::vector<std::string>{"/bin/sh", "-c", "sleep 60 & echo up; wait"});
  ASSERT_TRUE(process->WaitForLine("up"));
  const Child sleep(process->pid());
  process.reset();
  EXPECT_FALSE(sleep.Ends(0));
}

TEST(SeamDiverge, RefusesANameThatIsNone) {
  const Ended ended = RunSeam({"--only", "gremlins"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("there is no hazard 'gremlins'"), HasSubstr("argument-aliasing")));
}

}  // namespace
}  // namespace seam::diverge
