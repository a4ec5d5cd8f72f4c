#include "seam/identity/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "seam/identity/base64url_internal.h"
#include "seam/identity/ed25519_internal.h"
#include "seam/identity/v1/token_keys_mock.h"
#include "seam/testing/test_tokens.h"

namespace seam {
namespace {

using namespace std::string_literals;

using internal::EncodeBase64Url;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::system_clock;
using ::testing::_;

const TokenAudience kAudience{"issuer", "audience"};
const system_clock::time_point kStart{seconds(1'700'000'000)};

// A time of day and an age that stand still unless they are moved. Thread-safe.
class FakeClocks {
 public:
  void Advance(milliseconds span) {
    day_ms_ += span.count();
    age_ms_ += span.count();
  }
  void SetDayBack(milliseconds span) { day_ms_ -= span.count(); }

  [[nodiscard]] system_clock::time_point day() const { return kStart + milliseconds(day_ms_); }
  [[nodiscard]] std::chrono::steady_clock::time_point age() const {
    return std::chrono::steady_clock::time_point(hours(100) + milliseconds(age_ms_));
  }

 private:
  std::atomic<std::int64_t> day_ms_ = 0;
  std::atomic<std::int64_t> age_ms_ = 0;
};

class TokenVerifierTest : public ::testing::Test {
 protected:
  using Source = std::function<Result<TrustedKeys>(const Context&)>;

  TokenVerifierTest() { trusted_ = {kAudience, {key_.public_key()}, {}}; }

  // Asks source_, which tells trusted_ unless a test replaces it.
  std::unique_ptr<TokenVerifier> NewVerifier() {
    options_.clock = [this] { return clocks_.day(); };
    options_.age_clock = [this] { return clocks_.age(); };
    return std::make_unique<TokenVerifier>(
        [this](const Context& context) {
          ++questions_;
          return source_(context);
        },
        options_);
  }

  static Result<TrustedKeys> Broken(const Context&) {
    return Fail(Code::kUnavailable, "CONNECTION_FAILED", "nobody listens");
  }

  [[nodiscard]] Principal NewPrincipal() const {
    return {"account", {"customer"}, "session", clocks_.day() + hours(1)};
  }
  [[nodiscard]] std::string NewToken() const { return NewToken(key_); }
  [[nodiscard]] std::string NewToken(const SigningKey& key) const {
    return SignToken(key, kAudience, NewPrincipal(), clocks_.day());
  }

  // The reason of the refusal; "" when the token is good.
  static std::string Reason(const TokenVerifier& verifier, const std::string& token,
                            const Context& context = Context()) {
    const auto principal = verifier.VerifyToken(context, token);
    return principal ? "" : principal.error().reason;
  }

  FakeClocks clocks_;
  TokenVerifierOptions options_;
  const SigningKey key_ = SigningKey::Generate();
  TrustedKeys trusted_;
  std::atomic<int> questions_ = 0;
  Source source_ = [this](const Context&) { return Result<TrustedKeys>(trusted_); };
};

TEST_F(TokenVerifierTest, TellsWhoMakesTheCall) {
  const auto verifier = NewVerifier();
  const Principal signed_for{
      "account", {"customer", "admin"}, "session", kStart + hours(1) + milliseconds(5)};
  const std::string token = SignToken(key_, kAudience, signed_for, kStart);
  for (int look = 0; look < 2; ++look) {  // The second one is remembered.
    const auto principal = verifier->Verify(WithBearerToken(Context(), token));
    ASSERT_TRUE(principal) << ToString(principal.error());
    EXPECT_EQ(principal->subject, "account");
    EXPECT_EQ(principal->roles, (std::vector<std::string>{"customer", "admin"}));
    EXPECT_EQ(principal->session, "session");
    EXPECT_EQ(principal->expires_at, kStart + hours(1));
  }
}

TEST_F(TokenVerifierTest, ACallWithoutABearerTokenHasNoPrincipal) {
  const auto verifier = NewVerifier();
  for (const Context& context :
       {Context(), Context().WithMetadata("authorization", "Basic YTpi")}) {
    const auto principal = verifier->Verify(context);
    ASSERT_FALSE(principal);
    EXPECT_EQ(principal.error().code, Code::kUnauthenticated);
    EXPECT_EQ(principal.error().reason, "TOKEN_MISSING");
  }
  EXPECT_EQ(questions_, 0);
}

TEST_F(TokenVerifierTest, TestTokensAreGoodWithTheirOwnSource) {
  const testing::TestTokens tokens;
  const TokenVerifier verifier(tokens.Source(), {});
  const auto principal = verifier.Verify(tokens.As("somebody", {"admin"}));
  ASSERT_TRUE(principal) << ToString(principal.error());
  EXPECT_EQ(principal->subject, "somebody");
  EXPECT_TRUE(principal->HasRole("admin"));
  const testing::TestTokens others;
  EXPECT_EQ(verifier.Verify(others.As("somebody")).error().reason, "TOKEN_INVALID");
}

// ---- What is refused

class RefusedTokenTest : public TokenVerifierTest {
 protected:
  void ExpectInvalid(const std::string& token) {
    const auto verifier = NewVerifier();
    const auto principal = verifier->VerifyToken(Context(), token);
    ASSERT_FALSE(principal) << token.substr(0, 300);
    EXPECT_EQ(principal.error().code, Code::kUnauthenticated);
    EXPECT_EQ(principal.error().reason, "TOKEN_INVALID") << token.substr(0, 300);
    EXPECT_LT(principal.error().message.size(), 200U);
  }

  [[nodiscard]] std::string GoodHeader() const {
    return R"({"alg":"EdDSA","kid":")" + key_.public_key().id + R"(","typ":"JWT"})";
  }
  // All claims, but `name` with another value; without it when the value is empty.
  static std::string ClaimsWith(const std::string& name, const std::string& value) {
    const std::string now = std::to_string(kStart.time_since_epoch() / seconds(1));
    const std::string later = std::to_string((kStart + hours(1)).time_since_epoch() / seconds(1));
    std::vector<std::pair<std::string, std::string>> claims = {
        {"iss", "\"issuer\""}, {"aud", "\"audience\""}, {"sub", "\"account\""}, {"iat", now},
        {"exp", later},        {"sid", "\"session\""},  {"roles", "[]"},        {"nbf", ""}};
    std::string text;
    for (const auto& [claim, usual] : claims) {
      const std::string& said = claim == name ? value : usual;
      if (!said.empty()) {
        text.append(text.empty() ? "{" : ",").append("\"").append(claim).append("\":").append(said);
      }
    }
    return text + "}";
  }
  [[nodiscard]] std::string Sign(const std::string& header, const std::string& payload) const {
    return SignParts(EncodeBase64Url(header), EncodeBase64Url(payload));
  }
  [[nodiscard]] std::string SignParts(const std::string& header, const std::string& payload) const {
    const std::string signed_part = header + "." + payload;
    return signed_part + "." + EncodeBase64Url(internal::SignEd25519(key_.seed(), signed_part));
  }
};

TEST_F(RefusedTokenTest, WhatTheseTestsMakeIsGoodUnlessItIsSpoilt) {
  EXPECT_EQ(Reason(*NewVerifier(), Sign(GoodHeader(), ClaimsWith("", ""))), "");
}

TEST_F(RefusedTokenTest, TamperedWithAnywhere) {
  const std::string token = NewToken();
  const auto verifier = NewVerifier();
  ASSERT_EQ(Reason(*verifier, token), "");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string tampered = token;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    ASSERT_EQ(Reason(*verifier, tampered), "TOKEN_INVALID") << i;
    ASSERT_EQ(Reason(*verifier, token.substr(0, i)), "TOKEN_INVALID") << i;
  }
}

TEST_F(RefusedTokenTest, OfAnotherForm) {
  const std::string token = NewToken();
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  ExpectInvalid("");
  ExpectInvalid(".");
  ExpectInvalid("..");
  ExpectInvalid("....");
  ExpectInvalid(token.substr(0, last));
  ExpectInvalid(token + ".");
  ExpectInvalid(token + "." + token.substr(last + 1));
  ExpectInvalid("." + token.substr(first + 1));
  ExpectInvalid(token + "=");
  ExpectInvalid(token + " ");
  ExpectInvalid(" " + token);
  ExpectInvalid(token + "\n");
  ExpectInvalid("Bearer " + token);
}

TEST_F(RefusedTokenTest, InAnotherSpellingOfTheSameBytes) {
  // 64 bytes are 86 digits, and the last one has four bits that belong to no byte.
  std::string token = NewToken();
  token.back() = static_cast<char>(token.back() + 1);
  ExpectInvalid(token);
  const std::string payload = ClaimsWith("", "");
  std::string header = GoodHeader();
  while (header.size() % 3 != 1) header += " ";
  ASSERT_EQ(Reason(*NewVerifier(), Sign(header, payload)), "");
  ExpectInvalid(SignParts(EncodeBase64Url(header) + "==", EncodeBase64Url(payload)));
}

TEST_F(RefusedTokenTest, TooLong) {
  const std::string room(2500, ' ');
  EXPECT_EQ(Reason(*NewVerifier(), Sign(GoodHeader(), room + ClaimsWith("", ""))), "");
  ExpectInvalid(Sign(GoodHeader(), room + room + ClaimsWith("", "")));
  ExpectInvalid(std::string(4097, 'a'));
  ExpectInvalid(std::string(1'000'000, '.'));
  EXPECT_EQ(questions_, 1);
}

TEST_F(RefusedTokenTest, WithoutASignature) {
  const std::string kid = R"(,"kid":")" + key_.public_key().id + "\"}";
  for (const std::string& algorithm : {"none"s, "None"s, "NONE"s, ""s}) {
    const std::string parts = EncodeBase64Url(R"({"alg":")" + algorithm + "\"" + kid) + "." +
                              EncodeBase64Url(ClaimsWith("", ""));
    ExpectInvalid(parts + ".");
    ExpectInvalid(parts);
  }
}

TEST_F(RefusedTokenTest, SignedWithThePublicKeyAsASharedSecret) {
  const auto& public_key = key_.public_key().public_key;
  const std::string signed_part =
      EncodeBase64Url(R"({"alg":"HS256","kid":")" + key_.public_key().id + R"(","typ":"JWT"})") +
      "." + EncodeBase64Url(ClaimsWith("", ""));
  std::array<unsigned char, 32> code{};
  unsigned size = code.size();
  ASSERT_NE(HMAC(EVP_sha256(), public_key.data(), static_cast<int>(public_key.size()),
                 reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(),
                 code.data(), &size),
            nullptr);
  ExpectInvalid(signed_part + "." + EncodeBase64Url(std::string(code.begin(), code.end())));
}

TEST_F(RefusedTokenTest, WithAnotherHeader) {
  const std::string id = key_.public_key().id;
  for (const std::string& header : {
           R"({"alg":"HS256","kid":")" + id + R"("})",
           R"({"alg":"ES256","kid":")" + id + R"("})",
           R"({"alg":"eddsa","kid":")" + id + R"("})",
           R"({"alg":["EdDSA"],"kid":")" + id + R"("})",
           R"({"kid":")" + id + R"("})",
           R"({"alg":"none","alg":"EdDSA","kid":")" + id + R"("})",
           R"({"alg":"EdDSA","kid":"other","kid":")" + id + R"("})",
           R"({"alg":"EdDSA","kid":"other","k\u0069d":")" + id + R"("})",
           R"({"alg":"EdDSA","kid":")" + id + R"(","crit":["exp"]})",
           R"({"alg":"EdDSA","kid":")" + id + R"(","crit":[]})",
           R"({"alg":"EdDSA","kid":")" + id + R"(","typ":"dpop+jwt"})",
           R"({"alg":"EdDSA","kid":")" + id + R"(","typ":1})",
           R"({"alg":"EdDSA"})"s,
           R"({"alg":"EdDSA","kid":""})"s,
           R"({"alg":"EdDSA","kid":null})"s,
           R"({"alg":"EdDSA","kid":"../../etc/passwd"})"s,
           R"(["EdDSA"])"s,
           R"("EdDSA")"s,
           ""s,
           "{"s,
           GoodHeader() + "{}",
           GoodHeader() + '\0',
           "{\"a\":" + std::string(500, '[') + std::string(500, ']') + "," + GoodHeader().substr(1),
       }) {
    SCOPED_TRACE(header);
    ExpectInvalid(Sign(header, ClaimsWith("", "")));
  }
}

TEST_F(RefusedTokenTest, WithOtherClaims) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> values = {
      {"iss", {"", "\"other\"", "null", "[\"issuer\"]", "\"\"", "\"issuer \"", "1"}},
      {"aud", {"", "\"other\"", "null", "[\"audience\"]", "\"\"", "1"}},
      {"sub", {"", "\"\"", "null", "1", "[\"account\"]"}},
      {"sid", {"", "null", "1"}},
      {"roles", {"", "null", "\"admin\"", "[1]", "{}", "[\"a\",null]"}},
      {"iat", {"", "null", "\"1\"", "-1", "1.5", "1e30", "99999999999999999999", "true"}},
      {"exp",
       {"", "null", "\"9999999999\"", "-1", "9999999999.5", "1e300", "9223372037",
        "18446744073709551615", "{}"}},
      {"nbf", {"null", "\"1\"", "9000000000", "-1"}}};
  for (const auto& [claim, others] : values) {
    for (const std::string& value : others) {
      SCOPED_TRACE(claim + " = " + value);
      ExpectInvalid(Sign(GoodHeader(), ClaimsWith(claim, value)));
    }
  }
}

