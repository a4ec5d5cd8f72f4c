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
// is looked at: otherwise many at once could pass before the first has failed. But it stops
// counting by itself when the time of the call is over, thirty seconds later at the latest: what an
// outage, or the end of the process, breaks off locks nobody out. Only Keep makes it count for the
// window. For one thread.
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

  // That of Begin, with a deadline: when the attempt stops counting by itself. The password is
  // looked at within it.
  [[nodiscard]] const seam::Context& context() const noexcept { return context_; }

  // Lets it count until the window is over, also when the caller no longer waits or the attempt has
  // stopped counting meanwhile. Throws seam::sql::SqlError, and then nobody may be told what came
  // of the attempt: a guess whose answer is known has to be a guess that counts.
  void Keep();

  // Takes the attempt back in a transaction of the caller's; Settle says that it was committed.
  void Forgive(seam::sql::Session& session) const;
  void Settle() noexcept { rows_.clear(); }

 private:
  struct Row {
    std::int64_t id;
    std::string subject;
  };

  Attempt(const Parts& parts, seam::Context context, std::vector<Row> rows);

  const Parts* parts_;
  seam::Context context_;
  std::vector<Row> rows_;
};

}  // namespace shop::auth

#endif  // AUTH_ATTEMPTS_H_
