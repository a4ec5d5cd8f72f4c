#ifndef TOOL_DIVERGE_WITHOUT_H_
#define TOOL_DIVERGE_WITHOUT_H_

#include <memory>

#include "tool/diverge/hazard.h"

namespace seam::diverge {

// A probe reached without Seam, or without a piece of it: the negative twin of the sides.
class Bare {
 public:
  Bare() = default;
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  virtual ~Bare() = default;

  [[nodiscard]] virtual seam::probe::v1::ProbeClient& client() noexcept = 0;
};

// Aborts when a server cannot listen. Not for Without::kNothing.
[[nodiscard]] std::unique_ptr<Bare> OpenWithout(Without without);

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_WITHOUT_H_
