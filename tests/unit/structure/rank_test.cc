#include "tool/structure/rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sample_graph.h"
#include "tool/structure/call_record.h"

namespace seam::structure {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kCallUs = 100;

Ranking RankingOf(const ModuleGraph& graph, const std::optional<CallRecord>& calls = {}) {
  return RankModules(RulesOf(graph), FactsOf(graph), graph, calls, kCallUs);
}

const Standing& Of(const Ranking& ranking, const std::string& module) {
  return *std::find_if(ranking.standings.begin(), ranking.standings.end(),
                       [&](const Standing& one) { return one.module == module; });
}

// A program, three modules with tables that it uses, and what all of them use.
ModuleGraph Shop() {
  ModuleGraph graph;
  graph.modules = {"app", "billing", "common", "orders", "stock"};
  AddIncludes(graph, "app", "orders", 4);
  AddIncludes(graph, "app", "billing", 2);
  AddIncludes(graph, "orders", "billing", 3);
  AddIncludes(graph, "orders", "stock", 4);
  for (const char* const user : {"app", "billing", "orders", "stock"}) {
    AddIncludes(graph, user, "common", 5);
  }
  graph.tables = {{"invoices", "billing"}, {"items", "stock"}, {"orders", "orders"}};
  return graph;
}

TEST(Rank, PutsTheCheapestFirstAndLeavesProgramsAndLibraries) {
  const Ranking ranking = RankingOf(Shop());
  std::vector<std::string> verdicts;
  for (const Standing& one : ranking.standings) {
    verdicts.push_back(one.module + " " + std::string(RecommendationName(one.verdict)) + " " +
                       std::to_string(one.points));
  }
  EXPECT_THAT(verdicts, ElementsAre("stock first 4", "billing possible 5", "orders possible 11",
                                    "app leave it 6", "common leave it 20"));
  EXPECT_THAT(ranking.nothing, IsEmpty());
  EXPECT_THAT(Of(ranking, "common").why, HasSubstr("a library"));
  EXPECT_THAT(Of(ranking, "app").why, HasSubstr("a program begins there"));
  EXPECT_THAT(Of(ranking, "billing").reasons,
              ElementsAre("used by 2 modules (orders, app): 5 places to change in 3 files, most "
                          "in orders (3: orders/f0.cc:1 …)",
                          "uses libraries only; common goes along", "has 1 table (invoices)"));
}

TEST(Rank, WaitsWhereTablesAreTied) {
  ModuleGraph graph = Shop();
  AddUse(graph, "orders", "stock",
         UseOf(EdgeKind::kTable, "orders/r.cc", 9, "items", TableUse::kJoin, "orders"));
  AddUse(graph, "orders", "billing",
         UseOf(EdgeKind::kTable, "orders/r.cc", 12, "invoices", TableUse::kWrite));
  const Ranking ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "stock").verdict, Recommendation::kNotYet);
  EXPECT_EQ(Of(ranking, "stock").why, "tables are tied by joins or foreign keys");
  EXPECT_EQ(Of(ranking, "stock").points, 4 + 25);
  EXPECT_THAT(Of(ranking, "stock").reasons,
              Contains("others use its tables: 1 join or foreign key (orders/r.cc:9 joins items "
                       "with orders)"));
  EXPECT_EQ(Of(ranking, "billing").why, "others write its tables");
  EXPECT_EQ(Of(ranking, "orders").why,
            "tables are tied by joins or foreign keys, it writes tables of others");
  EXPECT_THAT(ranking.nothing, HasSubstr("The nearest is billing: others write its tables"));
  EXPECT_THAT(RankingText(ranking), HasSubstr("Nothing should be taken out yet: "));
}

TEST(Rank, TakesReadsOfTablesAsWorkAndNotAsAReasonToWait) {
  ModuleGraph graph = Shop();
  AddUse(graph, "orders", "stock",
         UseOf(EdgeKind::kTable, "orders/r.cc", 9, "items", TableUse::kRead));
  const Ranking ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "stock").verdict, Recommendation::kPossible);
  EXPECT_EQ(Of(ranking, "stock").points, 4 + 3);
  EXPECT_EQ(Of(ranking, "billing").verdict, Recommendation::kFirst);
}

