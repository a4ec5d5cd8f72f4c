#ifndef SEAM_WIRE_FIELDS_H_
#define SEAM_WIRE_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "seam/wire/kinds.h"
#include "seam/wire/unknown_fields.h"
#include "seam/wire/utf8.h"

namespace seam::wire {

namespace internal {

[[nodiscard]] constexpr std::size_t VarintSize(std::uint64_t value) noexcept {
  // Seven bits a byte: 9/64 is 1/7, rounded so that it is right for every length up to 64 bits.
  return static_cast<std::size_t>((64 - __builtin_clzll(value | 1)) * 9 + 64) / 64;
}

inline constexpr std::size_t kMaxVarintSize = 10;
inline constexpr std::size_t kMaxTagSize = 5;

}  // namespace internal

// Why a message cannot be encoded, if so.
struct EncodingFault {
  const char* invalid_utf8_field = nullptr;  // The first such field's full name.
  bool too_deep = false;                     // Messages lie in one another deeper than kMaxDepth.
};

// What Writer and Measurer have in common: the composition of fields from tags, lengths and values.
// Written once, so that measuring and writing cannot differ. Everything goes from the last byte to
// the first: generated code calls these functions from a message's last field to its first one, so
// that the length of what lies inside is known when it has to be written.
//
// kNumber is the field's number. `name` is its full name, a literal, and only used by a String.
//
// Sink has:
//   std::size_t size() const           bytes so far
//   void Reserve(std::size_t)          room for that many bytes more, for the Put functions
//   void PutVarint(std::uint64_t), PutFixed(std::uint32_t or std::uint64_t),
//        PutBytes(std::string_view), PutTag<tag>()
//   void PutLengthAndBytes(tag, std::string_view)   a whole field; reserves by itself
//   void PutMessage(const T&)          the fields of a message
template <class Sink>
class FieldSink {
 public:
  // A field that is sent whatever its value.
  template <class Kind, std::uint32_t kNumber, class V>
  void Field(const V& value, const char* name = nullptr) {
    constexpr std::uint32_t kTag = MakeTag(kNumber, Kind::kType);
    if constexpr (std::is_same_v<Kind, Message>) {
      Nested<kTag>([&] { sink().PutMessage(value); });
    } else if constexpr (Kind::kType == WireType::kLength) {
      if constexpr (std::is_same_v<Kind, String>) {
        if (!IsValidUtf8(value)) fault_.invalid_utf8_field = name;
      }
      sink().PutLengthAndBytes(kTag, value);
    } else {
      sink().Reserve(internal::kMaxVarintSize + internal::kMaxTagSize);
      PutNumber<Kind>(value);
      sink().template PutTag<kTag>();
    }
  }

  // A field without presence: sent unless it is zero, false or empty. -0.0 is sent.
  template <class Kind, std::uint32_t kNumber, class V>
  void Implicit(const V& value, const char* name = nullptr) {
    if constexpr (Kind::kType == WireType::kLength) {
      if (!value.empty()) Field<Kind, kNumber>(value, name);
    } else {
      if (Kind::ToWire(value) != 0) Field<Kind, kNumber>(value);
    }
  }

  // A field with presence: `value` is a std::optional, a Boxed or a pointer.
  template <class Kind, std::uint32_t kNumber, class O>
  void Explicit(const O& value, const char* name = nullptr) {
    if (value) Field<Kind, kNumber>(*value, name);
  }

  // A repeated field, each element with its own tag.
  template <class Kind, std::uint32_t kNumber, class T>
  void Repeated(const std::vector<T>& values, const char* name = nullptr) {
    for (std::size_t i = values.size(); i-- > 0;) {
      // Not const auto&: an element of a std::vector<bool> is no bool.
      if constexpr (std::is_same_v<T, bool>) {
        Field<Kind, kNumber>(static_cast<bool>(values[i]));
      } else {
        Field<Kind, kNumber>(values[i], name);
      }
    }
  }

  // A repeated field of numbers, all of them in one run of bytes.
  template <class Kind, std::uint32_t kNumber, class T>
  void Packed(const std::vector<T>& values) {
    if (values.empty()) return;
    const std::size_t end = sink().size();
    if constexpr (Kind::kType == WireType::kVarint) {
      for (std::size_t i = values.size(); i-- > 0;) {
        sink().Reserve(internal::kMaxVarintSize);
        PutNumber<Kind>(values[i]);
      }
    } else {
      sink().Reserve(values.size() * sizeof(T));
      for (std::size_t i = values.size(); i-- > 0;) PutNumber<Kind>(values[i]);
    }
    PutLength<MakeTag(kNumber, WireType::kLength)>(end);
  }

  template <class KeyKind, class ValueKind, std::uint32_t kNumber, class K, class V>
  void Map(const std::map<K, V>& map, const char* name = nullptr) {
    for (auto entry = map.rbegin(); entry != map.rend(); ++entry) {
      Nested<MakeTag(kNumber, WireType::kLength)>([&] {
        Field<ValueKind, 2>(entry->second, name);
        Field<KeyKind, 1>(entry->first, name);
      });
    }
  }

  // What the contract does not know goes after what it does, and is therefore called first.
  void Unknown(const UnknownFields& fields) {
    if (fields.empty()) return;
    sink().Reserve(fields.bytes().size());
    sink().PutBytes(fields.bytes());
  }

  [[nodiscard]] const EncodingFault& fault() const noexcept { return fault_; }

 private:
  friend Sink;
  FieldSink() = default;

  Sink& sink() noexcept { return static_cast<Sink&>(*this); }

  template <class Kind>
  void PutNumber(typename Kind::Value value) {
    if constexpr (Kind::kType == WireType::kVarint) {
      sink().PutVarint(Kind::ToWire(value));
    } else {
      sink().PutFixed(Kind::ToWire(value));
    }
  }

  // The length and the tag of what was written since the size was `end`.
  template <std::uint32_t kTag>
  void PutLength(std::size_t end) {
    const std::size_t length = sink().size() - end;
    sink().Reserve(internal::kMaxVarintSize + internal::kMaxTagSize);
    sink().PutVarint(length);
    sink().template PutTag<kTag>();
  }

  template <std::uint32_t kTag, class Fill>
  void Nested(Fill fill) {
    if (depth_left_ == 0) {
      fault_.too_deep = true;
      return;
    }
    --depth_left_;
    const std::size_t end = sink().size();
    fill();
    PutLength<kTag>(end);
    ++depth_left_;
  }

  int depth_left_ = kMaxDepth;
  EncodingFault fault_;
};

}  // namespace seam::wire

#endif  // SEAM_WIRE_FIELDS_H_
