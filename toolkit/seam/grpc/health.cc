#include "seam/grpc/health_internal.h"

#include <google/protobuf/unknown_field_set.h>

#include <utility>

#include "seam/grpc/serialized_internal.h"

namespace seam::grpc_internal {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
constexpr int kRequestService = 1;
constexpr int kResponseStatus = 1;
enum ServingStatus : std::uint8_t { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };

constexpr MethodContract kMethods[] = {
    {Health::kCheckPath, "Check", Idempotency::kNoSideEffects, 0}};
constexpr ServiceContract kContract = {"grpc.health.v1.Health", kMethods, 1, nullptr};

std::set<std::string_view> WithWholeServer(const std::vector<std::string_view>& names) {
  std::set<std::string_view> all(names.begin(), names.end());
  all.insert("");
  return all;
}

}  // namespace

Health::Health(const std::vector<std::string_view>& names) : names_(WithWholeServer(names)) {}

void Health::SetServing(bool serving) {
  const std::lock_guard lock(mutex_);
  if (state_.ended || state_.serving == serving) return;
  state_.serving = serving;
  Tell();
}

void Health::SetServing(std::string_view name, bool serving) {
  const auto known = names_.find(name);
  const std::lock_guard lock(mutex_);
  if (known == names_.end()) return;
  const bool changed = serving ? refusing_.erase(*known) == 1 : refusing_.insert(*known).second;
  if (changed) Tell();
}

void Health::End() {
  const std::lock_guard lock(mutex_);
  state_ = {false, true};
  Tell();
}

Health::State Health::StateOf(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return Of(name);
}

bool Health::watched() const {
  const std::lock_guard lock(mutex_);
  return !watchers_.empty();
}

bool Health::Knows(std::string_view name) const { return names_.count(name) != 0; }

std::string Health::Encode(std::string_view name, State state) const {
  ServingStatus status = kServiceUnknown;
  if (Knows(name)) status = state.serving ? kServing : kNotServing;
  UnknownFieldSet response;
  response.AddVarint(kResponseStatus, status);
  return Serialized(response);
}

void Health::Watch(Watcher& watcher, std::string name) {
  const std::lock_guard lock(mutex_);
  watcher.OnHealthChange(Of(name));
  watchers_.insert_or_assign(&watcher, std::move(name));
}

void Health::Unwatch(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(&watcher);
}

void Health::Tell() {
  for (const auto& [watcher, name] : watchers_) watcher->OnHealthChange(Of(name));
}

Health::State Health::Of(std::string_view name) const {
  return {state_.serving && refusing_.count(name) == 0, state_.ended};
}

std::optional<std::string> ServiceOfHealthRequest(std::string_view request) {
  UnknownFieldSet fields;
  std::string service;
  if (!fields.ParseFromArray(request.data(), static_cast<int>(request.size()))) return std::nullopt;
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    if (field.number() == kRequestService && field.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
      service = field.length_delimited();
    }
  }
  return service;
}

Error MalformedHealthRequest() {
  return Error{Code::kInvalidArgument,
               "MALFORMED_REQUEST",
               "this is no HealthCheckRequest",
               {},
               Origin::kNotDelivered};
}

const ServiceContract& HealthServicer::contract() const noexcept { return kContract; }

Result<Buffer> HealthServicer::Handle(std::size_t /*method*/, const Context& /*context*/,
                                      const Buffer& request) {
  const std::optional<std::string> service = ServiceOfHealthRequest(request.bytes());
  if (!service) return Forward(MalformedHealthRequest());
  if (!health_.Knows(*service)) {
    return Fail(Code::kNotFound, "UNKNOWN_SERVICE",
                "this server has no service '" + *service + "'");
  }
  return Buffer(health_.Encode(*service, health_.StateOf(*service)));
}

}  // namespace seam::grpc_internal
