#ifndef TESTS_FAULT_EVENTS_TABLES_H_
#define TESTS_FAULT_EVENTS_TABLES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "seam/events/event.h"
#include "seam/sql/database.h"

// What the events under fire leave in the tables, and what has to be true of it.
namespace seam::events::fault {

// The publisher's things are changed again and again; the event of a change has the version that it
// made, as text.
inline constexpr EventContract kChanged{"thing.changed", "test.ThingChanged"};
inline constexpr std::string_view kPublisher = "things";
inline constexpr std::string_view kSubscriber = "stock";
inline constexpr int kThings = 12;

[[nodiscard]] std::string ThingName(int number);

// Make the tables of either side. The publisher's has the version of each thing. The subscriber's
// has a row for each event that was applied, with its number among those about its thing: nothing
// in it keeps an event from being applied twice or too early.
void MakeThings(sql::Database& things);
void MakeEffects(sql::Database& stock);

// Within the transaction that changes it. The version that it has then.
[[nodiscard]] std::int64_t ChangeThing(sql::Session& session, const std::string& thing);
// Within the same transaction: the event, for the destination.
void TellChange(const Context& context, sql::Session& session, const std::string& destination,
                const std::string& thing, std::int64_t version);
// Within the transaction that applies the event.
void NoteEffect(sql::Session& session, const std::string& thing, std::int64_t version);

using Versions = std::map<std::string, std::int64_t>;              // Of each thing.
using Effects = std::map<std::string, std::vector<std::int64_t>>;  // As they were applied.

[[nodiscard]] Versions ReadVersions(sql::Database& things);
[[nodiscard]] Effects ReadEffects(sql::Database& stock);

// What is wrong when all is quiet: every change has to be applied once, in the order of changes.
[[nodiscard]] std::vector<std::string> FindFaults(const Versions& versions, const Effects& effects);

}  // namespace seam::events::fault

#endif  // TESTS_FAULT_EVENTS_TABLES_H_
