#ifndef BENCH_HTTP_LOAD_H_
#define BENCH_HTTP_LOAD_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace bench {

struct LoadOptions {
  int port = 0;
  std::size_t connections = 1;
  // Requests a second, however long their answers take; 0: on each connection the next one when
  // the last is answered.
  double rate = 0;
  std::chrono::milliseconds duration{1000};
  std::function<std::string()> request;  // Makes a whole request.
};

struct LoadResult {
  std::vector<double> good_ns;  // How long each answer of 2xx took.
  std::size_t refused = 0;      // 503 with Retry-After.
  double seconds = 0;

  // By the clock, for each good answer.
  [[nodiscard]] double ns_per_good() const {
    return seconds * 1e9 / static_cast<double>(good_ns.size());
  }
};

// Sends requests to a server on this machine and reads its answers, on this thread. Any other
// answer, and an error, ends the program. What is due while every connection waits for an answer
// is not sent.
[[nodiscard]] LoadResult SendLoad(const LoadOptions& options);

// A connection to a server on this machine, which sends when it is told to and reads nothing.
class LazyConnection {
 public:
  explicit LazyConnection(int port);
  LazyConnection(LazyConnection&& other) noexcept;
  LazyConnection& operator=(LazyConnection&&) = delete;
  ~LazyConnection();

  void Send(const std::string& text) const;

 private:
  int socket_;
};

}  // namespace bench

#endif  // BENCH_HTTP_LOAD_H_
