#include "seam/testing/parity.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "seam/core/fingerprint.h"
#include "seam/testing/die_internal.h"
#include "seam/testing/parity/calls_internal.h"
#include "seam/testing/parity/comparison_internal.h"
#include "seam/testing/parity/random_calls_internal.h"
#include "seam/testing/parity/running_internal.h"

namespace seam::testing {
namespace {

using internal::Call;
using internal::Comparison;
using internal::Contract;
using internal::Die;
using internal::RandomCalls;

// Making a difference smaller takes at most so many calls; opening two stores counts as some.
constexpr std::size_t kMostShrinkingCalls = 5'000;
constexpr std::size_t kOpeningCalls = 10;
// Calls that last too long do so each time.
constexpr std::size_t kMostShrinkingTimeouts = 1;

// How many times ParityOptions::call_timeout a step may last.
constexpr int kPatience = 3;

// Leaves room for the seeds of the sequences after the first one.
constexpr std::uint64_t kLargestSeed = std::numeric_limits<std::int64_t>::max();

// Where and how two sides differ.
struct Difference {
  std::optional<std::size_t> call;  // None: in the rows.
  std::string method;
  std::string text;

  [[nodiscard]] bool IsLike(const Difference& other) const {
    // The first words, which say whether it is the answers, the errors, the replies or the rows.
    constexpr std::size_t kWords = 12;
    return method == other.method && text.substr(0, kWords) == other.text.substr(0, kWords);
  }
};

bool IsSoak() {
  const char* const soak = std::getenv("SEAM_SOAK");
  return soak != nullptr && std::string_view(soak) == "1";
}

std::uint64_t FirstSeed() {
  if (const char* const text = std::getenv("SEAM_SEED"); text != nullptr) {
    // 0 is no seed, so that ParityOutcome::seed can say that there is none.
    std::uint64_t seed = 0;
    const char* const end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, seed);
    if (read.ec != std::errc() || read.ptr != end || seed == 0 || seed > kLargestSeed) {
      Die(std::string("SEAM_SEED=") + text + " is no number from 1 to " +
          std::to_string(kLargestSeed));
    }
    return seed;
  }
  return IsSoak() ? std::uint64_t{1} + std::random_device()() : 1;
}

// Ends the program when a step does not end. Thread-safe.
class Watch {
 public:
  explicit Watch(std::chrono::milliseconds patience)
      : patience_(patience), thread_([this] { Run(); }) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
      ended_.notify_one();
    }
    thread_.join();
  }

  // How the steps from now on are repeated, for whoever reads why the program has ended.
  void SetHint(std::string hint) {
    const std::lock_guard lock(mutex_);
    hint_ = std::move(hint);
  }

  // What begins now; what was before has ended.
  void Now(std::string step) {
    const std::lock_guard lock(mutex_);
    step_ = std::move(step);
    end_ = Clock::now() + patience_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Run() {
    std::unique_lock lock(mutex_);
    // The end moves while it is waited for.
    while (!done_) {
      const Clock::time_point end = end_;
      ended_.wait_until(lock, end, [this] { return done_; });
      if (done_ || Clock::now() < end_) continue;
      std::cout << std::flush;
      Die(step_ + " has not ended within " + std::to_string(patience_.count()) + " ms (" +
          std::to_string(kPatience) + " times ParityOptions::call_timeout)" + hint_);
    }
  }

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::string step_ = "opening a side";
  std::string hint_;
  Clock::time_point end_ = Clock::now() + patience_;
  std::thread thread_;
};

class ParityRun {
 public:
  ParityRun(const ServiceContract& service, const OpenSide& first, const OpenSide& second,
            const ParityOptions& options)
      : contract_(service), first_(first), second_(second), options_(options) {
    internal::CheckOptions(contract_, options_);
    if (!options_.failures_folder.empty()) {
      folder_ = options_.failures_folder + "/" + std::string(service.full_name);
    }
    watch_.emplace(kPatience * call_timeout_);
    for (const Caller& caller : first_()->callers()) callers_.push_back(caller.name);
    if (callers_.empty()) Die("ParitySide::callers() names nobody who calls");
  }

