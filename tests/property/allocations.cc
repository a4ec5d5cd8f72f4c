#include "allocations.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

// A block begins with its size.
constexpr std::size_t kHeader = alignof(std::max_align_t);

}  // namespace

property::Allocations property::allocations;

void* operator new(std::size_t size) {
  void* const block = std::malloc(size + kHeader);
  if (block == nullptr) throw std::bad_alloc();
  *static_cast<std::size_t*>(block) = size;
  property::Allocations& counted = property::allocations;
  counted.live_bytes += size;
  counted.most_live_bytes = std::max(counted.most_live_bytes, counted.live_bytes);
  return static_cast<char*>(block) + kHeader;
}

void operator delete(void* bytes) noexcept {
  if (bytes == nullptr) return;
  void* const block = static_cast<char*>(bytes) - kHeader;
  property::allocations.live_bytes -= *static_cast<std::size_t*>(block);
  std::free(block);
}

void operator delete(void* bytes, std::size_t /*size*/) noexcept { operator delete(bytes); }
