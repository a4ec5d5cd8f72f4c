#include "postgresql/private_postgresql.h"

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace seam::testing {

PrivatePostgresql::PrivatePostgresql(std::vector<std::string> settings)
    : settings_(std::move(settings)) {
  Start();
}

PrivatePostgresql::~PrivatePostgresql() {
  if (process_) {
    Resume();
    Stop();
  }
}

std::string PrivatePostgresql::address() const {
  return "host=" + folder_.path() + " port=5432 dbname=postgres";
}

void PrivatePostgresql::Start() {
  std::vector<std::string> arguments = {"/usr/bin/setpriv", "--pdeathsig", "TERM",
                                        PRIVATE_POSTGRESQL, "--data",      folder_ / "data",
                                        "--sockets",        folder_.path()};
  for (const char* setting : {"fsync=off", "full_page_writes=off"}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  for (const std::string& setting : settings_) arguments.insert(arguments.end(), {"-c", setting});
  process_.emplace(std::move(arguments));
  if (process_->WaitForLine("ready")) return;
  std::fprintf(stderr, "seam::testing::PrivatePostgresql: %s\n", process_->output().c_str());
  std::abort();
}

void PrivatePostgresql::Stop() {
  process_->Signal(SIGTERM);
  static_cast<void>(process_->Wait());
  process_.reset();
}

void PrivatePostgresql::Kill() {
  // All at once: the server's other processes would end by themselves, but not at once.
  SignalAll(SIGKILL);
  static_cast<void>(process_->Wait());
  process_.reset();
}

void PrivatePostgresql::LimitFiles(std::optional<std::uint64_t> bytes) const {
  const auto limit = [bytes](int pid) {
    rlimit allowed{};
    if (prlimit(pid, RLIMIT_FSIZE, nullptr, &allowed) != 0) return;
    allowed.rlim_cur = bytes.value_or(allowed.rlim_max);
    prlimit(pid, RLIMIT_FSIZE, &allowed, nullptr);
  };
  const int server = ServerPid();
  if (server <= 0) return;
  limit(server);  // First: those that it starts from now on inherit it.
  for (const int pid : ChildrenOf(server)) limit(pid);
}

void PrivatePostgresql::Pause() const { SignalAll(SIGSTOP); }
void PrivatePostgresql::Resume() const { SignalAll(SIGCONT); }

int PrivatePostgresql::ServerPid() const {
  std::ifstream file(folder_ / "data/postmaster.pid");
  int pid = 0;
  file >> pid;
  return pid;
}

std::vector<int> PrivatePostgresql::ChildrenOf(int server) {
  const std::string task = "/proc/" + std::to_string(server) + "/task/" + std::to_string(server);
  std::ifstream children(task + "/children");
  std::vector<int> pids;
  for (int pid = 0; children >> pid;) pids.push_back(pid);
  return pids;
}

void PrivatePostgresql::SignalAll(int number) const {
  const int server = ServerPid();
  if (server <= 0) return;
  const std::vector<int> children = ChildrenOf(server);
  kill(server, number);
  for (const int pid : children) kill(pid, number);
}

}  // namespace seam::testing
