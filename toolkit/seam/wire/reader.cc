#include "seam/wire/reader.h"

#include <limits>

namespace seam::wire {

namespace {

constexpr int kMaxLengthBytes = 5;
constexpr int kMaxTagBytes = 5;
constexpr int kMaxVarintBytes = 10;

// Reads up to `max_bytes` of a varint; bits beyond the 64th are dropped, as libprotobuf does.
[[nodiscard]] bool ReadVarint(const char*& at, const char* end, int max_bytes,
                              std::uint64_t& value) noexcept {
  std::uint64_t read = 0;
  for (int i = 0; i < max_bytes && at != end; ++i) {
    const auto byte = static_cast<unsigned char>(*at++);
    read |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      value = read;
      return true;
    }
  }
  return false;
}

// The tag as it is written when it is not longer than needed.
void AppendTag(std::uint32_t tag, UnknownFields& fields) {
  char bytes[kMaxTagBytes];
  std::size_t size = 0;
  for (; tag >= 0x80; tag >>= 7) bytes[size++] = static_cast<char>(tag | 0x80);
  bytes[size++] = static_cast<char>(tag);
  fields.Append(std::string_view(bytes, size));
}

}  // namespace

std::uint32_t Reader::LongTag() noexcept {
  std::uint64_t tag = 0;
  if (!ReadVarint(at_, end_, kMaxTagBytes, tag)) return 0;
  return tag <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(tag) : 0;
}

bool Reader::LongVarint(std::uint64_t& value) noexcept {
  return ReadVarint(at_, end_, kMaxVarintBytes, value);
}

bool Reader::LongLength(std::size_t& length) noexcept {
  std::uint64_t read = 0;
  if (!ReadVarint(at_, end_, kMaxLengthBytes, read)) return false;
  length = static_cast<std::size_t>(read);
  return length <= left();
}

bool Reader::Unknown(std::uint32_t tag, UnknownFields& fields) {
  const char* const value = at_;
  if (!Skip(tag)) return false;
  AppendTag(tag, fields);
  fields.Append(std::string_view(value, static_cast<std::size_t>(at_ - value)));
  return true;
}

bool Reader::Skip(std::uint32_t tag) {
  const std::uint32_t number = tag >> 3;
  if (number == 0) return false;
  switch (static_cast<WireType>(tag & 7)) {
    case WireType::kVarint: {
      std::uint64_t value = 0;
      return Varint(value);
    }
    case WireType::kFixed64:
      if (left() < 8) return false;
      at_ += 8;
      return true;
    case WireType::kLength: {
      std::size_t length = 0;
      if (!Length(length)) return false;
      at_ += length;
      return true;
    }
    case WireType::kStartGroup:
      return SkipGroup(number);
    case WireType::kFixed32:
      if (left() < 4) return false;
      at_ += 4;
      return true;
    case WireType::kEndGroup:
      return false;
  }
  return false;
}

bool Reader::SkipGroup(std::uint32_t number) {
  if (depth_left_ == 0) return false;
  --depth_left_;
  while (!AtEnd()) {
    const std::uint32_t tag = Tag();
    if (tag == MakeTag(number, WireType::kEndGroup)) {
      ++depth_left_;
      return true;
    }
    if (!Skip(tag)) return false;
  }
  return false;
}

}  // namespace seam::wire
