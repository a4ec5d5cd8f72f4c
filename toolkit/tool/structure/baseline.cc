#include "tool/structure/baseline.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "seam/config/names.h"

extern char** environ;

namespace seam::structure {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr char kExpected[] =
    R"({"rule": "…", "from": "…", "to": "…", "owner": "…", "reason": "…"})";

auto KeyOf(const Accepted& entry) { return std::tie(entry.rule, entry.from, entry.to); }

bool InOrder(const Accepted& a, const Accepted& b) {
  return std::tie(a.rule, a.from, a.to, a.owner, a.reason) <
         std::tie(b.rule, b.from, b.to, b.owner, b.reason);
}

// What is wrong with a line of a baseline; empty when nothing is.
std::string ParseLine(std::string_view line, Accepted& entry) {
  for (const char* const mark : {"<<<<<<<", "=======", ">>>>>>>", "|||||||"}) {
    if (line.substr(0, 7) == mark) {
      return "a merge left its mark here; take it out, and have git merge the file by lines: "
             "merge=union in .gitattributes";
    }
  }
  const json value = json::parse(line, nullptr, false);
  if (!value.is_object()) return std::string("expected ") + kExpected;
  const std::array<std::pair<const char*, std::string*>, 5> members = {{{"rule", &entry.rule},
                                                                        {"from", &entry.from},
                                                                        {"to", &entry.to},
                                                                        {"owner", &entry.owner},
                                                                        {"reason", &entry.reason}}};
  for (const auto& [name, text] : members) {
    const auto found = value.find(name);
    if (found == value.end()) {
      return std::string("needs ") + config::Quote(name) + ", as in " + kExpected;
    }
    if (!found->is_string()) return config::Quote(name) + ": expected a string";
    *text = found->get<std::string>();
    if (text->find_first_not_of(" \t") == std::string::npos) {
      return config::Quote(name) + " is blank" +
             (text == &entry.owner || text == &entry.reason
                  ? "; an entry says who answers for it and why it is accepted"
                  : "");
    }
  }
  for (const auto& [key, unused] : value.items()) {
    const std::string& name = key;
    if (std::none_of(members.begin(), members.end(),
                     [&](const auto& member) { return name == member.first; })) {
      return "unknown key " + config::Quote(name) +
             config::SuggestName(name, {"rule", "from", "to", "owner", "reason"});
    }
  }
  if (FindRuleHelp(entry.rule) == nullptr || entry.rule == "stale" || entry.rule == "growth") {
    return "there is no rule " + config::Quote(entry.rule) + "; seam check --rules-help lists them";
  }
  return "";
}

bool CouldBeSeen(const Accepted& entry, const Seen& seen) {
  constexpr std::string_view kSymbol = " (symbol)";
  const bool symbol =
      entry.to.size() > kSymbol.size() &&
      entry.to.compare(entry.to.size() - kSymbol.size(), kSymbol.size(), kSymbol) == 0;
  if (entry.rule == "cycle") return seen.symbols && seen.tables;  // It may be of any kind.
  if (entry.rule == "table") return seen.tables;
  return !symbol || seen.symbols;
}

// What a program printed and how it ended.
struct Ran {
  int status = -1;  // Its exit code; -1 when it could not be started or was killed.
  std::string output{};
};

// Runs a program found by PATH, with stdin and stderr closed off.
Ran Run(const std::vector<std::string>& arguments) {
  Ran ran;
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return ran;
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, arguments.front().c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  if (failed == 0) {
    std::array<char, 65536> buffer{};
    while (true) {
      const ssize_t got = ::read(pipe_ends[0], buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      ran.output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  }
  ::close(pipe_ends[0]);
  return ran;
}

}  // namespace

Result<Baseline> ParseBaseline(const std::string& name, std::string_view text) {
  Baseline baseline;
  std::string problems;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    Accepted entry;
    entry.line = number;
    if (const std::string problem = ParseLine(line, entry); !problem.empty()) {
      problems +=
          (problems.empty() ? "" : "\n") + name + ":" + std::to_string(number) + ": " + problem;
    } else {
      baseline.entries.push_back(std::move(entry));
    }
  }
  if (!problems.empty()) return Fail(Code::kInvalidArgument, "MALFORMED_BASELINE", problems);
  std::stable_sort(baseline.entries.begin(), baseline.entries.end(), InOrder);
  baseline.entries.erase(
      std::unique(baseline.entries.begin(), baseline.entries.end(),
                  [](const Accepted& a, const Accepted& b) { return KeyOf(a) == KeyOf(b); }),
      baseline.entries.end());
  return baseline;
}

Result<Baseline> ReadBaseline(const std::filesystem::path& file) {
  const std::string name = file.generic_string();
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return Baseline{};
  const auto refuse = [&](const std::string& problem) {
    return Fail(Code::kInvalidArgument, "MALFORMED_BASELINE", name + ": " + problem);
  };
  if (!std::filesystem::is_regular_file(status)) return refuse("is no file");
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  if (input.peek() != std::ifstream::traits_type::eof()) text << input.rdbuf();
  if (!input.is_open() || input.bad() || !text) return refuse("cannot be read");
  return ParseBaseline(name, text.str());
}

std::string ToText(const Baseline& baseline) {
  std::vector<Accepted> entries = baseline.entries;
  std::stable_sort(entries.begin(), entries.end(), InOrder);
  std::string text;
  for (const Accepted& entry : entries) {
    const ordered_json line = {{"rule", entry.rule},
                               {"from", entry.from},
                               {"to", entry.to},
                               {"owner", entry.owner},
                               {"reason", entry.reason}};
    text += line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

Verdict Compare(const Baseline& baseline, std::vector<Violation> violations, const Seen& seen) {
  std::map<std::tuple<std::string, std::string, std::string>, const Accepted*> entries;
  for (const Accepted& entry : baseline.entries) entries[KeyOf(entry)] = &entry;
  std::set<const Accepted*> used;
  Verdict verdict;
  for (Violation& violation : violations) {
    const auto found = entries.find({violation.rule, violation.from, violation.to});
    if (found == entries.end()) {
      verdict.fresh.push_back(std::move(violation));
    } else {
      used.insert(found->second);
      verdict.by.push_back(*found->second);
      verdict.accepted.push_back(std::move(violation));
    }
  }
  for (const Accepted& entry : baseline.entries) {
    if (used.count(&entry) > 0) continue;
    if (CouldBeSeen(entry, seen)) {
      verdict.stale.push_back(entry);
    } else {
      ++verdict.unjudged;
    }
  }
  return verdict;
}

Growth CompareBaselines(const Baseline& before, const Baseline& now) {
  const auto only = [](const Baseline& of, const Baseline& other) {
    std::set<std::tuple<std::string, std::string, std::string>> keys;
    for (const Accepted& entry : other.entries) keys.insert(KeyOf(entry));
    std::vector<Accepted> entries;
    for (const Accepted& entry : of.entries) {
      if (keys.count(KeyOf(entry)) == 0) entries.push_back(entry);
    }
    return entries;
  };
  return {only(now, before), only(before, now)};
}

Result<Baseline> BaselineAt(const std::filesystem::path& file, const std::string& revision) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(file, error);
  const std::string folder = whole.parent_path().string();
  const auto unavailable = [](const std::string& message) {
    return Fail(Code::kUnavailable, "NO_HISTORY", message);
  };
  if (Run({"git", "--version"}).status != 0) {
    return unavailable("git cannot be run, which --against needs");
  }
  if (Run({"git", "-C", folder, "rev-parse", "--git-dir"}).status != 0) {
    return unavailable(folder + ": is in no git repository, which --against needs");
  }
  const bool safe = !revision.empty() && revision.front() != '-';
  if (!safe ||
      Run({"git", "-C", folder, "rev-parse", "--verify", "--quiet", revision + "^{commit}"})
              .status != 0) {
    return Fail(Code::kInvalidArgument, "NO_REVISION",
                config::Quote(revision) +
                    ": git knows no such revision here; a shallow clone may need git fetch");
  }
  const std::string object = revision + ":./" + whole.filename().string();
  if (Run({"git", "-C", folder, "cat-file", "-e", object}).status != 0) return Baseline{};
  const Ran shown = Run({"git", "-C", folder, "show", object});
  if (shown.status != 0) return unavailable("git show " + object + " failed");
  return ParseBaseline(object, shown.output);
}

}  // namespace seam::structure
