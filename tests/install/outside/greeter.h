#ifndef GREETER_H_
#define GREETER_H_

#include "greeter/v1/greeter_handler.h"

// A module: nothing in it knows how it is reached.
class Greeter final : public greeter::v1::GreeterHandler {
 public:
  seam::Result<greeter::v1::GreetResponse> Greet(
      const seam::Context& /*context*/, const greeter::v1::GreetRequest& request) override {
    greeter::v1::GreetResponse response;
    response.greeting = "Hello, " + request.name + "!";
    return response;
  }
};

#endif  // GREETER_H_
