#include "http/message.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace shop::http {
namespace {

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool IgnoringCase::operator()(std::string_view a, std::string_view b) const noexcept {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](char left, char right) { return LowerCase(left) < LowerCase(right); });
}

const std::string* Request::FindHeader(std::string_view name) const {
  const auto [begin, end] = headers.equal_range(name);
  if (begin == end || std::next(begin) != end) return nullptr;
  return &begin->second;
}

std::string_view StatusPhrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

std::string_view PathOf(std::string_view target) noexcept {
  const std::string_view whole = target.substr(0, target.find_first_of("?#"));
  for (const std::string_view scheme : {"http://", "https://"}) {
    const IgnoringCase less;
    const std::string_view begin = whole.substr(0, scheme.size());
    if (less(begin, scheme) || less(scheme, begin)) continue;
    const std::string_view rest = whole.substr(scheme.size());
    if (rest.empty() || rest.front() == '/') break;  // There is no host.
    const std::size_t slash = rest.find('/');
    return slash == std::string_view::npos ? "/" : rest.substr(slash);
  }
  return whole;
}

bool PercentDecode(std::string_view text, std::string& decoded) {
  decoded.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || stop != digits.data() + 2) {
      decoded.clear();
      return false;
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  return true;
}

}  // namespace shop::http
