#ifndef BENCH_POSTGRESQL_FOR_SHOPS_H_
#define BENCH_POSTGRESQL_FOR_SHOPS_H_

#include <string>
#include <vector>

#include "postgresql/private_postgresql.h"

namespace bench {

// A PostgreSQL server for shops, each with roles and schemas that begin with a prefix of its own.
class PostgresqlForShops {
 public:
  // `settings` as in PrivatePostgresql, which does not force anything to the disk without any.
  explicit PostgresqlForShops(std::vector<std::string> settings) : server_(std::move(settings)) {}

  // The arguments for a shop with this prefix, whose roles and schemas are there then.
  [[nodiscard]] std::vector<std::string> Arguments(const std::string& prefix) const;

  // As libpq and PostgresqlOptions take it; the administrator is "postgres".
  [[nodiscard]] std::string address() const { return server_.address(); }

 private:
  seam::testing::PrivatePostgresql server_;
};

}  // namespace bench

#endif  // BENCH_POSTGRESQL_FOR_SHOPS_H_
