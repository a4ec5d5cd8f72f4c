#include "http/health_routes.h"

#include <array>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "seam/core/error.h"

namespace shop::http {
namespace {

Response Status(const nlohmann::ordered_json& status) {
  return {.content_type = "application/json", .body = status.dump()};
}

// Why a module is not there, or cannot work; nothing when it has answered, if only to refuse.
template <class T>
std::optional<seam::Error> Absence(const seam::Result<T>& reply) {
  if (reply) return std::nullopt;
  const seam::Error& error = reply.error();
  if (error.origin != seam::Origin::kHandler) return error;
  switch (error.code) {
    case seam::Code::kUnavailable:
    case seam::Code::kDeadlineExceeded:
    case seam::Code::kInternal:
    case seam::Code::kDataLoss:
    case seam::Code::kUnimplemented:
    case seam::Code::kUnknown: return error;
    default: return std::nullopt;
  }
}

std::optional<seam::Error> AskProducts(const Modules& modules, const seam::Context& context) {
  products::v1::ListProductsRequest request;
  request.page_size = 1;
  return Absence(modules.products.ListProducts(context, request));
}

std::optional<seam::Error> AskUsers(const Modules& modules, const seam::Context& context) {
  return Absence(modules.users.CheckReadiness(context, {}));
}

// However far behind it is: what it has, it serves.
std::optional<seam::Error> AskInventory(const Modules& modules, const seam::Context& context) {
  return Absence(modules.inventory.CheckReadiness(context, {}));
}

std::optional<seam::Error> AskOrders(const Modules& modules, const seam::Context& context) {
  return Absence(modules.orders.CheckReadiness(context, {}));
}

std::optional<seam::Error> AskAuth(const Modules& modules, const seam::Context& context) {
  return Absence(modules.keys(context));
}

struct Part {
  const char* name;
  std::optional<seam::Error> (*ask)(const Modules&, const seam::Context&);
};

constexpr std::array<Part, 5> kParts{{{"auth", AskAuth},
                                      {"users", AskUsers},
                                      {"products", AskProducts},
                                      {"inventory", AskInventory},
                                      {"orders", AskOrders}}};

// The contracts of services that differ from ours, by module; the worst of each. What is unknown is
// not told: a module that does not answer is named for that.
std::map<std::string, seam::PeerContract> DifferentContracts(const seam::PeerContracts& peers) {
  std::map<std::string, seam::PeerContract> different;
  for (const auto& [module, peer] : peers.known()) {
    if (peer.match != seam::ContractMatch::kCompatible &&
        peer.match != seam::ContractMatch::kIncompatible) {
      continue;
    }
    const auto [known, fresh] = different.try_emplace(module, peer);
    if (!fresh && peer.match > known->second.match) known->second = peer;
  }
  return different;
}

Answer Ready(const Modules& modules, const seam::Context& context) {
  std::array<std::future<std::optional<seam::Error>>, kParts.size()> asked;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    asked[i] = std::async(std::launch::async, kParts[i].ask, std::cref(modules), context);
  }
  std::string absent;
  std::string cause;
  const auto add = [&](const std::string& name, const std::string& why) {
    absent += (absent.empty() ? "" : ", ") + name;
    cause += (cause.empty() ? "" : "; ") + name + ": " + why;
  };
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if (const auto absence = asked[i].get()) add(kParts[i].name, seam::ToString(*absence));
  }
  nlohmann::ordered_json contracts;
  for (const auto& [module, peer] : DifferentContracts(modules.peers)) {
    if (peer.match == seam::ContractMatch::kIncompatible) {
      std::string why = peer.contract + " at " + peer.target;
      if (!peer.differences.empty()) why += ": " + peer.differences.front();
      add(module + " (incompatible contract)", why);
    } else {
      contracts[module] = seam::ContractMatchName(peer.match);
    }
  }
  if (absent.empty()) {
    nlohmann::ordered_json status = {{"status", "ready"}};
    if (!contracts.empty()) status["contracts"] = std::move(contracts);
    return Status(status);
  }
  return Problem{.status = 503,
                 .code = "NOT_READY",
                 .detail = "not ready: " + absent,
                 .headers = {{"Retry-After", "1"}},
                 .cause = std::move(cause)};
}

}  // namespace

std::vector<Route> HealthRoutes(const Modules& modules, std::chrono::milliseconds patience) {
  const auto live = [](const Call&) -> Answer { return Status({{"status", "live"}}); };
  const auto ready = [modules, patience](const Call& call) {
    const auto context = seam::Context().WithTrace(call.context.trace()).WithTimeout(patience);
    return Ready(modules, context);
  };
  return {{.method = "GET", .pattern = "/health/live", .vital = true, .answer = live},
          {.method = "GET", .pattern = "/health/ready", .vital = true, .answer = ready}};
}

}  // namespace shop::http
