#ifndef SEAM_GRPC_BYTES_INTERNAL_H_
#define SEAM_GRPC_BYTES_INTERNAL_H_

#include <grpcpp/support/byte_buffer.h>

#include <optional>
#include <string_view>

#include "seam/core/buffer.h"

namespace seam::grpc_internal {

// Moves bytes to gRPC without a copy: it releases them when it has no more use for them.
[[nodiscard]] grpc::ByteBuffer ToByteBuffer(Buffer buffer);

// Copies.
[[nodiscard]] grpc::ByteBuffer ToByteBuffer(std::string_view bytes);

// Takes the bytes over; without a copy when gRPC has them in one piece, as it does for a message
// that arrived in one frame. Nothing when `bytes` is no message (which is not an empty one), or
// gRPC cannot read it.
[[nodiscard]] std::optional<Buffer> ToBuffer(const grpc::ByteBuffer& bytes);

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_BYTES_INTERNAL_H_