  ParityOutcome Compare() {
    for (const std::string& path : KeptFiles()) {
      if (auto outcome = TryAgain(path)) return *std::move(outcome);
    }
    const std::uint64_t first_seed = FirstSeed();
    std::cout << "SEAM_SEED=" << first_seed << std::endl;
    internal::RunningFile running(folder_);
    if (!running.problem().empty()) {
      std::cout << "The calls that are being made cannot be kept in " << folder_ << ": "
                << running.problem() << std::endl;
    }
    const std::size_t sequences = options_.sequences * (IsSoak() ? 100 : 1);
    constexpr std::size_t kMostTimes = 10;
    for (std::size_t i = 0; i < sequences || (LacksAnswers() && i < kMostTimes * sequences); ++i) {
      const std::uint64_t seed = first_seed + i;
      watch_->SetHint("; SEAM_SEED=" + std::to_string(seed) + " makes the same calls" +
                      (running.path().empty() ? "" : ", which are in " + running.path()));
      std::vector<Call> calls;
      if (const auto difference = RunRandom(seed, calls, running)) {
        return Report(std::move(calls), *difference, seed, "");
      }
    }
    for (const auto& [method, count] : outcome_.methods) {
      outcome_.report += method + ": answered " + std::to_string(count.answered) + ", refused " +
                         std::to_string(count.refused) + "\n";
    }
    return outcome_;
  }

 private:
  // Whether a method that is to be answered has not been.
  [[nodiscard]] bool LacksAnswers() const {
    return std::any_of(options_.to_answer.begin(), options_.to_answer.end(),
                       [&](const std::string& method) {
                         const auto count = outcome_.methods.find(method);
                         return count == outcome_.methods.end() || count->second.answered == 0;
                       });
  }

  // Two fresh stores and what is known of them.
  struct Sides {
    Sides(ParityRun& run, std::uint64_t seed)
        : watch(*run.watch_),
          first(Open(watch, "opening the first side", run.first_)),
          second(Open(watch, "opening the second side", run.second_)),
          first_callers(first->callers()),
          second_callers(second->callers()),
          comparison(run.contract_, run.options_) {
      const bool same = std::equal(
          first_callers.begin(), first_callers.end(), second_callers.begin(), second_callers.end(),
          [](const Caller& one, const Caller& other) { return one.name == other.name; });
      if (!same) Die("the callers() of the two sides have different names");
      first->Begin(seed);
      second->Begin(seed);
    }
    Sides(const Sides&) = delete;
    Sides& operator=(const Sides&) = delete;
    ~Sides() {
      watch.Now("closing the second side");
      second.reset();
      watch.Now("closing the first side");
      first.reset();
    }

    Watch& watch;

    std::unique_ptr<ParitySide> first;
    std::unique_ptr<ParitySide> second;
    std::vector<Caller> first_callers;
    std::vector<Caller> second_callers;
    Comparison comparison;
  };

  static std::unique_ptr<ParitySide> Open(Watch& watch, const char* step, const OpenSide& open) {
    watch.Now(step);
    return open();
  }

  // The outcome when the calls of a kept file find a difference, or it has none.
  std::optional<ParityOutcome> TryAgain(const std::string& path) {
    internal::OwnedFile left_behind;
    std::string text;
    if (internal::IsRunningFile(path)) {
      left_behind = internal::TakeLeftBehind(path);
      if (!left_behind) return std::nullopt;
      text = left_behind.Read();
    } else {
      std::ifstream stream(path, std::ios::binary);
      text.assign(std::istreambuf_iterator<char>(stream), {});
    }
    std::cout << "Trying the calls of " << path << std::endl;
    Result<internal::Kept> kept = internal::FromFile(contract_, callers_, text);
    if (!kept && left_behind) {
      // Of a program that has ended before its first call, or in the middle of writing.
      std::cout << "They cannot be tried: " << kept.error().message << "\n";
      left_behind.Remove();
      return std::nullopt;
    }
    if (!kept) {
      outcome_.equal = false;
      outcome_.file = path;
      outcome_.report = std::string(contract_.contract().full_name) + ": " + path + ": " +
                        kept.error().message + "; mend the file or delete it\n";
      return outcome_;
    }
    watch_->SetHint("; the calls are in " + path);
    auto difference = Run(kept->calls, kept->seed);
    if (!difference) {
      if (left_behind) left_behind.Remove();
      return std::nullopt;
    }
    ParityOutcome outcome = Report(std::move(kept->calls), *std::move(difference),
                                   left_behind ? kept->seed : 0, left_behind ? "" : path);
    if (left_behind && !outcome.file.empty()) left_behind.Remove();
    return outcome;
  }

