#ifndef ORDERS_MODULE_H_
#define ORDERS_MODULE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/config/config.h"
#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/events/destination.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"
#include "shop/orders/v1/orders_handler.h"
#include "shop/products/v1/products_client.h"

namespace shop::orders {

// What has just been done for an order that is being placed.
enum class PlacingStep {
  kTakenDown,  // The order is stored as PENDING.
  kReserved,   // Products holds the stock.
  kPlaced,     // The order is stored as PLACED.
  kConfirmed,  // Products counts the stock as sold.
};

struct OrdersOptions {
  // Where the module's own database is.
  seam::sql::DatabaseOptions database{};

  // Whether a change is answered only when it is on the disk. Without that it survives a crash of
  // the process, but maybe not a power failure. On PostgreSQL the server decides.
  bool durable = true;

  // The longest wait for the database while others use it; a call's deadline shortens it.
  std::chrono::milliseconds max_wait{5000};

  // The recovery worker looks so often for orders that a broken-off call has left unfinished; zero
  // for no worker: for tests. Of several processes with one database, one works at a time, under a
  // lease.
  std::chrono::milliseconds recovery_interval{1000};

  // How long an order is left to the call that is placing or cancelling it before the worker takes
  // it up.
  std::chrono::milliseconds recovery_age{10'000};

  // How long a process may be at work on such orders before others may take over: one that dies
  // keeps them from it for so long, and for twice as long when the clock is set back.
  std::chrono::milliseconds recovery_lease{30'000};

  // An order that is still PENDING after so long is cancelled instead of placed: its customer has
  // gone.
  std::chrono::milliseconds abandon_age{std::chrono::minutes(15)};

  // Where the module's events go (order_events.proto): those of a change are sent if it is
  // committed, later. Without any, nothing is published.
  std::vector<std::shared_ptr<seam::events::Destination>> destinations{};

  // Called after each step, on the thread that does it: for tests that break off there.
  std::function<void(PlacingStep)> after_step{};

  // What created_at, updated_at and the ages are read from. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// What the programs with this module let their operators set of these:
//   orders.recovery_interval_ms       recovery_interval
//   orders.recovery_age_ms            recovery_age
//   orders.recovery_lease_ms          recovery_lease
//   orders.recovery_abandon_seconds   abandon_age
[[nodiscard]] std::vector<seam::config::Option> OrdersConfigurationOptions();

// Puts what was set into `options`. `configuration` was loaded with a table that has them.
void ReadOrdersOptions(const seam::config::Configuration& configuration, OrdersOptions& options);

// Opens the module on its database, which is brought to the newest schema first, and starts its
// recovery worker, which ends with the handler. Several processes may have the same database
// open. `products` has the stock, `verifier` tells who calls, `log` gets what the worker
// could not do; all must outlive the handler. The handler is thread-safe; it keeps the rules of
// orders.proto, and to the errors named there adds those of products and of its database
// (seam/sql/error.h): UNAVAILABLE with reason DATABASE_BUSY or DATABASE_UNAVAILABLE, DATA_LOSS with
// DATABASE_CORRUPT.
//
// Fails with UNAVAILABLE, reason DATABASE_UNAVAILABLE, when the file cannot be opened or made, or
// the server cannot be reached; reason DATABASE_REFUSED, when the server refuses the module's role;
// with FAILED_PRECONDITION, reason DATABASE_SCHEMA_TOO_NEW, when a newer program has migrated the
// database; and with DATA_LOSS, reason DATABASE_CORRUPT, when the file is no database.
[[nodiscard]] seam::Result<std::unique_ptr<v1::OrdersHandler>> OpenOrders(
    const OrdersOptions& options, products::v1::ProductsClient& products,
    const seam::TokenVerifier& verifier, seam::Log& log);

// "orders", which ask for the customer's token whoever passes it on, and "readiness". Both are for
// every service unless it is said otherwise.
[[nodiscard]] std::vector<seam::MethodGroup> OrdersMethodGroups();

}  // namespace shop::orders

#endif  // ORDERS_MODULE_H_
