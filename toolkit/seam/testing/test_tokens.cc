#include "seam/testing/test_tokens.h"

#include <chrono>
#include <fstream>
#include <utility>

#include "seam/core/uuid.h"

namespace seam::testing {

TestTokens::TestTokens()
    : key_(SigningKey::Generate()), audience_{"test-issuer", "test-audience"} {}

KeySource TestTokens::Source() const { return FixedKeys(audience_, {key_.public_key()}); }

std::vector<std::string> TestTokens::Arguments(const std::string& folder) const {
  const std::string file = folder + "/jwks.json";
  std::ofstream(file) << FormatJwks({key_.public_key()});
  return {"--tokens.jwks_file", file, "--tokens.issuer", audience_.issuer, "--tokens.audience",
          audience_.audience};
}

Context TestTokens::As(std::string subject, std::vector<std::string> roles) const {
  const auto now = std::chrono::system_clock::now();
  const Principal principal{std::move(subject), std::move(roles), NewUuidV7(),
                            now + std::chrono::hours(1)};
  return WithBearerToken(Context(), SignToken(key_, audience_, principal, now));
}

}  // namespace seam::testing
