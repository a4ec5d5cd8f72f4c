#ifndef SEAM_TOOL_STRUCTURE_CALL_RECORD_H_
#define SEAM_TOOL_STRUCTURE_CALL_RECORD_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seam/core/result.h"

namespace seam::structure {

// The counters in which a recorded run has its calls and its requests.
struct CallCounters {
  // With the label `module`, whom was called; and `from`, who called, where that is known.
  std::string calls = "seam_calls_total";
  std::string requests = "http_requests_total";
};

// What was called while so many requests were answered.
struct CallRecord {
  double requests = 0;  // More than none.
  // By who called (empty: not known) and whom.
  std::map<std::pair<std::string, std::string>, double> calls{};
};

// Reads counters in the text format of Prometheus, as a program's /metrics has them: what was
// counted from `before` to `after`, or, without `before`, since the program's start. `requests`
// stands in place of a counter of them. INVALID_ARGUMENT, with the line: not that format; no
// counter of calls with a module, or of requests; a counter that went back.
[[nodiscard]] Result<CallRecord> ReadCallRecord(std::optional<std::string_view> before,
                                                std::string_view after,
                                                const CallCounters& counters,
                                                std::optional<double> requests);

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_CALL_RECORD_H_
