#ifndef AUTH_PASSWORDS_H_
#define AUTH_PASSWORDS_H_

#include <memory>
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
class Passwords {
 public:
  // Fails with INVALID_ARGUMENT, reason INVALID_OPTIONS, for a cost that Argon2id does not take.
  [[nodiscard]] static seam::Result<std::unique_ptr<Passwords>> Make(const AuthOptions& options);

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

  // Whether `hash` is of the password. With nothing to compare with, does the same work for
  // nothing, so that nobody learns from the time it takes whether there is such an account.
  [[nodiscard]] seam::Result<Verdict> Check(const seam::Context& context,
                                            const std::optional<std::string>& hash,
                                            std::string_view password);

 private:
  explicit Passwords(const AuthOptions& options)
      : cost_(options.hash_cost), slots_(options.concurrent_hashes, options.waiting_hashes) {}

  [[nodiscard]] std::optional<std::string> Compute(std::string_view password) const;

  const AuthOptions::HashCost cost_;
  Slots slots_;
  std::string nobodys_hash_;  // Of a password that nobody knows.
};

}  // namespace shop::auth

#endif  // AUTH_PASSWORDS_H_
