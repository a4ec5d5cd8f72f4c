#include "seam/identity/token_verifier.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>

#include "seam/identity/ed25519_internal.h"
#include "seam/identity/remembered_tokens_internal.h"
#include "seam/identity/token_internal.h"

namespace seam {
namespace {

using std::chrono::milliseconds;
using AgeClock = std::chrono::steady_clock;

// The clocks of two machines differ a little.
constexpr std::chrono::seconds kClockTolerance{60};

// Longer spans are as good as for ever, and sums of them would overflow.
constexpr milliseconds kLongestSpan = std::chrono::hours(24 * 365);

// A remembered token takes less than a kilobyte, unless its roles are many.
constexpr std::size_t kMaxRemembered = 4096;

milliseconds Bounded(milliseconds span) {
  return std::clamp(span, milliseconds::zero(), kLongestSpan);
}

Failure Refused(const char* reason, const char* message) {
  return Fail(Code::kUnauthenticated, reason, message);
}

// What the source said, in the form in which it is looked up.
struct Snapshot {
  std::uint64_t question = 0;    // Which one it answers, counted from 1.
  AgeClock::time_point asked{};  // When: what has changed since may not be in it.
  std::uint64_t version = 0;     // Grows when the audience or the keys are others than before.
  TokenAudience audience{};
  std::map<std::string, TokenKey, std::less<>> keys{};
  std::unordered_set<std::string> revoked_sessions{};
};
using SnapshotPointer = std::shared_ptr<const Snapshot>;

bool TrustsTheSame(const Snapshot& a, const Snapshot& b) {
  return a.audience.issuer == b.audience.issuer && a.audience.audience == b.audience.audience &&
         std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                    [](const auto& one, const auto& other) {
                      return one.first == other.first &&
                             one.second.public_key == other.second.public_key;
                    });
}

Result<Snapshot> Understand(TrustedKeys answer) {
  const auto unusable = [](const char* problem) {
    return Fail(Code::kInternal, "UNUSABLE_TOKEN_KEYS", problem);
  };
  // A token without an issuer is nobody's.
  if (answer.audience.issuer.empty() || answer.audience.audience.empty()) {
    return unusable("the source of the keys names no issuer or no audience");
  }
  Snapshot snapshot;
  snapshot.audience = std::move(answer.audience);
  for (TokenKey& key : answer.keys) {
    if (!internal::IsKeyId(key.id)) return unusable("the id of a key is not allowed");
    std::string id = key.id;
    if (!snapshot.keys.emplace(std::move(id), std::move(key)).second) {
      return unusable("two keys have one id");
    }
  }
  snapshot.revoked_sessions.insert(std::make_move_iterator(answer.revoked_sessions.begin()),
                                   std::make_move_iterator(answer.revoked_sessions.end()));
  return snapshot;
}

}  // namespace

// The rules of asking, all under one lock that is not held while the source is asked:
//
// - One caller asks, on its own thread; the others wait for the answer, or for the end of their own
//   call. Who arrives while the snapshot is still fresh does not notice.
// - The asker's call may end before the source answers. That tells nothing about the source, so one
//   of those who wait asks again. But a source for which callers have waited `source_timeout` in
//   vain, added up, has failed: callers with little time would otherwise never find out.
// - After a failure the source is left alone for `refresh`, and nobody waits for the next question
//   but who asks it: the others use the old snapshot, as long as there is grace.
// - A key that is not known is worth one question besides the regular ones each `refresh`, so keys
//   that somebody makes up cannot more than double the questions, however many they are.
class TokenVerifier::Impl {
 public:
  Impl(KeySource source, TokenVerifierOptions options)
      : source_(std::move(source)),
        clock_(std::move(options.clock)),
        age_clock_(std::move(options.age_clock)),
        refresh_(Bounded(options.refresh)),
        grace_(Bounded(options.grace)),
        source_timeout_(Bounded(options.source_timeout)) {}

