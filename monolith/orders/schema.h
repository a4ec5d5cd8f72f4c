#ifndef ORDERS_SCHEMA_H_
#define ORDERS_SCHEMA_H_

#include "seam/sql/database.h"

namespace shop::orders {

// Brings the module's tables to their newest form. Throws seam::sql::SqlError.
void MigrateOrders(const seam::Context& context, seam::sql::Database& database);

}  // namespace shop::orders

#endif  // ORDERS_SCHEMA_H_
