#ifndef INVENTORY_PARTS_H_
#define INVENTORY_PARTS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "inventory/module.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace shop::inventory {

// What the module's services work with. They share it, so that each of them can live by itself.
// Thread-safe.
struct Parts {
  Parts(InventoryOptions given, std::unique_ptr<seam::sql::Database> opened,
        const seam::TokenVerifier& who, seam::Log& told)
      : options(std::move(given)), database(std::move(opened)), verifier(who), log(told) {}

  // Milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const {
    return std::chrono::floor<std::chrono::milliseconds>(options.clock())
        .time_since_epoch()
        .count();
  }

  const InventoryOptions options;
  const std::unique_ptr<seam::sql::Database> database;
  const seam::TokenVerifier& verifier;
  seam::Log& log;
};

}  // namespace shop::inventory

#endif  // INVENTORY_PARTS_H_
