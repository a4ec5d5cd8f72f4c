#include "tool/structure/scan_cache_internal.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/dependency_scanner_internal.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What tells whether a file changed; "-" when there is none.
std::string StampOf(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return "-";
  const fs::file_time_type time = fs::last_write_time(path, error);
  return std::to_string(size) + "-" + std::to_string(time.time_since_epoch().count());
}

// What clang read when it was last asked.
class KeptScans {
 public:
  // `key` is what all answers depend on.
  KeptScans(fs::path file, std::string key) : file_(std::move(file)), key_(std::move(key)) {
    try {
      std::ifstream in(file_, std::ios::binary);
      const json kept = json::parse(in);
      if (kept.at("key") != key_) return;
      for (const json& entry : kept.at("files")) {
        const std::string path = entry.at(0);
        paths_.push_back(path);
        unchanged_.push_back(entry.at(1) == Stamp(path));
      }
      kept.at("commands").get_to(commands_);
    } catch (const json::exception&) {
      // Cut short or of another kind: as if there were none.
      commands_.clear();
    }
  }

  // What clang read for a command; nothing when it has to be asked again.
  std::optional<std::vector<std::string>> Find(const std::string& command) const {
    const auto kept = commands_.find(command);
    if (kept == commands_.end() || kept->second.empty()) return std::nullopt;
    std::vector<std::string> files;
    files.reserve(kept->second.size());
    for (const std::size_t file : kept->second) {
      if (file >= paths_.size() || !unchanged_[file]) return std::nullopt;
      files.push_back(paths_[file]);
    }
    return files;
  }

  // Writes what is known now in place of what was. What changed after `begin` was perhaps read
  // before.
  void Write(const std::vector<std::string>& commands,
             const std::vector<std::vector<std::string>>& answers, fs::file_time_type begin) {
    json files = json::array();
    json lists = json::object();
    std::unordered_map<std::string, std::size_t> numbers;
    std::vector<bool> settled;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      json list = json::array();
      bool keep = !answers[i].empty();
      for (const std::string& path : answers[i]) {
        const auto [number, added] = numbers.try_emplace(path, numbers.size());
        if (added) {
          std::error_code error;
          const fs::file_time_type time = fs::last_write_time(path, error);
          settled.push_back(error || time < begin);
          files.push_back({path, Stamp(path)});
        }
        keep = keep && settled[number->second];
        list.push_back(number->second);
      }
      if (keep) lists[commands[i]] = std::move(list);
    }
    const json all = {{"key", key_}, {"files", std::move(files)}, {"commands", std::move(lists)}};

    // Written beside and renamed: nobody reads half of it.
    std::error_code error;
    fs::create_directories(file_.parent_path(), error);
    const fs::path beside = file_.string() + "." + std::to_string(::getpid());
    std::ofstream out(beside, std::ios::binary);
    out << all.dump(-1, ' ', false, json::error_handler_t::replace);
    out.close();
    if (out) fs::rename(beside, file_, error);
    if (!out || error) fs::remove(beside, error);
  }

 private:
  const std::string& Stamp(const std::string& path) {
    const auto [known, added] = stamps_.try_emplace(path);
    if (added) known->second = StampOf(path);
    return known->second;
  }

  fs::path file_;
  std::string key_;
  std::vector<std::string> paths_;
  std::vector<bool> unchanged_;  // By path.
  std::map<std::string, std::vector<std::size_t>> commands_;
  std::unordered_map<std::string, std::string> stamps_;
};

std::string FingerprintOf(const CompileCommand& command) {
  std::string text = command.directory + '\0' + command.file + '\0' + (command.cpp ? '+' : '-');
  for (const std::string& word : command.preprocessing) text += '\0' + word;
  return Fingerprint(text);
}

}  // namespace

std::string Fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a.
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (unsigned shift = 64; shift > 0; shift -= 4) digits += kDigits[(hash >> (shift - 4)) & 15U];
  return digits;
}

Result<std::vector<std::vector<std::string>>> ScanChangedDependencies(
    const fs::path& scanner, const std::vector<CompileCommand>& commands,
    std::chrono::milliseconds limit, const fs::path& file, std::string_view names) {
  if (file.empty()) return ScanDependencies(scanner, commands, limit);
  constexpr std::string_view kFormat = "1";
  KeptScans kept(file, std::string(kFormat) + " " + scanner.string() + " " + StampOf(scanner) +
                           " " + Fingerprint(names));
  std::vector<std::string> fingerprints;
  std::vector<std::vector<std::string>> answers(commands.size());
  std::vector<std::size_t> asked;
  std::vector<CompileCommand> changed;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    fingerprints.push_back(FingerprintOf(commands[i]));
    if (auto known = kept.Find(fingerprints.back())) {
      answers[i] = *std::move(known);
    } else {
      asked.push_back(i);
      changed.push_back(commands[i]);
    }
  }
  if (asked.empty()) return answers;
  // In parts, so that what was read before the time was up need not be read again.
  constexpr std::size_t kPart = 500;
  const auto begin = fs::file_time_type::clock::now();
  const auto end = std::chrono::steady_clock::now() + limit;
  std::optional<Error> error;
  for (std::size_t first = 0; first < asked.size(); first += kPart) {
    const std::size_t last = std::min(first + kPart, asked.size());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    auto scanned = ScanDependencies(scanner,
                                    {changed.begin() + static_cast<std::ptrdiff_t>(first),
                                     changed.begin() + static_cast<std::ptrdiff_t>(last)},
                                    left);
    if (!scanned) {
      error = std::move(scanned).error();
      break;
    }
    for (std::size_t i = first; i < last; ++i) {
      answers[asked[i]] = std::move((*scanned)[i - first]);
    }
  }
  kept.Write(fingerprints, answers, begin);
  if (error) return Forward(*std::move(error));
  return answers;
}

}  // namespace seam::structure
