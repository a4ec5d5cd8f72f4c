// The probe as a service process of its own.

#include <memory>

#include "probe/probe_handler.h"
#include "seam/host/serve_main.h"
#include "seam/probe/v1/probe_servicer.h"

int main(int argc, char** argv) {
  return seam::ServeMain(argc, argv, {.name = "probe"}, [](seam::Host& host) {
    host.Serve<seam::probe::v1::ProbeServicer>(std::make_unique<seam::probe::ProbeService>());
    return seam::Result<void>();
  });
}
