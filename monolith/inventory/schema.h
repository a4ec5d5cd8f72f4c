#ifndef INVENTORY_SCHEMA_H_
#define INVENTORY_SCHEMA_H_

#include "seam/sql/database.h"

namespace shop::inventory {

// Brings the module's tables to their newest form. Throws seam::sql::SqlError.
void MigrateInventory(const seam::Context& context, seam::sql::Database& database);

}  // namespace shop::inventory

#endif  // INVENTORY_SCHEMA_H_
