#include "seam/testing/temporary_folder.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace seam::testing {

TemporaryFolder::TemporaryFolder() : path_("/tmp/seam.XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) {
    std::perror("seam::testing::TemporaryFolder: mkdtemp");
    std::abort();
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::operator/(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

}  // namespace seam::testing
