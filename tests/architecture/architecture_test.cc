// Who may include whom.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "include_rules.h"
#include "seam/testing/temporary_folder.h"

namespace architecture {

void PrintTo(const Violation& violation, std::ostream* out) {
  *out << violation.place << " includes " << violation.include << ": " << violation.rule;
}

namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Architecture, TheHouseKeepsItsPlan) { EXPECT_THAT(CheckIncludes(SOURCE_FOLDER), IsEmpty()); }

// A file with one include, and part of the rule that it breaks; empty when it breaks none.
struct Case {
  std::string name;
  std::string file;
  std::string include;
  std::string rule;
};

class Twin : public ::testing::TestWithParam<Case> {};

TEST_P(Twin, IsJudged) {
  const seam::testing::TemporaryFolder folder;
  const std::filesystem::path file = std::filesystem::path(folder.path()) / GetParam().file;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "// The file.\n#include " << GetParam().include << "\n";
  if (GetParam().rule.empty()) {
    EXPECT_THAT(CheckIncludes(folder.path()), IsEmpty());
  } else {
    EXPECT_THAT(CheckIncludes(folder.path()),
                ElementsAre(AllOf(Field(&Violation::place, GetParam().file + ":2"),
                                  Field(&Violation::rule, HasSubstr(GetParam().rule)))));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Twin,
    ::testing::Values(
        Case{"ToolkitKnowsNoShop", "toolkit/seam/core/a.h", "\"shop/orders/v1/orders_types.h\"",
             "the toolkit knows no shop"},
        Case{"ToolkitKnowsNoModule", "toolkit/seam/core/a.cc", "\"orders/module.h\"",
             "the toolkit knows no shop"},
        Case{"OnlyTheTransportKnowsGrpc", "toolkit/seam/host/a.cc", "<grpcpp/server.h>",
             "business of toolkit/seam/grpc"},
        Case{"TheTransportKnowsGrpc", "toolkit/seam/grpc/a.cc", "<grpcpp/server.h>", ""},
        Case{"TheToolComparesWithGrpc", "toolkit/tool/diverge/a.cc", "<grpcpp/server.h>", ""},
        Case{"TheRuntimeKnowsNoTool", "toolkit/seam/testing/a.h", "\"tool/diverge/hazard.h\"",
             "the toolkit knows no shop"},
        Case{"TheGeneratorKnowsProtobuf", "toolkit/generator/a.cc",
             "<google/protobuf/descriptor.h>", ""},
        Case{"ClientsKnowNoProtobuf", "clients/shop/orders/v1/a.h", "<google/protobuf/message.h>",
             "neither gRPC nor protobuf"},
        Case{"ClientsKnowNoModule", "clients/shop/orders/v1/a.h", "\"orders/module.h\"",
             "clients include the toolkit"},
        Case{"ModuleKnowsNoOtherModule", "monolith/orders/a.cc", "\"products/module.h\"",
             "a module includes"},
        Case{"ModuleCallsWhomItMay", "monolith/orders/a.cc",
             "\"shop/products/v1/products_client.h\"", ""},
        Case{"ModuleCallsNobodyElse", "monolith/products/a.cc",
             "\"shop/orders/v1/orders_client.h\"", "a module includes"},
        Case{"ModuleKnowsNoHttp", "monolith/orders/a.cc", "\"http/json.h\"", "a module includes"},
        Case{"ModuleKnowsNoGrpc", "monolith/orders/a.cc", "<grpcpp/server.h>",
             "business of toolkit/seam/grpc"},
        Case{"ModuleDoesNotKnowHowItIsReached", "monolith/orders/a.cc", "\"seam/grpc/channel.h\"",
             "a module includes"},
        Case{"ModuleDoesNotKnowItsBinding", "monolith/users/a.cc", "\"seam/binding/bind.h\"",
             "a module includes"},
        Case{"ModuleDoesNotKnowItsHost", "monolith/auth/a.h", "\"seam/host/host.h\"",
             "a module includes"},
        Case{"ModuleKnowsNoTests", "monolith/products/a.cc", "\"seam/testing/sides.h\"",
             "a module includes"},
        Case{"ModuleKnowsItsDatabase", "monolith/products/a.cc", "\"seam/sql/database.h\"", ""},
        Case{"FaceKnowsNoModule", "monolith/http/a.cc", "\"orders/module.h\"", "the HTTP face"},
        Case{"DemoKnowsNoContract", "monolith/demo/a.cc", "\"shop/orders/v1/orders_types.h\"",
             "the demo is a customer"},
        Case{"AppKnowsPublicHeaders", "monolith/app/a.cc", "\"orders/module.h\"", ""},
        Case{"AppKnowsNothingInside", "monolith/app/a.cc", "\"orders/repository.h\"",
             "module.h alone"},
        Case{"ServiceKnowsItsModule", "extracted/orders/main.cc", "\"orders/module.h\"", ""},
        Case{"ServiceKnowsNoOther", "extracted/orders/main.cc", "\"products/module.h\"",
             "module.h of its "},
        Case{"MocksAreForTests", "monolith/app/a.cc", "\"shop/orders/v1/orders_mock.h\"",
             "mocks are for tests"},
        Case{"EveryPartHasARule", "monolith/payments/a.cc", "\"seam/core/result.h\"",
             "has no rule"}),
    [](const auto& twin) { return twin.param.name; });

}  // namespace
}  // namespace architecture
