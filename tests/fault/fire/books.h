#ifndef TESTS_FAULT_FIRE_BOOKS_H_
#define TESTS_FAULT_FIRE_BOOKS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seam/sql/database.h"
#include "shop/orders/v1/orders_types.h"
#include "shop/products/v1/products_types.h"

namespace shop::fault {

using Goods = std::map<std::string, std::int64_t>;  // Product → quantity.
using Key = std::pair<std::string, std::string>;    // Customer and idempotency key.

// What the tables of products and orders say.
struct Books {
  struct Product {
    std::int64_t stock = 0;
    std::int64_t reserved = 0;
  };
  struct Reservation {
    products::v1::ReservationState state{};
    Goods lines{};
  };
  struct Order {
    std::string id{};
    Key key{};
    orders::v1::OrderState state{};
    bool settled = false;
    bool was_placed = false;
    Goods lines{};
  };

  std::map<std::string, Product> products{};
  std::map<std::string, Reservation> reservations{};  // By id, which is that of an order.
  std::vector<Order> orders{};

  // Whether nothing is left to be done.
  [[nodiscard]] bool IsQuiet() const;
};

// Throws seam::sql::SqlError. What is written meanwhile may be seen in one of the two only.
[[nodiscard]] Books ReadBooks(seam::sql::Database& products, seam::sql::Database& orders);

// What a buyer was told about an order.
struct Told {
  enum class Answer : std::uint8_t {
    kNothing,    // Or only that the outcome is unknown.
    kPlaced,     // In the end; it may have been cancelled since.
    kRejected,   // For want of stock.
    kCancelled,  // Before it was placed, because that took too long.
  };
  enum class Cancelled : std::uint8_t {
    kNo,
    kMaybe,
    kYes
  };  // By the customer, after it was placed.

  Goods lines{};
  Answer answer = Answer::kNothing;
  std::string id{};  // Of a placed one.
  Cancelled cancelled = Cancelled::kNo;
};

// What all buyers were told. Thread-safe.
class Memory {
 public:
  void WillPlace(const Key& key, const Goods& lines);
  void WillCancel(const Key& key);
  void WasCancelled(const Key& key);

  // An answer to the request to place the order. What is wrong with it, if anything: two answers to
  // one key differ, or it tells of a cancellation that nobody has asked for.
  [[nodiscard]] std::optional<std::string> WasAnswered(const Key& key, Told::Answer answer,
                                                       const std::string& id = {},
                                                       bool is_cancelled = false);

  [[nodiscard]] std::map<Key, Told> told() const;

 private:
  mutable std::mutex mutex_;
  std::map<Key, Told> told_;
};

// What is wrong in books that are quiet, given the stock that each product had at first and what
// the buyers were told:
//   - a product of which something was lost, sold twice, or is still reserved
//   - an order that is not final, or has not what its state says: its stock if it is placed,
//   nothing
//     if it is not
//   - a reservation without an order
//   - more than one order for a key, or an order that nobody has asked for
//   - an answer that a buyer got and that is not so
[[nodiscard]] std::vector<std::string> FindFaults(const Books& books,
                                                  const std::map<std::string, std::int64_t>& stocks,
                                                  const std::map<Key, Told>& told);

}  // namespace shop::fault

#endif  // TESTS_FAULT_FIRE_BOOKS_H_
