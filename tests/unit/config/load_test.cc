#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sample_table.h"
#include "seam/config/config.h"
#include "seam/testing/temporary_folder.h"

namespace seam::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LoadTest : public ::testing::Test {
 protected:
  LoadResult LoadWith(const std::vector<std::string>& flags, const Environment& environment = {}) {
    std::vector<const char*> argv = {"sample"};
    for (const std::string& flag : flags) argv.push_back(flag.c_str());
    return Load(table_, static_cast<int>(argv.size()), argv.data(), environment);
  }

  // Loads with this text as the configuration file.
  LoadResult LoadFile(const std::string& text) {
    return LoadWith({"--config", Write("sample.json", text)});
  }

  // The messages for a file, with its folder taken away: "sample: sample.json:1:2: …\n".
  std::string RefusalOfFile(const std::string& text) {
    std::string error = Refusal(LoadFile(text));
    const std::string folder = folder_.path() + "/";
    for (auto at = error.find(folder); at != std::string::npos; at = error.find(folder)) {
      error.erase(at, folder.size());
    }
    return error;
  }

  static std::string Refusal(const LoadResult& result) {
    const Exit* exit = std::get_if<Exit>(&result);
    if (exit == nullptr) return "(accepted)";
    EXPECT_EQ(exit->code, 2);
    EXPECT_EQ(exit->output, "");
    return exit->error;
  }

  static std::string Output(const LoadResult& result) {
    const Exit* exit = std::get_if<Exit>(&result);
    if (exit == nullptr) return "(the program would run)";
    EXPECT_EQ(exit->code, 0) << exit->error;
    EXPECT_EQ(exit->error, "");
    return exit->output;
  }

  static Configuration Accepted(const LoadResult& result) {
    if (const Exit* exit = std::get_if<Exit>(&result)) {
      ADD_FAILURE() << exit->error;
      std::abort();
    }
    return std::get<Configuration>(result);
  }

  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  const OptionTable table_ = SampleTable();
  testing::TemporaryFolder folder_;
};

// The four layers.

TEST_F(LoadTest, DefaultsApplyWhereNothingIsSet) {
  const Configuration configuration = Accepted(LoadWith({}));
  EXPECT_EQ(configuration.GetText("http.address"), "127.0.0.1");
  EXPECT_EQ(configuration.GetInteger("http.port"), 8080);
  EXPECT_EQ(configuration.GetText("modules.products.binding"), "in-process");
  EXPECT_FALSE(configuration.GetBoolean("sample_data"));
  EXPECT_EQ(configuration.GetSecret("token"), "");
  EXPECT_EQ(configuration.GetSource("http.port"), "default");
}

TEST_F(LoadTest, EachLayerIsOverTheOneBefore) {
  const std::string file = Write("sample.json", "{\"http\": {\"port\": 1001}}");
  const Environment environment = {{"SAMPLE_HTTP_PORT", "1002"}};

  const Configuration by_file = Accepted(LoadWith({"--config", file}));
  EXPECT_EQ(by_file.GetInteger("http.port"), 1001);
  EXPECT_EQ(by_file.GetSource("http.port"), file + ":1:19");

  const Configuration by_environment = Accepted(LoadWith({"--config", file}, environment));
  EXPECT_EQ(by_environment.GetInteger("http.port"), 1002);
  EXPECT_EQ(by_environment.GetSource("http.port"), "environment SAMPLE_HTTP_PORT");

  const Configuration by_flag =
      Accepted(LoadWith({"--config", file, "--http.port", "1003"}, environment));
  EXPECT_EQ(by_flag.GetInteger("http.port"), 1003);
  EXPECT_EQ(by_flag.GetSource("http.port"), "flag --http.port");
}

