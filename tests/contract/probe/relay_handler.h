#ifndef TESTS_CONTRACT_PROBE_RELAY_HANDLER_H_
#define TESTS_CONTRACT_PROBE_RELAY_HANDLER_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "seam/probe/v1/relay_client.h"
#include "seam/probe/v1/relay_handler.h"

namespace seam::probe {

// Calls on and blocks as it is told; see relay.proto. Thread-safe.
class RelayService final : public v1::RelayHandler {
 public:
  // Whom a call is passed on to; asked with each call, as that may come to be after this object.
  using Next = std::function<v1::RelayClient&()>;

  explicit RelayService(Next next);

  Result<v1::PassResponse> Pass(const Context& context, const v1::PassRequest& request) override;
  Result<v1::BlockResponse> Block(const Context& context, const v1::BlockRequest& request) override;
  Result<v1::ReleaseResponse> Release(const Context& context,
                                      const v1::ReleaseRequest& request) override;
  Result<v1::LookAtResponse> LookAt(const Context& context,
                                    const v1::LookAtRequest& request) override;

 private:
  struct Latch {
    bool released = false;
    v1::LookAtResponse counts;
  };

  Result<v1::PassResponse> PassOn(const Context& context, const v1::PassRequest& request);
  void WaitForRelease(const Context& context, const std::string& key);

  const Next next_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, Latch> latches_;
};

}  // namespace seam::probe

#endif  // TESTS_CONTRACT_PROBE_RELAY_HANDLER_H_
