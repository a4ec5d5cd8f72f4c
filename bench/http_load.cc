#include "http_load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "harness.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

int Connect(int port) {
  const int connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (connected < 0 ||
      connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    GiveUp("cannot connect to the server: " + std::generic_category().message(errno));
  }
  return connected;
}

void SendAll(int to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(to, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) GiveUp("cannot send to the server: " + std::generic_category().message(errno));
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options)
      : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < options.connections; ++i) {
      lines_.push_back({.socket = Connect(options.port)});
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, lines_.back().socket, &event) != 0) GiveUp("epoll_ctl");
      free_.push_back(i);
    }
  }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader() {
    for (const Line& line : lines_) close(line.socket);
    close(epoll_);
  }

  LoadResult Run() {
    const auto start = Clock::now();
    const auto end = start + options_.duration;
    std::size_t due = 0;  // Requests that should have been sent by now.
    std::size_t sent = 0;
    // However slow the machine is, there is an answer.
    for (auto now = start; now < end || result_.good_ns.empty(); now = Clock::now()) {
      if (now > end + kPatience) GiveUp("the server does not answer");
      const double elapsed = std::chrono::duration<double>(now - start).count();
      due = static_cast<std::size_t>(elapsed * options_.rate) + 1;
      for (; !free_.empty() && (options_.rate == 0 || sent < due); ++sent) {
        Ask(free_.back());
        free_.pop_back();
      }
      sent = std::max(sent, options_.rate == 0 ? 0 : due);
      TakeAnswers(1);
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::exchange(result_, {});
  }

  // Until every request is answered, so that the server has nothing left to do.
  void Finish() {
    const auto end = Clock::now() + kPatience;
    while (free_.size() < lines_.size() && Clock::now() < end) TakeAnswers(100);
  }

 private:
  struct Line {
    int socket = -1;
    Clock::time_point asked{};
    std::string answer{};
  };

  void Ask(std::size_t number) {
    Line& line = lines_[number];
    line.answer.clear();
    const std::string request = options_.request();
    line.asked = Clock::now();
    SendAll(line.socket, request);
  }

  void TakeAnswers(int milliseconds) {
    std::array<epoll_event, 128> events{};
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < count; ++i) Read(events.at(static_cast<std::size_t>(i)).data.u64);
  }

  void Read(std::size_t number) {
    Line& line = lines_[number];
    std::array<char, 16384> buffer;
    const ssize_t got = recv(line.socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) GiveUp("the server has closed a connection: " + line.answer);
    line.answer.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t head = line.answer.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const std::string_view text = line.answer;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t length = text.substr(0, head).find(kLength);
    const std::size_t body =
        length == std::string_view::npos
            ? 0
            : std::strtoul(line.answer.c_str() + length + kLength.size(), nullptr, 10);
    if (text.size() < head + 4 + body) return;
    Count(line, text.substr(0, head));
    free_.push_back(number);
  }

  void Count(const Line& line, std::string_view head) {
    if (head.find(" 20") == 8) {
      result_.good_ns.push_back(
          std::chrono::duration<double, std::nano>(Clock::now() - line.asked).count());
    } else if (head.find(" 503 ") == 8 && head.find("Retry-After: ") != std::string_view::npos) {
      ++result_.refused;
    } else {
      GiveUp("the server has answered: " + line.answer);
    }
  }

  const LoadOptions& options_;
  const int epoll_;
  std::vector<Line> lines_;
  std::vector<std::size_t> free_;
  LoadResult result_;
};

}  // namespace

LoadResult SendLoad(const LoadOptions& options) {
  Loader loader(options);
  LoadResult result = loader.Run();
  loader.Finish();
  return result;
}

LazyConnection::LazyConnection(int port) : socket_(Connect(port)) {}
LazyConnection::LazyConnection(LazyConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}
LazyConnection::~LazyConnection() {
  if (socket_ >= 0) close(socket_);
}
void LazyConnection::Send(const std::string& text) const { SendAll(socket_, text); }

}  // namespace bench
