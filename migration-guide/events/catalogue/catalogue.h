#ifndef CATALOGUE_CATALOGUE_H_
#define CATALOGUE_CATALOGUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "seam/sql/database.h"

struct Product {
  std::string name{};
  std::int64_t version = 0;
  std::int64_t cents = 0;
};

// Has the prices, and tells when one changes.
class Catalogue {
 public:
  // `file` is its own; made when it is not there.
  explicit Catalogue(const std::string& file);

  // Sets the price and notes that it was set, for `bus` to carry: both or neither.
  Product SetPrice(const std::string& name, std::int64_t cents, const std::string& bus);

  std::vector<Product> List();

  // With the outbox, for a relay.
  seam::sql::Database& database() { return *database_; }

 private:
  const std::unique_ptr<seam::sql::Database> database_;
};

#endif  // CATALOGUE_CATALOGUE_H_
