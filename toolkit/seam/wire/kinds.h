#ifndef SEAM_WIRE_KINDS_H_
#define SEAM_WIRE_KINDS_H_

#include <cstdint>
#include <cstring>
#include <type_traits>

// The kinds of field that a proto can declare, as types: generated code names one wherever it reads
// or writes a field (https://protobuf.dev/programming-guides/encoding/).
namespace seam::wire {

enum class WireType : std::uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLength = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

[[nodiscard]] constexpr std::uint32_t MakeTag(std::uint32_t number, WireType type) noexcept {
  return (number << 3) | static_cast<std::uint32_t>(type);
}

// How deep messages may lie in one another, as every protobuf library limits it.
inline constexpr int kMaxDepth = 100;

namespace internal {

// An integer that travels as it is. A negative one is sign-extended to 64 bits, and one that is too
// large for T is truncated when it is read, so that an int32 can become an int64 and back.
template <class T>
struct PlainVarint {
  using Value = T;
  static constexpr WireType kType = WireType::kVarint;
  static constexpr std::uint64_t ToWire(T value) noexcept {
    if constexpr (std::is_signed_v<T>) {
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    } else {
      return value;
    }
  }
  static constexpr T FromWire(std::uint64_t wire) noexcept { return static_cast<T>(wire); }
};

// An integer whose sign travels in the lowest bit, so that small negative ones are short.
template <class T>
struct ZigZag {
  using Value = T;
  using Unsigned = std::make_unsigned_t<T>;
  static constexpr WireType kType = WireType::kVarint;
  static constexpr std::uint64_t ToWire(T value) noexcept {
    const auto sign = static_cast<Unsigned>(value < 0 ? ~Unsigned{0} : Unsigned{0});
    return static_cast<Unsigned>((static_cast<Unsigned>(value) << 1) ^ sign);
  }
  static constexpr T FromWire(std::uint64_t wire) noexcept {
    const auto bits = static_cast<Unsigned>(wire);
    return static_cast<T>((bits >> 1) ^ (~(bits & 1) + 1));
  }
};

// A number that travels as its bits, little end first.
template <class T>
struct Fixed {
  using Value = T;
  using Wire = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  static constexpr WireType kType = sizeof(T) == 8 ? WireType::kFixed64 : WireType::kFixed32;
  static Wire ToWire(T value) noexcept {
    Wire bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  }
  static T FromWire(Wire bits) noexcept {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};

}  // namespace internal

struct Int32 : internal::PlainVarint<std::int32_t> {};
struct Int64 : internal::PlainVarint<std::int64_t> {};
struct Uint32 : internal::PlainVarint<std::uint32_t> {};
struct Uint64 : internal::PlainVarint<std::uint64_t> {};
struct Sint32 : internal::ZigZag<std::int32_t> {};
struct Sint64 : internal::ZigZag<std::int64_t> {};
struct Fixed32 : internal::Fixed<std::uint32_t> {};
struct Fixed64 : internal::Fixed<std::uint64_t> {};
struct Sfixed32 : internal::Fixed<std::int32_t> {};
struct Sfixed64 : internal::Fixed<std::int64_t> {};
struct Float : internal::Fixed<float> {};
struct Double : internal::Fixed<double> {};

struct Bool {
  using Value = bool;
  static constexpr WireType kType = WireType::kVarint;
  static constexpr std::uint64_t ToWire(bool value) noexcept { return value ? 1 : 0; }
  static constexpr bool FromWire(std::uint64_t wire) noexcept { return wire != 0; }
};

// E is an `enum class E : std::int32_t`. Numbers that E does not name are kept.
template <class E>
struct Enum {
  using Value = E;
  static constexpr WireType kType = WireType::kVarint;
  static constexpr std::uint64_t ToWire(E value) noexcept {
    return Int32::ToWire(static_cast<std::int32_t>(value));
  }
  static constexpr E FromWire(std::uint64_t wire) noexcept {
    return static_cast<E>(Int32::FromWire(wire));
  }
};

// Text, a std::string that must be UTF-8.
struct String {
  static constexpr WireType kType = WireType::kLength;
};

// A std::string of any bytes.
struct Bytes {
  static constexpr WireType kType = WireType::kLength;
};

// A message; any type that has Encode, Decode and Measure.
struct Message {
  static constexpr WireType kType = WireType::kLength;
};

}  // namespace seam::wire

#endif  // SEAM_WIRE_KINDS_H_
