#include "tables.h"

#include <algorithm>

#include "seam/events/schema.h"
#include "seam/events/sql_outbox.h"
#include "seam/sql/migration.h"

namespace seam::events::fault {

std::string ThingName(int number) { return "thing-" + std::to_string(number); }

void MakeThings(sql::Database& things) {
  constexpr std::string_view kThing =
      "CREATE TABLE thing (id TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)";
  sql::Migrate(Context(), things, {{1, "things", kThing, kThing}, EventTables(2)});
  things.Write(Context(), [](sql::Session& session) {
    for (int i = 0; i < kThings; ++i) {
      session.Execute("INSERT INTO thing (id, version) VALUES ($1, 0)", {ThingName(i)});
    }
  });
}

void MakeEffects(sql::Database& stock) {
  constexpr std::string_view kEffect =
      "CREATE TABLE effect (thing TEXT NOT NULL, sequence BIGINT NOT NULL, "
      "version BIGINT NOT NULL);"
      "CREATE INDEX effect_in_order ON effect (thing, sequence);";
  sql::Migrate(Context(), stock, {{1, "effects", kEffect, kEffect}, EventTables(2)});
}

std::int64_t ChangeThing(sql::Session& session, const std::string& thing) {
  return *session.QueryOne("UPDATE thing SET version = version + 1 WHERE id = $1 RETURNING version",
                           {thing}, [](const sql::Row& row) { return row.Int64(0); });
}

void TellChange(const Context& context, sql::Session& session, const std::string& destination,
                const std::string& thing, std::int64_t version) {
  const Publication publication{std::string(kPublisher), {destination}};
  SqlOutbox outbox(session, publication);
  outbox.Add(context, {kChanged, thing, std::to_string(version)}).value();
}

void NoteEffect(sql::Session& session, const std::string& thing, std::int64_t version) {
  session.Execute(
      "INSERT INTO effect (thing, sequence, version) "
      "SELECT $1, COALESCE(max(sequence), 0) + 1, CAST($2 AS BIGINT) FROM effect WHERE thing = $1",
      {thing, version});
}

Versions ReadVersions(sql::Database& things) {
  Versions versions;
  things.Read(Context(), [&](sql::Session& session) {
    session.Query("SELECT id, version FROM thing", {},
                  [&](const sql::Row& row) { versions[std::string(row.Text(0))] = row.Int64(1); });
  });
  return versions;
}

Effects ReadEffects(sql::Database& stock) {
  Effects effects;
  stock.Read(Context(), [&](sql::Session& session) {
    session.Query(
        "SELECT thing, version FROM effect ORDER BY thing, sequence, version", {},
        [&](const sql::Row& row) { effects[std::string(row.Text(0))].push_back(row.Int64(1)); });
  });
  return effects;
}

std::vector<std::string> FindFaults(const Versions& versions, const Effects& effects) {
  std::vector<std::string> faults;
  for (const auto& [thing, version] : versions) {
    const auto found = effects.find(thing);
    const std::vector<std::int64_t> applied =
        found == effects.end() ? std::vector<std::int64_t>() : found->second;
    for (std::int64_t change = 1; change <= version; ++change) {
      const auto times = std::count(applied.begin(), applied.end(), change);
      const std::string name = thing + ": change " + std::to_string(change);
      if (times == 0) faults.push_back(name + " was never applied");
      if (times > 1) faults.push_back(name + " was applied " + std::to_string(times) + " times");
    }
    std::int64_t latest = 0;
    for (const std::int64_t change : applied) {
      const std::string name = thing + ": change " + std::to_string(change);
      if (change > version) faults.push_back(name + " was applied and not made");
      if (change < latest) {
        faults.push_back(name + " was applied after change " + std::to_string(latest));
      }
      latest = std::max(latest, change);
    }
  }
  return faults;
}

}  // namespace seam::events::fault
