#include "http/trusted_proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <system_error>

namespace shop::http {
namespace {

constexpr int kIpv4Bits = 32;
constexpr int kIpv6Bits = 128;
constexpr std::array<std::uint8_t, 12> kIpv4Begin{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string_view WithoutSpaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Integer>
std::optional<Integer> ParseDigits(std::string_view text) {
  Integer value{};
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// "192.0.2.7" of "192.0.2.7:80", "2001:db8::7" of "[2001:db8::7]:80" and "[2001:db8::7]": some
// proxies write the port. Nothing is taken off a text that is neither.
std::string_view WithoutPort(std::string_view text) {
  std::size_t end = text.size();
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    const bool is_port = ParseDigits<std::uint16_t>(text.substr(colon + 1)).has_value();
    const bool after_address = text.find(':') == colon || (colon > 0 && text[colon - 1] == ']');
    if (is_port && after_address) end = colon;
  }
  text = text.substr(0, end);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    // Only IPv6 stands in brackets.
    if (text.find(':') == std::string_view::npos) return {};
  }
  return text;
}

}  // namespace

// How addresses are written.
class TrustedProxies::Text {
 public:
  static std::optional<Address> Parse(std::string_view text) {
    const std::string terminated(text);
    // A NUL would end the text early for the functions below.
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    Address address{};
    if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
    std::copy(kIpv4Begin.begin(), kIpv4Begin.end(), address.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), address.data() + kIpv4Begin.size()) == 1) {
      return address;
    }
    return std::nullopt;
  }

  static std::string Format(const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool ipv4 = std::equal(kIpv4Begin.begin(), kIpv4Begin.end(), address.begin());
    const void* const bytes = ipv4 ? address.data() + kIpv4Begin.size() : address.data();
    ::inet_ntop(ipv4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
    return text.data();
  }

  static seam::Result<Network> ParseNetwork(std::string_view text) {
    const auto wrong = [text](const std::string& expected) {
      return seam::Fail(seam::Code::kInvalidArgument, "INVALID_NETWORK",
                        "\"" + std::string(text) + "\" is no address or network; " + expected);
    };
    const std::size_t slash = text.find('/');
    const auto address = Parse(text.substr(0, slash));
    if (!address) return wrong("expected one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
    if (slash == std::string_view::npos) return Network{*address, kIpv6Bits};
    const bool ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const int bits = ipv4 ? kIpv4Bits : kIpv6Bits;
    const auto prefix = ParseDigits<int>(text.substr(slash + 1));
    if (!prefix || *prefix > bits) {
      return wrong("expected a number of bits from 0 to " + std::to_string(bits) +
                   " after the slash");
    }
    const Network network{*address, *prefix + kIpv6Bits - bits};
    // Whoever writes 10.1.2.3/8 means one address or a whole network, and we do not know which.
    const Address first = FirstOf(network);
    if (first != network.address) {
      return wrong("its network begins at " + Format(first) + "/" + std::to_string(*prefix));
    }
    return network;
  }

  static Address FirstOf(const Network& network) {
    Address first = network.address;
    for (int bit = network.prefix; bit < kIpv6Bits; ++bit) {
      first.at(static_cast<std::size_t>(bit) / 8) &=
          static_cast<std::uint8_t>(~(0x80U >> (static_cast<unsigned>(bit) % 8)));
    }
    return first;
  }
};

seam::Result<TrustedProxies> TrustedProxies::Parse(std::string_view text) {
  TrustedProxies proxies;
  if (WithoutSpaces(text).empty()) return proxies;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto network = Text::ParseNetwork(WithoutSpaces(text.substr(0, comma)));
    if (!network) return seam::Forward(network.error());
    proxies.networks_.push_back(*network);
    if (comma == std::string_view::npos) return proxies;
    text.remove_prefix(comma + 1);
  }
}

bool TrustedProxies::Trusts(const Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return Text::FirstOf({address, network.prefix}) == network.address;
  });
}

bool TrustedProxies::TrustsPeer(std::string_view peer) const {
  // A link-local peer has its interface at its end: fe80::1%eth0.
  const auto address = Text::Parse(peer.substr(0, peer.find('%')));
  return address && Trusts(*address);
}

std::string TrustedProxies::ClientAddress(std::string_view peer,
                                          const HeaderFields& headers) const {
  // A link-local peer has its interface at its end: fe80::1%eth0.
  const auto connected = Text::Parse(peer.substr(0, peer.find('%')));
  if (!connected) return std::string(peer);
  if (!Trusts(*connected)) return Text::Format(*connected);
  // A header that was sent twice goes on where the first one ended.
  const auto [begin, end] = headers.equal_range("X-Forwarded-For");
  for (auto header = std::make_reverse_iterator(end); header != std::make_reverse_iterator(begin);
       ++header) {
    std::string_view rest = header->second;
    while (true) {
      const std::size_t comma = rest.rfind(',');
      const std::size_t entry = comma == std::string_view::npos ? 0 : comma + 1;
      const auto address = Text::Parse(WithoutPort(WithoutSpaces(rest.substr(entry))));
      if (!address) return Text::Format(*connected);
      if (!Trusts(*address)) return Text::Format(*address);
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return Text::Format(*connected);
}

}  // namespace shop::http
