#ifndef SEAM_EVENTS_NATS_NATS_OPTIONS_H_
#define SEAM_EVENTS_NATS_NATS_OPTIONS_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"

namespace seam::events {

// How a program reaches a NATS server with JetStream. A value.
struct NatsOptions {
  // nats://HOST[:PORT], or tls://HOST[:PORT] for a connection that is encrypted from its second
  // message on, as NATS does it; several servers of a cluster with commas between. Without user and
  // password, since addresses get into logs.
  std::string url{};

  // What the server's monitoring calls this program.
  std::string name{};

  // Whom the server takes this program for; one of both ways, or neither. A credentials file is the
  // NATS tools' (a JWT and its key). Read anew for each connection.
  std::string credentials_file{};
  std::string user{};
  std::string password{};

  // For tls:// only. PEM files, read anew for each connection: the CAs that are trusted, the
  // system's if empty; and this program's certificate with its key, both or none.
  std::string ca_file{};
  std::string certificate_file{};
  std::string key_file{};

  // What the server's certificate must be for; the host in the address if empty.
  std::string server_name{};

  // The longest that one try to connect takes, and the longest pause between two.
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds max_pause{1000};

  // For a stream that is not there yet and is made by this program. Those that exist are changed by
  // the server's own tools.
  //
  // How long an event waits for its subscribers at most; a subscriber that stays away longer loses
  // events.
  std::chrono::seconds max_age{std::chrono::hours(7 * 24)};
  // The servers of a cluster that each have a copy.
  int replicas = 1;
};

// One server of NatsOptions::url.
struct NatsAddress {
  bool tls = false;
  std::string host{};
  int port = 4222;
};

// Fails with INVALID_ARGUMENT, reason INVALID_NATS_URL. The message quotes nothing that may be a
// password.
[[nodiscard]] Result<std::vector<NatsAddress>> ParseNatsUrl(std::string_view url);

// Fails as ParseNatsUrl, and with INVALID_ARGUMENT, reason INVALID_NATS_OPTIONS, metadata field,
// for options that contradict each other. Looks at no file.
[[nodiscard]] Result<void> CheckNatsOptions(const NatsOptions& options);

}  // namespace seam::events

#endif  // SEAM_EVENTS_NATS_NATS_OPTIONS_H_
