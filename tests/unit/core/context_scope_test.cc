#include "seam/core/context_scope.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace seam {
namespace {

Context Named(const char* name) { return Context().WithMetadata("name", name); }

// The name of the Context in force; "none" without one.
std::string NameInForce() {
  const Context context = ContextScope::Current();
  const std::string* const name = context.FindMetadata("name");
  return name == nullptr ? "none" : *name;
}

TEST(ContextScopeTest, IsInForceAsLongAsItLives) {
  EXPECT_EQ(NameInForce(), "none");
  {
    const ContextScope outer(Named("outer"));
    EXPECT_EQ(NameInForce(), "outer");
    {
      const ContextScope inner(Named("inner"));
      EXPECT_EQ(NameInForce(), "inner");
    }
    EXPECT_EQ(NameInForce(), "outer");
  }
  EXPECT_EQ(NameInForce(), "none");
}

TEST(ContextScopeTest, EndsWithAnException) {
  try {
    const ContextScope scope(Named("thrown through"));
    throw 1;
  } catch (int) {
    EXPECT_EQ(NameInForce(), "none");
  }
}

TEST(ContextScopeTest, TheInnermostCountsAlone) {
  const ContextScope outer(Context().WithTimeout(std::chrono::seconds(5)));
  const ContextScope inner{Context()};
  EXPECT_FALSE(ContextScope::Current().deadline());
}

TEST(ContextScopeTest, KeepsItsContext) {
  auto context = std::make_unique<Context>(Named("kept"));
  const ContextScope scope(*context);
  context.reset();
  EXPECT_EQ(NameInForce(), "kept");
}

TEST(ContextScopeTest, IsNotInheritedByAnotherThreadAndCanBeHandedOver) {
  const ContextScope scope(Named("here"));
  std::string without;
  std::string with;
  std::thread([&, context = ContextScope::Current()] {
    without = NameInForce();
    const ContextScope handed(context);
    with = NameInForce();
  }).join();
  EXPECT_EQ(without, "none");
  EXPECT_EQ(with, "here");
}

TEST(ContextScopeTest, EachThreadHasItsOwn) {
  const ContextScope scope(Named("here"));
  std::thread([] {
    const ContextScope other(Named("there"));
    EXPECT_EQ(NameInForce(), "there");
  }).join();
  EXPECT_EQ(NameInForce(), "here");
}

TEST(ContextScopeDeathTest, AbortsWhenTheOrderIsWrong) {
  EXPECT_DEATH(
      {
        std::optional<ContextScope> first(std::in_place, Context());
        const std::optional<ContextScope> second(std::in_place, Context());
        first.reset();
      },
      "seam::ContextScope: .* not the last one made on this thread; make scopes local variables");
}

TEST(ContextScopeDeathTest, AbortsWhenItEndsOnAnotherThread) {
  EXPECT_DEATH(
      {
        std::optional<ContextScope> scope(std::in_place, Context());
        std::thread([&] { scope.reset(); }).join();
      },
      "seam::ContextScope: .* let each end on its own thread");
}

}  // namespace
}  // namespace seam
