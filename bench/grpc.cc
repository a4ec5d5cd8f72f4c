// A seam over gRPC against what one writes by hand with gRPC's own generated stub and service: the
// same channel arguments, the same service config, over the same kind of socket, both servers in
// this process, both callers working with the same plain struct.

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "bench/products/v1/products.grpc.pb.h"
#include "by_protobuf.h"
#include "goods.h"
#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/grpc/service_config_internal.h"
#include "seam/testing/temporary_folder.h"
#include "shop/products/v1/products_contract.h"
#include "shop/products/v1/products_remote.h"
#include "shop/products/v1/products_servicer.h"
#include "suites.h"

namespace bench {
namespace {

using shop::products::v1::GetProductRequest;
using shop::products::v1::kProductsService;
using shop::products::v1::ProductsRemoteClient;
using shop::products::v1::ProductsServicer;

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::abort();
}

class HandWrittenService final : public products::v1::Products::Service {
 public:
  grpc::Status GetProduct(grpc::ServerContext*, const products::v1::GetProductRequest*,
                          products::v1::GetProductResponse* response) override {
    Fill(product_, *response->mutable_product());
    return grpc::Status::OK;
  }

 private:
  const shop::products::v1::Product product_ = TypicalProduct();
};

class HandWritten {
 public:
  explicit HandWritten(const std::string& address) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    seam::grpc_internal::ApplyCommonArguments(
        [&](const char* name, int value) { builder.AddChannelArgument(name, value); });
    server_ = builder.BuildAndStart();
    if (!server_) Die("the hand-written server cannot listen on " + address);
    grpc::ChannelArguments arguments;
    seam::grpc_internal::ApplyCommonArguments(
        [&](const char* name, int value) { arguments.SetInt(name, value); });
    arguments.SetServiceConfigJSON(
        seam::grpc_internal::BuildServiceConfig(kProductsService, 3, true));
    const std::string target =
        address.rfind("unix:", 0) == 0 ? address : "127.0.0.1:" + std::to_string(port);
    stub_ = products::v1::Products::NewStub(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }

  shop::products::v1::Product GetProduct(const std::string& id) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    products::v1::GetProductRequest request;
    request.set_id(id);
    products::v1::GetProductResponse response;
    const grpc::Status status = stub_->GetProduct(&context, request, &response);
    if (!status.ok()) Die(status.error_message());
    shop::products::v1::Product product;
    ReadOut(response.product(), product);
    return product;
  }

 private:
  HandWrittenService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<products::v1::Products::Stub> stub_;
};

void Compare(Report& report, const std::string& socket, const std::string& seam_address,
             const std::string& hand_address) {
  report.progress("GetProduct over gRPC, " + socket);
  MemoryProducts handler;
  ProductsServicer servicer(handler);
  seam::LogOptions quiet;
  quiet.level = seam::LogLevel::kError;
  seam::Log log(quiet);
  seam::GrpcServerOptions server_options;
  server_options.addresses = {seam_address};
  auto server = seam::GrpcServer::Start({&servicer}, server_options, log);
  if (!server) Die(ToString(server.error()));
  seam::GrpcChannelOptions channel_options;
  channel_options.target = (*server)->addresses().front();
  auto channel = seam::OpenGrpcChannel(kProductsService, channel_options);
  if (!channel) Die(ToString(channel.error()));
  ProductsRemoteClient client(**channel);
  HandWritten hand_written(hand_address);

  const GetProductRequest request{.id = TypicalProduct().id};
  const int rounds = report.quick ? 3 : 41;
  const auto measured =
      RaceCalls({{"seam",
                  [&] {
                    const auto context = seam::Context().WithTimeout(std::chrono::seconds(10));
                    const auto reply = client.GetProduct(context, request);
                    if (!reply) Die(ToString(reply.error()));
                    Keep(*reply);
                  }},
                 {"hand-written", [&] { Keep(hand_written.GetProduct(request.id)); }}},
                rounds, 200);
  report.rows.push_back({"gRPC", "GetProduct over " + socket + ", p50",
                         "hand-written stub and service", measured[0].nanoseconds,
                         measured[1].nanoseconds, 1.03});
}

}  // namespace

void BenchGrpc(Report& report) {
  const seam::testing::TemporaryFolder folder;
  Compare(report, "TCP", "127.0.0.1:0", "127.0.0.1:0");
  Compare(report, "a unix socket", "unix:" + (folder / "seam.sock"),
          "unix:" + (folder / "hand.sock"));
}

}  // namespace bench
