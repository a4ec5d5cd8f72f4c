#include "fields.h"

#include <google/protobuf/unknown_field_set.h>

#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "seam/core/time.h"
#include "seam/wire/boxed.h"

// clang-format off: it does not settle on a form for these lists.
// Every field of every message: F(name) for what is no alternative of a oneof, B(name) for one of
// bytes, A(oneof, name) for an alternative.
#define FIELDS_OF_SCALARS(F, B) \
  F(f_double)                   \
  F(f_float)                    \
  F(f_int32)                    \
  F(f_int64)                    \
  F(f_uint32)                   \
  F(f_uint64)                   \
  F(f_sint32)                   \
  F(f_sint64)                   \
  F(f_fixed32) F(f_fixed64) F(f_sfixed32) F(f_sfixed64) F(f_bool) F(f_string) B(f_bytes) F(f_color)

#define FIELDS_OF_Empty(F, B, A)
#define FIELDS_OF_Scalars(F, B, A) FIELDS_OF_SCALARS(F, B)
#define FIELDS_OF_Optionals(F, B, A) FIELDS_OF_SCALARS(F, B)
#define FIELDS_OF_Repeats(F, B, A) FIELDS_OF_SCALARS(F, B) F(f_empty) F(f_scalars)
#define FIELDS_OF_Unpacked(F, B, A) \
  F(f_double)                       \
  F(f_float)                        \
  F(f_int32)                        \
  F(f_int64)                        \
  F(f_uint32)                       \
  F(f_uint64)                       \
  F(f_sint32) F(f_sint64) F(f_fixed32) F(f_fixed64) F(f_sfixed32) F(f_sfixed64) F(f_bool) F(f_color)
#define FIELDS_OF_Maps(F, B, A)                                                      \
  F(int32_double)                                                                    \
  F(int64_float)                                                                     \
  F(uint32_int32)                                                                    \
  F(uint64_int64)                                                                    \
  F(sint32_uint32)                                                                   \
  F(sint64_uint64)                                                                   \
  F(fixed32_sint32)                                                                  \
  F(fixed64_sint64)                                                                  \
  F(sfixed32_fixed32)                                                                \
  F(sfixed64_fixed64)                                                                \
  F(bool_sfixed32)                                                                   \
  F(string_sfixed64) F(string_bool) F(string_string) B(string_bytes) F(string_color) \
      F(int32_scalars) F(bool_empty) F(uint32_repeats)
#define FIELDS_OF_Choices(F, B, A)                                                                \
  A(scalar, a_double)                                                                             \
  A(scalar, a_float)                                                                              \
  A(scalar, an_int32)                                                                             \
  A(scalar, an_int64)                                                                             \
  A(scalar, a_uint32)                                                                             \
  A(scalar, a_uint64)                                                                             \
  A(scalar, a_sint32)                                                                             \
  A(scalar, a_sint64)                                                                             \
  A(scalar, a_fixed32)                                                                            \
  A(scalar, a_fixed64)                                                                            \
  A(scalar, a_sfixed32)                                                                           \
  A(scalar, a_sfixed64) A(scalar, a_bool) A(scalar, a_string) A(scalar, some_bytes)               \
      A(scalar, a_color) F(between) A(thing, name) A(thing, title) A(thing, blob) A(thing, empty) \
          A(thing, scalars) A(thing, other_scalars) A(thing, maps) A(thing, choices)              \
              A(thing, count)
#define FIELDS_OF_Tree(F, B, A) \
  F(value) F(left) F(right) F(children) F(named) A(more, next) A(more, end)
#define FIELDS_OF_Ping(F, B, A) F(pong) F(pongs) F(text)
#define FIELDS_OF_Pong(F, B, A) F(ping) F(pings) A(choice, chosen) A(choice, none)
#define FIELDS_OF_Numbers(F, B, A) \
  F(n1)                            \
  F(n15)                           \
  F(n16)                           \
  F(n2047)                         \
  F(n2048)                         \
  F(n18999)                        \
  F(n20000) F(n262143) F(n262144) F(n33554431) F(n33554432) A(last, n536870910) A(last, n536870911)
