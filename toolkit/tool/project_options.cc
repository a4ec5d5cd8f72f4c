#include "tool/project_options.h"

#include <unistd.h>

#include <CLI/Validators.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "tool/structure/read_project.h"

namespace seam::tool {

namespace {

using structure::ReadOptions;

// Says on a terminal that the program is at work, from its second second on.
class AtWork {
 public:
  AtWork() {
    if (::isatty(STDERR_FILENO) == 0) return;
    thread_ = std::thread([this] { Tell(); });
  }
  ~AtWork() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  void Tell() {
    std::unique_lock lock(mutex_);
    int seconds = 0;
    while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return done_; })) {
      std::fprintf(stderr, "\rseam: reading the project, %d s", ++seconds);
    }
    if (seconds > 0) std::fputs("\r\x1b[K", stderr);  // Takes the line away.
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

// A folder of its own for each project, since a cache forgets what it does not meet any more.
std::filesystem::path DefaultCache(const std::filesystem::path& root) {
  const char* const given = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  std::filesystem::path caches;
  if (given != nullptr && *given == '/') {
    caches = given;
  } else if (home != nullptr && *home == '/') {
    caches = std::filesystem::path(home) / ".cache";
  } else {
    return {};
  }
  // http://www.isthe.com/chongo/tech/comp/fnv/
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : root.string()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return caches / "seam" / name;
}

Failure Misused(std::string message) {
  return Fail(Code::kInvalidArgument, "NO_PROJECT", std::move(message));
}

}  // namespace

void AddProjectOptions(CLI::App& verb, ProjectOptions& options) {
  verb.add_option("root", options.root, "The project's root; the default is where you are.");
  verb.add_option("--rules", options.rules,
                  "The rules file; the default is seam-rules.json in the root.")
      ->type_name("FILE");
  verb.add_option("--compile-commands", options.compile_commands,
                  "The compiler's commands, as CMake or bear write them; the default is the first "
                  "compile_commands.json in the root or a build folder of it.")
      ->type_name("FILE");
  verb.add_option("--scanner", options.scanner,
                  "Whether clang's dependency scanner says which includes are taken: auto (where "
                  "it is there; the default), always, never.")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  verb.add_flag("--no-symbols", options.no_symbols, "Does not read object files.");
  verb.add_flag("--no-tables", options.no_tables, "Does not read SQL.");
  CLI::Option* const cache =
      verb.add_option("--cache", options.cache,
                      "Where what was read of unchanged files is kept; the default is a folder in "
                      "~/.cache/seam.")
          ->type_name("FOLDER");
  verb.add_flag("--no-cache", options.no_cache, "Reads everything anew and keeps nothing.")
      ->excludes(cache);
}

Result<Project> LoadProject(const ProjectOptions& options) {
  Project project;
  std::error_code error;
  project.root = std::filesystem::canonical(options.root, error);
  if (error) return Misused(options.root + ": " + error.message() + "; give the project's root");
  if (!std::filesystem::is_directory(project.root, error)) {
    return Misused(options.root + ": is no folder; give the project's root");
  }
  const std::filesystem::path rules_file =
      options.rules ? std::filesystem::path(*options.rules)
                    : std::filesystem::path(options.root == "." ? "" : options.root) / kRulesFile;
  bool guessed = false;
  if (auto rules = structure::ReadRules(rules_file)) {
    project.rules = *std::move(rules);
  } else if (rules.error().code == Code::kNotFound && !options.rules) {
    guessed = true;
  } else {
    Error refused = std::move(rules).error();
    refused.code = Code::kInvalidArgument;
    return Forward(std::move(refused));
  }

  ReadOptions read;
  read.root = project.root;
  if (options.compile_commands) read.compile_commands = *options.compile_commands;
  read.ignore = project.rules.ignore;
  read.scanner = options.scanner == "always"  ? ReadOptions::Scanner::kAlways
                 : options.scanner == "never" ? ReadOptions::Scanner::kNever
                                              : ReadOptions::Scanner::kWhereThere;
  read.symbols = !options.no_symbols;
  read.tables = !options.no_tables;
  if (!options.no_cache) {
    read.cache = options.cache ? std::filesystem::path(*options.cache) : DefaultCache(project.root);
  }
  const AtWork at_work;
  auto facts = structure::ReadProject(read);
  if (!facts) return Forward(std::move(facts).error());
  project.facts = *std::move(facts);
  if (guessed) project.rules = structure::GuessRules(project.facts.files);
  project.graph = structure::JoinModules(project.rules, project.facts);
  return project;
}

}  // namespace seam::tool
