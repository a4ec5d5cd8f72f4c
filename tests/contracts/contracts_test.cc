// What `seam contracts` refuses, and what it takes: for each rule a change of one contract that
// breaks it, and a change of the same place that does not.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam {
namespace {

using nlohmann::json;

constexpr char kBase[] = R"(syntax = "proto3";

package bakery.v1;

import "bakery/v1/oven.proto";
import "seam/events/v1/options.proto";

service Bakery {
  rpc Bake(BakeRequest) returns (BakeResponse) {
    option idempotency_level = IDEMPOTENT;
  }
  rpc Watch(BakeRequest) returns (stream BakeResponse) {}
  rpc Deliver(stream BakeRequest) returns (BakeResponse) {}
}

service Counter {
  rpc Count(BakeRequest) returns (BakeResponse) {}
}

enum Flour {
  FLOUR_UNSPECIFIED = 0;
  FLOUR_RYE = 1;
  FLOUR_SPELT = 2;
  reserved 7, 8 to 9;
  reserved "FLOUR_MAIZE";
}

message BakeRequest {
  string name = 1;
  int32 count = 2;
  optional int64 weight = 3;
  repeated string toppings = 4;
  repeated int32 marks = 5;
  map<string, int32> shares = 6;
  Flour flour = 7;
  oneof baker {
    string person = 8;
    int32 machine = 9;
  }
  Dough dough = 10;
  bytes stamp = 11;
  bool wrapped = 12;
  int64 batch = 14 [jstype = JS_STRING];
  reserved 20, 30 to 40;
  reserved "crust";

  message Dough {
    int32 hours = 1;
  }
  enum Size {
    SIZE_UNSPECIFIED = 0;
  }
}

message BakeResponse {
  string id = 1 [json_name = "loaf"];
}

message Spare {}

message Baked {
  option (seam.events.v1.event) = {topic: "bread.baked" entity: "id"};
  string id = 1;
  string oven_id = 2;
}
)";
constexpr char kOven[] = "syntax = \"proto3\";\npackage bakery.v1;\nmessage Oven {}\n";

using Edit = std::pair<std::string, std::string>;  // What is there, and what comes for it.

struct RuleCase {
  std::string rule;
  std::string category;
  std::vector<Edit> breaking;
  std::string at;  // The text at whose first place after the edits the finding is.
  std::vector<Edit> compatible;
};

void PrintTo(const RuleCase& rule, std::ostream* out) { *out << rule.rule; }

