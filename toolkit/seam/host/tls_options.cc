#include "seam/host/tls_options.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "seam/grpc/server.h"

namespace seam {
namespace {

using config::Configuration;

constexpr const char* kFiles[] = {"tls.certificate_file", "tls.key_file", "tls.ca_file"};

// What is wrong with the file of that option.
std::string IsUsable(const Configuration& given, const std::string& path) {
  const auto tls = ReadTlsOptions(given);
  if (!tls) return "";
  const auto identity = ReadTlsIdentity(*tls);
  if (identity) return "";
  const auto field = identity.error().metadata.find("field");
  const std::string blamed = field == identity.error().metadata.end() ? "" : field->second;
  return path == "tls." + blamed ? identity.error().message : "";
}

// What stands between the commas, without spaces around it.
std::vector<std::string> Names(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    names.emplace_back(name);
  }
  return names;
}

std::string ModulePrefix(const std::string& module) { return "modules." + module + ".allow"; }

// What is wrong with a list of callers.
std::string CanBeAllowed(const Configuration& given, const std::string& path) {
  const auto tls = ReadTlsOptions(given);
  if (!tls) {
    return "without tls.certificate_file nobody knows who calls; give that, or leave this out";
  }
  const auto own = ReadTlsIdentity(*tls);
  if (!own) return "";  // Another rule says what is wrong with the files.
  for (const std::string& name : Names(given.GetText(path))) {
    if (name == kEveryService) continue;
    if (!IsServiceIdentity(name)) {
      return "'" + name + "' is no identity of a service, such as spiffe://shop.example/orders";
    }
    if (TrustDomainOf(name) != TrustDomainOf(*own)) {
      return "'" + name + "' is of another trust domain than this process, " + *own +
             ", which takes no connections from there";
    }
  }
  return "";
}

// `complaint(configuration, path)` says what is wrong with a list that is given.
template <class Complaint>
void AddLists(const std::string& prefix, const std::vector<MethodGroup>& groups,
              const Complaint& complaint, std::vector<config::Option>& options,
              std::vector<config::Rule>& rules) {
  for (const MethodGroup& group : groups) {
    const std::string path = prefix + "." + group.name;
    std::string methods;
    for (const std::string_view method : group.methods) {
      methods += (methods.empty() ? "" : ", ") + std::string(method);
    }
    options.push_back({.path = path,
                       .type = config::Text{group.usual_callers},
                       .description = "The identities of the services that may call " + methods +
                                      ", with commas between them; * for every service, nobody if "
                                      "empty."});
    rules.push_back({.path = path, .complaint = [path, complaint](const Configuration& given) {
                       return given.GetSource(path) == "default" ? std::string()
                                                                 : complaint(given, path);
                     }});
  }
}

}  // namespace

