#ifndef TESTS_PROPERTY_INPUTS_H_
#define TESTS_PROPERTY_INPUTS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "random.h"

// Messages and bytes to try a codec with.
namespace property {

// The parts of the wire format (https://protobuf.dev/programming-guides/encoding/), right or wrong
// as the caller wants them.

// `size` bytes at least, more than needed if so; a size over 10 is no varint any more.
[[nodiscard]] std::string Varint(std::uint64_t value, std::size_t size = 1);
[[nodiscard]] std::string Tag(std::uint32_t number, std::uint32_t wire_type);
[[nodiscard]] std::string LengthDelimited(std::uint32_t number, std::string_view bytes);
[[nodiscard]] std::string Group(std::uint32_t number, std::string_view fields);

// Sets random fields of an empty message, unknown ones included when `with_unknown`. `depth` is how
// many messages it lies in.
void FillMessage(Random& random, google::protobuf::Message& message, bool with_unknown,
                 int depth = 0);

// Bytes that follow the grammar of the wire format, mostly, with the fields of `type`, mostly: in
// any order and form, repeated, of other types, with broken lengths here and there.
[[nodiscard]] std::string RandomBytes(Random& random, const google::protobuf::Descriptor& type,
                                      int depth = 0);

// `bytes` with some of them changed, cut out, repeated, or put in from `other`.
[[nodiscard]] std::string Mutated(Random& random, std::string bytes, std::string_view other);

}  // namespace property

#endif  // TESTS_PROPERTY_INPUTS_H_