// Two rules may be broken by one edit; then the case is about the one that it names.
const std::vector<RuleCase>& Cases() {
  static const std::vector<RuleCase> cases = {
      {"FILE_SAME_PACKAGE",
       "WIRE",
       {{"package bakery.v1;", "package bakery.v2;"}, {"import \"bakery/v1/oven.proto\";", ""}},
       "package",
       {{"package bakery.v1;", "option java_package = \"b\";\npackage bakery.v1;"}}},
      {"MESSAGE_NO_DELETE",
       "FILE",
       {{"message Spare {}\n", ""}},
       "package",
       {{"message Spare {}", "message Spare {\n  option deprecated = true;\n}"}}},
      {"RESERVED_MESSAGE_NO_DELETE",
       "WIRE",
       {{"30 to 40", "30 to 39"}},
       "message BakeRequest",
       {{"reserved 20, 30 to 40;", "reserved 30 to 35, 20, 36 to 41;"}}},
      {"RESERVED_MESSAGE_NO_DELETE",
       "WIRE",
       {{"reserved \"crust\";", ""}},
       "message BakeRequest",
       {{"reserved \"crust\";", "reserved \"crumb\", \"crust\";"}}},
      {"ONEOF_NO_DELETE",
       "FILE",
       {{"oneof baker", "oneof who"}},
       "message BakeRequest",
       {{"    int32 machine = 9;", "    int32 machine = 9;\n    bytes robot = 50;"}}},
      {"FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
       "WIRE",
       {{"  int32 count = 2;\n", ""}, {"\"crust\"", "\"crust\", \"count\""}},
       "message BakeRequest",
       {{"  int32 count = 2;\n", "  reserved 2;\n  reserved \"count\";\n"}}},
      {"FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
       "WIRE_JSON",
       {{"  int32 count = 2;\n", "  reserved 2;\n"}},
       "message BakeRequest",
       {{"  int32 count = 2;\n", "  reserved 1000, 2;\n  reserved \"count\";\n"}}},
      {"FIELD_SAME_NUMBER",
       "WIRE",
       {{"int32 count = 2;", "int32 count = 13;"}},
       "13",
       {{"int32 count = 2;", "int32 count = 2;\n  int32 second_count = 13;"}}},
      {"FIELD_SAME_NAME",
       "WIRE_JSON",
       {{"int32 count", "int32 number"}},
       "number",
       {{"int32 count = 2;", "int32 count = 2 [deprecated = true];\n  int32 number = 13;"}}},
      {"FIELD_WIRE_COMPATIBLE_TYPE",
       "WIRE",
       {{"int32 count", "string count"}},
       "string count",
       {{"int32 count = 2;", "// In pieces.\n  int32 count = 2;"}}},
      {"FIELD_WIRE_COMPATIBLE_TYPE", "WIRE", {{"int32 count", "sint32 count"}}, "sint32 count", {}},
      {"FIELD_WIRE_COMPATIBLE_TYPE", "WIRE", {{"bytes stamp", "string stamp"}}, "string stamp", {}},
      {"FIELD_WIRE_COMPATIBLE_TYPE", "WIRE", {{"Dough dough", "Spare dough"}}, "Spare dough", {}},
      {"FIELD_WIRE_COMPATIBLE_TYPE", "WIRE", {{"Flour flour", "Size flour"}}, "Size flour", {}},
      {"FIELD_WIRE_COMPATIBLE_TYPE",
       "WIRE",
       {{"map<string, int32>", "map<string, fixed32>"}},
       "map<string, fixed32>",
       {}},
      {"FIELD_WIRE_JSON_COMPATIBLE_TYPE",
       "WIRE_JSON",
       {{"int32 count", "int64 count"}},
       "int64 count",
       {{"int32 count = 2;", "int32 count = 2;\n  int64 long_count = 13;"}}},
      {"FIELD_WIRE_JSON_COMPATIBLE_TYPE",
       "WIRE_JSON",
       {{"Flour flour", "int32 flour"}},
       "int32 flour",
       {}},
      {"FIELD_SAME_TYPE",
       "FILE",
       {{"int32 count", "uint32 count"}},
       "uint32 count",
       {{"int32 count = 2;", "int32 count = 2;\n  uint32 whole_count = 13;"}}},
      {"FIELD_WIRE_COMPATIBLE_CARDINALITY",
       "WIRE",
       {{"int32 count", "repeated int32 count"}},
       "repeated int32 count",
       {{"int32 count = 2;", "int32 count = 2;\n  repeated int32 counts = 13;"}}},
      {"FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
       "WIRE_JSON",
       {{"repeated string toppings", "string toppings"}},
       "string toppings",
       {{"repeated int32 marks = 5", "repeated int32 marks = 5 [packed = false]"}}},
      {"FIELD_SAME_CARDINALITY",
       "FILE",
       {{"optional int64 weight", "int64 weight"}},
       "int64 weight",
       {{"Dough dough", "optional Dough dough"}}},
      {"FIELD_SAME_ONEOF",
       "WIRE",
       {{"    int32 machine = 9;\n  }\n", "  }\n  optional int32 machine = 9;\n"}},
       "optional int32 machine",
       {{"    string person = 8;\n    int32 machine = 9;",
         "    int32 machine = 9;\n    string person = 8;"}}},
      {"FIELD_SAME_ONEOF",
       "WIRE",
       {{"  int32 count = 2;\n", ""},
        {"    int32 machine = 9;", "    int32 machine = 9;\n    int32 count = 2;"}},
       "int32 count",
       {}},
      {"FIELD_SAME_JSON_NAME",
       "WIRE_JSON",
       {{"\"loaf\"", "\"bread\""}},
       "\"bread\"",
       {{"json_name = \"loaf\"", "deprecated = true, json_name = \"loaf\""}}},
      {"FIELD_SAME_JSTYPE",
       "FILE",
       {{"[jstype = JS_STRING]", "[jstype = JS_NUMBER]"}},
       "jstype",
       {{"[jstype = JS_STRING]", "[deprecated = true, jstype = JS_STRING]"}}},
      {"FIELD_SAME_JSTYPE", "FILE", {{" [jstype = JS_STRING]", ""}}, "int64 batch", {}},
      {"ENUM_NO_DELETE",
       "FILE",
       {{"  enum Size {\n    SIZE_UNSPECIFIED = 0;\n  }\n", ""}},
       "package",
       {{"SIZE_UNSPECIFIED = 0;", "SIZE_UNSPECIFIED = 0;\n    SIZE_LARGE = 1;"}}},
      {"RESERVED_ENUM_NO_DELETE",
       "WIRE",
       {{"reserved 7, 8 to 9;", "reserved 7, 9;"}},
       "enum Flour",
       {{"reserved 7, 8 to 9;", "reserved 7 to 10;"}}},
      {"RESERVED_ENUM_NO_DELETE", "WIRE", {{"reserved \"FLOUR_MAIZE\";", ""}}, "enum Flour", {}},
      {"ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
       "WIRE",
       {{"  FLOUR_SPELT = 2;\n", "  reserved \"FLOUR_SPELT\";\n"}},
       "enum Flour",
       {{"  FLOUR_SPELT = 2;\n", "  reserved 2;\n  reserved \"FLOUR_SPELT\";\n"}}},
      {"ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
       "WIRE_JSON",
       {{"  FLOUR_SPELT = 2;\n", "  reserved 2;\n"}},
       "enum Flour",
       {{"FLOUR_SPELT = 2;", "FLOUR_SPELT = 2 [deprecated = true];"}}},
      {"ENUM_VALUE_SAME_NUMBER",
       "WIRE",
       {{"FLOUR_SPELT = 2", "FLOUR_SPELT = 3"}},
       "3;\n  reserved",
       {{"FLOUR_SPELT = 2;", "FLOUR_SPELT = 2;\n  FLOUR_OAT = 3;"}}},
      {"ENUM_VALUE_SAME_NAME",
       "WIRE_JSON",
       {{"FLOUR_SPELT = 2", "FLOUR_EMMER = 2"}},
       "FLOUR_EMMER",
       {{"enum Flour {", "enum Flour {\n  option allow_alias = true;"},
        {"FLOUR_SPELT = 2;", "FLOUR_SPELT = 2;\n  FLOUR_EMMER = 2;"}}},
      {"ENUM_ZERO_SAME_NAME",
       "WIRE",
       {{"FLOUR_UNSPECIFIED", "FLOUR_WHEAT"}},
       "FLOUR_WHEAT",
       {{"FLOUR_RYE = 1;", "FLOUR_RYE = 1;\n  FLOUR_WHEAT = 3;"}}},
      {"SERVICE_NO_DELETE",
       "WIRE",
       {{"service Counter {\n  rpc Count(BakeRequest) returns (BakeResponse) {}\n}\n", ""}},
       "package",
       {{"service Counter {", "service Other {}\nservice Counter {"}}},
      {"RPC_NO_DELETE",
       "WIRE",
       {{"  rpc Count(BakeRequest) returns (BakeResponse) {}\n", ""}},
       "service Counter",
       {{"  rpc Count", "  rpc Recount(Spare) returns (Spare) {}\n  rpc Count"}}},
      {"RPC_SAME_REQUEST_TYPE",
       "WIRE",
       {{"Count(BakeRequest)", "Count(Spare)"}},
       "Spare",
       {{"Count(BakeRequest)", "Count(.bakery.v1.BakeRequest)"}}},
      {"RPC_SAME_RESPONSE_TYPE",
       "WIRE",
       {{"Count(BakeRequest) returns (BakeResponse)", "Count(BakeRequest) returns (Spare)"}},
       "Spare",
       {{"string id = 1 ", "string batch = 2;\n  string id = 1 "}}},
      {"RPC_SAME_CLIENT_STREAMING",
       "WIRE",
       {{"Deliver(stream BakeRequest)", "Deliver(BakeRequest)"}},
       "rpc Deliver",
       {{"  rpc Deliver", "  rpc Unload(stream Spare) returns (Spare) {}\n  rpc Deliver"}}},
      {"RPC_SAME_SERVER_STREAMING",
       "WIRE",
       {{"returns (stream BakeResponse)", "returns (BakeResponse)"}},
       "rpc Watch",
       {{"  rpc Watch", "  rpc See(Spare) returns (stream Spare) {}\n  rpc Watch"}}},
      {"RPC_SAME_IDEMPOTENCY_LEVEL",
       "WIRE",
       {{"    option idempotency_level = IDEMPOTENT;\n", ""}},
       "rpc Bake",
       {{"option idempotency_level = IDEMPOTENT;",
         "option idempotency_level = IDEMPOTENT;\n    option deprecated = true;"}}},
      {"RPC_SAME_IDEMPOTENCY_LEVEL",
       "WIRE",
       {{"= IDEMPOTENT", "= NO_SIDE_EFFECTS"}},
       "rpc Bake",
       {}},
      {"EVENT_NO_DELETE",
       "WIRE",
       {{"  option (seam.events.v1.event) = {topic: \"bread.baked\" entity: \"id\"};\n", ""}},
       "message Baked",
       {{"message Spare {}",
         "message Sold {\n  option (seam.events.v1.event) = {topic: \"bread.sold\" entity: "
         "\"id\"};\n"
         "  string id = 1;\n}\nmessage Spare {}"}}},
      {"EVENT_SAME_TOPIC",
       "WIRE",
       {{"bread.baked", "bread.done"}},
       "option (seam",
       {{" = {topic: \"bread.baked\" entity: \"id\"};",
         ".entity = \"id\";\n  option (seam.events.v1.event).topic = \"bread.baked\";"}}},
      {"EVENT_SAME_ENTITY",
       "WIRE",
       {{"entity: \"id\"", "entity: \"oven_id\""}},
       "option (seam",
       {{"{topic: \"bread.baked\" entity: \"id\"}", "{entity: \"id\" topic: \"bread.baked\"}"}}},
  };
  return cases;
}

