// Our side of the comparison with another implementation of JSON web tokens. Reads a command a line
// and answers each with one line:
//
//   jwks                                     our key set
//   sign SUBJECT SESSION SECONDS ROLE...     a token of ours for the issuer "shop" and the audience
//                                            "shop", good for so many seconds
//   trust JWKS                               verifies with these keys from now on; "ok", or the
//   error verify TOKEN                             "ok SUBJECT SESSION EXPIRES_AT ROLE...", or the
//   error
#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "seam/core/context.h"
#include "seam/identity/token.h"
#include "seam/identity/token_verifier.h"

namespace {

using std::chrono::system_clock;

class Exchange {
 public:
  std::string Answer(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command >> std::ws;
    if (command == "jwks") return seam::FormatJwks({key_.public_key()});
    if (command == "sign") return Sign(words);
    if (command == "trust") {
      std::string text;
      std::getline(words, text);
      return Trust(text);
    }
    if (command == "verify") {
      std::string token;
      std::getline(words, token);
      return Verify(token);
    }
    return "unknown command";
  }

 private:
  std::string Sign(std::istringstream& words) const {
    seam::Principal principal;
    int lifetime = 0;
    words >> principal.subject >> principal.session >> lifetime;
    for (std::string role; words >> role;) principal.roles.push_back(role);
    const auto now = system_clock::now();
    principal.expires_at = now + std::chrono::seconds(lifetime);
    return seam::SignToken(key_, audience_, principal, now);
  }

  std::string Trust(const std::string& text) {
    auto keys = seam::ParseJwks(text);
    if (!keys) return seam::ToString(keys.error());
    verifier_ = std::make_unique<seam::TokenVerifier>(seam::FixedKeys(audience_, *std::move(keys)),
                                                      seam::TokenVerifierOptions{});
    return "ok";
  }

  std::string Verify(const std::string& token) const {
    if (verifier_ == nullptr) return "nobody is trusted yet";
    const auto principal = verifier_->VerifyToken(seam::Context(), token);
    if (!principal) return seam::ToString(principal.error());
    std::string answer = "ok " + principal->subject + " " + principal->session + " " +
                         std::to_string(system_clock::to_time_t(principal->expires_at));
    for (const std::string& role : principal->roles) answer += " " + role;
    return answer;
  }

  const seam::SigningKey key_ = seam::SigningKey::Generate();
  const seam::TokenAudience audience_{"shop", "shop"};
  std::unique_ptr<seam::TokenVerifier> verifier_;
};

}  // namespace

int main() {
  Exchange exchange;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << exchange.Answer(line) << std::endl;
  }
}
