#ifndef PRODUCTS_MODULE_H_
#define PRODUCTS_MODULE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/core/method_group.h"
#include "seam/core/result.h"
#include "seam/events/destination.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/sql/database_options.h"
#include "shop/products/v1/products_handler.h"

namespace shop::products {

struct ProductsOptions {
  // Where the module's own database is.
  seam::sql::DatabaseOptions database{};

  // Whether a change is answered only when it is on the disk. Without that it survives a crash of
  // the process, but maybe not a power failure. On PostgreSQL the server decides.
  bool durable = true;

  // The longest wait for the database while others use it; a call's deadline shortens it.
  std::chrono::milliseconds max_wait{5000};

  // Where the module's events go (product_events.proto): those of a change are sent if it is
  // committed, later. Without any, nothing is published.
  std::vector<std::shared_ptr<seam::events::Destination>> destinations{};

  // Gets what could not be sent; to be given with destinations. Must outlive the handler.
  seam::Log* log = nullptr;

  // What created_at and updated_at are read from. Called from many threads.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// Opens the module on its database, which is brought to the newest schema first. Several processes
// may have the same database open. `verifier` tells who changes the catalogue, and must
// outlive the handler. The handler is thread-safe; it keeps the rules of products.proto, and to the
// errors named there adds those of its database (seam/sql/error.h): UNAVAILABLE with reason
// DATABASE_BUSY or DATABASE_UNAVAILABLE, DATA_LOSS with DATABASE_CORRUPT.
//
// Fails with UNAVAILABLE, reason DATABASE_UNAVAILABLE, when the file cannot be opened or made, or
// the server cannot be reached; reason DATABASE_REFUSED, when the server refuses the module's role;
// with FAILED_PRECONDITION, reason DATABASE_SCHEMA_TOO_NEW, when a newer program has migrated the
// database; and with DATA_LOSS, reason DATABASE_CORRUPT, when the file is no database.
[[nodiscard]] seam::Result<std::unique_ptr<v1::ProductsHandler>> OpenProducts(
    const ProductsOptions& options, const seam::TokenVerifier& verifier);

// "stock": the methods that reserve it, which need no principal. For orders, wherever that is, and
// for nobody unless it is said. "catalogue", which everybody may read and an admin's token changes,
// is for every service.
[[nodiscard]] std::vector<seam::MethodGroup> ProductsMethodGroups();

}  // namespace shop::products

#endif  // PRODUCTS_MODULE_H_
