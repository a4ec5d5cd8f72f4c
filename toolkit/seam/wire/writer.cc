#include "seam/wire/writer.h"

#include <algorithm>
#include <new>
#include <utility>

namespace seam::wire {

namespace {

// Most messages fit into the first block. After it a block is four times the last, as long as that
// wastes little, then twice.
constexpr std::size_t kFirstBlock = 512;
constexpr std::size_t kManyTimesUpTo = std::size_t{64} * 1024;

void ReleaseBlock(void* block) { ::operator delete(block); }

}  // namespace

Writer::~Writer() { ReleaseBlock(block_); }

Buffer Writer::Finish() noexcept {
  if (block_ == nullptr) return {};
  const std::string_view bytes(at_, size());
  at_ = end_ = nullptr;
  return {bytes, std::exchange(block_, nullptr), &ReleaseBlock};
}

void Writer::PutLengthAndBytes(std::uint32_t tag, std::string_view bytes) {
  Reserve(bytes.size() + internal::kMaxVarintSize + internal::kMaxTagSize);
  PutBytes(bytes);
  PutVarint(bytes.size());
  PutVarint(tag);
}

void Writer::Grow(std::size_t size) {
  const std::size_t used = this->size();
  const auto capacity = static_cast<std::size_t>(end_ - block_);
  const std::size_t grown = capacity < kManyTimesUpTo ? capacity * 4 : capacity * 2;
  const std::size_t wanted = std::max({grown, used + size, kFirstBlock});
  auto* block = static_cast<char*>(::operator new(wanted));
  char* end = block + wanted;
  if (used > 0) std::memcpy(end - used, at_, used);
  ReleaseBlock(block_);
  block_ = block;
  at_ = end - used;
  end_ = end;
}

}  // namespace seam::wire
