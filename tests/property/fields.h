#ifndef TESTS_PROPERTY_FIELDS_H_
#define TESTS_PROPERTY_FIELDS_H_

#include <bit>
#include <cstdint>
#include <type_traits>

#include "matrix/v1/matrix_types.h"
#include "oracle/matrix/v1/matrix.pb.h"
#include "random.h"

// The messages of the matrix field by field, by name: what a decoder that puts a value into the
// wrong member, or among the unknown fields, cannot get round by writing out what it read.

// Calls X(Type) for each message of matrix.proto that is decoded on its own in the tests.
#define PROPERTY_ROOTS(X) \
  X(Everything)           \
  X(Scalars)              \
  X(Optionals)            \
  X(Repeats)              \
  X(Unpacked)             \
  X(Maps)                 \
  X(Choices)              \
  X(Tree)                 \
  X(Ping)                 \
  X(Pong)                 \
  X(Numbers)              \
  X(Outer)                \
  X(Foreign)              \
  X(Empty)

// … and of those that are only parts of them.
#define PROPERTY_PARTS(X) \
  X(Outer_Middle)         \
  X(Outer_Middle_Inner)

namespace property {

// Same: whether both hold the same in every field, unknown ones included. Floating point numbers
// are compared by their bits. What a Timestamp or a Duration does not know is left out.
//
// Fill: sets random fields of a message that is empty, but no unknown ones. `depth` is how many
// messages it lies in: the deeper, the emptier.
#define PROPERTY_DECLARE(Type)                                                     \
  bool Same(const matrix::v1::Type& ours, const oracle::matrix::v1::Type& theirs); \
  void Fill(Random& random, matrix::v1::Type& message, int depth = 0);
PROPERTY_ROOTS(PROPERTY_DECLARE)
PROPERTY_PARTS(PROPERTY_DECLARE)
#undef PROPERTY_DECLARE
bool Same(const matrix::other::v1::Shared& ours, const oracle::matrix::other::v1::Shared& theirs);
void Fill(Random& random, matrix::other::v1::Shared& message, int depth = 0);

// The unknown fields of one message, not of those in it. They need not have come in their shortest
// encoding.
bool SameUnknown(const seam::UnknownFields& ours, const google::protobuf::Message& theirs);

// Also of numbers that are not equal to themselves, or that are equal to another.
template <class T>
[[nodiscard]] bool HasSameBits(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
  } else {
    return a == b;
  }
}

}  // namespace property

#endif  // TESTS_PROPERTY_FIELDS_H_
