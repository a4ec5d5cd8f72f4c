// The relay as a service process of its own.

#include <memory>
#include <utility>

#include "probe/relay_handler.h"
#include "seam/host/serve_main.h"
#include "seam/probe/v1/relay_seam.h"

int main(int argc, char** argv) {
  seam::ServiceInfo info;
  info.name = "relay";
  info.calls = {"next"};
  return seam::ServeMain(argc, argv, std::move(info), [](seam::Host& host) -> seam::Result<void> {
    const auto next = host.Connect<seam::probe::v1::RelaySeam>("next");
    if (!next) return seam::Forward(next.error());
    host.Serve<seam::probe::v1::RelayServicer>(std::make_unique<seam::probe::RelayService>(
        [next = *next]() -> seam::probe::v1::RelayClient& { return *next; }));
    return {};
  });
}
