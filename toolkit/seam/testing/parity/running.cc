#include "seam/testing/parity/running_internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

namespace seam::testing::internal {
namespace {

constexpr std::string_view kRunningName = "running-";
// What follows the last call.
constexpr std::string_view kFileEnd = "]\n}\n";

}  // namespace

OwnedFile::OwnedFile(OwnedFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

OwnedFile& OwnedFile::operator=(OwnedFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

OwnedFile::~OwnedFile() {
  if (fd_ >= 0) close(fd_);
}

std::string OwnedFile::Read() const {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t size = pread(fd_, part.data(), part.size(), static_cast<off_t>(text.size()));
    if (size <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

void OwnedFile::Write(const std::string& text, std::size_t at) const {
  // A disk that is full now makes the file useless, and the test no worse.
  static_cast<void>(pwrite(fd_, text.data(), text.size(), static_cast<off_t>(at)) < 0);
}

void OwnedFile::Clear() const { static_cast<void>(ftruncate(fd_, 0) < 0); }

void OwnedFile::Remove() const { unlink(path_.c_str()); }

bool IsRunningFile(const std::string& path) {
  return std::filesystem::path(path).filename().string().rfind(kRunningName, 0) == 0;
}

OwnedFile TakeLeftBehind(const std::string& path) {
  OwnedFile file(open(path.c_str(), O_RDWR | O_CLOEXEC), path);
  if (file && flock(file.fd(), LOCK_EX | LOCK_NB) != 0) return {};
  return file;
}

RunningFile::RunningFile(std::string folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  // Another program may remove a folder, as it is empty, before there is a file in it.
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (Open()) return;
    if (errno != ENOENT) break;
  }
  problem_ = std::strerror(errno);
}

RunningFile::~RunningFile() {
  if (file_) file_.Remove();
  // What is not empty stays.
  for (const std::string& folder : made_folders_) rmdir(folder.c_str());
}

bool RunningFile::Open() {
  made_folders_.clear();
  for (std::filesystem::path missing = folder_;
       missing.has_relative_path() && access(missing.c_str(), F_OK) != 0;
       missing = missing.parent_path()) {
    made_folders_.push_back(missing.string());
  }
  for (auto missing = made_folders_.rbegin(); missing != made_folders_.rend(); ++missing) {
    if (mkdir(missing->c_str(), 0777) != 0 && errno != EEXIST) return false;
  }
  // Owned before it has its name, so that nobody takes it for one that was left behind.
  std::string unnamed = folder_ + "/new-XXXXXX";
  const int fd = mkostemp(unnamed.data(), O_CLOEXEC);
  if (fd < 0) return false;
  OwnedFile file(fd, unnamed);
  flock(fd, LOCK_EX | LOCK_NB);
  fchmod(fd, 0644);
  int number = 1;
  std::string path;
  int failed = 0;
  do {
    path = folder_ + "/" + std::string(kRunningName) + std::to_string(number++) + ".json";
    failed = link(unnamed.c_str(), path.c_str());
  } while (failed != 0 && errno == EEXIST);
  const int why = errno;
  unlink(unnamed.c_str());
  errno = why;
  if (failed != 0) return false;
  file.set_path(std::move(path));
  file_ = std::move(file);
  return true;
}

void RunningFile::Begin(const Contract& contract, std::uint64_t seed) {
  if (!file_) return;
  const std::string text =
      ToFile(contract, {{}, seed}, {}, "the program has ended, it may be in the last call");
  file_.Clear();
  file_.Write(text, 0);
  end_ = text.size() - kFileEnd.size();
  first_ = true;
}

void RunningFile::Add(const Call& call, const std::vector<std::string>& callers) {
  if (!file_) return;
  const std::string text = (first_ ? "\n" : ",\n") + ToFileEntry(call, callers) + "\n";
  file_.Write(text + std::string(kFileEnd), end_);
  end_ += text.size();
  first_ = false;
}

}  // namespace seam::testing::internal
