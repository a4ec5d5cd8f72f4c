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

std::set<std::string_view> WithWholeServer(const std::vector<std::string_view>& services) {
  std::set<std::string_view> names(services.begin(), services.end());
  names.insert("");
  return names;
}

}  // namespace

Health::Health(const std::vector<std::string_view>& services)
    : services_(WithWholeServer(services)) {}

void Health::SetServing(bool serving) {
  const std::lock_guard lock(mutex_);
  if (state_.ended || state_.serving == serving) return;
  state_.serving = serving;
  Tell();
}

void Health::End() {
  const std::lock_guard lock(mutex_);
  state_ = {false, true};
  Tell();
}

Health::State Health::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool Health::watched() const {
  const std::lock_guard lock(mutex_);
  return !watchers_.empty();
}

bool Health::Knows(std::string_view service) const { return services_.count(service) != 0; }

std::string Health::Encode(std::string_view service, State state) const {
  ServingStatus status = kServiceUnknown;
  if (Knows(service)) status = state.serving ? kServing : kNotServing;
  UnknownFieldSet response;
  response.AddVarint(kResponseStatus, status);
  return Serialized(response);
}

void Health::Watch(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.insert(&watcher);
  watcher.OnHealthChange(state_);
}

void Health::Unwatch(Watcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(&watcher);
}

void Health::Tell() {
  for (Watcher* const watcher : watchers_) watcher->OnHealthChange(state_);
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
  return Buffer(health_.Encode(*service, health_.state()));
}

}  // namespace seam::grpc_internal
