#include "tool/structure/compile_commands_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "seam/core/result.h"
#include "tool/structure/source_tree_internal.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Puts the words of the response files that are named among `arguments`, "@file", in their place.
// What cannot be read stays, as compilers have it.
std::vector<std::string> WithResponseFiles(std::vector<std::string> arguments,
                                           const std::string& directory) {
  constexpr std::size_t kMostWords = 100'000;  // A response file may name itself.
  constexpr int kMostFiles = 100;
  std::vector<std::string> words;
  std::reverse(arguments.begin(), arguments.end());
  for (int files = 0; !arguments.empty() && words.size() < kMostWords;) {
    std::string word = std::move(arguments.back());
    arguments.pop_back();
    std::string problem;
    std::optional<std::string> text;
    if (word.size() > 1 && word.front() == '@' && files < kMostFiles) {
      ++files;
      const fs::path file = JoinPath(directory, word.substr(1));
      std::error_code error;
      if (fs::is_regular_file(file, error)) text = ReadSourceText(file, problem);
    }
    if (!text) {
      words.push_back(std::move(word));
      continue;
    }
    std::vector<std::string> inside = SplitCommand(*text);
    arguments.insert(arguments.end(), std::make_move_iterator(inside.rbegin()),
                     std::make_move_iterator(inside.rend()));
  }
  return words;
}

// Options with a value, in the same word or the next, that the preprocessor obeys.
constexpr std::array<std::string_view, 18> kWithValue = {
    "-isystem",     "-iquote",   "-idirafter",   "-include",
    "-imacros",     "-isysroot", "-iprefix",     "-iwithprefixbefore",
    "-iwithprefix", "-I",        "-D",           "-U",
    "-x",           "--sysroot", "-cxx-isystem", "-iframework",
    "-F",           "-target"};

// Options of one word, or with the value behind an equals sign, that decide what is defined. Others
// are left away: clang refuses many of GCC's.
bool IsFlagOfPreprocessor(std::string_view word) {
  constexpr std::array<std::string_view, 24> kFlags = {"-nostdinc",
                                                       "-nostdinc++",
                                                       "-nostdlibinc",
                                                       "-undef",
                                                       "-ansi",
                                                       "-pthread",
                                                       "-fopenmp",
                                                       "-m32",
                                                       "-m64",
                                                       "-fno-exceptions",
                                                       "-fexceptions",
                                                       "-fno-rtti",
                                                       "-frtti",
                                                       "-fchar8_t",
                                                       "-fno-char8_t",
                                                       "-fms-extensions",
                                                       "-ffreestanding",
                                                       "-trigraphs",
                                                       "-O0",
                                                       "-O1",
                                                       "-O2",
                                                       "-O3",
                                                       "-Os",
                                                       "-funsigned-char"};
  constexpr std::array<std::string_view, 7> kPrefixes = {
      "-std=", "--sysroot=", "-stdlib=", "--target=", "-msse", "-mavx", "-fsanitize="};
  return std::find(kFlags.begin(), kFlags.end(), word) != kFlags.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return StartsWith(word, prefix); });
}

// Compilers have "++" in their names when they are for C++; launchers may stand before.
bool IsCppCompiler(const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (StartsWith(word, "-")) break;
    if (fs::path(word).filename().string().find("++") != std::string::npos) return true;
  }
  return false;
}

