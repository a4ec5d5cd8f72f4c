#ifndef TESTS_CONTRACT_PROBE_PROBE_SIDES_H_
#define TESTS_CONTRACT_PROBE_PROBE_SIDES_H_

#include <memory>
#include <string>
#include <vector>

#include "probe/probe_handler.h"
#include "seam/probe/v1/probe_seam.h"
#include "seam/testing/sides.h"

namespace seam::probe {

class ProbeOnEverySide : public testing::OnEverySide<v1::ProbeSeam> {
 protected:
  Result<std::unique_ptr<v1::ProbeHandler>> OpenHandler() override {
    return std::make_unique<ProbeService>();
  }
  std::vector<std::string> ServiceCommand() override { return {PROBE_PROGRAM}; }
};

}  // namespace seam::probe

#endif  // TESTS_CONTRACT_PROBE_PROBE_SIDES_H_
