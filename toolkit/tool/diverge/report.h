#ifndef TOOL_DIVERGE_REPORT_H_
#define TOOL_DIVERGE_REPORT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tool/diverge/every_side.h"
#include "tool/diverge/hazard.h"

namespace seam::diverge {

enum class Verdict {
  kEqual,       // Every side sees what is expected.
  kDeclared,    // Not so, and the hazard is a declared exception.
  kDiffers,     // Sides see different things.
  kUnexpected,  // Every side sees the same, and something else than is expected.
};

// "equal", "declared", "DIFFERS", "UNEXPECTED".
[[nodiscard]] std::string_view VerdictName(Verdict verdict) noexcept;

struct Observation {
  std::string place;  // A side, or what was taken away.
  std::string seen;
};

// A hazard that was tried.
struct Row {
  Hazard hazard;
  std::vector<Observation> sides{};
  std::vector<Observation> without{};  // One or none.
  Verdict verdict = Verdict::kEqual;
};

[[nodiscard]] Verdict Judge(const Hazard& hazard, const std::vector<Observation>& sides);

// Tries the hazard on every side, and `bare` without the piece of Seam that takes care.
[[nodiscard]] Row Try(const Hazard& hazard, const EverySide& sides, bool bare);

// What is seen when hazard.without is taken away; not for Without::kNothing.
[[nodiscard]] Observation TryWithout(const Hazard& hazard);

// For people, in pieces, so that what was tried is shown while the rest is on its way.
class Table {
 public:
  // `detailed` shows each side by itself, and what each hazard is. The hazards live as long.
  Table(const std::vector<Hazard>& hazards, bool detailed);

  [[nodiscard]] std::string Head() const;
  // The lines of one of the hazards.
  [[nodiscard]] std::string Lines(const Row& row) const;
  // Counts what was tried.
  [[nodiscard]] static std::string Foot(const std::vector<Row>& rows);

 private:
  [[nodiscard]] std::string Line(const std::string& name, std::string_view verdict,
                                 const std::string& text) const;

  const std::vector<Hazard>& hazards_;
  const bool detailed_;
  std::size_t name_width_;
};

// For programs: {"hazards": [{"name", "hazard", "verdict", "expected", "exception", "sides":
// {SIDE: SEEN}, "without": {PLACE: SEEN}}], "different": NUMBER}. "different" counts all that is
// neither equal nor declared.
[[nodiscard]] std::string JsonReport(const std::vector<Row>& rows);

// The table of docs/parity.md, which tells what the hazards say and not what is seen now.
[[nodiscard]] std::string MarkdownTable(const std::vector<Hazard>& hazards);

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_REPORT_H_
