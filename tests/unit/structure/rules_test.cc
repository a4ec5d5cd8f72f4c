#include "tool/structure/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "seam/testing/temporary_folder.h"
#include "tool/structure/judge.h"
#include "tool/structure/module_edges.h"

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAreArray;

TEST(Pattern, StarsStopAtFoldersUnlessTheyAreTwo) {
  EXPECT_TRUE(Matches("stock/", "stock/a.h"));
  EXPECT_TRUE(Matches("stock/", "stock/deep/a.h"));
  EXPECT_FALSE(Matches("stock/", "stocks/a.h"));
  EXPECT_FALSE(Matches("stock/", "old/stock/a.h"));
  EXPECT_TRUE(Matches("*/stock/", "old/stock/a.h"));
  EXPECT_TRUE(Matches("stock/*.h", "stock/a.h"));
  EXPECT_FALSE(Matches("stock/*.h", "stock/deep/a.h"));
  EXPECT_FALSE(Matches("stock/*.h", "stock/a.hpp"));
  EXPECT_TRUE(Matches("stock/**.h", "stock/deep/a.h"));
  EXPECT_TRUE(Matches("**", "any/thing"));
  EXPECT_TRUE(Matches("**/a.h", "deep/down/a.h"));
  EXPECT_TRUE(Matches("**/a.h", "a.h"));
  EXPECT_FALSE(Matches("**/a.h", "ba.h"));
  EXPECT_TRUE(Matches("x/**/a.h", "x/a.h"));
  EXPECT_TRUE(Matches("x/**/a*c/*.h", "x/1/abbc/2/abc/z.h"));
  EXPECT_TRUE(Matches("**/test_*", "a/test_b"));
  EXPECT_FALSE(Matches("**/test_*", "a/test_b/c"));
  EXPECT_TRUE(Matches("stock_*", "stock_item"));
  EXPECT_FALSE(Matches("stock_*", "stockitem"));
  EXPECT_TRUE(Matches("a?c", "abc"));
  EXPECT_FALSE(Matches("a?c", "a/c"));
  EXPECT_FALSE(Matches("", "a"));
  EXPECT_TRUE(Matches("", ""));
  EXPECT_FALSE(Matches("a", ""));
}

TEST(Pattern, TakesNoLongerThanItsLengthsSay) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(Matches(pattern, std::string(4000, 'a') + "b"));
  pattern.clear();
  for (int i = 0; i < 50; ++i) pattern += "**a";
  EXPECT_FALSE(Matches(pattern, std::string(4000, 'a') + "b"));
}

class RulesFile : public ::testing::Test {
 protected:
  Result<Rules> Read(const std::string& text) {
    const std::string path = Path();
    std::ofstream(path, std::ios::binary) << text;
    return ReadRules(path);
  }
  // The complaints, with the folder left out.
  std::string Complaint(const std::string& text) {
    const auto rules = Read(text);
    if (rules) return "it was read";
    EXPECT_EQ(rules.error().code, Code::kInvalidArgument);
    std::string message = rules.error().message;
    const std::string folder = folder_.path() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }
  std::string Path() { return folder_.path() + "/seam-rules.json"; }

 private:
  const seam::testing::TemporaryFolder folder_;
};

