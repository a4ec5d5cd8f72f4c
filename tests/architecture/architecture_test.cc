// Who may include whom: what seam-rules.json says of this house, and that it says it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "seam/testing/temporary_folder.h"
#include "tool/structure/judge.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/read_project.h"
#include "tool/structure/rules.h"

namespace seam::structure {

void PrintTo(const Violation& violation, std::ostream* out) {
  *out << ToString(violation.place) << ": " << violation.rule << ": " << violation.what;
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Judges a folder by the rules of this house.
std::vector<Violation> JudgeHouse(const std::filesystem::path& root) {
  const auto rules = ReadRules(std::filesystem::path(SOURCE_FOLDER) / "seam-rules.json");
  EXPECT_TRUE(rules) << rules.error().message;
  ReadOptions options;
  options.root = root;
  options.scanner = ReadOptions::Scanner::kNever;
  const auto facts = ReadProject(options);
  EXPECT_TRUE(facts) << facts.error().message;
  if (!rules || !facts) return {};
  return Judge(*rules, *facts, JoinModules(*rules, *facts));
}

// A file with one include, and the rule that it breaks; empty when it breaks none.
struct Case {
  std::string name;
  std::string file;
  std::string include;
  std::string target;  // Where the included file is; empty when it is none of the house's.
  std::string rule;
};

void PrintTo(const Case& of, std::ostream* out) { *out << of.name; }

class Twin : public ::testing::TestWithParam<Case> {
 protected:
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(folder_.path()) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] const std::string& root() const { return folder_.path(); }

 private:
  const seam::testing::TemporaryFolder folder_;
};

TEST_P(Twin, IsJudged) {
  if (!GetParam().target.empty()) Write(GetParam().target, "// What is included.\n");
  Write(GetParam().file, "// The file.\n#include " + GetParam().include + "\n");
  std::vector<std::string> found;
  for (const Violation& violation : JudgeHouse(root())) {
    found.push_back(ToString(violation.place) + ": " + violation.rule);
  }
  if (GetParam().rule.empty()) {
    EXPECT_THAT(found, IsEmpty());
  } else if (GetParam().rule == "unassigned") {
    EXPECT_THAT(found, ElementsAre(GetParam().file + ": unassigned"));
  } else {
    EXPECT_THAT(found, ElementsAre(GetParam().file + ":2: " + GetParam().rule));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Twin,
    ::testing::Values(
        Case{"ToolkitKnowsNoShop", "toolkit/seam/core/a.h", "\"shop/orders/v1/orders_types.h\"",
             "clients/shop/orders/v1/orders_types.h", "may-use"},
        Case{"ToolkitKnowsNoModule", "toolkit/seam/core/a.cc", "\"orders/module.h\"",
             "monolith/orders/module.h", "may-use"},
        Case{"OnlyTheTransportKnowsGrpc", "toolkit/seam/host/a.cc", "<grpcpp/server.h>", "",
             "never/grpc-in-one-place"},
        Case{"TheTransportKnowsGrpc", "toolkit/seam/grpc/a.cc", "<grpcpp/server.h>", "", ""},
        Case{"TheToolComparesWithGrpc", "toolkit/tool/diverge/a.cc", "<grpcpp/server.h>", "", ""},
        Case{"TheRuntimeKnowsNoTool", "toolkit/seam/testing/a.h", "\"tool/diverge/hazard.h\"",
             "toolkit/tool/diverge/hazard.h", "may-use"},
        Case{"TheGeneratorKnowsProtobuf", "toolkit/generator/a.cc",
             "<google/protobuf/descriptor.h>", "", ""},
        Case{"ClientsKnowNoProtobuf", "clients/shop/orders/v1/a.h", "<google/protobuf/message.h>",
             "", "never/grpc-in-one-place"},
        Case{"ClientsKnowNoModule", "clients/shop/orders/v1/a.h", "\"orders/module.h\"",
             "monolith/orders/module.h", "may-use"},
        Case{"ModuleKnowsNoOtherModule", "monolith/orders/a.cc", "\"products/module.h\"",
             "monolith/products/module.h", "may-use"},
        Case{"ModuleCallsWhomItMay", "monolith/orders/a.cc",
             "\"shop/products/v1/products_client.h\"", "clients/shop/products/v1/products_client.h",
             ""},
        Case{"ModuleCallsNobodyElse", "monolith/products/a.cc",
             "\"shop/orders/v1/orders_client.h\"", "clients/shop/orders/v1/orders_client.h",
             "may-use"},
        Case{"ModuleKnowsNoHttp", "monolith/orders/a.cc", "\"http/json.h\"", "monolith/http/json.h",
             "may-use"},
        Case{"ModuleKnowsNoGrpc", "monolith/orders/a.cc", "<grpcpp/server.h>", "",
             "never/grpc-in-one-place"},
        Case{"ModuleDoesNotKnowHowItIsReached", "monolith/orders/a.cc", "\"seam/grpc/channel.h\"",
             "toolkit/seam/grpc/channel.h", "may-use"},
        Case{"ModuleDoesNotKnowItsBinding", "monolith/users/a.cc", "\"seam/binding/bind.h\"",
             "toolkit/seam/binding/bind.h", "may-use"},
        Case{"ModuleDoesNotKnowItsHost", "monolith/auth/a.h", "\"seam/host/host.h\"",
             "toolkit/seam/host/host.h", "may-use"},
        Case{"ModuleKnowsNoTests", "monolith/products/a.cc", "\"seam/testing/sides.h\"",
             "toolkit/seam/testing/sides.h", "may-use"},
        Case{"ModuleKnowsItsDatabase", "monolith/products/a.cc", "\"seam/sql/database.h\"",
             "toolkit/seam/sql/database.h", ""},
        Case{"FaceKnowsNoModule", "monolith/http/a.cc", "\"orders/module.h\"",
             "monolith/orders/module.h", "may-use"},
        Case{"DemoKnowsNoContract", "monolith/demo/a.cc", "\"shop/orders/v1/orders_types.h\"",
             "clients/shop/orders/v1/orders_types.h", "may-use"},
        Case{"AppKnowsPublicHeaders", "monolith/app/a.cc", "\"orders/module.h\"",
             "monolith/orders/module.h", ""},
        Case{"AppKnowsNothingInside", "monolith/app/a.cc", "\"orders/repository.h\"",
             "monolith/orders/repository.h", "public"},
        Case{"ServiceKnowsItsModule", "extracted/orders/main.cc", "\"orders/module.h\"",
             "monolith/orders/module.h", ""},
        Case{"ServiceKnowsNoOther", "extracted/orders/main.cc", "\"products/module.h\"",
             "monolith/products/module.h", "may-use"},
        Case{"MocksAreForTests", "monolith/app/a.cc", "\"shop/orders/v1/orders_mock.h\"",
             "clients/shop/orders/v1/orders_mock.h", "never/mocks-are-for-tests"},
        Case{"EveryPartHasARule", "monolith/payments/a.cc", "\"seam/core/result.h\"",
             "toolkit/seam/core/result.h", "unassigned"}),
    [](const auto& twin) { return twin.param.name; });

}  // namespace
}  // namespace seam::structure