  std::optional<Difference> Run(const std::vector<Call>& calls, std::uint64_t seed) {
    Sides sides(*this, seed);
    for (const Call& call : calls) {
      if (auto difference = Make(sides, call)) return difference;
    }
    return CompareRows(sides);
  }

  // The calls are added to `calls`, and to `running`, as they are made up.
  std::optional<Difference> RunRandom(std::uint64_t seed, std::vector<Call>& calls,
                                      internal::RunningFile& running) {
    running.Begin(contract_, seed);
    Sides sides(*this, seed);
    RandomCalls random(contract_, options_, callers_.size(), seed);
    const std::size_t length = random.Length();
    while (calls.size() < length) {
      calls.push_back(random.Next(calls.size(), sides.comparison.references()));
      running.Add(calls.back(), callers_);
      if (auto difference = Make(sides, calls.back())) return difference;
    }
    return CompareRows(sides);
  }

  std::optional<Difference> Make(Sides& sides, const Call& call) {
    const std::unique_ptr<google::protobuf::Message> request = call.CopyRequest();
    internal::ForEachString(
        *request, [&](google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field, int index) {
          const auto& reflection = *message.GetReflection();
          const std::string text = index < 0 ? reflection.GetString(message, &field)
                                             : reflection.GetRepeatedString(message, &field, index);
          if (!internal::IsReference(text)) sides.comparison.WasSent(text);
        });
    const auto& method =
        contract_.contract().methods[static_cast<std::size_t>(call.method->index())];
    std::vector<std::string> late;
    const auto ask = [&](ParitySide& side, const std::vector<Caller>& callers, std::size_t which) {
      std::string bytes = internal::Bytes(call, [&](const std::string& reference) {
        return sides.comparison.Resolve(reference, which);
      });
      const std::string name = which == 0 ? "the first" : "the second";
      sides.watch.Now("call " + std::to_string(call.number) + ", " + call.method->name() + ", on " +
                      name + " side,");
      const auto begin = std::chrono::steady_clock::now();
      auto answer = side.channel().Call(
          method, callers[call.caller].context.WithTimeout(call_timeout_ + call_timeout_ / 10),
          Buffer(std::move(bytes)));
      if (std::chrono::steady_clock::now() - begin >= call_timeout_) late.push_back(name);
      return answer;
    };
    const Result<Buffer> first = ask(*sides.first, sides.first_callers, 0);
    const Result<Buffer> second = ask(*sides.second, sides.second_callers, 1);
    auto& count = outcome_.methods[call.method->name()];
    ++(first ? count.answered : count.refused);
    std::string difference;
    if (late.empty()) {
      difference = sides.comparison.Answers(call, first, second);
    } else {
      difference = "no answer of " + call.method->name() + " within " +
                   std::to_string(call_timeout_.count()) +
                   " ms (ParityOptions::call_timeout) from " + late.front() +
                   (late.size() > 1 ? " and " + late.back() + " side" : " side");
      // At once, as what has begun may keep the side from being closed.
      std::cout << "In call " << call.number << ", " << difference << std::endl;
      ++timeouts_;
    }
    if (difference.empty()) return std::nullopt;
    return Difference{call.number, call.method->name(), std::move(difference)};
  }

  static std::optional<Difference> CompareRows(Sides& sides) {
    sides.watch.Now("reading the rows of the first side");
    std::vector<std::string> first = sides.first->Rows();
    sides.watch.Now("reading the rows of the second side");
    std::vector<std::string> second = sides.second->Rows();
    std::string difference = sides.comparison.Rows(std::move(first), std::move(second));
    if (difference.empty()) return std::nullopt;
    return Difference{std::nullopt, "", std::move(difference)};
  }

  // Tries the calls in a smaller form, which is kept when the sides differ in the same way.
  bool Try(std::vector<Call>& calls, Difference& difference, std::vector<Call> smaller,
           std::uint64_t seed) {
    if (shrinking_calls_ >= kMostShrinkingCalls || timeouts_ > kMostShrinkingTimeouts) return false;
    shrinking_calls_ += smaller.size() + kOpeningCalls;
    auto again = Run(smaller, seed);
    if (!again || !again->IsLike(difference)) return false;
    difference = *std::move(again);
    calls = std::move(smaller);
    return true;
  }

