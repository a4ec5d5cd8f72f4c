#ifndef SEAM_HOST_LOG_OPTIONS_H_
#define SEAM_HOST_LOG_OPTIONS_H_

#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/observe/log.h"

namespace seam {

// The options log.level and log.format, for the table of a program.
[[nodiscard]] std::vector<config::Option> LogConfigurationOptions();

// What they were set to. `configuration` must have been loaded with a table that has them.
[[nodiscard]] LogOptions ReadLogOptions(const config::Configuration& configuration,
                                        std::string service);

}  // namespace seam

#endif  // SEAM_HOST_LOG_OPTIONS_H_
