#include "tool/structure/include_edges_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tool/structure/source_tree_internal.h"
#include "tool/structure/standard_headers_internal.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;

// What a name leads to when it is no file that is looked at.
constexpr int kOutside = -1;  // There is such a file, elsewhere.
constexpr int kMissing = -2;
constexpr int kUnknown = -3;  // Not looked for yet.

// The files of the project and of its build folders, by number.
class FileTable {
 public:
  enum class Sort { kSource, kOther, kBuilt };

  FileTable(const SourceTree& tree, const std::vector<CompileCommand>& commands)
      : tree_(tree), root_(tree.root.generic_string()), inside_(JoinPath(root_, "") + "/") {
    if (root_ == "/") inside_ = root_;
    for (const std::string& path : tree.sources) Add(path, Sort::kSource);
    for (const std::string& path : tree.others) Add(path, Sort::kOther);
    for (const std::string& path : tree.build_folders) built_.insert(inside_ + path);
    std::set<std::string> directories;
    for (const CompileCommand& command : commands) directories.insert(command.directory);
    for (const std::string& directory : directories) {
      std::error_code error;
      const std::string real = fs::weakly_canonical(directory, error).generic_string();
      if (!error && !IsInside(real) && !IsInside(root_, real)) built_.insert(directory);
    }
  }

  [[nodiscard]] std::size_t size() const { return paths_.size(); }
  // Relative to the root; absolute for a built one.
  [[nodiscard]] const std::string& path(int file) const { return paths_[Index(file)]; }
  [[nodiscard]] Sort sort(int file) const { return sorts_[Index(file)]; }
  void MakeSource(int file) { sorts_[Index(file)] = Sort::kSource; }
  [[nodiscard]] const std::string& root() const { return root_; }

  [[nodiscard]] std::string AbsoluteFolder(int file) const {
    const std::string& path = paths_[Index(file)];
    return path.front() == '/' ? std::string(FolderOf(path))
                               : inside_ + std::string(FolderOf(path));
  }

  // The file of an absolute path that JoinPath made.
  int Find(const std::string& absolute) {
    const auto [known, added] = found_.try_emplace(absolute, kMissing);
    if (added) known->second = Look(absolute);
    return known->second;
  }

  // The file of a path relative to the root; kMissing when there is none.
  [[nodiscard]] int FindRelative(const std::string& relative) const {
    const auto number = numbers_.find(relative);
    return number == numbers_.end() ? kMissing : number->second;
  }

 private:
  static std::size_t Index(int file) { return static_cast<std::size_t>(file); }

  static bool IsInside(std::string_view path, std::string_view folder) {
    return path.substr(0, folder.size()) == folder &&
           (path.size() == folder.size() || path[folder.size()] == '/');
  }
  [[nodiscard]] bool IsInside(std::string_view path) const { return IsInside(path, root_); }

  int Add(const std::string& path, Sort sort) {
    const int number = static_cast<int>(paths_.size());
    if (!numbers_.try_emplace(path, number).second) return numbers_[path];
    paths_.push_back(path);
    sorts_.push_back(sort);
    return number;
  }

  // The path with the symbolic links in it replaced by what they lead to.
  [[nodiscard]] std::string WithoutLinks(std::string path) const {
    constexpr int kMostLinks = 40;  // As the kernel.
    for (int links = 0; links < kMostLinks && !tree_.links.empty(); ++links) {
      bool replaced = false;
      for (std::size_t end = path.find('/'); !replaced; end = path.find('/', end + 1)) {
        const std::size_t size = std::min(end, path.size());
        const auto link = tree_.links.find(path.substr(0, size));
        if (link != tree_.links.end()) {
          path = link->second + path.substr(size);
          replaced = true;
        }
        if (end == std::string::npos) break;
      }
      if (!replaced) break;
    }
    return path;
  }

  int Look(const std::string& absolute) {
    if (absolute.compare(0, inside_.size(), inside_) == 0) {
      const int number = FindRelative(WithoutLinks(absolute.substr(inside_.size())));
      if (number >= 0) return number;
    }
    std::error_code error;
    if (!fs::is_regular_file(absolute, error)) return kMissing;
    // The same place by another name: a root that is reached by a symbolic link.
    const std::string real = fs::canonical(absolute, error).generic_string();
    if (!error && real != absolute && real.compare(0, inside_.size(), inside_) == 0) {
      const int number = FindRelative(real.substr(inside_.size()));
      if (number >= 0) return number;
    }
    if (!IsBuilt(absolute)) return kOutside;
    return Add(absolute, Sort::kBuilt);
  }

