#ifndef SEAM_TOOL_CONTRACT_FOLDER_H_
#define SEAM_TOOL_CONTRACT_FOLDER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "seam/core/result.h"

namespace seam::tool {

// Some protos, compiled. They live as long as this object.
class ContractSet {
 public:
  ContractSet();
  ContractSet(ContractSet&& other) noexcept;
  ContractSet& operator=(ContractSet&& other) noexcept;
  ~ContractSet();

  // Without those that they import from elsewhere; sorted by name.
  [[nodiscard]] const std::vector<const google::protobuf::FileDescriptor*>& files() const noexcept {
    return files_;
  }

 private:
  friend Result<ContractSet> CompileProtos(const std::filesystem::path& folder,
                                           const std::vector<std::string>& imports);
  friend Result<ContractSet> BuildReleased(const google::protobuf::FileDescriptorSet& released,
                                           const std::vector<std::string>& imports);

  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
};

// All protos in and below `folder`, which they name each other by; what is not there is looked for
// in `imports`, and google/protobuf is known. Fails with INVALID_ARGUMENT: reason NO_PROTOS when
// there are none, or MALFORMED_PROTO, with all that protobuf's compiler says, a line each, or for a
// proto2 file, as what only proto2 has is not compared.
[[nodiscard]] Result<ContractSet> CompileProtos(const std::filesystem::path& folder,
                                                const std::vector<std::string>& imports);

// What was released, of the same folder and imports. Fails with INVALID_ARGUMENT, reason
// MALFORMED_RELEASE, when it contradicts itself or what it imports, or has a proto2 file.
[[nodiscard]] Result<ContractSet> BuildReleased(const google::protobuf::FileDescriptorSet& released,
                                                const std::vector<std::string>& imports);

// A file with what was released.
struct ReleaseFile {
  google::protobuf::FileDescriptorSet files;
  std::vector<std::string> accepted;  // The incompatible changes that were, and why; oldest first.
};

// Fails with NOT_FOUND, reason NEVER_RELEASED, when there is no such file, and with
// INVALID_ARGUMENT, reason MALFORMED_RELEASE, naming the line, when it is not what
// WriteReleaseFile writes, or has no proto in it.
[[nodiscard]] Result<ReleaseFile> ReadReleaseFile(const std::filesystem::path& path);

// Writes all of it or nothing. Fails with UNAVAILABLE, reason UNWRITABLE_FILE.
[[nodiscard]] Result<void> WriteReleaseFile(const std::filesystem::path& path,
                                            const ContractSet& contracts,
                                            const std::vector<std::string>& accepted);

}  // namespace seam::tool

#endif  // SEAM_TOOL_CONTRACT_FOLDER_H_
