#include "seam/core/throwing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "seam/core/context_scope.h"

namespace seam {
namespace {

using namespace std::chrono_literals;

constexpr MethodContract kFindItem = {"/acme.Shelf/Find", "Find", Idempotency::kNoSideEffects, 0};

Error Missing() {
  return Error{Code::kNotFound, "ITEM_NOT_FOUND", "no item cup", {{"id", "cup"}}, Origin::kHandler};
}

TEST(CallErrorTest, SaysAllInOneSentence) {
  EXPECT_STREQ(CallError(kFindItem, Missing()).what(),
               "the call of /acme.Shelf/Find failed: NOT_FOUND ITEM_NOT_FOUND: no item cup "
               "(handler) {id=cup}");
}

TEST(CallErrorTest, IsAnExceptionThatCopiesWithoutThrowing) {
  static_assert(std::is_base_of_v<std::exception, CallError>);
  static_assert(std::is_nothrow_copy_constructible_v<CallError>);
  static_assert(std::is_nothrow_copy_assignable_v<CallError>);
  const CallError original(kFindItem, Missing());
  const CallError copy = original;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(&copy.error(), &original.error()) << "they share it";
}

TEST(ThrowingCallsTest, GivesTheValue) {
  const ThrowingCalls calls(1s, {});
  EXPECT_EQ(calls.ValueOf(kFindItem, Result<std::string>("cup")), "cup");
}

TEST(ThrowingCallsTest, ThrowsTheWholeError) {
  const ThrowingCalls calls(1s, {});
  try {
    static_cast<void>(calls.ValueOf(kFindItem, Result<std::string>(Forward(Missing()))));
    FAIL() << "nothing was thrown";
  } catch (const CallError& thrown) {
    EXPECT_EQ(thrown.error(), Missing());
  }
}

TEST(ThrowingCallsTest, ThrowsWhatTheTranslatorDoes) {
  const ThrowingCalls calls(1s, [](const Error& error) {
    if (error.reason == "ITEM_NOT_FOUND") throw std::out_of_range(error.message);
  });
  const auto ask = [&](const char* reason) {
    return calls.ValueOf(kFindItem, Result<int>(Fail(Code::kNotFound, reason, "no item cup")));
  };
  EXPECT_THROW(ask("ITEM_NOT_FOUND"), std::out_of_range);
  EXPECT_THROW(ask("SHELF_NOT_FOUND"), CallError) << "the translator returned";
}

TEST(ThrowingCallsTest, HaveADeadlineWithoutAScope) {
  const ThrowingCalls calls(1h, {});
  const auto before = Context::Clock::now();
  const Context context = calls.CurrentContext();
  const auto after = Context::Clock::now();
  ASSERT_TRUE(context.deadline());
  EXPECT_GE(*context.deadline(), before + 1h);
  EXPECT_LE(*context.deadline(), after + 1h);
}

TEST(ThrowingCallsTest, TakeTheEarlierDeadline) {
  const ThrowingCalls calls(1h, {});
  const auto soon = Context::Clock::now() + 5min;
  {
    const ContextScope scope(Context().WithDeadline(soon));
    EXPECT_EQ(calls.CurrentContext().deadline(), soon);
  }
  {
    const ContextScope scope(Context().WithDeadline(soon + 5h));
    EXPECT_LT(*calls.CurrentContext().deadline(), soon + 5h);
  }
  const ContextScope scope(Context().WithMetadata("name", "without a deadline"));
  EXPECT_TRUE(calls.CurrentContext().deadline());
  EXPECT_NE(calls.CurrentContext().FindMetadata("name"), nullptr);
}

TEST(ThrowingCallsTest, RefuseATimeoutThatIsNone) {
  for (const auto timeout : {0ms, -1ms, std::chrono::milliseconds(24h) + 1ms,
                             std::chrono::milliseconds::max(), std::chrono::milliseconds::min()}) {
    EXPECT_THROW(ThrowingCalls(timeout, {}), std::invalid_argument) << timeout.count();
  }
  EXPECT_NO_THROW(ThrowingCalls(1ms, {}));
  EXPECT_NO_THROW(ThrowingCalls(24h, {}));
}

}  // namespace
}  // namespace seam
