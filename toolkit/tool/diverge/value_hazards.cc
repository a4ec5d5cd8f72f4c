// What a message holds arrives as it was sent.

#include <bit>
#include <cstdint>
#include <limits>
#include <sstream>
#include <utility>

#include "seam/core/uuid.h"
#include "seam/probe/v1/probe_codec.h"
#include "seam/wire/message.h"
#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

using namespace seam::probe::v1;  // NOLINT(google-build-using-namespace): the contract in use.

// The value that comes back, in the words of `describe`.
template <class Describe>
std::string RoundTrip(const Stage& stage, const Value& value, Describe describe) {
  const auto echoed =
      stage.client.Echo(Context().WithTimeout(stage.patience), EchoRequest{.value = value});
  if (!echoed) return InBrief(echoed.error());
  if (!echoed->value.has_value()) return "no value comes back";
  return describe(*echoed->value);
}

template <class... Part>
std::string Words(const Part&... part) {
  std::ostringstream out;
  (out << ... << part);
  return out.str();
}

std::string ArgumentAliasing(const Stage& stage) {
  const std::string key = NewUuidV7();
  KeepRequest request{.key = key};
  Value& value = request.value.emplace();
  value.tree.emplace().left.emplace().label = "as sent";
  if (const auto kept = stage.client.Keep(Context(), request); !kept) return InBrief(kept.error());
  value.tree->left->label = "changed by the caller";
  auto first = stage.client.Recall(Context(), {.key = key});
  if (!first) return InBrief(first.error());
  const std::string seen = first->value->tree->left->label;
  first->value->tree->left->label = "changed in the reply";
  const auto second = stage.client.Recall(Context(), {.key = key});
  if (!second) return InBrief(second.error());
  return "the handler keeps " + Quoted(seen) + ", then " + Quoted(second->value->tree->left->label);
}

std::string IntegerExtremes(const Stage& stage) {
  const Value value{.an_int32 = std::numeric_limits<std::int32_t>::min(),
                    .an_int64 = std::numeric_limits<std::int64_t>::max() - 1,
                    .a_uint32 = std::numeric_limits<std::uint32_t>::max(),
                    .a_uint64 = std::numeric_limits<std::uint64_t>::max() - 1,
                    .a_sint64 = std::numeric_limits<std::int64_t>::min() + 1,
                    .a_fixed64 = (std::uint64_t{1} << 53U) + 1,
                    .a_sfixed32 = -1};
  return RoundTrip(stage, value, [](const Value& got) {
    return Words(got.an_int32, ' ', got.an_int64, ' ', got.a_uint32, ' ', got.a_uint64, ' ',
                 got.a_sint64, ' ', got.a_fixed64, ' ', got.a_sfixed32);
  });
}

std::string FloatingPoint(const Stage& stage) {
  Value value{.a_double = -0.0, .a_float = std::numeric_limits<float>::denorm_min()};
  value.doubles = {-0.0, std::bit_cast<double>(0x7FF8000000000ABCU),
                   -std::numeric_limits<double>::infinity(),
                   std::numeric_limits<double>::denorm_min()};
  return RoundTrip(stage, value, [](const Value& got) {
    std::string bits = Words(std::hex, std::bit_cast<std::uint64_t>(got.a_double), ' ',
                             std::bit_cast<std::uint32_t>(got.a_float));
    for (const double number : got.doubles) {
      bits += Words(' ', std::hex, std::bit_cast<std::uint64_t>(number));
    }
    return bits;
  });
}

std::string EmptyOrAbsent(const Stage& stage) {
  Value with_empty_parts;
  with_empty_parts.tree.emplace().left.emplace();
  std::string seen = RoundTrip(stage, with_empty_parts, [](const Value& got) -> std::string {
    if (!got.tree) return "the tree is absent";
    return got.tree->left ? "tree and branch are empty" : "the branch is absent";
  });
  seen += "; " + RoundTrip(stage, Value{}, [](const Value& got) {
            return got == Value{} ? "an empty value is empty" : "an empty value is not";
          });
  const auto absent = stage.client.Echo(Context(), {});
  if (!absent) return seen + "; " + InBrief(absent.error());
  return seen + (absent->value.has_value() ? "; none is one" : "; none is none");
}

