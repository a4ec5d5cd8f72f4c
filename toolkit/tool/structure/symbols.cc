#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "tool/structure/near_paths_internal.h"
#include "tool/structure/object_file.h"
#include "tool/structure/symbols_internal.h"

namespace seam::structure {

namespace {

namespace fs = std::filesystem;

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// The name as one would write it.
std::string Demangled(const std::string& name) {
  if (name.rfind("_Z", 0) != 0) return name;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || demangled == nullptr) return name;
  std::string text(demangled.get());
  ReplaceAll(text, "[abi:cxx11]", "");
  ReplaceAll(text, "std::__cxx11::", "std::");
  ReplaceAll(text, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
             "std::string");
  ReplaceAll(text, "std::basic_string_view<char, std::char_traits<char> >", "std::string_view");
  return text;
}

// The word that stands in a source where a symbol is used, and those that may stand before it, with
// the nearest last.
struct SpelledName {
  std::string name{};
  std::vector<std::string> scopes{};

  [[nodiscard]] std::string scope() const { return scopes.empty() ? "" : scopes.back(); }
};

SpelledName SpelledAs(std::string_view demangled) {
  // "vtable for X" is used by who uses X.
  const std::size_t of = demangled.find(" for ");
  const std::size_t thunk = demangled.find(" thunk to ");
  const bool of_class = of != std::string_view::npos &&
                        (demangled.substr(0, 6) == "vtable" || demangled.substr(0, 3) == "VTT" ||
                         demangled.substr(0, 8) == "typeinfo" ||
                         demangled.substr(0, 5) == "guard" || demangled.substr(0, 4) == "TLS ");
  if (of_class) demangled.remove_prefix(of + 5);
  if (thunk != std::string_view::npos) demangled.remove_prefix(thunk + 10);

  std::vector<std::string> parts(1);
  int depth = 0;
  for (std::size_t i = 0; i < demangled.size(); ++i) {
    const char c = demangled[i];
    if (depth == 0 && parts.back().empty() && demangled.substr(i, 8) == "operator" &&
        std::isalnum(static_cast<unsigned char>(
            demangled.substr(i + 8, 1).empty() ? 'a' : demangled[i + 8])) == 0 &&
        demangled.substr(i + 8, 1) != "_") {
      // An operator is used without a name: its class has one.
      parts.back() = "operator";
      break;
    }
    if (c == '(' || c == '<' || c == '{' || c == '[') {
      // "(anonymous namespace)" is a part; other parentheses are of parameters.
      if (c == '(' && depth == 0 && !parts.back().empty()) break;
      ++depth;
    } else if (c == ')' || c == '>' || c == '}' || c == ']') {
      --depth;
    } else if (depth == 0 && c == ':' && demangled.substr(i, 2) == "::") {
      parts.emplace_back();
      ++i;
    } else if (depth == 0 && c == ' ') {
      // What a template returns stands before it.
      parts.assign(1, "");
    } else if (depth == 0) {
      parts.back() += c;
    }
  }
  SpelledName spelled;
  spelled.scopes = std::move(parts);
  const auto take = [&spelled] {
    spelled.name = spelled.scopes.empty() ? "" : spelled.scopes.back();
    if (!spelled.scopes.empty()) spelled.scopes.pop_back();
  };
  take();
  const bool destructor = !spelled.name.empty() && spelled.name.front() == '~';
  if (spelled.name == "operator" || spelled.name == spelled.scope() || destructor) take();
  return spelled;
}

// The last name in a mangled one, near enough to tell that two may be spelled alike; empty when it
// is not found at once.
std::string_view LastName(std::string_view mangled) {
  if (mangled.substr(0, 2) != "_Z") return mangled;
  std::size_t i = 2;
  while (i < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[i])) == 0) {
    // Nested, const, local to this file.
    if (std::strchr("NKLVrR", mangled[i]) == nullptr) return {};
    ++i;
  }
  std::string_view last;
  while (i < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[i])) != 0) {
    std::size_t size = 0;
    while (i < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[i])) != 0) {
      size = size * 10 + static_cast<std::size_t>(mangled[i++] - '0');
      if (size > mangled.size()) return {};
    }
    last = mangled.substr(i, size);
    i += size;
  }
  return last;
}