  [[nodiscard]] Result<Principal> Verify(const Context& context, std::string_view token) {
    if (token.size() > internal::kMaxTokenBytes) return internal::InvalidToken("it is too long");
    // Only the answer to a question that is asked after this is sure to know the token's key.
    const std::uint64_t questions = questions_.load(std::memory_order_acquire);
    auto snapshot = Trusted(context, 0);
    if (!snapshot) return Forward(std::move(snapshot).error());
    const internal::Bytes32 hash = internal::Sha256(token);
    const auto now = clock_();
    {
      const std::lock_guard lock(remembered_mutex_);
      const Principal* known = remembered_.Find(hash, (*snapshot)->version, now);
      if (known != nullptr) return StillGood(*known, **snapshot, now);
    }
    auto unchecked = internal::ReadToken(token);
    if (!unchecked) return Forward(std::move(unchecked).error());
    if ((*snapshot)->keys.count(unchecked->key_id) == 0) {
      snapshot = Trusted(context, questions);
      if (!snapshot) return Forward(std::move(snapshot).error());
    }
    auto principal = Check(*unchecked, **snapshot, now);
    if (principal) {
      const std::lock_guard lock(remembered_mutex_);
      remembered_.Insert(hash, *principal, (*snapshot)->version, now);
    }
    return principal;
  }

  [[nodiscard]] Result<std::vector<TokenKey>> Keys(const Context& context) {
    auto snapshot = Trusted(context, 0);
    if (!snapshot) return Forward(std::move(snapshot).error());
    std::vector<TokenKey> keys;
    for (const auto& [id, key] : (*snapshot)->keys) keys.push_back(key);
    return keys;
  }

 private:
  [[nodiscard]] static Result<Principal> StillGood(const Principal& principal,
                                                   const Snapshot& snapshot,
                                                   std::chrono::system_clock::time_point now) {
    if (principal.expires_at <= now) {
      return Refused("TOKEN_EXPIRED", "the token has expired; get a new one");
    }
    if (snapshot.revoked_sessions.count(principal.session) != 0) {
      return Refused("TOKEN_REVOKED", "the token's session has ended; log in again");
    }
    return principal;
  }

  [[nodiscard]] static Result<Principal> Check(const internal::UncheckedToken& token,
                                               const Snapshot& snapshot,
                                               std::chrono::system_clock::time_point now) {
    const auto key = snapshot.keys.find(token.key_id);
    if (key == snapshot.keys.end()) return internal::InvalidToken("its key is not known");
    if (!internal::IsSignedWith(key->second, token)) {
      return internal::InvalidToken("its signature does not fit");
    }
    auto claims = internal::ReadClaims(token.payload);
    if (!claims) return Forward(std::move(claims).error());
    if (claims->audience.issuer != snapshot.audience.issuer) {
      return internal::InvalidToken("it is from another issuer");
    }
    if (claims->audience.audience != snapshot.audience.audience) {
      return internal::InvalidToken("it is for another audience");
    }
    // What has not begun is refused in its own words, and what has ended by StillGood.
    const auto begun_by = now + kClockTolerance;
    if (claims->issued_at > begun_by || (claims->not_before && *claims->not_before > begun_by)) {
      return internal::InvalidToken("it is from the future; compare the clocks of the machines");
    }
    return StillGood(claims->principal, snapshot, now);
  }

  // What may be trusted now; where that can be had, the answer to a later question than `after`.
  [[nodiscard]] Result<SnapshotPointer> Trusted(const Context& context, std::uint64_t after) {
    {
      const std::lock_guard lock(mutex_);
      if (IsNewer(after) && IsFresh(age_clock_())) return snapshot_;
    }
    return AskOrWait(context, after);
  }