TEST_F(RefusedTokenTest, WithAPayloadThatReadersMightReadDifferently) {
  const std::string good = ClaimsWith("", "");
  ExpectInvalid(Sign(GoodHeader(), R"({"sub":"other",)" + good.substr(1)));
  ExpectInvalid(Sign(GoodHeader(), R"({"s\u0075b":"other",)" + good.substr(1)));
  ExpectInvalid(Sign(GoodHeader(), R"({"a":{"b":1,"b":2},)" + good.substr(1)));
  ExpectInvalid(Sign(GoodHeader(), "{\"a\":\"\xFF\"," + good.substr(1)));
  ExpectInvalid(Sign(GoodHeader(), "{\"a\":" + std::string(1000, '[') + std::string(1000, ']') +
                                       "," + good.substr(1)));
  ExpectInvalid(Sign(GoodHeader(), good + good));
  ExpectInvalid(Sign(GoodHeader(), "[" + good + "]"));
  ExpectInvalid(Sign(GoodHeader(), ""));
}

TEST_F(RefusedTokenTest, SignedByAnotherKeyWithTheSameId) {
  const SigningKey foreign = SigningKey::Generate();
  const std::string signed_part =
      EncodeBase64Url(GoodHeader()) + "." + EncodeBase64Url(ClaimsWith("", ""));
  ExpectInvalid(signed_part + "." +
                EncodeBase64Url(internal::SignEd25519(foreign.seed(), signed_part)));
}

