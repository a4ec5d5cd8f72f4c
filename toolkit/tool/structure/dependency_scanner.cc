#include "tool/structure/dependency_scanner_internal.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/source_tree_internal.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTargetPrefix = "seam-";

// A folder for what the scanner reads and writes, gone with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "seam-scan-XXXXXX").string();
    if (!error && ::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The commands as clang is to see them: what matters to the preprocessor, a target that tells which
// command it was, and -MG, with which a header that is missing does not end the scan.
nlohmann::json ForClang(const fs::path& scanner, const std::vector<CompileCommand>& commands) {
  std::error_code error;
  const fs::path beside = fs::canonical(scanner, error).parent_path();
  const auto compiler = [&](const char* name) {
    // clang finds its own headers from where it stands.
    return !error && fs::exists(beside / name, error) ? (beside / name).string()
                                                      : std::string(name);
  };
  const std::string c = compiler("clang");
  const std::string cpp = compiler("clang++");
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const CompileCommand& command = commands[i];
    nlohmann::json words = {command.cpp ? cpp : c};
    for (const std::string& word : command.preprocessing) words.push_back(word);
    // CUDA's dialect needs its compiler; its includes do not.
    if (fs::path(command.file).extension() == ".cu") words.insert(words.end(), {"-x", "c++"});
    words.insert(words.end(), {"-w", "-M", "-MG", "-MT",
                               std::string(kTargetPrefix) + std::to_string(i), "-c", command.file});
    list.push_back(
        {{"directory", command.directory}, {"file", command.file}, {"arguments", words}});
  }
  return list;
}

// Runs a program with its output in files; nothing when it was still running at the limit, and is
// not any more.
Result<void> Run(const std::vector<std::string>& words, const fs::path& out, const fs::path& err,
                 std::chrono::milliseconds limit) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), kFlags, 0600);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    return Fail(Code::kUnavailable, "NO_SCANNER",
                words[0] + ": cannot be run: " + std::strerror(failed));
  }
  const auto end = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return Fail(Code::kDeadlineExceeded, "SCANNER_TOO_SLOW",
                  words[0] + ": was not done in the time it had");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (!WIFEXITED(status)) {
    return Fail(Code::kUnavailable, "NO_SCANNER",
                words[0] + ": was ended by signal " + std::to_string(WTERMSIG(status)));
  }
  return {};
}

// The number in "clang-scan-deps-19"; 0 for the name alone; nothing for other names.
std::optional<int> VersionOf(std::string_view name) {
  constexpr std::string_view kName = "clang-scan-deps";
  if (name.substr(0, kName.size()) != kName) return std::nullopt;
  name.remove_prefix(kName.size());
  if (name.empty()) return 0;
  int version = 0;
  const auto read = std::from_chars(name.data() + 1, name.data() + name.size(), version);
  if (name.front() != '-' || read.ec != std::errc() || read.ptr != name.data() + name.size()) {
    return std::nullopt;
  }
  return version;
}

}  // namespace

std::optional<fs::path> FindDependencyScanner(std::string_view path) {
  std::optional<fs::path> newest;
  int newest_version = -1;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path folder = std::string(path.substr(at, end - at));
    at = end + 1;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::optional<int> version = VersionOf(entry->path().filename().string());
      if (version && *version > newest_version && ::access(entry->path().c_str(), X_OK) == 0) {
        newest = entry->path();
        newest_version = *version;
      }
    }
  }
  return newest;
}

std::vector<std::string> ParseMakeRule(std::string_view rule) {
  std::vector<std::string> names;
  std::string name;
  const auto end_name = [&] {
    if (!name.empty()) names.push_back(std::exchange(name, {}));
  };
  for (std::size_t i = 0; i < rule.size(); ++i) {
    const char c = rule[i];
    const char next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if (c == '\\' && (next == '\n' || next == ' ' || next == '#')) {
      if (next != '\n') name += next;
      ++i;
    } else if (c == '$' && next == '$') {
      name += c;
      ++i;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || (c == ':' && names.empty())) {
      end_name();  // The targets have no colon.
    } else {
      name += c;
    }
  }
  end_name();
  return names;
}

Result<std::vector<std::vector<std::string>>> ScanDependencies(
    const fs::path& scanner, const std::vector<CompileCommand>& commands,
    std::chrono::milliseconds limit) {
  const ScratchFolder scratch;
  const fs::path database = scratch.path() / "compile_commands.json";
  const fs::path out = scratch.path() / "out";
  {
    std::ofstream file(database, std::ios::binary);
    // Paths may be in any encoding.
    file << ForClang(scanner, commands)
                .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (scratch.path().empty() || !file.flush()) {
      return Fail(Code::kUnavailable, "NO_SCANNER",
                  "clang's scanner needs a folder for temporary files, and there is none");
    }
  }
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const auto run = Run({scanner.string(), "-compilation-database", database.string(),
                        "-format=make", "-j", std::to_string(threads)},
                       out, scratch.path() / "err", limit);
  if (!run) return Forward(run.error());

  std::vector<std::vector<std::string>> dependencies(commands.size());
  std::ifstream in(out, std::ios::binary);
  std::string rule;
  for (std::string line; std::getline(in, line);) {
    rule += line;
    rule += '\n';
    if (!line.empty() && line.back() == '\\') continue;
    std::vector<std::string> names = ParseMakeRule(std::exchange(rule, {}));
    std::size_t number = commands.size();
    if (!names.empty() && names[0].compare(0, kTargetPrefix.size(), kTargetPrefix) == 0) {
      std::from_chars(names[0].data() + kTargetPrefix.size(), names[0].data() + names[0].size(),
                      number);
    }
    if (number >= commands.size()) continue;
    for (std::size_t i = 1; i < names.size(); ++i) {
      dependencies[number].push_back(JoinPath(commands[number].directory, names[i]));
    }
  }
  return dependencies;
}

}  // namespace seam::structure
