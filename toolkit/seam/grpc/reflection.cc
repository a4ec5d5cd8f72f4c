#include "seam/grpc/reflection_internal.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/source_context.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/support/status_code_enum.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "seam/grpc/serialized_internal.h"

namespace seam::grpc_internal {
namespace {

namespace pb = google::protobuf;

// Field numbers of grpc.reflection.v1
// (https://github.com/grpc/grpc-proto/blob/master/grpc/reflection/v1/reflection.proto).
constexpr int kRequestFileByFilename = 3;
constexpr int kRequestFileContainingSymbol = 4;
constexpr int kRequestFileContainingExtension = 5;
constexpr int kRequestAllExtensionNumbersOfType = 6;
constexpr int kRequestListServices = 7;
constexpr int kExtensionContainingType = 1;
constexpr int kExtensionNumber = 2;
constexpr int kResponseValidHost = 1;
constexpr int kResponseOriginalRequest = 2;
constexpr int kResponseFileDescriptors = 4;
constexpr int kResponseExtensionNumbers = 5;
constexpr int kResponseListServices = 6;
constexpr int kResponseError = 7;
constexpr int kRequestHost = 1;
constexpr int kFileDescriptorProto = 1;
constexpr int kBaseTypeName = 1;
constexpr int kExtensionNumbers = 2;
constexpr int kListService = 1;
constexpr int kServiceName = 1;
constexpr int kErrorCode = 1;
constexpr int kErrorMessage = 2;

// https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
constexpr char kHealthFile[] = R"(
  name: "grpc/health/v1/health.proto" package: "grpc.health.v1" syntax: "proto3"
  message_type {
    name: "HealthCheckRequest"
    field { name: "service" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  }
  message_type {
    name: "HealthCheckResponse"
    field { name: "status" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM
            type_name: ".grpc.health.v1.HealthCheckResponse.ServingStatus" }
    enum_type {
      name: "ServingStatus"
      value { name: "UNKNOWN" number: 0 } value { name: "SERVING" number: 1 }
      value { name: "NOT_SERVING" number: 2 } value { name: "SERVICE_UNKNOWN" number: 3 }
    }
  }
  service {
    name: "Health"
    method { name: "Check" input_type: ".grpc.health.v1.HealthCheckRequest"
             output_type: ".grpc.health.v1.HealthCheckResponse" }
    method { name: "Watch" input_type: ".grpc.health.v1.HealthCheckRequest"
             output_type: ".grpc.health.v1.HealthCheckResponse" server_streaming: true }
  })";
constexpr char kHealthService[] = "grpc.health.v1.Health";

// The files that every protobuf library has. Named one by one, so that the linker keeps them.
const pb::FileDescriptor* StandardFile(const std::string& name) {
  const std::array<const pb::FileDescriptor*, 11> files = {
      pb::Any::descriptor()->file(),
      pb::Api::descriptor()->file(),
      pb::DescriptorProto::descriptor()->file(),
      pb::Duration::descriptor()->file(),
      pb::Empty::descriptor()->file(),
      pb::FieldMask::descriptor()->file(),
      pb::SourceContext::descriptor()->file(),
      pb::Struct::descriptor()->file(),
      pb::StringValue::descriptor()->file(),
      pb::Timestamp::descriptor()->file(),
      pb::Type::descriptor()->file()};
  const auto* const found =
      std::find_if(files.begin(), files.end(),
                   [&](const pb::FileDescriptor* file) { return file->name() == name; });
  return found == files.end() ? nullptr : *found;
}

Failure BadContract(const std::string& file, const std::string& problem) {
  return Fail(Code::kInvalidArgument, "INVALID_CONTRACT",
              "the descriptor of '" + file + "' cannot be served by reflection: " + problem +
                  "; generate the code again");
}

// The parts of a ServerReflectionResponse, encoded. Encodings can be joined.

std::string Part(int number, const pb::UnknownFieldSet& message) {
  pb::UnknownFieldSet response;
  response.AddLengthDelimited(number, Serialized(message));
  return Serialized(response);
}

std::string NotFound(const std::string& what) {
  pb::UnknownFieldSet error;
  error.AddVarint(kErrorCode, static_cast<std::uint64_t>(grpc::StatusCode::NOT_FOUND));
  error.AddLengthDelimited(kErrorMessage, what + " is not known here");
  return Part(kResponseError, error);
}

void AddWithDependencies(const pb::FileDescriptor& file, std::set<std::string>& seen,
                         pb::UnknownFieldSet& files) {
  if (!seen.insert(file.name()).second) return;
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  files.AddLengthDelimited(kFileDescriptorProto, proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) {
    AddWithDependencies(*file.dependency(i), seen, files);
  }
}

// The file and everything it imports, the file itself first.
std::string Files(const pb::FileDescriptor* file, const std::string& asked) {
  if (file == nullptr) return NotFound(asked);
  std::set<std::string> seen;
  pb::UnknownFieldSet files;
  AddWithDependencies(*file, seen, files);
  return Part(kResponseFileDescriptors, files);
}

std::string FileOfExtension(const pb::DescriptorPool& pool, const std::string& request) {
  pb::UnknownFieldSet extension;
  std::string type;
  int number = 0;
  if (extension.ParseFromString(request)) {
    for (int i = 0; i < extension.field_count(); ++i) {
      const pb::UnknownField& field = extension.field(i);
      if (field.number() == kExtensionContainingType &&
          field.type() == pb::UnknownField::TYPE_LENGTH_DELIMITED) {
        type = field.length_delimited();
      }
      if (field.number() == kExtensionNumber && field.type() == pb::UnknownField::TYPE_VARINT) {
        number = static_cast<int>(field.varint());
      }
    }
  }
  const pb::Descriptor* const extended = pool.FindMessageTypeByName(type);
  const pb::FieldDescriptor* const field =
      extended == nullptr ? nullptr : pool.FindExtensionByNumber(extended, number);
  return Files(field == nullptr ? nullptr : field->file(),
               "extension " + std::to_string(number) + " of '" + type + "'");
}

std::string ExtensionNumbers(const pb::DescriptorPool& pool, const std::string& type) {
  const pb::Descriptor* const extended = pool.FindMessageTypeByName(type);
  if (extended == nullptr) return NotFound("type '" + type + "'");
  std::vector<const pb::FieldDescriptor*> extensions;
  pool.FindAllExtensions(extended, &extensions);
  pb::UnknownFieldSet numbers;
  numbers.AddLengthDelimited(kBaseTypeName, type);
  for (const pb::FieldDescriptor* const extension : extensions) {
    numbers.AddVarint(kExtensionNumbers, static_cast<std::uint64_t>(extension->number()));
  }
  return Part(kResponseExtensionNumbers, numbers);
}

std::string Services(const std::vector<std::string>& services) {
  pb::UnknownFieldSet list;
  for (const std::string& name : services) {
    pb::UnknownFieldSet service;
    service.AddLengthDelimited(kServiceName, name);
    list.AddLengthDelimited(kListService, Serialized(service));
  }
  return Part(kResponseListServices, list);
}

}  // namespace

Result<std::unique_ptr<Reflection>> Reflection::Create(
    const std::vector<const ServiceContract*>& contracts) {
  auto reflection = std::unique_ptr<Reflection>(new Reflection());
  for (const ServiceContract* const contract : contracts) {
    const std::string name(contract->full_name);
    if (contract->file == nullptr) return BadContract(name, "it is missing");
    if (auto added = reflection->Add(*contract->file); !added) return Forward(added.error());
    if (reflection->pool_.FindServiceByName(name) == nullptr) {
      return BadContract(std::string(contract->file->name), "it has no service " + name);
    }
    reflection->services_.push_back(name);
  }
  // A contract may be that of the health service's own proto, imported somewhere.
  if (reflection->pool_.FindServiceByName(kHealthService) == nullptr) {
    pb::FileDescriptorProto health;
    if (!pb::TextFormat::ParseFromString(kHealthFile, &health) ||
        reflection->pool_.BuildFile(health) == nullptr) {
      return BadContract("grpc/health/v1/health.proto", "another file has its name or its types");
    }
  }
  reflection->services_.emplace_back(kHealthService);
  std::sort(reflection->services_.begin(), reflection->services_.end());
  return reflection;
}

Result<void> Reflection::Add(const FileContract& file) {
  const std::string name(file.name);
  if (pool_.FindFileByName(name) != nullptr) return {};
  pb::FileDescriptorProto proto;
  if (!proto.ParseFromArray(file.descriptor.data(), static_cast<int>(file.descriptor.size()))) {
    return BadContract(name, "its bytes are no FileDescriptorProto");
  }
  for (std::size_t i = 0; i < file.import_count; ++i) {
    if (auto added = Add(*file.imports[i]); !added) return added;
  }
  if (auto added = AddDependencies(proto); !added) return added;
  if (pool_.BuildFile(proto) == nullptr) {
    return BadContract(name, "it contradicts itself or what it imports");
  }
  return {};
}

Result<void> Reflection::AddDependencies(const pb::FileDescriptorProto& file) {
  for (const std::string& dependency : file.dependency()) {
    if (pool_.FindFileByName(dependency) != nullptr) continue;
    if (auto added = AddStandard(dependency); !added) return added;
  }
  return {};
}

Result<void> Reflection::AddStandard(const std::string& name) {
  const pb::FileDescriptor* const file = StandardFile(name);
  if (file == nullptr) return BadContract(name, "it is imported, but not part of the contract");
  pb::FileDescriptorProto proto;
  file->CopyTo(&proto);
  if (auto added = AddDependencies(proto); !added) return added;
  if (pool_.BuildFile(proto) == nullptr) return BadContract(name, "protobuf refuses it");
  return {};
}

std::string Reflection::Answer(std::string_view request) const {
  pb::UnknownFieldSet fields;
  if (!fields.ParseFromArray(request.data(), static_cast<int>(request.size()))) return {};
  std::string host;
  std::string answer;
  for (int i = 0; i < fields.field_count(); ++i) {
    const pb::UnknownField& field = fields.field(i);
    if (field.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    const std::string& text = field.length_delimited();
    // What is asked is a oneof: the last one counts.
    switch (field.number()) {
      case kRequestHost: host = text; break;
      case kRequestFileByFilename:
        answer = Files(pool_.FindFileByName(text), "file '" + text + "'");
        break;
      case kRequestFileContainingSymbol:
        answer = Files(pool_.FindFileContainingSymbol(text), "symbol '" + text + "'");
        break;
      case kRequestFileContainingExtension: answer = FileOfExtension(pool_, text); break;
      case kRequestAllExtensionNumbersOfType: answer = ExtensionNumbers(pool_, text); break;
      case kRequestListServices: answer = Services(services_); break;
      default: break;
    }
  }
  if (answer.empty()) answer = NotFound("what was asked");
  pb::UnknownFieldSet response;
  response.AddLengthDelimited(kResponseValidHost, host);
  response.AddLengthDelimited(kResponseOriginalRequest, std::string(request));
  return Serialized(response) + answer;
}

}  // namespace seam::grpc_internal