std::string ZeroOrAbsent(const Stage& stage) {
  Value value;
  value.maybe_int32 = 0;
  value.maybe_string = "";
  value.maybe_color = Color::COLOR_UNSPECIFIED;
  return RoundTrip(stage, value, [](const Value& got) {
    return Words(got.maybe_int32 ? "0" : "absent", ", ", got.maybe_string ? "\"\"" : "absent", ", ",
                 got.maybe_color ? "unspecified" : "absent");
  });
}

std::string UnknownEnumNumber(const Stage& stage) {
  Value value;
  value.color = static_cast<Color>(12345);
  value.colors = {static_cast<Color>(-7), Color::COLOR_RED,
                  static_cast<Color>(std::numeric_limits<std::int32_t>::min())};
  return RoundTrip(stage, value, [](const Value& got) {
    std::string numbers = std::to_string(static_cast<std::int32_t>(got.color));
    for (const Color color : got.colors) {
      numbers += " " + std::to_string(static_cast<std::int32_t>(color));
    }
    return numbers;
  });
}

std::string AlternativesOfOneType(const Stage& stage) {
  Value value;
  value.choice.set_second_text("");
  return RoundTrip(stage, value, [](const Value& got) -> std::string {
    if (got.choice.first_text() != nullptr) return "the first text is set";
    if (got.choice.second_text() != nullptr) return "the second text is set";
    return "neither is set";
  });
}

std::string BytesOfAnyValue(const Stage& stage) {
  Value value;
  value.some_bytes = std::string("\x00\xFF\xC3(", 4);
  value.a_string = std::string("na\xC3\xAFve\x00 \xF0\x9F\xAB\x96", 12);
  return RoundTrip(stage, value, [](const Value& got) {
    return Quoted(got.some_bytes) + " and " + Quoted(got.a_string);
  });
}

std::string ListsAndMaps(const Stage& stage) {
  Value value;
  value.strings = {"", "b", "a", "b", ""};
  value.bools = {true, false, true};
  value.texts = {{"", "empty key"}, {"b", ""}, {"a", "x"}};
  value.flags = {{10, true}, {-1, false}, {9, true}};
  return RoundTrip(stage, value, [](const Value& got) {
    std::string seen;
    for (const std::string& text : got.strings) seen += Quoted(text) + " ";
    for (const bool flag : got.bools) seen += flag ? "1" : "0";
    for (const auto& [key, text] : got.texts) seen += " " + Quoted(key) + "=" + Quoted(text);
    for (const auto& [key, flag] : got.flags) seen += Words(' ', key, '=', flag ? 1 : 0);
    return seen;
  });
}

std::string ManySmallParts(const Stage& stage) {
  constexpr std::size_t kMany = 20'000;
  Value value;
  value.strings.resize(kMany);
  value.tree.emplace().others.resize(kMany);
  for (std::size_t i = 0; i < kMany; ++i) value.flags[static_cast<std::int64_t>(i)] = true;
  return RoundTrip(stage, value, [](const Value& got) {
    return Words(got.strings.size(), " texts, ", got.tree ? got.tree->others.size() : 0, " trees, ",
                 got.flags.size(), " flags");
  });
}

std::string UnknownFieldsKept(const Stage& stage) {
  // Field 999 with the text "new", as a newer version of the contract may have it.
  const std::string newer("\xBA\x3E\x03new", 6);
  const auto decoded = wire::DecodeMessage<Value>(newer);
  if (!decoded) return InBrief(decoded.error());
  return RoundTrip(stage, *decoded, [&](const Value& got) {
    const auto bytes = wire::EncodeMessage(got);
    return bytes ? Quoted(bytes->bytes()) : InBrief(bytes.error());
  });
}

