#include "tool/structure/rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "seam/config/json_text_internal.h"
#include "seam/config/names.h"
#include "tool/structure/module_edges.h"
#include "tool/structure/near_paths_internal.h"
#include "tool/structure/outline.h"
#include "tool/structure/table_owners.h"

namespace seam::structure {
namespace {

using config::JsonText;
using config::Quote;
using config::SuggestName;
using nlohmann::json;

constexpr std::size_t kLargestRulesFile = std::size_t{8} * 1024 * 1024;

// A JSON value and where it begins.
struct Node {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  const char* at = nullptr;
  bool boolean = false;
  std::string text{};                     // Of a string.
  std::vector<std::string> keys{};        // Of an object: one for each of `values`.
  std::vector<const char*> key_places{};  //
  std::vector<Node> values{};             // Of an object or an array.
  std::vector<std::pair<const char*, std::string>> twice{};  // Keys that stand there again.
};

std::string KindName(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kBoolean: return "a boolean";
    case Node::Kind::kNumber: return "a number";
    case Node::Kind::kString: return "a string";
    case Node::Kind::kArray: return "an array";
    case Node::Kind::kObject: return "an object";
  }
  return "";
}

// Makes a tree of the parser's events.
class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(JsonText& text, std::vector<std::string>& problems)
      : text_(text), problems_(problems) {}

  [[nodiscard]] Node& root() { return root_; }

  bool null() override { return Add(Node::Kind::kNull); }
  bool boolean(bool value) override {
    if (!Add(Node::Kind::kBoolean)) return false;
    last_->boolean = value;
    return true;
  }
  bool number_integer(number_integer_t /*value*/) override { return Add(Node::Kind::kNumber); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Add(Node::Kind::kNumber); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return Add(Node::Kind::kNumber);
  }
  bool string(string_t& value) override {
    if (!Add(Node::Kind::kString)) return false;
    last_->text = std::move(value);
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON text has none.
  bool start_object(std::size_t /*size*/) override { return Open(Node::Kind::kObject); }
  bool start_array(std::size_t /*size*/) override { return Open(Node::Kind::kArray); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& key) override {
    Node& object = *open_.back();
    const char* const at = text_.TokenBegin();
    text_.EndToken();
    if (std::find(object.keys.begin(), object.keys.end(), key) != object.keys.end()) {
      object.twice.emplace_back(at, key);
    }
    object.keys.push_back(std::move(key));
    object.key_places.push_back(at);
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& error) override {
    problems_.push_back(text_.Complaint(error));
    return false;
  }

 private:
  bool Add(Node::Kind kind) {
    constexpr std::size_t kDeepest = 16;  // A tree is taken down by a call for each level.
    const char* const at = text_.TokenBegin();
    text_.EndToken();
    if (open_.size() > kDeepest) {
      problems_.push_back(text_.Where(at) + ": nested deeper than anything that rules have");
      return false;
    }
    if (open_.empty()) {
      last_ = &root_;
    } else {
      last_ = &open_.back()->values.emplace_back();
    }
    last_->kind = kind;
    last_->at = at;
    return true;
  }
  bool Open(Node::Kind kind) {
    if (!Add(kind)) return false;
    open_.push_back(last_);
    return true;
  }
  bool Close() {
    text_.EndToken();
    open_.pop_back();
    return true;
  }

  JsonText& text_;
  std::vector<std::string>& problems_;
  Node root_;
  Node* last_ = nullptr;     // What was added last.
  std::vector<Node*> open_;  // Each grows only while it is the last.
};

// Reads the tree into rules, and says each mistake once.
class RulesReader {
 public:
  RulesReader(const JsonText& text, std::vector<std::string>& problems)
      : text_(text), problems_(problems) {}

  void Read(const Node& root, Rules& rules) {
    ReadObject(root, "", KeysOfRules().file, [&](const std::string& key, const Node& value) {
      if (key == "modules") ReadModules(value, rules);
      if (key == "never") ReadNevers(value, rules);
      if (key == "ignore") rules.ignore = ReadPatterns(value, key);
      if (key == "cycles") rules.cycles = ReadAllowed(value, key);
      if (key == "unassigned") rules.unassigned = ReadAllowed(value, key);
    });
    for (const auto& [path, node] : names_of_modules_) CheckNames(path, *node, rules);
  }