TEST_F(RefusedTokenTest, SignedByAKeyThatNobodyTrusts) {
  ExpectInvalid(NewToken(SigningKey::Generate()));
}

TEST_F(RefusedTokenTest, ForSomebodyElse) {
  ExpectInvalid(SignToken(key_, {"issuer", "other"}, NewPrincipal(), kStart));
  ExpectInvalid(SignToken(key_, {"other", "audience"}, NewPrincipal(), kStart));
}

TEST_F(RefusedTokenTest, FromTheFuture) {
  ExpectInvalid(SignToken(key_, kAudience, NewPrincipal(), kStart + seconds(61)));
  // Clocks differ a little.
  EXPECT_EQ(
      Reason(*NewVerifier(), SignToken(key_, kAudience, NewPrincipal(), kStart + seconds(60))), "");
}

TEST_F(RefusedTokenTest, NoMessageRepeatsAnyOfIt) {
  const std::string token =
      Sign(R"({"alg":"SECRETALG","kid":"SECRETKID"})", R"({"sub":"SECRETSUB"})");
  const auto principal = NewVerifier()->VerifyToken(Context(), token);
  ASSERT_FALSE(principal);
  EXPECT_EQ(ToString(principal.error()).find("SECRET"), std::string::npos);
}

TEST_F(TokenVerifierTest, ATokenExpiresInTheSecondThatItNames) {
  const auto verifier = NewVerifier();
  const std::string remembered = NewToken();
  const std::string other = NewToken();
  EXPECT_EQ(Reason(*verifier, remembered), "");
  clocks_.Advance(hours(1) - milliseconds(1));
  EXPECT_EQ(Reason(*verifier, remembered), "");
  clocks_.Advance(milliseconds(1));
  EXPECT_EQ(Reason(*verifier, remembered), "TOKEN_EXPIRED");
  EXPECT_EQ(Reason(*verifier, other), "TOKEN_EXPIRED");
}

