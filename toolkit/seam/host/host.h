#ifndef SEAM_HOST_HOST_H_
#define SEAM_HOST_HOST_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/config/config.h"
#include "seam/core/context.h"
#include "seam/core/servicer.h"
#include "seam/observe/log.h"

namespace seam {

// What the setup of a service process works with; see ServeMain. For one thread, until setup
// returns.
class Host {
 public:
  // `configuration` and `log` must outlive the host; `context` is what context() gives.
  Host(const config::Configuration& configuration, Log& log, Context context = Context());
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  // Serves `handler` behind a generated servicer. Owns both until the process has drained; what was
  // served last is destroyed first, so that a handler may use those that were served before it.
  //   host.Serve<products::v1::ProductsServicer>(std::move(handler));
  template <class ServicerT, class Handler>
  void Serve(std::unique_ptr<Handler> handler) {
    auto servicer = std::make_unique<ServicerT>(*handler);
    // The handler's owner is shared only so that its type need not be known here.
    served_.push_back({std::shared_ptr<void>(std::move(handler)), std::move(servicer)});
  }

  // The path of a file in the folder data.directory, which is made when it is not there; a failure
  // to make it shows when the file is opened.
  [[nodiscard]] std::string DataFile(std::string_view name) const;

  // All options in force, the service's own among them.
  [[nodiscard]] const config::Configuration& configuration() const noexcept {
    return configuration_;
  }

  [[nodiscard]] Log& log() const noexcept { return log_; }

  // For what setup does that may take long: cancelled when the process is asked to stop.
  [[nodiscard]] const Context& context() const noexcept { return context_; }

  // What was given to Serve, in that order.
  [[nodiscard]] std::vector<Servicer*> servicers() const;

 private:
  // In the order of construction: the servicer uses the handler.
  struct Served {
    std::shared_ptr<void> handler;
    std::unique_ptr<Servicer> servicer;
  };

  const config::Configuration& configuration_;
  Log& log_;
  const Context context_;
  std::vector<Served> served_;
};

}  // namespace seam

#endif  // SEAM_HOST_HOST_H_
