#include <algorithm>

#include "orders_fixture.h"

namespace shop::orders {
namespace {

class ListingTest : public OrdersFixture {
 protected:
  Result<v1::ListOrdersResponse> List(const Context& context, std::int32_t size,
                                      const std::string& token = "") {
    v1::ListOrdersRequest request;
    request.page_size = size;
    request.page_token = token;
    return orders_->ListOrders(context, request);
  }

  // `count` orders, the newest first.
  std::vector<v1::Order> PlaceOrders(int count, const std::string& product) {
    std::vector<v1::Order> orders;
    for (int i = 0; i < count; ++i) {
      Advance(std::chrono::milliseconds(1));
      orders.push_back(Placed("key-" + std::to_string(1000 + i), {{product, 1}}));
    }
    std::reverse(orders.begin(), orders.end());
    return orders;
  }
};

TEST_F(ListingTest, TheNewestComeFirst) {
  const auto orders = PlaceOrders(3, NewProduct(10));
  const auto page = List(customer_, 0);
  EXPECT_TRUE(page->orders == orders);
  EXPECT_EQ(page->next_page_token, "");
}

TEST_F(ListingTest, PagesCoverTheOrdersOnce) {
  const auto orders = PlaceOrders(7, NewProduct(10));
  std::vector<v1::Order> listed;
  std::string token;
  int pages = 0;
  do {
    const auto page = List(customer_, 3, token);
    ASSERT_EQ(Outcome(page), "OK");
    EXPECT_LE(page->orders.size(), 3U);
    listed.insert(listed.end(), page->orders.begin(), page->orders.end());
    token = page->next_page_token;
    ++pages;
  } while (!token.empty());
  EXPECT_TRUE(listed == orders);
  EXPECT_EQ(pages, 3);
}

TEST_F(ListingTest, AFullLastPageIsTheLast) {
  PlaceOrders(3, NewProduct(10));
  EXPECT_EQ(List(customer_, 3)->next_page_token, "");
  EXPECT_NE(List(customer_, 2)->next_page_token, "");
}

TEST_F(ListingTest, AnOrderThatComesMeanwhileIsNotOnALaterPage) {
  const std::string cup = NewProduct(10);
  const auto orders = PlaceOrders(3, cup);
  const auto first = List(customer_, 2);
  Advance(std::chrono::milliseconds(1));
  Placed("key-0001", {{cup, 1}});
  const auto second = List(customer_, 2, first->next_page_token);
  ASSERT_EQ(second->orders.size(), 1U);
  EXPECT_TRUE(second->orders[0] == orders[2]);
}

TEST_F(ListingTest, EachSeesHisOwn) {
  const std::string cup = NewProduct(10);
  Placed("key-0001", {{cup, 1}});
  EXPECT_TRUE(List(other_, 0)->orders.empty());
  EXPECT_TRUE(List(admin_, 0)->orders.empty());
  ASSERT_EQ(Outcome(orders_->PlaceOrder(other_, Order("key-0001", {{cup, 2}}))), "OK");
  ASSERT_EQ(List(other_, 0)->orders.size(), 1U);
  EXPECT_EQ(List(other_, 0)->orders[0].lines[0].quantity, 2);
  EXPECT_EQ(OwnOrders().size(), 1U);
}

TEST_F(ListingTest, OrdersOfEveryStateAreListed) {
  const std::string cup = NewProduct(1);
  ASSERT_FALSE(Place("key-0001", {{cup, 2}}));
  Advance(std::chrono::milliseconds(1));
  const v1::Order order = Placed("key-0002", {{cup, 1}});
  ASSERT_EQ(Outcome(Cancel(customer_, order.id)), "OK");
  const auto orders = OwnOrders();
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].state, kIsCancelled);
  EXPECT_EQ(orders[1].state, kIsRejected);
}

TEST_F(ListingTest, APageOfLongOrdersEndsEarlyAndLosesNone) {
  Lines lines;
  for (int i = 0; i < 100; ++i) lines.emplace_back(NewProduct(100), 1);
  std::vector<std::string> ids;
  for (int i = 0; i < 23; ++i) {
    Advance(std::chrono::milliseconds(1));
    ids.push_back(Placed("key-" + std::to_string(1000 + i), lines).id);
  }
  const auto first = List(customer_, 100);
  ASSERT_EQ(first->orders.size(), 20U);
  const auto second = List(customer_, 100, first->next_page_token);
  ASSERT_EQ(second->orders.size(), 3U);
  EXPECT_EQ(second->next_page_token, "");
  std::vector<std::string> listed;
  for (const auto* page : {&*first, &*second}) {
    for (const v1::Order& order : page->orders) {
      listed.push_back(order.id);
      EXPECT_EQ(order.lines.size(), 100U);
    }
  }
  std::reverse(ids.begin(), ids.end());
  EXPECT_EQ(listed, ids);
}

TEST_F(ListingTest, FieldsAreChecked) {
  EXPECT_EQ(Outcome(List(customer_, -1)), "INVALID_ARGUMENT INVALID_FIELD field=page_size");
  EXPECT_EQ(Outcome(List(customer_, 101)), "INVALID_ARGUMENT INVALID_FIELD field=page_size");
  EXPECT_EQ(Outcome(List(customer_, 100)), "OK");
  EXPECT_EQ(Outcome(List(customer_, 1, "made up")),
            "INVALID_ARGUMENT INVALID_FIELD field=page_token");
}

}  // namespace
}  // namespace shop::orders
