// What `seam check` refuses: for each rule uses that break it, and the same uses where they do not.

#include "tool/structure/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tool/structure/baseline.h"
#include "tool/structure/check_report.h"
#include "tool/structure/module_edges.h"

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TableUse kNo = TableUse::kNone;

Edge UseOfHeader(const std::string& from, int line, const std::string& to) {
  return {EdgeKind::kInclude, {from, line}, to, to, kNo, ""};
}
Edge UseFromOutside(const std::string& from, int line, const std::string& header) {
  return {EdgeKind::kInclude, {from, line}, header, "", kNo, ""};
}
Edge UseOfSymbol(const std::string& from, int line, const std::string& name,
                 const std::string& definer) {
  return {EdgeKind::kSymbol, {from, line}, name, definer, kNo, ""};
}
Edge UseOfTable(const std::string& from, int line, const std::string& name, TableUse use,
                const std::string& with = "") {
  return {EdgeKind::kTable, {from, line}, name, "", use, with};
}
Edge Call(const std::string& from, int line, const std::string& client) {
  return {EdgeKind::kSeam, {from, line}, client, client, kNo, ""};
}

Module Named(const std::string& name, int line) {
  Module module;
  module.name = name;
  module.line = line;
  module.paths = {name + "/"};
  return module;
}

// A shop whose billing may use the stock's public header alone, and the stock nobody.
Rules ShopRules() {
  Rules rules;
  rules.file = "/project/seam-rules.json";
  rules.modules = {Named("billing", 3), Named("clients", 4), Named("common", 5), Named("orders", 6),
                   Named("stock", 7)};
  Module& billing = rules.modules[0];
  billing.may_use = {"stock", "common", "clients"};
  Module& stock = rules.modules[4];
  stock.public_paths = {"stock/stock.h"};
  stock.may_use = {"common", "clients"};
  stock.may_listen_to = {"common"};
  stock.owner = "the warehouse team";
  return rules;
}

struct RuleCase {
  std::string name;
  std::vector<Edge> edges;
  std::string breaks;                 // The rule.
  std::function<void(Rules&)> allow;  // Changes the rules so that nothing is broken.
  std::vector<Edge> clean{};          // Or the uses, when given.
};

void PrintTo(const RuleCase& rule, std::ostream* out) { *out << rule.name; }

std::vector<Violation> Judged(const Rules& rules, const std::vector<Edge>& edges) {
  Facts facts;
  facts.files = {{"billing/bill.cc", 10, false}, {"common/money.h", 10, false},
                 {"orders/order.cc", 10, false}, {"stock/inside.h", 10, false},
                 {"stock/stock.cc", 10, false},  {"stock/stock.h", 10, false}};
  facts.edges = edges;
  return Judge(rules, facts, JoinModules(rules, facts));
}

