#include "seam/core/exception_map.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "seam/core/throwing.h"

namespace seam {
namespace {

// As a code base has them, one without a what().
class ShelfError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
class ItemMissing : public ShelfError {
 public:
  using ShelfError::ShelfError;
};
struct TooFew {
  int available = 0;
};

ExceptionMap ShelfExceptions() {
  return ExceptionMap()
      .Add<ItemMissing>(Code::kNotFound, "ITEM_NOT_FOUND")
      .Add<ShelfError>(Code::kFailedPrecondition, "SHELF_REFUSED")
      .Add<TooFew>([](const TooFew& few) {
        return Error{Code::kFailedPrecondition,
                     "TOO_FEW",
                     "too few are left",
                     {{"available", std::to_string(few.available)}},
                     Origin::kHandler};
      });
}

// The error of a work that throws `exception`.
template <class E>
Error ErrorFor(const E& exception) {
  const auto answer = ShelfExceptions().Answer([&]() -> int { throw exception; });
  return answer ? Error{} : answer.error();
}

TEST(ExceptionMapTest, AnswersWithTheValue) {
  const Result<std::string> answer = ShelfExceptions().Answer([] { return std::string("cup"); });
  EXPECT_EQ(answer, Result<std::string>("cup"));
}

TEST(ExceptionMapTest, AnswersWithTheResultThatTheWorkReturns) {
  const Result<int> answer = ShelfExceptions().Answer(
      []() -> Result<int> { return Fail(Code::kAborted, "STALE", "it is stale"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "STALE");
}

TEST(ExceptionMapTest, AnswersWorkWithoutAValue) {
  int done = 0;
  const Result<void> answer = ShelfExceptions().Answer([&] { ++done; });
  EXPECT_TRUE(answer);
  EXPECT_EQ(done, 1);
}

TEST(ExceptionMapTest, AnswersWithAValueThatCannotBeCopied) {
  const auto answer = ShelfExceptions().Answer([] { return std::make_unique<int>(3); });
  EXPECT_EQ(**answer, 3);
}

TEST(ExceptionMapTest, GivesEachTypeItsError) {
  EXPECT_EQ(ErrorFor(ItemMissing("no item cup")),
            (Error{Code::kNotFound, "ITEM_NOT_FOUND", "no item cup", {}, Origin::kHandler}));
  EXPECT_EQ(ErrorFor(TooFew{3}), (Error{Code::kFailedPrecondition,
                                        "TOO_FEW",
                                        "too few are left",
                                        {{"available", "3"}},
                                        Origin::kHandler}));
}

TEST(ExceptionMapTest, TakesTheFirstRowThatFits) {
  EXPECT_EQ(ErrorFor(ShelfError("closed")).reason, "SHELF_REFUSED");
  const ExceptionMap base_first = ExceptionMap()
                                      .Add<ShelfError>(Code::kFailedPrecondition, "SHELF_REFUSED")
                                      .Add<ItemMissing>(Code::kNotFound, "ITEM_NOT_FOUND");
  const auto answer = base_first.Answer([]() -> int { throw ItemMissing("no item cup"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "SHELF_REFUSED") << "so the derived class has to come first";
}

TEST(ExceptionMapTest, LetsOthersThrough) {
  EXPECT_THROW(ErrorFor(std::logic_error("password=secret")), std::logic_error);
  EXPECT_THROW(ErrorFor(7), int);
}

TEST(ExceptionMapTest, LetsThroughWhatARowThrows) {
  const ExceptionMap map = ExceptionMap().Add<ItemMissing>(
      [](const ItemMissing&) -> Error { throw std::logic_error("no text"); });
  EXPECT_THROW(static_cast<void>(map.Answer([]() -> int { throw ItemMissing("x"); })),
               std::logic_error);
}

constexpr MethodContract kFind = {"/acme.Shelf/Find", "Find", Idempotency::kNoSideEffects, 0};

TEST(ExceptionMapTest, ForwardsTheErrorOfACall) {
  const Error away{Code::kUnavailable, "", "no connection", {}, Origin::kOutcomeUnknown};
  EXPECT_EQ(ErrorFor(CallError(kFind, away)), away);
}

TEST(ExceptionMapTest, ARowForCallErrorWins) {
  const ExceptionMap map = ExceptionMap().Add<CallError>(Code::kInternal, "SHELF_FAILED");
  const auto answer = map.Answer([]() -> int { throw CallError(kFind, Error{}); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "SHELF_FAILED");
}

}  // namespace
}  // namespace seam
