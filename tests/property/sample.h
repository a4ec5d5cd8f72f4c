#ifndef TESTS_PROPERTY_SAMPLE_H_
#define TESTS_PROPERTY_SAMPLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fields.h"
#include "oracle/matrix/sample/v1/sample.pb.h"
#include "seam/wire/boxed.h"
#include "seam/wire/measure.h"
#include "seam/wire/reader.h"
#include "seam/wire/writer.h"

// The negative twins of the comparison: a message whose codec is written by hand in the way of
// generated ones, with a defect of choice. The comparison has to notice each of them.
namespace property {

enum class Defect {
  kNone,
  kAcceptsInvalidUtf8,
  kAcceptsAnyDepth,
  kAcceptsTagZero,
  kCountsFirstValue,  // And not the last one.
  kCountsFirstKey,    // Of a map.
  kReplacesMessages,  // And does not merge them.
  kKeepsBothOfOneof,
  kKnowsNoPacked,
  kMistakesSign,
  kForgetsUnknown,
  kForgetsPresence,
  kForgetsMinusZero,
  kMeasuresLess,
};

template <Defect kDefect>
struct Sample {
  std::int32_t number = 0;
  std::string text;
  std::vector<std::uint32_t> many;
  std::map<std::string, std::int64_t> by_name;
  seam::Boxed<Sample> inner;
  std::optional<std::string> left;
  std::optional<std::string> right;
  std::optional<double> maybe;