TEST_F(RulesFile, SaysWhoMayUseWhom) {
  const auto rules = Read(R"(// Ours.
{
  "modules": {
    "stock": {"paths": ["stock/"], "public": ["stock/stock.h"], "may_use": ["common"],
              /* The old ones. */
              "tables": ["Stock_*"], "may_use_tables_of": ["common"], "owner": "warehouse",
              "because": "it moves first"},
    "common": {"paths": ["common/", "*.h"]}
  },
  "never": [{"name": "no-grpc", "from": ["**"], "except": ["rpc/"], "to": ["grpc*/**"],
             "directly": true, "because": "one place knows it"}],
  "ignore": ["third_party/"],
  "cycles": "allowed",
  "unassigned": "allowed"
})");
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_EQ(rules->modules.size(), 2U);
  const Module& stock = rules->modules[0];
  EXPECT_EQ(stock.name, "stock");
  EXPECT_EQ(stock.line, 4);
  EXPECT_THAT(stock.paths, ElementsAre("stock/"));
  EXPECT_THAT(stock.public_paths, Optional(ElementsAre("stock/stock.h")));
  EXPECT_THAT(stock.may_use, Optional(ElementsAre("common")));
  EXPECT_THAT(stock.tables, ElementsAre("stock_*"));
  EXPECT_THAT(stock.may_use_tables_of, ElementsAre("common"));
  EXPECT_EQ(stock.owner, "warehouse");
  EXPECT_EQ(stock.because, "it moves first");
  EXPECT_EQ(rules->modules[1].may_use, std::nullopt);
  EXPECT_EQ(rules->modules[1].public_paths, std::nullopt);
  ASSERT_EQ(rules->never.size(), 1U);
  EXPECT_EQ(rules->never[0].name, "no-grpc");
  EXPECT_EQ(rules->never[0].line, 10);
  EXPECT_THAT(rules->never[0].except, ElementsAre("rpc/"));
  EXPECT_TRUE(rules->never[0].directly);
  EXPECT_THAT(rules->ignore, ElementsAre("third_party/"));
  EXPECT_TRUE(rules->cycles);
  EXPECT_TRUE(rules->unassigned);
  EXPECT_EQ(ModuleOf(*rules, "stock/a.cc")->name, "stock");
  EXPECT_EQ(ModuleOf(*rules, "a.h")->name, "common");
  EXPECT_EQ(ModuleOf(*rules, "a.cc"), nullptr);
}

TEST_F(RulesFile, RefusesCirclesAndHomelessSourcesUnlessToldOtherwise) {
  const auto rules = Read("{}");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_FALSE(rules->cycles);
  EXPECT_FALSE(rules->unassigned);
}

TEST_F(RulesFile, SaysWhereEachMistakeIs) {
  EXPECT_EQ(Complaint("{\n \"modules\": }"),
            "seam-rules.json:2:14: syntax error while parsing value - unexpected '}'; expected "
            "'[', '{', or a literal");
  EXPECT_EQ(Complaint(""),
            "seam-rules.json:1:1: syntax error while parsing value - unexpected end of input; "
            "expected '[', '{', or a literal");
  EXPECT_EQ(Complaint("[]"), "seam-rules.json:1:1: expected an object, got an array");
  EXPECT_EQ(Complaint("{\"moduls\": {}}"),
            "seam-rules.json:1:2: unknown key \"moduls\"; did you mean \"modules\"?");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {\"paths\": [\"a/\"], // It.\n \"may_us\": []}}}"),
            "seam-rules.json:2:2: unknown key \"modules.a.may_us\"; did you mean \"may_use\"?");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {}}}"),
            "seam-rules.json:1:14: modules.a: needs \"paths\", the patterns of its files, as in "
            "[\"a/\"]");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {\"paths\": \"a/\"}}}"),
            "seam-rules.json:1:29: modules.a.paths: expected an array of strings, got a string");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {\"paths\": [7, \"\", \"/a\", \"./a\", \"../a\", "
                      "\"a\\\\b\"]}}}"),
            "seam-rules.json:1:30: modules.a.paths: expected a string, got a number\n"
            "seam-rules.json:1:33: modules.a.paths: is empty; take it out, or name something\n"
            "seam-rules.json:1:37: modules.a.paths: \"/a\" cannot match: paths are relative to "
            "the root and begin with a name, as in \"stock/\"\n"
            "seam-rules.json:1:43: modules.a.paths: \"./a\" cannot match: paths are relative to "
            "the root and begin with a name, as in \"stock/\"\n"
            "seam-rules.json:1:50: modules.a.paths: \"../a\" cannot match: paths are relative to "
            "the root and begin with a name, as in \"stock/\"\n"
            "seam-rules.json:1:58: modules.a.paths: \"a\\\\b\" cannot match: folders are parted "
            "by '/'");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {\"paths\": []}, \"a\": {\"paths\": []}}}"),
            "seam-rules.json:1:34: duplicate key \"modules.a\"");
  EXPECT_EQ(Complaint("{\"modules\": {\"a b\": {\"paths\": []}}}"),
            "seam-rules.json:1:14: the module \"a b\": a name has no blanks and neither '*' nor "
            "'?'");
  EXPECT_EQ(Complaint("{\"modules\": {\"stock\": {\"paths\": [], \"may_use\": [\"stok\"]},"
                      "\n\"b\": {\"paths\": [], \"may_use_tables_of\": [\"c*\"]}}}"),
            "seam-rules.json:1:49: modules.stock.may_use: no module is called \"stok\"; did you "
            "mean \"stock\"?\n"
            "seam-rules.json:2:42: modules.b.may_use_tables_of: no module is called \"c*\"");
  EXPECT_EQ(Complaint("{\"modules\": {\"a\": {\"paths\": [], \"owner\": \"b\\nc\"}}}"),
            "seam-rules.json:1:42: modules.a.owner: expected one line");
  EXPECT_EQ(Complaint("{\"cycles\": \"forbidden\", \"unassigned\": true}"),
            "seam-rules.json:1:12: cycles: expected \"refused\" or \"allowed\", got "
            "\"forbidden\"\n"
            "seam-rules.json:1:39: unassigned: expected \"refused\" or \"allowed\", got a "
            "boolean");
  EXPECT_EQ(Complaint("{\"never\": [{\"name\": \"x\", \"from\": [\"**\"], \"to\": [\"a\"]},\n"
                      "{\"name\": \"x\", \"from\": [\"**\"]}, 3]}"),
            "seam-rules.json:2:1: never[1]: needs \"to\"; a rule has a name, files that it is "
            "about (from), and what they must never reach (to)\n"
            "seam-rules.json:2:10: never[1].name: \"x\" is the name of another rule; the baseline "
            "needs one of its own\n"
            "seam-rules.json:2:32: never[2]: expected an object, got a number");
  EXPECT_EQ(Complaint("{\"ignore\": " + std::string(100000, '[')),
            "seam-rules.json:1:28: nested deeper than anything that rules have");
}

