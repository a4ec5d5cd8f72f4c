// The shop.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "app/composition_root.h"
#include "app/configuration.h"
#include "seam/binding/bind.h"
#include "seam/config/config.h"
#include "seam/host/database_options.h"
#include "seam/host/open_files.h"
#include "seam/host/stop_signals.h"
#include "seam/observe/log.h"

namespace {

// A request may take as long as its module's deadline, a minute at most; most shops end at once.
constexpr std::chrono::seconds kPatience{70};

// Makes a file, whole or not at all.
bool WriteFile(const std::string& file, const std::string& text) {
  const std::string unfinished = file + ".new";
  {
    std::ofstream out(unfinished);
    out << text;
    if (!out.flush()) return false;
  }
  return std::rename(unfinished.c_str(), file.c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  using seam::config::Configuration;
  using seam::config::Exit;

  const auto loaded =
      seam::config::Load(shop::app::ShopOptions(), argc, argv, seam::config::ProcessEnvironment());
  if (const auto* exit = std::get_if<Exit>(&loaded)) return seam::config::Finish(*exit);
  const auto configuration = shop::app::ReadConfiguration(std::get<Configuration>(loaded));
  if (std::get<Configuration>(loaded).GetBoolean("database.print_setup")) {
    std::vector<std::string> modules;
    for (const auto& [module, database] : configuration.databases) modules.push_back(module);
    std::fputs(seam::DatabaseSetup(std::get<Configuration>(loaded), modules).c_str(), stdout);
    return EXIT_SUCCESS;
  }

  seam::Log log(configuration.log);
  seam::AllowMostOpenFiles(log);
  const seam::StopSignals stop(log, kPatience);
  auto shop = shop::app::Shop::Open(stop.context(), configuration, log);
  if (!shop && stop.asked() && shop.error().code == seam::Code::kCancelled) {
    log.Info("the shop is closed");
    return EXIT_SUCCESS;
  }
  if (!shop) {
    log.Error("the shop cannot open",
              {{"error", shop.error().message}, {"reason", shop.error().reason}});
    return EXIT_FAILURE;
  }
  const std::string& record = configuration.call_record;
  if (!record.empty() && !WriteFile(record, (*shop)->CallRecord())) {  // Now, and not too late.
    log.Error("the shop cannot open: modules.record_calls cannot be written", {{"file", record}});
    return EXIT_FAILURE;
  }
  if (!configuration.port_file.empty() &&
      !WriteFile(configuration.port_file, std::to_string((*shop)->port()) + "\n")) {
    log.Error("the shop cannot open: http.port_file cannot be written",
              {{"file", configuration.port_file}});
    return EXIT_FAILURE;
  }
  std::vector<seam::LogField> fields = {{"address", configuration.http.address},
                                        {"port", (*shop)->port()}};
  shop::app::ForEachModule(configuration.modules,
                           [&](const char* name, const seam::ModuleOptions& module) {
                             fields.emplace_back(name, seam::BindingKindName(module.binding));
                           });
  log.Write(seam::LogLevel::kInfo, "the shop is open", fields);

  stop.Wait();
  (*shop)->Stop();
  if (!record.empty() && !WriteFile(record, (*shop)->CallRecord())) {
    log.Error("the calls were not recorded: the file cannot be written", {{"file", record}});
    return EXIT_FAILURE;
  }
  log.Info("the shop is closed");
  return EXIT_SUCCESS;
}
