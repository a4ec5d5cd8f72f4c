#include "seam/binding/allowed_callers.h"

#include <algorithm>
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

}  // namespace

void AllowedCallers::Restrict(const MethodGroup& group, std::vector<std::string> callers) {
  const Rule rule{group.name, std::move(callers)};
  const MethodContract* const begin = group.contract->methods;
  const MethodContract* const end = begin + group.contract->method_count;
  for (const std::string_view name : group.methods) {
    const auto* const method = std::find_if(
        begin, end, [&](const MethodContract& candidate) { return candidate.name == name; });
    if (method == end) Die(group, name, "is not in the contract");
    if (!rules_.try_emplace(method->path, rule).second) {
      Die(group, name, "is restricted twice");
    }
  }
}

std::optional<Error> AllowedCallers::Check(const MethodContract& method,
                                           const std::string* caller) const {
  const auto rule = rules_.find(method.path);
  if (rule == rules_.end()) return std::nullopt;
  const auto& [group, callers] = rule->second;
  if (caller != nullptr && std::find(callers.begin(), callers.end(), *caller) != callers.end()) {
    return std::nullopt;
  }
  const std::string who = caller == nullptr ? "a caller without an identity" : *caller;
  return Error{Code::kPermissionDenied,
               "CALLER_NOT_ALLOWED",
               who + " may not call " + std::string(method.path) +
                   "; it is not among those that are allowed the group '" + group + "'",
               {{"caller", caller == nullptr ? "" : *caller},
                {"group", group},
                {"method", std::string(method.path)}},
               Origin::kNotDelivered};
}

}  // namespace seam
