#include "inputs.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace property {

namespace {

namespace pb = google::protobuf;

constexpr int kMaxDepth = 4;

// Numbers that the matrix does not use in most of its messages, the reserved ones included.
std::uint32_t UnknownNumber(Random& random) {
  constexpr std::uint32_t kNumbers[] = {
      1,     2,     15,    16,     17,     100,      2047,     2048,      18999,    19000,
      19500, 19999, 20000, 262143, 262144, 33554431, 33554432, 536870910, 536870911};
  return kNumbers[random.Below(std::size(kNumbers))];
}

void FillUnknown(Random& random, const pb::Descriptor& type, pb::UnknownFieldSet& fields,
                 int depth) {
  for (std::size_t count = random.Below(4); count > 0; --count) {
    const int number = static_cast<int>(UnknownNumber(random));
    if (type.FindFieldByNumber(number) != nullptr) continue;
    switch (random.Below(5)) {
      case 0: fields.AddVarint(number, random.Number<std::uint64_t>()); break;
      case 1: fields.AddFixed32(number, random.Number<std::uint32_t>()); break;
      case 2: fields.AddFixed64(number, random.Number<std::uint64_t>()); break;
      case 3: fields.AddLengthDelimited(number, random.Bytes()); break;
      default:
        pb::UnknownFieldSet& group = *fields.AddGroup(number);
        if (depth < kMaxDepth) FillUnknown(random, type, group, depth + 1);
    }
  }
}

// Sets or adds one value.
void FillValue(Random& random, pb::Message& message, const pb::FieldDescriptor& field,
               bool with_unknown, int depth) {
  const pb::Reflection& reflection = *message.GetReflection();
  const auto put = [&](auto set, auto add, auto value) {
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, std::move(value));
    } else {
      (reflection.*set)(&message, &field, std::move(value));
    }
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return put(&R::SetInt32, &R::AddInt32, random.Number<std::int32_t>());
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return put(&R::SetInt64, &R::AddInt64, random.Number<std::int64_t>());
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return put(&R::SetUInt32, &R::AddUInt32, random.Number<std::uint32_t>());
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return put(&R::SetUInt64, &R::AddUInt64, random.Number<std::uint64_t>());
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&R::SetDouble, &R::AddDouble, random.Number<double>());
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return put(&R::SetFloat, &R::AddFloat, random.Number<float>());
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return put(&R::SetBool, &R::AddBool, random.Number<bool>());
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return put(&R::SetEnumValue, &R::AddEnumValue, random.Number<std::int32_t>());
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return put(&R::SetString, &R::AddString,
                 field.type() == pb::FieldDescriptor::TYPE_BYTES ? random.Bytes() : random.Text());
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: break;
  }
  pb::Message& inner = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                           : *reflection.MutableMessage(&message, &field);
  FillMessage(random, inner, with_unknown, depth + 1);
}

// A varint as a careless sender might write it.
std::string AnyVarint(Random& random, std::uint64_t value) {
  return Varint(value, random.OneIn(8) ? 1 + random.Below(11) : 1);
}

// A length, mostly the right one.
std::string AnyLength(Random& random, std::size_t length) {
  if (!random.OneIn(200)) return AnyVarint(random, length);
  switch (random.Below(3)) {
    case 0: return Varint(length + 1 + random.Below(3));
    case 1: return Varint(length - std::min(length, 1 + random.Below(3)));
    default:
      const std::size_t size = 1 + random.Below(10);
      return Varint(random.Number<std::uint64_t>(), size);
  }
}

std::string Fixed(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Bits());
  return bytes;
}

// What may stand after a tag of length-delimited type.
std::string RandomContent(Random& random, const pb::FieldDescriptor* field, int depth) {
  if (field == nullptr || random.OneIn(30)) return random.Bytes();
  switch (field->type()) {
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return depth < kMaxDepth ? RandomBytes(random, *field->message_type(), depth + 1) : "";
    case pb::FieldDescriptor::TYPE_STRING:
      return random.OneIn(60) ? random.BadText() : random.Text();
    case pb::FieldDescriptor::TYPE_BYTES: return random.Bytes();
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64: return Fixed(random, random.Below(5) * 8);
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32: return Fixed(random, random.Below(5) * 4);
    default:
      std::string packed;
      for (std::size_t count = random.Count(); count > 0; --count) {
        packed += AnyVarint(random, random.Number<std::uint64_t>());
      }
      return packed;
  }
}

