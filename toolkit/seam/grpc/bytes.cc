#include "seam/grpc/bytes_internal.h"

#include <grpcpp/support/slice.h>

#include <memory>
#include <utility>

namespace seam::grpc_internal {

grpc::ByteBuffer ToByteBuffer(Buffer buffer) {
  const Buffer::Parts parts = std::move(buffer).Detach();
  if (parts.release == nullptr) return ToByteBuffer(parts.bytes);
  if (parts.bytes.empty()) {
    parts.release(parts.owner);
    return ToByteBuffer(std::string_view());
  }
  // gRPC does not write to a slice it was given; the const only gets lost in its signature.
  const grpc::Slice slice(const_cast<char*>(parts.bytes.data()), parts.bytes.size(), parts.release,
                          parts.owner);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToByteBuffer(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

std::optional<Buffer> ToBuffer(const grpc::ByteBuffer& bytes) {
  if (!bytes.Valid()) return std::nullopt;
  // On the heap, because a short slice holds its bytes in itself.
  auto slice = std::make_unique<grpc::Slice>();
  if (!bytes.TrySingleSlice(slice.get()).ok() && !bytes.DumpToSingleSlice(slice.get()).ok()) {
    return std::nullopt;
  }
  const std::string_view view(reinterpret_cast<const char*>(slice->begin()), slice->size());
  return Buffer(view, slice.release(),
                [](void* owner) { delete static_cast<grpc::Slice*>(owner); });
}

}  // namespace seam::grpc_internal