#define FIELDS_OF_Outer(F, B, A) F(middle) F(inners)
#define FIELDS_OF_Outer_Middle(F, B, A) F(inner) F(levels)
#define FIELDS_OF_Outer_Middle_Inner(F, B, A) F(level) F(levels)
#define FIELDS_OF_Foreign(F, B, A) \
  F(shared)                        \
  F(shareds)                       \
  F(shared_by_name)                \
  F(mood)                          \
  F(moods)                         \
  F(at)                            \
  F(times)                         \
  F(time_by_name)                  \
  F(span) F(spans) F(span_by_name) A(either, until) A(either, lasting) A(either, sharing)
#define FIELDS_OF_Everything(F, B, A) \
  F(empty)                            \
  F(scalars)                          \
  F(optionals)                        \
  F(repeats)                          \
  F(unpacked) F(maps) F(choices) F(tree) F(ping) F(numbers) F(outer) F(foreign) F(more) F(text)
#define FIELDS_OF_Shared(F, B, A) F(number) F(text) F(moods)
// clang-format on

namespace property {

namespace {

namespace pb = google::protobuf;

constexpr int kMaxFilledDepth = 4;

bool IsSame(const std::string& ours, const std::string& theirs) { return ours == theirs; }

bool IsSame(const seam::Timestamp& ours, const pb::Timestamp& theirs) {
  return ours.seconds == theirs.seconds() && ours.nanoseconds == theirs.nanos();
}

bool IsSame(const seam::Duration& ours, const pb::Duration& theirs) {
  return ours.seconds == theirs.seconds() && ours.nanoseconds == theirs.nanos();
}

template <class T, class U>
bool IsSame(const T& ours, const U& theirs) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<int>(ours) == static_cast<int>(theirs);
  } else if constexpr (std::is_arithmetic_v<T>) {
    static_assert(std::is_same_v<T, U>, "the field's type is not the one that protoc gives it");
    return HasSameBits(ours, theirs);
  } else {
    return Same(ours, theirs);
  }
}

// A field, and whether libprotobuf says that it is there. Without presence it always is.
template <class T, class U>
bool IsSameField(const T& ours, const U& theirs, bool /*is_there*/) {
  return IsSame(ours, theirs);
}
template <class T, class U>
bool IsSameField(const std::optional<T>& ours, const U& theirs, bool is_there) {
  return ours.has_value() == is_there && (!is_there || IsSame(*ours, theirs));
}
template <class T, class U>
bool IsSameField(const seam::Boxed<T>& ours, const U& theirs, bool is_there) {
  return ours.has_value() == is_there && (!is_there || IsSame(*ours, theirs));
}
template <class T, class U>
bool IsSameField(const std::vector<T>& ours, const U& theirs, bool /*is_there*/) {
  if (ours.size() != static_cast<std::size_t>(theirs.size())) return false;
  auto their = theirs.begin();
  for (const auto& our : ours) {
    if (!IsSame(static_cast<const T&>(our), *their++)) return false;
  }
  return true;
}
template <class K, class V, class U>
bool IsSameField(const std::map<K, V>& ours, const U& theirs, bool /*is_there*/) {
  if (ours.size() != theirs.size()) return false;
  for (const auto& [key, value] : ours) {
    const auto their = theirs.find(key);
    if (their == theirs.end() || !IsSame(value, their->second)) return false;
  }
  return true;
}

// What of the random kind a std::string is: nothing in its type tells.
enum class Content { kText, kBytes };

template <class T>
void FillOne(Random& random, T& value, Content content, int depth) {
  if constexpr (std::is_same_v<T, std::string>) {
    value = content == Content::kText ? random.Text() : random.Bytes();
  } else if constexpr (std::is_same_v<T, seam::Timestamp> || std::is_same_v<T, seam::Duration>) {
    value = {random.Number<std::int64_t>(), random.Number<std::int32_t>()};
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(random.Number<std::int32_t>());
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = random.Number<T>();
  } else {
    Fill(random, value, depth + 1);
  }
}

template <class T>
struct IsMessage
    : std::negation<
          std::disjunction<std::is_arithmetic<T>, std::is_enum<T>, std::is_same<T, std::string>>> {
};

// Whether a field that may be left alone is filled.
template <class T>
bool IsFilled(Random& random, int depth) {
  return IsMessage<T>::value ? depth < kMaxFilledDepth && random.OneIn(2) : random.OneIn(2);
}

