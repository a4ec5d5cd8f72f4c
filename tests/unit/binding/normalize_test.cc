#include "seam/binding/normalize.h"

#include <gtest/gtest.h>

#include <string>

#include "seam/wire/utf8.h"

namespace seam {
namespace {

Error WithMessage(std::string message) {
  return Error{Code::kNotFound, "REASON", std::move(message), {}, Origin::kNotDelivered};
}

TEST(NormalizeTest, LeavesAGoodErrorAlone) {
  Error error = WithMessage("caf\xC3\xA9");
  error.metadata = {{"field", "a"}};
  const Error before = error;
  NormalizeError(error);
  EXPECT_EQ(error, before);
}

TEST(NormalizeTest, ReplacesEachBadByteAndKeepsTheGoodOnes) {
  for (const auto& [bad, good] : {
           std::pair("\xFF", "\xEF\xBF\xBD"),
           std::pair("a\xC3", "a\xEF\xBF\xBD"),
           std::pair("\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"),
           std::pair("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"),
           std::pair("\xC3(\xE2\x82\xAC", "\xEF\xBF\xBD(\xE2\x82\xAC"),
       }) {
    Error error = WithMessage(bad);
    NormalizeError(error);
    EXPECT_EQ(error.message, good);
  }
}

TEST(NormalizeTest, CutsALongMessageBetweenCharacters) {
  for (std::size_t size = kMaxErrorMessageBytes - 4; size < kMaxErrorMessageBytes + 8; ++size) {
    std::string message(size % 3, 'x');
    while (message.size() < size) message += "\xE2\x82\xAC";
    Error error = WithMessage(message);
    NormalizeError(error);
    EXPECT_LE(error.message.size(), kMaxErrorMessageBytes);
    EXPECT_TRUE(wire::IsValidUtf8(error.message)) << size;
    EXPECT_EQ(error.message == message, message.size() <= kMaxErrorMessageBytes) << size;
  }
}

TEST(NormalizeTest, BoundsWhatReplacementLetsGrow) {
  Error error = WithMessage(std::string(100'000, '\xFF'));
  error.metadata = {{"a", std::string(kMaxErrorMetadataBytes / 2, '\xFF')}};
  NormalizeError(error);
  EXPECT_LE(error.message.size(), kMaxErrorMessageBytes);
  EXPECT_TRUE(error.metadata.empty());
}

TEST(NormalizeTest, CountsWhatFramesAnEntry) {
  Error error = WithMessage("x");
  for (int i = 0; i < 1000; ++i) error.metadata.emplace(std::to_string(1000 + i), "");
  NormalizeError(error);
  EXPECT_EQ(error.metadata.size(), kMaxErrorMetadataBytes / (4 + kErrorMetadataEntryBytes));
  EXPECT_EQ(error.metadata.begin()->first, "1000");
}

TEST(NormalizeTest, OnlyAHandlersErrorGetsItsOrigin) {
  Error error = WithMessage("x");
  NormalizeError(error);
  EXPECT_EQ(error.origin, Origin::kNotDelivered);
  NormalizeHandlerError(error);
  EXPECT_EQ(error.origin, Origin::kHandler);
}

}  // namespace
}  // namespace seam
