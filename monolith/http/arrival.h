#ifndef HTTP_ARRIVAL_H_
#define HTTP_ARRIVAL_H_

#include <httplib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/head.h"
#include "http/problem.h"

namespace shop::http {

// The most of a request that is taken.
struct ArrivalLimits {
  std::size_t head_bytes = std::size_t{16} * 1024;  // Request line and headers together.
  std::size_t body_bytes = std::size_t{64} * 1024;
};

// Why it is not certain, or not acceptable, where a request with this head ends and what it says;
// nothing when all is well. Whoever reads these headers otherwise than the proxy before it can be
// made to take a body for a request (https://www.rfc-editor.org/rfc/rfc9112#section-11.2).
[[nodiscard]] std::optional<Problem> CheckFraming(const std::string& method,
                                                  const std::string& version,
                                                  const httplib::Headers& headers,
                                                  std::size_t max_body_bytes);

// Whether the request has a body; one that tells of none has none
// (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
[[nodiscard]] bool HasBody(const std::string& method, const httplib::Headers& headers);

// A request that has arrived, or what of it will ever arrive. A value.
struct Arrived {
  std::string bytes{};  // Of the head and the body.
  Head head{};
  // Why no more of it comes, or is wanted; nothing for what may be answered.
  std::optional<Problem> problem{};
  // Whether the next byte of the connection begins another request.
  bool ends_clearly = false;
};

// Collects the bytes of one request until it is whole, without waiting for any. For one thread.
class Arrival {
 public:
  explicit Arrival(const ArrivalLimits& limits) : limits_(limits) {}

  // Takes what belongs to this request from the beginning of `bytes`, and returns how much that is:
  // all of it while the request is not whole.
  [[nodiscard]] std::size_t Take(std::string_view bytes);

  // Nothing more is wanted: the request has arrived, or it has been found to be none.
  [[nodiscard]] bool whole() const noexcept { return whole_; }

  // Whether a byte has come.
  [[nodiscard]] bool begun() const noexcept { return !arrived_.bytes.empty(); }

  // Whether the head is there, and more is wanted.
  [[nodiscard]] bool in_body() const noexcept { return in_body_ && !whole_; }

  // Whether the client waits for "100 Continue" before it sends the body. True once.
  [[nodiscard]] bool TakeInvitation() noexcept { return std::exchange(invites_, false); }

  [[nodiscard]] const Head& head() const noexcept { return arrived_.head; }

  // No more comes: in time, or at all. After either it is whole.
  void ExpireNow();
  void EndNow();

  // What has arrived. This begins anew.
  [[nodiscard]] Arrived Release();

 private:
  void TakeOfHead(char byte);
  void TakeOfChunks(char byte);
  void EndHead();
  void EndChunkLine();
  void Finish();
  void Refuse(Problem problem);

  enum class Chunk { kSize, kData, kDataEnd, kTrailer };

  ArrivalLimits limits_;
  Arrived arrived_;
  bool whole_ = false;
  bool in_body_ = false;
  bool invites_ = false;
  std::size_t body_left_ = 0;  // Of a body of known length.

  bool chunked_ = false;
  Chunk chunk_ = Chunk::kSize;
  std::string line_;  // Of the chunk's size, or after its data.
  std::uint64_t chunk_left_ = 0;
  std::size_t data_bytes_ = 0;   // Of all chunks.
  std::size_t chunk_bytes_ = 0;  // With what is around the data.
};

// The refusal of a request that is not in its form.
[[nodiscard]] Problem Malformed(std::string detail);

}  // namespace shop::http

#endif  // HTTP_ARRIVAL_H_
