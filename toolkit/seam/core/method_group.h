#ifndef SEAM_CORE_METHOD_GROUP_H_
#define SEAM_CORE_METHOD_GROUP_H_

#include <string>
#include <string_view>
#include <vector>

#include "seam/core/contract.h"

namespace seam {

// In a list of callers: every service that has an identity.
inline constexpr char kEveryService[] = "*";

// Methods of a contract that are meant for the same services. A module names them; whoever serves
// it says which services these are (seam/binding/allowed_callers.h).
struct MethodGroup {
  std::string name;  // "stock", as it stands in configuration: [a-z0-9_].
  const ServiceContract* contract = nullptr;
  std::vector<std::string_view> methods;  // {"ReserveStock", "ReleaseReservation"}

  // Who may call them unless whoever serves the module says otherwise: nobody when it is empty, or
  // kEveryService, for methods that see for themselves to whom they answer.
  std::string usual_callers{};
};

}  // namespace seam

#endif  // SEAM_CORE_METHOD_GROUP_H_