 private:
  using Member = std::function<void(const std::string& key, const Node& value)>;

  void Report(const char* at, const std::string& problem) {
    problems_.push_back(text_.Where(at) + ": " + problem);
  }
  void Expect(const Node& node, const std::string& path, const std::string& expected) {
    Report(node.at,
           (path.empty() ? "" : path + ": ") + "expected " + expected + ", got " + KindName(node));
  }

  // Calls `member` for each key that is known, and reports the others. `keys` empty: any is.
  bool ReadObject(const Node& node, const std::string& path, const std::vector<std::string>& keys,
                  const Member& member) {
    if (node.kind != Node::Kind::kObject) {
      Expect(node, path, "an object");
      return false;
    }
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [at, key] : node.twice) Report(at, "duplicate key " + Quote(prefix + key));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::string& key = node.keys[i];
      const bool again = std::find(node.keys.begin(), node.keys.begin() + static_cast<long>(i),
                                   key) != node.keys.begin() + static_cast<long>(i);
      if (again) continue;  // Reported.
      if (!keys.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) {
        Report(node.key_places[i], "unknown key " + Quote(prefix + key) + SuggestName(key, keys));
      } else {
        member(key, node.values[i]);
      }
    }
    return true;
  }

  std::string ReadText(const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::kString) {
      Expect(node, path, "a string");
    } else if (node.text.find_first_of("\r\n") != std::string::npos) {
      Report(node.at, path + ": expected one line");
    } else {
      return node.text;
    }
    return "";
  }

  // Strings, each not empty.
  std::vector<std::string> ReadTexts(const Node& node, const std::string& path,
                                     const std::function<void(const Node&)>& check = {}) {
    std::vector<std::string> texts;
    if (node.kind != Node::Kind::kArray) {
      Expect(node, path, "an array of strings");
      return texts;
    }
    for (const Node& value : node.values) {
      if (value.kind != Node::Kind::kString) {
        Expect(value, path, "a string");
      } else if (value.text.empty()) {
        Report(value.at, path + ": is empty; take it out, or name something");
      } else {
        if (check) check(value);
        texts.push_back(value.text);
      }
    }
    return texts;
  }

  std::vector<std::string> ReadPatterns(const Node& node, const std::string& path) {
    return ReadTexts(node, path, [&](const Node& value) {
      const std::string& text = value.text;
      const bool up =
          text == ".." || text.compare(0, 3, "../") == 0 || text.find("/../") != std::string::npos;
      if (text.front() == '/' || up || text.compare(0, 2, "./") == 0) {
        Report(value.at, path + ": " + Quote(text) +
                             " cannot match: paths are relative to the root and begin with a "
                             "name, as in \"stock/\"");
      } else if (text.find('\\') != std::string::npos) {
        Report(value.at, path + ": " + Quote(text) + " cannot match: folders are parted by '/'");
      }
    });
  }

  bool ReadAllowed(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::kString && (node.text == "refused" || node.text == "allowed")) {
      return node.text == "allowed";
    }
    if (node.kind == Node::Kind::kString) {
      Report(node.at, path + ": expected \"refused\" or \"allowed\", got " + Quote(node.text));
    } else {
      Expect(node, path, "\"refused\" or \"allowed\"");
    }
    return false;
  }

  // Names stand in messages and in the baseline.
  bool GoodName(const std::string& name, const char* at, const std::string& what) {
    if (name.empty()) {
      Report(at, what + " has an empty name");
      return false;
    }
    const bool good = std::all_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) > ' ' && c != '*' && c != '?' && c != '\x7f';
    });
    if (!good) {
      Report(at, what + " " + Quote(name) + ": a name has no blanks and neither '*' nor '?'");
    }
    return good;
  }

  void ReadModules(const Node& node, Rules& rules) {
    ReadObject(node, "modules", {}, [&](const std::string& name, const Node& value) {
      const auto found = std::find(node.keys.begin(), node.keys.end(), name);
      const char* const at = node.key_places[static_cast<std::size_t>(found - node.keys.begin())];
      if (!GoodName(name, at, "the module")) return;
      Module module;
      module.name = name;
      module.line = text_.Line(at);
      const std::string path = "modules." + name;
      const bool is_object = ReadObject(
          value, path, KeysOfRules().module, [&](const std::string& key, const Node& member) {
            const std::string member_path = path + "." + key;
            if (key == "paths") module.paths = ReadPatterns(member, member_path);
            if (key == "public") module.public_paths = ReadPatterns(member, member_path);
            if (key == "may_use") module.may_use = ReadTexts(member, member_path);
            if (key == "may_call") module.may_call = ReadTexts(member, member_path);
            if (key == "may_listen_to") module.may_listen_to = ReadTexts(member, member_path);
            if (key == "may_use_private_of") {
              module.may_use_private_of = ReadTexts(member, member_path);
            }
            if (key == "tables") module.tables = ReadTexts(member, member_path);
            if (key == "may_use_tables_of") {
              module.may_use_tables_of = ReadTexts(member, member_path);
            }
            if (key.compare(0, 4, "may_") == 0) {
              names_of_modules_.emplace_back(member_path, &member);
            }
            if (key == "owner") module.owner = ReadText(member, member_path);
            if (key == "because") module.because = ReadText(member, member_path);
          });
      if (is_object &&
          std::find(value.keys.begin(), value.keys.end(), "paths") == value.keys.end()) {
        Report(at,
               path + ": needs \"paths\", the patterns of its files, as in [\"" + name + "/\"]");
      }
      // Their names in the text of SQL have no case.
      for (std::string& table : module.tables) {
        std::transform(table.begin(), table.end(), table.begin(), [](char c) {
          return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
      }
      rules.modules.push_back(std::move(module));
    });
  }

  void ReadNevers(const Node& node, Rules& rules) {
    if (node.kind != Node::Kind::kArray) {
      Expect(node, "never", "an array of objects");
      return;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < node.values.size(); ++i) {
      const Node& value = node.values[i];
      const std::string path = "never[" + std::to_string(i) + "]";
      Never never;
      never.line = text_.Line(value.at);
      const char* name_at = value.at;
      const bool is_object = ReadObject(value, path, KeysOfRules().never,
                                        [&](const std::string& key, const Node& member) {
                                          const std::string member_path = path + "." + key;
                                          if (key == "name") {
                                            never.name = ReadText(member, member_path);
                                            name_at = member.at;
                                          }
                                          if (key == "from")
                                            never.from = ReadPatterns(member, member_path);
                                          if (key == "except")
                                            never.except = ReadPatterns(member, member_path);
                                          if (key == "to")
                                            never.to = ReadPatterns(member, member_path);
                                          if (key == "because")
                                            never.because = ReadText(member, member_path);
                                          if (key == "directly") {
                                            never.directly = member.boolean;
                                            if (member.kind != Node::Kind::kBoolean) {
                                              Expect(member, member_path, "true or false");
                                            }
                                          }
                                        });
      if (!is_object) continue;
      for (const char* const needed : {"name", "from", "to"}) {
        if (std::find(value.keys.begin(), value.keys.end(), needed) == value.keys.end()) {
          Report(value.at, path + ": needs " + Quote(needed) +
                               "; a rule has a name, files that it is about (from), and what "
                               "they must never reach (to)");
        }
      }
      if (name_at != value.at && GoodName(never.name, name_at, path + ": the rule") &&
          !names.insert(never.name).second) {
        Report(name_at, path + ".name: " + Quote(never.name) +
                            " is the name of another rule; the baseline needs one of its own");
      }
      rules.never.push_back(std::move(never));
    }
  }

  void CheckNames(const std::string& path, const Node& node, const Rules& rules) {
    std::vector<std::string> names;
    for (const Module& module : rules.modules) names.push_back(module.name);
    for (const Node& value : node.values) {
      if (value.kind != Node::Kind::kString || value.text.empty()) continue;
      const bool some = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return Matches(value.text, name);
      });
      if (!some) {
        const bool is_pattern = value.text.find_first_of("*?") != std::string::npos;
        Report(value.at, path + ": no module is called " + Quote(value.text) +
                             (is_pattern ? "" : SuggestName(value.text, names)));
      }
    }
  }

  const JsonText& text_;
  std::vector<std::string>& problems_;
  // What names modules, to be looked at when all are known.
  std::vector<std::pair<std::string, const Node*>> names_of_modules_;
};

