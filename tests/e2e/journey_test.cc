// A customer's whole journey, whichever modules have moved out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "demo/journey.h"
#include "schema_check.h"
#include "shop_database.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using demo::Exchange;
using nlohmann::json;

struct Journey {
  std::vector<Exchange> exchanges;
  std::set<std::string> secrets;  // What must be in no log.
};

Journey Walk(ShopProcess& shop) {
  Journey journey;
  const bool good = demo::WalkThroughShop(shop.port(), "one", [&](const Exchange& exchange) {
    EXPECT_EQ(exchange.complaint, "")
        << exchange.what << ": " << exchange.status << " " << exchange.body;
    const json body = json::parse(exchange.body, nullptr, false);
    for (const char* const name : {"access_token", "refresh_token"}) {
      if (body.is_object() && body.contains(name)) journey.secrets.insert(body[name]);
    }
    journey.exchanges.push_back(exchange);
  });
  EXPECT_TRUE(good) << shop.output();
  journey.secrets.insert({"correct horse", "wrong password", shop.admin_password()});
  return journey;
}

std::string Cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

// The recording, to be read by people.
std::string Table(const std::vector<Exchange>& exchanges) {
  std::ostringstream table;
  table << "# A customer's journey\n\n"
           "Recorded by `journey_test.cc`, which compares it with what the shop answers when all\n"
           "modules are in one process, when each is alone in a process of its own, and when all "
           "are,\nby mutual TLS too; on SQLite, and on PostgreSQL with all modules in one process "
           "and "
           "with none.\n\n"
           "| what | request | status | answer |\n|---|---|---|---|\n";
  for (const Exchange& exchange : exchanges) {
    table << "| " << exchange.what << " | `" << exchange.method << " "
          << demo::Normalised(exchange.path) << "` ";
    if (!exchange.request_body.empty()) {
      table << "`" << Cell(demo::Normalised(exchange.request_body)) << "` ";
    }
    table << "| " << exchange.status << " | ";
    if (!exchange.body.empty()) table << "`" << Cell(demo::Normalised(exchange.body)) << "` ";
    table << "|\n";
  }
  return table.str();
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The path as the interface's description has it: "/orders/{id}" for "/orders/01…?page_size=1".
std::string PatternOf(const json& document, const std::string& target) {
  std::string path = target.substr(0, target.find('?'));
  for (const auto& [pattern, unused] : document.at("paths").items()) {
    const std::regex matches(std::regex_replace(pattern, std::regex(R"(\{[^}]*\})"), "[^/]+"));
    if (std::regex_match(path, matches)) return pattern;
  }
  return path;
}

void ExpectAsDescribed(const json& document, const std::vector<Exchange>& exchanges) {
  for (const Exchange& exchange : exchanges) {
    const auto type = exchange.headers.find("Content-Type");
    EXPECT_THAT(http::CheckResponse(
                    document, exchange.method, PatternOf(document, exchange.path), exchange.status,
                    type == exchange.headers.end() ? "" : type->second, exchange.body),
                ::testing::IsEmpty())
        << exchange.what << ": " << exchange.body;
  }
}

struct Arrangement {
  std::string name;
  Bindings bindings;
  Connections connections = Connections::kPlain;
  bool on_postgresql = false;
};

void PrintTo(const Arrangement& arrangement, std::ostream* out) { *out << arrangement.name; }

std::vector<Arrangement> Arrangements() {
  return {{"AllInOneProcess", {}},
          {"AllThroughTheCodec", AllBound("in-process-codec")},
          {"AuthRemote", {{"auth", "grpc"}}},
          {"UsersRemote", {{"users", "grpc"}}},
          {"ProductsRemote", {{"products", "grpc"}}},
          {"OrdersRemote", {{"orders", "grpc"}}},
          {"AllRemote", AllBound("grpc")},
          {"AllRemoteByTls", AllBound("grpc"), Connections::kMutualTls},
          {"AllInOneProcessOnPostgresql", {}, Connections::kPlain, true},
          {"AllRemoteOnPostgresql", AllBound("grpc"), Connections::kPlain, true}};
}

// Each module's role may use its own tables, and nobody else's.
void ExpectOwnTablesOnly(const ShopDatabase& database) {
  const std::vector<std::pair<std::string, std::string>> tables = {{"auth", "signing_key"},
                                                                   {"users", "profile"},
                                                                   {"products", "product"},
                                                                   {"orders", "customer_order"}};
  for (const auto& [reader, own_table] : tables) {
    const auto opened = database.Open(reader);
    for (const auto& [owner, table] : tables) {
      const std::string count = "SELECT count(*) FROM shop_" + owner + "." + table;
      std::string outcome = "none";
      try {
        outcome = opened
                      ->Read(seam::Context(),
                             [&](seam::sql::Session& session) {
                               return session.QueryOne(count, {}, [](const seam::sql::Row& row) {
                                 return row.Int64(0) > 0 ? "rows" : "no rows";
                               });
                             })
                      .value();
      } catch (const seam::sql::SqlError& error) {
        outcome = seam::sql::ErrorKindName(error.kind());
      }
      EXPECT_EQ(outcome, reader == owner ? "rows" : "FORBIDDEN") << reader << ": " << count;
    }
  }
}

class JourneyTest : public ::testing::TestWithParam<Arrangement> {};

TEST_P(JourneyTest, AnswersAreThoseOfTheRecording) {
  std::optional<ShopDatabase> database;
  if (GetParam().on_postgresql) database.emplace();
  ShopProcess shop(GetParam().bindings, {"--data.samples"}, {}, GetParam().connections,
                   database ? database->Arguments() : std::vector<std::string>());
  ASSERT_TRUE(shop.WaitUntilReady());
  const Journey journey = Walk(shop);

  const std::string actual = Table(journey.exchanges);
  const std::string file = std::string(ACTUAL_FOLDER) + "/journey_" + GetParam().name + ".md";
  std::ofstream(file) << actual;
  EXPECT_TRUE(actual == ReadFile(JOURNEY_TABLE))
      << "the answers are not those of the recording: diff " << JOURNEY_TABLE << " " << file
      << "; when they are right, copy the second over the first";

  const auto document = httplib::Client("127.0.0.1", shop.port()).Get("/openapi.json");
  ASSERT_TRUE(document);
  ExpectAsDescribed(json::parse(document->body), journey.exchanges);

  const std::string said = shop.output();
  for (const std::string& secret : journey.secrets) {
    ASSERT_GE(secret.size(), 8U);
    EXPECT_EQ(said.find(secret), std::string::npos) << "a secret is in a log: " << secret;
  }
  if (database) ExpectOwnTablesOnly(*database);
}

INSTANTIATE_TEST_SUITE_P(Arrangements, JourneyTest, ::testing::ValuesIn(Arrangements()),
                         [](const auto& arrangement) { return arrangement.param.name; });

}  // namespace
}  // namespace shop::e2e
