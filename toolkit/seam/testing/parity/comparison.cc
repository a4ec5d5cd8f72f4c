#include "seam/testing/parity/comparison_internal.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <string_view>
#include <type_traits>
#include <utility>

namespace seam::testing::internal {
namespace {

namespace pb = google::protobuf;

// A shorter value is likely to be a part of other texts by chance.
constexpr std::size_t kShortestReplaced = 8;
// Longer texts are no ids.
constexpr std::size_t kLongestMadeUp = 4096;

// For reports: one line that can be read.
std::string Shown(std::string_view bytes) {
  std::string text = "\"";
  for (const char byte : bytes.substr(0, 200)) {
    if (byte >= ' ' && byte <= '~') {
      text += byte;
      continue;
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += "\\x";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 0xF];
  }
  text += '"';
  if (bytes.size() > 200) text += "… (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

std::string Differs(const std::string& what, const std::string& first, const std::string& second) {
  return what + ":\n    first:  " + first + "\n    second: " + second;
}

template <class T>
bool HaveSameBits(T first, T second) {
  return first == second;
}

bool HaveSameBits(double first, double second) {
  return std::bit_cast<std::uint64_t>(first) == std::bit_cast<std::uint64_t>(second);
}

bool HaveSameBits(float first, float second) {
  return std::bit_cast<std::uint32_t>(first) == std::bit_cast<std::uint32_t>(second);
}

std::string Presence(bool present) { return present ? "is there" : "is not there"; }

}  // namespace

void Comparison::WasSent(const std::string& text) {
  if (text.empty() || text.size() > kLongestMadeUp) return;
  to_second_.emplace(text, text);
  to_first_.emplace(text, text);
}

std::string Comparison::Answers(const Call& call, const Result<Buffer>& first,
                                const Result<Buffer>& second) {
  call_ = call.number;
  const std::string method = call.method->name();
  if (first.has_value() != second.has_value()) {
    const auto shown = [](const Result<Buffer>& answer) {
      return answer ? "a reply of " + std::to_string(answer->size()) + " bytes"
                    : ToString(answer.error());
    };
    return Differs("the answers of " + method + " differ", shown(first), shown(second));
  }
  if (!first) {
    const std::string difference = Errors(first.error(), second.error());
    return difference.empty() ? difference : "the errors of " + method + " differ in " + difference;
  }
  const std::string difference =
      Replies(call, std::string(first->bytes()), std::string(second->bytes()));
  return difference.empty() ? difference : "the replies of " + method + " differ in " + difference;
}

std::string Comparison::Errors(const Error& first, const Error& second) {
  if (first.code != second.code) {
    return Differs("code", ToString(first), ToString(second));
  }
  if (first.origin != second.origin) {
    return Differs("origin", ToString(first), ToString(second));
  }
  if (!IsSameText(first.reason, second.reason)) {
    return Differs("reason", Shown(first.reason), Shown(second.reason));
  }
  if (!IsSameText(first.message, second.message)) {
    return Differs("message", Shown(first.message), Shown(second.message));
  }
  for (const auto& [key, value] : first.metadata) {
    const auto other = second.metadata.find(key);
    if (other == second.metadata.end()) {
      return Differs("metadata " + key, Shown(value), Presence(false));
    }
    const bool may_differ =
        std::any_of(options_.differing_metadata.begin(), options_.differing_metadata.end(),
                    [key = key](const std::string& pattern) { return IsMeant(pattern, key, key); });
    if (!may_differ && !IsSameText(value, other->second)) {
      return Differs("metadata " + key, Shown(value), Shown(other->second));
    }
  }
  for (const auto& [key, value] : second.metadata) {
    if (first.metadata.count(key) == 0) {
      return Differs("metadata " + key, Presence(false), Shown(value));
    }
  }
  return {};
}

std::string Comparison::Replies(const Call& call, const std::string& first,
                                const std::string& second) {
  const std::unique_ptr<Message> one = contract_.New(*call.method->output_type());
  const std::unique_ptr<Message> other = contract_.New(*call.method->output_type());
  if (!one->ParsePartialFromString(first) || !other->ParsePartialFromString(second)) {
    // No libprotobuf takes it, so there is nothing to tell the fields apart by.
    return first == second
               ? std::string()
               : Differs("bytes that are no valid message", Shown(first), Shown(second));
  }
  return Messages(*one, *other, "");
}

std::string Comparison::Messages(const Message& first, const Message& second,
                                 const std::string& path) {
  const pb::Reflection& reflection = *first.GetReflection();
  const pb::Descriptor& type = *first.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    const std::string name = path.empty() ? field.name() : path + "." + field.name();
    if (field.is_repeated()) {
      const int size = reflection.FieldSize(first, &field);
      const int other = reflection.FieldSize(second, &field);
      if (size != other) {
        return Differs(name, std::to_string(size) + " elements", std::to_string(other));
      }
      for (int j = 0; j < size; ++j) {
        std::string difference =
            Fields(first, second, field, j, name + "[" + std::to_string(j) + "]");
        if (!difference.empty()) return difference;
      }
      continue;
    }
    const bool present = reflection.HasField(first, &field);
    const bool other = reflection.HasField(second, &field);
    if (present != other) return Differs(name, Presence(present), Presence(other));
    if (!present) continue;
    std::string difference = Fields(first, second, field, -1, name);
    if (!difference.empty()) return difference;
  }
  std::string unknown;
  std::string other_unknown;
  reflection.GetUnknownFields(first).SerializeToString(&unknown);
  reflection.GetUnknownFields(second).SerializeToString(&other_unknown);
  if (unknown == other_unknown) return {};
  return Differs((path.empty() ? "" : path + ": ") + std::string("fields that the contract lacks"),
                 Shown(unknown), Shown(other_unknown));
}

std::string Comparison::Fields(const Message& first, const Message& second, const Field& field,
                               int index, const std::string& path) {
  if (IsMeant(options_.differing, field)) return {};
  const pb::Reflection& reflection = *first.GetReflection();
  const auto equal = [&](auto one, auto element) {
    return index < 0
               ? HaveSameBits((reflection.*one)(first, &field), (reflection.*one)(second, &field))
               : HaveSameBits((reflection.*element)(first, &field, index),
                              (reflection.*element)(second, &field, index));
  };
  using R = pb::Reflection;
  bool same = true;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE:
      return index < 0 ? Messages(reflection.GetMessage(first, &field),
                                  reflection.GetMessage(second, &field), path)
                       : Messages(reflection.GetRepeatedMessage(first, &field, index),
                                  reflection.GetRepeatedMessage(second, &field, index), path);
    case Field::CPPTYPE_STRING: {
      const auto get = [&](const Message& message) {
        return index < 0 ? reflection.GetString(message, &field)
                         : reflection.GetRepeatedString(message, &field, index);
      };
      const std::string one = get(first);
      const std::string other = get(second);
      if (field.type() == Field::TYPE_BYTES) {
        same = one == other;
      } else if (IsMeant(options_.made_up, field)) {
        same = IsSameMadeUp(one, other);
        if (!same) return Differs(path, Shown(one), Shown(other)) + WhyNotSame(one, other);
        if (!one.empty()) {
          references_.push_back(Reference(call_, path));
          values_.insert_or_assign(references_.back(), std::pair(one, other));
        }
      } else {
        same = IsSameText(one, other);
      }
      return same ? std::string() : Differs(path, Shown(one), Shown(other));
    }
    case Field::CPPTYPE_INT32: same = equal(&R::GetInt32, &R::GetRepeatedInt32); break;
    case Field::CPPTYPE_INT64: same = equal(&R::GetInt64, &R::GetRepeatedInt64); break;
    case Field::CPPTYPE_UINT32: same = equal(&R::GetUInt32, &R::GetRepeatedUInt32); break;
    case Field::CPPTYPE_UINT64: same = equal(&R::GetUInt64, &R::GetRepeatedUInt64); break;
    case Field::CPPTYPE_DOUBLE: same = equal(&R::GetDouble, &R::GetRepeatedDouble); break;
    case Field::CPPTYPE_FLOAT: same = equal(&R::GetFloat, &R::GetRepeatedFloat); break;
    case Field::CPPTYPE_BOOL: same = equal(&R::GetBool, &R::GetRepeatedBool); break;
    case Field::CPPTYPE_ENUM: same = equal(&R::GetEnumValue, &R::GetRepeatedEnumValue); break;
  }
  if (same) return {};
  std::array<std::string, 2> shown;
  pb::TextFormat::PrintFieldValueToString(first, &field, index, &shown[0]);
  pb::TextFormat::PrintFieldValueToString(second, &field, index, &shown[1]);
  return Differs(path, shown[0], shown[1]);
}

