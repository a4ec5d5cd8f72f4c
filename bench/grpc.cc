// A seam over gRPC against what one writes by hand with gRPC's own generated stub and service: the
// same channel arguments, the same service config, over the same kind of socket, all callers
// working with the same plain struct. The service is written twice: as everybody does, and as one
// does who wants it fast, for one caller at a time and handlers that never block: asynchronous,
// with one queue and one thread. Each server is a process of its own: in one process all of gRPC's
// threads take turns at polling one epoll set, so that they would measure each other.

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "bench/products/v1/products.grpc.pb.h"
#include "by_protobuf.h"
#include "certificates.h"
#include "goods.h"
#include "products/module.h"
#include "seam/grpc/arguments_internal.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/grpc/service_config_internal.h"
#include "seam/testing/process.h"
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

// Before the folder with its files.
const std::string kTlsServer = "seam-tls:";

// The synchronous service.
class SimpleServer final : public products::v1::Products::Service {
 public:
  void Register(grpc::ServerBuilder& builder) { builder.RegisterService(this); }
  void Run() {}

  grpc::Status GetProduct(grpc::ServerContext*, const products::v1::GetProductRequest*,
                          products::v1::GetProductResponse* response) override {
    Fill(product_, *response->mutable_product());
    return grpc::Status::OK;
  }

 private:
  const shop::products::v1::Product product_ = TypicalProduct();
};

// The asynchronous one. It serves GetProduct and nothing else.
class FastServer {
 public:
  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&service_);
    queue_ = builder.AddCompletionQueue();
  }

  void Run() {
    std::thread([this] {
      new Call(service_, *queue_, product_);
      void* tag = nullptr;
      for (bool ok = false; queue_->Next(&tag, &ok);) static_cast<Call*>(tag)->Proceed(ok);
    }).detach();
  }

 private:
  class Call {
   public:
    Call(products::v1::Products::AsyncService& service, grpc::ServerCompletionQueue& queue,
         const shop::products::v1::Product& product)
        : service_(service), queue_(queue), product_(product) {
      service_.RequestGetProduct(&context_, &request_, &writer_, &queue_, &queue_, this);
    }

    void Proceed(bool ok) {
      if (!ok || answered_) {
        delete this;
        return;
      }
      new Call(service_, queue_, product_);
      products::v1::GetProductResponse response;
      Fill(product_, *response.mutable_product());
      answered_ = true;
      writer_.Finish(response, grpc::Status::OK, this);
    }

   private:
    products::v1::Products::AsyncService& service_;
    grpc::ServerCompletionQueue& queue_;
    const shop::products::v1::Product& product_;
    grpc::ServerContext context_;
    products::v1::GetProductRequest request_;
    grpc::ServerAsyncResponseWriter<products::v1::GetProductResponse> writer_{&context_};
    bool answered_ = false;
  };

  const shop::products::v1::Product product_ = TypicalProduct();
  products::v1::Products::AsyncService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
};

seam::TlsOptions TlsFiles(const std::string& folder, const std::string& name) {
  const std::string prefix = folder + "/" + name;
  return {prefix + ".pem", prefix + ".key", prefix + ".ca"};
}

// Tells the parent where the server listens, and lets it serve until the process is killed.
[[noreturn]] void ServeForEver(const std::string& target) {
  std::printf("listening on %s\n", target.c_str());
  std::fflush(stdout);
  while (true) pause();
}