template <class T>
std::size_t CountOf(Random& random, int depth) {
  if (!IsFilled<T>(random, depth)) return 0;
  return IsMessage<T>::value ? random.Below(3) : random.Count();
}

template <class T>
void FillField(Random& random, T& value, Content content, int depth) {
  if (random.OneIn(2)) FillOne(random, value, content, depth);
}
template <class T>
void FillField(Random& random, std::optional<T>& value, Content content, int depth) {
  if (IsFilled<T>(random, depth)) FillOne(random, value.emplace(), content, depth);
}
template <class T>
void FillField(Random& random, seam::Boxed<T>& value, Content content, int depth) {
  if (IsFilled<T>(random, depth)) FillOne(random, value.emplace(), content, depth);
}
template <class T>
void FillField(Random& random, std::vector<T>& values, Content content, int depth) {
  for (std::size_t count = CountOf<T>(random, depth); count > 0; --count) {
    T value{};
    FillOne(random, value, content, depth);
    values.push_back(std::move(value));
  }
}
template <class K, class V>
void FillField(Random& random, std::map<K, V>& values, Content content, int depth) {
  for (std::size_t count = CountOf<V>(random, depth); count > 0; --count) {
    K key{};
    FillOne(random, key, Content::kText, depth);
    FillOne(random, values[key], content, depth);
  }
}

// Fills one alternative now and then: the last one that is chosen counts.
template <class Oneof, class T>
void FillAlternative(Random& random, Oneof& oneof, T& (Oneof::*emplace)(), int depth) {
  if (IsFilled<T>(random, depth) && random.OneIn(4)) {
    FillOne(random, (oneof.*emplace)(), Content::kText, depth);
  }
}

// Whether `message` has the field, as far as the language can tell.
#define IS_THERE(name)                                  \
  [](const auto& message) {                             \
    if constexpr (requires { message.has_##name(); }) { \
      return message.has_##name();                      \
    } else {                                            \
      return true;                                      \
    }                                                   \
  }(theirs)

}  // namespace

#define SAME_FIELD(name) \
  if (!IsSameField(ours.name, theirs.name(), IS_THERE(name))) return false;
#define SAME_ALTERNATIVE(oneof, name)                                      \
  if ((ours.oneof.name() != nullptr) != theirs.has_##name()) return false; \
  if (theirs.has_##name() && !IsSame(*ours.oneof.name(), theirs.name())) return false;
#define FILL_TEXT(name) FillField(random, message.name, Content::kText, depth);
#define FILL_BYTES(name) FillField(random, message.name, Content::kBytes, depth);
#define FILL_ALTERNATIVE(oneof, name)                                                            \
  FillAlternative(random, message.oneof, &std::decay_t<decltype(message.oneof)>::emplace_##name, \
                  depth);

#define DEFINE(space, Type)                                                         \
  bool Same(const space::Type& ours, const oracle::space::Type& theirs) {           \
    FIELDS_OF_##Type(SAME_FIELD, SAME_FIELD, SAME_ALTERNATIVE);                     \
    return SameUnknown(ours.unknown_fields, theirs);                                \
  }                                                                                 \
  void Fill([[maybe_unused]] Random& random, [[maybe_unused]] space::Type& message, \
            [[maybe_unused]] int depth) {                                           \
    FIELDS_OF_##Type(FILL_TEXT, FILL_BYTES, FILL_ALTERNATIVE);                      \
  }
#define DEFINE_IN_MATRIX(Type) DEFINE(matrix::v1, Type)
PROPERTY_ROOTS(DEFINE_IN_MATRIX)
PROPERTY_PARTS(DEFINE_IN_MATRIX)
DEFINE(matrix::other::v1, Shared)

bool SameUnknown(const seam::UnknownFields& ours, const pb::Message& theirs) {
  const pb::UnknownFieldSet& unknown = theirs.GetReflection()->GetUnknownFields(theirs);
  if (ours.empty() && unknown.empty()) return true;
  pb::UnknownFieldSet parsed;
  const std::string_view bytes = ours.bytes();
  std::string our_bytes;
  std::string their_bytes;
  return parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         parsed.SerializeToString(&our_bytes) && unknown.SerializeToString(&their_bytes) &&
         our_bytes == their_bytes;
}

}  // namespace property
