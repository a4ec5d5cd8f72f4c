#include "http/server.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/arrival.h"
#include "http/descriptor.h"
#include "http/lane.h"
#include "http/parser.h"
#include "http/problem.h"

namespace shop::http {
namespace {

// How often it is looked whose time is over.
constexpr std::chrono::milliseconds kTick{20};
// Threads for vital requests, and connections beyond the limits for them.
constexpr std::size_t kVitalThreads = 2;
constexpr std::size_t kVitalConnections = 16;

Problem Overloaded() {
  return {.status = 503,
          .code = "OVERLOADED",
          .detail = "the shop is busy; nothing was changed; try again",
          .headers = {{"Retry-After", "1"}}};
}

Problem TooManyOfOneAddress() {
  return {.status = 503,
          .code = "TOO_MANY_CONNECTIONS",
          .detail =
              "there are too many connections from this address; use fewer, or let the shop "
              "know this proxy as a trusted one",
          .headers = {{"Retry-After", "1"}}};
}

struct AddressList {
  explicit AddressList(addrinfo* list) : first(list) {}
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;
  ~AddressList() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
  addrinfo* first;
};

// cpp-httplib would set SO_REUSEPORT, with which two shops could share a port and each get half of
// the requests. SO_REUSEADDR only allows to follow a shop that has ended.
seam::Result<Descriptor> OpenListeningSocket(const ServerOptions& options) {
  const std::string where = options.address + ":" + std::to_string(options.port);
  const auto cannot = [&where](const std::string& why) {
    return seam::Fail(seam::Code::kFailedPrecondition, "CANNOT_LISTEN",
                      "cannot listen on " + where + ": " + why);
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int unresolved =
      ::getaddrinfo(options.address.c_str(), std::to_string(options.port).c_str(), &hints, &list);
  const AddressList addresses(list);
  if (unresolved != 0) {
    return cannot(unresolved == EAI_SYSTEM ? std::generic_category().message(errno)
                                           : ::gai_strerror(unresolved));
  }

  // A name such as localhost may have addresses of both families, in any order. One is listened on,
  // and IPv4 is what clients expect.
  const addrinfo* chosen = addresses.first;
  while (chosen != nullptr && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
  const addrinfo& address = chosen == nullptr ? *addresses.first : *chosen;
  Descriptor listener(
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  constexpr int kBacklog = 512;
  if (listener.number() < 0 ||
      ::setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::setsockopt(listener.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      ::bind(listener.number(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(listener.number(), kBacklog) != 0) {
    if (errno == EADDRINUSE) {
      return seam::Fail(seam::Code::kFailedPrecondition, "ADDRESS_IN_USE",
                        "cannot listen on " + where +
                            ": another program has the port; stop it or choose another port");
    }
    return cannot(std::generic_category().message(errno));
  }
  return listener;
}

// As much as the client takes now; nothing when it has gone.
std::optional<std::size_t> SendSome(const Descriptor& socket, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = ::send(socket.number(), bytes.data() + sent, bytes.size() - sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) {
      sent += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return sent;
}

// "192.0.2.7"; empty when the system does not tell.
std::string AddressOf(const sockaddr_storage& peer, socklen_t size) {
  std::array<char, NI_MAXHOST> text{};
  const bool known = ::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, text.data(),
                                   text.size(), nullptr, 0, NI_NUMERICHOST) == 0;
  return known ? text.data() : "";
}

int PortOf(const Descriptor& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port.data(),
                    port.size(), NI_NUMERICSERV) != 0) {
    return 0;
  }
  return std::atoi(port.data());
}

}  // namespace

// One thread, the poller, waits for all sockets, and everything is its own but two things: a
// request that has arrived whole belongs to the thread that serves it, with its connection, until
// its answer has been given to the kernel as far as it takes it; and so the list of those
// connections that are to come back.
class Server::Engine {
 public:
  Engine(const ServerOptions& options, Responder& responder, Descriptor listener)
      : options_(options),
        responder_(responder),
        parser_(responder, options_),
        listener_(std::move(listener)),
        port_(PortOf(listener_)),
        stop_event_(::eventfd(0, EFD_CLOEXEC)),
        served_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        vital_(kVitalThreads, options.max_waiting, [this](Connection* served) { Serve(*served); }),
        lane_(options.threads, options.max_waiting, [this](Connection* served) { Serve(*served); }),
        poller_([this] { Poll(); }) {}

  [[nodiscard]] int port() const noexcept { return port_; }

  void Stop() {
    if (!poller_.joinable()) return;
    ::eventfd_write(stop_event_.number(), 1);
    poller_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  enum class State {
    kIdle,       // Nothing of the next request has come.
    kReceiving,  // Something of it has.
    kServed,     // It waits for a thread, or one has it.
    kSending,    // The rest of the answer waits for the client.
    kLingering,  // What the client still sends is discarded until it closes its end.
  };

  struct Connection {
    Connection(Descriptor accepted, std::string address, const ArrivalLimits& limits)
        : socket(std::move(accepted)), peer(std::move(address)), arrival(limits) {}

    const Descriptor socket;
    const std::string peer;
    bool counts_for_peer = false;
    std::optional<Problem> only_vital{};  // Why only vital requests are answered on it.

    State state = State::kIdle;
    Clock::time_point since{};     // It waits for the client: for its request, or in this state.
    Clock::time_point deadline{};  // For what it waits for.
    bool answered = false;         // A request before.

    Arrival arrival;
    std::string received{};  // After what has been taken for the request.
    Arrived request{};       // That is served.
    bool leaves = false;     // After its answer.

    Outcome outcome{};
    std::size_t sent = 0;       // Of the outcome.
    bool broken = false;        // Nothing more can be sent.
    std::size_t discarded = 0;  // While it lingered.
  };

  void Poll() {
    Watch(EPOLL_CTL_ADD, listener_, &listener_, EPOLLIN | EPOLLONESHOT);
    Watch(EPOLL_CTL_ADD, stop_event_, &stop_event_, EPOLLIN | EPOLLONESHOT);
    Watch(EPOLL_CTL_ADD, served_event_, &served_event_, EPOLLIN);
    std::array<epoll_event, 64> events{};
    Clock::time_point swept = Clock::now();
    while (true) {
      const int patience = IsQuiet() ? -1 : static_cast<int>(kTick.count());
      const int ready =
          ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), patience);
      bool accepts = false;
      bool stops = false;
      bool served = false;
      for (std::size_t i = 0; ready > 0 && i < static_cast<std::size_t>(ready); ++i) {
        void* const whose = events[i].data.ptr;
        if (whose == &stop_event_) {
          stops = true;
        } else if (whose == &listener_) {
          accepts = true;
        } else if (whose == &served_event_) {
          served = true;
        } else {
          Wake(*static_cast<Connection*>(whose));
        }
      }
      if (served) TakeBack();
      // Only now, since these may close any connection.
      if (accepts || stops) AcceptAll(stops);
      if (stops) BeginToStop();
      if (const auto now = Clock::now(); now - swept >= kTick || stopping_) {
        swept = now;
        Sweep(now);
      }
      if (stopping_ && connections_.empty()) return;
    }
  }

  // Whether nothing can happen before a descriptor is ready.
  [[nodiscard]] bool IsQuiet() const { return connections_.empty() && !accept_again_; }

  // The connections whose requests have been served.
  void TakeBack() {
    eventfd_t times = 0;
    ::eventfd_read(served_event_.number(), &times);
    std::vector<Connection*> served;
    {
      const std::lock_guard lock(mutex_);
      served.swap(served_);
    }
    for (Connection* connection : served) {
      if (connection->broken) {
        Close(*connection);
      } else {
        AfterSending(*connection);
      }
    }
  }

  // Those who wait to be accepted; if there are very many, others are served in between.
  void AcceptAll(bool to_the_last) {
    constexpr int kAtOnce = 64;
    accept_again_ = false;
    for (int i = 0; i < kAtOnce || to_the_last; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      Descriptor socket(::accept4(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size,
                                  SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (socket.number() < 0) {
        // Out of descriptors or memory: connections have to end first. All other errors concern the
        // one connection that was to be accepted, or tell that there is none.
        accept_again_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (accept_again_ && MakeRoom()) continue;
        break;
      }
      Admit(std::move(socket), AddressOf(address, size));
    }
    if (!accept_again_) {
      Watch(EPOLL_CTL_MOD, listener_, &listener_, EPOLLIN | EPOLLONESHOT);
    }
  }

  void Admit(Descriptor socket, std::string peer) {
    const bool counts = !options_.trusted_proxies.TrustsPeer(peer);
    std::optional<Problem> refusal;
    if (counts && ConnectionsOf(peer) >= options_.max_connections_per_address) {
      refusal = TooManyOfOneAddress();
    } else if (connections_.size() - only_vital_ >= options_.max_connections && !MakeRoom()) {
      refusal = Overloaded();
    }
    if (refusal && only_vital_ >= kVitalConnections) {
      (void)SendSome(socket, parser_.Refuse({}, peer, true, *refusal).bytes);
      return;
    }
    const int number = socket.number();
    auto connection = std::make_unique<Connection>(
        std::move(socket), std::move(peer),
        ArrivalLimits{options_.max_head_bytes, options_.max_body_bytes});
    connection->counts_for_peer = counts && !refusal;
    connection->only_vital = std::move(refusal);
    connection->since = Clock::now();
    connection->deadline = connection->since + (connection->only_vital ? options_.crowded_timeout
                                                                       : options_.idle_timeout);
    Connection& admitted = *(connections_[number] = std::move(connection));
    if (admitted.only_vital) ++only_vital_;
    if (admitted.counts_for_peer) ++connections_of_[admitted.peer];
    if (!Watch(EPOLL_CTL_ADD, admitted.socket, &admitted, EPOLLIN | EPOLLONESHOT)) {
      Close(admitted);
    }
  }

  [[nodiscard]] std::size_t ConnectionsOf(const std::string& peer) const {
    const auto found = connections_of_.find(peer);
    return found == connections_of_.end() ? 0 : found->second;
  }

  // Closes the connection that is missed least. False when none can be spared.
  bool MakeRoom() {
    const auto now = Clock::now();
    // Somebody who has just connected gets the time to send something.
    const auto can_be_spared = [&](const Connection& one) {
      if (one.only_vital) return false;
      if (one.state == State::kLingering || (one.state == State::kIdle && one.answered)) {
        return true;
      }
      return (one.state == State::kIdle || one.state == State::kReceiving) &&
             now - one.since >= options_.crowded_timeout;
    };
    Connection* spared = nullptr;
    for (const auto& [number, connection] : connections_) {
      if (!can_be_spared(*connection)) continue;
      if (spared == nullptr || connection->since < spared->since) spared = connection.get();
    }
    if (spared == nullptr) return false;
    if (spared->state == State::kReceiving) {
      spared->arrival.ExpireNow();
      const Arrived late = spared->arrival.Release();
      (void)SendSome(spared->socket, parser_.Refuse(late, spared->peer, true, *late.problem).bytes);
    }
    Close(*spared);
    return true;
  }

  void BeginToStop() {
    listener_ = Descriptor();
    stopping_ = true;
    for (Connection* connection : Those(State::kIdle)) Advance(*connection);
    const auto latest = Clock::now() + options_.stop_grace;
    for (const auto& [number, connection] : connections_) {
      connection->deadline = std::min(connection->deadline, latest);
    }
  }

  void Sweep(Clock::time_point now) {
    if (accept_again_ && !stopping_) AcceptAll(false);
    for (Lane<Connection*>* lane : {&vital_, &lane_}) {
      for (Connection* late : lane->TakeOverdue(now - options_.max_wait)) {
        TurnAway(*late, Overloaded());
      }
    }
    std::vector<Connection*> late;
    for (const auto& [number, connection] : connections_) {
      if (connection->state != State::kServed && connection->deadline <= now) {
        late.push_back(connection.get());
      }
    }
    for (Connection* connection : late) {
      if (connection->state == State::kReceiving) {
        connection->arrival.ExpireNow();
        Dispatch(*connection);
      } else {
        Close(*connection);
      }
    }
  }

  // After what follows, a connection may belong to another, or be no more.

  [[nodiscard]] std::vector<Connection*> Those(State state) {
    std::vector<Connection*> those;
    for (const auto& [number, connection] : connections_) {
      if (connection->state == state) those.push_back(connection.get());
    }
    return those;
  }

  // The socket is ready, or broken.
  void Wake(Connection& connection) {
    switch (connection.state) {
      case State::kIdle:
      case State::kReceiving: return Advance(connection);
      case State::kSending: return SendRest(connection);
      case State::kLingering: return Discard(connection);
      case State::kServed: return;
    }
  }

  // Takes in what has come.
  void Advance(Connection& connection) {
    Arrival& arrival = connection.arrival;
    const bool begun = arrival.begun();
    const bool in_body = arrival.in_body();
    bool ended = false;
    // Right after an answer there is rarely anything; if there is, the poller is told.
    const bool looks = connection.state != State::kServed || stopping_;
    if (connection.received.empty() && looks) {
      std::array<char, std::size_t{16} * 1024> buffer;  // NOLINT(*-member-init): is overwritten.
      const ssize_t size =
          ::recv(connection.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size > 0) connection.received.assign(buffer.data(), static_cast<std::size_t>(size));
      ended = size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    }
    connection.received.erase(0, arrival.Take(connection.received));
    if (ended && arrival.begun()) arrival.EndNow();
    if (arrival.whole()) return Dispatch(connection);
    if (ended || (stopping_ && !arrival.begun())) return Close(connection);
    const auto now = Clock::now();
    if (!arrival.begun() && connection.state != State::kIdle) {
      connection.state = State::kIdle;
      connection.since = now;
      connection.deadline = now + options_.idle_timeout;
    } else if (arrival.begun() && !begun) {
      connection.state = State::kReceiving;
      connection.since = now;
      connection.deadline = now + options_.head_timeout;
    }
    if (arrival.in_body() && !in_body) connection.deadline = now + options_.body_timeout;
    if (stopping_) {
      connection.deadline = std::min(connection.deadline, now + options_.stop_grace);
    }
    constexpr std::string_view kInvitation = "HTTP/1.1 100 Continue\r\n\r\n";
    if (arrival.TakeInvitation() &&
        SendSome(connection.socket, kInvitation) != kInvitation.size()) {
      return Close(connection);
    }
    Await(connection, EPOLLIN);
  }

  // Hands on a request that has arrived.
  void Dispatch(Connection& connection) {
    connection.request = connection.arrival.Release();
    connection.state = State::kServed;
    connection.leaves = stopping_ || connection.only_vital;
    const bool vital = responder_.IsVital(PathOf(connection.request.head.target()));
    if (connection.only_vital && !vital) return TurnAway(connection, *connection.only_vital);
    if (!(vital ? vital_ : lane_).Offer(&connection)) TurnAway(connection, Overloaded());
  }

  // Answers a request without any work.
  void TurnAway(Connection& connection, const Problem& problem) {
    // Of who sends the next requests before the answers have come, no more are taken.
    const bool leaves = connection.leaves || !connection.received.empty();
    connection.outcome = parser_.Refuse(connection.request, connection.peer, leaves, problem);
    connection.sent = 0;
    SendRest(connection);
  }

  void SendRest(Connection& connection) {
    const std::string_view rest =
        std::string_view(connection.outcome.bytes).substr(connection.sent);
    const auto sent = SendSome(connection.socket, rest);
    if (!sent) return Close(connection);
    connection.sent += *sent;
    AfterSending(connection);
  }

  void AfterSending(Connection& connection) {
    const auto now = Clock::now();
    if (connection.sent < connection.outcome.bytes.size()) {
      if (connection.state != State::kSending) {
        connection.state = State::kSending;
        connection.deadline = now + options_.write_timeout;
      }
      return Await(connection, EPOLLOUT);
    }
    connection.answered = true;
    const bool closes = connection.outcome.closes;
    connection.outcome = {};
    if (!closes) {
      connection.state = State::kServed;
      return Advance(connection);
    }
    // The client may still be sending: closing at once would reset the connection, and the reset
    // may overtake the answer (https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
    constexpr std::chrono::milliseconds kLongLinger{1'000};
    constexpr std::chrono::milliseconds kShortLinger{100};
    ::shutdown(connection.socket.number(), SHUT_WR);
    connection.state = State::kLingering;
    connection.since = now;
    connection.deadline = now + (connection.request.ends_clearly ? kShortLinger : kLongLinger);
    Discard(connection);
  }

  void Discard(Connection& connection) {
    constexpr std::size_t kMost = std::size_t{1024} * 1024;
    std::array<char, std::size_t{16} * 1024> buffer;  // NOLINT(*-member-init): is overwritten.
    const ssize_t size =
        ::recv(connection.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    const bool later = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (size > 0) connection.discarded += static_cast<std::size_t>(size);
    if ((size <= 0 && !later) || connection.discarded > kMost) return Close(connection);
    Await(connection, EPOLLIN);
  }

  void Await(Connection& connection, std::uint32_t what) {
    // The next time only, since a connection that is served is not to be told of.
    if (!Watch(EPOLL_CTL_MOD, connection.socket, &connection, what | EPOLLONESHOT)) {
      Close(connection);
    }
  }

  bool Watch(int operation, const Descriptor& descriptor, const void* whose, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = const_cast<void*>(whose);  // As the system has it; it comes back as it is.
    return ::epoll_ctl(epoll_.number(), operation, descriptor.number(), &event) == 0;
  }

  void Close(Connection& connection) {
    if (connection.only_vital) --only_vital_;
    if (connection.counts_for_peer && --connections_of_[connection.peer] == 0) {
      connections_of_.erase(connection.peer);
    }
    connections_.erase(connection.socket.number());
  }

  // On a thread of a lane.
  void Serve(Connection& connection) {
    connection.outcome = parser_.Answer(connection.request, connection.peer, connection.leaves);
    const auto sent = SendSome(connection.socket, connection.outcome.bytes);
    connection.sent = sent.value_or(0);
    connection.broken = !sent || connection.outcome.bytes.empty();
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = served_.empty();
      served_.push_back(&connection);
    }
    if (is_first) ::eventfd_write(served_event_.number(), 1);
  }

  const ServerOptions options_;
  Responder& responder_;
  const Parser parser_;
  Descriptor listener_;
  const int port_;
  const Descriptor stop_event_;
  const Descriptor served_event_;
  const Descriptor epoll_;
  bool accept_again_ = false;  // There was no descriptor left for who waits to be accepted.
  bool stopping_ = false;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // By their descriptors.
  std::unordered_map<std::string, std::size_t> connections_of_;       // By the address of the peer.
  std::size_t only_vital_ = 0;  // Connections beyond the limits, for vital requests.

  std::mutex mutex_;
  std::vector<Connection*> served_;  // Guarded by the mutex.

  Lane<Connection*> vital_;
  Lane<Connection*> lane_;
  std::thread poller_;
};

seam::Result<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options,
                                                     Responder& responder) {
  auto listener = OpenListeningSocket(options);
  if (!listener) return seam::Forward(std::move(listener).error());
  return std::unique_ptr<Server>(
      new Server(std::make_unique<Engine>(options, responder, *std::move(listener))));
}

Server::Server(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Server::~Server() { Stop(); }

int Server::port() const noexcept { return engine_->port(); }

void Server::Stop() { engine_->Stop(); }

}  // namespace shop::http
