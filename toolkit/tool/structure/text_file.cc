#include "tool/structure/text_file.h"

#include <fstream>
#include <ios>
#include <system_error>

namespace seam::structure {

Result<void> WriteFile(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path fresh = file;
  fresh += ".new";
  std::error_code error;
  {
    std::ofstream output(fresh, std::ios::binary | std::ios::trunc);
    output << text << std::flush;
    if (!output) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(fresh, file, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
    return Fail(Code::kUnavailable, "UNWRITABLE_FILE",
                file.generic_string() + ": cannot be written: " + error.message());
  }
  return {};
}

}  // namespace seam::structure
