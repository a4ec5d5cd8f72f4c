#ifndef INVENTORY_MODULE_H_
#define INVENTORY_MODULE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/events/inbox.h"
#include "seam/events/v1/inbox_handler.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"
#include "shop/inventory/v1/inventory_handler.h"
#include "shop/products/v1/products_client.h"

namespace shop::inventory {

struct InventoryOptions {
  // Where the module's own database is.
  seam::sql::DatabaseOptions database{};

  // Whether a change is answered only when it is on the disk. Without that it survives a crash of
  // the process, but maybe not a power failure. On PostgreSQL the server decides.
  bool durable = true;

  // The longest wait for the database while others use it; a call's deadline shortens it.
  std::chrono::milliseconds max_wait{5000};

  // The worker looks so often for a rebuild that was asked for of another process; zero for no
  // worker: for tests. Of several processes with one database, one works at a time, under a lease.
  std::chrono::milliseconds rebuild_interval{1000};

  // How long a process that died in a rebuild keeps others from beginning it anew.
  std::chrono::milliseconds rebuild_lease{30'000};

  // Products of one page of a rebuild, 1 to 100.
  std::int32_t rebuild_page = 100;

  // How long it is remembered that a product was deleted, so that nothing older that comes later
  // brings it back.
  std::chrono::hours keep_deleted{std::chrono::hours(30 * 24)};

  // How events are applied; the subscriber and the clock are the module's.
  seam::events::InboxOptions inbox{};

  // What else fills the inbox, such as a broker's streams: called once; what it returns lives as
  // long as the module and its handlers.
  std::function<std::vector<std::shared_ptr<void>>(seam::sql::Database& database,
                                                   seam::events::Inbox& inbox)>
      open_sources{};

  // Called after each page of a rebuild is stored: for tests that break off or change things there.
  std::function<void()> after_page{};

  // What all times are read from. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// The module: two services over one database, and the worker that applies the events of products.
class InventoryModule {
 public:
  InventoryModule() = default;
  InventoryModule(const InventoryModule&) = delete;
  InventoryModule& operator=(const InventoryModule&) = delete;
  virtual ~InventoryModule() = default;

  // Each valid on its own, also after this object has gone. Thread-safe; they keep the rules of
  // inventory.proto and inbox.proto, and to the errors named there add those of the database
  // (seam/sql/error.h).

  // Takes the events of products down. Needs no products, so that these may be opened after it.
  [[nodiscard]] virtual std::unique_ptr<seam::events::v1::InboxHandler> NewInboxHandler() = 0;

  // Has the worker that rebuilds from `products`, which must outlive the handler.
  [[nodiscard]] virtual std::unique_ptr<v1::InventoryHandler> NewInventoryHandler(
      products::v1::ProductsClient& products) = 0;
};

// Opens the module on its database, which is brought to the newest schema first; a new one is
// rebuilt as soon as there is a handler. Several processes may have the same database open.
// Events are applied as long as the module or one of its handlers lives. `verifier` tells who asks
// for a rebuild; `log` gets what happens in the background; both must outlive the module and its
// handlers.
//
// Fails with UNAVAILABLE, reason DATABASE_UNAVAILABLE, when the file cannot be opened or made, or
// the server cannot be reached; reason DATABASE_REFUSED, when the server refuses the module's role;
// with FAILED_PRECONDITION, reason DATABASE_SCHEMA_TOO_NEW, when a newer program has migrated the
// database; and with DATA_LOSS, reason DATABASE_CORRUPT, when the file is no database.
[[nodiscard]] seam::Result<std::unique_ptr<InventoryModule>> OpenInventory(
    const InventoryOptions& options, const seam::TokenVerifier& verifier, seam::Log& log);

// "inventory", which everybody may read and an admin's token rebuilds, is for every service.
// "events", by which what others publish comes in, is for those who publish, products and orders,
// wherever they are, and for nobody unless it is said.
[[nodiscard]] std::vector<seam::MethodGroup> InventoryMethodGroups();

}  // namespace shop::inventory

#endif  // INVENTORY_MODULE_H_
