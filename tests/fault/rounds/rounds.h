#ifndef TESTS_FAULT_ROUNDS_ROUNDS_H_
#define TESTS_FAULT_ROUNDS_ROUNDS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "parts.h"
#include "seam/core/channel.h"
#include "shop_process.h"

namespace shop::fault {

// What is ended and started again.
enum class Side : std::uint8_t { kShop, kProducts };

struct RoundsOptions {
  // What every choice is made from: the same seed makes the same ones.
  std::uint64_t seed = 1;
  // Only this side, and only this signal (SIGTERM or SIGKILL); else either, by chance.
  std::optional<Side> side{};
  std::optional<int> signal{};
  // A program that stands in for the products service, with its first arguments.
  std::vector<std::string> products_command{};
};

// The shop, with products in a process of its own, under load: some callers come over HTTP, others
// call products over gRPC themselves. In each round one of the two processes is ended, by a signal,
// in the middle of it, and started again. What callers and reader find amiss is a complaint:
//   - a process that does not end, or with an exit code that is not its signal's
//   - a refusal where nothing was stopped, or of another kind than "unavailable"
//   - an unknown outcome, though the service was asked to stop and had all the time it wanted
//   - an answer to another question
//   - a product or an order that was acknowledged and is not there after the restart
class Rounds {
 public:
  explicit Rounds(RoundsOptions options);
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds();

  // Plays one round, and waits until every caller has been served again.
  void PlayOne();

  // Ends the load, restarts both processes for a last look, and ends them, all in good order.
  void Finish();

  [[nodiscard]] std::vector<std::string> complaints() const { return complaints_.list(); }

  // How many writes were acknowledged, and calls refused as not done.
  [[nodiscard]] std::size_t acknowledged() const;
  [[nodiscard]] std::int64_t refused() const noexcept { return refused_; }

 private:
  class Caller;
  class Buyer;
  class Seller;
  class Keeper;

  // What may happen to a call.
  struct Weather {
    bool shop_ends = false;
    bool products_ends = false;
    bool products_is_killed = false;
  };

  // What has to be there.
  struct Acknowledged {
    std::string path;
    std::string name;          // Of a product.
    std::int64_t version = 0;  // Of a product: at least.
  };

  [[nodiscard]] Weather weather() const;
  void SetWeather(const Weather& weather);
  void Acknowledge(Acknowledged acknowledged);
  void EndBoth();
  void StartShop();
  // Looks whether what was acknowledged before a restart is there, up to the one with this number,
  // and only at what was not looked at before.
  void VerifyUntil(std::size_t end);
  std::uint64_t Choose(std::uint64_t below);

  const RoundsOptions options_;
  std::mt19937_64 random_;
  Complaints complaints_;
  int round_ = 0;
  std::size_t verified_ = 0;
  std::unique_ptr<e2e::ShopProcess> shop_;
  std::string authorization_;
  std::string goods_;  // The id of a product that can be ordered.
  std::unique_ptr<seam::Channel> products_;

  mutable std::mutex mutex_;
  Weather weather_;
  std::vector<Acknowledged> acknowledged_;
  std::atomic<int> port_ = 0;  // 0 while the shop is away.
  std::atomic<std::int64_t> refused_ = 0;
  std::atomic<bool> pause_ = false;
  std::atomic<bool> over_ = false;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::thread> threads_;
};

}  // namespace shop::fault

#endif  // TESTS_FAULT_ROUNDS_ROUNDS_H_
