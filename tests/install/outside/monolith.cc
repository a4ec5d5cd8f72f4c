// monolith [TARGET]: greets by the module in this process, or by the service at TARGET.

#include <chrono>
#include <cstdio>
#include <memory>

#include "greeter.h"
#include "greeter/v1/greeter_seam.h"
#include "seam/binding/bind.h"
#include "seam/grpc/channel.h"

using GreeterSeam = greeter::v1::GreeterSeam;

int main(int argc, char** argv) {
  seam::CallRules rules;
  rules.timeout = std::chrono::seconds(10);
  auto greeter = seam::Bind<GreeterSeam>(
      argc > 1 ? seam::BindingKind::kGrpc : seam::BindingKind::kInProcess, rules,
      []() -> seam::Result<std::unique_ptr<GreeterSeam::Handler>> {
        return std::make_unique<Greeter>();
      },
      [&] {
        seam::GrpcChannelOptions options;
        options.target = argv[1];
        return seam::OpenGrpcChannel(GreeterSeam::contract(), options);
      });
  if (!greeter) {
    std::fprintf(stderr, "%s\n", greeter.error().message.c_str());
    return 1;
  }
  greeter::v1::GreetRequest request;
  request.name = "Ada";
  const auto response = greeter->client().Greet(seam::Context(), request);
  std::printf("%s\n", response ? response->greeting.c_str() : response.error().message.c_str());
  return response ? 0 : 1;
}