  // Whether a file is of this build. What a build fetched from elsewhere, in _deps, is not.
  [[nodiscard]] bool IsBuilt(const std::string& absolute) const {
    if (built_.empty() || absolute.find("/_deps/") != std::string::npos) return false;
    for (std::string_view folder = FolderOf(absolute); !folder.empty(); folder = FolderOf(folder)) {
      if (built_.count(std::string(folder)) > 0) return true;
    }
    return false;
  }

  const SourceTree& tree_;
  std::string root_;
  std::string inside_;  // What paths in the root begin with.
  std::vector<std::string> paths_;
  std::vector<Sort> sorts_;
  std::unordered_map<std::string, int> numbers_;
  std::unordered_map<std::string, int> found_;  // By absolute path.
  std::unordered_set<std::string> built_;       // Build folders.
};

// A mark on each of some files, all taken away at once.
class Marks {
 public:
  void Clear() { ++round_; }
  // Whether it was not marked before.
  bool Mark(int file) {
    const auto index = static_cast<std::size_t>(file);
    if (index >= rounds_.size()) rounds_.resize(index + 1, 0);
    return std::exchange(rounds_[index], round_) != round_;
  }
  [[nodiscard]] bool Has(int file) const {
    const auto index = static_cast<std::size_t>(file);
    return file >= 0 && index < rounds_.size() && rounds_[index] == round_;
  }

 private:
  std::vector<int> rounds_;
  int round_ = 1;
};

class IncludeResolution {
 public:
  explicit IncludeResolution(const IncludeQuestion& question)
      : question_(question), files_(question.tree, question.commands) {}

  IncludeAnswer Run() {
    for (const SearchPath& search : Searches()) {
      for (const std::string& folder : search.all) search_folders_.insert(folder);
      for (const std::string& folder : search.quoted) search_folders_.insert(folder);
    }
    // All spellings are known before clang's answers are searched for them.
    for (std::size_t i = 0; i < question_.tree.sources.size(); ++i) State(static_cast<int>(i));
    ReadWithCommands();
    for (std::size_t i = 0; i < question_.tree.sources.size(); ++i) {
      if (!State(static_cast<int>(i)).reached) ReadByNames(static_cast<int>(i));
    }
    // Grows while it is gone through.
    for (std::size_t i = 0; i < others_.size(); ++i) {
      if (!State(others_[i]).reached) ReadByNames(others_[i]);
    }
    Tell();
    return std::move(answer_);
  }

 private:
  struct Target {
    int file = kMissing;
    bool taken = false;  // By a source of which it is known what it reads.
  };

  // An include of a file.
  struct Include {
    IncludeLine line{};
    int spelling = 0;       // The name's number.
    int beside = kUnknown;  // What it leads to from the file's own folder.
    std::vector<Target> targets{};
    bool elsewhere = false;        // It leads out of the project for somebody.
    bool elsewhere_taken = false;  // As Target::taken.
    bool found_elsewhere = false;  // There, a file was found.
    bool built = false;            // It leads to a file in a build folder.
    bool built_taken = false;
  };

  struct FileState {
    bool scanned = false;
    bool reached = false;  // A command reads it.
    bool covered = false;  // A command reads it of which it is known what it takes.
    bool covered_by_clang = false;
    bool computes = false;  // It has an #include MACRO.
    std::vector<Include> includes{};
  };

  // A step from one file to another, as one search path has it.
  struct Step {
    std::size_t include = 0;
    int file = 0;
  };

  // A name that an include spells.
  struct Spelling {
    std::string name{};     // With '/', whatever it was spelled with.
    int found = kUnknown;   // In the folders of the present search path, for <x> ...
    int quoted = kUnknown;  // ... and for "x".
    int seen_by_clang = 0;  // The last command whose scan has a file outside that ends like this.
  };

