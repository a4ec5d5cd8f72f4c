#ifndef SEAM_TOOL_STRUCTURE_TABLE_OWNERS_H_
#define SEAM_TOOL_STRUCTURE_TABLE_OWNERS_H_

#include <map>
#include <string>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/rules.h"

namespace seam::structure {

// How a module uses a table: creating it, and foreign keys to it, are no use.
struct TableCounts {
  int writes = 0;
  int reads = 0;  // And joins.
};

// Whose a table may be that no module claims.
struct TableProposal {
  std::string table{};
  std::string owner{};                         // Empty when it is undecided.
  std::string creator{};                       // Whose sources create it; empty when nobody's do.
  std::map<std::string, TableCounts> users{};  // At least one.
};

struct Claims {
  Rules rules{};  // With the proposals that have an owner.
  ModuleGraph graph{};
  std::vector<TableProposal> proposals{};  // By table.
};

// One place often creates the tables of all. Proposes whose each table is that is written, that
// nobody claims, and whose creator does not use it, or that no source creates: the module's that
// writes it most. Where two write it as often it is undecided, and stays with who creates it. Uses
// in .sql files (rows that come with a schema), and by modules that are named as tests and the like
// are, count only where there are no others.
[[nodiscard]] Claims ClaimTables(Rules rules, const Facts& facts, ModuleGraph graph);

// "billing writes it 3 times and reads it once, orders reads it twice": by writes.
[[nodiscard]] std::string DescribeUsers(const TableProposal& proposal);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_TABLE_OWNERS_H_