TEST_F(RulesFile, SaysHowToGetOneWhenThereIsNone) {
  const auto rules = ReadRules(Path());
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, Code::kNotFound);
  EXPECT_THAT(rules.error().message, HasSubstr("seam check --init"));
}

// Editors complete from the schema, so it has the keys that the reader has.
TEST(RulesSchema, HasTheKeysOfTheReader) {
  using nlohmann::json;
  std::ifstream file(std::string(SOURCE_FOLDER) + "/toolkit/tool/structure/seam-rules.schema.json");
  const json schema = json::parse(file);
  const auto keys = [](const json& object) {
    EXPECT_EQ(object.at("additionalProperties"), false);
    std::vector<std::string> names;
    for (const auto& [key, value] : object.at("properties").items()) names.push_back(key);
    return names;
  };
  const json& properties = schema.at("properties");
  EXPECT_THAT(keys(schema), UnorderedElementsAreArray(KeysOfRules().file));
  const json& module = properties.at("modules").at("additionalProperties");
  EXPECT_THAT(keys(module), UnorderedElementsAreArray(KeysOfRules().module));
  EXPECT_EQ(module.at("required"), json::array({"paths"}));
  const json& never = properties.at("never").at("items");
  EXPECT_THAT(keys(never), UnorderedElementsAreArray(KeysOfRules().never));
  EXPECT_EQ(never.at("required"), json::array({"name", "from", "to"}));
}

// Each key is read: a value of no use is refused for what it is.
TEST_F(RulesFile, KnowsEachOfItsKeys) {
  for (const std::string& key : KeysOfRules().file) {
    if (key == "$schema") continue;
    EXPECT_THAT(Complaint("{\"" + key + "\": 7}"), HasSubstr(key + ": expected ")) << key;
  }
  for (const std::string& key : KeysOfRules().module) {
    EXPECT_THAT(Complaint("{\"modules\": {\"a\": {\"" + key + "\": 7}}}"),
                HasSubstr("modules.a." + key + ": expected "));
  }
  for (const std::string& key : KeysOfRules().never) {
    EXPECT_THAT(Complaint("{\"never\": [{\"" + key + "\": 7}]}"),
                HasSubstr("never[0]." + key + ": expected "));
  }
}

