#ifndef SEAM_GRPC_SERIALIZED_INTERNAL_H_
#define SEAM_GRPC_SERIALIZED_INTERNAL_H_

#include <google/protobuf/unknown_field_set.h>

#include <string>

namespace seam::grpc_internal {

// The encoding of a message that is put together field by field, as those of gRPC's standard
// services are here.
[[nodiscard]] inline std::string Serialized(const google::protobuf::UnknownFieldSet& message) {
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_SERIALIZED_INTERNAL_H_
