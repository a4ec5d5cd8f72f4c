#ifndef SEAM_TOOL_STRUCTURE_CHECK_REPORT_H_
#define SEAM_TOOL_STRUCTURE_CHECK_REPORT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tool/structure/baseline.h"
#include "tool/structure/facts.h"
#include "tool/structure/judge.h"

namespace seam::structure {

// What has become of the baseline since a revision.
struct Against {
  std::string revision{};
  Growth growth{};
  std::optional<std::string> allowed{};  // Why it may have grown.
};

// What a check has found. Paths are relative to the project's root.
struct CheckReport {
  std::string rules_file{};
  std::string baseline_file{};
  std::size_t files = 0;
  long lines = 0;
  std::size_t modules = 0;
  Verdict verdict{};
  std::vector<Unseen> unseen{};
  std::optional<Against> against{};
};

// Whether nothing is refused: no new violation, no stale entry, no growth that nobody allowed.
[[nodiscard]] bool IsGood(const CheckReport& report);

// A violation a paragraph, and a summary. `all_unseen`: everything that was not seen, and not the
// first few alone.
[[nodiscard]] std::string CheckText(const CheckReport& report, bool all_unseen);

// One JSON object; docs/structure.md lists its members.
[[nodiscard]] std::string CheckJson(const CheckReport& report);

// SARIF 2.1.0 as code scanning services take it: violations that the baseline accepts are
// suppressed results. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
[[nodiscard]] std::string CheckSarif(const CheckReport& report);

// A workflow command for each refusal, which a GitHub workflow shows beside the line.
[[nodiscard]] std::string CheckGithub(const CheckReport& report);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_CHECK_REPORT_H_
