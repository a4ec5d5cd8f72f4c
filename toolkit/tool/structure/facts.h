#ifndef SEAM_TOOL_STRUCTURE_FACTS_H_
#define SEAM_TOOL_STRUCTURE_FACTS_H_

#include <string>
#include <vector>

// What is written in a project's sources about who uses whom, before anybody says what a module is.
// Plain values: whoever reads sources makes them, and whoever judges or draws takes them.
namespace seam::structure {

// A place in a source.
struct Place {
  std::string file{};  // Relative to the project's root, with '/'.
  int line = 0;        // From 1; 0 is the file as a whole.
};

enum class EdgeKind {
  kInclude,  // A file includes another.
  kSymbol,   // An object file needs what another defines: seen by the linker.
  kTable,    // SQL text names a table.
  kSeam,     // A file includes a generated client: a call through a seam.
  kEvent,    // A file includes a generated subscriber: it listens to what another tells, later.
};

enum class TableUse {
  kNone,        // Not an edge to a table.
  kCreate,      // CREATE, ALTER, DROP TABLE; an index, trigger or view on it.
  kRead,        // Its rows alone.
  kWrite,       // INSERT, UPDATE, DELETE.
  kJoin,        // Its rows together with those of another table, `with`.
  kForeignKey,  // A key of `with` refers to it.
};

// One use of something, in one place.
struct Edge {
  EdgeKind kind = EdgeKind::kInclude;
  Place place{};
  // What is used. An include: the file, relative to the root, or as it is spelled when it is none
  // of the project's ("grpcpp/server.h"). A symbol: its demangled name
  // ("billing::RecordLateFee(int)"). A table: its name in lower case, with the schema when one is
  // written.
  std::string target{};
  // The file of the project that `target` leads to: the one that is included, that defines the
  // symbol, that creates the table. Empty when there is none or it is not known.
  std::string target_file{};
  TableUse use = TableUse::kNone;
  std::string with{};  // See TableUse.
};

// A source that was read.
struct SourceFile {
  std::string path{};  // Relative to the root, with '/'.
  int lines = 0;
  bool generated = false;  // Its head says so.
};

// Something that could not be seen, so that an empty answer is not taken for a clean one.
struct Unseen {
  std::string what{};  // "monolith/a.cc:3: #include MACRO: which file is meant is known to the
                       // compiler only"
  std::string mend{};  // What to do to have it seen; empty when nothing helps.
};

struct Facts {
  std::vector<SourceFile> files{};  // By path.
  std::vector<Edge> edges{};        // By place, kind and target.
  std::vector<Unseen> unseen{};
};

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_FACTS_H_
