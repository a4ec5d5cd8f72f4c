#include "seam/grpc/listen_address_internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace seam::grpc_internal {
namespace {

Failure BadAddress(std::string message) {
  return Fail(Code::kInvalidArgument, "INVALID_LISTEN_ADDRESS", std::move(message));
}

Failure InUse(std::string message) {
  return Fail(Code::kAlreadyExists, "ADDRESS_IN_USE", std::move(message));
}

std::string LastError() { return std::generic_category().message(errno); }

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<sockaddr_un> SocketAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  return address;
}

// Whether a server listens at the path.
bool SomebodyAnswers(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  // EAGAIN: it listens and has no room for another connection just now.
  const bool refused = result != 0 && (errno == ECONNREFUSED || errno == ENOENT);
  ::close(fd);
  return !refused;
}

// While it lives no other process of ours looks at the sockets in the folder or changes them.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    while (fd_ >= 0 && !held_) {
      held_ = ::flock(fd_, LOCK_EX) == 0;
      if (!held_ && errno != EINTR) break;
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }

  // When not, errno says why.
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  const int fd_;
  bool held_ = false;
};

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

// Fails when the path has something that must not be replaced.
Result<void> CheckFree(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return InUse("'" + path + "' exists and is no socket; remove it or listen elsewhere");
  }
  if (SomebodyAnswers(address)) {
    return InUse("a server already listens on 'unix:" + path + "'; stop it or listen elsewhere");
  }
  return {};
}

}  // namespace

std::optional<Reach> ReachOf(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24U) == 127 ? Reach::kThisHost : Reach::kAnywhere;
  }
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) != 1) return std::nullopt;
  return IN6_IS_ADDR_LOOPBACK(&v6) ? Reach::kThisHost : Reach::kAnywhere;
}

Result<ListenAddress> ParseListenAddress(std::string_view text, Reach reach) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kExpected =
      "; use 127.0.0.1:port, [::1]:port (port 0 takes a free one) or unix:/absolute/path";
  ListenAddress address;
  if (text.substr(0, kUnix.size()) == kUnix) {
    address.socket_path = text.substr(kUnix.size());
    if (address.socket_path.empty() || address.socket_path.front() != '/') {
      return BadAddress("'" + std::string(text) + "' has no absolute path" +
                        std::string(kExpected));
    }
    return address;
  }
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  const std::string host(text.substr(0, port ? colon : 0));
  const auto reached = host == "localhost" ? Reach::kThisHost : ReachOf(host);
  if (!port || !reached) {
    return BadAddress("'" + std::string(text) + "' is no address to listen on" +
                      std::string(kExpected));
  }
  address.port = *port;
  address.host = host == "localhost" ? "127.0.0.1" : host;
  if (reached == Reach::kAnywhere && reach == Reach::kThisHost) {
    return BadAddress(
        "refusing to listen on '" + std::string(text) +
        "': connections are not encrypted, so only this host may make them; configure "
        "TLS with tls.certificate_file, tls.key_file and tls.ca_file, or" +
        std::string(kExpected).substr(1));
  }
  return address;
}

SocketFile::SocketFile(std::string path, std::string folder)
    : path_(std::move(path)), folder_(std::move(folder)), private_path_(folder_ + "/s") {}

Result<std::unique_ptr<SocketFile>> SocketFile::Prepare(const std::string& path) {
  const auto address = SocketAddress(path);
  std::string folder = FolderOf(path) + ".seam-XXXXXX";
  if (!address || !SocketAddress(folder + "/s")) {
    return BadAddress("the path of the socket '" + path +
                      "' is too long: the system allows 107 bytes; use a shorter folder");
  }
  // Once more in Publish; here before anything is made.
  if (auto checked = CheckFree(path, *address); !checked) return Forward(checked.error());
  if (::mkdtemp(folder.data()) == nullptr) {
    return BadAddress("cannot make a socket at '" + path + "': " + LastError() +
                      "; its folder has to exist and to be writable");
  }
  return std::unique_ptr<SocketFile>(new SocketFile(path, std::move(folder)));
}

Result<void> SocketFile::Publish() {
  const FolderLock lock(FolderOf(path_));
  if (!lock.held()) return BadAddress("cannot lock the folder of '" + path_ + "': " + LastError());
  // Another server may have come first.
  if (auto checked = CheckFree(path_, *SocketAddress(path_)); !checked) return checked;
  struct stat status{};
  if (::chmod(private_path_.c_str(), S_IRUSR | S_IWUSR) != 0 ||
      ::stat(private_path_.c_str(), &status) != 0 ||
      std::rename(private_path_.c_str(), path_.c_str()) != 0) {
    return BadAddress("cannot put a socket at '" + path_ + "': " + LastError());
  }
  inode_ = status.st_ino;
  RemoveFolder();
  return {};
}

SocketFile::~SocketFile() {
  RemoveFolder();
  if (inode_ == 0) return;
  // Without the lock another server could put its socket there between the look and the removal.
  const FolderLock lock(FolderOf(path_));
  struct stat status{};
  if (lock.held() && ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

void SocketFile::RemoveFolder() noexcept {
  ::unlink(private_path_.c_str());
  ::rmdir(folder_.c_str());
}

}  // namespace seam::grpc_internal