std::vector<std::string> Guessed(const std::vector<std::string>& paths) {
  std::vector<SourceFile> files;
  for (const std::string& path : paths) files.push_back({path, 1, false});
  std::vector<std::string> modules;
  for (const Module& module : GuessRules(files).modules) {
    std::string text = module.name + ":";
    for (const std::string& path : module.paths) text += " " + path;
    modules.push_back(text);
  }
  return modules;
}

TEST(GuessedRules, HaveAModuleAFolderWhereTheSourcesFork) {
  EXPECT_THAT(Guessed({}), IsEmpty());
  EXPECT_THAT(Guessed({"main.cc"}), ElementsAre("root: *"));
  EXPECT_THAT(Guessed({"main.cc", "stock/a.cc"}), ElementsAre("stock: stock/", "root: *"));
  EXPECT_THAT(
      Guessed({"src/billing/a.cc", "src/stock/a.cc", "src/main.cc", "tests/a.cc"}),
      ElementsAre("billing: src/billing/", "stock: src/stock/", "src: src/*", "tests: tests/"));
  EXPECT_THAT(Guessed({"include/shop/stock/a.h", "src/stock/a.cc", "src/billing/a.cc"}),
              ElementsAre("stock: include/shop/stock/ src/stock/", "billing: src/billing/"));
  EXPECT_THAT(Guessed({"shop/a.cc", "shop/stock/a.cc"}),
              ElementsAre("stock: shop/stock/", "shop: shop/*"));
  EXPECT_THAT(
      Guessed({"include/shop/stock/a.h", "include/shop/billing/a.h", "src/stock/a.cc"}),
      ElementsAre("billing: include/shop/billing/", "stock: include/shop/stock/ src/stock/"));
  EXPECT_THAT(Guessed({"clients/shop/a/1.h", "clients/shop/b/1.h", "stock/a.h"}),
              ElementsAre("clients: clients/", "stock: stock/"));
  EXPECT_THAT(Guessed({"shop/billing/a.cc", "shop/stock/a.cc", "tests/stock/a.cc"}),
              ElementsAre("billing: shop/billing/", "stock: shop/stock/", "tests: tests/"));
  EXPECT_THAT(Guessed({"src/a.cc"}), ElementsAre("src: src/"));
  EXPECT_THAT(Guessed({"b\xfc"
                       "cher/a.cc",
                       "the stock/a*/b.cc", "the stock/c/b.cc"}),
              ElementsAre("b_cher: b?cher/", "the_stock: the stock/"));
}

TEST(GuessedRules, TakeTestsBesideTheSourcesForAModule) {
  EXPECT_THAT(Guessed({"db/a.cc", "db/a_test.cc", "table/b.cc", "table/b_unittest.cc"}),
              ElementsAre("tests: **/*_test.* **/*_unittest.*", "db: db/", "table: table/"));
  // The folder of tests that there is has them; a folder that had nothing else is no module.
  EXPECT_THAT(Guessed({"db/a.cc", "issues/b_test.cc", "table/c.cc", "test/main.cc"}),
              ElementsAre("test: test/ **/*_test.*", "db: db/", "table: table/"));
  EXPECT_THAT(Guessed({"db/a.cc", "table/c.cc", "tests/a_test.cc"}),
              ElementsAre("db: db/", "table: table/", "tests: tests/"));
}

TEST(GuessedRules, DivideWhatHasTooMuchOfTheProject) {
  std::vector<std::string> paths = {"server/a.cc", "tools/a.cc", "third-party/x/a.cc"};
  for (int i = 0; i < 60; ++i) {
    const std::string file = "/f" + std::to_string(i) + ".cc";
    paths.push_back("framework/Sources/cache" + file);
    paths.push_back("framework/Sources/images" + file);
    paths.push_back("third-party/x/y" + file);
    paths.push_back("third-party/z" + file);
  }
  paths.emplace_back("framework/version.h");
  EXPECT_THAT(Guessed(paths),
              ElementsAre("framework-cache: framework/Sources/cache/",
                          "framework-images: framework/Sources/images/", "framework: framework/*",
                          "server: server/", "third-party: third-party/", "tools: tools/"));
}