std::string Edited(std::string text, const std::vector<Edit>& edits) {
  for (const auto& [before, after] : edits) {
    const std::size_t at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    if (at != std::string::npos) text.replace(at, before.size(), after);
  }
  return text;
}

// "line:column" of the text's first place.
std::string PlaceOf(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return std::to_string(line + 1) + ":" + std::to_string(at - begin + 1);
}

struct Ended {
  int status = -1;
  std::string output;
};

// A folder of protos that were released as they are.
class Contracts : public ::testing::Test {
 protected:
  Contracts() {
    std::filesystem::create_directories(root() / "bakery/v1");
    Write("bakery/v1/bakery.proto", kBase);
    Write("bakery/v1/oven.proto", kOven);
    const Ended written = Run({"--write"});
    EXPECT_EQ(written.status, 0) << written.output;
  }

  [[nodiscard]] std::filesystem::path root() const {
    return std::filesystem::path(folder_.path()) / "protos";
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(root() / name) << text;
  }

  [[nodiscard]] std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(root() / name).rdbuf();
    return text.str();
  }

  [[nodiscard]] Ended Run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {SEAM_PROGRAM, "contracts", root().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    testing::Process process(all);
    const int status = process.Wait().value_or(-1);
    return {status, process.output()};
  }

  // The findings by rule, each as "file:line:column".
  [[nodiscard]] json Findings(const std::vector<std::string>& arguments = {}) const {
    std::vector<std::string> all = {"--json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Ended ended = Run(all);
    const json answer = json::parse(ended.output, nullptr, false);
    EXPECT_FALSE(answer.is_discarded()) << ended.output;
    if (answer.is_discarded()) return json::array();
    json findings = answer.at(0).at("findings");
    EXPECT_EQ(ended.status, findings.empty() ? 0 : 1);
    return findings;
  }

 private:
  testing::TemporaryFolder folder_;
};

