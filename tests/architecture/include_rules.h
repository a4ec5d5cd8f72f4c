#ifndef TESTS_ARCHITECTURE_INCLUDE_RULES_H_
#define TESTS_ARCHITECTURE_INCLUDE_RULES_H_

#include <filesystem>
#include <string>
#include <vector>

namespace architecture {

// An include that the plan of the house does not allow.
struct Violation {
  std::string place;    // "monolith/orders/service.cc:12"
  std::string include;  // "users/module.h"
  std::string rule;     // What is allowed instead.
};

// Reads every source below toolkit, clients, monolith and extracted of `root`, and returns what
// breaks a rule, in the order of the files. The rules:
//
//   toolkit      only itself, seam never the tool; gRPC and protobuf only in seam/grpc, the
//   generator
//                and the tool
//   clients      the toolkit and themselves; neither gRPC nor protobuf
//   a module     its own folder, its own contract, the contracts of the modules it calls, which is
//   a
//                graph without cycles, and of the toolkit config, core, identity, observe and sql
//   http         the toolkit, the contracts, itself
//   demo         the toolkit's core, itself
//   app          all of these; of a module its module.h alone
//   extracted/x  the toolkit, the contracts, its own folder, x/module.h
//   mocks are for tests
[[nodiscard]] std::vector<Violation> CheckIncludes(const std::filesystem::path& root);

}  // namespace architecture

#endif  // TESTS_ARCHITECTURE_INCLUDE_RULES_H_
