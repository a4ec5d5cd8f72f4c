#ifndef SEAM_GRPC_TLS_WATCH_INTERNAL_H_
#define SEAM_GRPC_TLS_WATCH_INTERNAL_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "seam/core/result.h"
#include "seam/grpc/certificate_internal.h"
#include "seam/grpc/tls.h"
#include "seam/observe/log.h"

namespace seam::grpc_internal {

// A text for gRPC to read, which knows files only: in memory, at a path of this process. Replaced
// as a whole: whoever opens the path gets the one or the other. Not thread-safe but for readers.
class MemoryFile {
 public:
  MemoryFile() = default;
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  // False when the system gives no file or memory, and errno says why; then the text is the one
  // from before.
  [[nodiscard]] bool Replace(const std::string& text);

  // Good from the first text on.
  [[nodiscard]] std::string path() const;

 private:
  int descriptor_ = -1;
};

// The files of mutual TLS while a process uses them, looked at every reload_interval. gRPC is given
// copies, which change only to what can be used: a CA file that has no certificate would make it
// refuse everybody, and one that is cut short while it is read make it abort the process.
//
// What is to be said goes to the log from the thread that looks, as a log may block: a line when a
// file cannot be used, a line each ten minutes while that lasts, one a day in the last third of
// the certificate's time and one in that of the last CA's, and one for each refused client.
// Thread-safe.
class TlsWatch {
 public:
  // Reads the files, and fails as ReadTlsIdentity does; with RESOURCE_EXHAUSTED, reason
  // NO_MEMORY_FILE, when there are no descriptors or memory for the copies. `log` must outlive the
  // call of Stop; null when nobody is to be told.
  [[nodiscard]] static Result<std::shared_ptr<TlsWatch>> Start(const TlsOptions& options, Log* log);
  TlsWatch(const TlsWatch&) = delete;
  TlsWatch& operator=(const TlsWatch&) = delete;
  ~TlsWatch();

  // On return it does not look any more, and the log is not used. gRPC may still hold the object.
  void Stop();

  [[nodiscard]] Trust& trust() noexcept { return *trust_; }
  // Who this process is, which no new certificate changes.
  [[nodiscard]] const std::string& identity() const noexcept { return identity_; }

  // Where gRPC finds what can be used.
  [[nodiscard]] TlsOptions copies() const;

  // A client was refused, for the log: ten a second, of further ones only how many, in the next
  // line or, when a second passes without one, in a line of its own. Does not block.
  void Refused(std::string why);

 private:
  using Clock = std::chrono::steady_clock;

  // One of the two things that are replaced by themselves: the pair of key and certificate, the
  // CAs.
  struct Problem {
    std::string message{};  // Empty when there is none.
    Clock::time_point told_at{};
  };
  struct Line {
    std::string why;
    std::uint64_t left_out = 0;
  };

  TlsWatch(TlsOptions options, Log* log) : options_(std::move(options)), log_(log) {}

  [[nodiscard]] Result<void> TakePair();
  [[nodiscard]] Result<void> TakeCas();
  void Tell(const Result<void>& taken, Problem& problem);
  void TellOfAge(const std::string& warning, Problem& problem);
  void TellOfAges();
  void WriteRefusals(const std::deque<Line>& lines, std::uint64_t left_out);
  void Run();

  const TlsOptions options_;
  Log* const log_;
  std::unique_ptr<Trust> trust_;
  std::string identity_;  // Written once, before gRPC has the object.
  std::string pair_text_;
  std::string pair_warning_;
  std::string ca_text_;
  std::string ca_warning_;
  MemoryFile certificate_;
  MemoryFile key_;
  MemoryFile ca_;
  Problem pair_problem_;
  Problem ca_problem_;
  Problem pair_age_;
  Problem ca_age_;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopped_ = false;
  std::deque<Line> lines_;
  Clock::time_point second_began_;
  int lines_of_second_ = 0;
  std::uint64_t left_out_ = 0;

  std::mutex stopping_;
  std::thread thread_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_TLS_WATCH_INTERNAL_H_
