#ifndef PRODUCTS_SCHEMA_H_
#define PRODUCTS_SCHEMA_H_

#include "seam/sql/database.h"

namespace shop::products {

// Brings the module's tables to their newest form. Throws seam::sql::SqlError.
void MigrateProducts(const seam::Context& context, seam::sql::Database& database);

}  // namespace shop::products

#endif  // PRODUCTS_SCHEMA_H_