class ContractsRule : public Contracts, public ::testing::WithParamInterface<RuleCase> {};

TEST_P(ContractsRule, RefusesWhatBreaksItAtItsPlace) {
  const RuleCase& rule = GetParam();
  const std::string text = Edited(kBase, rule.breaking);
  Write("bakery/v1/bakery.proto", text);
  const std::string place =
      (root() / "bakery/v1/bakery.proto").string() + ":" + PlaceOf(text, rule.at);
  bool found = false;
  const json findings = Findings();
  for (const json& finding : findings) {
    if (finding.at("rule") != rule.rule) continue;
    found = true;
    EXPECT_EQ(finding.at("category"), rule.category);
    EXPECT_EQ(finding.at("file").get<std::string>() + ":" +
                  std::to_string(finding.at("line").get<int>()) + ":" +
                  std::to_string(finding.at("column").get<int>()),
              place);
    for (const char* const part : {"what", "breaks", "do"}) {
      EXPECT_FALSE(finding.at(part).get<std::string>().empty()) << part;
    }
  }
  EXPECT_TRUE(found) << findings.dump(2);
}

TEST_P(ContractsRule, TakesWhatDoesNotBreakIt) {
  const std::string text = Edited(kBase, GetParam().compatible);
  Write("bakery/v1/bakery.proto", text);
  const json findings = Findings();
  EXPECT_TRUE(findings.empty()) << findings.dump(2);
}

