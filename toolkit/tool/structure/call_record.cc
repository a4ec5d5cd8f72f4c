#include "tool/structure/call_record.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <system_error>

namespace seam::structure {

namespace {

struct CounterSums {
  std::map<std::pair<std::string, std::string>, double> calls{};
  std::optional<double> requests{};
};

Failure NoRecord(std::string message) {
  return Fail(Code::kInvalidArgument, "NO_CALL_RECORD", std::move(message));
}

void DropBlanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// The labels of a line, from behind the '{' to behind the '}'; none when they are wrong.
std::optional<std::map<std::string, std::string>> TakeLabels(std::string_view& line) {
  std::map<std::string, std::string> labels;
  for (;;) {
    DropBlanks(line);
    if (line.empty()) return std::nullopt;
    if (line.front() == '}') {
      line.remove_prefix(1);
      return labels;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals + 1 >= line.size() || line[equals + 1] != '"') {
      return std::nullopt;
    }
    std::string& value = labels[std::string(line.substr(0, equals))];
    line.remove_prefix(equals + 2);
    while (!line.empty() && line.front() != '"') {
      if (line.front() == '\\' && line.size() > 1) {
        line.remove_prefix(1);
        value += line.front() == 'n' ? '\n' : line.front();
      } else {
        value += line.front();
      }
      line.remove_prefix(1);
    }
    if (line.empty()) return std::nullopt;
    line.remove_prefix(1);
    DropBlanks(line);
    if (!line.empty() && line.front() == ',') line.remove_prefix(1);
  }
}

Result<CounterSums> ReadCounters(std::string_view text, const CallCounters& counters) {
  CounterSums counted;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    DropBlanks(line);
    if (line.empty() || line.front() == '#') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    const std::size_t name_end = line.find_first_of("{ \t");
    if (name_end == std::string_view::npos) {
      return NoRecord(where + "a counter has a name and a value; save what /metrics answers");
    }
    const std::string_view name = line.substr(0, name_end);
    if (name != counters.calls && name != counters.requests) continue;
    line.remove_prefix(name_end);
    std::map<std::string, std::string> labels;
    if (line.front() == '{') {
      line.remove_prefix(1);
      auto taken = TakeLabels(line);
      if (!taken) return NoRecord(where + "the labels are not name=\"value\" between { and }");
      labels = *std::move(taken);
    }
    DropBlanks(line);
    double value = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0 ||
        (stop != line.data() + line.size() && *stop != ' ' && *stop != '\t')) {
      return NoRecord(where + "the value is not the number that a counter has");
    }
    if (name == counters.requests) {
      counted.requests = counted.requests.value_or(0) + value;
      continue;
    }
    const auto module = labels.find("module");
    if (module == labels.end() || module->second.empty()) {
      return NoRecord(where + counters.calls + " has no label 'module', which says who was called");
    }
    const auto from = labels.find("from");
    counted.calls[{from != labels.end() ? from->second : std::string(), module->second}] += value;
  }
  return counted;
}

}  // namespace

Result<CallRecord> ReadCallRecord(std::optional<std::string_view> before, std::string_view after,
                                  const CallCounters& counters, std::optional<double> requests) {
  auto counted = ReadCounters(after, counters);
  if (!counted) return Forward(std::move(counted).error());
  CallRecord record;
  record.calls = std::move(counted->calls);
  if (record.calls.empty()) {
    return NoRecord("there is no counter " + counters.calls +
                    "; save what /metrics answers after a run, or name the counter");
  }
  double base = 0;
  if (before) {
    const auto earlier = ReadCounters(*before, counters);
    if (!earlier) {
      Error error = earlier.error();
      error.message = "the first record: " + error.message;
      return Forward(std::move(error));
    }
    base = earlier->requests.value_or(0);
    for (const auto& [ends, calls] : earlier->calls) {
      double& now = record.calls[ends];
      now -= calls;
      if (now < 0) {
        return NoRecord("the calls of " + ends.second +
                        " became fewer from the first record to the second; take both from one "
                        "run, the earlier one first");
      }
    }
  }
  if (!requests && counted->requests) requests = *counted->requests - base;
  if (!requests || *requests <= 0) {
    return NoRecord("no request was counted by " + counters.requests +
                    "; name the counter, or say how many requests there were");
  }
  record.requests = *requests;
  return record;
}

}  // namespace seam::structure