TEST_F(LoadTest, FlagsTakeTheirValueEitherWayAndHaveAliases) {
  EXPECT_EQ(Accepted(LoadWith({"--http.port=1"})).GetInteger("http.port"), 1);
  EXPECT_EQ(Accepted(LoadWith({"--port", "2"})).GetInteger("http.port"), 2);
  EXPECT_TRUE(Accepted(LoadWith({"--sample_data"})).GetBoolean("sample_data"));
  EXPECT_TRUE(Accepted(LoadWith({"--sample_data", "--port=2"})).GetBoolean("sample_data"));
  EXPECT_FALSE(Accepted(LoadWith({"--sample_data=false"})).GetBoolean("sample_data"));
  EXPECT_FALSE(Accepted(LoadWith({"--sample_data", "false"})).GetBoolean("sample_data"));
}

TEST_F(LoadTest, TheFileSetsEveryType) {
  Write("token", "s3cret\n");
  const Configuration configuration = Accepted(LoadFile(R"({
    "$schema": "sample.schema.json",
    "http": {"address": "::1", "port": 65535},
    "modules": {"products": {"binding": "grpc", "target": "dns:///ü:1", "deadline_ms": 5}},
    "sample_data": true,
    "token": ")" + folder_.path() + "/token\"}"));
  EXPECT_EQ(configuration.GetText("http.address"), "::1");
  EXPECT_EQ(configuration.GetInteger("http.port"), 65535);
  EXPECT_EQ(configuration.GetText("modules.products.binding"), "grpc");
  EXPECT_EQ(configuration.GetText("modules.products.target"), "dns:///ü:1");
  EXPECT_EQ(configuration.GetInteger("modules.products.deadline_ms"), 5);
  EXPECT_TRUE(configuration.GetBoolean("sample_data"));
  EXPECT_EQ(configuration.GetSecret("token"), "s3cret");
}

TEST_F(LoadTest, AnEmptyObjectIsAFile) { static_cast<void>(Accepted(LoadFile(" {}\n"))); }

// Files that are refused. The position is where the wrong thing begins.

TEST_F(LoadTest, RefusesUnknownKeysWithTheNearestName) {
  EXPECT_EQ(RefusalOfFile("{\n  \"htpp\": {\"port\": 1}\n}"),
            "sample: sample.json:2:3: unknown key \"htpp\"; did you mean \"http\"?\n");
  EXPECT_EQ(RefusalOfFile("{\"modules\": {\"products\":\n    {\"bindnig\": \"grpc\"}}}"),
            "sample: sample.json:2:6: unknown key \"modules.products.bindnig\"; did you mean "
            "\"modules.products.binding\"?\n");
  EXPECT_EQ(RefusalOfFile("{\"colour\": [1, {\"a\": [[]]}, \"x\"], \"http\": {\"port\": 7}}"),
            "sample: sample.json:1:2: unknown key \"colour\"\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"$schema\": \"x\"}}"),
            "sample: sample.json:1:11: unknown key \"http.$schema\"\n");
}

TEST_F(LoadTest, RefusesDotsInKeys) {
  EXPECT_EQ(RefusalOfFile("{\"http.port\": 1}"),
            "sample: sample.json:1:2: unknown key \"http.port\"; write a nested object instead of "
            "a dot\n");
}

TEST_F(LoadTest, RefusesWrongTypes) {
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": \"80\"}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got the "
            "text \"80\"\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 80.0}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got 80.0\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": true}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got true\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": null}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got null\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\":\n\t{\"a\": 1}, \"address\": 5}}"),
            "sample: sample.json:2:2: http.port: expected an integer from 1 to 65535, got an "
            "object\n"
            "sample: sample.json:2:23: http.address: expected text, got 5\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": [1, [2]]}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got an "
            "array\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": 8080}"),
            "sample: sample.json:1:10: http: expected an object, got a number\n");
  EXPECT_EQ(
      RefusalOfFile("{\"sample_data\": \"yes\"}"),
      "sample: sample.json:1:17: sample_data: expected true or false, got the text \"yes\"\n");
  EXPECT_EQ(RefusalOfFile("[]"), "sample: sample.json:1:1: expected an object, got an array\n");
  EXPECT_EQ(RefusalOfFile("  7 "), "sample: sample.json:1:3: expected an object, got a number\n");
}

