// How much memory decoding takes: what a short message from a stranger can make a process ask for.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>

#include "inputs.h"
#include "matrix/v1/matrix_codec.h"
#include "trials.h"

namespace {

// Of everything that this program's one thread allocates.
std::size_t live_bytes = 0;
std::size_t most_bytes = 0;

constexpr std::size_t kHeader = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t size) {
  void* const block = std::malloc(size + kHeader);
  if (block == nullptr) throw std::bad_alloc();
  *static_cast<std::size_t*>(block) = size;
  live_bytes += size;
  most_bytes = std::max(most_bytes, live_bytes);
  return static_cast<char*>(block) + kHeader;
}

void operator delete(void* bytes) noexcept {
  if (bytes == nullptr) return;
  void* const block = static_cast<char*>(bytes) - kHeader;
  live_bytes -= *static_cast<std::size_t*>(block);
  std::free(block);
}

void operator delete(void* bytes, std::size_t /*size*/) noexcept { operator delete(bytes); }

namespace property {
namespace {

// The most that was allocated at one time while `run` ran.
template <class Run>
std::size_t MostBytes(Run run) {
  const std::size_t before = live_bytes;
  most_bytes = live_bytes;
  run();
  return most_bytes - before;
}

template <class T>
std::size_t DecodeBytes(std::string_view bytes) {
  return MostBytes([&] { static_cast<void>(seam::wire::DecodeMessage<T>(bytes)); });
}

std::size_t OracleBytes(const Root& root, std::string_view bytes) {
  return MostBytes([&] {
    const std::unique_ptr<google::protobuf::Message> message(root.prototype->New());
    static_cast<void>(message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  });
}

class AllocationTest : public Trials {
 protected:
  static std::size_t SeamBytes(const Root& root, std::string_view bytes) {
#define PROPERTY_DECODE(Type) \
  if (root.name == #Type) return DecodeBytes<matrix::v1::Type>(bytes);
    PROPERTY_ROOTS(PROPERTY_DECODE)
#undef PROPERTY_DECODE
    std::abort();
  }
};

TEST_F(AllocationTest, ALengthThatIsNotThereAllocatesNothing) {
  std::size_t most = 0;
  for (const Root& root : Roots()) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      for (const std::uint64_t length : {1U << 20, 0x7FFFFFE0U, 0xFFFFFFFFU}) {
        const std::string field = Tag(number, 2) + Varint(length) + "ab";
        most = std::max(
            {most, SeamBytes(root, field), SeamBytes(root, LengthDelimited(number, field))});
      }
    }
  }
  std::cout << "most: " << most << "\n";
}

TEST_F(AllocationTest, RandomBytes_) {
  std::size_t most = 0;
  double ratio = 0;
  Repeat(40000, [&](Random& random) {
    const Root& root = Roots()[random.Below(Roots().size())];
    const auto& type = *root.prototype->GetDescriptor();
    std::string bytes = RandomBytes(random, type);
    if (random.OneIn(2)) bytes = Mutated(random, bytes, RandomBytes(random, type));
    const std::size_t ours = SeamBytes(root, bytes);
    const std::size_t theirs = OracleBytes(root, bytes);
    most = std::max(most, ours);
    double r = double(ours) / double(theirs + 2000);
    if (r > ratio) {
      ratio = r;
      std::cout << root.name << " " << bytes.size() << " " << ours << " " << theirs << "\n";
    }
  });
}

TEST_F(AllocationTest, Empties) {
  for (const Root& root : Roots()) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      std::string bytes;
      for (int i = 0; i < 10000; ++i) bytes += LengthDelimited(number, "");
      const std::size_t ours = SeamBytes(root, bytes);
      const std::size_t theirs = OracleBytes(root, bytes);
      if (ours > 5 * bytes.size())
        std::cout << root.name << number << " " << bytes.size() << " " << ours << " " << theirs
                  << " " << double(ours) / double(theirs) << "\n";
    }
  }
  std::cout << sizeof(matrix::v1::Everything) << " " << sizeof(oracle::matrix::v1::Everything)
            << "\n";
}

}  // namespace
}  // namespace property
