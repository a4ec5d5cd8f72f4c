#ifndef TESTS_FAULT_FIRE_FIRE_H_
#define TESTS_FAULT_FIRE_FIRE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "books.h"
#include "parts.h"
#include "shop_database.h"
#include "shop_process.h"

namespace shop::fault {

struct FireOptions {
  // What buyers and killer decide by: the same seed makes the same decisions. What comes of them
  // also depends on who is quicker.
  std::uint64_t seed = 1;
  // Which modules have a process of their own. Those of products and orders are killed, and the
  // shop's.
  e2e::Bindings bindings{};
  // All modules on one PostgreSQL server, which is killed as well, instead of SQLite files.
  bool postgresql = false;
  // A program that stands in for the products service, with its first arguments.
  std::vector<std::string> products_command{};
  bool recovery = true;  // Whether orders takes up what was left unfinished.
  std::chrono::milliseconds patience = kPatience;  // Until all is quiet in the end.
};

// Many buyers on little stock, while processes are killed with SIGKILL at any time and started
// again. The buyers come in pairs that place the same orders with the same keys at once. Each asks
// again, with the same key, until it gets an answer; some go away instead. Many orders are
// cancelled afterwards. What is amiss is a complaint: a refusal of an unexpected kind, a buyer who
// gets no answer or two different ones, a process that does not start, and what the tables of the
// two modules say in the end (see books.h).
class OrdersUnderFire {
 public:
  explicit OrdersUnderFire(FireOptions options);
  OrdersUnderFire(const OrdersUnderFire&) = delete;
  OrdersUnderFire& operator=(const OrdersUnderFire&) = delete;
  ~OrdersUnderFire();

  // Kills one or two of the processes and starts them again.
  void PlayOne();

  // Ends the load, waits until nothing is left to be done, reads the tables, and ends all processes
  // in good order.
  void Finish();

  [[nodiscard]] std::vector<std::string> complaints() const { return complaints_.list(); }

  // How many orders were placed and cancelled, refused for want of stock, and left by their buyers;
  // and how many requests met a process that was away.
  struct Numbers {
    std::atomic<std::int64_t> placed = 0;
    std::atomic<std::int64_t> cancelled = 0;
    std::atomic<std::int64_t> rejected = 0;
    std::atomic<std::int64_t> left = 0;
    std::atomic<std::int64_t> unanswered = 0;
  };
  [[nodiscard]] const Numbers& numbers() const noexcept { return numbers_; }

 private:
  class Buyer;

  struct Account {
    std::string id;
    std::string token;
  };

  [[nodiscard]] bool OpenShop();
  [[nodiscard]] bool MakeGoods();
  // They log in before the first process is killed: a log-in that breaks off counts as one with a
  // wrong password.
  [[nodiscard]] bool MakeAccounts();
  void Kill(const std::string& victim);
  void Start(const std::string& victim);
  [[nodiscard]] Books Read();
  std::uint64_t Choose(std::uint64_t below) { return random_() % below; }
  // How many orders have got an answer.
  [[nodiscard]] std::int64_t answered() const;

  const FireOptions options_;
  std::mt19937_64 random_;
  Complaints complaints_;
  int round_ = 0;
  std::vector<std::string> victims_;
  std::optional<e2e::ShopDatabase> postgresql_;
  std::unique_ptr<e2e::ShopProcess> shop_;
  std::map<std::string, std::int64_t> stocks_;  // Of each product at first.
  std::vector<std::string> products_;           // In the order in which they were made.
  std::vector<Account> accounts_;
  Memory memory_;
  Numbers numbers_;
  std::atomic<int> port_ = 0;  // 0 while the shop is away.
  std::atomic<bool> over_ = false;
  std::vector<std::unique_ptr<Buyer>> buyers_;
  std::vector<std::thread> threads_;
};

}  // namespace shop::fault

#endif  // TESTS_FAULT_FIRE_FIRE_H_
