#include "seam/core/page_token.h"

#include <cstddef>
#include <cstdint>

#include "seam/core/fingerprint.h"
#include "seam/core/uuid.h"

namespace seam {
namespace {

constexpr std::size_t kTokenSize = 40;

}  // namespace

std::string MakePageToken(std::string_view last_id) {
  std::string token;
  token.reserve(kTokenSize);
  for (const char c : last_id) {
    if (c != '-') token.push_back(c);
  }
  const std::uint64_t check = Fingerprint(last_id);
  for (unsigned shift = 0; shift < 32; shift += 4) {
    token.push_back("0123456789abcdef"[(check >> shift) & 0x0fU]);
  }
  return token;
}

std::optional<std::string> ParsePageToken(std::string_view token) {
  if (token.size() != kTokenSize) return std::nullopt;
  std::string id;
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id.push_back('-');
    id.push_back(token[i]);
  }
  if (!IsUuidV7(id) || MakePageToken(id) != token) return std::nullopt;
  return id;
}

}  // namespace seam