TEST_F(LoadTest, RefusesValuesOutOfRange) {
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 0}}"),
            "sample: sample.json:1:19: http.port: expected an integer from 1 to 65535, got 0\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\":65536}}"),
            "sample: sample.json:1:18: http.port: expected an integer from 1 to 65535, got "
            "65536\n");
  EXPECT_EQ(RefusalOfFile("{\"modules\":{\"products\":{\"deadline_ms\": 9223372036854775808}}}"),
            "sample: sample.json:1:40: modules.products.deadline_ms: expected an integer of at "
            "least 1 (milliseconds), got 9223372036854775808\n");
  EXPECT_EQ(RefusalOfFile("{\"modules\":{\"products\":{\"binding\": \"grcp\"}}}"),
            "sample: sample.json:1:36: modules.products.binding: expected one of \"in-process\", "
            "\"grpc\", got \"grcp\"; did you mean \"grpc\"?\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"address\": \"a\\u0000b\"}}"),
            "sample: sample.json:1:22: http.address: expected text without control characters\n");
}

TEST_F(LoadTest, RefusesDuplicateKeys) {
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 1,\n          \"port\": 2}}"),
            "sample: sample.json:2:11: duplicate key \"http.port\"\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 1}, \"http\": {\"port\": 2}}"),
            "sample: sample.json:1:23: duplicate key \"http\"\n");
}

TEST_F(LoadTest, RefusesWhatIsNotJson) {
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 1,}}"),
            "sample: sample.json:1:21: syntax error while parsing object key - unexpected '}'; "
            "expected string literal\n");
  EXPECT_EQ(RefusalOfFile("{\n  // no comments\n}"),
            "sample: sample.json:2:3: syntax error while parsing object key - invalid literal; "
            "expected string literal\n");
  EXPECT_THAT(RefusalOfFile(""), HasSubstr("sample: sample.json:1:1: syntax error"));
  EXPECT_THAT(RefusalOfFile("{\"http\": "), HasSubstr("sample: sample.json:1:10: syntax error"));
  EXPECT_THAT(RefusalOfFile("{} {}"), HasSubstr("sample: sample.json:1:4: syntax error"));
  EXPECT_EQ(
      RefusalOfFile("{\"http\": {\"address\": \"\xff\"}}"),
      "sample: sample.json:1:23: syntax error while parsing value - invalid string: ill-formed "
      "UTF-8 byte\n");
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"port\": 1e400}}"),
            "sample: sample.json:1:19: number overflow parsing '1e400'\n");
}

TEST_F(LoadTest, CountsCharactersNotBytes) {
  EXPECT_EQ(RefusalOfFile("{\"http\": {\"address\": \"üü\", \"port\": 0}}"),
            "sample: sample.json:1:36: http.port: expected an integer from 1 to 65535, got 0\n");
}

TEST_F(LoadTest, RefusesAFileThatCannotBeRead) {
  EXPECT_EQ(Refusal(LoadWith({"--config", "/no/such/file.json"})),
            "sample: /no/such/file.json: cannot read the file: No such file or directory\n");
  EXPECT_EQ(Refusal(LoadWith({"--config", folder_.path()})),
            "sample: " + folder_.path() + ": cannot read the file: Is a directory\n");
}

TEST_F(LoadTest, RefusesAFileThatIsTooLarge) {
  EXPECT_EQ(RefusalOfFile("{}" + std::string(std::size_t{1024} * 1024, ' ')),
            "sample: sample.json: the file is larger than 1048576 bytes\n");
}

TEST_F(LoadTest, SurvivesDeepNesting) {
  EXPECT_THAT(RefusalOfFile("{\"a\":" + std::string(500'000, '[')), HasSubstr("unknown key \"a\""));
}

// The environment.

TEST_F(LoadTest, RefusesWrongVariables) {
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_HTTP_PORT", "80x"}})),
            "sample: environment SAMPLE_HTTP_PORT: expected an integer from 1 to 65535, got "
            "\"80x\"\n");
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_HTTP_PORT", ""}})),
            "sample: environment SAMPLE_HTTP_PORT: expected an integer from 1 to 65535, got "
            "\"\"\n");
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_SAMPLE_DATA", "TRUE"}})),
            "sample: environment SAMPLE_SAMPLE_DATA: expected true or false, got \"TRUE\"\n");
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_HTTP_ADDRESS", "\xff"}})),
            "sample: environment SAMPLE_HTTP_ADDRESS: expected UTF-8 text, got other bytes\n");
}

