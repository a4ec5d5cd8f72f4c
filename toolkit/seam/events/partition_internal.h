#ifndef SEAM_EVENTS_PARTITION_INTERNAL_H_
#define SEAM_EVENTS_PARTITION_INTERNAL_H_

#include <cstdint>
#include <string_view>

namespace seam::events::internal {

// What relays and inboxes share among them. Never changed: it stands in rows.
inline constexpr int kPartitions = 16;

// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), so that all programs ever agree.
[[nodiscard]] constexpr int PartitionOf(std::string_view entity) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : entity) {
    hash ^= static_cast<unsigned char>(character);
    hash *= 0x100000001b3U;
  }
  return static_cast<int>((hash ^ (hash >> 32U)) % kPartitions);
}

}  // namespace seam::events::internal

#endif  // SEAM_EVENTS_PARTITION_INTERNAL_H_
