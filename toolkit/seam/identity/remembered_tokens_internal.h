#ifndef SEAM_IDENTITY_REMEMBERED_TOKENS_INTERNAL_H_
#define SEAM_IDENTITY_REMEMBERED_TOKENS_INTERNAL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "seam/identity/ed25519_internal.h"
#include "seam/identity/principal.h"

namespace seam::internal {

// Whose the tokens are that were verified last, by the SHA-256 of the token, in bounded memory. Not
// thread-safe.
//
// Two generations: what is asked for lives in the younger one. When that is full it becomes the
// older one, and what was not asked for since the last time is forgotten, as is what has expired.
class RememberedTokens {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  // Keeps `capacity` tokens at most, 2 or more.
  explicit RememberedTokens(std::size_t capacity) : generation_capacity_(capacity / 2) {}

  // Null unless the token was verified against trusted keys of this version; may have expired
  // since. Valid until the next call.
  [[nodiscard]] const Principal* Find(const Bytes32& hash, std::uint64_t version, TimePoint now);

  void Insert(const Bytes32& hash, Principal principal, std::uint64_t version, TimePoint now);

  [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

 private:
  struct HashOfHash {
    [[nodiscard]] std::size_t operator()(const Bytes32& hash) const noexcept;
  };
  struct Entry {
    Principal principal;
    std::uint64_t version;
  };

  void MakeRoom(std::uint64_t version, TimePoint now);

  const std::size_t generation_capacity_;
  std::unordered_map<Bytes32, Entry, HashOfHash> young_;
  std::unordered_map<Bytes32, Entry, HashOfHash> old_;
};

}  // namespace seam::internal

#endif  // SEAM_IDENTITY_REMEMBERED_TOKENS_INTERNAL_H_
