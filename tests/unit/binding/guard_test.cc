#include "seam/binding/guard.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "seam/core/mutex.h"
#include "seam/core/transaction_scope.h"

namespace seam {
namespace {

constexpr MethodContract kAdd = {"/test.v1.Cart/Add", "Add"};

Context Through(std::size_t visits, std::string_view service) {
  Context context;
  for (std::size_t i = 0; i < visits; ++i) context = Context(context).Entering(service);
  return context;
}

TEST(GuardTest, NothingHeldAndNoChainIsNothingToSay) {
  EXPECT_FALSE(internal::CheckMayCall({}, kAdd, Context()));
}

TEST(GuardTest, AServiceIsComeToAsOftenAsAllowed) {
  CallRules rules;
  rules.max_visits = 2;
  EXPECT_FALSE(internal::CheckMayCall(rules, kAdd, Through(1, kAdd.service())));
  const auto refused = internal::CheckMayCall(rules, kAdd, Through(2, kAdd.service()));
  ASSERT_TRUE(refused);
  EXPECT_EQ(*refused, (Error{Code::kFailedPrecondition,
                             "CALL_CHAIN_TOO_DEEP",
                             "the call of /test.v1.Cart/Add would be number 3 in one chain of "
                             "calls to come to its service, and 2 are allowed; break the circle, "
                             "or allow more: test.v1.Cart,test.v1.Cart",
                             {{"chain", "test.v1.Cart,test.v1.Cart"}, {"method", kAdd.path.data()}},
                             Origin::kNotDelivered}));
  EXPECT_FALSE(internal::CheckMayCall(rules, kAdd, Through(9, "test.v1.Other")));
}

TEST(GuardTest, OrdersMayComeBackToOrdersByDefault) {
  const Context context =
      Context().Entering("shop.orders.v1.Orders").Entering("shop.products.v1.Products");
  EXPECT_FALSE(internal::CheckMayCall({}, {"/shop.orders.v1.Orders/Get", "Get"}, context));
}

TEST(GuardTest, NoVisitAtAllIsTakenForOne) {
  CallRules rules;
  rules.max_visits = 0;
  EXPECT_FALSE(internal::CheckMayCall(rules, kAdd, Through(1, "test.v1.Other")));
  EXPECT_TRUE(internal::CheckMayCall(rules, kAdd, Through(1, kAdd.service())));
}

TEST(GuardTest, AChainFitsIntoItsHeader) {
  const auto fits = Through(CallChain::kMaxServices - 1, "a.A");
  EXPECT_FALSE(internal::CheckMayCall({}, kAdd, fits));
  const auto refused = internal::CheckMayCall({}, kAdd, Through(CallChain::kMaxServices, "a.A"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "CALL_CHAIN_TOO_DEEP");
}

TEST(GuardTest, TheInnermostTransactionIsNamedAndEveryMutexReported) {
  CallRules rules;
  std::string reported;
  rules.on_mutex_held = [&](const MethodContract& method, std::string_view mutex) {
    reported += std::string(method.name) + ":" + std::string(mutex) + " ";
  };
  Mutex first("first");
  Mutex second("second");
  const std::lock_guard one(first);
  const TransactionScope outer("outer");
  const TransactionScope inner("inner");
  const std::lock_guard two(second);
  const auto refused = internal::CheckMayCall(rules, kAdd, Context());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, "CALL_IN_TRANSACTION");
  EXPECT_EQ(refused->metadata.at("transaction"), "inner");
  EXPECT_EQ(reported, "Add:second Add:first ");
}

TEST(GuardTest, AMutexWithNobodyToTellIsNothing) {
  Mutex mutex("m");
  const std::lock_guard lock(mutex);
  EXPECT_FALSE(internal::CheckMayCall({}, kAdd, Context()));
}

}  // namespace
}  // namespace seam
