#ifndef SEAM_HOST_TLS_OPTIONS_H_
#define SEAM_HOST_TLS_OPTIONS_H_

#include <chrono>
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
//   tls.max_connection_seconds, tls.plaintext_beyond_this_host   see GrpcServerOptions
void AddTlsOptions(std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// Nothing when no certificate is configured.
[[nodiscard]] std::optional<TlsOptions> ReadTlsOptions(const config::Configuration& configuration);

// How long connections of clients last.
[[nodiscard]] std::chrono::milliseconds MaxConnectionAge(
    const config::Configuration& configuration);

// Whether one may listen where other machines can connect.
[[nodiscard]] bool MayListenBeyondThisHost(const config::Configuration& configuration);

// For each group of methods the option PREFIX.GROUP, the identities of the services that may call
// these, with commas between, "*" for every service, and nobody if it is empty; by default the
// group's usual_callers. With the rules that each is an identity in the trust domain of this
// process, and that there is TLS: without it nobody knows who calls, so a list would either be
// worthless or keep everybody out.
void AddAllowOptions(const std::string& prefix, const std::vector<MethodGroup>& groups,
                     std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// The same for a module of AddBoundModuleOptions: modules.NAME.allow.GROUP. Refused while the
// module is bound to grpc, since its service asks who calls, and has lists of its own.
void AddModuleAllowOptions(const std::string& module, const std::vector<MethodGroup>& groups,
                           std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// That a list of AddModuleAllowOptions has this process itself while `module` and `caller`, which
// calls the group's methods, are both in it: with TLS these calls are asked for their caller too.
[[nodiscard]] config::Rule OwnCallRule(const std::string& caller, const std::string& module,
                                       const std::string& group);

// Allows what these options say.
void ReadAllowOptions(const config::Configuration& configuration, const std::string& prefix,
                      const std::vector<MethodGroup>& groups, AllowedCallers& allowed);
void ReadModuleAllowOptions(const config::Configuration& configuration, const std::string& module,
                            const std::vector<MethodGroup>& groups, AllowedCallers& allowed);

}  // namespace seam

#endif  // SEAM_HOST_TLS_OPTIONS_H_
