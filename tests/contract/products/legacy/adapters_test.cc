// The example of docs/adapters.md: a call site that is compiled before and after its class has
// moved behind a seam, with the same answers in every arrangement; and the document's code is this
// code.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "products/legacy/catalogue.h"
#include "products/legacy/catalogue_by_adapter.h"
#include "products/legacy/catalogue_handler.h"
#include "seam/core/context_scope.h"
#include "seam/testing/opened_side.h"
#include "shop/products/v1/products_seam.h"

namespace before {
using legacy::Catalogue;
using legacy::NotFound;
using legacy::Product;
using legacy::Reserved;
#include "products/legacy/back_office.inc"
}  // namespace before

namespace after {
using adapted::Catalogue;
using adapted::NotFound;
using adapted::Product;
using adapted::Reserved;
#include "products/legacy/back_office.inc"  // NOLINT(readability-duplicate-include)

// Where a request enters the program: the one line that is new.
class Server {
 public:
  explicit Server(BackOffice& office) : office_(office) {}

  std::string on_discontinue(const std::string& id) {
    const seam::ContextScope scope(seam::Context().WithTimeout(std::chrono::seconds(2)));
    return office_.discontinue(id);
  }

 private:
  BackOffice& office_;
};
}  // namespace after

namespace shop::products {
namespace {

using seam::testing::Side;
using ::testing::HasSubstr;
using ::testing::Not;

legacy::Catalogue FilledCatalogue() {
  legacy::Catalogue catalogue;
  catalogue.add({"cup", "Espresso cup", 890});
  catalogue.add({"pan", "Frying pan", 4900});
  catalogue.add({"broken", "Broken record", 0});
  catalogue.reserve("pan");
  return catalogue;
}

// What a user sees, whichever the catalogue is.
template <class Discontinue>
void ExpectTheAnswers(Discontinue discontinue) {
  EXPECT_EQ(discontinue("cup"), "Espresso cup is sold no more.");
  EXPECT_EQ(discontinue("cup"), "We do not sell this.");
  EXPECT_EQ(discontinue("pan"), "An order waits for it.");
}

TEST(LegacyCatalogue, AnswersBeforeItIsBehindASeam) {
  legacy::Catalogue catalogue = FilledCatalogue();
  before::BackOffice office(catalogue);
  ExpectTheAnswers([&](const std::string& id) { return office.discontinue(id); });
}

class LegacyCatalogueContract : public ::testing::TestWithParam<Side> {
 protected:
  const seam::testing::OpenedSide<v1::ProductsSeam> side_{
      GetParam(), std::make_unique<legacy::CatalogueHandler>(FilledCatalogue())};
  adapted::Catalogue catalogue_{side_.client()};
  after::BackOffice office_{catalogue_};
};

TEST_P(LegacyCatalogueContract, AnswersAsBefore) {
  after::Server server(office_);
  ExpectTheAnswers([&](const std::string& id) { return server.on_discontinue(id); });
}

TEST_P(LegacyCatalogueContract, KeepsTheTextOfAnUnknownExceptionToItself) {
  try {
    office_.discontinue("broken");
    FAIL() << "nothing was thrown";
  } catch (const seam::CallError& thrown) {
    EXPECT_EQ(thrown.error().code, seam::Code::kInternal);
    EXPECT_EQ(thrown.error().reason, "UNHANDLED_EXCEPTION");
    EXPECT_THAT(thrown.what(), Not(HasSubstr("/srv")));
  }
}

TEST_P(LegacyCatalogueContract, RefusesWhatTheOldClassCannotDo) {
  v1::DeleteProductRequest request;
  request.id = "cup";
  request.expected_version = 1;
  const auto refused = side_.client().DeleteProduct(seam::Context(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "NO_VERSIONS");
}

TEST_P(LegacyCatalogueContract, ThrowsWhatThereWasNotBefore) {
  const seam::ContextScope scope(seam::Context().WithTimeout(std::chrono::seconds(-1)));
  try {
    office_.discontinue("cup");
    FAIL() << "nothing was thrown";
  } catch (const seam::CallError& thrown) {
    EXPECT_EQ(thrown.error().code, seam::Code::kDeadlineExceeded);
  }
}

INSTANTIATE_TEST_SUITE_P(EverySide, LegacyCatalogueContract,
                         ::testing::Values(Side::kInProcess, Side::kInProcessCodec, Side::kGrpcTcp,
                                           Side::kGrpcUnix),
                         [](const ::testing::TestParamInfo<Side>& side) {
                           return std::string(seam::testing::SideName(side.param));
                         });

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Between "```cpp" and "```".
std::vector<std::string> CodeIn(const std::string& document) {
  std::vector<std::string> blocks;
  const std::string opening = "```cpp\n";
  for (std::size_t at = document.find(opening); at != std::string::npos;
       at = document.find(opening, at + 1)) {
    const std::size_t begin = at + opening.size();
    blocks.push_back(document.substr(begin, document.find("```", begin) - begin));
  }
  return blocks;
}

TEST(AdaptersDocument, ShowsTheCodeThatIsTestedHere) {
  std::string sources;
  for (const auto& file : std::filesystem::directory_iterator(LEGACY_EXAMPLE)) {
    sources += TextOf(file.path());
  }
  const std::vector<std::string> blocks = CodeIn(TextOf(ADAPTERS_DOCUMENT));
  EXPECT_GE(blocks.size(), 4U);
  for (const std::string& block : blocks) {
    EXPECT_NE(sources.find(block), std::string::npos) << "no file of the example has\n" << block;
  }
}

}  // namespace
}  // namespace shop::products
