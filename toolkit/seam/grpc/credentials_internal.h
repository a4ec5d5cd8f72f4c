#ifndef SEAM_GRPC_CREDENTIALS_INTERNAL_H_
#define SEAM_GRPC_CREDENTIALS_INTERNAL_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "seam/grpc/tls_watch_internal.h"

// What a connection is made with: mutual TLS with the files of `watch`, or nothing without one.
namespace seam::grpc_internal {

// A service is refused unless it has this identity.
[[nodiscard]] std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(
    const std::shared_ptr<TlsWatch>& watch, const std::string& service_identity);

// `watch` is told of each client whose certificate is of a trusted CA and is refused yet. Of one
// that gRPC refuses, as its chain is bad, nobody is told.
[[nodiscard]] std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const std::shared_ptr<TlsWatch>& watch);

// What stands in gRPC's words before those of our own check of a service's certificate.
inline constexpr char kRefusedService[] = "Custom verification check failed with error: ";

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_CREDENTIALS_INTERNAL_H_
