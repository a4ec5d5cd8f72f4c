#ifndef TESTS_E2E_SHOP_DATABASE_H_
#define TESTS_E2E_SHOP_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "postgresql/private_postgresql.h"
#include "seam/sql/database.h"

namespace shop::e2e {

// A PostgreSQL server of a test's own, which was set up with what the shop prints for that.
class ShopDatabase {
 public:
  // `settings` are those of PrivatePostgresql.
  explicit ShopDatabase(std::vector<std::string> settings = {});

  // For ShopProcess.
  [[nodiscard]] std::vector<std::string> Arguments() const;

  // What the module's role sees.
  [[nodiscard]] std::unique_ptr<seam::sql::Database> Open(const std::string& module) const;
  [[nodiscard]] std::unique_ptr<seam::sql::Database> OpenAsAdministrator() const;

  [[nodiscard]] seam::testing::PrivatePostgresql& server() noexcept { return server_; }

 private:
  [[nodiscard]] std::unique_ptr<seam::sql::Database> OpenAs(const std::string& role,
                                                            const std::string& schema) const;

  seam::testing::PrivatePostgresql server_;
};

}  // namespace shop::e2e

#endif  // TESTS_E2E_SHOP_DATABASE_H_