  [[nodiscard]] Result<SnapshotPointer> AskOrWait(const Context& context, std::uint64_t after) {
    const auto give_up = *context.WithTimeout(source_timeout_).deadline();
    // Taken back after the lock is released, since it waits for the callback, which takes the lock.
    const CancellationCallback wake = context.OnCancel([this] {
      const std::lock_guard lock(mutex_);
      answered_.notify_all();
    });
    std::unique_lock lock(mutex_);
    const SnapshotPointer before = snapshot_;
    while (true) {
      const auto now = age_clock_();
      // Of a slow source even the newest answer may be older than `refresh`.
      const bool fresh = IsFresh(now) || snapshot_ != before;
      if (fresh && IsNewer(after)) return snapshot_;
      if (!asking_) {
        if (failure_ && now < ask_again_) return OldOne(now, after);
        if (!fresh) return Ask(context, lock, now, after);
        if (now < ask_extra_again_) return snapshot_;
        ask_extra_again_ = now + refresh_;
        return Ask(context, lock, now, after);
      }
      // A source that verifies a token by this verifier would wait for itself.
      if (asker_ == std::this_thread::get_id()) return OldOne(now, after);
      if (failure_ && MayServe(now)) return OldOne(now, after);
      if (context.cancelled() || Context::Clock::now() >= give_up) return OldOne(now, after);
      answered_.wait_until(lock, give_up);
    }
  }

  // Asks the source, without the lock.
  [[nodiscard]] Result<SnapshotPointer> Ask(const Context& context,
                                            std::unique_lock<std::mutex>& lock,
                                            AgeClock::time_point now, std::uint64_t after) {
    asking_ = true;
    asker_ = std::this_thread::get_id();
    const std::uint64_t question = questions_.fetch_add(1, std::memory_order_acq_rel) + 1;
    const bool can_do_without = failure_ && MayServe(now);
    lock.unlock();
    const auto began = Context::Clock::now();
    bool cut_short = false;
    auto answer = CallSource(context, can_do_without, cut_short);
    const auto took = Context::Clock::now() - began;
    lock.lock();
    asking_ = false;
    asker_ = {};
    answered_.notify_all();
    if (answer) {
      answer->question = question;
      answer->asked = now;
      answer->version = 1;
      if (snapshot_ != nullptr) {
        answer->version = snapshot_->version + (TrustsTheSame(*answer, *snapshot_) ? 0 : 1);
      }
      snapshot_ = std::make_shared<const Snapshot>(*std::move(answer));
      failure_.reset();
      waited_in_vain_ = {};
      return snapshot_;
    }
    waited_in_vain_ += took;
    if (cut_short && waited_in_vain_ < source_timeout_) {
      return failure_ ? OldOne(age_clock_(), after) : Unavailable(Describe(answer.error()));
    }
    failure_ = std::move(answer).error();
    waited_in_vain_ = {};
    ask_again_ = age_clock_() + refresh_;
    return OldOne(age_clock_(), after);
  }

  // `cut_short` tells whether the call ended because its caller had no more time.
  [[nodiscard]] Result<Snapshot> CallSource(const Context& caller, bool can_do_without,
                                            bool& cut_short) const {
    try {
      // The caller's time, cancellation and trace, but neither its token nor what else it carries.
      const CancellationSource cancellation;
      const CancellationCallback link = caller.OnCancel([cancellation] { cancellation.Cancel(); });
      Context context = Context().WithCancellation(cancellation).WithTrace(caller.trace());
      context = context.WithTimeout(source_timeout_);
      if (caller.deadline()) {
        context = context.WithDeadline(*caller.deadline());
        // Who can be served without an answer needs time for that.
        if (can_do_without) context = context.WithTimeout(caller.remaining() / 2);
      }
      auto answer = source_(context);
      if (answer) return Understand(*std::move(answer));
      cut_short = context.Check().has_value();
      return Forward(std::move(answer).error());
    } catch (...) {
      return Fail(Code::kInternal, "INTERNAL", "their source has thrown an exception");
    }
  }

  // The snapshot while the source fails, if that is not too old.
  [[nodiscard]] Result<SnapshotPointer> OldOne(AgeClock::time_point now,
                                               std::uint64_t after) const {
    if (!failure_) return Unavailable("their source has not answered in time");
    if (IsNewer(after) && MayServe(now)) return snapshot_;
    return Unavailable(Describe(*failure_));
  }