// Where words stand in a source.
class WordPlaces {
 public:
  struct Place {
    int line = 0;
    std::string_view scope{};  // The word before "::", if that stands before it.
  };

  // Looks for `wanted` only.
  WordPlaces(const std::string& text, const std::set<std::string, std::less<>>& wanted) {
    Read(text, wanted);
  }

  [[nodiscard]] bool Has(const std::string& word) const { return places_.count(word) != 0; }

  // Whether the name stands somewhere with its scope before it.
  [[nodiscard]] bool HasWithin(const SpelledName& name) const {
    const auto found = places_.find(name.name);
    return found != places_.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](const Place& place) { return place.scope == name.scope(); });
  }

  // The first line where the name stands, but not in another scope: 0 when it does nowhere.
  [[nodiscard]] int Find(const SpelledName& name) const {
    const auto found = places_.find(name.name);
    if (found == places_.end()) return 0;
    for (const Place& place : found->second) {
      if (place.scope.empty() || place.scope == name.name ||
          std::find(name.scopes.begin(), name.scopes.end(), place.scope) != name.scopes.end()) {
        return place.line;
      }
    }
    return 0;
  }

 private:
  static bool Letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  void Read(const std::string& text, const std::set<std::string, std::less<>>& wanted) {
    int line = 1;
    std::size_t i = 0;
    std::string_view before;  // The word before "::".
    std::string_view last;
    bool directive_may_begin = true;
    const auto skip_to = [&](std::size_t end) {
      line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                          text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      i = end;
    };
    while (i < text.size()) {
      const char c = text[i];
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (c == '\n') {
        ++line;
        ++i;
        directive_may_begin = true;
        continue;
      }
      if (c == ' ' || c == '\t' || c == '\r') {
        ++i;
        continue;
      }
      if (c == '/' && next == '/') {
        skip_to(std::min(text.find('\n', i), text.size()));
        continue;
      }
      if (c == '/' && next == '*') {
        const std::size_t close = text.find("*/", i + 2);
        skip_to(close == std::string::npos ? text.size() : close + 2);
        continue;
      }
      if (c == '#' && directive_may_begin) {
        std::size_t word = i + 1;
        while (word < text.size() && (text[word] == ' ' || text[word] == '\t')) ++word;
        const bool names = text.compare(word, 6, "define") == 0;
        // Of directives a macro's text alone uses names.
        skip_to(names ? word + 6 : std::min(text.find('\n', i), text.size()));
        continue;
      }
      directive_may_begin = false;
      if (c == '"' || c == '\'') {
        const std::size_t end = i + 1;
        i = end;
        while (i < text.size() && text[i] != c && text[i] != '\n') {
          const bool joins = text[i] == '\\' && i + 1 < text.size();
          if (joins && text[i + 1] == '\n') ++line;
          i += joins ? 2 : 1;
        }
        if (i < text.size() && text[i] == c) ++i;
        last = {};
        before = {};
        continue;
      }
      if (!Letter(c)) {
        if (c == ':' && next == ':') {
          before = last;
          i += 2;
        } else {
          before = {};
          ++i;
        }
        last = {};
        continue;
      }
      const std::size_t begin = i;
      const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      while (i < text.size() && (Letter(text[i]) || (number && text[i] == '\'' &&
                                                     i + 1 < text.size() && Letter(text[i + 1])))) {
        ++i;
      }
      const std::string_view word = std::string_view(text).substr(begin, i - begin);
      if (i < text.size() && text[i] == '"' && word.back() == 'R' && word.size() <= 3) {
        const std::size_t open = text.find('(', i);
        if (open != std::string::npos && open - i <= 17) {
          const std::string close = ")" + text.substr(i + 1, open - i - 1) + "\"";
          const std::size_t end = text.find(close, open);
          skip_to(end == std::string::npos ? text.size() : end + close.size());
          last = {};
          before = {};
          continue;
        }
      }
      if (wanted.find(word) != wanted.end()) {
        places_[std::string(word)].push_back({line, before});
      }
      last = word;
      before = {};
    }
  }

  std::unordered_map<std::string, std::vector<Place>> places_;
};

