#ifndef SEAM_HOST_MODULE_OPTIONS_H_
#define SEAM_HOST_MODULE_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "seam/binding/bind.h"
#include "seam/binding/call_rules.h"
#include "seam/config/config.h"
#include "seam/observe/log.h"

namespace seam {

// How a module is reached.
struct ModuleOptions {
  BindingKind binding = BindingKind::kGrpc;
  std::string target{};                      // Where it is, when bound to grpc.
  std::string identity{};                    // Who has to answer there; with TLS.
  std::chrono::milliseconds deadline{1000};  // How long a call to it may take.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;
  std::size_t max_visits = kDefaultMaxVisits;
  bool send_call_chain = true;  // To a service; see GrpcChannelOptions.
  // For a module in this process:
  bool return_at_deadline = false;
  std::size_t handler_threads = kDefaultHandlerThreads;
};

// The options of a module in another process, with `usual` as defaults, and the rule that the
// target can be one:
//   modules.NAME.target        where it is: dns:///HOST:PORT or unix:/PATH
//   modules.NAME.identity      who has to answer there, such as spiffe://shop.example/products;
//                              must be given with TLS, and needs the options of AddTlsOptions
//   modules.NAME.deadline_ms   how long a call to it may take
//   modules.NAME.max_message_bytes   the largest request and reply, wherever the module is; a
//                              service has its own server.max_message_bytes as well
//   modules.NAME.max_visits    how often one chain of calls may come to it
//   modules.NAME.send_call_chain   whether a service is told which others a call has come through;
//                              false for a service of somebody else
void AddModuleOptions(const std::string& module, const ModuleOptions& usual,
                      std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// Beside these, for a program that may also have the module in its own process:
//   modules.NAME.binding       in-process, in-process-codec or grpc, which needs the target
//   modules.NAME.return_at_deadline   whether a call of the module in this process returns at its
//                              deadline though the handler is busy; see CallRules
//   modules.NAME.handler_threads   how many handlers may be busy at once then
// Refused is another number of handler_threads than usual without return_at_deadline.
void AddBoundModuleOptions(const std::string& module, const ModuleOptions& usual,
                           std::vector<config::Option>& options, std::vector<config::Rule>& rules);

// What these options say. `configuration` was loaded with a table that has them; the binding is
// kGrpc when the table has only those of another process.
[[nodiscard]] ModuleOptions ReadModuleOptions(const config::Configuration& configuration,
                                              const std::string& module);
[[nodiscard]] ModuleOptions ReadBoundModuleOptions(const config::Configuration& configuration,
                                                   const std::string& module);

// The rules of a module's client. `log`, which must outlive it, gets what its observers are told.
[[nodiscard]] CallRules CallRulesOf(const ModuleOptions& module, Log& log);

}  // namespace seam

#endif  // SEAM_HOST_MODULE_OPTIONS_H_