TEST(Rank, WaitsWithinACircleAndSaysHowItOpens) {
  ModuleGraph graph = Shop();
  AddIncludes(graph, "stock", "orders", 1);
  const Ranking ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "stock").why, "in a circle");
  EXPECT_THAT(Of(ranking, "stock").reasons,
              Contains("in a circle with orders; it opens without stock -> orders (1 use: "
                       "stock/f0.cc:1)"));
  EXPECT_EQ(Of(ranking, "billing").verdict, Recommendation::kFirst);
}

TEST(Rank, SaysThatThereIsNothingToTakeOut) {
  EXPECT_EQ(RankingOf({}).nothing, "there is no module");

  ModuleGraph one;
  one.modules = {"all"};
  EXPECT_THAT(RankingOf(one).nothing, HasSubstr("one module only"));

  ModuleGraph circle;
  circle.modules = {"a", "b", "c"};
  AddIncludes(circle, "a", "b", 2);
  AddIncludes(circle, "b", "c", 2);
  AddIncludes(circle, "c", "a", 1);
  EXPECT_THAT(RankingOf(circle).nothing, HasSubstr("all are in circles"));

  ModuleGraph apart;
  apart.modules = {"a", "b"};
  EXPECT_THAT(RankingOf(apart).nothing, HasSubstr("no module is used"));
  EXPECT_EQ(RankingOf(apart).standings.front().why, "nobody uses it, and it uses nobody");
}

TEST(Rank, LeavesTestsExamplesAndTheCodeOfOthers) {
  ModuleGraph graph = Shop();
  for (const char* const module : {"autotests", "third-party"}) graph.modules.emplace_back(module);
  AddIncludes(graph, "autotests", "app", 1);
  AddIncludes(graph, "orders", "autotests", 1);
  AddIncludes(graph, "app", "third-party", 1);
  const Ranking ranking = RankingOf(graph);
  EXPECT_EQ(ranking.standings.front().module, "stock");
  for (const char* const module : {"autotests", "third-party"}) {
    EXPECT_EQ(Of(ranking, module).verdict, Recommendation::kLeaveIt) << module;
    EXPECT_THAT(Of(ranking, module).why, HasSubstr("beside the program")) << module;
  }
  EXPECT_EQ(Of(ranking, "app").why, "only tests or examples use it: a program begins there");

  // Tests that have a name of their own and not a folder.
  Rules rules = RulesOf(graph);
  for (Module& module : rules.modules) {
    if (module.name == "stock") module.paths = {"**/*_test.*"};
  }
  Facts facts = FactsOf(graph);
  facts.files.push_back({"a_test.cc", 1, false});
  const Ranking by_name = RankModules(rules, facts, graph, {}, kCallUs);
  EXPECT_THAT(Of(by_name, "stock").why, HasSubstr("beside the program"));
}

TEST(Rank, CountsWhatGoesPastThePublicFiles) {
  const ModuleGraph graph = Shop();
  Rules rules = RulesOf(graph);
  for (Module& module : rules.modules) {
    if (module.name == "stock") module.public_paths = {"stock/api/"};
    if (module.name == "billing") module.public_paths = {"billing/*.h"};
  }
  const Ranking ranking = RankModules(rules, FactsOf(graph), graph, {}, kCallUs);
  EXPECT_EQ(Of(ranking, "stock").past_face, 4U);
  EXPECT_EQ(Of(ranking, "stock").points, 4 + 4 * 2);
  EXPECT_THAT(Of(ranking, "stock").reasons,
              Contains(HasSubstr("past its public files 4 times (orders/f0.cc:1 includes")));
  EXPECT_EQ(Of(ranking, "billing").past_face, 0U);
}

TEST(Rank, TakesCallsThroughASeamAsDone) {
  ModuleGraph graph;
  graph.modules = {"app", "stock"};
  AddUse(graph, "app", "stock", UseOf(EdgeKind::kSeam, "app/a.cc", 1, "stock_client.h"));
  const Ranking ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "stock").verdict, Recommendation::kFirst);
  EXPECT_EQ(Of(ranking, "stock").points, 0);
  EXPECT_THAT(Of(ranking, "stock").reasons,
              Contains("used by app, through its seam: no place to change"));
}

