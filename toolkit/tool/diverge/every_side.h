#ifndef TOOL_DIVERGE_EVERY_SIDE_H_
#define TOOL_DIVERGE_EVERY_SIDE_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seam/probe/v1/probe_seam.h"
#include "seam/testing/opened_side.h"
#include "seam/testing/side.h"
#include "tool/diverge/hazard.h"

namespace seam::diverge {

// "in-process", "grpc-tcp": what tables call a side.
[[nodiscard]] std::string_view SideLabel(testing::Side side) noexcept;

// The probe on every side of its seam.
class EverySide {
 public:
  // `service_command` starts the probe as a service of its own. Aborts when a side cannot be
  // opened.
  explicit EverySide(const std::vector<std::string>& service_command);
  EverySide(const EverySide&) = delete;
  EverySide& operator=(const EverySide&) = delete;
  ~EverySide();

  // Valid as long as this object.
  [[nodiscard]] Stage On(testing::Side side) const;

 private:
  std::map<testing::Side, std::unique_ptr<testing::OpenedSide<seam::probe::v1::ProbeSeam>>> sides_;
};

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_EVERY_SIDE_H_
