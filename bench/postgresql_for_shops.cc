#include "postgresql_for_shops.h"

#include "seam/core/context.h"
#include "seam/sql/open.h"
#include "seam/testing/process.h"
#include "shop_process.h"

namespace bench {

std::vector<std::string> PostgresqlForShops::Arguments(const std::string& prefix) const {
  seam::testing::Process setup(
      {SHOP_PROGRAM, "--print-database-setup", "--database.prefix", prefix});
  static_cast<void>(setup.Wait());
  const auto administrator =
      seam::sql::OpenDatabase({.postgresql = seam::sql::PostgresqlSchema{.address = address(),
                                                                         .role = "postgres",
                                                                         .schema = "public"}},
                              {});
  administrator->Write(seam::Context(),
                       [&](seam::sql::Session& session) { session.ExecuteScript(setup.output()); });
  return {"--database.address", address(), "--database.prefix", prefix};
}

}  // namespace bench
