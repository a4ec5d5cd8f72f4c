#include "books.h"

#include <algorithm>

namespace shop::fault {
namespace {

using orders::v1::OrderState;
using products::v1::ReservationState;
using seam::sql::Row;
using seam::sql::Session;

std::string Text(const Key& key) { return key.second + " of " + key.first; }

const char* Name(OrderState state) {
  switch (state) {
    case OrderState::ORDER_STATE_PENDING: return "PENDING";
    case OrderState::ORDER_STATE_PLACED: return "PLACED";
    case OrderState::ORDER_STATE_CANCELLED: return "CANCELLED";
    case OrderState::ORDER_STATE_REJECTED: return "REJECTED";
    default: return "in no state";
  }
}

const char* Name(Told::Answer answer) {
  switch (answer) {
    case Told::Answer::kNothing: return "nothing";
    case Told::Answer::kPlaced: return "placed";
    case Told::Answer::kRejected: return "rejected";
    case Told::Answer::kCancelled: return "cancelled before it was placed";
  }
  return "";
}

// Whether the order is what the buyer was told.
bool IsAsTold(const Books::Order& order, const Told& told) {
  switch (told.answer) {
    case Told::Answer::kNothing: return true;
    case Told::Answer::kRejected: return order.state == OrderState::ORDER_STATE_REJECTED;
    case Told::Answer::kCancelled:
      return order.state == OrderState::ORDER_STATE_CANCELLED && !order.was_placed;
    case Told::Answer::kPlaced: break;
  }
  if (order.id != told.id || !order.was_placed) return false;
  if (order.state == OrderState::ORDER_STATE_PLACED) {
    return told.cancelled != Told::Cancelled::kYes;
  }
  return order.state == OrderState::ORDER_STATE_CANCELLED && told.cancelled != Told::Cancelled::kNo;
}

// Gathers what is wrong.
class Audit {
 public:
  Audit(const Books& books, const std::map<std::string, std::int64_t>& stocks,
        const std::map<Key, Told>& told)
      : books_(books), stocks_(stocks), told_(told) {}

  std::vector<std::string> Run() {
    std::map<Key, int> orders;
    for (const Books::Order& order : books_.orders) {
      ++orders[order.key];
      LookAtOrder(order);
    }
    for (const auto& [key, number] : orders) {
      if (number > 1) Find(std::to_string(number) + " orders for the key " + Text(key));
    }
    for (const auto& [key, told] : told_) {
      if (told.answer != Told::Answer::kNothing && orders.count(key) == 0) {
        Find("the order " + Text(key) + " was " + Name(told.answer) + ", and there is none");
      }
    }
    for (const auto& [id, reservation] : books_.reservations) LookAtReservation(id, reservation);
    for (const auto& [id, stock] : stocks_) LookAtProduct(id, stock);
    return std::move(faults_);
  }

 private:
  void Find(std::string fault) { faults_.push_back(std::move(fault)); }

  void LookAtOrder(const Books::Order& order) {
    const std::string name = "the order " + Text(order.key) + ", " + order.id + ", ";
    if (order.state == OrderState::ORDER_STATE_PENDING || !order.settled) {
      Find(name + "is not final: " + Name(order.state) + (order.settled ? "" : ", not settled"));
    }
    const auto found = books_.reservations.find(order.id);
    const auto held = found == books_.reservations.end()
                          ? ReservationState::RESERVATION_STATE_RELEASED
                          : found->second.state;
    if (order.state == OrderState::ORDER_STATE_PLACED) {
      for (const auto& [product, quantity] : order.lines) sold_[product] += quantity;
      if (held != ReservationState::RESERVATION_STATE_CONFIRMED) {
        Find(name + "is placed, and has no stock");
      } else if (found->second.lines != order.lines) {
        Find(name + "has other stock than was ordered");
      }
    } else if (held != ReservationState::RESERVATION_STATE_RELEASED) {
      Find(name + "is " + Name(order.state) + ", and has stock");
    }
    const auto told = told_.find(order.key);
    if (told == told_.end()) {
      Find(name + "is nobody's");
      return;
    }
    if (order.lines != told->second.lines) Find(name + "has other lines than were asked for");
    if (!IsAsTold(order, told->second)) {
      Find(name + "is " + Name(order.state) + "; its buyer was told: " + Name(told->second.answer) +
           " " + told->second.id);
    }
  }

  void LookAtReservation(const std::string& id, const Books::Reservation& reservation) {
    const bool has_order = std::any_of(books_.orders.begin(), books_.orders.end(),
                                       [&](const Books::Order& order) { return order.id == id; });
    if (!has_order) Find("the reservation " + id + " has no order");
    if (reservation.state == ReservationState::RESERVATION_STATE_RESERVED) {
      Find("the reservation " + id + " is left open");
    }
  }

