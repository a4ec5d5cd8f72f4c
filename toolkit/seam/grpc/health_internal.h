#ifndef SEAM_GRPC_HEALTH_INTERNAL_H_
#define SEAM_GRPC_HEALTH_INTERNAL_H_

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/servicer.h"

namespace seam::grpc_internal {

// The state behind grpc.health.v1.Health
// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md): all services of a server
// serve, or none does; a name that is no service may not serve while they do. gRPC's own
// implementation is not used because it polls on threads of its own, which slows down every call of
// the server. Thread-safe.
class Health {
 public:
  static constexpr std::string_view kCheckPath = "/grpc.health.v1.Health/Check";
  static constexpr std::string_view kWatchPath = "/grpc.health.v1.Health/Watch";

  struct State {
    bool serving = true;
    bool ended = false;  // Not serving, once and for all.
  };

  // Told about changes. OnHealthChange must not block, and not call back into the Health.
  class Watcher {
   public:
    virtual void OnHealthChange(State state) = 0;

   protected:
    ~Watcher() = default;
  };

  // The empty name, which is the server as a whole, is always known. The names must outlive it.
  explicit Health(const std::vector<std::string_view>& names);

  void SetServing(bool serving);
  // Of one name, while the server as a whole serves.
  void SetServing(std::string_view name, bool serving);
  void End();
  [[nodiscard]] State StateOf(std::string_view name) const;

  // Whether anybody watches.
  [[nodiscard]] bool watched() const;

  [[nodiscard]] bool Knows(std::string_view name) const;

  // An encoded HealthCheckResponse: SERVING, NOT_SERVING or SERVICE_UNKNOWN.
  [[nodiscard]] std::string Encode(std::string_view name, State state) const;

  // Tells the watcher the present state of `name` at once, on this thread, and then every change of
  // any.
  void Watch(Watcher& watcher, std::string name);
  // On return the watcher is not told any more.
  void Unwatch(Watcher& watcher);

 private:
  // These hold the lock.
  void Tell();
  [[nodiscard]] State Of(std::string_view name) const;

  const std::set<std::string_view> names_;
  mutable std::mutex mutex_;
  State state_;                          // Of the server as a whole.
  std::set<std::string_view> refusing_;  // The names that do not serve while it does.
  std::map<Watcher*, std::string> watchers_;
};

// The name in an encoded HealthCheckRequest; nothing when it is malformed.
[[nodiscard]] std::optional<std::string> ServiceOfHealthRequest(std::string_view request);
// The error for that: INVALID_ARGUMENT, reason MALFORMED_REQUEST.
[[nodiscard]] Error MalformedHealthRequest();

// The unary method, Check. Does not block.
class HealthServicer final : public Servicer {
 public:
  explicit HealthServicer(const Health& health) : health_(health) {}

  [[nodiscard]] const ServiceContract& contract() const noexcept override;

  // Fails with NOT_FOUND, reason UNKNOWN_SERVICE, as the protocol has it, or as
  // MalformedHealthRequest says.
  [[nodiscard]] Result<Buffer> Handle(std::size_t method, const Context& context,
                                      const Buffer& request) override;

 private:
  const Health& health_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_HEALTH_INTERNAL_H_