Failure NoRules(const std::string& message) {
  return Fail(Code::kInvalidArgument, "MALFORMED_RULES", message);
}

// Folders that say how sources are laid out and not what they are about.
bool IsContainer(std::string_view name) {
  constexpr std::array<std::string_view, 14> kContainers = {
      "app",  "apps", "code",    "components", "inc",    "include", "lib",
      "libs", "main", "modules", "packages",   "source", "sources", "src"};
  return std::any_of(kContainers.begin(), kContainers.end(), [&](std::string_view container) {
    return std::equal(name.begin(), name.end(), container.begin(), container.end(),
                      [](char one, char two) {
                        return (one >= 'A' && one <= 'Z' ? one - 'A' + 'a' : one) == two;
                      });
  });
}

// The folders of a project and what is in them.
struct Folder {
  std::map<std::string, Folder> folders{};
  bool files = false;       // Whether a source is in it itself.
  std::size_t sources = 0;  // In it and below, without tests, examples and the code of others.
};

bool IsUtf8(const std::string& text) {
  try {
    return !json(text).dump().empty();
  } catch (const json::type_error&) {
    return false;
  }
}

// What stands for the characters that a rules file cannot have: `stand_in`, in names and in
// patterns.
std::string Writable(std::string text, std::string_view refused, char stand_in) {
  const bool utf8 = IsUtf8(text);
  for (char& c : text) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    const bool high = static_cast<unsigned char>(c) >= 0x80U;
    if (control || (high && !utf8) || refused.find(c) != std::string_view::npos) c = stand_in;
  }
  return text;
}

