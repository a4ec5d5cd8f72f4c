#ifndef SEAM_GENERATOR_OPTIONS_H_
#define SEAM_GENERATOR_OPTIONS_H_

#include <string>

namespace seam::generator {

// What the user asked for with --seam_opt.
struct Options {
  // idempotency=strict: an rpc that does not set its idempotency_level is an error, and no warning.
  bool strict_idempotency = false;

  // unknown_fields=drop: messages have no unknown_fields member, and what a message's contract does
  // not know is lost when it is decoded.
  bool keep_unknown_fields = true;
};

// Reads "name=value,name=value". False, with `error` set, when there is anything it does not know.
[[nodiscard]] bool ParseOptions(const std::string& parameter, Options& options, std::string& error);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_OPTIONS_H_
