#include <string>
#include <string_view>

#include "seam/sql/postgresql.h"
#include "seam/sql/quoting.h"

namespace seam::sql {

std::string OwnershipStatements(std::string_view role, std::string_view schema) {
  CheckName(role, "role");
  CheckName(schema, "schema");
  const std::string quoted_role = QuoteName(role);
  const std::string quoted_schema = QuoteName(schema);
  // There is no CREATE ROLE IF NOT EXISTS.
  const std::string make_role =
      "BEGIN CREATE ROLE " + quoted_role + " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END";
  // Who gives a schema away must be a member of the role that gets it, or a superuser.
  const std::string join_role =
      "BEGIN IF current_user <> " + QuoteText(role) +
      " AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) "
      "THEN GRANT " +
      quoted_role + " TO CURRENT_USER; END IF; END";
  return "DO " + QuoteText(make_role) + ";\n" +  //
         "DO " + QuoteText(join_role) + ";\n" +  //
         "CREATE SCHEMA IF NOT EXISTS " + quoted_schema + " AUTHORIZATION " + quoted_role +
         ";\n" +                                                                 //
         "ALTER SCHEMA " + quoted_schema + " OWNER TO " + quoted_role + ";\n" +  //
         "REVOKE ALL ON SCHEMA " + quoted_schema + " FROM PUBLIC;\n" +           //
         "ALTER ROLE " + quoted_role + " SET search_path = " + quoted_schema + ";\n";
}

}  // namespace seam::sql
