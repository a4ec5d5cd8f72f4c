#ifndef SEAM_GENERATOR_PROBLEMS_H_
#define SEAM_GENERATOR_PROBLEMS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace seam::generator {

// What is to be said to the user, each "file.proto:LINE:COLUMN: what, why; what to do". With an
// error there is no output.
struct Problems {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// "file.proto:LINE:COLUMN", counted from 1 as editors do.
[[nodiscard]] inline std::string Position(const google::protobuf::FileDescriptor& file,
                                          const google::protobuf::SourceLocation& location) {
  return file.name() + ":" + std::to_string(location.start_line + 1) + ":" +
         std::to_string(location.start_column + 1);
}

// Of any descriptor but a file's.
template <class D>
[[nodiscard]] std::string PositionOf(const D& descriptor) {
  google::protobuf::SourceLocation location;
  const google::protobuf::FileDescriptor& file = *descriptor.file();
  return descriptor.GetSourceLocation(&location) ? Position(file, location) : file.name() + ":1:1";
}

// Of what stands at a path of the file's FileDescriptorProto.
[[nodiscard]] inline std::string PositionOf(const google::protobuf::FileDescriptor& file,
                                            const std::vector<int>& path) {
  google::protobuf::SourceLocation location;
  return file.GetSourceLocation(path, &location) ? Position(file, location) : file.name() + ":1:1";
}

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_PROBLEMS_H_