TEST(Rank, EstimatesWhatARecordedRunWouldCost) {
  CallRecord record;
  record.requests = 100;
  record.calls = {{{"", "billing"}, 50},
                  {{"orders", "stock"}, 1200},
                  {{"stock", "stock"}, 9000},
                  {{"", "mail"}, 1}};
  const Ranking ranking = RankingOf(Shop(), record);
  EXPECT_THAT(Of(ranking, "billing").reasons,
              Contains("0.5 calls a request would become remote: about 0.05 ms more, estimated "
                       "with 100 µs a call; what others call without its client is not in the "
                       "record"));
  EXPECT_EQ(Of(ranking, "billing").verdict, Recommendation::kFirst);
  EXPECT_EQ(Of(ranking, "stock").why, "12.0 calls a request");
  EXPECT_EQ(Of(ranking, "stock").points, 4 + 60);
  EXPECT_EQ(Of(ranking, "orders").why, "12.0 calls a request") << "it makes them";
  EXPECT_THAT(ranking.unknown, ElementsAre("mail"));
  EXPECT_FALSE(Of(ranking, "app").remote_calls) << "nothing is known of it";
  EXPECT_THAT(Of(ranking, "app").reasons, Contains(HasSubstr("not in the recorded run")));
}

// The shop's tables are all created in common's one file.
class SharedSchema : public ::testing::Test {
 protected:
  SharedSchema() {
    for (const char* const module : {"app", "billing", "common", "orders", "stock"}) {
      facts.files.push_back({std::string(module) + "/" + module + ".cc", 100, false});
      Module one;
      one.name = module;
      one.paths = {std::string(module) + "/"};
      rules.modules.push_back(std::move(one));
      if (facts.files.back().path == "common/common.cc") continue;
      facts.edges.push_back(UseOf(EdgeKind::kInclude, facts.files.back().path, 1, "common/c.h"));
    }
    for (const char* const used : {"billing", "orders", "stock"}) {
      facts.edges.push_back(
          UseOf(EdgeKind::kInclude, "app/app.cc", 2, std::string(used) + "/" + used + ".h"));
    }
    for (const char* const table : {"invoice", "item", "purchase"}) {
      Use("common/common.cc", table, TableUse::kCreate);
      facts.edges.back().target_file = "common/common.cc";
    }
    Use("common/common.cc", "purchase", TableUse::kForeignKey, "invoice");
    Use("orders/orders.cc", "item", TableUse::kRead);
    Use("orders/orders.cc", "item", TableUse::kRead);
    Use("stock/stock.cc", "item", TableUse::kWrite);
    Use("orders/orders.cc", "purchase", TableUse::kWrite);
    Use("billing/billing.cc", "invoice", TableUse::kWrite);
  }
  void Use(const std::string& file, const std::string& table, TableUse how,
           const std::string& with = {}) {
    facts.edges.push_back(UseOf(EdgeKind::kTable, file, 1, table, how, with));
  }
  [[nodiscard]] Claims Claimed() const {
    return ClaimTables(rules, facts, JoinModules(rules, facts));
  }
  [[nodiscard]] std::string OwnerOf(const std::string& table) const {
    const Claims claims = Claimed();
    const auto owner = claims.graph.tables.find(table);
    return owner == claims.graph.tables.end() ? "" : owner->second;
  }

  Rules rules;
  Facts facts;
};

TEST_F(SharedSchema, GivesEachTableToWhoWritesIt) {
  const Claims claims = Claimed();
  EXPECT_THAT(NotesOf(claims.proposals),
              ElementsAre("common creates 3 tables that it never uses; they are taken for those of "
                          "who writes them most: invoice for billing, item for stock, purchase for "
                          "orders. Say in seam-rules.json whose they are"));
  for (const ModuleEdge& edge : claims.graph.edges) {
    EXPECT_NE(edge.from, "common") << "it only creates tables";
  }
  const Ranking ranking = RankModules(claims.rules, facts, claims.graph, {}, kCallUs);
  EXPECT_EQ(Of(ranking, "common").verdict, Recommendation::kLeaveIt);
  EXPECT_EQ(Of(ranking, "stock").verdict, Recommendation::kFirst);
  EXPECT_EQ(Of(ranking, "stock").points, 1 + 2 * 3 + 1) << "an include, two reads, a statement";
  EXPECT_THAT(Of(ranking, "stock").reasons,
              Contains("its tables are created in common: 1 statement to move "
                       "(common/common.cc:1)"));
  EXPECT_EQ(Of(ranking, "billing").why, "tables are tied by joins or foreign keys");
  EXPECT_THAT(Of(ranking, "billing").circle, IsEmpty());
}