void ReadArguments(const std::vector<std::string>& arguments, CompileCommand& command) {
  std::vector<std::string> plain;
  std::vector<std::string> system;
  std::vector<std::string> after;
  const auto keep = [&](std::string option, std::string value) {
    if (option == "-I") {
      plain.push_back(JoinPath(command.directory, value));
    } else if (option == "-isystem" || option == "-cxx-isystem") {
      system.push_back(JoinPath(command.directory, value));
    } else if (option == "-iquote") {
      command.search.quoted.push_back(JoinPath(command.directory, value));
    } else if (option == "-idirafter") {
      after.push_back(JoinPath(command.directory, value));
    } else if (option == "-include" || option == "-imacros") {
      command.forced.push_back(value);
    }
    command.preprocessing.push_back(std::move(option));
    command.preprocessing.push_back(std::move(value));
  };
  command.cpp = IsCppCompiler(arguments);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    // What clang's driver hands on: "-Xclang -include -Xclang x.h".
    if (word == "-Xclang" || word == "-Xpreprocessor") continue;
    const bool has_next = i + 1 < arguments.size();
    if (word == "-o" && has_next) {
      command.output = arguments[++i];
    } else if (StartsWith(word, "-o") && command.output.empty()) {
      command.output = word.substr(2);
    } else if (IsFlagOfPreprocessor(word)) {
      command.preprocessing.push_back(word);
    } else if (StartsWith(word, "-include-pch")) {
      if (word == "-include-pch") ++i;
    } else {
      const auto option =
          std::find_if(kWithValue.begin(), kWithValue.end(),
                       [&](std::string_view name) { return StartsWith(word, name); });
      if (option == kWithValue.end()) continue;
      if (word.size() > option->size()) {
        keep(std::string(*option), word.substr(option->size()));
      } else if (has_next) {
        ++i;
        if (arguments[i] == "-Xclang" && i + 1 < arguments.size()) ++i;
        keep(word, arguments[i]);
      }
    }
  }
  // GCC and clang leave a folder of -I out that is one of -isystem as well, and what stands twice.
  std::set<std::string> seen(system.begin(), system.end());
  for (std::string& folder : plain) {
    if (seen.insert(folder).second) command.search.all.push_back(std::move(folder));
  }
  seen.clear();
  for (auto* const folders : {&system, &after}) {
    for (std::string& folder : *folders) {
      if (seen.insert(folder).second) command.search.all.push_back(std::move(folder));
    }
  }
}

std::string ObjectOf(const CompileCommand& command, const json& entry) {
  const auto output = entry.find("output");
  if (output != entry.end() && output->is_string() && !output->get<std::string>().empty()) {
    return JoinPath(command.directory, output->get<std::string>());
  }
  if (!command.output.empty()) return JoinPath(command.directory, command.output);
  return {};
}

}  // namespace

std::vector<std::string> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == '\'') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\\' && i + 1 < command.size()) {
      const char next = command[++i];
      if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') word += c;
      if (next != '\n') word += next;
      in_word = true;
    } else if (quote == '"') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

Result<std::vector<CompileCommand>> ReadCompileCommands(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return Fail(Code::kNotFound, "NO_COMPILE_COMMANDS", file.string() + ": there is no such file");
  }
  const auto refuse = [&](const std::string& what) {
    return Fail(Code::kInvalidArgument, "NO_COMPILE_COMMANDS",
                file.string() + ": " + what +
                    "; CMake writes a good one with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, Bear for "
                    "make");
  };
  std::ifstream in(file, std::ios::binary);
  json list;
  try {
    list = json::parse(in);
  } catch (const json::exception& problem) {
    return refuse(std::string("is not JSON: ") + problem.what());
  }
  if (!list.is_array()) return refuse("a list of compile commands is expected");
  const std::string folder = fs::absolute(file, error).parent_path().generic_string();
  std::vector<CompileCommand> commands;
  commands.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json& entry = list[i];
    const std::string place = "entry " + std::to_string(i + 1);
    if (!entry.is_object()) return refuse(place + " is no object");
    const auto text = [&](const char* key) -> std::optional<std::string> {
      const auto found = entry.find(key);
      if (found == entry.end() || !found->is_string()) return std::nullopt;
      return found->get<std::string>();
    };
    const std::optional<std::string> source = text("file");
    if (!source) return refuse(place + " has no text \"file\"");
    CompileCommand command;
    command.directory = JoinPath(folder, text("directory").value_or("."));
    command.file = JoinPath(command.directory, *source);
    std::vector<std::string> arguments;
    if (const auto words = entry.find("arguments"); words != entry.end()) {
      if (!words->is_array()) return refuse(place + ": \"arguments\" is no list");
      for (const json& word : *words) {
        if (!word.is_string()) return refuse(place + ": \"arguments\" has what is no text");
        arguments.push_back(word.get<std::string>());
      }
    } else if (const std::optional<std::string> line = text("command")) {
      arguments = SplitCommand(*line);
    } else {
      return refuse(place + " has neither \"arguments\" nor \"command\"");
    }
    ReadArguments(WithResponseFiles(std::move(arguments), command.directory), command);
    command.output = ObjectOf(command, entry);
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace seam::structure