// ---- When the source is asked

TEST_F(TokenVerifierTest, AsksOnlyWhenWhatItKnowsIsTooOld) {
  const auto verifier = NewVerifier();
  EXPECT_EQ(questions_, 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 1);
  clocks_.Advance(milliseconds(999));
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 1);
  clocks_.Advance(milliseconds(1));
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 2);
}

TEST_F(TokenVerifierTest, ATimeOfDayThatIsSetBackChangesNothing) {
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  clocks_.SetDayBack(hours(10'000));
  trusted_.revoked_sessions = {"session"};
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_REVOKED");
}

TEST_F(TokenVerifierTest, ARevokedSessionEndsItsTokensWithinTheRefresh) {
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  trusted_.revoked_sessions = {"other", "session"};
  clocks_.Advance(milliseconds(999));
  EXPECT_EQ(Reason(*verifier, token), "");
  clocks_.Advance(milliseconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_REVOKED");
  EXPECT_EQ(Reason(*verifier, NewToken()), "TOKEN_REVOKED");
}

TEST_F(TokenVerifierTest, AWithdrawnKeyEndsItsTokensWithinTheRefresh) {
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  trusted_.keys.clear();
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_INVALID");
}

TEST_F(TokenVerifierTest, AKeyWhoseBytesChangeEndsTheTokensOfTheOldOne) {
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  trusted_.keys[0].public_key = SigningKey::Generate().public_key().public_key;
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_INVALID");
  trusted_.keys[0] = key_.public_key();
  trusted_.audience.audience = "other";
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_INVALID");
}

TEST_F(TokenVerifierTest, ANewKeyIsAskedForAtOnce) {
  const auto verifier = NewVerifier();
  const std::string old_token = NewToken();
  EXPECT_EQ(Reason(*verifier, old_token), "");
  const SigningKey next = SigningKey::Generate();
  trusted_.keys.push_back(next.public_key());
  EXPECT_EQ(Reason(*verifier, NewToken(next)), "");
  EXPECT_EQ(questions_, 2);
  EXPECT_EQ(Reason(*verifier, old_token), "");
}

TEST_F(TokenVerifierTest, ManyMadeUpKeysAtMostDoubleTheQuestions) {
  const auto verifier = NewVerifier();
  const SigningKey stranger = SigningKey::Generate();
  for (int second = 1; second <= 5; ++second) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(Reason(*verifier, NewToken(stranger)), "TOKEN_INVALID");
      EXPECT_EQ(Reason(*verifier, NewToken()), "");
    }
    EXPECT_LE(questions_, 2 * second);
    clocks_.Advance(seconds(1));
  }
}

TEST_F(TokenVerifierTest, AFirstQuestionThatATokenWaitedForIsNotRepeatedForItsKey) {
  const auto verifier = NewVerifier();
  EXPECT_EQ(Reason(*verifier, NewToken(SigningKey::Generate())), "TOKEN_INVALID");
  EXPECT_EQ(questions_, 1);
}

TEST_F(TokenVerifierTest, ASourceThatFailsFromTheStartLetsNobodyIn) {
  source_ = Broken;
  const auto verifier = NewVerifier();
  const auto principal = verifier->VerifyToken(Context(), NewToken());
  ASSERT_FALSE(principal);
  EXPECT_EQ(principal.error().code, Code::kUnavailable);
  EXPECT_EQ(principal.error().reason, "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_THAT(principal.error().message, ::testing::HasSubstr("nobody listens"));
  EXPECT_EQ(verifier->Keys(Context()).error().reason, "TOKEN_KEYS_UNAVAILABLE");
}

TEST_F(TokenVerifierTest, AFailingSourceIsLeftAloneForAWhile) {
  source_ = Broken;
  const auto verifier = NewVerifier();
  for (int i = 0; i < 10; ++i) EXPECT_NE(Reason(*verifier, NewToken()), "");
  clocks_.Advance(milliseconds(999));
  EXPECT_EQ(Reason(*verifier, NewToken()), "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(questions_, 1);
  source_ = [this](const Context&) { return Result<TrustedKeys>(trusted_); };
  clocks_.Advance(milliseconds(1));
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 2);
}

TEST_F(TokenVerifierTest, TheOldKeysAreTrustedUntilTheGraceIsOver) {
  options_.grace = minutes(10);
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  source_ = Broken;
  clocks_.Advance(minutes(10) + milliseconds(999));
  EXPECT_EQ(Reason(*verifier, token), "");
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 2);
  clocks_.Advance(milliseconds(1));
  EXPECT_EQ(Reason(*verifier, token), "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(Reason(*verifier, NewToken()), "TOKEN_KEYS_UNAVAILABLE");
}

TEST_F(TokenVerifierTest, WhileTheSourceFailsNobodyCanTellWhetherAKeyIsNew) {
  const auto verifier = NewVerifier();
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  source_ = Broken;
  EXPECT_EQ(Reason(*verifier, NewToken(SigningKey::Generate())), "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
}

TEST_F(TokenVerifierTest, ASourceThatThrowsFails) {
  const auto verifier = NewVerifier();
  source_ = [](const Context&) -> Result<TrustedKeys> { throw std::runtime_error("SECRET"); };
  const auto principal = verifier->VerifyToken(Context(), NewToken());
  ASSERT_FALSE(principal);
  EXPECT_EQ(principal.error().reason, "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(principal.error().message.find("SECRET"), std::string::npos);
}

TEST_F(TokenVerifierTest, AnAnswerThatCannotBeTrustedIsNone) {
  const TrustedKeys good = trusted_;
  std::vector<TrustedKeys> answers(5, good);
  answers[0].audience.issuer.clear();
  answers[1].audience.audience.clear();
  answers[2].keys[0].id.clear();
  answers[3].keys[0].id = "not allowed";
  answers[4].keys.push_back(answers[4].keys[0]);
  for (const TrustedKeys& answer : answers) {
    trusted_ = answer;
    EXPECT_EQ(Reason(*NewVerifier(), NewToken()), "TOKEN_KEYS_UNAVAILABLE");
  }
}

TEST_F(TokenVerifierTest, TellsTheKeys) {
  const auto keys = NewVerifier()->Keys(Context());
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ((*keys)[0].id, key_.public_key().id);
  EXPECT_EQ((*keys)[0].public_key, key_.public_key().public_key);
}

TEST_F(TokenVerifierTest, SpansThatNoClockCanCountAreAsGoodAsForEver) {
  options_.refresh = milliseconds::max();
  options_.grace = milliseconds::max();
  options_.source_timeout = milliseconds::max();
  const auto verifier = NewVerifier();
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  clocks_.Advance(hours(1000));
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(questions_, 1);
}

// ---- The call to the source

TEST_F(TokenVerifierTest, TheSourceIsAskedWithTheCallersTimeAndTraceButWithoutItsToken) {
  TraceContext trace;
  trace.trace_id[0] = 1;
  trace.span_id[0] = 2;
  const auto deadline = Context::Clock::now() + minutes(30);
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  Context asked;
  source_ = [&](const Context& context) {
    asked = context;
    return Result<TrustedKeys>(trusted_);
  };
  const Context context = WithBearerToken(Context(), NewToken()).WithMetadata("a", "1");
  EXPECT_TRUE(verifier->Verify(context.WithTrace(trace).WithDeadline(deadline)));
  EXPECT_TRUE(asked.metadata().empty());
  EXPECT_EQ(asked.trace(), trace);
  EXPECT_EQ(asked.deadline(), deadline);

  clocks_.Advance(seconds(1));
  EXPECT_TRUE(verifier->Verify(context));
  ASSERT_TRUE(asked.deadline());
  EXPECT_LE(*asked.deadline(), Context::Clock::now() + hours(1));
}

TEST_F(TokenVerifierTest, ASourceThatVerifiesATokenItselfDoesNotWaitForItself) {
  const auto verifier = NewVerifier();
  std::string inner;
  source_ = [&](const Context& context) {
    inner = Reason(*verifier, NewToken(), context);
    return Result<TrustedKeys>(trusted_);
  };
  EXPECT_EQ(Reason(*verifier, NewToken()), "");
  EXPECT_EQ(inner, "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(questions_, 1);
}

TEST_F(TokenVerifierTest, ManyThreadsAskOnce) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  std::promise<void> asked;
  std::promise<void> answer;
  source_ = [&](const Context&) {
    asked.set_value();
    answer.get_future().wait();
    return Result<TrustedKeys>(trusted_);
  };
  const std::string token = NewToken();
  std::vector<std::future<std::string>> looks;
  for (int i = 0; i < 16; ++i) {
    looks.push_back(std::async(std::launch::async, [&] { return Reason(*verifier, token); }));
  }
  asked.get_future().wait();
  answer.set_value();
  for (auto& look : looks) EXPECT_EQ(look.get(), "");
  EXPECT_EQ(questions_, 1);
}

TEST_F(TokenVerifierTest, WhenTheAskerIsCancelledAnotherAsks) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  std::promise<void> asked;
  std::atomic<bool> first = true;
  source_ = [&](const Context& context) -> Result<TrustedKeys> {
    if (!first.exchange(false)) return trusted_;
    std::promise<void> cancelled;
    const auto wake = context.OnCancel([&] { cancelled.set_value(); });
    asked.set_value();
    cancelled.get_future().wait();
    return Fail(Code::kCancelled, "CANCELLED", "cancelled");
  };
  const std::string token = NewToken();
  const CancellationSource caller;
  auto asker = std::async(std::launch::async, [&] {
    return Reason(*verifier, token, Context().WithCancellation(caller));
  });
  asked.get_future().wait();
  auto waiter = std::async(std::launch::async, [&] { return Reason(*verifier, token); });
  caller.Cancel();
  EXPECT_EQ(asker.get(), "TOKEN_KEYS_UNAVAILABLE");
  EXPECT_EQ(waiter.get(), "");
  EXPECT_EQ(questions_, 2);
}

TEST_F(TokenVerifierTest, AWaiterLeavesWhenItIsCancelledOrHasNoMoreTime) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  std::promise<void> asked;
  std::promise<void> answer;
  source_ = [&](const Context&) {
    asked.set_value();
    answer.get_future().wait();
    return Result<TrustedKeys>(trusted_);
  };
  const std::string token = NewToken();
  auto asker = std::async(std::launch::async, [&] { return Reason(*verifier, token); });
  asked.get_future().wait();
  EXPECT_EQ(Reason(*verifier, token, Context().WithTimeout(milliseconds(1))),
            "TOKEN_KEYS_UNAVAILABLE");
  const CancellationSource cancellation;
  auto waiter = std::async(std::launch::async, [&] {
    return Reason(*verifier, token, Context().WithCancellation(cancellation));
  });
  cancellation.Cancel();
  EXPECT_EQ(waiter.get(), "TOKEN_KEYS_UNAVAILABLE");
  answer.set_value();
  EXPECT_EQ(asker.get(), "");
  EXPECT_EQ(questions_, 1);
}

TEST_F(TokenVerifierTest, WhileTheSourceFailsNobodyWaitsForTheNextQuestion) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  source_ = Broken;
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "");
  std::promise<void> asked;
  std::promise<void> answer;
  source_ = [&](const Context& context) {
    asked.set_value();
    answer.get_future().wait();
    return Broken(context);
  };
  clocks_.Advance(seconds(1));
  auto asker = std::async(std::launch::async, [&] { return Reason(*verifier, token); });
  asked.get_future().wait();
  EXPECT_EQ(Reason(*verifier, token), "");  // Would never end if it waited.
  answer.set_value();
  EXPECT_EQ(asker.get(), "");
}