// Reads all objects, in passes: what is needed, who has it, and what else is named alike. Only what
// is needed is kept in between: objects have thousands of symbols each.
class SymbolReader {
 public:
  SymbolReader(const std::vector<Object>& objects,
               const std::function<const std::string&(const std::string& path)>& text, Facts& facts)
      : objects_(objects), text_(text), facts_(facts) {}

  void Read(const fs::path& root) {
    ReadNeeds(root);
    ReadDefinitions();
    std::map<std::pair<std::string, std::string>, Use> uses = Resolve();
    NoteAlike(uses);
    Place(uses);
    Tell();
  }

 private:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  // Who defines a needed symbol: objects, at most one a source.
  struct Needed {
    std::string name{};
    std::vector<std::size_t> strong{};
    std::vector<std::size_t> weak{};
  };
  // A source's use of a symbol, by its demangled name.
  struct Use {
    std::size_t object = 0;
    std::string mangled{};
    std::string target_file{};
    SpelledName spelled{};
    bool alike = false;  // Another symbol of the object has the same last name.
  };
  // What is told of some objects.
  struct Told {
    int count = 0;
    std::vector<std::string> examples{};
    void Add(const std::string& example) {
      ++count;
      if (examples.size() < 3) examples.push_back(example);
    }
    [[nodiscard]] std::string Listed() const {
      std::string list;
      for (const std::string& example : examples) list += (list.empty() ? "" : ", ") + example;
      return static_cast<int>(examples.size()) < count ? list + ", …" : list;
    }
  };