  void Shrink(std::vector<Call>& calls, Difference& difference, std::uint64_t seed) {
    shrinking_calls_ = 0;
    // The first try may be the only one.
    if (timeouts_ > 0) Try(calls, difference, {calls.back()}, seed);
    for (std::size_t size = std::max<std::size_t>(calls.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t at = 0; at + size <= calls.size();) {
        std::vector<Call> fewer = calls;
        const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
        fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
        if (!Try(calls, difference, std::move(fewer), seed)) at += size;
      }
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      for (std::size_t step = 0;;) {
        auto simpler = internal::Simpler(calls[i], step, options_.only_values);
        if (!simpler) break;
        std::vector<Call> changed = calls;
        changed[i] = *std::move(simpler);
        if (!Try(calls, difference, std::move(changed), seed)) ++step;
      }
    }
  }

  [[nodiscard]] std::vector<std::string> KeptFiles() const {
    std::vector<std::string> files;
    if (folder_.empty() || !std::filesystem::is_directory(folder_)) return files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  // What the report says of it.
  std::string Keep(const std::vector<Call>& calls, const Difference& difference,
                   std::uint64_t seed) {
    // Sides that differ before the first call do so in any sequence.
    if (folder_.empty() || calls.empty()) return {};
    // Without what was said, in which ids are others each time, so that what fails in the same way
    // has the same name.
    const std::uint64_t name =
        Fingerprint(internal::ToFile(contract_, {calls, seed}, callers_, ""));
    const std::string path = folder_ + "/" +
                             (difference.method.empty() ? "rows" : difference.method) + "-" +
                             std::to_string(name) + ".json";
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    std::ofstream stream(path, std::ios::binary);
    stream << internal::ToFile(contract_, {calls, seed}, callers_, difference.text);
    stream.close();
    if (!stream) {
      return "The calls could not be kept in " + path + ": " + std::strerror(errno) +
             "; ParityOptions::failures_folder has to be a folder that can be written.\n";
    }
    outcome_.file = path;
    return "The calls are in " + path + ", which is tried first from now on.\n";
  }

  // `file` is where the calls were kept before; empty when they are new.
  ParityOutcome Report(std::vector<Call> calls, Difference difference, std::uint64_t seed,
                       const std::string& file) {
    std::string kept;
    if (file.empty()) {
      std::cout << "After " << calls.size() << " calls " << difference.text
                << "\nNow with fewer and simpler calls." << std::endl;
      Shrink(calls, difference, seed);
      kept = Keep(calls, difference, seed);
    } else {
      outcome_.file = file;
      kept = "The calls are in " + file + ", which is tried first from now on.\n";
    }
    outcome_.equal = false;
    outcome_.seed = seed;
    outcome_.calls = calls.size();
    outcome_.report = std::string(contract_.contract().full_name) +
                      ": the sides differ after these calls:\n" +
                      internal::Describe(calls, callers_);
    if (difference.call) outcome_.report += "In call " + std::to_string(*difference.call) + ", ";
    outcome_.report += difference.text + "\n";
    if (seed != 0) outcome_.report += "SEAM_SEED=" + std::to_string(seed) + " finds it again.\n";
    outcome_.report += kept;
    return outcome_;
  }

  Contract contract_;
  const OpenSide& first_;
  const OpenSide& second_;
  const ParityOptions& options_;
  // No clock need count further than a day.
  const std::chrono::milliseconds call_timeout_ =
      std::min<std::chrono::milliseconds>(options_.call_timeout, std::chrono::hours(24));
  std::string folder_;  // Of this contract's failures.
  std::optional<Watch> watch_;
  std::vector<std::string> callers_;
  ParityOutcome outcome_;
  std::size_t shrinking_calls_ = 0;
  std::size_t timeouts_ = 0;
};

}  // namespace

ParityOutcome CompareSides(const ServiceContract& contract, const OpenSide& first,
                           const OpenSide& second, const ParityOptions& options) {
  // libprotobuf writes a line for each string that is not UTF-8, which some are meant not to be.
  const google::protobuf::LogSilencer quiet;
  return ParityRun(contract, first, second, options).Compare();
}

}  // namespace seam::testing