// A network that swallows what it is given.
Result<TrustedKeys> NeverAnswer(const Context& context) {
  std::this_thread::sleep_until(*context.deadline());
  return Fail(Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "no answer");
}

TEST_F(TokenVerifierTest, NobodyIsLetInWithOldKeysForHavingTooLittleTimeToAsk) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  source_ = NeverAnswer;
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token, Context().WithTimeout(milliseconds(1))),
            "TOKEN_KEYS_UNAVAILABLE");
}

TEST_F(TokenVerifierTest, CallersWithLittleTimeFindOutTogetherThatTheSourceIsGone) {
  options_.source_timeout = milliseconds(20);
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  source_ = NeverAnswer;
  clocks_.Advance(seconds(1));
  const auto look = [&] {
    return Reason(*verifier, token, Context().WithTimeout(milliseconds(5)));
  };
  int looks = 0;
  while (!look().empty()) ASSERT_LT(++looks, 10'000);
  const int questions = questions_;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(look(), "");
  EXPECT_EQ(questions_, questions);
}

TEST_F(TokenVerifierTest, WhoAsksAFailingSourceKeepsTimeToGoOnWithoutIt) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  const std::string token = NewToken();
  EXPECT_EQ(Reason(*verifier, token), "");
  source_ = Broken;
  clocks_.Advance(seconds(1));
  EXPECT_EQ(Reason(*verifier, token), "");
  Context asked;
  source_ = [&](const Context& context) {
    asked = context;
    return Broken(context);
  };
  clocks_.Advance(seconds(1));
  const Context caller = Context().WithTimeout(hours(1));
  EXPECT_EQ(Reason(*verifier, token, caller), "");
  EXPECT_LT(*asked.deadline(), *caller.deadline() - minutes(29));
}