TEST(GuessedRules, KeepALibraryOfOthersWhole) {
  std::vector<std::string> paths = {"lib/utf/source/a.h", "lib/utf/source/utf/a.h"};
  for (int i = 0; i < 30; ++i) paths.push_back("src/f" + std::to_string(i) + ".cc");
  EXPECT_THAT(Guessed(paths), ElementsAre("utf: lib/utf/", "src: src/"));
}

TEST_F(RulesFile, IsWrittenFromWhatIsThere) {
  Facts facts;
  facts.files = {{"billing/a.cc", 1, false}, {"shop/a.cc", 1, false}, {"stock/a.h", 1, false}};
  facts.edges = {
      {EdgeKind::kInclude, {"shop/a.cc", 1}, "stock/a.h", "stock/a.h", TableUse::kNone, ""},
      {EdgeKind::kTable, {"billing/a.cc", 1}, "bill", "", TableUse::kCreate, ""},
      {EdgeKind::kTable, {"shop/a.cc", 2}, "bill", "billing/a.cc", TableUse::kRead, ""}};
  const std::string text = WriteRules(GuessRules(facts.files), facts);
  EXPECT_THAT(text, HasSubstr(R"({
  "modules": {
    "billing": {
      "paths": ["billing/"],
      "may_use": [],
      "tables": ["bill"]
    },
    "shop": {
      "paths": ["shop/"],
      "may_use": ["stock"],
      "may_use_tables_of": ["billing"]
    },
    "stock": {
      "paths": ["stock/"],
      "may_use": []
    }
  },
  "cycles": "refused",
  "unassigned": "refused"
}
)"));
  const auto read = Read(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(WriteRules(*read, facts), text);
}

TEST_F(RulesFile, ProposesWhoseTheTablesOfASharedSchemaAre) {
  Facts facts;
  for (const char* const file : {"billing/a.cc", "db/all.sql", "shop/a.cc", "stock/a.cc"}) {
    facts.files.push_back({file, 1, false});
  }
  const auto use = [&](const std::string& file, int line, const std::string& table, TableUse how) {
    facts.edges.push_back({EdgeKind::kTable, {file, line}, table, "", how, ""});
  };
  for (const char* const table : {"bill", "item", "log", "unused"}) {
    use("db/all.sql", 3, table, TableUse::kCreate);
  }
  use("billing/a.cc", 1, "bill", TableUse::kWrite);
  use("billing/a.cc", 2, "bill", TableUse::kWrite);
  use("shop/a.cc", 1, "bill", TableUse::kWrite);
  use("shop/a.cc", 2, "bill", TableUse::kRead);
  use("stock/a.cc", 1, "item", TableUse::kWrite);
  use("billing/a.cc", 3, "log", TableUse::kWrite);
  use("stock/a.cc", 2, "log", TableUse::kWrite);
  const std::string text = WriteRules(GuessRules(facts.files), facts);
  EXPECT_THAT(text, HasSubstr(R"({
  // Undecided: name each in the "tables" of one module. Until then it is its creator's.
  //   log: db creates it; billing writes it once, stock writes it once
  "modules": {
    "billing": {
      "paths": ["billing/"],
      "may_use": [],
      "tables": [
        "bill"  // db creates it; billing writes it twice, shop writes it once and reads it once
      ],
      "may_use_tables_of": ["db"]
    },
    "db": {
      "paths": ["db/"],
      "may_use": [],
      "tables": ["unused"],
      // It creates or changes tables of billing, stock, and does not use them (db/all.sql:3).
      "may_use_tables_of": ["billing", "stock"]
    },
    "shop": {
      "paths": ["shop/"],
      "may_use": [],
      "may_use_tables_of": ["billing"]
    },
    "stock": {
      "paths": ["stock/"],
      "may_use": [],
      "tables": [
        "item"  // db creates it; stock writes it once
      ],
      "may_use_tables_of": ["db"]
    }
  },
  "cycles": "refused",
)"));
  const auto read = Read(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(Judge(*read, facts, JoinModules(*read, facts)), IsEmpty()) << "all is allowed";
}

TEST(Modules, HaveAPossessive) {
  EXPECT_EQ(Possessive("stock"), "stock's");
  EXPECT_EQ(Possessive("orders"), "orders'");
  EXPECT_EQ(Possessive("POS"), "POS'");
}

}  // namespace
}  // namespace seam::structure
