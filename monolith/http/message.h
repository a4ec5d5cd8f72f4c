#ifndef HTTP_MESSAGE_H_
#define HTTP_MESSAGE_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shop::http {

struct IgnoringCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept;
};

// Of a request, in the order in which those of one name were sent.
using HeaderFields = std::multimap<std::string, std::string, IgnoringCase>;

// A request that has arrived whole. A value.
struct Request {
  std::string method{};
  std::string path{};  // Without the query, percent-encoded as it was sent.
  std::multimap<std::string, std::string, std::less<>> query{};  // Decoded.
  HeaderFields headers{};
  std::string body{};

  // The address of who asks, without a port: "192.0.2.7", "2001:db8::7"; empty when it is not
  // known. Of who is connected to us, or whom ServerOptions::trusted_proxies names.
  std::string client_address{};

  // The value of a header that was sent exactly once, else null. A header that decides something
  // and was sent twice would be read differently by a proxy before us. Valid as long as `headers`.
  [[nodiscard]] const std::string* FindHeader(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string content_type{};  // No body when empty.
  std::string body{};
};

// "Not Found" for 404; "Unknown" for a status that the shop does not use.
[[nodiscard]] std::string_view StatusPhrase(int status) noexcept;

// The path in the target of a request, percent-encoded as it was sent: "/products" for
// "/products?page_size=1", and for "http://shop/products", since a server takes both
// (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2). What is neither is returned as it is.
[[nodiscard]] std::string_view PathOf(std::string_view target) noexcept;

// Decodes %XX. Nothing is left when the text is malformed: false is returned.
[[nodiscard]] bool PercentDecode(std::string_view text, std::string& decoded);

}  // namespace shop::http

#endif  // HTTP_MESSAGE_H_