TEST_F(SharedSchema, IsNoHarsherOnceTheRulesSayWhoseTheTablesAre) {
  const Claims guessed = Claimed();
  Rules said = rules;
  for (Module& module : said.modules) {
    if (module.name == "billing") module.tables = {"invoice"};
    if (module.name == "orders") module.tables = {"purchase"};
    if (module.name == "stock") module.tables = {"item"};
  }
  const ModuleGraph graph = JoinModules(said, facts);
  const Claims claims = ClaimTables(said, facts, graph);
  EXPECT_THAT(claims.proposals, IsEmpty());
  EXPECT_EQ(RankingJson(RankModules(said, facts, graph, {}, kCallUs)),
            RankingJson(RankModules(guessed.rules, facts, guessed.graph, {}, kCallUs)));
}

TEST_F(SharedSchema, DoesNotGuessWhereTwoWriteAsOften) {
  Use("orders/orders.cc", "item", TableUse::kWrite);
  Use("app/app.cc", "made by hand", TableUse::kWrite);
  Use("app/app.cc", "a view", TableUse::kRead);
  const Claims claims = Claimed();
  EXPECT_THAT(
      NotesOf(claims.proposals),
      ElementsAre(
          HasSubstr("1 table is written that no source creates; it is taken for that of who "
                    "writes it most: made by hand for app"),
          HasSubstr("common creates 2 tables"),
          "Whose item is, is undecided: orders writes it once and reads it twice, stock "
          "writes it once. It is taken for that of common, which creates it. Say in "
          "seam-rules.json whose it is"));
  EXPECT_EQ(OwnerOf("item"), "common");
  Use("stock/stock.cc", "item", TableUse::kWrite);
  EXPECT_EQ(OwnerOf("item"), "stock");
}

TEST_F(SharedSchema, CountsNeitherTestsNorRowsOfASchemaWhereThereIsMore) {
  rules.modules.emplace_back();
  rules.modules.back().name = "tests";
  rules.modules.back().paths = {"tests/"};
  for (int times = 0; times < 3; ++times) {
    Use("common/rows.sql", "item", TableUse::kWrite);
    Use("tests/a.cc", "item", TableUse::kWrite);
  }
  EXPECT_EQ(OwnerOf("item"), "stock");
  Use("common/common.cc", "item", TableUse::kRead);
  EXPECT_EQ(OwnerOf("item"), "common") << "who creates and uses it keeps it";
}

TEST_F(SharedSchema, LeavesWhatNobodyWritesWithWhoCreatesIt) {
  Use("common/common.cc", "rate", TableUse::kCreate);
  Use("billing/billing.cc", "rate", TableUse::kRead);
  EXPECT_EQ(OwnerOf("rate"), "common");
  Use("billing/billing.cc", "rate", TableUse::kWrite);
  EXPECT_EQ(OwnerOf("rate"), "billing");
}

TEST(Rank, LeavesWhatAllUseThoughItKeepsATable) {
  ModuleGraph graph = Shop();
  graph.tables["settings"] = "common";
  EXPECT_EQ(Of(RankingOf(graph), "common").why,
            "a library, though it keeps 1 table (settings): all use it and it uses no module");
  graph.modules.emplace_back("mail");
  EXPECT_NE(Of(RankingOf(graph), "common").verdict, Recommendation::kLeaveIt) << "mail does not";
}

TEST(Rank, LeavesTablesWithWhoUsesThem) {
  const ModuleGraph graph = Shop();
  const Claims claims = ClaimTables(RulesOf(graph), FactsOf(graph), graph);
  EXPECT_THAT(claims.proposals, IsEmpty());
  EXPECT_EQ(claims.graph.edges.size(), graph.edges.size());
}

