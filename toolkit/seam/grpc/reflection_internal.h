#ifndef SEAM_GRPC_REFLECTION_INTERNAL_H_
#define SEAM_GRPC_REFLECTION_INTERNAL_H_

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/contract.h"
#include "seam/core/result.h"

namespace seam::grpc_internal {

// Answers questions about served contracts in the messages of the server reflection protocol
// (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md). Knows the files of a private
// descriptor pool: gRPC's own plugin reads the global one, to which our descriptors must not go,
// because a program that links its own generated code for a contract would abort. Thread-safe.
class Reflection {
 public:
  // The paths of the bidirectional method, in the version of either package; the messages are
  // alike.
  static constexpr std::string_view kPathV1 =
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  static constexpr std::string_view kPathV1Alpha =
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

  // Lists these services and grpc.health.v1.Health. Fails with INVALID_ARGUMENT, reason
  // INVALID_CONTRACT, when the descriptor of a contract, or of what it imports, cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<Reflection>> Create(
      const std::vector<const ServiceContract*>& contracts);

  // The encoded ServerReflectionResponse to an encoded ServerReflectionRequest; empty when that is
  // no such message.
  [[nodiscard]] std::string Answer(std::string_view request) const;

 private:
  Reflection() = default;

  Result<void> Add(const FileContract& file);
  Result<void> AddStandard(const std::string& name);
  Result<void> AddDependencies(const google::protobuf::FileDescriptorProto& file);

  google::protobuf::DescriptorPool pool_;
  std::vector<std::string> services_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_REFLECTION_INTERNAL_H_