// Just above what a signed number holds, where it would become a small negative one.
TEST_F(LoadTest, RefusesNumbersThatOnlyAnUnsignedOneHolds) {
  const OptionTable table(
      {.name = "sample", .version = "1", .summary = "A sample.", .environment_prefix = "SAMPLE"},
      {{.path = "offset",
        .type = Integer{.value = 0, .minimum = -10, .maximum = 10},
        .description = "May be negative."}});
  const std::string file = Write("sample.json", R"({"offset": 18446744073709551615})");
  const std::array<const char*, 3> argv = {"sample", "--config", file.c_str()};
  EXPECT_THAT(Refusal(Load(table, static_cast<int>(argv.size()), argv.data(), {})),
              HasSubstr("expected an integer from -10 to 10"));
}

TEST_F(LoadTest, IgnoresTheVariablesThatKubernetesMakesOfAService) {
  static_cast<void>(Accepted(LoadWith({}, {{"SAMPLE_SERVICE_HOST", "10.0.0.1"},
                                           {"SAMPLE_SERVICE_PORT", "80"},
                                           {"SAMPLE_SERVICE_PORT_HTTP", "80"},
                                           {"SAMPLE_PORT", "tcp://10.0.0.1:80"},
                                           {"SAMPLE_PORT_80_TCP", "tcp://10.0.0.1:80"},
                                           {"SAMPLE_PORT_80_TCP_ADDR", "10.0.0.1"}})));
  // What a person may have meant as an option is still refused.
  for (const char* name : {"SAMPLE_PORT", "SAMPLE_PORT_NUMBER", "SAMPLE_SERVICE"}) {
    EXPECT_THAT(Refusal(LoadWith({}, {{name, "80"}})), HasSubstr("no option has this variable"));
  }
}

TEST_F(LoadTest, RefusesUnknownVariablesOfThePrefix) {
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_HTTP_PROT", "80"}})),
            "sample: environment SAMPLE_HTTP_PROT: no option has this variable; did you mean "
            "\"SAMPLE_HTTP_PORT\"?\n");
  static_cast<void>(Accepted(LoadWith({}, {{"SAMPLER", "80"}, {"PATH", "/bin"}})));
}

// The command line.

TEST_F(LoadTest, RefusesWrongFlags) {
  EXPECT_EQ(Refusal(LoadWith({"--http.prot", "80"})),
            "sample: unknown flag --http.prot; did you mean \"--http.port\"?\n");
  EXPECT_EQ(Refusal(LoadWith({"--prot=80"})),
            "sample: unknown flag --prot; did you mean \"--port\"?\n");
  EXPECT_EQ(Refusal(LoadWith({"-x"})), "sample: unknown flag -x\n");
  EXPECT_EQ(Refusal(LoadWith({"serve"})), "sample: unexpected argument \"serve\"\n");
  EXPECT_EQ(Refusal(LoadWith({"--port", "-1"})),
            "sample: flag --http.port: expected an integer from 1 to 65535, got \"-1\"\n");
  EXPECT_EQ(Refusal(LoadWith({"--port", "1", "--http.port", "1"})),
            "sample: flag --http.port: given twice\n");
  EXPECT_EQ(Refusal(LoadWith({"--config", "a", "--config", "b"})),
            "sample: flag --config: given twice\n");
  EXPECT_EQ(Refusal(LoadWith({"--json"})), "sample: flag --json: works only with --print-config\n");
  EXPECT_EQ(Refusal(LoadWith({"--port"})), "sample: --port: 1 required INTEGER missing\n");
}