TEST_F(TokenVerifierTest, ManyThreadsVerifyWhileTheKeysChangeAndTheSourceFailsNowAndThen) {
  options_.source_timeout = hours(1);
  const auto verifier = NewVerifier();
  const std::array<SigningKey, 3> keys = {key_, SigningKey::Generate(), SigningKey::Generate()};
  source_ = [&](const Context& context) -> Result<TrustedKeys> {
    const int question = questions_;
    if (question % 5 == 0) return Broken(context);
    const SigningKey& second = keys[question % 3 == 0 ? 1 : 2];
    return TrustedKeys{kAudience, {key_.public_key(), second.public_key()}, {}};
  };
  const std::array<std::string, 3> tokens = {NewToken(keys[0]), NewToken(keys[1]),
                                             NewToken(keys[2])};
  std::atomic<int> refused = 0;
  std::vector<std::future<void>> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.push_back(std::async(std::launch::async, [&, thread] {
      for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t which = (i + thread) % tokens.size();
        // The first key is always trusted; the others come and go.
        if (!verifier->VerifyToken(Context(), tokens[which]) && which == 0) ++refused;
        if (i % 10 == 0) clocks_.Advance(milliseconds(400));
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(refused, 0);
  EXPECT_GT(questions_, 10);
}

// ---- Keys from a module that issues tokens

TEST_F(TokenVerifierTest, AsksAModuleForItsKeys) {
  identity::v1::MockTokenKeysClient client;
  identity::v1::GetTokenKeysResponse response;
  response.issuer = "issuer";
  response.audience = "audience";
  const auto& bytes = key_.public_key().public_key;
  response.keys.emplace_back();
  response.keys[0].id = key_.public_key().id;
  response.keys[0].ed25519_public_key.assign(bytes.begin(), bytes.end());
  response.revoked_sessions = {"ended"};
  EXPECT_CALL(client, GetTokenKeys(_, _))
      .WillOnce(::testing::Return(response))
      .WillOnce([&](const Context&, const auto&) {
        response.keys[0].ed25519_public_key.pop_back();
        return Result<identity::v1::GetTokenKeysResponse>(response);
      })
      .WillOnce(::testing::Return(
          Result<identity::v1::GetTokenKeysResponse>(Fail(Code::kUnavailable, "GONE", "gone"))));
  const KeySource source = KeysFrom(client);
  const auto trusted = source(Context());
  ASSERT_TRUE(trusted);
  EXPECT_EQ(trusted->audience.issuer, "issuer");
  EXPECT_EQ(trusted->audience.audience, "audience");
  ASSERT_EQ(trusted->keys.size(), 1U);
  EXPECT_EQ(trusted->keys[0].id, key_.public_key().id);
  EXPECT_EQ(trusted->keys[0].public_key, bytes);
  EXPECT_EQ(trusted->revoked_sessions, (std::vector<std::string>{"ended"}));
  EXPECT_EQ(source(Context()).error().reason, "UNUSABLE_TOKEN_KEYS");
  EXPECT_EQ(source(Context()).error().reason, "GONE");
}

}  // namespace
}  // namespace seam