  FileState& State(int file) {
    const auto index = static_cast<std::size_t>(file);
    if (index >= states_.size()) states_.resize(std::max(index + 1, files_.size()));
    FileState& state = states_[index];
    if (!state.scanned) {
      state.scanned = true;
      if (files_.sort(file) == FileTable::Sort::kOther) {
        files_.MakeSource(file);
        others_.push_back(file);
      }
      for (IncludeLine& line : question_.scan(files_.path(file)).includes) {
        Include include;
        state.computes = state.computes || line.form == IncludeLine::Form::kComputed;
        include.spelling = SpellingOf(line.name);
        include.line = std::move(line);
        state.includes.push_back(std::move(include));
      }
    }
    return state;
  }

  int SpellingOf(std::string name) {
    std::replace(name.begin(), name.end(), '\\', '/');
    const auto [known, added] =
        spelling_numbers_.try_emplace(name, static_cast<int>(spellings_.size()));
    if (added) {
      endings_[EndingOf(name)].push_back(known->second);
      spellings_.emplace_back();
      spellings_.back().name = std::move(name);
    }
    return known->second;
  }

  // What a path ends with that an include of this name leads to.
  static std::string EndingOf(const std::string& name) {
    std::string ending = JoinPath("", name);
    while (ending.compare(0, 3, "../") == 0) ending.erase(0, 3);
    if (!ending.empty() && ending.front() == '/') ending.erase(0, 1);
    return ending;
  }

  static bool IsName(const IncludeLine& line) {
    return line.form == IncludeLine::Form::kQuoted || line.form == IncludeLine::Form::kAngled;
  }

  bool IsProject(int file) const {
    return file >= 0 && files_.sort(file) != FileTable::Sort::kBuilt;
  }

  int Beside(int file, Include& include) {
    if (include.beside == kUnknown) {
      const Spelling& spelling = spellings_[static_cast<std::size_t>(include.spelling)];
      include.beside = files_.Find(JoinPath(files_.AbsoluteFolder(file), spelling.name));
    }
    return include.beside;
  }

  // ---- As the compiler does.

  std::vector<SearchPath> Searches() const {
    std::vector<SearchPath> searches;
    for (const CompileCommand& command : question_.commands) searches.push_back(command.search);
    std::sort(searches.begin(), searches.end());
    searches.erase(
        std::unique(searches.begin(), searches.end(),
                    [](const SearchPath& a, const SearchPath& b) { return !(a < b) && !(b < a); }),
        searches.end());
    return searches;
  }

