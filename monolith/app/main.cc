// The shop.

#include <csignal>
#include <cstdlib>
#include <variant>

#include "app/composition_root.h"
#include "app/configuration.h"
#include "seam/binding/bind.h"
#include "seam/config/config.h"
#include "seam/observe/log.h"

namespace {

// From here on these signals wait to be asked for, in this thread and in all that it starts.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  using seam::config::Configuration;
  using seam::config::Exit;

  const auto loaded =
      seam::config::Load(shop::app::ShopOptions(), argc, argv, seam::config::ProcessEnvironment());
  if (const auto* exit = std::get_if<Exit>(&loaded)) return seam::config::Finish(*exit);
  const auto configuration = shop::app::ReadConfiguration(std::get<Configuration>(loaded));

  const sigset_t stop_signals = BlockStopSignals();
  seam::Log log(configuration.log);
  if (configuration.admin_token.empty()) {
    log.Warning("there is no admin token, so the admin routes admit nobody");
  }

  auto shop = shop::app::Shop::Open(configuration, log);
  if (!shop) {
    log.Error("the shop cannot open",
              {{"error", shop.error().message}, {"reason", shop.error().reason}});
    return EXIT_FAILURE;
  }
  log.Info("the shop is open",
           {{"address", configuration.http.address},
            {"port", (*shop)->port()},
            {"products", seam::BindingKindName(configuration.products.binding)}});

  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  log.Info("the shop is closing", {{"signal", signal_number}});
  (*shop)->Stop();
  log.Info("the shop is closed");
  return EXIT_SUCCESS;
}
