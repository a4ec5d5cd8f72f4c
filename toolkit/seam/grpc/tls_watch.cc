#include "seam/grpc/tls_watch_internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "seam/grpc/certificate_internal.h"

namespace seam::grpc_internal {
namespace {

constexpr std::chrono::minutes kTellAgainAfter{10};
constexpr std::chrono::hours kTellOfAgeAgainAfter{24};
constexpr std::chrono::seconds kSecond{1};
constexpr int kLinesASecond = 10;
constexpr std::size_t kMostWaitingLines = 100;

// After MemoryFile::Replace, whose errno says why.
Result<void> NoMemoryFile() {
  return Fail(Code::kResourceExhausted, "NO_MEMORY_FILE",
              "there is no descriptor or memory for a copy of the TLS files (" +
                  std::generic_category().message(errno) +
                  "); allow this process more open files (ulimit -n), or more memory");
}

bool WriteAll(int descriptor, const std::string& text) {
  for (std::size_t written = 0; written < text.size();) {
    const auto some = ::write(descriptor, text.data() + written, text.size() - written);
    if (some <= 0) return false;
    written += static_cast<std::size_t>(some);
  }
  return true;
}

}  // namespace

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool MemoryFile::Replace(const std::string& text) {
  const int fresh = ::memfd_create("seam-tls", MFD_CLOEXEC);
  if (fresh < 0) return false;
  if (!WriteAll(fresh, text)) {
    const int why = errno;
    ::close(fresh);
    errno = why;
    return false;
  }
  if (descriptor_ < 0) {
    descriptor_ = fresh;
    return true;
  }
  bool replaced = false;
  // A signal, or another thread that opens a file just now, is no reason to give up.
  do {
    replaced = ::dup3(fresh, descriptor_, O_CLOEXEC) >= 0;
  } while (!replaced && (errno == EINTR || errno == EBUSY));
  const int why = errno;
  ::close(fresh);
  errno = why;
  return replaced;
}

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

Result<std::shared_ptr<TlsWatch>> TlsWatch::Start(const TlsOptions& options, Log* log) {
  std::shared_ptr<TlsWatch> watch(new TlsWatch(options, log));
  if (auto taken = watch->TakePair(); !taken) return Forward(taken.error());
  if (auto taken = watch->TakeCas(); !taken) return Forward(taken.error());
  watch->trust_ = std::make_unique<Trust>(options.ca_file, watch->ca_text_);
  watch->thread_ = std::thread([raw = watch.get()] { raw->Run(); });
  return watch;
}

TlsWatch::~TlsWatch() { Stop(); }

void TlsWatch::Stop() {
  const std::lock_guard stopping(stopping_);
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

TlsOptions TlsWatch::copies() const {
  return {certificate_.path(), key_.path(), ca_.path(), options_.reload_interval};
}

void TlsWatch::Refused(std::string why) {
  if (log_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (now - second_began_ >= kSecond) {
      second_began_ = now;
      lines_of_second_ = 0;
    }
    if (++lines_of_second_ > kLinesASecond || lines_.size() >= kMostWaitingLines) {
      // The first one has the thread look at the clock.
      if (++left_out_ > 1) return;
    } else {
      lines_.push_back({std::move(why), std::exchange(left_out_, 0)});
    }
  }
  woken_.notify_one();
}

Result<void> TlsWatch::TakePair() {
  auto pair = ReadTlsPair(options_);
  if (!pair) return Forward(std::move(pair).error());
  const std::string text = pair->key + pair->certificate;
  if (text == pair_text_) {
    pair_warning_ = pair->warning;
    return {};
  }
  if (!identity_.empty() && pair->identity != identity_) {
    return Fail(Code::kInvalidArgument, "INVALID_TLS_FILE",
                "the certificate file '" + options_.certificate_file + "' is now of " +
                    pair->identity + ", and this process is " + identity_ +
                    "; put back a certificate of its own, or restart it");
  }
  if (!key_.Replace(pair->key) || !certificate_.Replace(pair->certificate)) return NoMemoryFile();
  if (identity_.empty()) identity_ = pair->identity;
  pair_text_ = text;
  pair_warning_ = pair->warning;
  return {};
}

Result<void> TlsWatch::TakeCas() {
  auto cas = ReadTlsCas(options_.ca_file);
  if (!cas) return Forward(std::move(cas).error());
  if (cas->text != ca_text_ && !ca_.Replace(cas->text)) return NoMemoryFile();
  ca_text_ = std::move(cas->text);
  ca_warning_ = std::move(cas->warning);
  return {};
}

void TlsWatch::Tell(const Result<void>& taken, Problem& problem) {
  if (taken) {
    if (!problem.message.empty() && log_ != nullptr) {
      log_->Info("the TLS files can be used again", {{"was", problem.message}});
    }
    problem.message.clear();
    return;
  }
  const auto now = Clock::now();
  if (taken.error().message == problem.message && now - problem.told_at < kTellAgainAfter) return;
  problem = {taken.error().message, now};
  if (log_ == nullptr) return;
  log_->Warning("a TLS file cannot be used; what it had before goes on",
                {{"reason", taken.error().reason}, {"error", taken.error().message}});
}

void TlsWatch::TellOfAge(const std::string& warning, Problem& problem) {
  if (log_ == nullptr || warning.empty()) return;
  const auto now = Clock::now();
  if (warning == problem.message && now - problem.told_at < kTellOfAgeAgainAfter) return;
  problem = {warning, now};
  log_->Warning("a certificate is in the last third of its time", {{"error", warning}});
}

void TlsWatch::TellOfAges() {
  TellOfAge(pair_warning_, pair_age_);
  TellOfAge(ca_warning_, ca_age_);
}

void TlsWatch::WriteRefusals(const std::deque<Line>& lines, std::uint64_t left_out) {
  for (const Line& line : lines) {
    log_->Warning(
        "a connection is refused",
        {{"reason", "CLIENT_NOT_TRUSTED"}, {"error", line.why}, {"left_out", line.left_out}});
  }
  if (left_out == 0) return;
  log_->Warning("further connections were refused",
                {{"reason", "CLIENT_NOT_TRUSTED"}, {"left_out", left_out}});
}

void TlsWatch::Run() {
  TellOfAges();
  std::unique_lock lock(mutex_);
  auto next_look = Clock::now() + options_.reload_interval;
  for (;;) {
    const bool owes = left_out_ > 0;
    const auto until = owes ? std::min(next_look, second_began_ + kSecond) : next_look;
    woken_.wait_until(lock, until,
                      [&] { return stopped_ || !lines_.empty() || (left_out_ > 0) != owes; });
    const std::deque<Line> lines = std::exchange(lines_, {});
    const bool is_over = stopped_ || Clock::now() - second_began_ >= kSecond;
    const std::uint64_t left_out = is_over ? std::exchange(left_out_, 0) : 0;
    // What was refused before the end is still written.
    if (stopped_ && lines.empty() && left_out == 0) return;
    lock.unlock();
    WriteRefusals(lines, left_out);
    if (Clock::now() >= next_look) {
      Tell(TakePair(), pair_problem_);
      Tell(TakeCas(), ca_problem_);
      TellOfAges();
      next_look = Clock::now() + options_.reload_interval;
    }
    lock.lock();
  }
}

}  // namespace seam::grpc_internal