// A module that has more of a project's sources than one in this many tells too little of it, when
// it has many.
constexpr std::size_t kManySources = 100;
constexpr std::size_t kLargestShare = 2;
// What has less than one in this many says nothing of how the project is laid out.
constexpr std::size_t kLeastShare = 10;

// Adds the modules below a folder: those in it when the sources fork there, else itself. They fork
// in folders that are about the layout, in one that has all there is, and in one that has too much
// of `all` sources; the modules there have its name before theirs: `prefix`.
void GuessBelow(const Folder& folder, const std::string& path, const std::string& name, bool forks,
                const std::string& prefix, std::size_t all, std::vector<Module>& modules) {
  const auto add = [&](const std::string& folder_name, const std::string& pattern) {
    const std::string module_name = Writable(folder_name, " *?", '_');
    const auto same = std::find_if(modules.begin(), modules.end(), [&](const Module& module) {
      return module.name == module_name;
    });
    Module& module = same == modules.end() ? modules.emplace_back() : *same;
    module.name = module_name;
    // The star that a pattern for the files of a folder itself ends in.
    const std::size_t star = !pattern.empty() && pattern.back() == '*' ? 1 : 0;
    module.paths.push_back(Writable(pattern.substr(0, pattern.size() - star), "*\\", '?') +
                           (star == 1 ? "*" : ""));
  };
  if (!forks) {
    add(name, path);
    return;
  }
  if (folder.folders.empty()) {
    add(name.empty() ? "root" : name, path.empty() ? "*" : path);
    return;
  }
  const auto others =
      std::count_if(folder.folders.begin(), folder.folders.end(), [&](const auto& child) {
        return !IsBeside(child.first) && !IsAside(path + child.first + "/");
      });
  for (const auto& [child_name, child] : folder.folders) {
    const std::string child_path = path + child_name + "/";
    const bool part = !IsBeside(child_name) && !IsAside(child_path);
    // Not in the one library of others that a folder has.
    const bool lays_out =
        IsContainer(child_name) || (others == 1 && part && child.sources * kLeastShare >= all);
    const bool large = !lays_out && part && !child.folders.empty() &&
                       child.sources >= kManySources && child.sources * kLargestShare > all;
    GuessBelow(child, child_path, prefix + child_name, lays_out || large,
               large ? prefix + child_name + "-" : prefix, all, modules);
  }
  if (folder.files) add(name.empty() ? "root" : name, path + "*");
}