  [[nodiscard]] static std::string Describe(const Error& error) {
    return std::string(CodeName(error.code)) + " " + error.reason + ": " + error.message;
  }

  [[nodiscard]] static Failure Unavailable(const std::string& cause) {
    return Fail(Code::kUnavailable, "TOKEN_KEYS_UNAVAILABLE",
                "the keys to check the token with cannot be had: " + cause);
  }

  [[nodiscard]] bool IsNewer(std::uint64_t after) const {
    return snapshot_ != nullptr && snapshot_->question > after;
  }
  [[nodiscard]] bool IsFresh(AgeClock::time_point now) const {
    return snapshot_ != nullptr && now - snapshot_->asked < refresh_;
  }
  [[nodiscard]] bool MayServe(AgeClock::time_point now) const {
    return snapshot_ != nullptr && now - snapshot_->asked < refresh_ + grace_;
  }

  const KeySource source_;
  const std::function<std::chrono::system_clock::time_point()> clock_;
  const std::function<AgeClock::time_point()> age_clock_;
  const milliseconds refresh_;
  const milliseconds grace_;
  const milliseconds source_timeout_;

  std::atomic<std::uint64_t> questions_ = 0;  // How many have been asked.

  std::mutex mutex_;
  std::condition_variable answered_;
  SnapshotPointer snapshot_;
  bool asking_ = false;
  std::thread::id asker_;
  std::optional<Error> failure_;      // Of the last question that counts, if it failed.
  AgeClock::time_point ask_again_{};  // Not before this, after a failure.
  AgeClock::time_point ask_extra_again_ = AgeClock::time_point::min();  // For a key not known.
  Context::Clock::duration waited_in_vain_{};  // By askers, since the last answer or failure.

  std::mutex remembered_mutex_;
  internal::RememberedTokens remembered_{kMaxRemembered};
};

KeySource KeysFrom(identity::v1::TokenKeysClient& client) {
  return [&client](const Context& context) -> Result<TrustedKeys> {
    auto response = client.GetTokenKeys(context, {});
    if (!response) return Forward(std::move(response).error());
    TrustedKeys trusted;
    trusted.audience = {std::move(response->issuer), std::move(response->audience)};
    trusted.revoked_sessions = std::move(response->revoked_sessions);
    for (identity::v1::TokenKey& key : response->keys) {
      TokenKey& read = trusted.keys.emplace_back();
      if (key.ed25519_public_key.size() != read.public_key.size()) {
        return Fail(Code::kInternal, "UNUSABLE_TOKEN_KEYS", "a key has not 32 bytes");
      }
      read.id = std::move(key.id);
      std::copy(key.ed25519_public_key.begin(), key.ed25519_public_key.end(),
                read.public_key.begin());
    }
    return trusted;
  };
}

KeySource FixedKeys(TokenAudience audience, std::vector<TokenKey> keys) {
  return [trusted = TrustedKeys{std::move(audience), std::move(keys), {}}](const Context&) {
    return Result<TrustedKeys>(trusted);
  };
}

TokenVerifier::TokenVerifier(KeySource source, TokenVerifierOptions options)
    : impl_(std::make_unique<Impl>(std::move(source), std::move(options))) {}

TokenVerifier::~TokenVerifier() = default;

Result<Principal> TokenVerifier::Verify(const Context& context) const {
  const auto token = FindBearerToken(context);
  if (!token) {
    return Refused("TOKEN_MISSING", "the call has no bearer token; log in and send its token");
  }
  return impl_->Verify(context, *token);
}

Result<Principal> TokenVerifier::VerifyToken(const Context& context, std::string_view token) const {
  return impl_->Verify(context, token);
}

Result<std::vector<TokenKey>> TokenVerifier::Keys(const Context& context) const {
  return impl_->Keys(context);
}

}  // namespace seam
