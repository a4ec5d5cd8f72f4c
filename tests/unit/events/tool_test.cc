#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "events_fixture.h"
#include "seam/testing/process.h"

namespace seam::events {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct ToolEnded {
  int status = 0;
  std::string output;
};

ToolEnded RunTool(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {SEAM_PROGRAM, "events"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  testing::Process process(all);
  const int status = process.Wait().value_or(-1);
  return {status, process.output()};
}

// `seam events` on the databases of a publisher and a subscriber.
class EventsToolTest : public EventsFixture {
 protected:
  // The arguments that name a module's database.
  [[nodiscard]] std::vector<std::string> DatabaseOf(const std::string& module) const {
    const sql::DatabaseOptions options = databases_.Of(module);
    if (!options.postgresql) return {"--database", options.sqlite_file};
    return {"--database", options.postgresql->address, "--role", options.postgresql->role};
  }
  [[nodiscard]] ToolEnded Run(const std::string& module, std::vector<std::string> arguments) const {
    for (std::string& argument : DatabaseOf(module)) arguments.push_back(std::move(argument));
    return RunTool(arguments);
  }
  // The output without what differs from run to run: ids, and how old the events of the past are.
  [[nodiscard]] static std::string Steady(const std::string& output) {
    const std::string no_ids = std::regex_replace(
        output, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID");
    return std::regex_replace(no_ids, std::regex("[0-9]+ d\n"), "N d\n");
  }
  // Parks a1 in the subscriber's inbox, for as many as are parked then; b1 is applied.
  void ParkOne(std::size_t parked = 1) {
    const auto inbox = OpenInbox([](const Context&, const Event& event) -> Result<void> {
      if (event.payload == "a1") return Fail(Code::kDataLoss, "INVALID_EVENT", "no such message");
      return {};
    });
    const Event applied = NewEvent("b", "b1");
    EXPECT_TRUE(inbox->Accept(Context(), {NewEvent("a\x1b[2J", "a1"), applied}));
    ASSERT_TRUE(
        Eventually([&] { return !Effects("b").empty() && Parked(stock()).size() == parked; }));
    EXPECT_TRUE(inbox->Accept(Context(), {applied}));
  }
};

TEST_F(EventsToolTest, TellsHowItStands) {
  EXPECT_TRUE(things().Read(Context(), [](Session&) { return true; }));
  const ToolEnded before = Run("things", {"standing"});
  EXPECT_EQ(before.status, 0) << before.output;
  EXPECT_EQ(before.output, "no events: nothing waits, nothing is parked, nothing is remembered\n");

  Publish("a", "a1");
  Publish("a", "a2");
  const ToolEnded waiting = Run("things", {"standing"});
  EXPECT_EQ(waiting.status, 0) << waiting.output;
  EXPECT_EQ(Steady(waiting.output),
            "box     peer   waiting  retrying  parked  applied  redelivered     lag\n"
            "outbox  stock        2         0       0        -            -  N d\n")
      << waiting.output;

  ParkOne();
  const ToolEnded parked = Run("stock", {"standing"});
  EXPECT_EQ(parked.status, 1);
  EXPECT_EQ(parked.output,
            "box    peer    waiting  retrying  parked  applied  redelivered   lag\n"
            "inbox  things        0         0       1        1            1  0 ms\n"
            "1 event is parked: see `seam events parked`\n");
  const ToolEnded json = Run("stock", {"standing", "--json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(nlohmann::json::parse(json.output), nlohmann::json::parse(R"({
    "parked": 1,
    "standings": [{"box": "inbox", "peer": "things", "waiting": 0, "retrying": 0, "parked": 1,
                   "applied": 1, "redelivered": 1, "lag_ms": 0,
                   "last_applied_at": "2023-11-14T22:13:20.123Z"}]})"));
}

TEST_F(EventsToolTest, ListsWhatIsParkedAndLetsItBeTriedAgainOrDropped) {
  ParkOne();
  const ToolEnded listed = Run("stock", {"parked"});
  EXPECT_EQ(listed.status, 1);
  EXPECT_EQ(Steady(listed.output),
            "inbox 1: thing.renamed about a\xEF\xBF\xBD[2J, from things, after 1 attempt\n"
            "  reason: DATA_LOSS INVALID_EVENT: no such message (handler)\n"
            "  event: ID, test.ThingRenamed of 2 bytes\n"
            "  published 1970-01-01T00:00:00.000Z, parked 2023-11-14T22:13:20.123Z\n");
  const nlohmann::json json =
      nlohmann::json::parse(Run("stock", {"parked", "--json"}).output, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json.at("parked"), 1);
  EXPECT_EQ(json.at("events").at(0).at("payload_base64"), "YTE=");
  EXPECT_EQ(json.at("events").at(0).at("entity"), "a\x1b[2J");

  // One that is not there is told, and does not keep the other from being done.
  const ToolEnded retried = Run("stock", {"retry", "inbox", "2", "1"});
  EXPECT_EQ(retried.status, 1);
  EXPECT_EQ(retried.output, "inbox 2: no such event is parked\ninbox 1: is tried again\n");
  EXPECT_EQ(Standings(stock())[0].waiting, 1);
  EXPECT_EQ(Run("stock", {"parked"}).output, "nothing is parked\n");
  EXPECT_EQ(Run("stock", {"drop", "inbox", "1"}).status, 1);

  ParkOne(2);
  EXPECT_THAT(Run("stock", {"parked", "--limit", "1"}).output,
              HasSubstr("\n1 of 2; --limit lists more\n"));
  const ToolEnded dropped = Run("stock", {"drop", "inbox", "1", "--json"});
  EXPECT_EQ(dropped.status, 0) << dropped.output;
  EXPECT_EQ(nlohmann::json::parse(dropped.output),
            nlohmann::json::parse(R"([{"box": "inbox", "position": 1, "done": true}])"));
  EXPECT_EQ(Count(stock(), "seam_inbox WHERE state = 3"), 1);
  EXPECT_EQ(Run("stock", {"drop", "outbox", "1"}).output, "outbox 1: no such event is parked\n");
}

TEST_F(EventsToolTest, WatchesAsThingsChange) {
  Publish("a", "a1");
  std::vector<std::string> arguments = {SEAM_PROGRAM, "events",  "standing",
                                        "--json",     "--watch", "0.1"};
  for (std::string& argument : DatabaseOf("things")) arguments.push_back(std::move(argument));
  testing::Process watch(arguments);
  EXPECT_TRUE(watch.WaitForLine("\"waiting\":1,"));
  Publish("a", "a2");
  EXPECT_TRUE(watch.WaitForLine("\"waiting\":2,"));
}

TEST_F(EventsToolTest, SaysWhatIsWrongWithTheDatabase) {
  const auto refused = [](const std::vector<std::string>& arguments) {
    const ToolEnded ended = RunTool(arguments);
    EXPECT_EQ(ended.status, 2) << ended.output;
    return ended.output;
  };
  EXPECT_THAT(refused({"standing"}), HasSubstr("--database is required"));
  EXPECT_THAT(refused({"retry", "letterbox", "1", "--database", "x"}), HasSubstr("letterbox"));
  EXPECT_THAT(refused({"retry", "inbox", "0", "--database", "x"}), HasSubstr("0"));
  const std::string missing = databases_.folder().path() + "/missing.sqlite";
  EXPECT_EQ(
      refused({"standing", "--database", missing}),
      "seam events: there is no file " + missing +
          "; --database takes a module's SQLite file, or postgresql://HOST/NAME with --role\n");
  EXPECT_FALSE(std::filesystem::exists(missing));
  EXPECT_EQ(refused({"standing", "--database", missing, "--schema", "shop_stock"}),
            "seam events: --schema and --password-file go with --role, for PostgreSQL; leave them "
            "out for a file\n");
  EXPECT_EQ(refused({"standing", "--database", "postgresql://127.0.0.1/shop"}),
            "seam events: give --role with the module's role at the server, such as "
            "shop_products\n");
  EXPECT_THAT(refused({"standing", "--database", "postgresql://me:1234@127.0.0.1/shop", "--role",
                       "shop_stock"}),
              ::testing::AllOf(StartsWith("seam events: "), ::testing::Not(HasSubstr("1234"))));

  // A module's database that has no events.
  static_cast<void>(Execute(*databases_.Open("plain"), "CREATE TABLE plain (id BIGINT)"));
  std::vector<std::string> plain = {"standing"};
  for (std::string& argument : DatabaseOf("plain")) plain.push_back(std::move(argument));
  EXPECT_THAT(refused(plain), HasSubstr("has no outbox and no inbox; name the database of a "
                                        "module that publishes or subscribes"));
  if (databases_.Of("plain").postgresql) {
    plain.insert(plain.end(), {"--password-file", missing});
    EXPECT_THAT(refused(plain), HasSubstr(missing));
    return;
  }
  const std::string text = databases_.folder().path() + "/text";
  std::ofstream(text) << std::string(5000, 'x');
  EXPECT_THAT(refused({"standing", "--database", text}), HasSubstr(text));
}

}  // namespace
}  // namespace seam::events