std::string EndsOfTime(const Stage& stage) {
  Value value;
  value.when = Timestamp{-62135596800, 999'999'999};
  value.how_long = Duration{-315576000000, -999'999'999};
  return RoundTrip(stage, value, [](const Value& got) {
    const Timestamp when = got.when.value_or(Timestamp{});
    const Duration how_long = got.how_long.value_or(Duration{});
    return Words(when.seconds, " s ", when.nanoseconds, " ns, ", how_long.seconds, " s ",
                 how_long.nanoseconds, " ns");
  });
}

}  // namespace

std::vector<Hazard> ValueHazards() {
  return {
      {.name = "argument-aliasing",
       .text = "caller and handler share an object, so that what one does to it later is seen by "
               "the other, but only in one process",
       .provoke = ArgumentAliasing,
       .expected = R"(the handler keeps "as sent", then "as sent")",
       .without = Without::kValues},
      {.name = "integer-extremes",
       .text = "a large number is rounded or cut on its way",
       .provoke = IntegerExtremes,
       .expected = "-2147483648 9223372036854775806 4294967295 18446744073709551614 "
                   "-9223372036854775807 9007199254740993 -1",
       .without = Without::kCodec},
      {.name = "floating-point",
       .text =
           "-0.0, a NaN with its bits, an infinity or a subnormal number becomes another number",
       .provoke = FloatingPoint,
       .expected = "8000000000000000 1 8000000000000000 7ff8000000000abc fff0000000000000 1",
       .without = Without::kCodec},
      {.name = "empty-or-absent",
       .text = "a message that is there and empty is taken for one that is not there",
       .provoke = EmptyOrAbsent,
       .expected = "tree and branch are empty; an empty value is empty; none is none",
       .without = Without::kCodec},
      {.name = "zero-or-absent",
       .text = "a field that was set to zero is taken for one that was not set",
       .provoke = ZeroOrAbsent,
       .expected = R"(0, "", unspecified)",
       .without = Without::kCodec},
      {.name = "unknown-enum-number",
       .text = "a number of an enum that this version does not know is lost",
       .provoke = UnknownEnumNumber,
       .expected = "12345 -7 1 -2147483648",
       .without = Without::kCodec},
      {.name = "alternatives-of-one-type",
       .text = "of two alternatives with the same type the other one arrives",
       .provoke = AlternativesOfOneType,
       .expected = "the second text is set",
       .without = Without::kCodec},
      {.name = "bytes-of-any-value",
       .text = "a zero byte ends a text, or bytes that are no text are changed",
       .provoke = BytesOfAnyValue,
       .expected = R"("\x00\xFF\xC3(" and "na\xC3\xAFve\x00 \xF0\x9F\xAB\x96")",
       .without = Without::kCodec},
      {.name = "lists-and-maps",
       .text = "the order of a list or a map changes, or its empty entries are lost",
       .provoke = ListsAndMaps,
       .expected = R"("" "b" "a" "b" "" 101 ""="empty key" "a"="x" "b"="" -1=0 9=1 10=1)",
       .without = Without::kCodec},
      {.name = "many-small-parts",
       .text = "of very many small parts some are lost",
       .provoke = ManySmallParts,
       .expected = "20000 texts, 20000 trees, 20000 flags",
       .without = Without::kCodec},
      {.name = "unknown-fields",
       .text = "what a newer version of the contract has added is erased by an older module that "
               "reads and writes back",
       .provoke = UnknownFieldsKept,
       .expected = R"("\xBA>\x03new")",
       .without = Without::kCodec},
      {.name = "ends-of-time",
       .text = "a time loses its nanoseconds, or one far from today overflows",
       .provoke = EndsOfTime,
       .expected = "-62135596800 s 999999999 ns, -315576000000 s -999999999 ns",
       .without = Without::kCodec},
  };
}

}  // namespace seam::diverge