// An empty variable in a script must not make the next flag a value.
TEST_F(LoadTest, RefusesAnEqualsSignWithNothingBehindIt) {
  EXPECT_EQ(Refusal(LoadWith({"--http.address=", "--port", "81"})),
            "sample: flag --http.address: nothing stands after the \"=\"; for an empty value write "
            "--http.address \"\"\n");
  EXPECT_EQ(Refusal(LoadWith({"--sample_data="})),
            "sample: flag --sample_data: nothing stands after the \"=\"; for an empty value write "
            "--sample_data \"\"\n");
  EXPECT_EQ(Accepted(LoadWith({"--http.address", "", "--port", "81"})).GetText("http.address"), "");
}

TEST_F(LoadTest, ReportsTheProblemsOfAllLayersTogether) {
  const std::string file =
      Write("sample.json", "{\"http\": {\"port\": 0},\n \"sampledata\": true}");
  EXPECT_EQ(Refusal(LoadWith({"--config", file, "--prot=1", "--sample_data=maybe"},
                             {{"SAMPLE_NO", "1"}})),
            "sample: unknown flag --prot; did you mean \"--port\"?\n"
            "sample: " +
                file +
                ":1:19: http.port: expected an integer from 1 to 65535, got 0\n"
                "sample: " +
                file +
                ":2:2: unknown key \"sampledata\"; did you mean \"sample_data\"?\n"
                "sample: environment SAMPLE_NO: no option has this variable\n"
                "sample: flag --sample_data: expected true or false, got \"maybe\"\n");
}

// Rules.

TEST_F(LoadTest, RefusesCombinationsThatBreakARule) {
  EXPECT_EQ(Refusal(LoadWith({"--modules.products.binding=grpc"})),
            "sample: flag --modules.products.binding: grpc needs modules.products.target\n");
  EXPECT_EQ(Refusal(LoadWith({}, {{"SAMPLE_MODULES_PRODUCTS_BINDING", "grpc"}})),
            "sample: environment SAMPLE_MODULES_PRODUCTS_BINDING: grpc needs "
            "modules.products.target\n");
  EXPECT_EQ(RefusalOfFile("{\"modules\": {\"products\": {\"binding\": \"grpc\"}}}"),
            "sample: sample.json:1:38: modules.products.binding: grpc needs "
            "modules.products.target\n");
  static_cast<void>(Accepted(
      LoadWith({"--modules.products.binding=grpc"}, {{"SAMPLE_MODULES_PRODUCTS_TARGET", "t"}})));
}

// Secrets.

TEST_F(LoadTest, ASecretIsReadFromItsFileAndNeverPrinted) {
  const std::string file = Write("the-token-file", "s3cret\r\n", 0400);
  EXPECT_EQ(Accepted(LoadWith({"--token", file})).GetSecret("token"), "s3cret");

  for (const std::string format : {"", "--json"}) {
    std::vector<std::string> flags = {"--print-config", "--token", file};
    if (!format.empty()) flags.push_back(format);
    const std::string printed = Output(LoadWith(flags));
    EXPECT_THAT(printed, Not(HasSubstr("s3cret")));
    EXPECT_THAT(printed, Not(HasSubstr("the-token-file")));
  }
}

TEST_F(LoadTest, RefusesBadSecretFilesWithoutNamingThem) {
  const auto refusal = [this](const std::string& file) {
    std::string error = Refusal(LoadWith({}, {{"SAMPLE_TOKEN", file}}));
    EXPECT_THAT(error, Not(HasSubstr(file)));
    EXPECT_THAT(error, Not(HasSubstr("s3cret")));
    return error;
  };
  const std::string where = "sample: environment SAMPLE_TOKEN: ";
  EXPECT_EQ(refusal(Write("group", "s3cret", 0640)),
            where + "the secret's file can be read by others than its owner; chmod it to 0600\n");
  EXPECT_EQ(refusal(Write("others", "s3cret", 0604)),
            where + "the secret's file can be read by others than its owner; chmod it to 0600\n");
  EXPECT_EQ(refusal(Write("empty", "\n")), where + "the secret's file is empty\n");
  EXPECT_EQ(refusal(Write("large", std::string(4097, 'x'))),
            where + "the secret's file is larger than 4096 bytes\n");
  EXPECT_EQ(refusal("s3cret-itself"),
            where + "cannot open the secret's file: No such file or directory\n");
  EXPECT_EQ(refusal(folder_.path()), where + "expected a regular file that holds the secret\n");
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(refusal(pipe), where + "expected a regular file that holds the secret\n");
}

