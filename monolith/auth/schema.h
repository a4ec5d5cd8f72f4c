#ifndef AUTH_SCHEMA_H_
#define AUTH_SCHEMA_H_

#include "seam/sql/database.h"

namespace shop::auth {

// Brings the module's tables to their newest form. Throws seam::sql::SqlError.
void MigrateAuth(const seam::Context& context, seam::sql::Database& database);

}  // namespace shop::auth

#endif  // AUTH_SCHEMA_H_
