#ifndef TOOL_DIVERGE_HAZARD_H_
#define TOOL_DIVERGE_HAZARD_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "seam/probe/v1/probe_client.h"

namespace seam::diverge {

// Where a hazard is tried.
struct Stage {
  seam::probe::v1::ProbeClient& client;
  // How long a call may take that is meant to be answered. Short where it may hang.
  std::chrono::milliseconds patience;
};

// What is left when Seam, or a piece of it, is taken away: who would do without it has this. Opened
// by OpenWithout (tool/diverge/without.h).
enum class Without {
  kNothing,     // Declared exceptions differ as they are.
  kGuards,      // The handler is called directly.
  kValues,      // The handler is called directly, and keeps the caller's own object.
  kCodec,       // A JSON mapping by hand; errors are a line of text; no context travels.
  kSeamGrpc,    // The generated code over a stock gRPC channel and server, with a retry policy.
  kSpareThread  // Seam's gRPC server with one thread for handlers.
};

// "a direct call": how tables and documents call it.
[[nodiscard]] std::string_view WithoutName(Without without) noexcept;

// Something that may differ when a module moves to another process.
struct Hazard {
  std::string name;  // "integer-extremes"
  std::string text;  // One sentence: what goes wrong where nobody takes care.

  // Provokes it, and says what the caller saw: a readable line without anything that changes from
  // run to run. What it throws has reached the caller; Observe says so.
  std::string (*provoke)(const Stage& stage);

  // What is seen on every side.
  std::string expected;

  // What has to be taken away for something else to be seen.
  Without without = Without::kNothing;

  // Why sides may see something else, when this is one of the declared exceptions; empty otherwise.
  std::string exception{};
};

// hazard.provoke, and what it throws as a text.
[[nodiscard]] std::string Observe(const Hazard& hazard, const Stage& stage);

// Every hazard, each name once, in the order in which documents list them.
[[nodiscard]] std::vector<Hazard> Catalogue();

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_HAZARD_H_
