// A service whose contract has the name of the library's and is incompatible with it. It has all
// the methods, and each is UNIMPLEMENTED.

#include <memory>

#include "library/v1/library_handler.h"
#include "library/v1/library_servicer.h"
#include "seam/host/serve_main.h"

int main(int argc, char** argv) {
  return seam::ServeMain(argc, argv, {.name = "lender"}, [](seam::Host& host) {
    host.Serve<library::v1::LibraryServicer>(std::make_unique<library::v1::LibraryHandler>());
    return seam::Result<void>();
  });
}
