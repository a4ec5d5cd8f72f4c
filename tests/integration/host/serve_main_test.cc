// The life of a service process as its supervisor sees it: signals in, exit code and log out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Process;
using testing::TemporaryFolder;

Process Start(std::vector<std::string> flags) {
  std::vector<std::string> arguments = {MOODY_PROGRAM, "--listen", "127.0.0.1:0"};
  for (std::string& flag : flags) arguments.push_back(std::move(flag));
  return Process(arguments);
}

TEST(ServeMainTest, StopsCleanlyOnEitherSignal) {
  for (const auto& [signal_number, name] :
       {std::pair(SIGTERM, "SIGTERM"), std::pair(SIGINT, "SIGINT")}) {
    Process service = Start({});
    ASSERT_TRUE(service.WaitForLine("listening")) << service.output();
    service.Signal(signal_number);
    EXPECT_EQ(service.Wait(), 0) << service.output();
    EXPECT_THAT(service.output(), AllOf(HasSubstr(name), HasSubstr("\"stopped\"")));
  }
}

TEST(ServeMainTest, SaysWhyItCannotStart) {
  for (const auto& [mood, why] :
       {std::pair("failing", "the mood is bad"), std::pair("throwing", "the mood is worse"),
        std::pair("throwing-a-number", "an exception that is not a std::exception")}) {
    Process service = Start({"--mood", mood});
    EXPECT_EQ(service.Wait(), 1);
    EXPECT_THAT(service.output(), AllOf(HasSubstr("cannot start"), HasSubstr(why)));
  }
}

TEST(ServeMainTest, SaysThatItsAddressIsTaken) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + (folder / "s");
  Process first({MOODY_PROGRAM, "--listen", address});
  ASSERT_TRUE(first.WaitForLine("listening")) << first.output();
  Process second({MOODY_PROGRAM, "--listen", address});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), AllOf(HasSubstr("cannot start"), HasSubstr(address)));
}

TEST(ServeMainTest, RefusesAWrongConfiguration) {
  Process service = Start({"--mood", "sunny"});
  EXPECT_EQ(service.Wait(), 2);
  EXPECT_THAT(service.output(), HasSubstr("flag --mood"));
}

TEST(ServeMainTest, RefusesAnAddressThatTheNetworkCanReach) {
  Process service({MOODY_PROGRAM, "--listen", "0.0.0.0:0"});
  EXPECT_EQ(service.Wait(), 2);
  EXPECT_THAT(service.output(), AllOf(HasSubstr("flag --listen"), HasSubstr("0.0.0.0")));
}

// The signal came before there was anything to stop, and is not lost.
TEST(ServeMainTest, StoppedWhileItStartsItNeverListens) {
  const TemporaryFolder folder;
  Process service = Start({"--wait_for", folder / "go"});
  ASSERT_TRUE(service.WaitForLine("waiting")) << service.output();
  service.Signal(SIGTERM);
  ASSERT_TRUE(service.WaitForLine("stopping")) << service.output();
  std::ofstream(folder / "go") << "";
  EXPECT_EQ(service.Wait(), 0) << service.output();
  EXPECT_THAT(service.output(), Not(HasSubstr("listening")));
}

TEST(ServeMainTest, ASetupThatStopsWhenAskedHasNotFailed) {
  Process service = Start({"--mood", "waiting"});
  ASSERT_TRUE(service.WaitForLine("waiting for the end")) << service.output();
  service.Signal(SIGTERM);
  EXPECT_EQ(service.Wait(), 0) << service.output();
  EXPECT_THAT(service.output(), AllOf(HasSubstr("\"stopped\""), Not(HasSubstr("cannot start"))));
}

TEST(ServeMainTest, WhatWasServedLastIsDestroyedFirst) {
  Process service = Start({"--mood", "serving-two-and-failing"});
  EXPECT_EQ(service.Wait(), 1);
  const std::string output = service.output();
  EXPECT_THAT(output, AllOf(HasSubstr("the first is gone"), HasSubstr("the second is gone")));
  EXPECT_LT(output.find("the second is gone"), output.find("the first is gone"));
}

TEST(ServeMainTest, HowManyCallsWaitIsAnOption) {
  Process wrong = Start({"--server.waiting_calls=-1"});
  EXPECT_EQ(wrong.Wait(), 2) << wrong.output();
  Process service = Start({"--server.waiting_calls=0"});
  EXPECT_TRUE(service.WaitForLine("listening")) << service.output();
}

// Else a flood of connections ends the listening for good.
TEST(ServeMainTest, ItMayOpenAsManyFilesAsTheSystemAllows) {
  Process service({"/bin/sh", "-c", "ulimit -Sn 100 && ulimit -Hn 2000 && exec \"$0\" \"$@\"",
                   MOODY_PROGRAM, "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(service.WaitForLine("listening")) << service.output();
  std::ifstream file("/proc/" + std::to_string(service.pid()) + "/limits");
  const std::string limits((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max open files +2000 +2000 "));
  EXPECT_THAT(service.output(), Not(HasSubstr("ulimit")));
  Process poor({"/bin/sh", "-c", "ulimit -n 100 && exec \"$0\" \"$@\"", MOODY_PROGRAM, "--listen",
                "127.0.0.1:0"});
  ASSERT_TRUE(poor.WaitForLine("listening")) << poor.output();
  EXPECT_THAT(poor.output(), AllOf(HasSubstr("few files and connections"), HasSubstr("100")));
}

TEST(ServeMainTest, ASecondSignalEndsItAtOnce) {
  const TemporaryFolder folder;
  Process service = Start({"--wait_for", folder / "never"});
  ASSERT_TRUE(service.WaitForLine("waiting")) << service.output();
  service.Signal(SIGTERM);
  ASSERT_TRUE(service.WaitForLine("stopping")) << service.output();
  // One that comes right behind the first is the same request; somebody impatient tries again.
  std::optional<int> code;
  while (!code) {
    service.Signal(SIGINT);
    code = service.Wait(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(code, 128 + SIGINT) << service.output();
  EXPECT_THAT(service.output(), HasSubstr("a second signal"));
}

// As timeout(1) does: to the process and to its group.
TEST(ServeMainTest, TwoSignalsAtOnceAreOneRequest) {
  const TemporaryFolder folder;
  Process service = Start({"--wait_for", folder / "go"});
  ASSERT_TRUE(service.WaitForLine("waiting")) << service.output();
  service.Signal(SIGTERM);
  service.Signal(SIGTERM);
  service.Signal(SIGINT);
  ASSERT_TRUE(service.WaitForLine("stopping")) << service.output();
  std::ofstream(folder / "go") << "";
  EXPECT_EQ(service.Wait(), 0) << service.output();
}

TEST(ServeMainTest, IsEndedByForceWhenStoppingTakesTooLong) {
  const TemporaryFolder folder;
  Process service = Start({"--server.drain_ms=0", "--wait_for", folder / "never"});
  ASSERT_TRUE(service.WaitForLine("waiting")) << service.output();
  service.Signal(SIGTERM);
  EXPECT_EQ(service.Wait(), 3) << service.output();
  EXPECT_THAT(service.output(), HasSubstr("stopping takes too long"));
}

}  // namespace
}  // namespace seam
