#include "seam/binding/allowed_callers.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace seam {
namespace {

[[noreturn]] void Die(const MethodGroup& group, std::string_view method, const char* what) {
  std::fprintf(stderr, "the method %.*s of the group '%s' %s\n", static_cast<int>(method.size()),
               method.data(), group.name.c_str(), what);
  std::abort();
}

Error NotAllowed(const std::string* caller, std::string_view method, const std::string& group,
                 const std::string& why) {
  const std::string who = caller == nullptr ? "a caller without an identity" : *caller;
  return Error{Code::kPermissionDenied,
               "CALLER_NOT_ALLOWED",
               who + " may not call " + std::string(method) + "; " + why,
               {{"caller", caller == nullptr ? "" : *caller},
                {"group", group},
                {"method", std::string(method)}},
               Origin::kNotDelivered};
}

}  // namespace

void AllowedCallers::Allow(const MethodGroup& group, std::vector<std::string> callers,
                           std::string option) {
  const Rule rule{group.name, std::move(callers), std::move(option)};
  const MethodContract* const begin = group.contract->methods;
  const MethodContract* const end = begin + group.contract->method_count;
  for (const std::string_view name : group.methods) {
    const auto* const method = std::find_if(
        begin, end, [&](const MethodContract& candidate) { return candidate.name == name; });
    if (method == end) Die(group, name, "is not in the contract");
    if (!rules_.try_emplace(method->path, rule).second) {
      Die(group, name, "is in another group as well");
    }
  }
}

bool AllowedCallers::IsAmong(const std::vector<std::string>& callers, const std::string* caller) {
  if (caller == nullptr) return false;
  return std::any_of(callers.begin(), callers.end(), [&](const std::string& allowed) {
    return allowed == *caller || allowed == kEveryService;
  });
}

std::optional<Error> AllowedCallers::Check(const MethodContract& method,
                                           const std::string* caller) const {
  const auto rule = rules_.find(method.path);
  const bool has_group = rule != rules_.end();
  if (has_group && IsAmong(rule->second.callers, caller)) return std::nullopt;
  if (!has_group) {
    return NotAllowed(caller, method.path, "",
                      "the method is in no group of which it was said who may call it");
  }
  const auto& [group, callers, option] = rule->second;
  std::string why = "it is not among those that are allowed the group '" + group + "'";
  if (!option.empty()) why += ": add it to the option " + option + " of the process that is called";
  return NotAllowed(caller, method.path, group, why);
}

std::optional<Error> AllowedCallers::CheckAny(const std::string* caller) const {
  const bool may = std::any_of(rules_.begin(), rules_.end(), [&](const auto& entry) {
    return IsAmong(entry.second.callers, caller);
  });
  if (may) return std::nullopt;
  return NotAllowed(caller, "any method here", "", "it is among the callers of no group");
}

std::string AllowedCallers::MethodsWithoutAGroup(const ServiceContract& contract) const {
  std::string names;
  for (std::size_t i = 0; i < contract.method_count; ++i) {
    const MethodContract& method = contract.methods[i];
    if (rules_.count(method.path) == 0) {
      names += (names.empty() ? "" : ", ") + std::string(method.name);
    }
  }
  return names;
}

}  // namespace seam
