#include "seam/binding/call_counts.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "seam/core/call_chain.h"

namespace seam {
namespace {

constexpr MethodContract kGetItem = {"/test.v1.Stock/GetItem", "GetItem"};
constexpr MethodContract kTakeItem = {"/test.v1.Stock/TakeItem", "TakeItem"};
constexpr MethodContract kPlace = {"/test.v1.Orders/Place", "Place"};
constexpr ServiceContract kStock = {"test.v1.Stock", nullptr, 0, nullptr};
constexpr ServiceContract kOrders = {"test.v1.Orders", nullptr, 0, nullptr};

Context In(std::string_view service) { return Context().Entering(service); }

// Without the two lines of comment.
std::vector<std::string> LinesOf(const CallCounts& counts) {
  const std::string text = counts.ToText();
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (text[begin] != '#') lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(CallCountsTest, CountsByWhoCalledWhat) {
  CallCounts counts;
  const CallObserver stock = counts.Of("stock", kStock);
  const CallObserver orders = counts.Of("orders", kOrders);
  stock(kGetItem, Context());
  stock(kGetItem, In("test.v1.Orders"));
  stock(kGetItem, In("test.v1.Orders"));
  stock(kTakeItem, In("test.v1.Orders"));
  stock(kTakeItem, In("test.v1.Unknown"));
  orders(kPlace, Context().WithCallChain(*ParseCallChain("test.v1.Orders,test.v1.Stock")));
  EXPECT_EQ(LinesOf(counts),
            (std::vector<std::string>{
                R"(seam_calls_total{module="stock",method="GetItem"} 1)",
                R"(seam_calls_total{from="orders",module="stock",method="GetItem"} 2)",
                R"(seam_calls_total{from="orders",module="stock",method="TakeItem"} 1)",
                R"(seam_calls_total{from="stock",module="orders",method="Place"} 1)",
                R"(seam_calls_total{from="test.v1.Unknown",module="stock",method="TakeItem"} 1)"}));
  counts.Clear();
  EXPECT_TRUE(LinesOf(counts).empty());
  stock(kGetItem, Context());
  EXPECT_EQ(LinesOf(counts).size(), 1U) << "clearing does not end the counting";
}

TEST(CallCountsTest, AddsUpTheContractsOfAModule) {
  CallCounts counts;
  const CallObserver one = counts.Of("both", kStock);
  const CallObserver other = counts.Of("both", {"test.v2.Stock", nullptr, 0, nullptr});
  one(kGetItem, In("test.v2.Stock"));
  other({"/test.v2.Stock/GetItem", "GetItem"}, In("test.v1.Stock"));
  EXPECT_EQ(LinesOf(counts),
            (std::vector<std::string>{
                R"(seam_calls_total{from="both",module="both",method="GetItem"} 2)"}));
}

TEST(CallCountsTest, EscapesWhatALabelMayNotHave) {
  CallCounts counts;
  counts.Of("a\\b\"c\nd", kStock)(kGetItem, Context());
  EXPECT_EQ(
      LinesOf(counts),
      (std::vector<std::string>{R"(seam_calls_total{module="a\\b\"c\nd",method="GetItem"} 1)"}));
}

TEST(CallCountsTest, LosesNoCallOfSeveralThreads) {
  CallObserver stock;
  CallCounts counts;
  stock = counts.Of("stock", kStock);
  constexpr int kCalls = 2000;
  const auto call = [&] {
    for (int i = 0; i < kCalls; ++i) stock(kGetItem, Context());
  };
  std::thread other(call);
  call();
  other.join();
  EXPECT_EQ(LinesOf(counts),
            std::vector<std::string>{R"(seam_calls_total{module="stock",method="GetItem"} 4000)"});
}

TEST(CallCountsTest, MayEndBeforeItsObservers) {
  CallObserver stock;
  {
    CallCounts counts;
    stock = counts.Of("stock", kStock);
  }
  stock(kGetItem, Context());
}

}  // namespace
}  // namespace seam
