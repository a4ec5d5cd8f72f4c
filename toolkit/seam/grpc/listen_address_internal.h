#ifndef SEAM_GRPC_LISTEN_ADDRESS_INTERNAL_H_
#define SEAM_GRPC_LISTEN_ADDRESS_INTERNAL_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seam/core/result.h"

namespace seam::grpc_internal {

struct ListenAddress {
  std::string host;         // "10.0.0.7" or "[::1]"; empty for a unix socket.
  std::uint16_t port = 0;   // 0: any free one.
  std::string socket_path;  // Of a unix socket.
};

// Who may be able to connect.
enum class Reach : std::uint8_t { kThisHost, kAnywhere };

// Who reaches the address that a host such as "10.0.0.7" or "[::1]" is; nothing when it is none. A
// name is none, since it may have several.
[[nodiscard]] std::optional<Reach> ReachOf(const std::string& host);

// Reads "10.0.0.7:50051", "[::1]:0", "localhost:50051" (which is 127.0.0.1) or
// "unix:/run/products.sock". Anything else fails with INVALID_ARGUMENT, reason
// INVALID_LISTEN_ADDRESS; so does an address that is reached from farther than allowed.
[[nodiscard]] Result<ListenAddress> ParseListenAddress(std::string_view text, Reach reach);

// The file of a unix socket, from before the server binds it to after it has closed it. The server
// binds a name in a private folder beside the wanted one; Publish gives the socket mode 0600 and
// its name. So nobody else can connect at any moment, and whoever sees the file can connect at
// once.
class SocketFile {
 public:
  // Fails with ALREADY_EXISTS, reason ADDRESS_IN_USE, when somebody answers at `path`, or when it
  // is no socket; with INVALID_ARGUMENT, reason INVALID_LISTEN_ADDRESS, when the path is too long
  // or its folder cannot be written. A socket at which nobody answers is what a killed server left.
  [[nodiscard]] static Result<std::unique_ptr<SocketFile>> Prepare(const std::string& path);

  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  // Removes the file, unless it is another server's by now.
  ~SocketFile();

  // What the server binds.
  [[nodiscard]] const std::string& private_path() const noexcept { return private_path_; }

  // Call when the server listens at private_path(). Of several that prepared the same path one
  // succeeds; the others fail with ALREADY_EXISTS, reason ADDRESS_IN_USE.
  [[nodiscard]] Result<void> Publish();

 private:
  SocketFile(std::string path, std::string folder);
  void RemoveFolder() noexcept;

  const std::string path_;
  const std::string folder_;
  const std::string private_path_;
  ino_t inode_ = 0;  // Of the published file.
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_LISTEN_ADDRESS_INTERNAL_H_