  seam::UnknownFields unknown_fields;
};

template <Defect kDefect>
Sample<kDefect>* CloneBoxed(const Sample<kDefect>& value) {
  return new Sample<kDefect>(value);
}
template <Defect kDefect>
void DestroyBoxed(Sample<kDefect>* value) noexcept {
  delete value;
}

template <Defect kDefect, class Sink>
void WriteFields(const Sample<kDefect>& message, Sink& out) {
  using namespace seam::wire;
  out.Unknown(message.unknown_fields);
  if constexpr (kDefect == Defect::kForgetsPresence) {
    out.template Implicit<Double, 8>(message.maybe.value_or(0));
  } else if constexpr (kDefect == Defect::kForgetsMinusZero) {
    if (message.maybe.has_value()) out.template Field<Double, 8>(*message.maybe + 0.0);
  } else {
    out.template Explicit<Double, 8>(message.maybe);
  }
  out.template Explicit<Bytes, 7>(message.right);
  out.template Explicit<String, 6>(message.left, "left");
  out.template Explicit<Message, 5>(message.inner);
  out.template Map<String, Int64, 4>(message.by_name, "by_name");
  out.template Packed<Uint32, 3>(message.many);
  out.template Implicit<String, 2>(message.text, "text");
  if constexpr (kDefect == Defect::kMistakesSign) {
    out.template Implicit<Int32, 1>(message.number);
  } else {
    out.template Implicit<Sint32, 1>(message.number);
  }
}

template <Defect kDefect>
void Encode(const Sample<kDefect>& message, seam::wire::Writer& out) {
  WriteFields(message, out);
}

template <Defect kDefect>
std::size_t Measure(const Sample<kDefect>& message, seam::wire::Measurer& out) {
  const std::size_t before = out.size();
  WriteFields(message, out);
  const std::size_t size = out.size() - before;
  return kDefect == Defect::kMeasuresLess && !message.text.empty() ? size - 1 : size;
}

template <Defect kDefect>
bool Decode(seam::wire::Reader& in, Sample<kDefect>& message) {
  using namespace seam::wire;
  while (!in.AtEnd()) {
    switch (const std::uint32_t tag = in.Tag()) {
      case 0: return kDefect == Defect::kAcceptsTagZero;
      case 8: {
        using Kind = std::conditional_t<kDefect == Defect::kMistakesSign, Int32, Sint32>;
        std::int32_t number = 0;
        if (!in.Field<Kind>(number)) return false;
        if (kDefect != Defect::kCountsFirstValue || message.number == 0) message.number = number;
        break;
      }
      case 18: {
        using Kind = std::conditional_t<kDefect == Defect::kAcceptsInvalidUtf8, Bytes, String>;
        if (!in.Field<Kind>(message.text)) return false;
        break;
      }
      case 24:
        if (!in.Repeated<Uint32>(message.many)) return false;
        break;
      case 26:
        if constexpr (kDefect == Defect::kKnowsNoPacked) {
          if (!in.Unknown(tag, message.unknown_fields)) return false;
        } else {
          if (!in.Packed<Uint32>(message.many)) return false;
        }
        break;
      case 34: {
        if constexpr (kDefect == Defect::kCountsFirstKey) {
          auto first = message.by_name;
          if (!in.MapEntry<String, Int64>(message.by_name)) return false;
          first.merge(message.by_name);
          message.by_name = std::move(first);
        } else {
          if (!in.MapEntry<String, Int64>(message.by_name)) return false;
        }
        break;
      }
      case 42:
        if constexpr (kDefect == Defect::kReplacesMessages) message.inner.reset();
        if constexpr (kDefect == Defect::kAcceptsAnyDepth) {
          std::string bytes;
          if (!in.Field<Bytes>(bytes)) return false;
          Reader nested(bytes);
          if (!message.inner.has_value()) message.inner.emplace();
          if (!Decode(nested, *message.inner)) return false;
        } else {
          if (!in.Explicit<Message>(message.inner)) return false;
        }
        break;
      case 50:
        if constexpr (kDefect != Defect::kKeepsBothOfOneof) message.right.reset();
        if (!in.Explicit<String>(message.left)) return false;
        break;
      case 58:
        message.left.reset();
        if (!in.Explicit<Bytes>(message.right)) return false;
        break;
      case 65:
        if (!in.Explicit<Double>(message.maybe)) return false;
        break;
      default:
        if constexpr (kDefect == Defect::kForgetsUnknown) {
          if (!in.Skip(tag)) return false;
        } else {
          if (!in.Unknown(tag, message.unknown_fields)) return false;
        }
    }
  }
  return true;
}

template <Defect kDefect>
void Fill(Random& random, Sample<kDefect>& message, int depth = 0) {
  message.number = random.Number<std::int32_t>();
  message.text = random.Text();
  message.many.assign(random.Count(), random.Number<std::uint32_t>());
  for (std::size_t count = random.Below(3); count > 0; --count) {
    message.by_name[random.Text()] = random.Number<std::int64_t>();
  }
  if (depth < 3 && random.OneIn(2)) Fill(random, message.inner.emplace(), depth + 1);
  if (random.OneIn(2)) message.maybe = random.Number<double>();
  if (random.OneIn(3)) {
    message.left = random.Text();
  } else if (random.OneIn(2)) {
    message.right = random.Bytes();
  }
}

template <Defect kDefect>
bool Same(const Sample<kDefect>& ours, const oracle::matrix::sample::v1::Sample& theirs) {
  const bool has_same_parts =
      ours.inner.has_value() == theirs.has_inner() && ours.left.has_value() == theirs.has_left() &&
      ours.right.has_value() == theirs.has_right() && ours.maybe.has_value() == theirs.has_maybe();
  if (!has_same_parts || ours.by_name.size() != theirs.by_name().size()) return false;
  for (const auto& [name, value] : theirs.by_name()) {
    const auto our = ours.by_name.find(name);
    if (our == ours.by_name.end() || our->second != value) return false;
  }
  return ours.number == theirs.number() && ours.text == theirs.text() &&
         std::equal(ours.many.begin(), ours.many.end(), theirs.many().begin(),
                    theirs.many().end()) &&
         ours.left.value_or("") == theirs.left() && ours.right.value_or("") == theirs.right() &&
         (!ours.maybe.has_value() || HasSameBits(*ours.maybe, theirs.maybe())) &&
         (!ours.inner.has_value() || Same(*ours.inner, theirs.inner())) &&
         SameUnknown(ours.unknown_fields, theirs);
}

}  // namespace property

#endif  // TESTS_PROPERTY_SAMPLE_H_
