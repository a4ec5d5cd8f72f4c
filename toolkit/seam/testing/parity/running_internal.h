#ifndef SEAM_TESTING_PARITY_RUNNING_INTERNAL_H_
#define SEAM_TESTING_PARITY_RUNNING_INTERNAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "seam/testing/parity/calls_internal.h"

// The calls that are being made, as a file: it is left behind when the program ends in one of them,
// and read again by the next.
namespace seam::testing::internal {

// A file that belongs to this program while it is open: others that run at the same time see that,
// and leave it alone. Not thread-safe.
class OwnedFile {
 public:
  OwnedFile() = default;
  OwnedFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  OwnedFile(OwnedFile&& other) noexcept;
  OwnedFile& operator=(OwnedFile&& other) noexcept;
  ~OwnedFile();  // The file stays.

  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void set_path(std::string path) { path_ = std::move(path); }

  // Its whole text; empty when it cannot be read.
  [[nodiscard]] std::string Read() const;
  // Writes `text` over what is there from `at` on.
  void Write(const std::string& text, std::size_t at) const;
  void Clear() const;
  void Remove() const;

 private:
  int fd_ = -1;
  std::string path_;
};

// Whether a file of that name holds calls that were being made.
[[nodiscard]] bool IsRunningFile(const std::string& path);

// A file that was left behind; false while its program runs.
[[nodiscard]] OwnedFile TakeLeftBehind(const std::string& path);

// The calls of the sequence that is running, in a new file of `folder`. Not thread-safe.
class RunningFile {
 public:
  // Makes the folder, if need be. Where that fails the file is not kept; `problem` then says why.
  explicit RunningFile(std::string folder);
  RunningFile(const RunningFile&) = delete;
  RunningFile& operator=(const RunningFile&) = delete;
  ~RunningFile();  // Removes the file, and the folders that it has made when nothing else is there.

  [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  // Before a sequence.
  void Begin(const Contract& contract, std::uint64_t seed);
  // Before a call.
  void Add(const Call& call, const std::vector<std::string>& callers);

 private:
  bool Open();

  const std::string folder_;
  std::vector<std::string> made_folders_;  // The innermost first.
  OwnedFile file_;
  std::string problem_;
  std::size_t end_ = 0;  // Where the next call is written.
  bool first_ = true;
};

}  // namespace seam::testing::internal

#endif  // SEAM_TESTING_PARITY_RUNNING_INTERNAL_H_
