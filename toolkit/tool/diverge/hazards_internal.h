#ifndef TOOL_DIVERGE_HAZARDS_INTERNAL_H_
#define TOOL_DIVERGE_HAZARDS_INTERNAL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/error.h"
#include "seam/core/result.h"
#include "seam/probe/v1/probe_client.h"
#include "tool/diverge/hazard.h"

// The parts of the catalogue, and how they put what they saw into words.
namespace seam::diverge {

[[nodiscard]] std::vector<Hazard> ValueHazards();      // What a message holds.
[[nodiscard]] std::vector<Hazard> LimitHazards();      // What cannot cross a wire.
[[nodiscard]] std::vector<Hazard> ErrorHazards();      // How a call fails.
[[nodiscard]] std::vector<Hazard> ContextHazards();    // What comes with a call.
[[nodiscard]] std::vector<Hazard> ExecutionHazards();  // Where, when and how often a handler runs.

// "NOT_FOUND STALE (handler)". Without the message, since the text of an error that a binding makes
// itself says more where there is more to say, such as the target. A number that is no code is
// shown as such.
[[nodiscard]] std::string InBrief(const Error& error);

// InBrief, the message and the metadata.
[[nodiscard]] std::string InFull(const Error& error);

// The text in quotes, with what is not printable ASCII escaped, and shortened when it is long.
[[nodiscard]] std::string Quoted(std::string_view text);

// "answered", or the error in brief.
template <class T>
[[nodiscard]] std::string Outcome(const Result<T>& result) {
  return result ? "answered" : InBrief(result.error());
}

// `seen`, and after it "; the handler does not run", or how often it ran with this key. Takes what
// was seen of the calls so that it counts after them: the operands of a + have no order.
[[nodiscard]] std::string AndRuns(const std::string& seen, const Stage& stage,
                                  const std::string& key);

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_HAZARDS_INTERNAL_H_
