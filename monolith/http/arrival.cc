#include "http/arrival.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace shop::http {
namespace {

bool TakesBody(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool IsChunked(const httplib::Headers& headers) { return headers.count("Transfer-Encoding") > 0; }

std::string ValueOf(const httplib::Headers& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Problem BodyTooLarge(std::size_t limit) {
  return {.status = 413,
          .code = "BODY_TOO_LARGE",
          .detail = "the body is larger than " + std::to_string(limit) + " bytes"};
}

Problem TooSlow(std::string part) {
  return {.status = 408,
          .code = "REQUEST_TOO_SLOW",
          .detail = "the " + std::move(part) + " of the request did not arrive in time"};
}

template <class Number>
bool ParseWhole(std::string_view text, Number& number, int base) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

Problem Malformed(std::string detail) {
  return {.status = 400, .code = "MALFORMED_REQUEST", .detail = std::move(detail)};
}

bool HasBody(const std::string& method, const httplib::Headers& headers) {
  return TakesBody(method) && (IsChunked(headers) || headers.count("Content-Length") > 0);
}

std::optional<Problem> CheckFraming(const std::string& method, const std::string& version,
                                    const httplib::Headers& headers, std::size_t max_body_bytes) {
  if (version == "HTTP/1.1" && headers.count("Host") != 1) {
    return Malformed("a request has exactly one Host header");
  }
  const std::size_t lengths = headers.count("Content-Length");
  if (IsChunked(headers)) {
    if (lengths > 0) return Malformed("Content-Length and Transfer-Encoding exclude each other");
    if (headers.count("Transfer-Encoding") != 1 ||
        LowerCase(ValueOf(headers, "Transfer-Encoding")) != "chunked") {
      return Problem{.status = 501,
                     .code = "UNKNOWN_TRANSFER_ENCODING",
                     .detail = "the only transfer coding that is understood is \"chunked\""};
    }
    if (!TakesBody(method)) return Malformed("a " + method + " has no body");
    if (version != "HTTP/1.1") return Malformed("chunks came with HTTP/1.1");
  }
  if (lengths > 1) return Malformed("Content-Length stands there twice");
  if (lengths == 1) {
    std::uint64_t length = 0;
    if (!ParseWhole(ValueOf(headers, "Content-Length"), length, 10)) {
      return Malformed("Content-Length is no number of bytes");
    }
    if (length > 0 && !TakesBody(method)) return Malformed("a " + method + " has no body");
    if (length > max_body_bytes) return BodyTooLarge(max_body_bytes);
  }
  if (headers.count("Content-Encoding") > 0) {
    return Problem{.status = 415,
                   .code = "ENCODED_BODY",
                   .detail = "send the body as it is, without Content-Encoding"};
  }
  if (ValueOf(headers, "Content-Type").rfind("multipart/form-data", 0) == 0) {
    return Problem{
        .status = 415, .code = "JSON_NEEDED", .detail = "multipart bodies are not understood"};
  }
  return std::nullopt;
}

std::size_t Arrival::Take(std::string_view bytes) {
  std::size_t taken = 0;
  while (!whole_ && taken < bytes.size()) {
    if (in_body_ && !chunked_) {
      const std::size_t size = std::min(body_left_, bytes.size() - taken);
      arrived_.bytes.append(bytes.substr(taken, size));
      taken += size;
      body_left_ -= size;
      if (body_left_ == 0) Finish();
      continue;
    }
    const char byte = bytes[taken++];
    arrived_.bytes += byte;
    if (in_body_) {
      TakeOfChunks(byte);
    } else {
      TakeOfHead(byte);
    }
  }
  return taken;
}

void Arrival::TakeOfHead(char byte) {
  if (!arrived_.head.Take(byte)) {
    return Refuse(
        Malformed("a line of the head is malformed; lines end with CR LF, the first one is a "
                  "method, a target and a version with a space between them, and a header is a "
                  "name, a colon right behind it, and a value without control characters"));
  }
  if (arrived_.head.whole()) return EndHead();
  if (arrived_.bytes.size() >= limits_.head_bytes) {
    Refuse({.status = 431,
            .code = "HEAD_TOO_LARGE",
            .detail = "the request line and the headers are larger than " +
                      std::to_string(limits_.head_bytes) + " bytes"});
  }
}

void Arrival::EndHead() {
  const Head& head = arrived_.head;
  const auto problem =
      CheckFraming(head.method(), head.version(), head.headers(), limits_.body_bytes);
  if (problem) return Refuse(*problem);
  if (!HasBody(head.method(), head.headers())) return Finish();
  in_body_ = true;
  chunked_ = IsChunked(head.headers());
  if (!chunked_) {
    (void)ParseWhole(ValueOf(head.headers(), "Content-Length"), body_left_, 10);
    if (body_left_ == 0) return Finish();
  }
  invites_ = head.version() == "HTTP/1.1" && head.headers().count("Expect") == 1 &&
             LowerCase(ValueOf(head.headers(), "Expect")) == "100-continue";
}

// https://www.rfc-editor.org/rfc/rfc9112#section-7.1, without trailers.
void Arrival::TakeOfChunks(char byte) {
  // What is around the data must be bounded, too.
  constexpr std::size_t kOverhead = std::size_t{16} * 1024;
  if (++chunk_bytes_ > 2 * limits_.body_bytes + kOverhead) {
    return Refuse(BodyTooLarge(limits_.body_bytes));
  }
  if (chunk_ == Chunk::kData) {
    if (++data_bytes_ > limits_.body_bytes) return Refuse(BodyTooLarge(limits_.body_bytes));
    if (--chunk_left_ == 0) chunk_ = Chunk::kDataEnd;
    return;
  }
  line_ += byte;
  if (byte == '\n') EndChunkLine();
}

void Arrival::EndChunkLine() {
  const std::string text = std::exchange(line_, {});
  const std::string_view line(text);
  const bool ends_well = line.size() >= 2 && line[line.size() - 2] == '\r';
  // Nothing is taken off a line that does not end with CR LF, so that it is not empty.
  const std::string_view content = ends_well ? line.substr(0, line.size() - 2) : line;
  if (chunk_ == Chunk::kSize) {
    std::string_view size = content.substr(0, content.find(';'));
    if (!ends_well || !ParseWhole(size, chunk_left_, 16)) {
      return Refuse(Malformed("a chunk begins with its size in hexadecimal digits"));
    }
    chunk_ = chunk_left_ == 0 ? Chunk::kTrailer : Chunk::kData;
  } else {
    if (!content.empty()) {
      return Refuse(Malformed("a chunk ends with CR LF, and there are no trailers"));
    }
    if (chunk_ == Chunk::kTrailer) return Finish();
    chunk_ = Chunk::kSize;
  }
}

void Arrival::Finish() {
  whole_ = true;
  arrived_.ends_clearly = !chunked_;
}

void Arrival::Refuse(Problem problem) {
  whole_ = true;
  arrived_.problem = std::move(problem);
}

void Arrival::ExpireNow() { Refuse(TooSlow(in_body_ ? "body" : "head")); }

void Arrival::EndNow() { Refuse(Malformed("the request ended before it was whole")); }

Arrived Arrival::Release() {
  Arrived released = std::move(arrived_);
  *this = Arrival(limits_);
  return released;
}

}  // namespace shop::http
