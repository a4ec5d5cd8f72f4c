#ifndef SEAM_GENERATOR_PLUGIN_H_
#define SEAM_GENERATOR_PLUGIN_H_

#include <google/protobuf/compiler/code_generator.h>

#include <cstdint>
#include <string>
#include <vector>

namespace seam::generator {

// protoc-gen-seam: plain structs, their codec, clients, handlers, servicers and mocks from protos.
// For each file it is asked for, the file's model is built and validated first; only when nothing
// is wrong with any of them is anything written.
class Plugin final : public google::protobuf::compiler::CodeGenerator {
 public:
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context,
                std::string* error) const override;

  bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files,
                   const std::string& parameter,
                   google::protobuf::compiler::GeneratorContext* context,
                   std::string* error) const override;

  [[nodiscard]] std::uint64_t GetSupportedFeatures() const override {
    return FEATURE_PROTO3_OPTIONAL;
  }
};

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_PLUGIN_H_