std::vector<RuleCase> RuleCases() {
  const std::string client = "clients/billing_client.h";
  const std::string handler = "clients/billing_handler.h";
  const auto never = [](Rules& rules, bool directly) {
    Never none;
    none.name = "no-socket";
    none.line = 9;
    none.from = {"stock/"};
    none.to = {"sys/socket.h"};
    none.directly = directly;
    rules.never = {none};
  };
  return {
      {"Include",
       {UseOfHeader("stock/stock.cc", 3, "billing/bill.h")},
       "may-use",
       [](Rules& rules) { rules.modules[4].may_use = {"*ing"}; }},
      {"Symbol",
       {UseOfSymbol("stock/stock.cc", 3, "billing::Charge(int)", "billing/bill.cc")},
       "may-use",
       [](Rules& rules) { rules.modules[4].may_use->push_back("billing"); }},
      {"Seam",
       {UseOfHeader("billing/bill.cc", 1, handler), Call("stock/stock.cc", 3, client)},
       "may-use",
       [](Rules& rules) { rules.modules[4].may_call = {"billing"}; }},
      {"Event",
       {UseOfHeader("orders/order.cc", 1, "clients/events_publisher.h"),
        {EdgeKind::kEvent, {"stock/stock.cc", 3}, "clients/events_subscriber.h", "", kNo, ""}},
       "may-use",
       [](Rules& rules) { rules.modules[4].may_listen_to->push_back("ord*"); }},
      {"Public",
       {UseOfHeader("billing/bill.cc", 3, "stock/inside.h")},
       "public",
       [](Rules& rules) { rules.modules[0].may_use_private_of = {"stock"}; },
       {UseOfHeader("billing/bill.cc", 3, "stock/stock.h")}},
      {"TableRead",
       {UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate),
        UseOfTable("orders/order.cc", 4, "item", TableUse::kRead)},
       "table",
       [](Rules& rules) { rules.modules[3].may_use_tables_of = {"stock"}; },
       {UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate),
        UseOfTable("stock/stock.cc", 4, "item", TableUse::kRead)}},
      {"Definition",
       {UseOfTable("orders/order.cc", 4, "item", TableUse::kCreate),
        UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate)},
       "table",
       [](Rules& rules) { rules.modules[4].may_use_tables_of = {"orders"}; },
       {UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate)}},
      {"ForeignKey",
       {UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate),
        UseOfTable("orders/order.cc", 4, "item", TableUse::kForeignKey, "order_line")},
       "table",
       [](Rules& rules) { rules.modules[3].may_use_tables_of = {"st*"}; },
       {UseOfTable("stock/stock.cc", 1, "item", TableUse::kCreate)}},
      {"NeverByMany",
       {UseOfHeader("stock/stock.cc", 2, "common/money.h"),
        UseFromOutside("common/money.h", 7, "sys/socket.h")},
       "never/no-socket",
       [=](Rules& rules) { never(rules, true); }},
      {"NeverDirectly",
       {UseFromOutside("stock/stock.cc", 7, "sys/socket.h")},
       "never/no-socket",
       [](Rules& rules) { rules.never[0].except = {"**/stock.cc"}; },
       {UseFromOutside("orders/order.cc", 7, "sys/socket.h")}},
      {"Cycle",
       {UseOfHeader("billing/bill.cc", 1, "common/money.h"),
        UseOfHeader("common/money.h", 2, "orders/order.h"),
        UseOfHeader("orders/order.cc", 3, "billing/bill.h")},
       "cycle",
       [](Rules& rules) { rules.cycles = true; },
       {UseOfHeader("billing/bill.cc", 1, "common/money.h"),
        UseOfHeader("orders/order.cc", 3, "billing/bill.h")}},
      {"Unassigned",
       {},
       "unassigned",
       [](Rules& rules) { rules.modules.push_back(Named("orders", 9)); }},
  };
}

class EachRule : public ::testing::TestWithParam<RuleCase> {
 protected:
  static Rules RulesFor(const RuleCase& of) {
    Rules rules = ShopRules();
    Never none;
    none.name = "no-socket";
    none.line = 9;
    none.from = {"stock/"};
    none.to = {"sys/socket.h"};
    rules.never = {none};
    if (of.breaks == "unassigned") rules.modules.erase(rules.modules.begin() + 3);
    return rules;
  }
};

TEST_P(EachRule, IsBroken) {
  const std::vector<Violation> violations = Judged(RulesFor(GetParam()), GetParam().edges);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].rule, GetParam().breaks);
  ASSERT_NE(FindRuleHelp(violations[0].rule), nullptr);
}

TEST_P(EachRule, IsKeptWhereItIsAllowed) {
  Rules rules = RulesFor(GetParam());
  GetParam().allow(rules);
  EXPECT_THAT(Judged(rules, GetParam().edges), IsEmpty());
}

TEST_P(EachRule, IsKeptByTheCleanTwin) {
  if (GetParam().clean.empty()) return;  // The same uses, where they are allowed, are the twin.
  EXPECT_THAT(Judged(RulesFor(GetParam()), GetParam().clean), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Cases, EachRule, ::testing::ValuesIn(RuleCases()),
                         [](const auto& of) { return of.param.name; });

TEST(Judge, TellsTheSameRuleFileAndTargetOnce) {
  const auto violations =
      Judged(ShopRules(), {UseOfTable("billing/bill.cc", 1, "bill", TableUse::kCreate),
                           UseOfTable("stock/stock.cc", 30, "bill", TableUse::kRead),
                           UseOfTable("stock/stock.cc", 12, "bill", TableUse::kRead),
                           UseOfTable("stock/stock.cc", 20, "bill", TableUse::kRead),
                           UseOfTable("stock/stock.cc", 12, "bill", TableUse::kRead)});
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].place.line, 12);
  EXPECT_THAT(violations[0].more_lines, ElementsAre(20, 30));
}

