#ifndef SEAM_WIRE_READER_H_
#define SEAM_WIRE_READER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "seam/wire/boxed.h"
#include "seam/wire/kinds.h"
#include "seam/wire/unknown_fields.h"

namespace seam::wire {

// Reads a message's fields from bytes, never beyond their end, and accepts exactly what libprotobuf
// 3.21 accepts. Generated code calls it; wire::DecodeMessage is what others call. A function that
// returns false has found the bytes malformed: decoding stops, and what was decoded is of no use.
// The bytes must outlive the reader. Not thread-safe.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Also reads what a struct can hold and no peer may send, for tests that call a client with it:
  // text that is not UTF-8, and messages in one another to any depth.
  [[nodiscard]] static Reader OfAnyStruct(std::string_view bytes) noexcept {
    return Reader(bytes, std::numeric_limits<int>::max(), false);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Whether the message that is being read has ended.
  [[nodiscard]] bool AtEnd() const noexcept { return at_ == end_; }

  // How many bytes are left of the message that is being read.
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  // How many of `bytes`, which this reader was made with, were read: for error messages.
  [[nodiscard]] std::size_t position(std::string_view bytes) const noexcept {
    return static_cast<std::size_t>(at_ - bytes.data());
  }

  // The next field's tag, or 0 when it is malformed. Only when not AtEnd().
  [[nodiscard]] std::uint32_t Tag() noexcept {
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte < 0x80) {
      ++at_;
      return byte;
    }
    return LongTag();
  }

  // A field's value. A message is merged into what is there.
  template <class Kind, class V>
  [[nodiscard]] bool Field(V& value) {
    if constexpr (std::is_same_v<Kind, Message>) {
      return Nested([&] { return Decode(*this, value); });
    } else if constexpr (std::is_same_v<Kind, String>) {
      return Text(value);
    } else if constexpr (std::is_same_v<Kind, Bytes>) {
      return Octets(value);
    } else {
      return Number<Kind>(value);
    }
  }

  // A field with presence: `value` is a std::optional or a Boxed.
  template <class Kind, class O>
  [[nodiscard]] bool Explicit(O& value) {
    return Field<Kind>(value.has_value() ? *value : value.emplace());
  }

  // One element of a repeated field, which comes with its own tag.
  template <class Kind, class T>
  [[nodiscard]] bool Repeated(std::vector<T>& values) {
    if constexpr (std::is_same_v<T, bool>) {
      bool value = false;
      if (!Number<Kind>(value)) return false;
      values.push_back(value);
      return true;
    } else {
      return Field<Kind>(values.emplace_back());
    }
  }

  // A run of elements of a repeated field of numbers.
  template <class Kind, class T>
  [[nodiscard]] bool Packed(std::vector<T>& values) {
    std::size_t size = 0;
    if (!Length(size)) return false;
    const char* const outer_end = std::exchange(end_, at_ + size);
    if constexpr (Kind::kType != WireType::kVarint) {
      const std::size_t count = size / sizeof(T);
      // Never less than twice, or many short runs would copy the whole each time.
      if (values.capacity() - values.size() < count) {
        values.reserve(std::max(values.size() + count, 2 * values.capacity()));
      }
    }
    while (!AtEnd()) {
      T value{};
      if (!Number<Kind>(value)) return false;
      values.push_back(value);
    }
    end_ = outer_end;
    return true;
  }

  // One entry of a map: the last one of a key is the one that counts; a key or a value that is not
  // there is zero or empty.
  template <class KeyKind, class ValueKind, class K, class V>
  [[nodiscard]] bool MapEntry(std::map<K, V>& map) {
    K key{};
    V value{};
    const bool ok = Nested([&] {
      while (!AtEnd()) {
        switch (const std::uint32_t tag = Tag()) {
          case MakeTag(1, KeyKind::kType):
            if (!Field<KeyKind>(key)) return false;
            break;
          case MakeTag(2, ValueKind::kType):
            if (!Field<ValueKind>(value)) return false;
            break;
          default:
            if (!Skip(tag)) return false;
        }
      }
      return true;
    });
    if (ok) map.insert_or_assign(std::move(key), std::move(value));
    return ok;
  }

  // A field that the contract does not know: kept, or left out.
  [[nodiscard]] bool Unknown(std::uint32_t tag, UnknownFields& fields);
  [[nodiscard]] bool Skip(std::uint32_t tag);

 private:
  [[nodiscard]] bool Text(std::string& value);
  [[nodiscard]] bool Octets(std::string& value);

  template <class Kind>
  [[nodiscard]] bool Number(typename Kind::Value& value) noexcept {
    if constexpr (Kind::kType == WireType::kVarint) {
      std::uint64_t wire = 0;
      if (!Varint(wire)) return false;
      value = Kind::FromWire(wire);
    } else {
      typename Kind::Wire bits = 0;
      if (left() < sizeof bits) return false;
      // The compiler makes one load of it where the machine's little end comes first.
      for (std::size_t i = 0; i < sizeof bits; ++i) {
        bits |= static_cast<typename Kind::Wire>(static_cast<unsigned char>(at_[i])) << (8 * i);
      }
      at_ += sizeof bits;
      value = Kind::FromWire(bits);
    }
    return true;
  }

  [[nodiscard]] bool Varint(std::uint64_t& value) noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return LongVarint(value);
  }

  // A length, which is no more than what is left.
  [[nodiscard]] bool Length(std::size_t& length) noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      length = static_cast<unsigned char>(*at_++);
      return length <= left();
    }
    return LongLength(length);
  }

  template <class Read>
  [[nodiscard]] bool Nested(Read read) {
    std::size_t size = 0;
    if (!Length(size) || depth_left_ == 0) return false;
    --depth_left_;
    const char* const outer_end = std::exchange(end_, at_ + size);
    if (!read()) return false;
    end_ = outer_end;
    ++depth_left_;
    return true;
  }

  [[nodiscard]] std::uint32_t LongTag() noexcept;
  [[nodiscard]] bool LongVarint(std::uint64_t& value) noexcept;
  [[nodiscard]] bool LongLength(std::size_t& length) noexcept;
  [[nodiscard]] bool SkipGroup(std::uint32_t number);

  Reader(std::string_view bytes, int depth_left, bool checks_text) noexcept
      : at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        depth_left_(depth_left),
        checks_text_(checks_text) {}

  const char* at_;
  const char* end_;
  int depth_left_ = kMaxDepth;
  bool checks_text_ = true;
};

}  // namespace seam::wire

#endif  // SEAM_WIRE_READER_H_