std::uint32_t WireTypeOf(const pb::FieldDescriptor& field, Random& random) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_MESSAGE:
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES: return 2;
    default: break;
  }
  if (field.is_repeated() && random.OneIn(2)) return 2;  // Packed, whatever the contract says.
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64: return 1;
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32: return 5;
    default: return 0;
  }
}

}  // namespace

std::string Varint(std::uint64_t value, std::size_t size) {
  std::string bytes;
  while (value >= 0x80 || bytes.size() + 1 < size) {
    bytes += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes += static_cast<char>(value);
  return bytes;
}

std::string Tag(std::uint32_t number, std::uint32_t wire_type) {
  return Varint(std::uint64_t{number} << 3 | wire_type);
}

std::string LengthDelimited(std::uint32_t number, std::string_view bytes) {
  return Tag(number, 2) + Varint(bytes.size()) + std::string(bytes);
}

std::string Group(std::uint32_t number, std::string_view fields) {
  return Tag(number, 3) + std::string(fields) + Tag(number, 4);
}

void FillMessage(Random& random, pb::Message& message, bool with_unknown, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  // Most of a message's fields, or a few: by chance alone nearly every message would look alike.
  const std::size_t odds = 1 + random.Below(8);
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    const bool holds_messages = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    if (!random.OneIn(odds)) continue;
    if (holds_messages && (depth >= kMaxDepth || !random.OneIn(2))) continue;
    if (field.real_containing_oneof() != nullptr && !random.OneIn(3)) continue;
    std::size_t count = 1;
    if (field.is_repeated()) {
      count = holds_messages && !field.is_map() ? random.Below(3) : random.Count();
    }
    for (; count > 0; --count) FillValue(random, message, field, with_unknown, depth);
  }
  if (with_unknown && random.OneIn(3) && !type.options().map_entry()) {
    FillUnknown(random, type, *message.GetReflection()->MutableUnknownFields(&message), depth);
  }
}

std::string RandomBytes(Random& random, const pb::Descriptor& type, int depth) {
  std::string bytes;
  for (std::size_t count = random.Below(depth == 0 ? 8 : 4); count > 0; --count) {
    const pb::FieldDescriptor* field = nullptr;
    std::uint32_t number = UnknownNumber(random);
    if (type.field_count() > 0 && !random.OneIn(6)) {
      field =
          type.field(static_cast<int>(random.Below(static_cast<std::size_t>(type.field_count()))));
      number = static_cast<std::uint32_t>(field->number());
    }
    const bool is_strange = field == nullptr || random.OneIn(20);
    // 4, 6 and 7 begin no field.
    const auto wire_type =
        is_strange ? static_cast<std::uint32_t>(random.Below(8)) : WireTypeOf(*field, random);
    if ((wire_type == 4 || wire_type > 5) && !random.OneIn(10)) continue;
    bytes +=
        Varint(std::uint64_t{number} << 3 | wire_type, random.OneIn(20) ? 1 + random.Below(6) : 1);
    switch (wire_type) {
      case 0: bytes += AnyVarint(random, random.Number<std::uint64_t>()); break;
      case 1: bytes += Fixed(random, 8); break;
      case 2: {
        const std::string content = RandomContent(random, field, depth);
        bytes += AnyLength(random, content.size()) + content;
        break;
      }
      case 3:
        if (depth < kMaxDepth) bytes += RandomBytes(random, type, depth + 1);
        bytes += Tag(random.OneIn(20) ? number + 1 : number, 4);
        break;
      case 5: bytes += Fixed(random, 4); break;
      default: break;
    }
  }
  return bytes;
}

std::string Mutated(Random& random, std::string bytes, std::string_view other) {
  constexpr unsigned char kBytes[] = {0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF};
  for (std::size_t changes = 1 + random.Below(4); changes > 0; --changes) {
    const std::size_t at = random.Below(bytes.size() + 1);
    const std::size_t length = std::min(bytes.size() - at, random.Below(8) * random.Below(8));
    switch (random.Below(8)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.Below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(kBytes[random.Below(7)]);
        break;
      case 2: bytes.resize(at); break;
      case 3: bytes.erase(at, length); break;
      case 4: bytes.insert(at, 1, static_cast<char>(random.Bits())); break;
      case 5: bytes.insert(random.Below(bytes.size() + 1), bytes.substr(at, length)); break;
      case 6: bytes += bytes.substr(0, at); break;
      default: {
        const std::size_t from = random.Below(other.size() + 1);
        bytes.insert(at, other.substr(from, random.Below(40)));
      }
    }
  }
  return bytes;
}

}  // namespace property
