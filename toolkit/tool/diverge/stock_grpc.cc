#include "tool/diverge/stock_grpc.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "seam/grpc/order_internal.h"

namespace seam::diverge {
namespace {

using grpc_internal::Received;
using grpc_internal::Sending;

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr char kServiceConfig[] =
    R"({"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.01s",
        "maxBackoff": "0.01s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

grpc::ByteBuffer ToGrpc(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return {&slice, 1};
}

Buffer FromGrpc(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string joined;
  if (bytes.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      joined.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return Buffer(std::move(joined));
}

// The sum as a processor makes it, which may wrap around.
system_clock::time_point Later(std::chrono::nanoseconds span) {
  const auto now = std::chrono::nanoseconds(system_clock::now().time_since_epoch());
  const auto sum =
      static_cast<std::uint64_t>(now.count()) + static_cast<std::uint64_t>(span.count());
  return system_clock::time_point(std::chrono::nanoseconds(static_cast<std::int64_t>(sum)));
}

class StockCall final : public grpc::ServerGenericBidiReactor {
 public:
  StockCall(Servicer& servicer, const grpc::GenericCallbackServerContext& context)
      : servicer_(servicer), context_(context) {
    Sending();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    Received();
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::INTERNAL, "no request"));
    } else {
      Answer();
    }
  }

  void OnDone() override {
    Received();
    delete this;
  }

 private:
  void Answer() {
    Context context;
    if (context_.deadline() != system_clock::time_point::max()) {
      context = context.WithTimeout(context_.deadline() - system_clock::now());
    }
    const ServiceContract& contract = servicer_.contract();
    std::size_t index = 0;
    while (index < contract.method_count && contract.methods[index].path != context_.method()) {
      ++index;
    }
    try {
      auto reply = servicer_.Handle(index, context, FromGrpc(request_));
      if (reply) reply_ = ToGrpc(reply->bytes());
      Sending();
      if (reply) {
        StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
      } else {
        Finish(
            grpc::Status(static_cast<grpc::StatusCode>(reply.error().code), reply.error().message));
      }
    } catch (...) {
      Finish(grpc::Status(grpc::StatusCode::UNKNOWN, "Unexpected error in RPC handling"));
    }
  }

  Servicer& servicer_;
  const grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
};

class StockService final : public grpc::CallbackGenericService {
 public:
  explicit StockService(Servicer& servicer) : servicer_(servicer) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new StockCall(servicer_, *context);  // It deletes itself.
  }

 private:
  Servicer& servicer_;
};

class StockChannel final : public Channel {
 public:
  explicit StockChannel(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {}

  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override {
    completion.Complete(Call(method, context, std::move(request)));
  }

  Result<Buffer> Call(const MethodContract& method, const Context& context,
                      Buffer request) override {
    grpc::ClientContext call;
    if (context.deadline()) call.set_deadline(Later(context.remaining()));
    for (const auto& [key, value] : context.metadata()) call.AddMetadata(key, value);
    grpc::CompletionQueue queue;
    const auto reader =
        stub_.PrepareUnaryCall(&call, std::string(method.path), ToGrpc(request.bytes()), &queue);
    grpc::ByteBuffer reply;
    grpc::Status status;
    Sending();
    reader->StartCall();
    reader->Finish(&reply, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    Received();
    if (status.ok()) return FromGrpc(reply);
    return Fail(CodeFromNumber(status.error_code()), "", status.error_message());
  }

 private:
  grpc::GenericStub stub_;
};

}  // namespace

struct StockGrpc::Parts {
  explicit Parts(Servicer& servicer) : service(servicer) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service);
    server = builder.BuildAndStart();
    if (server == nullptr || port == 0) {
      std::fputs("seam: stock gRPC cannot listen on 127.0.0.1\n", stderr);
      std::abort();
    }
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(kServiceConfig);
    channel = std::make_unique<StockChannel>(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
  }

  StockService service;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<StockChannel> channel;
};

StockGrpc::StockGrpc(Servicer& servicer) : parts_(std::make_unique<Parts>(servicer)) {}

StockGrpc::~StockGrpc() {
  parts_->channel.reset();
  parts_->server->Shutdown();
  parts_->server->Wait();
}

Channel& StockGrpc::channel() noexcept { return *parts_->channel; }

}  // namespace seam::diverge
