#include "tool/diverge/report.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>

#include "tool/diverge/without.h"

namespace seam::diverge {
namespace {

// Long enough for a call that does not hang.
constexpr std::chrono::milliseconds kPatienceWithout{300};

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

bool Same(const std::vector<Observation>& sides) {
  return std::all_of(sides.begin(), sides.end(), [&](const Observation& observation) {
    return observation.seen == sides.front().seen;
  });
}

}  // namespace

std::string_view VerdictName(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kEqual: return "equal";
    case Verdict::kDeclared: return "declared";
    case Verdict::kDiffers: return "DIFFERS";
    case Verdict::kUnexpected: return "UNEXPECTED";
  }
  return "UNEXPECTED";
}

Verdict Judge(const Hazard& hazard, const std::vector<Observation>& sides) {
  const bool expected = std::all_of(sides.begin(), sides.end(), [&](const Observation& side) {
    return side.seen == hazard.expected;
  });
  if (expected) return Verdict::kEqual;
  if (!hazard.exception.empty()) return Verdict::kDeclared;
  return Same(sides) ? Verdict::kUnexpected : Verdict::kDiffers;
}

Row Try(const Hazard& hazard, const EverySide& sides, bool bare) {
  Row row{.hazard = hazard};
  for (const testing::Side side : testing::kEverySide) {
    row.sides.push_back({std::string(SideLabel(side)), Observe(hazard, sides.On(side))});
  }
  if (bare && hazard.without != Without::kNothing) row.without.push_back(TryWithout(hazard));
  row.verdict = Judge(hazard, row.sides);
  return row;
}

Observation TryWithout(const Hazard& hazard) {
  const auto bare = OpenWithout(hazard.without);
  return {std::string(WithoutName(hazard.without)),
          Observe(hazard, {bare->client(), kPatienceWithout})};
}

Table::Table(const std::vector<Hazard>& hazards, bool detailed)
    : hazards_(hazards), detailed_(detailed), name_width_(std::string_view("HAZARD").size()) {
  for (const Hazard& hazard : hazards_) name_width_ = std::max(name_width_, hazard.name.size());
}

std::string Table::Line(const std::string& name, std::string_view verdict,
                        const std::string& text) const {
  constexpr std::size_t kVerdictWidth = 10;
  return Padded(name, name_width_) + "  " + Padded(std::string(verdict), kVerdictWidth) + "  " +
         text + "\n";
}

std::string Table::Head() const {
  std::string head;
  if (detailed_) {
    for (const Hazard& hazard : hazards_) head += hazard.name + ": " + hazard.text + "\n";
    head += "\n";
  }
  return head + Line("HAZARD", "SIDES", "WHAT THE CALLER SEES");
}

std::string Table::Lines(const Row& row) const {
  std::string lines;
  std::string name = row.hazard.name;
  std::string_view verdict = VerdictName(row.verdict);
  const auto next = [&](const std::string& text) {
    lines += Line(name, verdict, text);
    name.clear();
    verdict = {};
  };
  if (!detailed_ && Same(row.sides)) {
    next(row.sides.front().seen);
  } else {
    for (const Observation& side : row.sides) next(side.place + ": " + side.seen);
  }
  if (row.verdict == Verdict::kDeclared) next("declared, since " + row.hazard.exception);
  if (row.verdict == Verdict::kDiffers || row.verdict == Verdict::kUnexpected) {
    next("expected: " + row.hazard.expected);
  }
  for (const Observation& bare : row.without) next("with " + bare.place + ": " + bare.seen);
  return lines;
}

std::string Table::Foot(const std::vector<Row>& rows) {
  std::map<Verdict, int> verdicts;
  for (const Row& row : rows) ++verdicts[row.verdict];
  return "\n" + std::to_string(rows.size()) + (rows.size() == 1 ? " hazard on " : " hazards on ") +
         std::to_string(testing::kEverySide.size()) +
         " sides: " + std::to_string(verdicts[Verdict::kEqual]) + " equal, " +
         std::to_string(verdicts[Verdict::kDeclared]) + " declared, " +
         std::to_string(verdicts[Verdict::kDiffers] + verdicts[Verdict::kUnexpected]) +
         " different\n";
}

std::string JsonReport(const std::vector<Row>& rows) {
  nlohmann::ordered_json report;
  report["hazards"] = nlohmann::ordered_json::array();
  int different = 0;
  for (const Row& row : rows) {
    nlohmann::ordered_json hazard;
    hazard["name"] = row.hazard.name;
    hazard["hazard"] = row.hazard.text;
    hazard["verdict"] = VerdictName(row.verdict);
    hazard["expected"] = row.hazard.expected;
    if (!row.hazard.exception.empty()) hazard["exception"] = row.hazard.exception;
    for (const Observation& side : row.sides) hazard["sides"][side.place] = side.seen;
    for (const Observation& bare : row.without) hazard["without"][bare.place] = bare.seen;
    report["hazards"].push_back(std::move(hazard));
    if (row.verdict == Verdict::kDiffers || row.verdict == Verdict::kUnexpected) ++different;
  }
  report["different"] = different;
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string MarkdownTable(const std::vector<Hazard>& hazards) {
  std::string table =
      "| hazard | what may happen | what every side does | it happens with |\n|---|---|---|---|\n";
  for (const Hazard& hazard : hazards) {
    if (!hazard.exception.empty()) continue;
    table += "| `" + hazard.name + "` | " + hazard.text + " | `" + hazard.expected + "` | " +
             std::string(WithoutName(hazard.without)) + " |\n";
  }
  return table;
}

}  // namespace seam::diverge
