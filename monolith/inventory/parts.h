#ifndef INVENTORY_PARTS_H_
#define INVENTORY_PARTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "inventory/module.h"
#include "seam/events/inbox.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database.h"

namespace shop::inventory {

// What the module's services work with. They share it, so that each of them can live by itself.
// Thread-safe.
struct Parts {
  // `who` and `told` must outlive it. The database has the newest schema.
  Parts(InventoryOptions given, std::unique_ptr<seam::sql::Database> opened,
        const seam::TokenVerifier& who, seam::Log& told);

  // Milliseconds since 1970.
  [[nodiscard]] std::int64_t Now() const;

  const InventoryOptions options;
  const std::unique_ptr<seam::sql::Database> database;
  const seam::TokenVerifier& verifier;
  seam::Log& log;
  seam::events::Inbox inbox;                         // Its thread uses all others.
  const std::vector<std::shared_ptr<void>> sources;  // These fill the inbox.
};

}  // namespace shop::inventory

#endif  // INVENTORY_PARTS_H_