// Those that include a file that breaks a rule do not break it again; the way is the shortest.
TEST(Judge, TellsANeverWhereItsFilesAreLeft) {
  Rules rules = ShopRules();
  rules.cycles = true;
  rules.modules[4].may_use = std::nullopt;
  Never none;
  none.name = "no-socket";
  none.from = {"stock/"};
  none.to = {"sys/socket.h"};
  rules.never = {none};
  const auto violations = Judged(rules, {UseOfHeader("stock/stock.cc", 1, "stock/stock.h"),
                                         UseOfHeader("stock/stock.h", 2, "common/long.h"),
                                         UseOfHeader("common/long.h", 3, "common/longer.h"),
                                         UseOfHeader("common/longer.h", 4, "common/short.h"),
                                         UseOfHeader("common/long.h", 5, "common/short.h"),
                                         UseFromOutside("common/short.h", 6, "sys/socket.h")});
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(ToString(violations[0].place), "stock/stock.h:2");
  std::vector<std::string> places;
  for (const Hop& hop : violations[0].chain) places.push_back(ToString(hop.place));
  EXPECT_THAT(places, ElementsAre("stock/stock.h:2", "common/long.h:5", "common/short.h:6"));
}

TEST(Judge, KeepsNamesThatAreNoUtf8AsABaselineDoes) {
  Rules rules = ShopRules();
  const auto violations = Judged(rules, {UseOfHeader("stock/b\xfc.cc", 1, "billing/bill.h")});
  ASSERT_EQ(violations.size(), 1U);
  Baseline baseline;
  baseline.entries.push_back(
      {violations[0].rule, violations[0].from, violations[0].to, "me", "b\xfc", 0});
  const auto read = ParseBaseline("b", ToText(baseline));
  ASSERT_TRUE(read);
  EXPECT_THAT(Compare(*read, violations, {}).fresh, IsEmpty());
}

// One of each message there is, in each form.
CheckReport SampleReport() {
  Rules rules = ShopRules();
  rules.modules[4].because = "";
  Never none;
  none.name = "no-socket";
  none.line = 9;
  none.from = {"stock/", "orders/"};
  none.to = {"sys/socket.h"};
  rules.never = {none};
  Facts facts;
  for (const char* const path :
       {"billing/bill.cc", "billing/bill.h", "common/money.h", "lost/lost.cc", "orders/order.cc",
        "stock/inside.h", "stock/stock.cc", "stock/stock.h"}) {
    facts.files.push_back({path, 100, false});
  }
  facts.edges = {
      UseOfHeader("billing/bill.cc", 3, "stock/inside.h"),
      UseOfHeader("billing/bill.cc", 4, "common/money.h"),
      UseOfHeader("billing/bill.cc", 5, "clients/billing_handler.h"),
      UseFromOutside("common/money.h", 7, "sys/socket.h"),
      UseFromOutside("orders/order.cc", 2, "sys/socket.h"),
      UseOfHeader("stock/stock.cc", 1, "billing/bill.h"),
      UseOfHeader("stock/stock.cc", 2, "common/money.h"),
      UseOfHeader("stock/stock.h", 2, "stock/inside.h"),
      UseOfSymbol("stock/stock.cc", 40, "orders::Place(int)", "orders/order.cc"),
      Call("stock/inside.h", 4, "clients/billing_client.h"),
      UseOfTable("stock/stock.cc", 50, "item", TableUse::kCreate),
      UseOfTable("orders/order.cc", 10, "item", TableUse::kRead),
      UseOfTable("orders/order.cc", 11, "item", TableUse::kRead),
      UseOfTable("orders/order.cc", 12, "item", TableUse::kWrite),
      UseOfTable("orders/order.cc", 13, "item", TableUse::kJoin, "order_line"),
      UseOfTable("orders/order.cc", 14, "item", TableUse::kForeignKey, "order_line"),
      UseOfTable("orders/order.cc", 15, "item", TableUse::kCreate),
  };
  rules.modules[4].tables = {"item"};
  const ModuleGraph graph = JoinModules(rules, facts);
  Baseline baseline;
  baseline.entries = {
      {"never/no-socket", "orders/order.cc", "sys/socket.h", "orders", "until the port moves", 1},
      {"public", "gone/a.cc", "stock/inside.h", "orders", "soon", 2}};
  CheckReport report;
  report.rules_file = "seam-rules.json";
  report.baseline_file = "seam-baseline.jsonl";
  report.files = facts.files.size();
  report.lines = 800;
  report.modules = 5;
  report.verdict = Compare(baseline, Judge(rules, facts, graph), {});
  report.unseen = {{"a.cc:3: #include NAME: which file is meant is known to the compiler only",
                    "give a compile_commands.json"},
                   {"b.cc: is no text", ""},
                   {"c.cc: 100% of it", ""},
                   {"d.cc: the same", ""}};
  Against against;
  against.revision = "main";
  against.growth = {{baseline.entries[0]}, {baseline.entries[1]}};
  report.against = against;
  return report;
}

