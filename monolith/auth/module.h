#ifndef AUTH_MODULE_H_
#define AUTH_MODULE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/core/context.h"
#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/identity/token.h"
#include "seam/identity/v1/token_keys_handler.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"
#include "shop/auth/v1/auth_handler.h"
#include "shop/users/v1/users_client.h"

namespace shop::auth {

struct AuthOptions {
  // Where the module's own database is. It holds the signing keys and the hashes of the passwords.
  // So a SQLite file is made for its owner's eyes only, what is deleted is overwritten in it, and
  // one that others may read or write is refused; who can read the files of a PostgreSQL server,
  // or is its superuser, is to be trusted with them.
  seam::sql::DatabaseOptions database{};

  // Whether a change is answered only when it is on the disk. Without that it survives a crash of
  // the process, but maybe not a power failure. On PostgreSQL the server decides.
  bool durable = true;

  // The longest wait for the database while others use it; a call's deadline shortens it.
  std::chrono::milliseconds max_wait{5000};

  // Whom the tokens are from and for; verifiers are told.
  seam::TokenAudience audience{"shop", "shop"};

  // Each refresh gives tokens that are good for so long from then on, but no refresh token is good
  // for longer than session_lifetime after the log-in. (NIST SP 800-63B has a password asked for
  // every 30 days at least.)
  std::chrono::seconds access_token_lifetime{std::chrono::minutes(15)};
  std::chrono::seconds refresh_token_lifetime{std::chrono::hours(24 * 30)};
  std::chrono::seconds session_lifetime{std::chrono::hours(24 * 30)};

  // A key that has signed for so long is replaced; before that, when more than 10,000 sessions have
  // ended whose access tokens may still be in use.
  std::chrono::seconds key_lifetime{std::chrono::hours(24 * 30)};

  // What one Argon2id hash costs. The defaults are OWASP's
  // (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
  struct HashCost {
    std::size_t memory_bytes = std::size_t{19} * 1024 * 1024;
    std::uint64_t passes = 2;
  };
  HashCost hash_cost{};

  // How many passwords are hashed at once, and how many more calls may wait for that; those above
  // it are refused. Each of both kinds holds a thread of the program, so they are to be far fewer
  // than those: a flood of log-ins must leave threads to everything else.
  int concurrent_hashes = 2;
  int waiting_hashes = 8;

  // Log-ins that have failed within the window, after which further ones are refused until some are
  // older than it. One that is going on counts as failed until it ends, or its call's time is over;
  // after that only when its password was wrong. The strict limit is for
  // an email from one client address, so that nobody locks out the holder of an account from
  // elsewhere with a few guesses; a log-in forgets these failures. The others are for an email from
  // all addresses together, which bounds what many addresses can guess, and for an address with all
  // emails; a log-in does not forget those. Wrong passwords of repeated registrations count by
  // themselves, for the account alone, with the strict limit. Registrations count for their address
  // whatever comes of them, since each costs a hash.
  int failures_per_account = 10;
  int failures_per_email = 100;
  int failures_per_address = 100;
  int registrations_per_address = 100;
  std::chrono::seconds failure_window{std::chrono::minutes(15)};

  // What all of this is measured with. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// The first account with the role "admin".
struct FirstAdmin {
  std::string email = "admin@shop.example";
  std::string password{};  // Made by the module when empty.
};

// What a program that has the module in it can be configured with: the options auth.…, for its
// table, the rules about them, and what they were set to. Where the database is is not among these.
// `given` must have been loaded with a table that has these options.
struct AuthConfiguration {
  AuthOptions options{};
  FirstAdmin first_admin{};
};
[[nodiscard]] std::vector<seam::config::Option> AuthConfigurationOptions();
[[nodiscard]] std::vector<seam::config::Rule> AuthConfigurationRules();
[[nodiscard]] AuthConfiguration ReadAuthConfiguration(const seam::config::Configuration& given);

// The module: two services over one database.
class AuthModule {
 public:
  AuthModule() = default;
  AuthModule(const AuthModule&) = delete;
  AuthModule& operator=(const AuthModule&) = delete;
  virtual ~AuthModule() = default;

  // Each valid on its own, also after this object has gone. Thread-safe; they keep the rules of
  // auth.proto and token_keys.proto, and to the errors named there add those of the database
  // (seam/sql/error.h) and those of users.
  [[nodiscard]] virtual std::unique_ptr<v1::AuthHandler> NewAuthHandler() = 0;
  [[nodiscard]] virtual std::unique_ptr<seam::identity::v1::TokenKeysHandler>
  NewTokenKeysHandler() = 0;

  // Makes the first admin unless there is one, or finishes what an interrupted call has begun. May
  // be called by several processes at once. Returns the password when it was made by the module,
  // this once; nothing when one was given or an admin was there. Fails with INVALID_ARGUMENT for an
  // email or password that registration would refuse, with EMAIL_TAKEN when the email is a
  // customer's, and with the errors of the database and of users.
  [[nodiscard]] virtual seam::Result<std::optional<std::string>> EnsureFirstAdmin(
      const seam::Context& context, const FirstAdmin& admin) = 0;
};

// Opens the module on its database, which is brought to the newest schema first. Several processes
// may have the same database open. `users` must outlive the module and its handlers.
//
// Fails with UNAVAILABLE, reason DATABASE_UNAVAILABLE, when the file cannot be opened or made, or
// the server cannot be reached; reason DATABASE_REFUSED, when the server refuses the module's role;
// with FAILED_PRECONDITION, reason DATABASE_EXPOSED, when others may read or write the file; with
// FAILED_PRECONDITION, reason DATABASE_SCHEMA_TOO_NEW, when a newer program has migrated the
// database; with DATA_LOSS, reason DATABASE_CORRUPT, when the file is no database; and with
// INVALID_ARGUMENT, reason INVALID_OPTIONS, for options with which nobody could log in.
[[nodiscard]] seam::Result<std::unique_ptr<AuthModule>> OpenAuth(const AuthOptions& options,
                                                                 users::v1::UsersClient& users);

// AuthModule::EnsureFirstAdmin for a program that starts, so that whoever reaches it can count on
// there being an admin. What fails because users cannot be reached or is too busy is tried again
// until `context` ends, since programs may start in any order; only the very first start waits. A
// password that the module has made is printed once on standard output, and returned. Fails with
// CANCELLED when `context` is cancelled, and with what EnsureFirstAdmin fails with.
[[nodiscard]] seam::Result<std::optional<std::string>> MakeFirstAdmin(const seam::Context& context,
                                                                      AuthModule& module,
                                                                      const FirstAdmin& admin,
                                                                      seam::Log& log);

// "sessions", which ask for a customer's password or token whoever passes it on, and "keys", with
// which tokens are verified. Both are for every service unless it is said otherwise.
[[nodiscard]] std::vector<seam::MethodGroup> AuthMethodGroups();

}  // namespace shop::auth

#endif  // AUTH_MODULE_H_
