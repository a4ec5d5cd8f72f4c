#ifndef SEAM_TESTING_TEMPORARY_FOLDER_H_
#define SEAM_TESTING_TEMPORARY_FOLDER_H_

#include <string>
#include <string_view>

namespace seam::testing {

// A new, empty folder with a short path (a unix socket's may have 107 bytes), removed with all that
// is in it on destruction. Aborts when it cannot be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // The path of `name` inside it.
  [[nodiscard]] std::string operator/(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_TEMPORARY_FOLDER_H_
