#include "seam/observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace seam {
namespace {

using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// Collects lines. No lock: a Log calls its sink with one line at a time.
class LogTest : public ::testing::Test {
 protected:
  LogOptions Options(LogFormat format) {
    LogOptions options;
    options.format = format;
    options.sink = [this](std::string_view line) { lines_.emplace_back(line); };
    return options;
  }

  nlohmann::json OnlyLine() const {
    EXPECT_THAT(lines_, SizeIs(1));
    return nlohmann::json::parse(lines_.at(0));
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, JsonLineHasTimeLevelMessageAndTypedFields) {
  Log log(Options(LogFormat::kJson));
  log.Info("served", {{"method", "Get"},
                      {"bytes", std::uint64_t{18446744073709551615U}},
                      {"delta", -3},
                      {"duration_ms", 1.5},
                      {"ok", true},
                      {"name", std::string("tea")}});
  const nlohmann::json line = OnlyLine();
  EXPECT_THAT(line["time"].get<std::string>(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["message"], "served");
  EXPECT_EQ(line["method"], "Get");
  EXPECT_EQ(line["bytes"], 18446744073709551615U);
  EXPECT_EQ(line["delta"], -3);
  EXPECT_EQ(line["duration_ms"], 1.5);
  EXPECT_EQ(line["ok"], true);
  EXPECT_EQ(line["name"], "tea");
}

TEST_F(LogTest, LinesBelowTheLevelAreDropped) {
  LogOptions options = Options(LogFormat::kJson);
  options.level = LogLevel::kWarning;
  Log log(options);
  log.Debug("one");
  log.Info("two");
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_FALSE(log.Enabled(LogLevel::kInfo));
  EXPECT_TRUE(log.Enabled(LogLevel::kWarning));
  log.Warning("three");
  log.Error("four");
  EXPECT_THAT(lines_, SizeIs(2));
}

TEST_F(LogTest, ServiceStandsInEveryLine) {
  LogOptions options = Options(LogFormat::kJson);
  options.service = "products";
  Log log(options);
  log.Error("broken");
  EXPECT_EQ(OnlyLine()["service"], "products");
}

TEST_F(LogTest, FieldCannotForgeWhatTheLineSaysOfItself) {
  LogOptions options = Options(LogFormat::kJson);
  options.service = "products";
  Log log(options);
  log.Error("broken", {{"level", "debug"},
                       {"time", "never"},
                       {"message", "fine"},
                       {"service", "users"},
                       {"key", 1},
                       {"key", 2}});
  const nlohmann::json line = OnlyLine();
  EXPECT_EQ(line["level"], "error");
  EXPECT_NE(line["time"], "never");
  EXPECT_EQ(line["message"], "broken");
  EXPECT_EQ(line["service"], "products");
  EXPECT_EQ(line["key"], 1);
}

TEST_F(LogTest, HostileTextStaysOneValidLine) {
  for (const LogFormat format : {LogFormat::kJson, LogFormat::kText}) {
    lines_.clear();
    Log log(Options(format));
    log.Info("bad \"text\"\nERROR", {{"key", "\xFF\xFE \r\n \x1B[31m"}, {"formatted", "{} %d"}});
    ASSERT_THAT(lines_, SizeIs(1));
    for (const char c : lines_[0]) EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << lines_[0];
    if (format == LogFormat::kJson) {
      const nlohmann::json line = nlohmann::json::parse(lines_[0]);
      EXPECT_EQ(line["message"], "bad \"text\"\nERROR");
      EXPECT_EQ(line["formatted"], "{} %d");
    }
  }
}

TEST_F(LogTest, TextLineIsForPeople) {
  Log log(Options(LogFormat::kText));
  log.Warning("slow call", {{"method", "Get"}, {"note", "two words"}, {"ms", 12}, {"empty", ""}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(
      lines_[0],
      MatchesRegex("[0-9TZ:.-]+ warning slow call method=Get note=\"two words\" ms=12 empty=\"\""));
}

TEST_F(LogTest, NotANumberIsStillJson) {
  Log log(Options(LogFormat::kJson));
  log.Info("measured", {{"ratio", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_TRUE(OnlyLine()["ratio"].is_null());
}

TEST_F(LogTest, LinesOfManyThreadsDoNotMix) {
  Log log(Options(LogFormat::kJson));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&log, thread] {
      for (int i = 0; i < 100; ++i) log.Info("line", {{"thread", thread}, {"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_THAT(lines_, SizeIs(400));
  for (const std::string& line : lines_) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST(LogNames, GoBothWays) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(ParseLogLevel(LogLevelName(level)), level);
  }
  for (const LogFormat format : {LogFormat::kAuto, LogFormat::kJson, LogFormat::kText}) {
    EXPECT_EQ(ParseLogFormat(LogFormatName(format)), format);
  }
  EXPECT_EQ(ParseLogLevel("warn"), std::nullopt);
  EXPECT_EQ(ParseLogFormat(""), std::nullopt);
}

}  // namespace
}  // namespace seam
