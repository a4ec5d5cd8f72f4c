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
// process itself. A method in no group is for everybody. Thread-safe once it is filled.
class AllowedCallers {
 public:
  // From now on the group's methods may be called by these services only. Aborts when the contract
  // has no such method, or a method is restricted twice: that is a bug in the program, and would be
  // a gap in its defence.
  void Restrict(const MethodGroup& group, std::vector<std::string> callers);

  // Why `caller` may not call `method`, if so: PERMISSION_DENIED, reason CALLER_NOT_ALLOWED, naming
  // caller, method and group. Nobody knows who a null caller is, so it may not. The origin is
  // kNotDelivered.
  [[nodiscard]] std::optional<Error> Check(const MethodContract& method,
                                           const std::string* caller) const;

 private:
  struct Rule {
    std::string group;
    std::vector<std::string> callers;
  };

  std::map<std::string_view, Rule> rules_;  // By the method's path.
};

}  // namespace seam

#endif  // SEAM_BINDING_ALLOWED_CALLERS_H_