  void ReadWithCommands() {
    std::map<SearchPath, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < question_.commands.size(); ++i) {
      groups[question_.commands[i].search].push_back(i);
    }
    objects_.resize(question_.commands.size());
    for (const auto& [search, members] : groups) {
      Enter(search);
      for (const std::size_t member : members) ReadCommand(member);
    }
    for (Object& object : objects_) {
      if (!object.source.empty()) answer_.objects.push_back(std::move(object));
    }
    if (!failed_.empty()) {
      answer_.unseen.push_back(
          {"clang's scanner could not read " + Listed(failed_) +
               ": their includes are taken from the text, on both sides of each #if",
           "run the compile command with clang to see why"});
    }
    if (joined_ > 0 && question_.objects) {
      answer_.unseen.push_back(
          {std::to_string(joined_) +
               " object files are each of several sources that CMake joined: which source needs or "
               "defines a symbol in them is not known",
           "give the compile_commands.json of a build with -DCMAKE_UNITY_BUILD=OFF"});
    }
  }

  void Enter(const SearchPath& search) {
    const auto existing = [](const std::vector<std::string>& folders) {
      std::vector<std::string> kept;
      std::error_code error;
      for (const std::string& folder : folders) {
        if (fs::is_directory(folder, error)) kept.push_back(folder);
      }
      return kept;
    };
    search_ = {existing(search.quoted), existing(search.all)};
    for (Spelling& spelling : spellings_) spelling.found = spelling.quoted = kUnknown;
    steps_.clear();
    reach_.Clear();
    noted_.Clear();
  }

  int InFolders(const std::vector<std::string>& folders, const std::string& name,
                std::size_t begin = 0) {
    for (std::size_t i = begin; i < folders.size(); ++i) {
      const int file = files_.Find(JoinPath(folders[i], name));
      if (file != kMissing) return file;
    }
    return kMissing;
  }

  int InSearchPath(int number, bool angled) {
    // Looking may add a built file, never a spelling.
    Spelling& spelling = spellings_[static_cast<std::size_t>(number)];
    if (spelling.found == kUnknown) {
      spelling.found = spelling.name.front() == '/' ? files_.Find(JoinPath("", spelling.name))
                                                    : InFolders(search_.all, spelling.name);
    }
    if (angled) return spelling.found;
    if (spelling.quoted == kUnknown) {
      spelling.quoted = InFolders(search_.quoted, spelling.name);
      if (spelling.quoted == kMissing) spelling.quoted = spelling.found;
    }
    return spelling.quoted;
  }

  // #include_next: from the folder behind the one in which the including file was found.
  int NextInSearchPath(int file, const Include& include) {
    const std::string& name = spellings_[static_cast<std::size_t>(include.spelling)].name;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < search_.all.size() && begin == 0; ++i) {
      if (files_.Find(JoinPath(search_.all[i], name)) == file) begin = i + 1;
    }
    return InFolders(search_.all, name, begin);
  }

  // Where the includes of a file lead with the present search path.
  const std::vector<Step>& StepsOf(int file) {
    if (const auto known = steps_.find(file); known != steps_.end()) return known->second;
    std::vector<Step> steps;
    State(file).reached = true;
    for (std::size_t i = 0; i < State(file).includes.size(); ++i) {
      Include& include = State(file).includes[i];
      if (!IsName(include.line)) continue;
      int target = kMissing;
      if (include.line.next) {
        target = NextInSearchPath(file, include);
      } else {
        const bool angled = include.line.form == IncludeLine::Form::kAngled;
        if (!angled) target = Beside(file, include);
        if (target == kMissing) target = InSearchPath(include.spelling, angled);
      }
      if (target >= 0) {
        steps.push_back({i, target});
      } else {
        include.elsewhere = true;
        include.found_elsewhere = include.found_elsewhere || target == kOutside;
      }
    }
    return steps_.emplace(file, std::move(steps)).first->second;
  }

  // Calls `take` with the file itself if it is the project's, else with those of the project that
  // are read through it.
  template <class Take>
  void Through(int file, const Take& take) {
    if (IsProject(file)) return take(file);
    std::vector<int> open = {file};
    std::unordered_set<int> seen = {file};
    while (!open.empty()) {
      const int next = open.back();
      open.pop_back();
      if (IsProject(next)) {
        take(next);
        continue;
      }
      for (const Step& step : StepsOf(next)) {
        if (seen.insert(step.file).second) open.push_back(step.file);
      }
    }
  }

  void AddTarget(Include& include, int file, bool taken) {
    for (Target& target : include.targets) {
      if (target.file == file) {
        target.taken = target.taken || taken;
        return;
      }
    }
    include.targets.push_back({file, taken});
  }

  // Writes down where the includes of a file lead, as seen by one command.
  template <class IsRead, class IsReadOutside>
  void Note(int file, bool known, const IsRead& is_read, const IsReadOutside& is_read_outside) {
    if (!IsProject(file)) return;
    for (const Step& step : StepsOf(file)) {
      Through(step.file, [&](int target) {
        AddTarget(State(file).includes[step.include], target, known && is_read(target));
      });
      if (!IsProject(step.file)) {
        Include& include = State(file).includes[step.include];
        include.built = true;
        include.built_taken = include.built_taken || (known && is_read(step.file));
      }
    }
    if (!known) return;
    FileState& state = State(file);
    state.covered = true;
    for (Include& include : state.includes) {
      if (include.elsewhere && IsName(include.line) && is_read_outside(include)) {
        include.elsewhere_taken = true;
      }
    }
  }

  // Marks all that the includes of the marked file lead to, as far as `allowed` has it.
  template <class Allowed>
  void Spread(int from, Marks& marks, std::vector<int>& order, const Allowed& allowed) {
    if (!marks.Mark(from)) return;
    std::vector<int> open = {from};
    while (!open.empty()) {
      const int file = open.back();
      open.pop_back();
      order.push_back(file);
      for (const Step& step : StepsOf(file)) {
        if (allowed(step.file) && marks.Mark(step.file)) open.push_back(step.file);
      }
    }
  }

  // -include names are looked for where the compiler runs, then as in quotes.
  std::vector<int> ForcedOf(const CompileCommand& command) {
    std::vector<int> forced;
    for (const std::string& name : command.forced) {
      int file = files_.Find(JoinPath(command.directory, name));
      if (file == kMissing) file = InSearchPath(SpellingOf(name), false);
      if (file >= 0) forced.push_back(file);
    }
    return forced;
  }

  void ReadCommand(std::size_t number) {
    const CompileCommand& command = question_.commands[number];
    const int main = files_.Find(command.file);
    if (main < 0) return;
    // Those for which it was compiled: a joined source has some.
    std::vector<int> mains = {main};
    if (!IsProject(main)) {
      mains.clear();
      for (const Step& step : StepsOf(main)) {
        if (IsProject(step.file)) mains.push_back(step.file);
      }
    }
    const std::vector<int> forced = ForcedOf(command);
    for (const int file : forced) {
      Through(file, [&](int target) {
        for (const int source : mains) AddWithoutLine(source, target);
      });
    }
    std::vector<int> roots = forced;
    roots.push_back(main);
    const bool asked = !question_.scanned.empty();
    std::vector<int> reads;
    if (asked && !question_.scanned[number].empty()) {
      reads = NoteScanned(number, mains, roots);
    } else {
      // Without anybody who wants the single source's, files seen once need not be seen again.
      if (asked || question_.objects) reach_.Clear();
      for (const int root : roots) {
        Spread(root, reach_, reads, [](int) { return true; });
      }
      for (const int file : reads) {
        // The same search path says the same again.
        if (!noted_.Mark(file)) continue;
        Note(file, asked, [](int) { return true; }, [](const Include&) { return true; });
      }
      if (asked) failed_.push_back(Shown(command.file));
    }
    if (!question_.objects || command.output.empty()) return;
    if (!IsProject(main)) {
      joined_ += mains.empty() ? 0 : 1;
      return;
    }
    Object& object = objects_[number];
    object.file = command.output;
    object.source = files_.path(main);
    for (const int file : reads) {
      if (IsProject(file)) object.reads.push_back(files_.path(file));
    }
    std::sort(object.reads.begin(), object.reads.end());
  }

  // Returns what clang read, and writes down what that says of the includes.
  std::vector<int> NoteScanned(std::size_t number, const std::vector<int>& mains,
                               const std::vector<int>& roots) {
    ++clang_round_;
    std::vector<int> reads;
    in_scan_.Clear();
    std::vector<const std::string*> outside;
    for (const std::string& path : question_.scanned[number]) {
      const int file = files_.Find(path);
      if (file < 0) {
        outside.push_back(&path);
      } else if (in_scan_.Mark(file)) {
        reads.push_back(file);
        State(file);  // All spellings are known before they are looked for in what is outside.
      }
    }
    for (const std::string* const path : outside) SeeOutside(*path);
    explained_.Clear();
    std::vector<int> order;
    const auto in_scan = [&](int file) { return in_scan_.Has(file); };
    for (const int root : roots) Spread(root, explained_, order, in_scan);
    // Without a computed include, what is left was included by a file that is not looked at.
    const bool computes =
        std::any_of(reads.begin(), reads.end(), [&](int file) { return State(file).computes; });
    for (const int file : reads) {
      if (explained_.Has(file)) continue;
      // clang puts a header that is missing where the compiler runs, where there may be a file of
      // that name that nobody found.
      if (IsMissingInScan(number, file)) {
        SeeOutside(JoinPath(files_.root(), files_.path(file)));
        continue;
      }
      if (!computes) continue;
      Through(file, [&](int target) {
        for (const int source : mains) AddWithoutLine(source, target);
      });
      Spread(file, explained_, order, in_scan);
    }
    for (const int file : reads) {
      Note(file, true, in_scan, [&](const Include& include) {
        return spellings_[static_cast<std::size_t>(include.spelling)].seen_by_clang == clang_round_;
      });
      State(file).covered_by_clang = true;
    }
    return reads;
  }

  bool IsMissingInScan(std::size_t number, int file) {
    if (!IsProject(file)) return false;
    const std::string& directory = question_.commands[number].directory;
    const std::string path = JoinPath(files_.root(), files_.path(file));
    if (path.compare(0, directory.size() + 1, directory + "/") != 0) return false;
    const auto known = spelling_numbers_.find(path.substr(directory.size() + 1));
    return known != spelling_numbers_.end() && InSearchPath(known->second, false) == kMissing;
  }

  // Notes for each name that an include could have meant by a file outside that it was read.
  void SeeOutside(const std::string& path) {
    const auto [known, added] = outside_.try_emplace(path);
    if (added || known->second.second != spellings_.size()) {
      known->second.first.clear();
      known->second.second = spellings_.size();
      for (std::size_t at = path.rfind('/'); at != std::string::npos;
           at = at == 0 ? std::string::npos : path.rfind('/', at - 1)) {
        const auto ending = endings_.find(path.substr(at + 1));
        if (ending == endings_.end()) continue;
        known->second.first.insert(known->second.first.end(), ending->second.begin(),
                                   ending->second.end());
      }
    }
    for (const int spelling : known->second.first) {
      spellings_[static_cast<std::size_t>(spelling)].seen_by_clang = clang_round_;
    }
  }

  void AddWithoutLine(int source, int target) {
    if (source != target) without_line_.emplace(source, target);
  }

  // ---- By names.

  void ReadByNames(int file) {
    for (std::size_t i = 0; i < State(file).includes.size(); ++i) {
      Include& include = State(file).includes[i];
      if (!IsName(include.line)) continue;
      const int target = ByName(file, include);
      if (target >= 0) {
        State(target);  // An include makes it a source, if it was none.
        AddTarget(State(file).includes[i], target, false);
      } else {
        State(file).includes[i].elsewhere = State(file).includes[i].found_elsewhere = true;
      }
    }
  }

  int ByName(int file, Include& include) {
    const std::string& name = spellings_[static_cast<std::size_t>(include.spelling)].name;
    const bool quoted = include.line.form == IncludeLine::Form::kQuoted && !include.line.next;
    if (quoted && IsProject(Beside(file, include))) return include.beside;
    const int from_root = files_.FindRelative(JoinPath("", name));
    if (from_root >= 0 && from_root != file) return from_root;
    const int inside = FromAboveRoot(name);
    if (inside >= 0 && inside != file) return inside;
    if (IsStandardHeader(name)) return kOutside;

    const std::vector<int>& candidates = EndingLike(name);
    int only = kOutside;
    int others = 0;
    for (std::size_t i = 0; i < candidates.size() && others < 2; ++i) {
      if (candidates[i] == file) continue;
      only = candidates[i];
      ++others;
    }
    if (others < 2) return only;
    if (const int near = Nearby(file, name); near >= 0 && near != file) return near;
    const int searched = OnlySearched(candidates, name);
    if (searched >= 0) return searched;
    auto& [places, likely] = ambiguous_[include.line.name];
    places.push_back(files_.path(file) + ":" + std::to_string(include.line.line));
    if (likely.empty()) {
      for (const int candidate : candidates) likely.push_back(files_.path(candidate));
    }
    return kOutside;
  }

  // The root may be a folder of a project whose files name each other from the folder above:
  // "absl/base/config.h" in absl.
  int FromAboveRoot(std::string_view name) const {
    const std::string_view root = files_.root();
    const std::string_view own = root.substr(root.rfind('/') + 1);
    const bool from_above =
        name.size() > own.size() && name.substr(0, own.size()) == own && name[own.size()] == '/';
    if (own.empty() || !from_above) return kMissing;
    return files_.FindRelative(JoinPath("", name.substr(own.size() + 1)));
  }

  // The files of the project whose paths end as the name does, by path.
  const std::vector<int>& EndingLike(const std::string& name) {
    const auto [known, added] = ending_like_.try_emplace(name);
    if (!added) return known->second;
    if (by_name_.empty()) {
      for (std::size_t i = 0; i < files_.size(); ++i) {
        const std::string& path = files_.path(static_cast<int>(i));
        if (!IsProject(static_cast<int>(i))) continue;
        by_name_[path.substr(path.rfind('/') + 1)].push_back(static_cast<int>(i));
      }
    }
    const std::string ending = EndingOf(name);
    const auto same_name = by_name_.find(ending.substr(ending.rfind('/') + 1));
    if (same_name == by_name_.end()) return known->second;
    for (const int file : same_name->second) {
      const std::string& path = files_.path(file);
      const std::size_t begin = path.size() - std::min(path.size(), ending.size());
      if (path.compare(begin, std::string::npos, ending) == 0 &&
          (begin == 0 || path[begin - 1] == '/')) {
        known->second.push_back(file);
      }
    }
    return known->second;
  }

  // What the name is from the nearest folder around the file, or from one that such a folder
  // usually keeps its headers in.
  int Nearby(int file, const std::string& name) const {
    constexpr std::array<std::string_view, 4> kUsual = {"include", "inc", "src", "source"};
    std::string_view folder = FolderOf(files_.path(file));
    while (true) {
      const int here = files_.FindRelative(JoinPath(folder, name));
      if (here >= 0) return here;
      int usual = kMissing;
      int count = 0;
      for (const std::string_view below : kUsual) {
        const int found = files_.FindRelative(JoinPath(JoinPath(folder, below), name));
        if (found >= 0) {
          usual = found;
          ++count;
        }
      }
      if (count > 0) return count == 1 ? usual : kMissing;
      if (folder.empty()) return kMissing;
      folder = FolderOf(folder);
    }
  }

  // The one candidate that the name leads to from a folder that some command searches.
  int OnlySearched(const std::vector<int>& candidates, const std::string& name) const {
    int only = kMissing;
    if (search_folders_.empty()) return kMissing;
    for (const int candidate : candidates) {
      const std::string path = JoinPath(files_.root(), files_.path(candidate));
      if (path.size() <= name.size() + 1) continue;
      if (search_folders_.count(path.substr(0, path.size() - name.size() - 1)) == 0) continue;
      if (only >= 0) return kMissing;
      only = candidate;
    }
    return only;
  }

  // ---- What is known in the end.

  void Tell() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const int file = static_cast<int>(i);
      if (files_.sort(file) == FileTable::Sort::kSource) TellFile(file);
    }
    for (const auto& [source, target] : without_line_)
      AddEdge(source, 0, files_.path(target), target);
    const std::string give =
        question_.commands.empty()
            ? "give a compile_commands.json: CMake writes it with "
              "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, Bear for make"
            : "compile a source that includes it, or spell the include from the project's root";
    for (const auto& [name, found] : ambiguous_) {
      answer_.unseen.push_back(
          {Listed(found.first) + ": \"" + name + "\" may be any of " + Listed(found.second), give});
    }
    if (!missing_.empty()) {
      answer_.unseen.push_back(
          {Listed(missing_) + (missing_.size() == 1 ? " leads" : " lead") + " to no file",
           "build first, when the build generates it"});
    }
  }

  void TellFile(int file) {
    FileState& state = State(file);
    const std::string& path = files_.path(file);
    for (const Include& include : state.includes) {
      const IncludeLine& line = include.line;
      const std::string place = path + ":" + std::to_string(line.line);
      if (line.form == IncludeLine::Form::kModule) {
        answer_.unseen.push_back(
            {place + ": the module " + line.name + ": which file defines it is not looked for",
             ""});
        continue;
      }
      if (line.form == IncludeLine::Form::kComputed) {
        if (!state.covered_by_clang) {
          answer_.unseen.push_back(
              {place + ": #include " + line.name +
                   ": which file is meant is known to the compiler only",
               "have clang-scan-deps installed and give a compile_commands.json that compiles it"});
        }
        continue;
      }
      bool told = false;
      for (const Target& target : include.targets) {
        if (state.covered && !target.taken) continue;
        AddEdge(file, line.line, files_.path(target.file), target.file);
        told = true;
      }
      if (include.built && (!state.covered || include.built_taken)) {
        AddEdge(file, line.line, line.name, kOutside);
        told = true;
      }
      if (!include.elsewhere || (state.covered && !include.elsewhere_taken)) continue;
      if (!told) AddEdge(file, line.line, line.name, kOutside);
      if (!include.found_elsewhere && line.form == IncludeLine::Form::kQuoted && !told &&
          !IsStandardHeader(line.name)) {
        missing_.push_back(place + ": \"" + line.name + "\"");
      }
    }
  }

  void AddEdge(int file, int line, const std::string& name, int target) {
    if (file == target) return;  // A file that includes itself, again and again.
    Edge edge;
    edge.kind = EdgeKind::kInclude;
    edge.place = {files_.path(file), line};
    edge.target = name;
    if (target >= 0) edge.target_file = name;
    answer_.edges.push_back(std::move(edge));
  }

  std::string Shown(const std::string& absolute) const {
    const std::string inside = files_.root() + "/";
    return absolute.compare(0, inside.size(), inside) == 0 ? absolute.substr(inside.size())
                                                           : absolute;
  }

  // "a, b, c and 5 more"
  static std::string Listed(std::vector<std::string> names) {
    constexpr std::size_t kMost = 3;
    std::sort(names.begin(), names.end());
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
      if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
      text += names[i];
    }
    if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
    return text;
  }

  const IncludeQuestion& question_;
  IncludeAnswer answer_;
  FileTable files_;
  std::vector<FileState> states_;
  std::vector<Spelling> spellings_;
  std::unordered_map<std::string, int> spelling_numbers_;
  std::unordered_map<std::string, std::vector<int>> endings_;  // Spellings by EndingOf().
  std::vector<int> others_;  // Those of SourceTree::others that are included.
  std::set<std::pair<int, int>> without_line_;

  // Of the present search path.
  SearchPath search_;
  std::unordered_map<int, std::vector<Step>> steps_;
  Marks reach_;
  Marks noted_;  // Without clang.

  // Of the present command.
  Marks in_scan_;
  Marks explained_;
  int clang_round_ = 0;

  // The spellings that a path outside ends with, and how many spellings were known then.
  std::unordered_map<std::string, std::pair<std::vector<int>, std::size_t>> outside_;
  std::vector<Object> objects_;  // By command.
  std::vector<std::string> failed_;
  int joined_ = 0;

  std::unordered_set<std::string> search_folders_;  // Of all commands.
  std::unordered_map<std::string, std::vector<int>> by_name_;
  std::unordered_map<std::string, std::vector<int>> ending_like_;
  std::map<std::string, std::pair<std::vector<std::string>, std::vector<std::string>>> ambiguous_;
  std::vector<std::string> missing_;
};

}  // namespace

