#include "seam/core/exception_map.h"

#include "seam/core/throwing.h"

namespace seam {

Error ExceptionMap::ErrorOfCurrentException() const {
  for (const auto& row : rows_) {
    if (auto error = row()) return *std::move(error);
  }
  try {
    throw;
  } catch (const CallError& failed) {
    return failed.error();
  }
}

}  // namespace seam
