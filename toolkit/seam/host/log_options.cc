#include "seam/host/log_options.h"

#include <utility>

namespace seam {

std::vector<config::Option> LogConfigurationOptions() {
  return {
      {.path = "log.level",
       .type = config::Word{"info", {"debug", "info", "warning", "error"}},
       .description = "The least important lines that are logged."},
      {.path = "log.format",
       .type = config::Word{"auto", {"auto", "json", "text"}},
       .description = "How lines are logged; auto is text on a terminal and else JSON."},
  };
}

LogOptions ReadLogOptions(const config::Configuration& configuration, std::string service) {
  // The table admits only what these parsers know.
  LogOptions options;
  options.level = ParseLogLevel(configuration.GetText("log.level")).value();
  options.format = ParseLogFormat(configuration.GetText("log.format")).value();
  options.service = std::move(service);
  return options;
}

}  // namespace seam
