#ifndef TESTS_NATS_PRIVATE_NATS_SERVER_H_
#define TESTS_NATS_PRIVATE_NATS_SERVER_H_

#include <optional>
#include <string>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace seam::testing {

// A NATS server with JetStream on a free port of 127.0.0.1 and in a temporary folder, gone with
// this object, or when the thread that started it ends. For one thread. Aborts when it cannot be
// started.
class PrivateNatsServer {
 public:
  // `configuration` is more of its configuration file, such as "tls {…}". Without `start` it only
  // has a port yet.
  explicit PrivateNatsServer(const std::string& configuration = "", bool start = true);
  PrivateNatsServer(const PrivateNatsServer&) = delete;
  PrivateNatsServer& operator=(const PrivateNatsServer&) = delete;

  // "nats://127.0.0.1:PORT"; the port stays.
  [[nodiscard]] std::string url() const { return "nats://" + address(); }
  [[nodiscard]] std::string tls_url() const { return "tls://" + address(); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // With SIGKILL.
  void Kill();
  // Starts it again, on the same data.
  void Start();
  // Lets go what it has stored, while it is not running.
  void Forget() const;

  [[nodiscard]] std::string output() const { return process_ ? process_->output() : ""; }

 private:
  const TemporaryFolder folder_;
  const int port_;
  std::optional<Process> process_;
};

}  // namespace seam::testing

#endif  // TESTS_NATS_PRIVATE_NATS_SERVER_H_
