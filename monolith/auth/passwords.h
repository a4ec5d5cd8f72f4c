#ifndef AUTH_PASSWORDS_H_
#define AUTH_PASSWORDS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/module.h"
#include "auth/slots.h"
#include "seam/core/context.h"
#include "seam/core/result.h"

namespace shop::auth {

// Hashes passwords with Argon2id and checks them, a few at once. Thread-safe. Never to be called
// with a database transaction open: it takes tens of milliseconds.
//
// A stored hash has the cost that was configured when it was made, and checking it takes as long.
// So that nobody learns from that whose hash it is, or whether there is one, each check does the
// same work: it computes one hash of every cost that is known to be stored, and one of the
// configured cost. All but the one that decides are decoys, of no password. While old hashes are
// there, a check takes longer by their cost; a log-in renews its hash, and after the last one the
// next start of the program is rid of it.
class Passwords {
 public:
  // Told the cost of each hash that is computed, as it stands at the begin of the hash. For tests.
  using Observer = std::function<void(std::string_view cost)>;

  // Fails with INVALID_ARGUMENT, reason INVALID_OPTIONS, for a cost that Argon2id does not take.
  [[nodiscard]] static seam::Result<std::unique_ptr<Passwords>> Make(const AuthOptions& options,
                                                                     Observer observer = {});

  // Tells of a hash that is stored. Checks learn as well, but too late to hide the first one.
  void Expect(std::string_view hash);

  // What to store: salt, cost and hash, in ASCII. This and Check fail with what Slots::Take fails
  // with, and with AUTH_BUSY when there is no memory.
  [[nodiscard]] seam::Result<std::string> Hash(const seam::Context& context,
                                               std::string_view password);

  struct Verdict {
    bool right = false;
    // What to store from now on, when the password is right and its hash has another cost than new
    // ones.
    std::optional<std::string> renewed{};
  };

  // Whether `hash` is of the password. Nothing, and what is no hash, is of none.
  [[nodiscard]] seam::Result<Verdict> Check(const seam::Context& context,
                                            const std::optional<std::string>& hash,
                                            std::string_view password);

 private:
  Passwords(const AuthOptions& options, Observer observer)
      : cost_(options.hash_cost),
        slots_(options.concurrent_hashes, options.waiting_hashes),
        observer_(std::move(observer)) {}

  [[nodiscard]] std::optional<std::string> Compute(std::string_view password) const;
  void Observe(std::string_view cost) const {
    if (observer_) observer_(cost);
  }

  const AuthOptions::HashCost cost_;
  Slots slots_;
  const Observer observer_;
  std::string new_cost_;  // Of new hashes, as it stands in them.

  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> decoys_;  // By cost.
};

}  // namespace shop::auth

#endif  // AUTH_PASSWORDS_H_