// Tests that stand beside what they test are no part of it: what only they use would be taken for
// what it uses. They get a module, before all others, as the first has a file.
void GuessTests(const std::vector<SourceFile>& files, Rules& rules) {
  std::set<std::string> patterns;
  for (const SourceFile& file : files) {
    if (!IsTestFile(file.path) || IsAside(file.path.substr(0, file.path.rfind('/') + 1))) continue;
    patterns.insert(file.path.find("_unittest.") != std::string::npos ? "**/*_unittest.*"
                                                                      : "**/*_test.*");
  }
  if (patterns.empty()) return;
  std::vector<Module>& modules = rules.modules;
  auto tests = std::find_if(modules.begin(), modules.end(), [](const Module& module) {
    return module.name == "tests" || module.name == "test";
  });
  if (tests == modules.end()) {
    tests = modules.emplace(modules.end());
    tests->name = "tests";
  }
  tests->paths.insert(tests->paths.end(), patterns.begin(), patterns.end());
  std::rotate(modules.begin(), tests, tests + 1);
  // A folder may have had nothing else.
  std::set<std::string> with_files;
  for (const SourceFile& file : files) {
    if (const Module* const module = ModuleOf(rules, file.path)) with_files.insert(module->name);
  }
  modules.erase(
      std::remove_if(modules.begin(), modules.end(),
                     [&](const Module& module) { return with_files.count(module.name) == 0; }),
      modules.end());
}

// A JSON array of strings in one line, or a line each when it is long.
std::string Array(const std::vector<std::string>& texts, const std::string& indent) {
  constexpr std::size_t kWidth = 78;
  std::string line = "[";
  for (const std::string& text : texts) line += (line.size() > 1 ? ", " : "") + Quote(text);
  line += "]";
  if (indent.size() + line.size() <= kWidth) return line;
  line = "[";
  for (const std::string& text : texts) {
    line += (line.size() > 1 ? ",\n" : "\n") + indent + "  " + Quote(text);
  }
  return line + "\n" + indent + "]";
}

// Those names with commas between.
std::string Listed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// An array of tables, a line each where one of them is a proposal, which says why.
std::string Tables(const std::vector<std::string>& tables,
                   const std::map<std::string, const TableProposal*>& proposed,
                   const std::string& indent) {
  if (std::none_of(tables.begin(), tables.end(),
                   [&](const std::string& table) { return proposed.count(table) > 0; })) {
    return Array(tables, indent);
  }
  std::string text = "[";
  for (std::size_t at = 0; at < tables.size(); ++at) {
    text += "\n" + indent + "  " + Quote(tables[at]) + (at + 1 < tables.size() ? "," : "");
    const auto found = proposed.find(tables[at]);
    if (found == proposed.end()) continue;
    const TableProposal& proposal = *found->second;
    text += "  // " +
            (proposal.creator.empty() ? "no source creates it"
                                      : Printable(proposal.creator) + " creates it") +
            "; " + DescribeUsers(proposal);
  }
  return text + "\n" + indent + "]";
}

// A comment that names the tables whose owner is not proposed.
std::string Undecided(const std::vector<TableProposal>& proposals) {
  std::string text;
  for (const TableProposal& proposal : proposals) {
    if (!proposal.owner.empty()) continue;
    text += "  //   " + Printable(proposal.table) + ": " +
            (proposal.creator.empty() ? "no source creates it"
                                      : Printable(proposal.creator) + " creates it") +
            "; " + DescribeUsers(proposal) + "\n";
  }
  if (text.empty()) return text;
  return "  // Undecided: name each in the \"tables\" of one module. Until then it is its "
         "creator's.\n" +
         text;
}

}  // namespace

