#ifndef USERS_SCHEMA_H_
#define USERS_SCHEMA_H_

#include "seam/sql/database.h"

namespace shop::users {

// Brings the module's tables to their newest form. Throws seam::sql::SqlError.
void MigrateUsers(const seam::Context& context, seam::sql::Database& database);

}  // namespace shop::users

#endif  // USERS_SCHEMA_H_