bool Comparison::IsSameMadeUp(const std::string& first, const std::string& second) {
  const auto known = to_second_.find(first);
  if (known != to_second_.end()) return known->second == second;
  if (to_first_.count(second) > 0 || first.empty() != second.empty()) return false;
  to_second_.emplace(first, second);
  to_first_.emplace(second, first);
  return true;
}

std::string Comparison::WhyNotSame(const std::string& first, const std::string& second) const {
  if (first.empty() || second.empty()) return {};
  const auto of_first = to_second_.find(first);
  if (of_first != to_second_.end()) {
    if (of_first->second == first) {
      return "\n    the first's was sent in a request, and the second's is another";
    }
    return "\n    for this of the first, the second has told " + Shown(of_first->second) +
           " before";
  }
  const auto of_second = to_first_.find(second);
  if (of_second->second == second) {
    return "\n    the second's was sent in a request, and the first's is another";
  }
  return "\n    the second has told this before, for the first's " + Shown(of_second->second);
}

bool Comparison::IsSameText(const std::string& first, const std::string& second) {
  if (first == second || Translated(first) == second) return true;
  // A message may name what no reply has told, such as the id of an order that was refused.
  const auto pairs = NewPairs(UuidsIn(first), UuidsIn(second));
  if (!pairs) return false;
  Learn(*pairs);
  return true;
}

