#ifndef SEAM_GRPC_ERROR_DETAILS_INTERNAL_H_
#define SEAM_GRPC_ERROR_DETAILS_INTERNAL_H_

#include <string>
#include <string_view>

#include "seam/core/error.h"

namespace seam::grpc_internal {

// The value of the trailer grpc-status-details-bin: a google.rpc.Status of the error's code and
// message with one google.rpc.ErrorInfo of its reason, `domain` and metadata
// (https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto). Written by
// hand, since linking generated code would claim google/rpc in protobuf's global pool, where a
// team's own copy of it may be. Empty when the error has neither reason nor metadata.
[[nodiscard]] std::string EncodeErrorDetails(const Error& error, std::string_view domain);

// Reads reason and metadata of the first ErrorInfo into `error`; whether there was one.
bool DecodeErrorDetails(std::string_view details, Error& error);

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_ERROR_DETAILS_INTERNAL_H_
