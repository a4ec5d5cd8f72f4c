#ifndef TESTS_UNIT_CONFIG_SAMPLE_TABLE_H_
#define TESTS_UNIT_CONFIG_SAMPLE_TABLE_H_

#include "seam/config/config.h"

namespace seam::config {

// One option of each type, and a rule.
inline OptionTable SampleTable() {
  return OptionTable(
      {.name = "sample",
       .version = "1.2.3",
       .summary = "A program for tests.",
       .environment_prefix = "SAMPLE"},
      {{.path = "http.address", .type = Text{"127.0.0.1"}, .description = "Where to listen."},
       {.path = "http.port",
        .type = Integer{.value = 8080, .minimum = 1, .maximum = 65535},
        .description = "The TCP port.",
        .alias = "port"},
       {.path = "modules.products.binding",
        .type = Word{"in-process", {"in-process", "grpc"}},
        .description = "How products is reached."},
       {.path = "modules.products.target",
        .type = Text{},
        .description = "Where products is, when bound to grpc."},
       {.path = "modules.products.deadline_ms",
        .type = Integer{.value = 1000, .minimum = 1, .unit = "milliseconds"},
        .description = "How long a call may take."},
       {.path = "sample_data", .type = Boolean{false}, .description = "Whether to add samples."},
       {.path = "token", .type = SecretFile{}, .description = "The token."}},
      {{.path = "modules.products.binding", .complaint = [](const Configuration& configuration) {
          const bool remote = configuration.GetText("modules.products.binding") == "grpc";
          return remote && configuration.GetText("modules.products.target").empty()
                     ? std::string("grpc needs modules.products.target")
                     : std::string();
        }}});
}

}  // namespace seam::config

#endif  // TESTS_UNIT_CONFIG_SAMPLE_TABLE_H_
