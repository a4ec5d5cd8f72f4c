#include "seam/host/events_options.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace seam {
namespace {

using config::Configuration;
using config::Integer;
using config::Text;

constexpr const char* kNats = "events.nats.";

// That of the options which CheckNatsOptions blames; the address when it blames none.
std::string BlamedField(const Error& error) {
  const auto field = error.metadata.find("field");
  return field == error.metadata.end() ? "url" : field->second;
}

std::string FitsTheOthers(const Configuration& given, const std::string& field) {
  if (!UsesNats(given)) return "";
  const auto checked = events::CheckNatsOptions(ReadNatsOptions(given, ""));
  return checked || BlamedField(checked.error()) != field ? "" : checked.error().message;
}

std::string IsReadable(const std::string& path, bool secret) {
  if (path.empty()) return "";
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (failed || !std::filesystem::is_regular_file(status)) return "there is no such file";
  constexpr auto kOthers = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  if (secret && (status.permissions() & kOthers) != std::filesystem::perms::none) {
    return "it has a secret and can be read by others than its owner; chmod it to 0600";
  }
  return "";
}

struct File {
  const char* field;
  bool secret;
};
constexpr File kNatsFiles[] = {{"credentials_file", true},
                               {"ca_file", false},
                               {"certificate_file", false},
                               {"key_file", true}};

}  // namespace

void AddEventsOptions(std::vector<config::Option>& options, std::vector<config::Rule>& rules) {
  const events::NatsOptions usual;
  const std::string nats = kNats;
  const config::Option added[] = {
      {.path = "events.bus",
       .type = config::Word{"direct", {"direct", "nats"}},
       .description = "What carries events from module to module: direct calls, or a NATS server "
                      "with JetStream. May be switched while some wait."},
      {.path = nats + "url",
       .type = Text{"nats://127.0.0.1:4222"},
       .description = "Where NATS is: nats://HOST:PORT, or tls://HOST:PORT for TLS; the servers of "
                      "a cluster with commas between them."},
      {.path = nats + "user",
       .type = Text{},
       .description = "The user that this program is at the NATS server; needs a password."},
      {.path = nats + "password",
       .type = config::SecretFile{},
       .description = "The password of that user."},
      {.path = nats + "credentials_file",
       .type = Text{},
       .description = "A file of the NATS tools (.creds) instead of a user; mode 0600."},
      {.path = nats + "ca_file",
       .type = Text{},
       .description = "The certificates of the CAs that a NATS server's may be from (PEM); the "
                      "system's if empty."},
      {.path = nats + "certificate_file",
       .type = Text{},
       .description = "The certificate that this program shows a NATS server (PEM)."},
      {.path = nats + "key_file",
       .type = Text{},
       .description = "The private key of that certificate (PEM); mode 0600."},
      {.path = nats + "server_name",
       .type = Text{},
       .description = "What a NATS server's certificate must be for; the host in its address if "
                      "empty."},
      {.path = nats + "max_age_hours",
       .type =
           Integer{.value = std::chrono::duration_cast<std::chrono::hours>(usual.max_age).count(),
                   .minimum = 1,
                   .maximum = std::int64_t{24} * 366,
                   .unit = "hours"},
       .description = "How long a NATS server keeps events for a subscriber that is away, in a "
                      "stream that this program makes."},
      {.path = nats + "replicas",
       .type = Integer{.value = usual.replicas, .minimum = 1, .maximum = 5, .unit = "servers"},
       .description =
           "How many servers of a NATS cluster have a copy, in a stream that this program "
           "makes."},
  };
  options.insert(options.end(), std::begin(added), std::end(added));
  for (const char* const field : {"url", "user", "password", "credentials_file", "ca_file",
                                  "certificate_file", "key_file", "server_name"}) {
    rules.push_back({.path = nats + field, .complaint = [field](const Configuration& given) {
                       return FitsTheOthers(given, field);
                     }});
  }
  for (const File& file : kNatsFiles) {
    const std::string path = nats + file.field;
    rules.push_back({.path = path, .complaint = [path, &file](const Configuration& given) {
                       return UsesNats(given) ? IsReadable(given.GetText(path), file.secret) : "";
                     }});
  }
}

bool UsesNats(const Configuration& configuration) {
  return configuration.GetText("events.bus") == "nats";
}

events::NatsOptions ReadNatsOptions(const Configuration& configuration, std::string name) {
  const auto text = [&](const char* field) {
    return configuration.GetText(kNats + std::string(field));
  };
  events::NatsOptions options;
  options.url = text("url");
  options.name = std::move(name);
  options.user = text("user");
  options.password = configuration.GetSecret("events.nats.password");
  options.credentials_file = text("credentials_file");
  options.ca_file = text("ca_file");
  options.certificate_file = text("certificate_file");
  options.key_file = text("key_file");
  options.server_name = text("server_name");
  options.max_age = std::chrono::hours(configuration.GetInteger("events.nats.max_age_hours"));
  options.replicas = static_cast<int>(configuration.GetInteger("events.nats.replicas"));
  return options;
}

}  // namespace seam
