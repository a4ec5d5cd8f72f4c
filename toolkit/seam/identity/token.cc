#include "seam/identity/token.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "seam/identity/base64url_internal.h"
#include "seam/identity/ed25519_internal.h"
#include "seam/identity/token_internal.h"

namespace seam {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using std::chrono::system_clock;

constexpr std::string_view kAlgorithm = "EdDSA";

// A set of keys is a page or two; a larger text is something else.
constexpr std::size_t kMaxJwksBytes = std::size_t{1024} * 1024;

// Neither a token nor a set of keys has more than three levels.
constexpr int kMaxJsonDepth = 8;

constexpr std::size_t kMaxKeyIdBytes = 64;

constexpr std::size_t kTokenIdBytes = 16;

template <std::size_t size>
std::string_view AsText(const std::array<std::uint8_t, size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

// The key's parts in the one order and spelling that RFC 7638 hashes.
std::string Thumbprint(const internal::Bytes32& public_key) {
  const std::string members = R"({"crv":"Ed25519","kty":"OKP","x":")" +
                              internal::EncodeBase64Url(AsText(public_key)) + R"("})";
  return internal::EncodeBase64Url(AsText(internal::Sha256(members)));
}

std::int64_t UnixSeconds(system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// Nothing when the text is no JSON, is nested too deeply, or has a key twice in one object: parsers
// differ in which of the two they believe.
std::optional<json> ParseStrictJson(std::string_view text) {
  // The library takes a NUL for the end of the text.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  bool refused = false;
  std::vector<std::set<std::string>> keys;  // Of the objects that are open.
  const auto look = [&](int depth, json::parse_event_t event, const json& value) {
    if (depth > kMaxJsonDepth) refused = true;
    if (event == json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == json::parse_event_t::key) {
      if (!keys.back().insert(value.get<std::string>()).second) refused = true;
    }
    return true;
  };
  json value = json::parse(text.begin(), text.end(), look, false);
  if (refused || value.is_discarded()) return std::nullopt;
  return value;
}

const json* FindMember(const json& object, const char* name) {
  const auto member = object.find(name);
  return member == object.end() ? nullptr : &*member;
}

// Null when the member is not there or is no string.
const std::string* FindText(const json& object, const char* name) {
  const json* member = FindMember(object, name);
  return member == nullptr ? nullptr : member->get_ptr<const std::string*>();
}

// Nothing when the value is no whole number of seconds since 1970 that the clock can count.
std::optional<system_clock::time_point> AsTime(const json& value) {
  constexpr auto kLatest =
      std::chrono::floor<std::chrono::seconds>(system_clock::time_point::max().time_since_epoch());
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto seconds = value.get<std::uint64_t>();
  if (seconds > static_cast<std::uint64_t>(kLatest.count())) return std::nullopt;
  return system_clock::time_point(std::chrono::seconds(seconds));
}

std::optional<system_clock::time_point> FindTime(const json& object, const char* name) {
  const json* member = FindMember(object, name);
  return member == nullptr ? std::nullopt : AsTime(*member);
}

Failure InvalidJwks(const std::string& problem) {
  return Fail(Code::kInvalidArgument, "INVALID_JWKS",
              "the text is no JSON Web Key Set that can be used: " + problem);
}

// Whether a key may be one of ours: an Ed25519 key for signatures.
bool IsOfOurKind(const json& key) {
  const auto is = [&](const char* name, std::string_view expected) {
    const std::string* value = FindText(key, name);
    return value != nullptr && *value == expected;
  };
  return is("kty", "OKP") && is("crv", "Ed25519") && (!key.contains("use") || is("use", "sig")) &&
         (!key.contains("alg") || is("alg", kAlgorithm));
}

}  // namespace

