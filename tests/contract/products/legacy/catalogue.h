#ifndef TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_H_
#define TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_H_

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

// The before-state of docs/adapters.md: a class that was not written for seams. It returns a value
// or throws, knows no Context, and is for one thread at a time.
namespace legacy {

class NotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Reserved : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Product {
  std::string id;
  std::string name;
  std::int64_t price_cents = 0;
};

class Catalogue {
 public:
  void add(const Product& product) { products_[product.id] = product; }
  void reserve(const std::string& id) { ++reservations_[id]; }

  // Throws NotFound.
  Product find(const std::string& id) const {
    const auto found = products_.find(id);
    if (found == products_.end()) throw NotFound("there is no product " + id);
    return found->second;
  }

  // Throws NotFound, and Reserved while an order waits for the product.
  void remove(const std::string& id) {
    if (id == "broken") throw std::logic_error("/srv/catalogue.db is damaged");
    if (reservations_.count(id) > 0) throw Reserved("an order waits for " + id);
    products_.erase(find(id).id);
  }

 private:
  std::map<std::string, Product> products_;
  std::map<std::string, int> reservations_;
};

}  // namespace legacy

#endif  // TESTS_CONTRACT_PRODUCTS_LEGACY_CATALOGUE_H_
