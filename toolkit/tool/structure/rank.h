#ifndef SEAM_TOOL_STRUCTURE_RANK_H_
#define SEAM_TOOL_STRUCTURE_RANK_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tool/structure/call_record.h"
#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/rules.h"
#include "tool/structure/table_owners.h"

namespace seam::structure {

// What a module costs to take out, in points: the fewer the better. They order the modules and say
// nothing else.
struct RankWeights {
  int place = 1;         // A place to change: an include, or a symbol used without one.
  int past_face = 2;     // More, where it is past the module's public files.
  int table_read = 3;    // A read of a table across the boundary.
  int table_write = 10;  // A write.
  int table_join = 25;   // A join, or a foreign key.
  int circle = 50;       // The module is in a circle.
  int remote_call = 5;   // A call that becomes remote, on the average of a request.
};

// A module with more calls a request than these is not taken out as it is.
constexpr double kChattyCalls = 10;

enum class Recommendation {
  kFirst,     // The cheapest of those that can be taken out.
  kPossible,  // Can be taken out; another is cheaper.
  kNotYet,    // Something is in the way.
  kLeaveIt,   // Nothing would be won: a program's beginning, or a library.
};

// How one side uses the other.
struct Traffic {
  std::map<std::string, std::size_t> modules{};  // The other side, with its places.
  std::size_t files = 0;                         // Of whoever uses.
  std::size_t places = 0;                        // Includes, and symbols without one.
  std::size_t seam_calls = 0;                    // Includes of clients: nothing is to change there.
  std::map<std::string, std::size_t> libraries{};  // Those used that go along with the module.
  std::size_t reads = 0;                           // Of tables.
  std::size_t writes = 0;
  std::size_t joins = 0;  // And foreign keys.
};

struct Standing {
  std::string module{};
  Recommendation verdict = Recommendation::kPossible;
  std::string why{};                   // In a few words; may be empty.
  std::vector<std::string> reasons{};  // A sentence each, with numbers and places.
  int points = 0;
  std::size_t files = 0;
  std::size_t lines = 0;
  Traffic used_by{};
  Traffic uses{};
  std::vector<std::string> tables{};     // Of its own.
  std::vector<std::string> circle{};     // With whom; empty when in none.
  std::size_t definitions = 0;           // Of its tables, in modules that do not own them.
  std::size_t past_face = 0;             // Uses of files that are not for others.
  std::optional<double> remote_calls{};  // A request; of a recorded run.
};

struct Ranking {
  std::vector<Standing> standings{};  // The best first.
  // Why there is none to be taken out first; empty when there is one.
  std::string nothing{};
  std::vector<std::string> unknown{};  // Modules of the recorded run that the project has not.
  std::vector<std::string> notes{};    // What would make the ranking better.
};

// `call_us`: what a remote call takes, in microseconds.
[[nodiscard]] Ranking RankModules(const Rules& rules, const Facts& facts, const ModuleGraph& graph,
                                  const std::optional<CallRecord>& calls, double call_us,
                                  const RankWeights& weights = {});

// What was taken for whose, for Ranking::notes.
[[nodiscard]] std::vector<std::string> NotesOf(const std::vector<TableProposal>& proposals);

// "first", "possible", "not yet", "leave it".
[[nodiscard]] std::string_view RecommendationName(Recommendation verdict);

// How the ranking comes about.
[[nodiscard]] std::string ExplainRanking(double call_us, const RankWeights& weights = {});

// For a person to read.
[[nodiscard]] std::string RankingText(const Ranking& ranking);
[[nodiscard]] std::string RankingJson(const Ranking& ranking);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_RANK_H_