const RulesKeys& KeysOfRules() {
  static const RulesKeys keys = {
      {"$schema", "modules", "never", "ignore", "cycles", "unassigned"},
      {"paths", "public", "may_use", "may_call", "may_listen_to", "may_use_private_of", "tables",
       "may_use_tables_of", "owner", "because"},
      {"name", "from", "except", "to", "directly", "because"}};
  return keys;
}

Result<Rules> ReadRules(const std::filesystem::path& file) {
  const std::string name = file.generic_string();
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    return Fail(Code::kNotFound, "NO_RULES",
                name +
                    ": there is no such file; `seam check --init` writes one that describes "
                    "what is there now");
  }
  if (!std::filesystem::is_regular_file(status)) return NoRules(name + ": is no file");
  std::ifstream input(file, std::ios::binary);
  std::string text(kLargestRulesFile + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (!input.is_open() || input.bad()) return NoRules(name + ": cannot be read");
  if (text.size() > kLargestRulesFile) {
    return NoRules(name + ": is larger than " + std::to_string(kLargestRulesFile) + " bytes");
  }
  std::vector<std::string> problems;
  JsonText json_text(name, text);
  TreeBuilder builder(json_text, problems);
  json_text.Parse(builder, true);
  Rules rules;
  rules.file = file;
  if (problems.empty()) RulesReader(json_text, problems).Read(builder.root(), rules);
  if (problems.empty()) return rules;
  std::string message;
  for (const std::string& problem : problems) message += (message.empty() ? "" : "\n") + problem;
  return NoRules(message);
}

Rules GuessRules(const std::vector<SourceFile>& files) {
  Folder root;
  std::size_t all = 0;
  for (const SourceFile& file : files) {
    const std::size_t part = IsAside(file.path) ? 0 : 1;
    all += part;
    Folder* folder = &root;
    std::size_t begin = 0;
    for (std::size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', begin)) {
      folder = &folder->folders[file.path.substr(begin, slash - begin)];
      begin = slash + 1;
      folder->sources += part;
    }
    folder->files = true;
  }
  Rules rules;
  rules.cycles = true;
  rules.unassigned = true;
  if (!root.files && root.folders.empty()) return rules;
  GuessBelow(root, "", "", true, "", all, rules.modules);
  GuessTests(files, rules);
  for (Module& module : rules.modules) module.may_use_tables_of = {"*"};
  return rules;
}

