#include "nats/private_nats_server.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace seam::testing {

PrivateNatsServer::PrivateNatsServer(const std::string& configuration, bool start)
    : port_(FreePort()) {
  std::ofstream(folder_ / "server.conf")
      << "listen: \"" << address() << "\"\n"
      << "jetstream { store_dir: \"" << folder_ / "data" << "\" }\n"
      << configuration << "\n";
  if (start) Start();
}

void PrivateNatsServer::Start() {
  process_.emplace(std::vector<std::string>{"/usr/bin/setpriv", "--pdeathsig", "KILL",
                                            "/usr/sbin/nats-server", "-c",
                                            folder_ / "server.conf"});
  // Streams are restored and the port is open by then.
  if (process_->WaitForLine("Server is ready")) return;
  std::fprintf(stderr,
               "seam::testing::PrivateNatsServer: nats-server (Debian: nats-server) did not start: "
               "%s\n",
               process_->output().c_str());
  std::abort();
}

void PrivateNatsServer::Kill() {
  process_->Signal(SIGKILL);
  static_cast<void>(process_->Wait());
  process_.reset();
}

void PrivateNatsServer::Forget() const { std::filesystem::remove_all(folder_ / "data"); }

}  // namespace seam::testing
