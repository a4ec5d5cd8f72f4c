#ifndef SEAM_BINDING_ALLOWED_CALLERS_H_
#define SEAM_BINDING_ALLOWED_CALLERS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/contract.h"
#include "seam/core/error.h"
#include "seam/core/method_group.h"

namespace seam {

// Which services may call what. A binding asks before the handler is called, in every binding
// alike: over gRPC the caller is who the other side's certificate says, in one process it is the
// process itself. What nobody was allowed nobody may call. Thread-safe once it is filled.
class AllowedCallers {
 public:
  // These services may call the group's methods, and no others; kEveryService stands for every
  // service that has an identity. `option` is the one of this process that has the list, for
  // messages; empty when there is none. Aborts when the contract has no such method, or a method is
  // in two groups: that is a bug in the program, and would be a gap in its defence.
  void Allow(const MethodGroup& group, std::vector<std::string> callers, std::string option = "");

  // Why `caller` may not call `method`, if so: PERMISSION_DENIED, reason CALLER_NOT_ALLOWED, naming
  // caller, method and group; empty is the group of a method that is in none. Nobody knows who a
  // null caller is, so it may not. The origin is kNotDelivered.
  [[nodiscard]] std::optional<Error> Check(const MethodContract& method,
                                           const std::string* caller) const;

  // The same of whoever may call no method at all, for what tells of all of them.
  [[nodiscard]] std::optional<Error> CheckAny(const std::string* caller) const;

  // The methods of a contract that are in no group, with commas between; empty when there are none.
  [[nodiscard]] std::string MethodsWithoutAGroup(const ServiceContract& contract) const;

 private:
  struct Rule {
    std::string group;
    std::vector<std::string> callers;
    std::string option;
  };

  [[nodiscard]] static bool IsAmong(const std::vector<std::string>& callers,
                                    const std::string* caller);

  std::map<std::string_view, Rule> rules_;  // By the method's path.
};

}  // namespace seam

#endif  // SEAM_BINDING_ALLOWED_CALLERS_H_