namespace internal {

Failure InvalidToken(const char* problem) {
  return Fail(Code::kUnauthenticated, "TOKEN_INVALID",
              std::string("the token is not valid: ") + problem + "; log in again");
}

bool IsKeyId(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxKeyIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

Result<UncheckedToken> ReadToken(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return InvalidToken("it is too long");
  const std::size_t first_dot = token.find('.');
  const std::size_t last_dot = token.rfind('.');
  if (first_dot == last_dot || token.find('.', first_dot + 1) != last_dot) {
    return InvalidToken("it has not three parts");
  }
  const auto header_text = DecodeBase64Url(token.substr(0, first_dot));
  auto payload = DecodeBase64Url(token.substr(first_dot + 1, last_dot - first_dot - 1));
  auto signature = DecodeBase64Url(token.substr(last_dot + 1));
  if (!header_text || !payload || !signature) {
    return InvalidToken("a part is not base64url without padding");
  }
  const auto header = ParseStrictJson(*header_text);
  if (!header || !header->is_object()) return InvalidToken("its header is no JSON object");
  const std::string* algorithm = FindText(*header, "alg");
  if (algorithm == nullptr || *algorithm != kAlgorithm) {
    return InvalidToken("its algorithm is not EdDSA");
  }
  // An extension that its reader must understand, and we know none.
  if (header->contains("crit")) return InvalidToken("its header has the parameter crit");
  const std::string* type = FindText(*header, "typ");
  if (header->contains("typ") && (type == nullptr || *type != "JWT")) {
    return InvalidToken("its type is not JWT");
  }
  const std::string* key_id = FindText(*header, "kid");
  if (key_id == nullptr || !IsKeyId(*key_id)) return InvalidToken("it names no key");
  return UncheckedToken{*key_id, token.substr(0, last_dot), *std::move(signature),
                        *std::move(payload)};
}

bool IsSignedWith(const TokenKey& key, const UncheckedToken& token) noexcept {
  return IsEd25519Signature(key.public_key, token.signed_part, token.signature);
}

Result<TokenClaims> ReadClaims(std::string_view payload) {
  const auto claims = ParseStrictJson(payload);
  if (!claims || !claims->is_object()) return InvalidToken("its payload is no JSON object");
  const std::string* issuer = FindText(*claims, "iss");
  const std::string* audience = FindText(*claims, "aud");
  const std::string* subject = FindText(*claims, "sub");
  const std::string* session = FindText(*claims, "sid");
  const json* roles = FindMember(*claims, "roles");
  const auto expires_at = FindTime(*claims, "exp");
  const auto issued_at = FindTime(*claims, "iat");
  if (issuer == nullptr || audience == nullptr || subject == nullptr || subject->empty() ||
      session == nullptr || roles == nullptr || !roles->is_array() || !expires_at || !issued_at) {
    return InvalidToken(
        "one of the claims iss, aud, sub, sid, roles, exp and iat is missing or of "
        "another type");
  }
  TokenClaims read;
  read.audience = {*issuer, *audience};
  read.principal.subject = *subject;
  read.principal.session = *session;
  read.principal.expires_at = *expires_at;
  read.issued_at = *issued_at;
  for (const json& role : *roles) {
    if (!role.is_string()) return InvalidToken("its claim roles is no list of strings");
    read.principal.roles.push_back(role.get<std::string>());
  }
  if (const json* not_before = FindMember(*claims, "nbf"); not_before != nullptr) {
    read.not_before = AsTime(*not_before);
    if (!read.not_before) return InvalidToken("its claim nbf is no time");
  }
  return read;
}

}  // namespace internal

SigningKey::SigningKey(const Seed& seed, TokenKey public_key)
    : seed_(seed), public_key_(std::move(public_key)) {}

SigningKey::~SigningKey() { internal::Wipe(seed_.data(), seed_.size()); }

SigningKey SigningKey::FromSeed(const Seed& seed) {
  const internal::Bytes32 public_key = internal::PublicKeyOf(seed);
  return {seed, TokenKey{Thumbprint(public_key), public_key}};
}

SigningKey SigningKey::Generate() {
  // Wiped by its destructor, whatever happens.
  SigningKey key{Seed{}, TokenKey{}};
  internal::FillWithRandom(key.seed_.data(), key.seed_.size());
  key.public_key_ = FromSeed(key.seed_).public_key_;
  return key;
}

std::string SignToken(const SigningKey& key, const TokenAudience& audience,
                      const Principal& principal, system_clock::time_point issued_at) {
  std::array<std::uint8_t, kTokenIdBytes> token_id{};
  internal::FillWithRandom(token_id.data(), token_id.size());
  const ordered_json header = {{"alg", kAlgorithm}, {"kid", key.public_key().id}, {"typ", "JWT"}};
  const ordered_json payload = {{"iss", audience.issuer},
                                {"aud", audience.audience},
                                {"sub", principal.subject},
                                {"iat", UnixSeconds(issued_at)},
                                {"exp", UnixSeconds(principal.expires_at)},
                                {"jti", internal::EncodeBase64Url(AsText(token_id))},
                                {"sid", principal.session},
                                {"roles", principal.roles}};
  std::string token = internal::EncodeBase64Url(header.dump());
  token.append(".").append(internal::EncodeBase64Url(payload.dump()));
  const std::string signature = internal::SignEd25519(key.seed(), token);
  token.append(".").append(internal::EncodeBase64Url(signature));
  return token;
}

std::string FormatJwks(const std::vector<TokenKey>& keys) {
  ordered_json set = {{"keys", ordered_json::array()}};
  for (const TokenKey& key : keys) {
    set["keys"].push_back(ordered_json{{"kty", "OKP"},
                                       {"crv", "Ed25519"},
                                       {"use", "sig"},
                                       {"alg", kAlgorithm},
                                       {"kid", key.id},
                                       {"x", internal::EncodeBase64Url(AsText(key.public_key))}});
  }
  return set.dump();
}

Result<std::vector<TokenKey>> ParseJwks(std::string_view text) {
  if (text.size() > kMaxJwksBytes) return InvalidJwks("it has more than a mebibyte");
  const auto set = ParseStrictJson(text);
  if (!set || !set->is_object()) return InvalidJwks("expected one JSON object, no key twice");
  const json* members = FindMember(*set, "keys");
  if (members == nullptr || !members->is_array()) {
    return InvalidJwks("expected its member keys to be an array");
  }
  std::vector<TokenKey> keys;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < members->size(); ++i) {
    const json& member = (*members)[i];
    const std::string where = "keys[" + std::to_string(i) + "]";
    if (!member.is_object()) return InvalidJwks(where + " is no object");
    if (!IsOfOurKind(member)) continue;
    // Whoever may read the set could sign.
    if (member.contains("d")) {
      return InvalidJwks(where + " holds a private key; take its member d out, and the key back");
    }
    const std::string* id = FindText(member, "kid");
    if (id == nullptr || !internal::IsKeyId(*id)) {
      return InvalidJwks(where + ".kid must be 1 to 64 of A-Z a-z 0-9 - _");
    }
    if (!ids.insert(*id).second) return InvalidJwks(where + ".kid is that of another key");
    TokenKey key{*id, {}};
    const std::string* x = FindText(member, "x");
    const auto bytes = x == nullptr ? std::nullopt : internal::DecodeBase64Url(*x);
    if (!bytes || bytes->size() != key.public_key.size()) {
      return InvalidJwks(where + ".x must be 32 bytes as base64url without padding");
    }
    std::copy(bytes->begin(), bytes->end(), key.public_key.begin());
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace seam