TEST(Rank, PutsWhatKeepsTablesBeforeWhatMayBeALibrary) {
  ModuleGraph graph = Shop();
  graph.modules.emplace_back("text");
  AddIncludes(graph, "orders", "text", 1);
  Ranking ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "stock").verdict, Recommendation::kFirst) << "text would have fewer points";
  EXPECT_EQ(Of(ranking, "text").why, "it keeps no table, so it may be a library");

  graph.tables.clear();
  ranking = RankingOf(graph);
  EXPECT_EQ(Of(ranking, "text").verdict, Recommendation::kFirst) << "nothing is known of tables";
}

TEST(Rank, IsExplained) {
  EXPECT_THAT(ExplainRanking(89), AllOf(HasSubstr("  25  a join, or a foreign key"),
                                        HasSubstr("times 89 µs (--call-us)")));
}

TEST(Rank, IsThereForPrograms) {
  const auto told = nlohmann::json::parse(RankingJson(RankingOf(Shop())));
  EXPECT_EQ(told["modules"][0]["module"], "stock");
  EXPECT_EQ(told["modules"][0]["verdict"], "first");
  EXPECT_EQ(told["modules"][0]["used_by"]["modules"]["orders"], 4);
}

TEST(Rank, GoesByTheNumberOfReasonsThatAPersonReads) {
  const Ranking ranking = RankingOf(FiveModules());
  for (const Standing& standing : ranking.standings) {
    EXPECT_GE(standing.reasons.size(), 2U);
    EXPECT_LE(standing.reasons.size(), 6U);
  }
}

TEST(CallRecords, AddUpTheMethodsOfAModule) {
  const std::string text =
      "seam_calls_total{module=\"stock\",method=\"Get\",from=\"orders\"} 30\n"
      "seam_calls_total{from=\"orders\",module=\"stock\",method=\"P\\\"u}t\"} 1.2e+01 170000\r\n"
      "other_total 5\n"
      "http_requests_total{path=\"/a\"} 6\nhttp_requests_total{path=\"/b\"} 4\n# EOF\n";
  const auto record = ReadCallRecord({}, text, {}, {});
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->requests, 10);
  EXPECT_EQ(record->calls.at({"orders", "stock"}), 42);

  const std::string earlier =
      "seam_calls_total{module=\"stock\",from=\"orders\"} 2\nhttp_requests_total 5\n";
  const auto run = ReadCallRecord(earlier, text, {}, {});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->requests, 5);
  EXPECT_EQ(run->calls.at({"orders", "stock"}), 40);

  const auto counted = ReadCallRecord({}, "c{module=\"a\"} 3\n", {"c", "r"}, 2.0);
  ASSERT_TRUE(counted) << counted.error().message;
  EXPECT_EQ(counted->requests, 2);
}

TEST(CallRecords, SayWhatIsWrong) {
  const auto refusal = [](std::string_view after, std::optional<std::string_view> before = {}) {
    const auto record = ReadCallRecord(before, after, {}, {});
    return record ? std::string("accepted") : record.error().message;
  };
  EXPECT_THAT(refusal(""), HasSubstr("no counter seam_calls_total"));
  EXPECT_THAT(refusal("<html>\n"), HasSubstr("line 1: a counter has a name and a value"));
  EXPECT_THAT(refusal("seam_calls_total 3\n"), HasSubstr("no label 'module'"));
  EXPECT_THAT(refusal("\nseam_calls_total{module=\"a\"\n"), HasSubstr("line 2: the labels"));
  EXPECT_THAT(refusal("seam_calls_total{module=\"a\"} NaN\n"), HasSubstr("line 1: the value"));
  EXPECT_THAT(refusal("seam_calls_total{module=\"a\"} -1\n"), HasSubstr("line 1: the value"));
  EXPECT_THAT(refusal("seam_calls_total{module=\"a\"} 1\n"), HasSubstr("no request was counted"));
  EXPECT_THAT(refusal("seam_calls_total{module=\"a\"} 1\nhttp_requests_total 2\n",
                      "seam_calls_total{module=\"a\"} 9\nhttp_requests_total 1\n"),
              HasSubstr("became fewer"));
  EXPECT_THAT(refusal("seam_calls_total{module=\"a\"} 9\nhttp_requests_total 2\n",
                      "seam_calls_total{module=\"a\"} oops\n"),
              HasSubstr("the first record: line 1"));
}

}  // namespace
}  // namespace seam::structure
