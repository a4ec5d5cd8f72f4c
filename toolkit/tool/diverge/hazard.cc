#include "tool/diverge/hazard.h"

#include <exception>

#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {

std::string_view WithoutName(Without without) noexcept {
  switch (without) {
    case Without::kNothing: return "nothing taken away";
    case Without::kGuards: return "a direct call";
    case Without::kValues: return "a pointer passed";
    case Without::kCodec: return "JSON by hand";
    case Without::kSeamGrpc: return "stock gRPC";
    case Without::kSpareThread: return "one handler thread";
  }
  return "nothing taken away";
}

std::string Observe(const Hazard& hazard, const Stage& stage) {
  try {
    return hazard.provoke(stage);
  } catch (const std::exception& exception) {
    return std::string("an exception reaches the caller: ") + exception.what();
  } catch (...) {
    return "an exception that is no std::exception reaches the caller";
  }
}

std::vector<Hazard> Catalogue() {
  std::vector<Hazard> all;
  for (const auto& part :
       {ValueHazards(), LimitHazards(), ErrorHazards(), ContextHazards(), ExecutionHazards()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace seam::diverge
