#include "tool/diverge/without.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/observe/log.h"
#include "seam/probe/v1/probe_contract.h"
#include "seam/probe/v1/probe_remote.h"
#include "seam/probe/v1/probe_servicer.h"
#include "tool/diverge/by_hand.h"
#include "tool/diverge/direct_client.h"
#include "tool/diverge/probe_service.h"
#include "tool/diverge/stock_grpc.h"

namespace seam::diverge {
namespace {

// The callee keeps what it is given a pointer to.
class PointerClient final : public DirectClient {
 public:
  using DirectClient::DirectClient;

  Result<probe::KeepResponse> Keep(const Context&, const probe::KeepRequest& request) override {
    const std::lock_guard lock(mutex_);
    kept_[request.key] = &request;
    return probe::KeepResponse{};
  }

  Result<probe::RecallResponse> Recall(const Context&,
                                       const probe::RecallRequest& request) override {
    const std::lock_guard lock(mutex_);
    return probe::RecallResponse{.value = kept_.at(request.key)->value};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, const probe::KeepRequest*> kept_;
};

// A service and one of the direct clients.
template <class Client>
class BareDirect final : public Bare {
 public:
  BareDirect() : client_(service_) { service_.CallThrough(&client_); }

  probe::ProbeClient& client() noexcept override { return client_; }

 private:
  ProbeService service_;
  Client client_;
};

class BareStockGrpc final : public Bare {
 public:
  probe::ProbeClient& client() noexcept override { return client_; }

 private:
  // In the order of construction: each uses the ones above it.
  ProbeService service_;
  probe::ProbeServicer servicer_{service_};
  StockGrpc grpc_{servicer_};
  probe::ProbeRemoteClient client_{grpc_.channel()};
};

template <class T>
T OrAbort(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "seam: %s\n", ToString(result.error()).c_str());
    std::abort();
  }
  return *std::move(result);
}

class BareOneThread final : public Bare {
 public:
  BareOneThread()
      : log_({.sink = [](std::string_view) {}}),
        server_(OrAbort(GrpcServer::Start({&servicer_}, {.handler_threads = 1}, log_))),
        channel_(OrAbort(
            OpenGrpcChannel(probe::kProbeService, {.target = server_->addresses().front()}))),
        client_(*channel_) {
    service_.CallThrough(&client_);
  }
  // A handler whose caller has given up may still be calling through the client.
  ~BareOneThread() override { server_.reset(); }

  probe::ProbeClient& client() noexcept override { return client_; }

 private:
  // In the order of construction: each uses the ones above it.
  ProbeService service_;
  probe::ProbeServicer servicer_{service_};
  Log log_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<Channel> channel_;
  probe::ProbeRemoteClient client_;
};

}  // namespace

std::unique_ptr<Bare> OpenWithout(Without without) {
  switch (without) {
    case Without::kGuards: return std::make_unique<BareDirect<DirectClient>>();
    case Without::kValues: return std::make_unique<BareDirect<PointerClient>>();
    case Without::kCodec: return std::make_unique<BareDirect<ByHandClient>>();
    case Without::kSeamGrpc: return std::make_unique<BareStockGrpc>();
    case Without::kSpareThread: return std::make_unique<BareOneThread>();
    case Without::kNothing: break;
  }
  std::fputs("seam: there is nothing to open without anything taken away\n", stderr);
  std::abort();
}

}  // namespace seam::diverge
