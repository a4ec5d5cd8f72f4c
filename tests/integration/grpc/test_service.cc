#include "test_service.h"

#include <google/protobuf/descriptor.pb.h>

#include <chrono>
#include <utility>

namespace seam {
namespace {

constexpr MethodContract kMethods[] = {
    {"/seam.test.v1.Test/Read", "Read", Idempotency::kNoSideEffects, 0},
    {"/seam.test.v1.Test/Put", "Put", Idempotency::kIdempotent, 1},
    {"/seam.test.v1.Test/Add", "Add", Idempotency::kUnknown, 2},
};

void AddMessage(google::protobuf::FileDescriptorProto& file, const char* name) {
  auto* const message = file.add_message_type();
  message->set_name(name);
  auto* const field = message->add_field();
  field->set_name("made_at");
  field->set_number(1);
  field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  field->set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
  field->set_type_name(".google.protobuf.Timestamp");
}

const std::string& ImportedDescriptor() {
  static const std::string bytes = [] {
    google::protobuf::FileDescriptorProto file;
    file.set_name("seam/test/v1/imported.proto");
    file.set_package("seam.test.v1");
    file.set_syntax("proto3");
    file.add_dependency("google/protobuf/timestamp.proto");
    AddMessage(file, "Message");
    return file.SerializeAsString();
  }();
  return bytes;
}

const std::string& Descriptor() {
  static const std::string bytes = [] {
    google::protobuf::FileDescriptorProto file;
    file.set_name("seam/test/v1/test.proto");
    file.set_package("seam.test.v1");
    file.set_syntax("proto3");
    file.add_dependency("seam/test/v1/imported.proto");
    auto* const service = file.add_service();
    service->set_name("Test");
    for (const MethodContract& method : kMethods) {
      auto* const added = service->add_method();
      added->set_name(std::string(method.name));
      added->set_input_type(".seam.test.v1.Message");
      added->set_output_type(".seam.test.v1.Message");
    }
    return file.SerializeAsString();
  }();
  return bytes;
}

}  // namespace

const ServiceContract& TestContract() {
  static const FileContract imported{"seam/test/v1/imported.proto", ImportedDescriptor(), nullptr,
                                     0};
  static const FileContract* const imports[] = {&imported};
  static const FileContract file{"seam/test/v1/test.proto", Descriptor(), imports, 1};
  static const ServiceContract contract{"seam.test.v1.Test", kMethods, std::size(kMethods), &file};
  return contract;
}

const MethodContract& ReadMethod() { return kMethods[0]; }
const MethodContract& PutMethod() { return kMethods[1]; }
const MethodContract& AddMethod() { return kMethods[2]; }

Result<Buffer> Echo(const Context& /*context*/, std::string_view request) { return Bytes(request); }

TestHandler Gate::handler() {
  return [this](const Context& context, std::string_view request) {
    if (request == request_) {
      entered_.count_down();
      open_.wait();
    }
    return Echo(context, request);
  };
}

Result<Buffer> TestServicer::Handle(std::size_t /*method*/, const Context& context,
                                    const Buffer& request) {
  ++calls_;
  return handler_(context, request.bytes());
}

CapturedLog::CapturedLog()
    : log_([this] {
        LogOptions options;
        options.level = LogLevel::kDebug;
        options.format = LogFormat::kJson;
        options.sink = [this](std::string_view line) {
          const std::lock_guard lock(mutex_);
          lines_.emplace_back(line);
        };
        return options;
      }()) {}

std::vector<std::string> CapturedLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<std::string> CapturedLog::LinesWith(std::string_view text) const {
  std::vector<std::string> found;
  for (std::string& line : lines()) {
    if (line.find(text) != std::string::npos) found.push_back(std::move(line));
  }
  return found;
}

namespace {

// Whoever is let in may call everything, where nothing else is said.
GrpcServerOptions ForEveryService(GrpcServerOptions options) {
  if (!options.tls || options.allowed_callers != nullptr) return options;
  auto allowed = std::make_shared<AllowedCallers>();
  allowed->Allow({"all", &TestContract(), {"Read", "Put", "Add"}}, {kEveryService});
  options.allowed_callers = std::move(allowed);
  return options;
}

}  // namespace

TestServer::TestServer(TestHandler handler, const GrpcServerOptions& options)
    : servicer_(std::move(handler)),
      server_(*GrpcServer::Start({&servicer_}, ForEveryService(options), log_.log())) {}

std::unique_ptr<Channel> OpenChannel(GrpcChannelOptions options) {
  return *OpenGrpcChannel(TestContract(), std::move(options));
}

std::unique_ptr<Channel> OpenChannel(const std::string& target) {
  GrpcChannelOptions options;
  options.target = target;
  return OpenChannel(std::move(options));
}

Context Patient() { return Context().WithTimeout(std::chrono::seconds(60)); }

Buffer Bytes(std::string_view text) { return Buffer(std::string(text)); }

std::string Text(const Result<Buffer>& reply) { return std::string(reply.value().bytes()); }

}  // namespace seam
