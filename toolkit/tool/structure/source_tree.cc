#include "tool/structure/source_tree_internal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tool/structure/rules.h"

namespace seam::structure {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 33> kSourceExtensions = {
    "c",   "cc",  "cpp", "cxx", "c++", "C",   "cp",  "h",    "hh",  "hpp", "hxx",
    "h++", "H",   "hp",  "inc", "inl", "ipp", "ixx", "ipi",  "tcc", "tpp", "txx",
    "tpl", "tlh", "tli", "cu",  "cuh", "m",   "mm",  "cppm", "icc", "pc",  "sql"};

// Where a walk through the folders stands: what is still to be looked into.
class TreeWalk {
 public:
  TreeWalk(const fs::path& root, const std::vector<std::string>& ignore) : ignore_(ignore) {
    tree_.root = root;
  }

  SourceTree Run() {
    folders_.emplace_back();
    while (!folders_.empty()) {
      const std::string folder = std::move(folders_.back());
      folders_.pop_back();
      Look(folder);
    }
    std::sort(tree_.sources.begin(), tree_.sources.end());
    std::sort(tree_.others.begin(), tree_.others.end());
    std::sort(tree_.build_folders.begin(), tree_.build_folders.end());
    DropLinksOutside();
    return std::move(tree_);
  }

 private:
  static bool Exists(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
  }

  // A folder that is configured in place has its CMakeLists.txt beside the cache, and sources.
  bool IsBuildFolder(const std::string& folder) const {
    if (folder.empty()) return false;
    const fs::path path = tree_.root / folder;
    return (Exists(path / "CMakeCache.txt") || Exists(path / "build.ninja")) &&
           !Exists(path / "CMakeLists.txt");
  }

  void Look(const std::string& folder) {
    if (IsBuildFolder(folder)) {
      tree_.build_folders.push_back(folder);
      return;
    }
    std::error_code error;
    fs::directory_iterator entries(tree_.root / folder, error);
    while (!error && entries != fs::directory_iterator()) {
      Take(folder, *entries);
      entries.increment(error);
    }
    if (error) {
      tree_.unseen.push_back(
          {(folder.empty() ? "." : folder) + "/: the folder cannot be read: " + error.message(),
           "make it readable, or ignore it"});
    }
  }

  void Take(const std::string& folder, const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name.front() == '.') return;
    std::string path = folder.empty() ? name : folder + "/" + name;
    std::error_code error;
    const fs::file_status status = entry.symlink_status(error);
    if (fs::is_directory(status)) {
      if (name == "node_modules" || name == "CMakeFiles" || MatchesAny(ignore_, path + "/")) return;
      folders_.push_back(std::move(path));
    } else if (MatchesAny(ignore_, path)) {
      return;
    } else if (fs::is_symlink(status)) {
      tree_.links.emplace(std::move(path), std::string());
    } else if (fs::is_regular_file(status)) {
      (IsSourcePath(name) ? tree_.sources : tree_.others).push_back(std::move(path));
    }
  }

  // Keeps the links that lead into the root, and tells those of sources and folders that do not.
  void DropLinksOutside() {
    const std::string inside = JoinPath(tree_.root.generic_string(), "") + "/";
    for (auto link = tree_.links.begin(); link != tree_.links.end();) {
      std::error_code error;
      const fs::path end = fs::canonical(tree_.root / link->first, error);
      const std::string target = end.generic_string();
      if (!error && target.compare(0, inside.size(), inside) == 0) {
        (link++)->second = target.substr(inside.size());
        continue;
      }
      // One that leads nowhere, in a circle or to the root itself hides nothing.
      if (!error && target != tree_.root.generic_string() &&
          (fs::is_directory(end, error) || IsSourcePath(link->first))) {
        tree_.unseen.push_back(
            {link->first + ": is a symbolic link out of the project; it is not followed",
             "check the project that it leads to by itself"});
      }
      link = tree_.links.erase(link);
    }
  }