std::string Comparison::Translated(std::string_view text) const {
  std::string translated;
  while (!text.empty()) {
    // Of values that begin alike the longer comes later, so the first that fits is the longest.
    // One that was sent stands for itself, whatever other value is in it.
    auto known = to_second_.upper_bound(text);
    bool fits = false;
    while (!fits && known != to_second_.begin()) {
      --known;
      const std::string_view value = known->first;
      if (value.substr(0, kShortestReplaced) != text.substr(0, kShortestReplaced)) break;
      fits = value.size() >= kShortestReplaced && text.substr(0, value.size()) == value;
    }
    translated += fits ? std::string_view(known->second) : text.substr(0, 1);
    text.remove_prefix(fits ? known->first.size() : 1);
  }
  return translated;
}

Comparison::Uuids Comparison::UuidsIn(const std::string& text) {
  static const std::regex uuid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  Uuids found{text, text, {}};
  if (text.size() > kLongestMadeUp) return found;
  found.rest = std::regex_replace(text, uuid, "<uuid>");
  for (std::sregex_iterator one(text.begin(), text.end(), uuid), end; one != end; ++one) {
    found.uuids.push_back(one->str());
  }
  return found;
}

std::optional<Comparison::Pairs> Comparison::NewPairs(const Uuids& first,
                                                      const Uuids& second) const {
  if (first.rest != second.rest || first.uuids.size() != second.uuids.size()) return std::nullopt;
  Pairs pairs;
  Pairs back;
  for (std::size_t i = 0; i < first.uuids.size(); ++i) {
    const std::string& one = first.uuids[i];
    const std::string& other = second.uuids[i];
    const auto known = to_second_.find(one);
    if (known != to_second_.end()) {
      if (known->second != other) return std::nullopt;
      continue;
    }
    if (to_first_.count(other) > 0 || pairs.emplace(one, other).first->second != other ||
        back.emplace(other, one).first->second != one) {
      return std::nullopt;
    }
  }
  return pairs;
}

void Comparison::Learn(const Pairs& pairs) {
  for (const auto& [first, second] : pairs) {
    to_second_.emplace(first, second);
    to_first_.emplace(second, first);
  }
}

std::string Comparison::Rows(std::vector<std::string> first, std::vector<std::string> second) {
  // In the order in which the store made them up, as far as UUIDs tell it.
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  std::vector<Uuids> ones;
  for (const std::string& row : first) {
    const std::string translated = Translated(row);
    const auto equal = std::lower_bound(second.begin(), second.end(), translated);
    if (equal != second.end() && *equal == translated) {
      second.erase(equal);
    } else {
      ones.push_back(UuidsIn(row));
    }
  }
  std::vector<Uuids> others;
  for (const std::string& row : second) others.push_back(UuidsIn(row));
  PairRows(ones, others);
  std::string text;
  for (const Uuids& row : ones) text += "\n    only in the first: " + Shown(Translated(row.text));
  for (const Uuids& row : others) text += "\n    only in the second: " + Shown(row.text);
  return text.empty() ? text : "the rows in the end differ:" + text;
}

void Comparison::PairRows(std::vector<Uuids>& first, std::vector<Uuids>& second) {
  for (bool guess = false;;) {
    bool paired = false;
    for (auto one = first.begin(); one != first.end() && !(paired && guess);) {
      const auto fits = [&](const Uuids& other) { return NewPairs(*one, other).has_value(); };
      const auto other = std::find_if(second.begin(), second.end(), fits);
      const bool only =
          other != second.end() && std::find_if(other + 1, second.end(), fits) == second.end();
      if (other == second.end() || !(only || guess)) {
        ++one;
        continue;
      }
      Learn(*NewPairs(*one, *other));
      second.erase(other);
      one = first.erase(one);
      paired = true;
    }
    // Where nothing tells which row is which, one pair is taken by its order, and then tells.
    if (!paired && guess) return;
    guess = !paired;
  }
}

std::string Comparison::Resolve(const std::string& reference, std::size_t side) const {
  const auto found = values_.find(reference);
  if (found == values_.end()) return {};
  return side == 0 ? found->second.first : found->second.second;
}

}  // namespace seam::testing::internal
