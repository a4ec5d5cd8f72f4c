#include "seam/identity/token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <string>

#include "seam/identity/base64url_internal.h"
#include "seam/identity/ed25519_internal.h"
#include "seam/identity/token_internal.h"

namespace seam {
namespace {

using namespace std::string_literals;

using internal::DecodeBase64Url;
using internal::EncodeBase64Url;
using std::chrono::seconds;
using std::chrono::system_clock;

// https://www.rfc-editor.org/rfc/rfc8037#appendix-A
constexpr std::string_view kRfcSeed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
constexpr std::string_view kRfcPublicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr std::string_view kRfcThumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
constexpr std::string_view kRfcSignedPart =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view kRfcSignature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

SigningKey RfcKey() {
  const std::string bytes = DecodeBase64Url(kRfcSeed).value();
  SigningKey::Seed seed{};
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return SigningKey::FromSeed(seed);
}

std::string Text(const internal::Bytes32& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Base64UrlTest, EncodesTheExamplesOfRfc4648WithoutPadding) {
  const std::pair<std::string, std::string> examples[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(EncodeBase64Url(bytes), text);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
  }
}

TEST(Base64UrlTest, RefusesOtherSpellings) {
  for (const std::string& text : {"A"s, "Zg=="s, "Zh"s, "Zm9"s, "Zm9v "s, "Zm9v\n"s, "+/+/"s,
                                  "Z.g"s, "Zm9vA"s, "Zg\0"s, "\xC3\xA9"s}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
}

TEST(SigningKeyTest, AgreesWithRfc8037) {
  const SigningKey key = RfcKey();
  EXPECT_EQ(EncodeBase64Url(Text(key.public_key().public_key)), kRfcPublicKey);
  EXPECT_EQ(key.public_key().id, kRfcThumbprint);
  EXPECT_EQ(EncodeBase64Url(internal::SignEd25519(key.seed(), kRfcSignedPart)), kRfcSignature);
  const std::string signature = DecodeBase64Url(kRfcSignature).value();
  EXPECT_TRUE(internal::IsEd25519Signature(key.public_key().public_key, kRfcSignedPart, signature));
  EXPECT_FALSE(internal::IsEd25519Signature(key.public_key().public_key, "other", signature));
  EXPECT_FALSE(internal::IsEd25519Signature(key.public_key().public_key, kRfcSignedPart,
                                            signature.substr(1)));
}

TEST(SigningKeyTest, GeneratesKeysThatTheirSeedGivesBack) {
  const SigningKey one = SigningKey::Generate();
  const SigningKey other = SigningKey::Generate();
  EXPECT_NE(one.seed(), other.seed());
  EXPECT_NE(one.public_key().id, other.public_key().id);
  const SigningKey again = SigningKey::FromSeed(one.seed());
  EXPECT_EQ(again.public_key().id, one.public_key().id);
  EXPECT_EQ(again.public_key().public_key, one.public_key().public_key);
}

TEST(SignTokenTest, WritesExactlyTheHeaderAndTheClaims) {
  const SigningKey key = RfcKey();
  const Principal principal{
      "account",
      {"customer", "admin"},
      "session",
      system_clock::time_point(seconds(2000)) + std::chrono::milliseconds(999)};
  const std::string token =
      SignToken(key, {"issuer", "audience"}, principal, system_clock::time_point(seconds(1000)));
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  EXPECT_EQ(DecodeBase64Url(token.substr(0, first)),
            R"({"alg":"EdDSA","kid":")" + std::string(kRfcThumbprint) + R"(","typ":"JWT"})");
  const std::string payload = DecodeBase64Url(token.substr(first + 1, last - first - 1)).value();
  EXPECT_TRUE(std::regex_match(
      payload, std::regex(R"(\{"iss":"issuer","aud":"audience","sub":"account","iat":1000,)"
                          R"("exp":2000,"jti":"[\w-]{22}","sid":"session",)"
                          R"("roles":\["customer","admin"\]\})")))
      << payload;
  EXPECT_NE(token, SignToken(key, {"issuer", "audience"}, principal,
                             system_clock::time_point(seconds(1000))));
}

TEST(JwksTest, IsOneLineInTheFormOfRfc8037) {
  EXPECT_EQ(FormatJwks({RfcKey().public_key()}),
            R"({"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")" +
                std::string(kRfcThumbprint) + R"(","x":")" + std::string(kRfcPublicKey) +
                R"("}]})");
  EXPECT_EQ(FormatJwks({}), R"({"keys":[]})");
}

TEST(JwksTest, ReadsWhatItWrites) {
  const TokenKey one = SigningKey::Generate().public_key();
  const TokenKey other = SigningKey::Generate().public_key();
  const auto keys = ParseJwks(FormatJwks({one, other}));
  ASSERT_TRUE(keys) << ToString(keys.error());
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].id, one.id);
  EXPECT_EQ((*keys)[0].public_key, one.public_key);
  EXPECT_EQ((*keys)[1].id, other.id);
}

TEST(JwksTest, LeavesKeysOfOtherKindsOut) {
  const auto keys = ParseJwks(R"({"keys":[
      {"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a","d":"AQAB"},
      {"kty":"OKP","crv":"X25519","x":"AA","kid":"a"},
      {"kty":"OKP","crv":"Ed25519","x":"AA","kid":"a","use":"enc"},
      {"kty":"OKP","crv":"Ed25519","x":"AA","kid":"a","alg":"ES256"},
      {"kty":5},
      {},
      {"kty":"OKP","crv":"Ed25519","kid":"a","key_ops":["verify"],"x5c":[],
       "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}],"more":true})");
  ASSERT_TRUE(keys) << ToString(keys.error());
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ((*keys)[0].public_key, RfcKey().public_key().public_key);
}

class InvalidJwksTest : public ::testing::TestWithParam<std::string> {};

TEST_P(InvalidJwksTest, IsRefused) {
  const auto keys = ParseJwks(GetParam());
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::kInvalidArgument);
  EXPECT_EQ(keys.error().reason, "INVALID_JWKS");
  EXPECT_LT(keys.error().message.size(), 200U);
}

std::string JwksOf(const std::string& members) {
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519",)" + members + "}]}";
}
const std::string kX = R"("x":")" + std::string(kRfcPublicKey) + R"(")";

INSTANTIATE_TEST_SUITE_P(
    Texts, InvalidJwksTest,
    ::testing::Values("", "nonsense", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})",
                      R"({"keys":[]} x)", R"({"keys":[],"keys":[]})", R"({"keys":[]})"s + '\0',
                      R"({"keys":[)"s + '\xFF' + "]}",
                      R"({"keys":[],"a":)" + std::string(9, '[') + std::string(9, ']') + "}",
                      std::string(1'048'576, ' ') + R"({"keys":[]})", JwksOf(kX),
                      JwksOf(kX + R"(,"kid":"")"), JwksOf(kX + R"(,"kid":"a b")"),
                      JwksOf(kX + R"(,"kid":")" + std::string(65, 'a') + "\""),
                      JwksOf(kX + R"(,"kid":1)"), JwksOf(R"("kid":"a")"),
                      JwksOf(R"("kid":"a","x":"AAAA")"), JwksOf(R"("kid":"a","x":7)"),
                      JwksOf(R"("kid":"a","x":")" + std::string(kRfcPublicKey) + "=\""),
                      JwksOf(kX + R"(,"kid":"a","d":"AAAA")"),
                      R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",)" + kX +
                          R"(},{"kty":"OKP","crv":"Ed25519","kid":"a",)" + kX + "}]}"));

}  // namespace
}  // namespace seam
