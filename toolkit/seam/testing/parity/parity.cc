#include "seam/testing/parity.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "seam/core/fingerprint.h"
#include "seam/testing/die_internal.h"
#include "seam/testing/parity/calls_internal.h"
#include "seam/testing/parity/comparison_internal.h"
#include "seam/testing/parity/random_calls_internal.h"

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

class ParityRun {
 public:
  ParityRun(const ServiceContract& service, const OpenSide& first, const OpenSide& second,
            const ParityOptions& options)
      : contract_(service), first_(first), second_(second), options_(options) {
    internal::CheckOptions(contract_, options_);
    for (const Caller& caller : first_()->callers()) callers_.push_back(caller.name);
    if (callers_.empty()) Die("ParitySide::callers() names nobody who calls");
  }

  ParityOutcome Compare() {
    for (const std::string& path : KeptFiles()) {
      std::ifstream stream(path, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(stream), {}};
      internal::Kept kept = internal::FromFile(contract_, callers_, path, text);
      if (const auto difference = Run(kept.calls, kept.seed)) {
        return Report(std::move(kept.calls), *difference, 0, path);
      }
    }
    const std::uint64_t first_seed = FirstSeed();
    std::cout << "SEAM_SEED=" << first_seed << "\n";
    const std::size_t sequences = options_.sequences * (IsSoak() ? 100 : 1);
    for (std::size_t i = 0; i < sequences; ++i) {
      std::vector<Call> calls;
      if (const auto difference = RunRandom(first_seed + i, calls)) {
        return Report(std::move(calls), *difference, first_seed + i, "");
      }
    }
    for (const auto& [method, count] : outcome_.methods) {
      outcome_.report += method + ": answered " + std::to_string(count.answered) + ", refused " +
                         std::to_string(count.refused) + "\n";
    }
    return outcome_;
  }

 private:
  // Two fresh stores and what is known of them.
  struct Sides {
    Sides(ParityRun& run, std::uint64_t seed)
        : first(run.first_()),
          second(run.second_()),
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

    std::unique_ptr<ParitySide> first;
    std::unique_ptr<ParitySide> second;
    std::vector<Caller> first_callers;
    std::vector<Caller> second_callers;
    Comparison comparison;
  };

  std::optional<Difference> Run(const std::vector<Call>& calls, std::uint64_t seed) {
    Sides sides(*this, seed);
    for (const Call& call : calls) {
      if (auto difference = Make(sides, call)) return difference;
    }
    return CompareRows(sides);
  }

  // The calls are added to `calls` as they are made up.
  std::optional<Difference> RunRandom(std::uint64_t seed, std::vector<Call>& calls) {
    Sides sides(*this, seed);
    RandomCalls random(contract_, options_, callers_.size(), seed);
    const std::size_t length = random.Length();
    while (calls.size() < length) {
      calls.push_back(random.Next(calls.size(), sides.comparison.references()));
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
    const auto ask = [&](ParitySide& side, const std::vector<Caller>& callers, std::size_t which) {
      std::string bytes = internal::Bytes(call, [&](const std::string& reference) {
        return sides.comparison.Resolve(reference, which);
      });
      return side.channel().Call(method, callers[call.caller].context, Buffer(std::move(bytes)));
    };
    const Result<Buffer> first = ask(*sides.first, sides.first_callers, 0);
    const Result<Buffer> second = ask(*sides.second, sides.second_callers, 1);
    auto& count = outcome_.methods[call.method->name()];
    ++(first ? count.answered : count.refused);
    std::string difference = sides.comparison.Answers(call, first, second);
    if (difference.empty()) return std::nullopt;
    return Difference{call.number, call.method->name(), std::move(difference)};
  }

  static std::optional<Difference> CompareRows(Sides& sides) {
    std::string difference = sides.comparison.Rows(sides.first->Rows(), sides.second->Rows());
    if (difference.empty()) return std::nullopt;
    return Difference{std::nullopt, "", std::move(difference)};
  }

  // Tries the calls in a smaller form, which is kept when the sides differ in the same way.
  bool Try(std::vector<Call>& calls, Difference& difference, std::vector<Call> smaller,
           std::uint64_t seed) {
    if (shrinking_calls_ >= kMostShrinkingCalls) return false;
    shrinking_calls_ += smaller.size() + kOpeningCalls;
    auto again = Run(smaller, seed);
    if (!again || !again->IsLike(difference)) return false;
    difference = *std::move(again);
    calls = std::move(smaller);
    return true;
  }

  void Shrink(std::vector<Call>& calls, Difference& difference, std::uint64_t seed) {
    shrinking_calls_ = 0;
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
    if (!std::filesystem::is_directory(options_.failures_folder)) return files;
    for (const auto& entry : std::filesystem::directory_iterator(options_.failures_folder)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  std::string Keep(const std::vector<Call>& calls, const Difference& difference,
                   std::uint64_t seed) {
    if (options_.failures_folder.empty()) return {};
    const std::string text = internal::ToFile(contract_, {calls, seed}, callers_, difference.text);
    const std::string name = (difference.method.empty() ? "rows" : difference.method) + "-" +
                             std::to_string(Fingerprint(text)) + ".json";
    std::error_code error;
    std::filesystem::create_directories(options_.failures_folder, error);
    std::string path = options_.failures_folder + "/" + name;
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    return stream ? path : "";
  }

  ParityOutcome Report(std::vector<Call> calls, Difference difference, std::uint64_t seed,
                       std::string file) {
    if (file.empty()) {
      std::cout << "After " << calls.size() << " calls " << difference.text
                << "\nNow with fewer and simpler calls.\n";
      Shrink(calls, difference, seed);
      file = Keep(calls, difference, seed);
    }
    outcome_.equal = false;
    outcome_.seed = seed;
    outcome_.calls = calls.size();
    outcome_.file = file;
    outcome_.report = std::string(contract_.contract().full_name) +
                      ": the sides differ after these calls:\n" +
                      internal::Describe(calls, callers_);
    if (difference.call) outcome_.report += "In call " + std::to_string(*difference.call) + ", ";
    outcome_.report += difference.text + "\n";
    if (seed != 0) outcome_.report += "SEAM_SEED=" + std::to_string(seed) + " finds it again.\n";
    if (!file.empty()) {
      outcome_.report += "The calls are in " + file + ", which is tried first from now on.\n";
    }
    return outcome_;
  }

  Contract contract_;
  const OpenSide& first_;
  const OpenSide& second_;
  const ParityOptions& options_;
  std::vector<std::string> callers_;
  ParityOutcome outcome_;
  std::size_t shrinking_calls_ = 0;
};

}  // namespace

ParityOutcome CompareSides(const ServiceContract& contract, const OpenSide& first,
                           const OpenSide& second, const ParityOptions& options) {
  // libprotobuf writes a line for each string that is not UTF-8, which some are meant not to be.
  const google::protobuf::LogSilencer quiet;
  return ParityRun(contract, first, second, options).Compare();
}

}  // namespace seam::testing