  void LookAtProduct(const std::string& id, std::int64_t initial) {
    const auto found = books_.products.find(id);
    if (found == books_.products.end()) {
      Find("the product " + id + " is gone");
      return;
    }
    const auto& [stock, reserved] = found->second;
    const std::int64_t sold = sold_[id];
    if (stock + reserved + sold != initial || sold > initial) {
      Find("of the product " + id + " there were " + std::to_string(initial) + ", and there are " +
           std::to_string(stock) + ", " + std::to_string(reserved) + " reserved and " +
           std::to_string(sold) + " sold");
    }
    if (reserved != 0) Find("of the product " + id + " something is reserved");
  }

  const Books& books_;
  const std::map<std::string, std::int64_t>& stocks_;
  const std::map<Key, Told>& told_;
  std::map<std::string, std::int64_t> sold_;
  std::vector<std::string> faults_;
};

}  // namespace

bool Books::IsQuiet() const {
  return std::all_of(orders.begin(), orders.end(), [](const Order& one) { return one.settled; }) &&
         std::none_of(reservations.begin(), reservations.end(), [](const auto& one) {
           return one.second.state == ReservationState::RESERVATION_STATE_RESERVED;
         });
}

Books ReadBooks(seam::sql::Database& products, seam::sql::Database& orders) {
  Books books;
  orders.ReadSnapshot(seam::Context(), [&](Session& session) {
    std::map<std::string, Goods> lines;
    session.Query("SELECT order_id, product_id, quantity FROM order_line", {}, [&](const Row& row) {
      lines[std::string(row.Text(0))][std::string(row.Text(1))] = row.Int64(2);
    });
    session.Query(
        "SELECT id, customer_id, idempotency_key, state, settled, placed_at FROM customer_order",
        {}, [&](const Row& row) {
          Books::Order& order = books.orders.emplace_back();
          order.id = row.Text(0);
          order.key = {std::string(row.Text(1)), std::string(row.Text(2))};
          order.state = static_cast<OrderState>(row.Int64(3));
          order.settled = row.Int64(4) != 0;
          order.was_placed = !row.IsNull(5);
          order.lines = lines[order.id];
        });
  });
  products.ReadSnapshot(seam::Context(), [&](Session& session) {
    session.Query("SELECT id, stock, reserved FROM product", {}, [&](const Row& row) {
      books.products[std::string(row.Text(0))] = {.stock = row.Int64(1), .reserved = row.Int64(2)};
    });
    session.Query("SELECT id, state FROM reservation", {}, [&](const Row& row) {
      books.reservations[std::string(row.Text(0))].state =
          static_cast<ReservationState>(row.Int64(1));
    });
    session.Query("SELECT reservation_id, product_id, quantity FROM reservation_line", {},
                  [&](const Row& row) {
                    books.reservations[std::string(row.Text(0))].lines[std::string(row.Text(1))] =
                        row.Int64(2);
                  });
  });
  return books;
}

void Memory::WillPlace(const Key& key, const Goods& lines) {
  const std::lock_guard lock(mutex_);
  told_[key].lines = lines;
}

void Memory::WillCancel(const Key& key) {
  const std::lock_guard lock(mutex_);
  Told& told = told_[key];
  if (told.cancelled == Told::Cancelled::kNo) told.cancelled = Told::Cancelled::kMaybe;
}

void Memory::WasCancelled(const Key& key) {
  const std::lock_guard lock(mutex_);
  told_[key].cancelled = Told::Cancelled::kYes;
}

std::optional<std::string> Memory::WasAnswered(const Key& key, Told::Answer answer,
                                               const std::string& id, bool is_cancelled) {
  const std::lock_guard lock(mutex_);
  Told& told = told_[key];
  if (told.answer != Told::Answer::kNothing && (told.answer != answer || told.id != id)) {
    return "the order " + Text(key) + " was " + Name(told.answer) + " " + told.id +
           ", and is now " + Name(answer) + " " + id;
  }
  told.answer = answer;
  told.id = id;
  if (is_cancelled && told.cancelled == Told::Cancelled::kNo) {
    return "the order " + Text(key) + " was cancelled, which nobody has asked for";
  }
  return std::nullopt;
}

std::map<Key, Told> Memory::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

std::vector<std::string> FindFaults(const Books& books,
                                    const std::map<std::string, std::int64_t>& stocks,
                                    const std::map<Key, Told>& told) {
  return Audit(books, stocks, told).Run();
}

}  // namespace shop::fault