TEST_F(LoadTest, ASecretOfAWrongTypeIsNotPrinted) {
  EXPECT_EQ(RefusalOfFile("{\"token\": 123456}"),
            "sample: sample.json:1:11: token: expected the name of a file, as text, got a "
            "number\n");
}

// The program's own flags.

TEST_F(LoadTest, PrintConfigShowsValuesAndWhereTheyCameFrom) {
  const std::string file = Write("sample.json", "{\"http\": {\"address\": \"::1\"}}");
  Write("token", "s3cret");
  const std::vector<std::string> flags = {"--config", file, "--print-config", "--port=81"};
  const Environment environment = {{"SAMPLE_SAMPLE_DATA", "true"},
                                   {"SAMPLE_TOKEN", folder_ / "token"}};
  EXPECT_EQ(Output(LoadWith(flags, environment)),
            "http.address = \"::1\"  # " + file +
                ":1:22\n"
                "http.port = 81  # flag --http.port\n"
                "modules.products.binding = \"in-process\"  # default\n"
                "modules.products.target = \"\"  # default\n"
                "modules.products.deadline_ms = 1000  # default\n"
                "sample_data = true  # environment SAMPLE_SAMPLE_DATA\n"
                "token = (set)  # environment SAMPLE_TOKEN\n");
  EXPECT_THAT(Output(LoadWith({"--print-config"})), HasSubstr("token = (not set)  # default\n"));

  const auto json = nlohmann::json::parse(
      Output(LoadWith({"--config", file, "--print-config", "--json", "--port=81"}, environment)));
  EXPECT_EQ(json.size(), 7U);
  EXPECT_EQ(json["http.port"], nlohmann::json({{"value", 81}, {"source", "flag --http.port"}}));
  EXPECT_EQ(json["token"], nlohmann::json({{"set", true}, {"source", "environment SAMPLE_TOKEN"}}));
}

TEST_F(LoadTest, CheckConfigEndsWithoutRunning) {
  EXPECT_EQ(Output(LoadWith({"--check-config"})), "the configuration is right\n");
  EXPECT_EQ(Refusal(LoadWith({"--check-config", "--port=0"})),
            "sample: flag --http.port: expected an integer from 1 to 65535, got \"0\"\n");
  EXPECT_EQ(Refusal(LoadWith({"--print-config", "--port=0"})),
            "sample: flag --http.port: expected an integer from 1 to 65535, got \"0\"\n");
}

TEST_F(LoadTest, HelpNamesEveryOption) {
  const std::string help = Output(LoadWith({"--help"}));
  for (const Option& option : table_.options()) EXPECT_THAT(help, HasSubstr("--" + option.path));
  EXPECT_THAT(help, HasSubstr("--port,--http.port INTEGER"));
  EXPECT_THAT(help, HasSubstr("SAMPLE_HTTP_ADDRESS"));
}

TEST_F(LoadTest, VersionAndSchema) {
  EXPECT_EQ(Output(LoadWith({"--version"})), "sample 1.2.3\n");
  EXPECT_EQ(Output(LoadWith({"--print-config-schema"})), table_.Schema());
}

TEST(ProcessEnvironmentTest, HoldsTheVariablesOfThisProcess) {
  ASSERT_EQ(::setenv("SEAM_CONFIG_TEST", "a=b", 1), 0);
  EXPECT_EQ(ProcessEnvironment().at("SEAM_CONFIG_TEST"), "a=b");
}

TEST(ConfigurationDeathTest, ReadingAnOptionThatIsNotThereAborts) {
  const Configuration configuration({{"a", {std::int64_t{1}, "default"}}});
  EXPECT_DEATH(static_cast<void>(configuration.GetInteger("b")), "there is no option b");
  EXPECT_DEATH(static_cast<void>(configuration.GetText("a")), "option a was read as another type");
}

}  // namespace
}  // namespace seam::config