void AddTlsOptions(std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  options.push_back({.path = "tls.certificate_file",
                     .type = config::Text{},
                     .description = "This process's certificate for mutual TLS (PEM), with its "
                                    "identity as the only URI; no TLS if empty."});
  options.push_back({.path = "tls.key_file",
                     .type = config::Text{},
                     .description = "The private key of the certificate (PEM); mode 0600."});
  options.push_back({.path = "tls.ca_file",
                     .type = config::Text{},
                     .description = "The certificates of the CAs that are trusted (PEM)."});
  const TlsOptions usual;
  options.push_back({.path = "tls.reload_seconds",
                     .type = config::Integer{.value = usual.reload_interval.count(),
                                             .minimum = 1,
                                             .maximum = 86'400,
                                             .unit = "seconds"},
                     .description = "How often a new certificate is looked for."});
  const std::chrono::seconds age =
      std::chrono::duration_cast<std::chrono::seconds>(GrpcServerOptions().max_connection_age);
  options.push_back(
      {.path = "tls.max_connection_seconds",
       .type =
           config::Integer{
               .value = age.count(), .minimum = 1, .maximum = 86'400, .unit = "seconds"},
       .description = "How long a connection from a client lasts before it has to be "
                      "made anew."});
  options.push_back({.path = "tls.plaintext_beyond_this_host",
                     .type = config::Boolean{false},
                     .description =
                         "Whether to listen without TLS where other machines can connect: "
                         "they can read, change and make calls then."});
  for (const char* const path : kFiles) {
    rules.push_back(
        {.path = path, .complaint = [path](const Configuration& given) -> std::string {
           bool any = false;
           for (const char* const other : kFiles) {
             any = any || !given.GetText(other).empty();
           }
           if (!any) return "";
           if (!given.GetText(path).empty()) return IsUsable(given, path);
           return "mutual TLS needs tls.certificate_file, tls.key_file and tls.ca_file; "
                  "give all of them or none";
         }});
  }
}

std::optional<TlsOptions> ReadTlsOptions(const Configuration& configuration) {
  TlsOptions options{configuration.GetText(kFiles[0]), configuration.GetText(kFiles[1]),
                     configuration.GetText(kFiles[2]),
                     std::chrono::seconds(configuration.GetInteger("tls.reload_seconds"))};
  if (options.certificate_file.empty()) return std::nullopt;
  return options;
}

std::chrono::milliseconds MaxConnectionAge(const Configuration& configuration) {
  return std::chrono::seconds(configuration.GetInteger("tls.max_connection_seconds"));
}

bool MayListenBeyondThisHost(const Configuration& configuration) {
  return !configuration.GetText(kFiles[0]).empty() ||
         configuration.GetBoolean("tls.plaintext_beyond_this_host");
}

void AddAllowOptions(const std::string& prefix, const std::vector<MethodGroup>& groups,
                     std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  AddLists(prefix, groups, CanBeAllowed, options, rules);
}

void AddModuleAllowOptions(const std::string& module, const std::vector<MethodGroup>& groups,
                           std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  const std::string prefix = ModulePrefix(module);
  const auto complaint = [module, prefix](const Configuration& given, const std::string& path) {
    if (given.GetText("modules." + module + ".binding") != "grpc") return CanBeAllowed(given, path);
    return "the module " + module +
           " is a service of its own, which asks by itself who calls; give it this list as allow" +
           path.substr(prefix.size()) + ", and leave it out here";
  };
  AddLists(prefix, groups, complaint, options, rules);
}

config::Rule OwnCallRule(const std::string& caller, const std::string& module,
                         const std::string& group) {
  const std::string path = ModulePrefix(module) + "." + group;
  const auto is_service = [](const Configuration& given, const std::string& name) {
    return given.GetText("modules." + name + ".binding") == "grpc";
  };
  return {.path = path, .complaint = [=](const Configuration& given) -> std::string {
            const auto tls = ReadTlsOptions(given);
            if (!tls || is_service(given, caller) || is_service(given, module)) return "";
            const auto own = ReadTlsIdentity(*tls);
            if (!own) return "";  // Another rule says what is wrong with the files.
            for (const std::string& name : Names(given.GetText(path))) {
              if (name == *own || name == kEveryService) return "";
            }
            return "the module " + caller + ", which is in this process as well, may not call " +
                   module + "; add the identity of this process, " + *own;
          }};
}

void ReadAllowOptions(const Configuration& configuration, const std::string& prefix,
                      const std::vector<MethodGroup>& groups, AllowedCallers& allowed) {
  for (const MethodGroup& group : groups) {
    const std::string path = prefix + "." + group.name;
    allowed.Allow(group, Names(configuration.GetText(path)), path);
  }
}

void ReadModuleAllowOptions(const Configuration& configuration, const std::string& module,
                            const std::vector<MethodGroup>& groups, AllowedCallers& allowed) {
  ReadAllowOptions(configuration, ModulePrefix(module), groups, allowed);
}

}  // namespace seam
