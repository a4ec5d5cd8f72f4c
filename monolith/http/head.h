#ifndef HTTP_HEAD_H_
#define HTTP_HEAD_H_

#include <httplib.h>

#include <array>
#include <string>

namespace shop::http {

// Reads the head of one request, byte by byte and by the letter of the standard
// (https://www.rfc-editor.org/rfc/rfc9112#section-5): every line ends with CR LF, the request line
// has three parts with a space between them, and a header is a token, a colon at once, and a value
// without control characters. cpp-httplib drops the lines that it does not understand and those
// without a value, and decodes percent signs: it would see another end of the body than the proxy
// before it, and take the rest for a request. For one thread.
class Head {
 public:
  // Takes the next byte of the head, from the first one of the request line. False, and of no more
  // use, when no request has such a head.
  [[nodiscard]] bool Take(char byte);

  // Whether the empty line has come.
  [[nodiscard]] bool whole() const noexcept { return whole_; }

  // Of the request line, as they were sent; what they say is left to cpp-httplib. Empty before it
  // has ended.
  [[nodiscard]] const std::string& method() const noexcept { return request_line_[0]; }
  [[nodiscard]] const std::string& target() const noexcept { return request_line_[1]; }
  [[nodiscard]] const std::string& version() const noexcept { return request_line_[2]; }

  // The headers that have ended so far, as they were sent, without the white space around values.
  [[nodiscard]] const httplib::Headers& headers() const noexcept { return headers_; }

 private:
  [[nodiscard]] bool EndLine();
  [[nodiscard]] bool EndRequestLine(std::string_view line);

  std::string line_;
  bool after_cr_ = false;
  bool in_request_line_ = true;
  bool whole_ = false;
  std::array<std::string, 3> request_line_;
  httplib::Headers headers_;
};

}  // namespace shop::http

#endif  // HTTP_HEAD_H_