INSTANTIATE_TEST_SUITE_P(Every, ContractsRule, ::testing::ValuesIn(Cases()),
                         [](const auto& tested) {
                           return tested.param.rule + "_" + std::to_string(tested.index);
                         });

TEST_F(Contracts, HasACaseForEveryRuleWhoseCategoryIsTrue) {
  std::set<std::string> tried = {"FILE_NO_DELETE", "ELEMENT_SAME_FILE"};  // Below.
  for (const RuleCase& rule : Cases()) {
    tried.insert(rule.rule);
    if (tried.count("compatible " + rule.rule) == 0 && !rule.compatible.empty()) {
      tried.insert("compatible " + rule.rule);
    }
  }
  const json rules = json::parse(Run({"--rules", "--json"}).output);
  EXPECT_FALSE(rules.empty());
  const json of_wire = json::parse(Run({"--rules", "--json", "--category", "WIRE"}).output);
  EXPECT_FALSE(of_wire.empty());
  EXPECT_LT(of_wire.size(), rules.size());
  for (const json& rule : of_wire) EXPECT_EQ(rule.at("category"), "WIRE");
  for (const json& rule : rules) {
    const std::string name = rule.at("rule");
    EXPECT_EQ(tried.count(name), 1U) << name;
    if (name == "FILE_NO_DELETE" || name == "ELEMENT_SAME_FILE") continue;
    EXPECT_EQ(tried.count("compatible " + name), 1U) << name;
  }
}

TEST_F(Contracts, RefusesAFileThatIsGone) {
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"import \"bakery/v1/oven.proto\";", ""}}));
  std::filesystem::remove(root() / "bakery/v1/oven.proto");
  const json findings = Findings();
  ASSERT_EQ(findings.size(), 2U) << findings.dump(2);
  EXPECT_EQ(findings[0].at("rule"), "FILE_NO_DELETE");
  EXPECT_EQ(findings[1].at("rule"), "MESSAGE_NO_DELETE");
  EXPECT_TRUE(Findings({"--category", "WIRE_JSON"}).empty());
}

TEST_F(Contracts, RefusesAMessageThatMovedToAnotherFile) {
  Write("bakery/v1/oven.proto", std::string(kOven) + "message Spare {}\n");
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"message Spare {}\n", ""}}));
  const json findings = Findings();
  ASSERT_EQ(findings.size(), 1U) << findings.dump(2);
  EXPECT_EQ(findings[0].at("rule"), "ELEMENT_SAME_FILE");
  EXPECT_EQ(findings[0].at("line"), 4);
  EXPECT_TRUE(Findings({"--category", "WIRE_JSON"}).empty());
}

TEST_F(Contracts, TakesAFileThatIsNew) {
  Write("bakery/v1/shop.proto",
        "syntax = \"proto3\";\npackage bakery.v1;\nimport \"bakery/v1/bakery.proto\";\n"
        "message Shop { Flour flour = 1; }\n");
  EXPECT_TRUE(Findings().empty());
}

