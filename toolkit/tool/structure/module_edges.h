#ifndef SEAM_TOOL_STRUCTURE_MODULE_EDGES_H_
#define SEAM_TOOL_STRUCTURE_MODULE_EDGES_H_

#include <map>
#include <string>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/rules.h"

namespace seam::structure {

// How one module uses another.
struct ModuleEdge {
  std::string from{};  // Names of modules; never the same.
  std::string to{};
  EdgeKind kind = EdgeKind::kInclude;
  std::vector<Edge> uses{};  // At least one, by place.
};

struct ModuleGraph {
  std::vector<std::string> modules{};  // As in the rules; those without a file as well.
  std::vector<ModuleEdge> edges{};     // By from, to and kind.
  // Statements in one module that create or change a table of another, which does not create it
  // itself: a schema of all tables is such a place. No use, as they go with the table when it
  // moves.
  std::vector<ModuleEdge> definitions{};        // By from and to, of kind kTable.
  std::map<std::string, std::string> tables{};  // Whose each table is.
  // Which module answers the calls of each generated client, by the client's header.
  std::map<std::string, std::string> clients{};
  std::vector<Unseen> unseen{};  // Of the facts, and what could not be attributed.
};

// Joins the facts to modules. An include of a generated client is an edge of kind kSeam to the
// module whose files include the handler of the same contract, and an edge of kind kInclude to the
// module that has the client's file, if one has. In that module itself it is neither: who calls by
// a contract of his own does not know who answers. An include of a generated subscriber is, in the
// same way, an edge of kind kEvent to the module whose files include the publisher. A table is its
// claimant's, else its creator's. A foreign key leads from the module whose table has it, wherever
// it is written. A statement that creates or changes a table is a use where the table's module
// creates it, and a definition where it does not. A symbol is left out where the file already
// includes, itself, a file of the module that defines it: that include says the same.
[[nodiscard]] ModuleGraph JoinModules(const Rules& rules, const Facts& facts);

// Modules that use each other in a circle, each group with at least two, by name. Who listens waits
// for nobody: edges of kind kEvent make no circle, and are never cut.
[[nodiscard]] std::vector<std::vector<std::string>> Cycles(const ModuleGraph& graph);

// The edges to take away so that no circle is left: those with the fewest uses in all. Exact for
// groups of up to 16 modules, a good try beyond that (`exact` tells).
struct Cut {
  std::vector<ModuleEdge> edges{};  // All kinds between two modules count together.
  int uses = 0;
  bool exact = true;
};
[[nodiscard]] Cut CheapestCut(const ModuleGraph& graph);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_MODULE_EDGES_H_
