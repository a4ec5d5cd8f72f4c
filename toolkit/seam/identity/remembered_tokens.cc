#include <cstring>
#include <iterator>
#include <utility>

#include "seam/identity/remembered_tokens_internal.h"

namespace seam::internal {

std::size_t RememberedTokens::HashOfHash::operator()(const Bytes32& hash) const noexcept {
  // Any part of a cryptographic hash is one.
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof value);
  return value;
}

const Principal* RememberedTokens::Find(const Bytes32& hash, std::uint64_t version, TimePoint now) {
  if (const auto young = young_.find(hash); young != young_.end()) {
    return young->second.version == version ? &young->second.principal : nullptr;
  }
  auto old = old_.extract(hash);
  if (old.empty() || old.mapped().version != version) return nullptr;
  MakeRoom(version, now);
  return &young_.insert(std::move(old)).position->second.principal;
}

void RememberedTokens::Insert(const Bytes32& hash, Principal principal, std::uint64_t version,
                              TimePoint now) {
  old_.erase(hash);
  if (young_.count(hash) == 0) MakeRoom(version, now);
  young_.insert_or_assign(hash, Entry{std::move(principal), version});
}

void RememberedTokens::MakeRoom(std::uint64_t version, TimePoint now) {
  if (young_.size() < generation_capacity_) return;
  old_ = std::exchange(young_, {});
  for (auto entry = old_.begin(); entry != old_.end();) {
    const bool useless =
        entry->second.version != version || entry->second.principal.expires_at <= now;
    entry = useless ? old_.erase(entry) : std::next(entry);
  }
}

}  // namespace seam::internal
