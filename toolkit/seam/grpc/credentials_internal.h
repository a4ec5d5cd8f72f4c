#ifndef SEAM_GRPC_CREDENTIALS_INTERNAL_H_
#define SEAM_GRPC_CREDENTIALS_INTERNAL_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <optional>
#include <string>

#include "seam/grpc/tls.h"
#include "seam/observe/log.h"

// What a connection is made with: mutual TLS, or nothing. The options' files were checked before.
namespace seam::grpc_internal {

// A service is refused unless it has this identity.
[[nodiscard]] std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(
    const std::optional<TlsOptions>& tls, const std::string& service_identity);

// Of each client whose certificate is of a trusted CA and is refused yet, `log`, which must outlive
// the server, gets a line; of a flood of them some lines are left out. Of one that gRPC refuses, as
// its chain is bad, nobody is told.
[[nodiscard]] std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const std::optional<TlsOptions>& tls, Log& log);

// What stands in gRPC's words before those of our own check of a service's certificate.
inline constexpr char kRefusedService[] = "Custom verification check failed with error: ";

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_CREDENTIALS_INTERNAL_H_