std::string WriteRules(const Rules& rules, const Facts& facts) {
  const Claims claims = ClaimTables(rules, facts, JoinModules(rules, facts));
  const ModuleGraph& graph = claims.graph;
  std::map<std::string, std::set<std::string>> uses;
  std::map<std::string, std::set<std::string>> calls;
  std::map<std::string, std::set<std::string>> listens;
  std::map<std::string, std::set<std::string>> uses_tables_of;
  std::map<std::string, std::set<std::string>> tables;
  for (const ModuleEdge& edge : graph.edges) {
    (edge.kind == EdgeKind::kTable   ? uses_tables_of
     : edge.kind == EdgeKind::kSeam  ? calls
     : edge.kind == EdgeKind::kEvent ? listens
                                     : uses)[edge.from]
        .insert(edge.to);
  }
  std::map<std::string, const TableProposal*> proposed;
  for (const TableProposal& proposal : claims.proposals) proposed[proposal.table] = &proposal;
  for (const auto& [table, owner] : graph.tables) {
    const auto proposal = proposed.find(table);
    if (proposal == proposed.end() || proposal->second->owner == owner) tables[owner].insert(table);
  }
  // Of whom each module only defines tables.
  std::map<std::string, std::set<std::string>> defines;
  std::map<std::string, std::string> where;
  for (const ModuleEdge& edge : graph.definitions) {
    if (!uses_tables_of[edge.from].insert(edge.to).second) continue;
    defines[edge.from].insert(Printable(edge.to));
    const Place& place = edge.uses.front().place;
    where.try_emplace(edge.from, Printable(place.file) + ":" + std::to_string(place.line));
  }
  const auto list = [](const std::set<std::string>& names) {
    return std::vector<std::string>(names.begin(), names.end());
  };

  std::string text =
      "// Who may use whom here; `seam check` holds the sources to it, and `seam check "
      "--rules-help` tells\n"
      "// what each rule means. Written by `seam check --init` from what is there: take out of "
      "\"may_use\"\n"
      "// what should not be, and say in \"public\" what others may include of a module.\n";
  if (!claims.proposals.empty()) {
    text +=
        "// A table with a comment is a proposal: who creates it does not use it, so it is taken "
        "for "
        "that of\n"
        "// who writes it most. Say whose it is, and take the comment out.\n";
  }
  text += "{\n" + Undecided(claims.proposals) + "  \"modules\": {\n";
  for (std::size_t i = 0; i < rules.modules.size(); ++i) {
    const Module& module = rules.modules[i];
    const std::string indent = "      ";
    text += "    " + Quote(module.name) + ": {\n";
    text += indent + "\"paths\": " + Array(module.paths, indent);
    if (module.public_paths) {
      text += ",\n" + indent + "\"public\": " + Array(*module.public_paths, indent);
    }
    text += ",\n" + indent + "\"may_use\": " + Array(list(uses[module.name]), indent);
    if (const auto& of = calls[module.name]; !of.empty()) {
      text += ",\n" + indent + "\"may_call\": " + Array(list(of), indent);
    }
    if (module.may_listen_to) {
      text += ",\n" + indent + "\"may_listen_to\": " + Array(list(listens[module.name]), indent);
    }
    if (!module.may_use_private_of.empty()) {
      text +=
          ",\n" + indent + "\"may_use_private_of\": " + Array(module.may_use_private_of, indent);
    }
    // A claim that is there stays as it is; what it does not cover is added.
    std::vector<std::string> claimed = module.tables;
    for (const std::string& table : tables[module.name]) {
      if (!MatchesAny(module.tables, table)) claimed.push_back(table);
    }
    if (!claimed.empty()) {
      text += ",\n" + indent + "\"tables\": " + Tables(claimed, proposed, indent);
    }
    if (const auto& of = uses_tables_of[module.name]; !of.empty()) {
      if (const auto& defined = defines[module.name]; !defined.empty()) {
        text += ",\n" + indent + "// It creates or changes tables of " + Listed(defined) +
                ", and does not use them (" + where[module.name] + ").";
        text += "\n" + indent + "\"may_use_tables_of\": " + Array(list(of), indent);
      } else {
        text += ",\n" + indent + "\"may_use_tables_of\": " + Array(list(of), indent);
      }
    }
    if (!module.owner.empty()) text += ",\n" + indent + "\"owner\": " + Quote(module.owner);
    if (!module.because.empty()) text += ",\n" + indent + "\"because\": " + Quote(module.because);
    text += std::string("\n    }") + (i + 1 < rules.modules.size() ? ",\n" : "\n");
  }
  text += "  },\n";
  if (!rules.ignore.empty()) text += "  \"ignore\": " + Array(rules.ignore, "  ") + ",\n";
  const bool all_assigned =
      std::all_of(facts.files.begin(), facts.files.end(),
                  [&](const SourceFile& file) { return ModuleOf(rules, file.path) != nullptr; });
  text += std::string("  \"cycles\": ") + (Cycles(graph).empty() ? "\"refused\"" : "\"allowed\"") +
          ",\n";
  text +=
      std::string("  \"unassigned\": ") + (all_assigned ? "\"refused\"" : "\"allowed\"") + "\n}\n";
  return text;
}

bool IsBeside(std::string_view folder) {
  constexpr std::array<std::string_view, 16> kBeside = {
      "bench",  "benchmark", "benchmarks", "cmake", "doc",   "docs",        "example", "examples",
      "extern", "external",  "scripts",    "test",  "tests", "third_party", "tools",   "vendor"};
  return std::find(kBeside.begin(), kBeside.end(), folder) != kBeside.end();
}

std::string Possessive(std::string_view module) {
  const bool hisses = !module.empty() && (module.back() == 's' || module.back() == 'S');
  return std::string(module) + (hisses ? "'" : "'s");
}

const Module* ModuleOf(const Rules& rules, std::string_view path) {
  for (const Module& module : rules.modules) {
    if (MatchesAny(module.paths, path)) return &module;
  }
  return nullptr;
}

}  // namespace seam::structure
