#include "seam/testing/process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "seam/testing/die_internal.h"

extern char** environ;

namespace seam::testing {

using internal::Die;

struct Process::State {
  pid_t pid = -1;
  int output_fd = -1;
  std::array<int, 2> over{};  // A pipe that is closed when nobody wants the output any more.
  std::thread reader;         // Copies the output until the program, and all it started, closed it.
  std::thread reaper;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::string output;
  bool output_ended = false;
  std::optional<int> status;
};

Process::Process(std::vector<std::string> arguments, std::vector<std::string> environment)
    : state_(std::make_unique<State>()) {
  if (access(arguments.at(0).c_str(), X_OK) != 0) {
    Die("there is no program " + arguments[0] + "; build it first");
  }
  std::array<int, 2> pipe_fds{};
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0 || pipe2(state_->over.data(), O_CLOEXEC) != 0) {
    Die(std::string("pipe2: ") + std::strerror(errno));
  }

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDERR_FILENO);

  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (char** variable = environ; *variable != nullptr; ++variable) envp.push_back(*variable);
  for (std::string& variable : environment) envp.push_back(variable.data());
  envp.push_back(nullptr);

  // What a shell starts in the background ignores Ctrl-C, and so would its children.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &interrupt);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  const int error =
      posix_spawn(&state_->pid, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_fds[1]);
  if (error != 0) Die("cannot start " + arguments[0] + ": " + std::strerror(error));

  state_->output_fd = pipe_fds[0];
  state_->reader = std::thread([state = state_.get()] {
    std::array<char, 4096> chunk{};
    std::array<pollfd, 2> either = {pollfd{state->output_fd, POLLIN, 0},
                                    pollfd{state->over[0], POLLIN, 0}};
    for (;;) {
      if (poll(either.data(), either.size(), -1) < 0 && errno == EINTR) continue;
      if (either[1].revents != 0) break;
      const ssize_t count = read(state->output_fd, chunk.data(), chunk.size());
      if (count <= 0) break;
      const std::lock_guard lock(state->mutex);
      state->output.append(chunk.data(), static_cast<std::size_t>(count));
      state->changed.notify_all();
    }
    const std::lock_guard lock(state->mutex);
    state->output_ended = true;
    state->changed.notify_all();
  });
  state_->reaper = std::thread([state = state_.get()] {
    // The pid stays ours until it is reaped below, so that Signal never hits another process.
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(state->pid), &info, WEXITED | WNOWAIT);
    const std::lock_guard lock(state->mutex);
    int status = 0;
    waitpid(state->pid, &status, 0);
    state->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    state->changed.notify_all();
  });
}

Process::~Process() {
  Signal(SIGKILL);
  state_->reaper.join();
  // What the program started may hold its output for long.
  close(state_->over[1]);
  state_->reader.join();
  close(state_->over[0]);
  close(state_->output_fd);
}

int Process::pid() const noexcept { return state_->pid; }

void Process::Signal(int signal_number) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->status) kill(state_->pid, signal_number);
}

std::optional<std::string> Process::WaitForLine(std::string_view text,
                                                std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(state_->mutex);
  for (;;) {
    const std::size_t found = state_->output.find(text);
    if (found != std::string::npos) {
      const std::size_t end = state_->output.find('\n', found);
      if (end != std::string::npos) {
        const std::size_t before = state_->output.rfind('\n', found);
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        return state_->output.substr(begin, end - begin);
      }
    }
    if (state_->output_ended) return std::nullopt;
    if (state_->changed.wait_until(lock, deadline) == std::cv_status::timeout) return std::nullopt;
  }
}

std::string Process::output() const {
  const std::lock_guard lock(state_->mutex);
  return state_->output;
}

std::optional<int> Process::Wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  if (state_->changed.wait_for(lock, timeout, [this] { return state_->status.has_value(); })) {
    // Its last words may still be in the pipe, and the pipe may be held by what it started.
    state_->changed.wait_for(lock, std::chrono::seconds(1),
                             [this] { return state_->output_ended; });
  }
  return state_->status;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
    Die(std::string("no free port: ") + std::strerror(errno));
  }
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace seam::testing