template <class Service>
[[noreturn]] void ServeByHand(const std::string& address) {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  service.Register(builder);
  seam::grpc_internal::ApplyCommonArguments(
      [&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  const auto server = builder.BuildAndStart();
  if (!server) GiveUp("the hand-written server cannot listen on " + address);
  service.Run();
  ServeForEver(address.rfind("unix:", 0) == 0 ? address : "127.0.0.1:" + std::to_string(port));
}

// With TLS where there is a folder with the files of a server.
[[noreturn]] void ServeBySeam(const std::string& address, const std::string& folder = "") {
  MemoryProducts handler;
  ProductsServicer servicer(handler);
  seam::LogOptions quiet;
  quiet.level = seam::LogLevel::kError;
  seam::Log log(quiet);
  seam::GrpcServerOptions options;
  options.addresses = {address};
  if (!folder.empty()) {
    options.tls = TlsFiles(folder, "server");
    auto allowed = std::make_shared<seam::AllowedCallers>();
    for (const seam::MethodGroup& group : shop::products::ProductsMethodGroups()) {
      allowed->Allow(group, {seam::kEveryService});
    }
    options.allowed_callers = std::move(allowed);
  }
  const auto server = seam::GrpcServer::Start({&servicer}, options, log);
  if (!server) GiveUp(ToString(server.error()));
  ServeForEver((*server)->addresses().front());
}

// A server in a process of its own.
class ServerProcess {
 public:
  ServerProcess(const std::string& kind, const std::string& address)
      : process_({"/proc/self/exe", "--serve", kind, "--address", address}) {
    const std::string_view start = "listening on ";
    const auto line = process_.WaitForLine(start);
    if (!line) GiveUp("the server has ended: " + process_.output());
    target_ = line->substr(start.size());
  }

  [[nodiscard]] const std::string& target() const { return target_; }

 private:
  seam::testing::Process process_;
  std::string target_;
};

// The generated stub, used as everybody does.
class HandWrittenCaller {
 public:
  explicit HandWrittenCaller(const std::string& target) {
    grpc::ChannelArguments arguments;
    seam::grpc_internal::ApplyCommonArguments(
        [&](const char* name, int value) { arguments.SetInt(name, value); });
    arguments.SetServiceConfigJSON(
        seam::grpc_internal::BuildServiceConfig(kProductsService, 3, true));
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
    if (!status.ok()) GiveUp(status.error_message());
    shop::products::v1::Product product;
    ReadOut(response.product(), product);
    return product;
  }

 private:
  std::unique_ptr<products::v1::Products::Stub> stub_;
};

std::unique_ptr<seam::Channel> Open(const seam::GrpcChannelOptions& options) {
  auto channel = seam::OpenGrpcChannel(kProductsService, options);
  if (!channel) GiveUp(ToString(channel.error()));
  return *std::move(channel);
}

void CallBySeam(ProductsRemoteClient& client, const GetProductRequest& request) {
  const auto context = seam::Context().WithTimeout(std::chrono::seconds(10));
  const auto reply = client.GetProduct(context, request);
  if (!reply) GiveUp(ToString(reply.error()));
  Keep(*reply);
}

// `address` makes an address that is free.
void Compare(Report& report, const std::string& socket,
             const std::function<std::string()>& address) {
  report.progress("GetProduct over gRPC, " + socket);
  const ServerProcess server("seam", address());
  const ServerProcess simple_server("simple", address());
  const ServerProcess fast_server("fast", address());
  const auto channel = Open({.target = server.target()});
  ProductsRemoteClient client(*channel);
  HandWrittenCaller simple(simple_server.target());
  HandWrittenCaller fast(fast_server.target());

  const GetProductRequest request{.id = TypicalProduct().id};
  const int rounds = report.quick ? 3 : 41;
  const auto measured = RaceCalls({{"seam", [&] { CallBySeam(client, request); }},
                                   {"simple", [&] { Keep(simple.GetProduct(request.id)); }},
                                   {"fast", [&] { Keep(fast.GetProduct(request.id)); }}},
                                  rounds, 200);
  report.rows.push_back({"gRPC", "GetProduct over " + socket + ", p50",
                         "hand-written stub and service", measured[0].nanoseconds,
                         measured[1].nanoseconds, 1.03, rounds});
  report.rows.push_back({"gRPC", "GetProduct over " + socket + ", p50",
                         "the same with a one-thread async service", measured[0].nanoseconds,
                         measured[2].nanoseconds, std::nullopt, rounds});
}

}  // namespace

void Serve(const std::string& kind, const std::string& address) {
  if (kind == "seam") ServeBySeam(address);
  if (kind.rfind(kTlsServer, 0) == 0) ServeBySeam(address, kind.substr(kTlsServer.size()));
  if (kind == "simple") ServeByHand<SimpleServer>(address);
  if (kind == "fast") ServeByHand<FastServer>(address);
  GiveUp("there is no server of the kind " + kind);
}

void BenchGrpc(Report& report) {
  const seam::testing::TemporaryFolder folder;
  Compare(report, "TCP", [] { return "127.0.0.1:0"; });
  int sockets = 0;
  Compare(report, "a unix socket",
          [&] { return "unix:" + (folder / std::to_string(++sockets)) + ".sock"; });
}

// What mutual TLS adds to a call on a connection that is there.
void BenchTls(Report& report) {
  report.progress("GetProduct over gRPC, mutual TLS");
  const seam::testing::TemporaryFolder folder;
  const seam::testing::CertificateAuthority ca("bench");
  const std::string identity = "spiffe://bench/";
  for (const char* const name : {"server", "client"}) {
    seam::testing::WriteTlsFiles(folder / name, ca.Issue(identity + name), ca.certificate());
  }
  const ServerProcess plain_server("seam", "127.0.0.1:0");
  const ServerProcess tls_server(kTlsServer + folder.path(), "127.0.0.1:0");
  const auto plain_channel = Open({.target = plain_server.target()});
  const auto tls_channel = Open({.target = tls_server.target(),
                                 .tls = TlsFiles(folder.path(), "client"),
                                 .service_identity = identity + "server"});
  ProductsRemoteClient plain(*plain_channel, {});
  ProductsRemoteClient tls(*tls_channel, {});
  const GetProductRequest request{.id = TypicalProduct().id};
  const int rounds = report.quick ? 3 : 41;
  const auto measured = RaceCalls(
      {{"tls", [&] { CallBySeam(tls, request); }}, {"plain", [&] { CallBySeam(plain, request); }}},
      rounds, 200);
  report.rows.push_back({"TLS", "GetProduct over TCP with mutual TLS, p50", "without",
                         measured[0].nanoseconds, measured[1].nanoseconds, std::nullopt, rounds});
}

}  // namespace bench
