#include "seam/binding/call_counts.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <tuple>
#include <utility>

namespace seam {

namespace {

// Of a label: a backslash, a quote and the end of a line are written as two characters.
std::string LabelValue(std::string_view text) {
  std::string value = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') value += '\\';
    value += c == '\n' ? "\\n" : std::string(1, c);
  }
  return value + '"';
}

}  // namespace

struct CallCounts::State {
  // Of one method: by the calling service, which is empty where a chain of calls begins.
  using ByCaller = std::map<std::string, std::uint64_t, std::less<>>;

  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> modules;  // By the names of their services.
  std::map<std::string_view, ByCaller> counts;              // By the path of the method.

  void Count(const MethodContract& method, std::string_view from) {
    const std::lock_guard lock(mutex);
    ByCaller& by_caller = counts[method.path];
    const auto found = by_caller.find(from);
    if (found != by_caller.end()) {
      ++found->second;
    } else {
      by_caller.emplace(from, 1);
    }
  }

  [[nodiscard]] std::string_view ModuleOf(std::string_view service) const {
    const auto found = modules.find(service);
    return found == modules.end() ? service : std::string_view(found->second);
  }
};

CallCounts::CallCounts() : state_(std::make_shared<State>()) {}

CallObserver CallCounts::Of(std::string module, const ServiceContract& contract) {
  const std::lock_guard lock(state_->mutex);
  state_->modules.insert_or_assign(std::string(contract.full_name), std::move(module));
  return [state = state_](const MethodContract& method, const Context& context) {
    state->Count(method, context.call_chain().last());
  };
}

void CallCounts::Clear() {
  const std::lock_guard lock(state_->mutex);
  state_->counts.clear();
}

std::string CallCounts::ToText() const {
  const std::lock_guard lock(state_->mutex);
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::uint64_t> sums;
  for (const auto& [path, by_caller] : state_->counts) {
    const std::size_t slash = path.rfind('/');
    const std::string_view module = state_->ModuleOf(path.substr(1, slash - 1));
    for (const auto& [from, count] : by_caller) {
      sums[{from.empty() ? from : state_->ModuleOf(from), module, path.substr(slash + 1)}] += count;
    }
  }
  std::string text =
      "# HELP seam_calls_total Calls that clients have made, by who called which module.\n"
      "# TYPE seam_calls_total counter\n";
  for (const auto& [labels, count] : sums) {
    const auto& [from, module, method] = labels;
    text += "seam_calls_total{";
    if (!from.empty()) text += "from=" + LabelValue(from) + ",";
    text += "module=" + LabelValue(module) + ",method=" + LabelValue(method) + "} " +
            std::to_string(count) + "\n";
  }
  return text;
}

}  // namespace seam
