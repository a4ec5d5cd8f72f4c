#ifndef SEAM_GENERATOR_MODEL_BUILDER_H_
#define SEAM_GENERATOR_MODEL_BUILDER_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "generator/model.h"
#include "generator/options.h"

namespace seam::generator {

// What is to be said to the user, each "file.proto:LINE:COLUMN: what, why; what to do". With an
// error there is no output.
struct Problems {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// Builds a file's model, and adds to `problems` whatever cannot be mapped. With errors the model is
// of no use.
[[nodiscard]] File BuildModel(const google::protobuf::FileDescriptor& file, const Options& options,
                              Problems& problems);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_MODEL_BUILDER_H_
