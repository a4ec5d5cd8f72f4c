#include <memory>

#include "greeter.h"
#include "greeter/v1/greeter_servicer.h"
#include "seam/host/serve_main.h"

int main(int argc, char** argv) {
  seam::ServiceInfo info;
  info.name = "greeter";
  return seam::ServeMain(argc, argv, info, [](seam::Host& host) -> seam::Result<void> {
    host.Serve<greeter::v1::GreeterServicer>(std::make_unique<Greeter>());
    return {};
  });
}
