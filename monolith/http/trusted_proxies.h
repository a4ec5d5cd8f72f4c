#ifndef HTTP_TRUSTED_PROXIES_H_
#define HTTP_TRUSTED_PROXIES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "seam/core/result.h"

namespace shop::http {

// Whose word is taken for whom they forward: anybody can send X-Forwarded-For, so it says something
// only when a proxy of our own has written it
// (https://www.rfc-editor.org/rfc/rfc7239#section-8.1). A value.
class TrustedProxies {
 public:
  // Nobody is trusted.
  TrustedProxies() = default;

  // Reads addresses and networks with commas between them: "192.0.2.1, 10.0.0.0/8, 2001:db8::/32".
  // An empty text trusts nobody. Fails with INVALID_ARGUMENT, reason INVALID_NETWORK, for anything
  // else; the message says which entry and what is expected.
  [[nodiscard]] static seam::Result<TrustedProxies> Parse(std::string_view text);

  // Where a request comes from. That is `peer`, the address of who is connected to us, unless it is
  // a trusted one: then it is the right-most address in X-Forwarded-For that is not trusted. What
  // stands to the left of it was written by somebody who is not trusted, and is not even read. It
  // is `peer` again when there is no such address, or one of those to be read is none. Ports in the
  // header do not count. The IPv4 address in "::ffff:192.0.2.7" is taken out.
  [[nodiscard]] std::string ClientAddress(std::string_view peer, const HeaderFields& headers) const;

  // Whether `peer`, the address of who is connected to us, is a trusted one.
  [[nodiscard]] bool TrustsPeer(std::string_view peer) const;

 private:
  // IPv4 as IPv6 writes it: ::ffff:192.0.2.7.
  using Address = std::array<std::uint8_t, 16>;
  struct Network {
    Address address{};
    int prefix = 0;  // In bits.
  };
  class Text;

  [[nodiscard]] bool Trusts(const Address& address) const;

  std::vector<Network> networks_;
};

}  // namespace shop::http

#endif  // HTTP_TRUSTED_PROXIES_H_