  void ReadNeeds(const fs::path& root) {
    needs_.resize(objects_.size());
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const Object& object = objects_[i];
      std::vector<std::size_t>& needs = needs_[i];
      const ObjectRead read = ReadObject(object.file, [&](std::string_view name, SymbolKind kind) {
        if (kind != SymbolKind::kNeeded) return;
        const auto [known, added] = numbers_.try_emplace(std::string(name), needed_.size());
        if (added) {
          needed_.emplace_back();
          needed_.back().name = known->first;
        }
        needs.push_back(known->second);
      });
      if (read == ObjectRead::kMissing) missing_.Add(object.source);
      if (read == ObjectRead::kLinkTime) link_time_.Add(object.source);
      if (read == ObjectRead::kOther) other_.Add(object.source);
      if (read != ObjectRead::kDone) continue;
      std::error_code error;
      const auto made = fs::last_write_time(object.file, error);
      if (error) continue;
      const auto changed = fs::last_write_time(root / object.source, error);
      if (!error && made < changed) older_.Add(object.source);
    }
  }

  void ReadDefinitions() {
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      ReadObject(objects_[i].file, [&](std::string_view name, SymbolKind kind) {
        if (kind != SymbolKind::kDefined && kind != SymbolKind::kWeak) return;
        const auto known = numbers_.find(std::string(name));
        if (known == numbers_.end()) return;
        Needed& needed = needed_[known->second];
        auto& all = kind == SymbolKind::kDefined ? needed.strong : needed.weak;
        // Inline code is everywhere: two of its sources are as good as all.
        if (all.size() > 1 && kind == SymbolKind::kWeak) return;
        if (!all.empty() && objects_[all.back()].source == objects_[i].source &&
            kind == SymbolKind::kWeak) {
          return;
        }
        all.push_back(i);
      });
    }
  }

  // The objects that are linked together are together: CMake's folder of a target, or the folder.
  [[nodiscard]] static std::string_view TargetOf(const std::string& object) {
    const std::size_t folder = object.find(".dir/");
    return std::string_view(object).substr(
        0, folder == std::string::npos ? object.rfind('/') : folder);
  }

  // Whether the source speaks of what its object has a weak definition of: an explicit
  // instantiation then, and no leavings of a library's headers.
  bool Instantiates(const Object& object, const SpelledName& name) const {
    if (!name.scopes.empty() &&
        (name.scopes.front() == "std" || name.scopes.front() == "__gnu_cxx")) {
      return false;
    }
    return WordPlaces(text_(object.source), {name.name}).Has(name.name) ||
           WordPlaces(text_(object.source), {name.scope()}).Has(name.scope());
  }

  // The object whose definition `user` gets; nobody when it has one itself, when there is none, or
  // when that cannot be told.
  std::size_t Definer(const Needed& needed, std::size_t user) {
    std::vector<std::size_t> all = needed.strong;
    if (all.empty()) all = needed.weak;
    const auto same_source = [&](std::size_t a, std::size_t b) {
      return objects_[a].source == objects_[b].source;
    };
    if (all.empty() || std::any_of(all.begin(), all.end(),
                                   [&](std::size_t each) { return same_source(each, user); })) {
      return kNobody;
    }
    const auto one = [&](const std::vector<std::size_t>& some) {
      return !some.empty() && std::all_of(some.begin(), some.end(), [&](std::size_t each) {
        return same_source(each, some.front());
      });
    };
    if (one(all)) return all.front();
    if (needed.strong.empty()) return kNobody;  // Inline code.
    const std::string target(TargetOf(objects_[user].file.generic_string()));
    std::vector<std::size_t> together;
    std::vector<std::size_t> no_tests;
    for (const std::size_t each : all) {
      if (TargetOf(objects_[each].file.generic_string()) == target) together.push_back(each);
      if (!IsTestPath(objects_[each].source)) no_tests.push_back(each);
    }
    if (one(together)) return together.front();
    if (one(no_tests)) return no_tests.front();
    ambiguous_names_.insert(needed.name);
    return kNobody;
  }

  std::map<std::pair<std::string, std::string>, Use> Resolve() {
    std::map<std::pair<std::string, std::string>, Use> uses;
    std::unordered_map<std::size_t, std::string> demangled;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      for (const std::size_t number : needs_[i]) {
        const std::size_t definer = Definer(needed_[number], i);
        if (definer == kNobody) continue;
        auto known = demangled.find(number);
        if (known == demangled.end()) {
          known = demangled.emplace(number, Demangled(needed_[number].name)).first;
        }
        Use use;
        use.object = i;
        use.mangled = needed_[number].name;
        use.target_file = objects_[definer].source;
        use.spelled = SpelledAs(known->second);
        if (use.spelled.name.empty()) continue;
        if (needed_[number].strong.empty() && !Instantiates(objects_[definer], use.spelled))
          continue;
        // Constructors have two symbols of one name.
        uses.try_emplace({objects_[i].source, known->second}, std::move(use));
      }
    }
    return uses;
  }

  void NoteAlike(std::map<std::pair<std::string, std::string>, Use>& uses) {
    std::map<std::size_t, std::vector<Use*>> of_objects;
    for (auto& [key, use] : uses) of_objects[use.object].push_back(&use);
    for (auto& [object, some] : of_objects) {
      std::multimap<std::string_view, Use*> by_name;
      for (Use* use : some) by_name.emplace(use->spelled.name, use);
      ReadObject(objects_[object].file, [&](std::string_view name, SymbolKind /*kind*/) {
        const auto [first, last] = by_name.equal_range(LastName(name));
        for (auto each = first; each != last; ++each) {
          Use& use = *each->second;
          // Overloads and the two kinds of a constructor are of one scope.
          if (name != use.mangled &&
              SpelledAs(Demangled(std::string(name))).scopes != use.spelled.scopes) {
            use.alike = true;
          }
        }
      });
    }
  }

  void Place(const std::map<std::pair<std::string, std::string>, Use>& uses) {
    std::set<std::string, std::less<>> wanted;
    for (const auto& [key, use] : uses) {
      wanted.insert(use.spelled.name);
      wanted.insert(use.spelled.scope());
    }
    std::map<std::string, WordPlaces> files;
    const auto places = [&](const std::string& path) -> const WordPlaces& {
      const auto known = files.find(path);
      if (known != files.end()) return known->second;
      return files.emplace(path, WordPlaces(text_(path), wanted)).first->second;
    };
    // Whether a source, or a header in its folder, speaks of a scope.
    const auto beside = [&](const std::vector<std::string>& files_read, const std::string& source,
                            const std::string& scope) {
      const std::size_t folder = source.rfind('/') + 1;
      return std::any_of(files_read.begin(), files_read.end(), [&](const std::string& file) {
        return file.rfind('/') + 1 == folder && file.compare(0, folder, source, 0, folder) == 0 &&
               places(file).Has(scope);
      });
    };
    std::size_t ordered_for = kNobody;
    std::vector<std::string> order;
    for (const auto& [key, use] : uses) {
      const Object& object = objects_[use.object];
      if (ordered_for != use.object) {
        order = object.reads;
        std::sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
          return std::tuple(a != object.source, ~SharedFolders(a, object.source), a) <
                 std::tuple(b != object.source, ~SharedFolders(b, object.source), b);
        });
        if (order.empty() || order.front() != object.source) {
          order.insert(order.begin(), object.source);
        }
        ordered_for = use.object;
      }
      for (const std::string& file : order) {
        if (file == use.target_file) continue;
        const WordPlaces& words = places(file);
        const int line = words.Find(use.spelled);
        if (line == 0) continue;
        // The word may mean another. Of a header, which declares names that it does not use, more
        // is asked.
        const std::string scope = use.spelled.scope();
        if (file == object.source) {
          if (use.alike && !beside(order, object.source, scope)) continue;
        } else if (!scope.empty() &&
                   !(use.alike ? words.HasWithin(use.spelled) : words.Has(scope))) {
          continue;
        }
        Edge edge;
        edge.kind = EdgeKind::kSymbol;
        edge.place = {file, line};
        edge.target = key.second;
        edge.target_file = use.target_file;
        // A header's inline code is in the objects of all who read it.
        if (told_.insert({file, edge.target}).second) facts_.edges.push_back(std::move(edge));
        break;
      }
    }
  }

  void Tell() {
    const auto tell = [&](const Told& told, const std::string& what, const std::string& mend) {
      if (told.count == 0) return;
      facts_.unseen.push_back(
          {what + ": " + std::to_string(told.count) + " (" + told.Listed() + ")", mend});
    };
    tell(missing_,
         "object files that are not built, so that what the linker would see is not known",
         "build the project");
    tell(older_, "object files that are older than their source, without what was written since",
         "build the project");
    tell(link_time_,
         "object files for link time optimisation, with symbols in the compiler's own form",
         "look at a build without -flto");
    tell(other_, "object files that are not in ELF, or broken, whose symbols are not read", "");
    for (const std::string& name : ambiguous_names_) ambiguous_.Add(Demangled(name));
    tell(ambiguous_,
         "symbols that several sources define, of which it is not known which is linked", "");
  }

  const std::vector<Object>& objects_;
  const std::function<const std::string&(const std::string& path)>& text_;
  Facts& facts_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Needed> needed_;
  std::vector<std::vector<std::size_t>> needs_;  // By object.
  std::set<std::pair<std::string, std::string>> told_;
  std::set<std::string> ambiguous_names_;
  Told missing_, older_, link_time_, other_, ambiguous_;
};

}  // namespace

void ReadSymbols(const std::filesystem::path& root, const std::vector<Object>& objects,
                 const std::function<const std::string&(const std::string& path)>& text,
                 Facts& facts) {
  SymbolReader(objects, text, facts).Read(root);
}

}  // namespace seam::structure
