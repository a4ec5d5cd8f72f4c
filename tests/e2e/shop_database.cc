#include "shop_database.h"

#include <utility>

#include "seam/sql/open.h"
#include "seam/testing/process.h"

namespace shop::e2e {

ShopDatabase::ShopDatabase(std::vector<std::string> settings) : server_(std::move(settings)) {
  seam::testing::Process shop({SHOP_PROGRAM, "--print-database-setup"});
  static_cast<void>(shop.Wait());
  // Twice, as somebody does who is not sure.
  for (int i = 0; i < 2; ++i) {
    OpenAsAdministrator()->Write(seam::Context(), [&](seam::sql::Session& session) {
      session.ExecuteScript(shop.output());
    });
  }
}

std::vector<std::string> ShopDatabase::Arguments() const {
  return {"--database.address", server_.address()};
}

std::unique_ptr<seam::sql::Database> ShopDatabase::Open(const std::string& module) const {
  return OpenAs("shop_" + module, "shop_" + module);
}

std::unique_ptr<seam::sql::Database> ShopDatabase::OpenAsAdministrator() const {
  return OpenAs("postgres", "public");
}

std::unique_ptr<seam::sql::Database> ShopDatabase::OpenAs(const std::string& role,
                                                          const std::string& schema) const {
  return seam::sql::OpenDatabase(
      {.postgresql =
           seam::sql::PostgresqlSchema{
               .address = server_.address(), .role = role, .schema = schema}},
      {});
}

}  // namespace shop::e2e
