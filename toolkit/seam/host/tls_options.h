#ifndef SEAM_HOST_TLS_OPTIONS_H_
#define SEAM_HOST_TLS_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "seam/binding/allowed_callers.h"
#include "seam/config/config.h"
#include "seam/core/method_group.h"
#include "seam/grpc/tls.h"

namespace seam {

// The options of mutual TLS, for a program that calls services or is one, with the rules that the
// three files are given together and can be used:
//   tls.certificate_file, tls.key_file, tls.ca_file, tls.reload_seconds   see TlsOptions
//   tls.plaintext_beyond_this_host   see GrpcServerOptions
void AddTlsOptions(std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// Nothing when no certificate is configured.
[[nodiscard]] std::optional<TlsOptions> ReadTlsOptions(const config::Configuration& configuration);

// Whether one may listen where other machines can connect.
[[nodiscard]] bool MayListenBeyondThisHost(const config::Configuration& configuration);

// For each group of methods the option PREFIX.GROUP, the identities of the services that may call
// these, with commas between; everybody if empty. With the rules that each is an identity, and that
// there is TLS: without it nobody knows who calls, so a list would either be worthless or keep
// everybody out.
void AddAllowOptions(const std::string& prefix, const std::vector<MethodGroup>& groups,
                     std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// Restricts what these options name. True when there was anything.
bool ReadAllowOptions(const config::Configuration& configuration, const std::string& prefix,
                      const std::vector<MethodGroup>& groups, AllowedCallers& allowed);

}  // namespace seam

#endif  // SEAM_HOST_TLS_OPTIONS_H_
