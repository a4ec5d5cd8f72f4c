#ifndef SEAM_GENERATOR_MODEL_BUILDER_H_
#define SEAM_GENERATOR_MODEL_BUILDER_H_

#include <google/protobuf/descriptor.h>

#include "generator/model.h"
#include "generator/options.h"
#include "generator/problems.h"
#include "generator/scope.h"

namespace seam::generator {

// Builds a file's model, and adds to `problems` whatever cannot be mapped. With errors the model is
// of no use. `names` are those of all files of the run.
[[nodiscard]] File BuildModel(const google::protobuf::FileDescriptor& file, const Options& options,
                              NamespaceNames& names, Problems& problems);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_MODEL_BUILDER_H_
