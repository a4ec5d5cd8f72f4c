#ifndef SEAM_IDENTITY_TOKEN_VERIFIER_H_
#define SEAM_IDENTITY_TOKEN_VERIFIER_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/identity/principal.h"
#include "seam/identity/token.h"
#include "seam/identity/v1/token_keys_client.h"

namespace seam {

// What tokens are checked against at one moment.
struct TrustedKeys {
  TokenAudience audience{};
  std::vector<TokenKey> keys{};
  std::vector<std::string> revoked_sessions{};
};

// Where a verifier gets that from. Called from many threads, one at a time. The Context has a
// deadline, the caller's or `source_timeout`, whichever is earlier, and the caller's cancellation,
// but not its token. What it verifies by the same verifier on its thread is refused, unless what
// the verifier knows already is enough.
using KeySource = std::function<Result<TrustedKeys>(const Context&)>;

// The keys of a module that issues tokens, over any binding. `client` must outlive the source.
[[nodiscard]] KeySource KeysFrom(identity::v1::TokenKeysClient& client);

// Keys that stay as they are; no session is ever revoked.
[[nodiscard]] KeySource FixedKeys(TokenAudience audience, std::vector<TokenKey> keys);

struct TokenVerifierOptions {
  // How old what is trusted may be, counted from when it was asked for: so long a session that was
  // revoked may still be let in, and so long at most a key that was withdrawn is trusted. A source
  // that takes longer adds what it takes. Also the shortest time between two questions for a key
  // that is not known, whatever the number of tokens that name such keys: they double the questions
  // at most. And how long a source that has failed is left alone.
  std::chrono::milliseconds refresh{1000};

  // While the source fails, what it said last is trusted so much longer; then nobody is let in.
  std::chrono::milliseconds grace{std::chrono::minutes(10)};

  // How long the source may take. One for which callers with less time than this have waited so
  // long in vain, added up, has failed as well.
  std::chrono::milliseconds source_timeout{1000};

  // Two clocks, called from many threads: the expiry of tokens is a time of day, whereas the spans
  // above are measured with a clock that nobody sets.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
  std::function<std::chrono::steady_clock::time_point()> age_clock = std::chrono::steady_clock::now;
};

// Verifies tokens where they arrive, from public keys that are asked for now and then: no call is
// made for a token. Thread-safe; one a process is enough, and it remembers the tokens it has
// verified, some thousands at most, so that the second and later looks at one cost next to nothing.
//
// The keys are asked for by the call that needs them, on its thread. Others that need them wait for
// that answer, until their deadline, their cancellation, or `source_timeout`; the call that asks
// may end early, and then one of them asks. While the source fails, nobody waits for it but who
// asks.
class TokenVerifier {
 public:
  TokenVerifier(KeySource source, TokenVerifierOptions options);
  TokenVerifier(const TokenVerifier&) = delete;
  TokenVerifier& operator=(const TokenVerifier&) = delete;
  ~TokenVerifier();

  // Who makes the call. Fails with UNAUTHENTICATED, reason
  //   TOKEN_MISSING   the context has no bearer token
  //   TOKEN_INVALID   it is no token of ours: malformed, signed by nobody we trust, for somebody
  //   else TOKEN_EXPIRED   it was good once TOKEN_REVOKED   its session has ended
  // and with UNAVAILABLE, reason TOKEN_KEYS_UNAVAILABLE, when the keys cannot be had. No message
  // repeats any part of the token.
  [[nodiscard]] Result<Principal> Verify(const Context& context) const;

  // The same for a token by itself.
  [[nodiscard]] Result<Principal> VerifyToken(const Context& context, std::string_view token) const;

  // The keys that are trusted now; fails with UNAVAILABLE, reason TOKEN_KEYS_UNAVAILABLE.
  [[nodiscard]] Result<std::vector<TokenKey>> Keys(const Context& context) const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace seam

#endif  // SEAM_IDENTITY_TOKEN_VERIFIER_H_
