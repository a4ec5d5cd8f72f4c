#ifndef AUTH_ATTEMPTS_H_
#define AUTH_ATTEMPTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/parts.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/sql/database.h"

namespace shop::auth {

// What failures are counted for, as it stands in the database: a hash, so that the table holds no
// email and no address.
struct Subject {
  std::string hash{};
  int limit = 0;
};

// Log-ins with an email from one address, which may be empty. The email is taken as it was given,
// here and below, without regard to the case of ASCII letters; whether anybody has it makes no
// difference.
[[nodiscard]] Subject LoginSubject(const AuthOptions& options, std::string_view email,
                                   std::string_view address);
// From all addresses together.
[[nodiscard]] Subject EmailSubject(const AuthOptions& options, std::string_view email);
[[nodiscard]] Subject AddressSubject(const AuthOptions& options, std::string_view address);
// For registrations, whatever comes of them.
[[nodiscard]] Subject RegistrationSubject(const AuthOptions& options, std::string_view address);
// For guesses at the password of an account whose id is known.
[[nodiscard]] Subject AccountSubject(const AuthOptions& options, std::string_view account_id);

// One attempt to show a password, or to register. It counts from its begin on, before the password
// is looked at: otherwise many at once could pass before the first has failed. For one thread.
class Attempt {
 public:
  // Counts the attempt for all subjects. Fails with RESOURCE_EXHAUSTED, reason TOO_MANY_ATTEMPTS,
  // and counts for none, when one of them has had as many as it may. Throws seam::sql::SqlError.
  [[nodiscard]] static seam::Result<Attempt> Begin(const Parts& parts, const seam::Context& context,
                                                   const std::vector<Subject>& subjects);

  Attempt(Attempt&& other) noexcept;
  Attempt& operator=(Attempt&&) = delete;
  // Takes the attempt back, unless one of the functions below was called: then no password was
  // found wrong.
  ~Attempt();

  // Lets it count until the window is over.
  void Keep() noexcept { ids_.clear(); }

  // Takes the attempt back in a transaction of the caller's; Settle says that it was committed.
  void Forgive(seam::sql::Session& session) const;
  void Settle() noexcept { ids_.clear(); }

 private:
  Attempt(const Parts& parts, std::vector<std::int64_t> ids);

  const Parts* parts_;
  std::vector<std::int64_t> ids_;
};

}  // namespace shop::auth

#endif  // AUTH_ATTEMPTS_H_