void ExpectFile(const std::string& name, const std::string& text) {
  const std::string path = std::string(SOURCE_FOLDER) + "/tests/unit/structure/expected/" + name;
  if (std::getenv("SEAM_WRITE_EXPECTED") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "SEAM_WRITE_EXPECTED=1 in the environment of this test writes "
                                  << path << " anew";
}

TEST(CheckReport, SaysEachMessageInEachForm) {
  const CheckReport report = SampleReport();
  EXPECT_FALSE(IsGood(report));
  ExpectFile("check.txt", CheckText(report, false));
  ExpectFile("check.json", CheckJson(report));
  ExpectFile("check.sarif", CheckSarif(report));
  ExpectFile("check.github", CheckGithub(report));
  EXPECT_THAT(CheckText(report, true), HasSubstr("  d.cc: the same\n"));
}

// What GitHub takes:
// https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
TEST(CheckReport, HasInSarifWhatCodeScanningNeeds) {
  using nlohmann::json;
  const json sarif = json::parse(CheckSarif(SampleReport()));
  EXPECT_EQ(sarif.at("version"), "2.1.0");
  EXPECT_THAT(sarif.at("$schema").get<std::string>(), HasSubstr("sarif-schema-2.1.0.json"));
  ASSERT_EQ(sarif.at("runs").size(), 1U);
  const json& run = sarif.at("runs").at(0);
  const json& driver = run.at("tool").at("driver");
  EXPECT_EQ(driver.at("name"), "seam check");
  for (const json& rule : driver.at("rules")) {
    EXPECT_TRUE(rule.at("id").is_string());
    EXPECT_TRUE(rule.at("shortDescription").at("text").is_string());
    EXPECT_TRUE(rule.at("fullDescription").at("text").is_string());
    EXPECT_TRUE(rule.at("help").at("text").is_string());
  }
  ASSERT_TRUE(run.at("results").is_array());
  std::size_t suppressed = 0;
  std::vector<std::string> fingerprints;
  for (const json& result : run.at("results")) {
    const auto& rule = driver.at("rules").at(result.at("ruleIndex").get<std::size_t>());
    EXPECT_THAT(result.at("ruleId").get<std::string>(),
                HasSubstr(rule.at("id").get<std::string>()));
    EXPECT_TRUE(result.at("message").at("text").is_string());
    ASSERT_TRUE(result.at("locations").is_array());
    ASSERT_GE(result.at("locations").size(), 1U);
    const json& place = result.at("locations").at(0).at("physicalLocation");
    const std::string uri = place.at("artifactLocation").at("uri");
    EXPECT_NE(uri.front(), '/');
    EXPECT_GE(place.at("region").at("startLine").get<int>(), 1);
    fingerprints.push_back(result.at("partialFingerprints").at("primaryLocationLineHash"));
    if (result.contains("suppressions")) {
      ++suppressed;
      EXPECT_EQ(result.at("suppressions").at(0).at("kind"), "external");
      EXPECT_EQ(result.at("suppressions").at(0).at("justification"),
                "orders: until the port moves");
    }
    if (result.contains("codeFlows")) {
      const json& steps = result.at("codeFlows").at(0).at("threadFlows").at(0).at("locations");
      EXPECT_TRUE(steps.at(0).at("location").at("physicalLocation").is_object());
    }
  }
  EXPECT_EQ(suppressed, 1U);
  std::sort(fingerprints.begin(), fingerprints.end());
  EXPECT_EQ(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
}

TEST(CheckReport, WritesPathsAsUrisAndEscapesCommands) {
  CheckReport report;
  Violation violation;
  violation.rule = "may-use";
  violation.place = {"a b/\xc3\xbc,c:%.cc", 0};
  violation.what = "100% wrong";
  report.verdict.fresh = {violation};
  EXPECT_THAT(CheckSarif(report), HasSubstr("\"uri\": \"a%20b/%C3%BC%2Cc%3A%25.cc\""));
  EXPECT_THAT(CheckSarif(report), HasSubstr("\"startLine\": 1"));
  EXPECT_THAT(CheckGithub(report),
              HasSubstr("::error file=a b/\xc3\xbc%2Cc%3A%25.cc,line=1,title=seam check%3A "
                        "may-use::100%25 wrong%0Awhy: "));
}

TEST(CheckReport, IsGoodWhenNothingIsRefused) {
  CheckReport report;
  EXPECT_TRUE(IsGood(report));
  report.against = Against{"main", {{{"public", "a", "b", "me", "why", 1}}, {}}, std::nullopt};
  EXPECT_FALSE(IsGood(report));
  report.against->allowed = "we know";
  EXPECT_TRUE(IsGood(report));
  report.verdict.stale = {{"public", "a", "b", "me", "why", 1}};
  EXPECT_FALSE(IsGood(report));
}

}  // namespace
}  // namespace seam::structure
