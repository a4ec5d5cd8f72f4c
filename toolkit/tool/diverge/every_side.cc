#include "tool/diverge/every_side.h"

#include <chrono>
#include <utility>

#include "tool/diverge/probe_service.h"

namespace seam::diverge {

using testing::Side;

std::string_view SideLabel(Side side) noexcept {
  switch (side) {
    case Side::kInProcess: return "in-process";
    case Side::kInProcessCodec: return "in-process-codec";
    case Side::kGrpcTcp: return "grpc over TCP";
    case Side::kGrpcUnix: return "grpc over a unix socket";
    case Side::kProcess: return "grpc to another process";
  }
  return "unknown";
}

EverySide::EverySide(const std::vector<std::string>& service_command) {
  using Opened = testing::OpenedSide<probe::ProbeSeam>;
  for (const Side side : testing::kEverySide) {
    if (side == Side::kProcess) {
      sides_[side] = std::make_unique<Opened>(service_command);
      continue;
    }
    auto service = std::make_unique<ProbeService>();
    ProbeService& opened = *service;
    sides_[side] = std::make_unique<Opened>(side, std::move(service));
    opened.CallThrough(&sides_[side]->client());
  }
}

EverySide::~EverySide() = default;

Stage EverySide::On(Side side) const {
  return {sides_.at(side)->client(), std::chrono::seconds(20)};
}

}  // namespace seam::diverge