std::vector<CompileCommand> CommandsOfProject(const SourceTree& tree,
                                              std::vector<CompileCommand> commands,
                                              std::vector<Unseen>& unseen) {
  if (commands.empty()) return commands;
  FileTable files(tree, commands);
  std::vector<CompileCommand> kept;
  std::set<std::string> missing;
  const auto joins_sources = [&](const std::string& path) {
    std::string problem;
    if (path.find("/Unity/unity_") == std::string::npos) return false;
    const std::vector<IncludeLine> joined =
        ScanIncludes(ReadSourceText(path, problem).value_or("")).includes;
    return std::any_of(joined.begin(), joined.end(), [&](const IncludeLine& line) {
      const int source = files.Find(JoinPath(FolderOf(path), line.name));
      return source >= 0 && files.sort(source) != FileTable::Sort::kBuilt;
    });
  };
  for (CompileCommand& command : commands) {
    const int file = files.Find(command.file);
    if (file == kMissing) {
      missing.insert(command.file);
    } else if (file >= 0 &&
               (files.sort(file) != FileTable::Sort::kBuilt || joins_sources(command.file))) {
      kept.push_back(std::move(command));
    }
  }
  if (!missing.empty()) {
    unseen.push_back({"compile_commands.json: " + std::to_string(missing.size()) +
                          " of its sources are not there, such as " + *missing.begin(),
                      "configure and build again"});
  }
  if (kept.empty()) {
    unseen.push_back({"compile_commands.json: none of its sources is in the project",
                      "give the one of this project, made on this machine"});
  }
  return kept;
}

IncludeAnswer ResolveIncludes(const IncludeQuestion& question) {
  return IncludeResolution(question).Run();
}

}  // namespace seam::structure
