#include "generator/plugin.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <memory>

#include "generator/emitter.h"
#include "generator/model_builder.h"
#include "generator/options.h"

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

void Write(pb::compiler::GeneratorContext& context, const std::string& path,
           const std::string& text) {
  const std::unique_ptr<pb::io::ZeroCopyOutputStream> output(context.Open(path));
  std::string_view left = text;
  void* block = nullptr;
  int size = 0;
  while (!left.empty() && output->Next(&block, &size)) {
    const std::size_t count = std::min(left.size(), static_cast<std::size_t>(size));
    std::memcpy(block, left.data(), count);
    left.remove_prefix(count);
    output->BackUp(size - static_cast<int>(count));
  }
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string joined;
  for (const std::string& line : lines) joined += (joined.empty() ? "" : "\n") + line;
  return joined;
}

}  // namespace

bool Plugin::Generate(const pb::FileDescriptor* file, const std::string& parameter,
                      pb::compiler::GeneratorContext* context, std::string* error) const {
  return GenerateAll({file}, parameter, context, error);
}

bool Plugin::GenerateAll(const std::vector<const pb::FileDescriptor*>& files,
                         const std::string& parameter, pb::compiler::GeneratorContext* context,
                         std::string* error) const {
  Options options;
  if (!ParseOptions(parameter, options, *error)) return false;

  Problems problems;
  NamespaceNames names(problems);
  std::vector<File> models;
  models.reserve(files.size());
  for (const pb::FileDescriptor* file : files) {
    models.push_back(BuildModel(*file, options, names, problems));
  }
  for (const std::string& warning : problems.warnings) std::cerr << warning << '\n';
  if (!problems.errors.empty()) {
    *error = Joined(problems.errors);
    return false;
  }

  for (const File& model : models) {
    for (const std::unique_ptr<Emitter>& emitter : Emitters()) {
      Write(*context, model.stem + std::string(emitter->suffix()), emitter->Emit(model));
    }
  }
  return true;
}

}  // namespace seam::generator
