#include "seam/wire/reader.h"

#include "seam/wire/utf8.h"

namespace seam::wire {

namespace {

constexpr std::size_t kMaxLengthBytes = 5;
constexpr std::size_t kMaxTagBytes = 5;
constexpr std::size_t kMaxVarintBytes = 10;

// Reads up to `max_bytes` of a varint; bits beyond the 64th are dropped, as libprotobuf does.
[[nodiscard]] bool ReadVarint(const char*& at, const char* end, std::size_t max_bytes,
                              std::uint64_t& value) noexcept {
  std::uint64_t read = 0;
  for (std::size_t i = 0; i < max_bytes && at != end; ++i) {
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
  // A fifth byte may hold more than 32 bits have room for: libprotobuf drops the rest.
  return ReadVarint(at_, end_, kMaxTagBytes, tag) ? static_cast<std::uint32_t>(tag) : 0;
}

bool Reader::LongVarint(std::uint64_t& value) noexcept {
  if (AtEnd() || (static_cast<unsigned char>(end_[-1]) >= 0x80 && left() < kMaxVarintBytes)) {
    return ReadVarint(at_, end_, kMaxVarintBytes, value);
  }
  // Here a varint ends, or is too long, before the bytes do: no need to look for their end.
  const char* at = at_;
  std::uint64_t read = 0;
  for (std::size_t shift = 0; shift < 7 * kMaxVarintBytes; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    read |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      at_ = at;
      value = read;
      return true;
    }
  }
  return false;
}

bool Reader::LongLength(std::size_t& length) noexcept {
  std::uint64_t read = 0;
  if (!ReadVarint(at_, end_, kMaxLengthBytes, read)) return false;
  length = static_cast<std::size_t>(read);
  return length <= left();
}

bool Reader::Text(std::string& value) {
  return Octets(value) && (!checks_text_ || IsValidUtf8(value));
}

bool Reader::Octets(std::string& value) {
  std::size_t size = 0;
  if (!Length(size)) return false;
  // A new string allocates what it needs; one that grows allocates for more to come.
  if (size > value.capacity()) {
    value = std::string(at_, size);
  } else {
    value.assign(at_, size);
  }
  at_ += size;
  return true;
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
    case WireType::kStartGroup: return SkipGroup(number);
    case WireType::kFixed32:
      if (left() < 4) return false;
      at_ += 4;
      return true;
    case WireType::kEndGroup: return false;
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
