// The products service with one fault, to see that the rounds find it:
//   hasty      ends at once when it is asked to stop, whatever it is doing
//   forgetful  acknowledges what the next run will not find
//   mixed-up   answers a question with the answer to somebody else's

#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "products/module.h"
#include "seam/host/serve_main.h"
#include "shop/products/v1/products_servicer.h"

namespace shop::products {
namespace {

class MixedUpServicer final : public seam::Servicer {
 public:
  explicit MixedUpServicer(v1::ProductsHandler& handler) : servicer_(handler) {}

  [[nodiscard]] const seam::ServiceContract& contract() const noexcept override {
    return servicer_.contract();
  }

  [[nodiscard]] seam::Result<seam::Buffer> Handle(std::size_t method, const seam::Context& context,
                                                  const seam::Buffer& request) override {
    auto reply = servicer_.Handle(method, context, request);
    if (!reply || contract().methods[method].name != "GetProduct") return reply;
    const std::lock_guard lock(mutex_);
    auto other = std::exchange(previous_, seam::Buffer(std::string(reply->bytes())));
    if (!other) return reply;
    return *std::move(other);
  }

 private:
  v1::ProductsServicer servicer_;
  std::mutex mutex_;
  std::optional<seam::Buffer> previous_;
};

seam::Result<void> SetUp(seam::Host& host) {
  const std::string& fault = host.configuration().GetText("fault");
  const auto verifier = host.Verifier();
  if (!verifier) return seam::Forward(verifier.error());
  const std::string database =
      fault == "forgetful" ? "products-" + std::to_string(getpid()) : std::string("products");
  auto module = OpenProducts({.database = host.Database(database)}, **verifier);
  if (!module) return seam::Forward(module.error());
  if (fault == "mixed-up") {
    host.Serve<MixedUpServicer>(*std::move(module));
  } else {
    host.Serve<v1::ProductsServicer>(*std::move(module));
  }
  if (fault == "hasty") {
    // As long as the process. A sanitizer would make of _exit an end in good order.
    static const auto registration = host.context().OnCancel([] { syscall(SYS_exit_group, 0); });
  }
  return {};
}

}  // namespace
}  // namespace shop::products

int main(int argc, char** argv) {
  const seam::ServiceInfo info = {
      .name = "products",
      .token_issuer = "auth",
      .database_prefix = "shop_",
      .options = {{.path = "fault", .type = seam::config::Text{}, .description = "Which one."}}};
  return seam::ServeMain(argc, argv, info, shop::products::SetUp);
}
