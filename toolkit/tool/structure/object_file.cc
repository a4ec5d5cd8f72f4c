#include "tool/structure/object_file.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

namespace seam::structure {

namespace {

// Numbers in the byte order of an object file.
class ElfBytes {
 public:
  ElfBytes(std::string bytes, bool big) : bytes_(std::move(bytes)), big_(big) {}

  [[nodiscard]] std::uint64_t Number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t byte = big_ ? at + i : at + size - 1 - i;
      value = (value << 8U) | static_cast<unsigned char>(bytes_[byte]);
    }
    return value;
  }
  // Up to the next zero.
  [[nodiscard]] std::string_view Text(std::uint64_t at) const {
    if (at >= bytes_.size()) return {};
    const std::size_t end = bytes_.find('\0', at);
    if (end == std::string::npos) return {};
    return std::string_view(bytes_).substr(at, end - at);
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  const std::string bytes_;
  const bool big_;
};

}  // namespace

ObjectRead ReadObject(const std::filesystem::path& file,
                      const std::function<void(std::string_view name, SymbolKind kind)>& seen) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return ObjectRead::kMissing;
  const std::uint64_t file_size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) return ObjectRead::kMissing;

  const auto read = [&](std::uint64_t offset, std::uint64_t size) {
    std::string bytes;
    if (offset > file_size || size > file_size - offset) return bytes;
    bytes.resize(size);
    in.clear();
    in.seekg(static_cast<std::streamoff>(offset));
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!in) bytes.clear();
    return bytes;
  };

  const std::string head = read(0, file_size < 64 ? file_size : 64);
  if (head.compare(0, 4, "BC\xC0\xDE") == 0) return ObjectRead::kLinkTime;
  if (head.size() < 52 || head.compare(0, 4,
                                       "\x7F"
                                       "ELF") != 0)
    return ObjectRead::kOther;
  const bool wide = head[4] == 2;
  const bool big = head[5] == 2;
  const ElfBytes header(head, big);
  const std::uint64_t sections_at = header.Number(wide ? 0x28 : 0x20, wide ? 8 : 4);
  const std::uint64_t section_size = header.Number(wide ? 0x3A : 0x2E, 2);
  std::uint64_t count = header.Number(wide ? 0x3C : 0x30, 2);
  if (section_size < (wide ? 64U : 40U)) return ObjectRead::kOther;
  // Many sections are counted in the first.
  if (count == 0) {
    count = ElfBytes(read(sections_at, section_size), big).Number(wide ? 32 : 20, wide ? 8 : 4);
  }
  if (count > file_size / section_size) return ObjectRead::kOther;
  const ElfBytes sections(read(sections_at, count * section_size), big);

  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t link = 0;
  };
  const auto section = [&](std::uint64_t number) {
    const std::size_t at = number * section_size;
    return Section{sections.Number(at + (wide ? 24 : 16), wide ? 8 : 4),
                   sections.Number(at + (wide ? 32 : 20), wide ? 8 : 4),
                   sections.Number(at + (wide ? 40 : 24), 4)};
  };
  constexpr std::uint64_t kSymbolTable = 2;
  for (std::uint64_t number = 0; number < count; ++number) {
    if (sections.Number(number * section_size + 4, 4) != kSymbolTable) continue;
    const Section table = section(number);
    if (table.link >= count) return ObjectRead::kOther;
    const Section strings = section(table.link);
    const ElfBytes symbols(read(table.offset, table.size), big);
    const ElfBytes names(read(strings.offset, strings.size), big);
    const std::size_t symbol_size = wide ? 24 : 16;
    bool link_time = false;
    for (std::size_t at = symbol_size; at + symbol_size <= symbols.size(); at += symbol_size) {
      const std::uint64_t info = symbols.Number(at + (wide ? 4 : 12), 1);
      const std::uint64_t where = symbols.Number(at + (wide ? 6 : 14), 2);
      const std::uint64_t binding = info >> 4U;
      constexpr std::uint64_t kLocal = 0;
      constexpr std::uint64_t kGlobal = 1;
      constexpr std::uint64_t kFunction = 2;
      if (binding == kLocal && (info & 0xFU) != kFunction) continue;
      const std::string_view name = names.Text(symbols.Number(at, 4));
      if (name.empty()) continue;
      // GCC's mark.
      link_time = link_time || name == "__gnu_lto_slim" || name == "__gnu_slim_lto";
      if (binding == kLocal) {
        seen(name, SymbolKind::kLocal);
      } else if (where == 0) {
        // One that may be missing is no need.
        if (binding == kGlobal) seen(name, SymbolKind::kNeeded);
      } else {
        seen(name, binding == kGlobal ? SymbolKind::kDefined : SymbolKind::kWeak);
      }
    }
    return link_time ? ObjectRead::kLinkTime : ObjectRead::kDone;
  }
  return ObjectRead::kOther;
}

}  // namespace seam::structure