TEST_F(Contracts, TellsCategoriesApart) {
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"int32 count", "uint32 count"}}));
  EXPECT_EQ(Findings().size(), 1U);
  EXPECT_TRUE(Findings({"--category", "WIRE_JSON"}).empty());
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"int32 count", "int64 count"}}));
  EXPECT_EQ(Findings({"--category", "WIRE_JSON"}).size(), 1U);
  EXPECT_TRUE(Findings({"--category", "WIRE"}).empty());
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"int32 count", "string count"}}));
  EXPECT_EQ(Findings({"--category", "WIRE"}).size(), 1U);
}

TEST_F(Contracts, SaysForPeopleWhatWhyAndWhatToDo) {
  const std::string text = Edited(kBase, {{"int32 count", "string count"}});
  Write("bakery/v1/bakery.proto", text);
  const Ended ended = Run({});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(
      ended.output.find("bakery.proto:" + PlaceOf(text, "string count") +
                        ": FIELD_WIRE_COMPATIBLE_TYPE (WIRE): the type of field 'count' of message "
                        "bakery.v1.BakeRequest was int32 and is string\n  breaks: "),
      std::string::npos)
      << ended.output;
  EXPECT_NE(ended.output.find("\n  do: "), std::string::npos) << ended.output;
  EXPECT_NE(ended.output.find(": 1 change is incompatible"), std::string::npos) << ended.output;
}

TEST_F(Contracts, TellsTheNumberAndTheNameToReserve) {
  Write("bakery/v1/bakery.proto",
        Edited(kBase, {{"  int32 count = 2;\n", ""}, {"  FLOUR_SPELT = 2;\n", "  reserved 2;\n"}}));
  const Ended ended = Run({});
  for (const char* const advice :
       {"reserved 2; reserved \"count\";\n", "reserved \"FLOUR_SPELT\";\n"}) {
    EXPECT_NE(ended.output.find(advice), std::string::npos) << ended.output;
  }
  EXPECT_NE(ended.output.find(": 3 changes are incompatible"), std::string::npos) << ended.output;
}

TEST_F(Contracts, ComparesTheFolderThatFollowsAnImport) {
  const testing::TemporaryFolder empty;
  testing::Process process({SEAM_PROGRAM, "contracts", "--import", empty.path(), root().string()});
  EXPECT_EQ(process.Wait(), 0) << process.output();
  EXPECT_NE(process.output().find("compatible"), std::string::npos) << process.output();
}

TEST_F(Contracts, AnAnswerThatCouldNotBePrintedIsNone) {
  testing::Process process({"/bin/sh", "-c", "\"$0\" contracts --rules > /dev/full", SEAM_PROGRAM});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_NE(process.output().find("could not be written"), std::string::npos) << process.output();
}

TEST_F(Contracts, AReleaseGrowsAndIsWhatIsComparedFromThenOn) {
  Write("bakery/v1/bakery.proto",
        Edited(kBase, {{"message Spare {}", "message Spare {\n  int32 a = 1;\n}"}}));
  EXPECT_EQ(Run({"--write"}).status, 0);
  Write("bakery/v1/bakery.proto", kBase);
  EXPECT_EQ(Findings().size(), 2U);  // The number and the name of Spare.a.
}

TEST_F(Contracts, AnIncompatibleChangeIsReleasedOnlyForAReasonThatIsKept) {
  const std::string before = Read("released.txtpb");
  Write("bakery/v1/bakery.proto", Edited(kBase, {{"int32 count", "string count"}}));
  EXPECT_EQ(Run({"--write"}).status, 1);
  EXPECT_EQ(Read("released.txtpb"), before);

  EXPECT_EQ(Run({"--write", "--accept-breaking", "nobody calls it yet"}).status, 0);
  EXPECT_EQ(Run({}).status, 0);
  const std::string reason =
      "# Accepted: FIELD_WIRE_COMPATIBLE_TYPE: the type of field 'count' of message "
      "bakery.v1.BakeRequest was int32 and is string: nobody calls it yet\n";
  EXPECT_NE(Read("released.txtpb").find(reason), std::string::npos) << Read("released.txtpb");
  EXPECT_EQ(Run({"--write"}).status, 0);
  EXPECT_NE(Read("released.txtpb").find(reason), std::string::npos) << "kept by later releases";
}

