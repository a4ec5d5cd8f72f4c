#ifndef SEAM_COMPATIBILITY_COMPARE_INTERNAL_H_
#define SEAM_COMPATIBILITY_COMPARE_INTERNAL_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "seam/compatibility/rules_internal.h"

namespace seam::compatibility {

// A change that breaks a rule.
struct Finding {
  const Rule* rule = nullptr;
  // Where the new contract has it, or what held it; the file as protobuf names it, lines and
  // columns from 1 on.
  std::string file;
  int line = 1;
  int column = 1;
  std::string what;
  std::string advice;  // The rule's, with the number and the name of what this is about.
};

// What the contracts of `released` may not become and are in `present`, in the order of files and
// lines: programs of both run together, and rows that the old one stored are read by the new one.
// What was added is no finding. `present` needs its source locations for lines and columns.
[[nodiscard]] std::vector<Finding> CompareFiles(
    const std::vector<const google::protobuf::FileDescriptor*>& released,
    const std::vector<const google::protobuf::FileDescriptor*>& present);

// Where a client and the service that it reaches misunderstand each other's bytes: the methods that
// both have, and the fields and values that both know of whatever is reached from them. What only
// one of them has is no finding, because neither says which of them is the older. Neither is what
// does not change the bytes or what follows from them: the name of a field, JSON names, whether a
// field has presence, and a service that promises more of an rpc's idempotency than the client
// relies on. None has a line.
[[nodiscard]] std::vector<Finding> CompareServices(
    const google::protobuf::ServiceDescriptor& client,
    const google::protobuf::ServiceDescriptor& service);

}  // namespace seam::compatibility

#endif  // SEAM_COMPATIBILITY_COMPARE_INTERNAL_H_