  const std::vector<std::string>& ignore_;
  std::vector<std::string> folders_;
  SourceTree tree_;
};

void AppendUtf8(std::uint32_t c, std::string& text) {
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    append(c);
  } else if (c < 0x800) {
    append(0xC0 | (c >> 6U));
    append(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    append(0xE0 | (c >> 12U));
    append(0x80 | ((c >> 6U) & 0x3FU));
    append(0x80 | (c & 0x3FU));
  } else {
    append(0xF0 | (c >> 18U));
    append(0x80 | ((c >> 12U) & 0x3FU));
    append(0x80 | ((c >> 6U) & 0x3FU));
    append(0x80 | (c & 0x3FU));
  }
}

// Half a pair alone becomes the replacement character.
std::string FromUtf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t at) -> std::uint32_t {
    const std::uint32_t first = static_cast<unsigned char>(bytes[at]);
    const std::uint32_t second = static_cast<unsigned char>(bytes[at + 1]);
    return big_endian ? (first << 8U) | second : (second << 8U) | first;
  };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t c = unit(at);
    if (c >= 0xD800 && c < 0xE000) {
      const std::uint32_t low = c < 0xDC00 && at + 3 < bytes.size() ? unit(at + 2) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
        at += 2;
      } else {
        c = 0xFFFD;
      }
    }
    AppendUtf8(c, text);
  }
  return text;
}

}  // namespace

bool IsSourcePath(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(path.substr(dot + 1));
  if (std::find(kSourceExtensions.begin(), kSourceExtensions.end(), extension) !=
      kSourceExtensions.end()) {
    return true;
  }
  // From systems that do not tell case apart: ".CPP", ".SQL".
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension.size() > 1 && std::find(kSourceExtensions.begin(), kSourceExtensions.end(),
                                           extension) != kSourceExtensions.end();
}

SourceTree WalkSources(const fs::path& root, const std::vector<std::string>& ignore) {
  return TreeWalk(root, ignore).Run();
}

std::optional<std::string> ReadSourceText(const fs::path& file, std::string& problem) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (!error && size > kLargestSource) {
    problem = "is larger than " + std::to_string(kLargestSource >> 20U) + " MiB";
    return std::nullopt;
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"),
                                                           std::fclose);
  if (error || !in) {
    problem = "cannot be read: " + (error ? error.message() : std::string(std::strerror(errno)));
    return std::nullopt;
  }
  // The file may have changed since; what is read is what its size was, or less.
  std::string text(size, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), in.get()));
  const std::string_view head = std::string_view(text).substr(0, 3);
  if (head == "\xEF\xBB\xBF") return text.substr(3);
  if (head.substr(0, 2) == "\xFF\xFE") return FromUtf16(std::string_view(text).substr(2), false);
  if (head.substr(0, 2) == "\xFE\xFF") return FromUtf16(std::string_view(text).substr(2), true);
  return text;
}

std::string JoinPath(std::string_view folder, std::string_view path) {
  std::string joined;
  joined.reserve(folder.size() + path.size() + 1);
  if (path.empty() || path.front() != '/') joined.append(folder).append("/");
  joined.append(path);
  const bool absolute = joined.front() == '/' && !(folder.empty() && path.substr(0, 1) != "/");
  std::string result;
  result.reserve(joined.size());
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t end = std::min(joined.find('/', at), joined.size());
    const std::string_view part = std::string_view(joined).substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    const std::size_t last = result.rfind('/');
    const std::string_view name =
        std::string_view(result).substr(last == std::string::npos ? 0 : last + 1);
    if (part != "..") {
      if (absolute || !result.empty()) result += '/';
      result += part;
    } else if (!name.empty() && name != "..") {
      result.resize(last == std::string::npos ? 0 : last);
    } else if (!absolute) {
      result += result.empty() ? ".." : "/..";
    }
  }
  if (result.empty() && absolute) result = "/";
  return result;
}

std::string_view FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace seam::structure
