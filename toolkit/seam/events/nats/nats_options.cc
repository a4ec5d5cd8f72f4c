#include "seam/events/nats/nats_options.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace seam::events {
namespace {

Failure BadUrl(std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_NATS_URL", std::move(message));
}

Failure BadOption(std::string field, std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_NATS_OPTIONS", std::move(message),
              {{"field", std::move(field)}});
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool IsHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
}

std::optional<int> PortOf(std::string_view digits) {
  int port = 0;
  const auto [stopped, error] = std::from_chars(digits.begin(), digits.end(), port);
  if (error != std::errc() || stopped != digits.end() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

Result<NatsAddress> ParseOne(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return BadUrl(
        "an address has no user and no password, since it gets into logs; give these by the "
        "options "
        "for them");
  }
  NatsAddress address;
  std::string_view rest = text;
  if (TakePrefix(rest, "tls://")) {
    address.tls = true;
  } else if (!TakePrefix(rest, "nats://")) {
    return BadUrl("'" + std::string(text) +
                  "' is no address of a NATS server; give nats://HOST:PORT or tls://HOST:PORT");
  }
  // An IPv6 address stands in brackets.
  const bool bracketed = TakePrefix(rest, "[");
  const std::size_t host_end = bracketed ? rest.find(']') : rest.find(':');
  address.host = std::string(rest.substr(0, host_end));
  rest.remove_prefix(std::min(host_end, rest.size()));
  const bool closed = !bracketed || TakePrefix(rest, "]");
  bool good = closed && IsHost(address.host);
  if (good && TakePrefix(rest, ":")) {
    const auto port = PortOf(rest);
    good = port.has_value();
    address.port = port.value_or(0);
  } else {
    good = good && rest.empty();
  }
  if (!good) {
    return BadUrl("'" + std::string(text) +
                  "' is no HOST or HOST:PORT after its nats:// or tls://");
  }
  return address;
}

}  // namespace

Result<std::vector<NatsAddress>> ParseNatsUrl(std::string_view url) {
  std::vector<NatsAddress> addresses;
  for (;;) {
    const std::size_t comma = std::min(url.find(','), url.size());
    auto address = ParseOne(url.substr(0, comma));
    if (!address) return Forward(std::move(address).error());
    if (!addresses.empty() && addresses.front().tls != address->tls) {
      return BadUrl("either all servers are tls:// or all are nats://");
    }
    addresses.push_back(*std::move(address));
    if (comma == url.size()) return addresses;
    url.remove_prefix(comma + 1);
  }
}

Result<void> CheckNatsOptions(const NatsOptions& options) {
  const auto addresses = ParseNatsUrl(options.url);
  if (!addresses) return Forward(addresses.error());
  if (options.user.empty() != options.password.empty()) {
    return BadOption(options.user.empty() ? "user" : "password",
                     "a user and a password are given together, or neither");
  }
  if (!options.user.empty() && !options.credentials_file.empty()) {
    return BadOption("credentials_file", "give either credentials or a user with a password");
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return BadOption(options.certificate_file.empty() ? "certificate_file" : "key_file",
                     "a certificate and its key are given together, or neither");
  }
  if (addresses->front().tls) return {};
  for (const auto& [field, value] : {std::pair("ca_file", &options.ca_file),
                                     std::pair("certificate_file", &options.certificate_file),
                                     std::pair("server_name", &options.server_name)}) {
    if (!value->empty()) {
      return BadOption(field, "is for TLS; give a tls:// address, or leave it out");
    }
  }
  return {};
}

}  // namespace seam::events