// What the tests in versions/ run together.
TEST_F(Contracts, TakesTheTwoVersionsOfTheLibrary) {
  const auto become = [this](const std::string& version) {
    std::filesystem::create_directories(root() / "library/v1");
    std::filesystem::copy_file(LIBRARY_PROTOS "/" + version + "/library/v1/library.proto",
                               root() / "library/v1/library.proto",
                               std::filesystem::copy_options::overwrite_existing);
  };
  become("old");
  EXPECT_EQ(Run({"--write"}).status, 0);
  become("new");
  const json findings = Findings();
  EXPECT_TRUE(findings.empty()) << findings.dump(2);
}

TEST_F(Contracts, WhatCannotBeComparedIsNeitherYesNorNo) {
  const auto fails = [this](const std::vector<std::string>& arguments, const std::string& text) {
    const Ended ended = Run(arguments);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_NE(ended.output.find(text), std::string::npos) << ended.output;
  };
  fails({"--category", "JSON"}, "JSON");
  fails({"--colour"}, "--colour");
  fails({"--accept-breaking", "because"}, "--write");
  fails({"--accept-breaking", ""}, "--write");
  fails({"--write", "--accept-breaking", " "}, "takes a reason, in one line");
  fails({"--write", "--accept-breaking", "a\nb"}, "takes a reason, in one line");
  fails({"--import", (root() / "nowhere").string()}, "nowhere");
  fails({(root() / "nowhere").string()}, "nowhere");
  std::filesystem::create_directories(root() / "empty");
  fails({(root() / "empty").string()}, "no .proto");

  Write("bakery/v1/bakery.proto", Edited(kBase, {{"int32 count = 2;", "int count = 2;"}}));
  fails({}, "bakery.proto:30:3: \"int\" is not defined");
  Write("bakery/v1/bakery.proto", kBase);
  Write("bakery/v1/oven.proto", std::string(kOven) + "message Door { Hinge hinge = 1; }\n");
  const std::string twice = Run({}).output;
  const std::size_t first = twice.find("oven.proto:4:16: \"Hinge\" is not defined");
  EXPECT_NE(first, std::string::npos) << twice;
  EXPECT_EQ(twice.find("oven.proto:4:16", first + 1), std::string::npos) << twice;
  Write("bakery/v1/oven.proto", "// None.\npackage bakery.v1;\n");
  fails({}, "oven.proto:1:1: the file is proto2, which is not mapped to C++ yet; write syntax = ");
  Write("bakery/v1/oven.proto", "\n  syntax = \"proto2\";\npackage bakery.v1;\n");
  fails({}, "oven.proto:2:3: the file is proto2");
  Write("bakery/v1/oven.proto", kOven);
  Write("released.txtpb", "file { nome: \"x\" }\n");
  fails({}, "released.txtpb:1:12: ");
  Write("released.txtpb", "file { name: \"bakery/v1/oven.proto\" package: \"bakery.v1\" }\n");
  fails({}, "oven.proto is proto2");
  for (const char* const nothing : {"", "# proto-message: google.protobuf.FileDescriptorSet\n"}) {
    Write("released.txtpb", nothing);
    fails({}, "nothing to compare with");
    fails({"--write"}, "nothing to compare with");
  }
  std::filesystem::remove(root() / "released.txtpb");
  std::filesystem::create_directory(root() / "released.txtpb");
  fails({}, "is no file");
  std::filesystem::remove(root() / "released.txtpb");
  fails({}, "seam contracts --write");
}

TEST(SeamTool, NamesTheVerbThatItDoesNotHave) {
  for (const std::string unknown : {"frob", "--frob"}) {
    testing::Process process({SEAM_PROGRAM, unknown});
    EXPECT_EQ(process.Wait(), 2);
    EXPECT_NE(process.output().find("there is no verb '" + unknown + "'"), std::string::npos)
        << process.output();
  }
}

}  // namespace
}  // namespace seam
