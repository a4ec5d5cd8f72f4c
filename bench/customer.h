#ifndef BENCH_CUSTOMER_H_
#define BENCH_CUSTOMER_H_

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bench {

// Sample products of the shop.
inline constexpr char kCup[] = "01900000-0000-7000-8000-000000000001";
inline constexpr char kTowel[] = "01900000-0000-7000-8000-00000000000b";

// Somebody on a connection that stays open. Whatever goes wrong ends the program. For one thread.
class Customer {
 public:
  // Makes an account in the shop on this port of this machine, and logs in.
  explicit Customer(int port);
  // Has a token already.
  Customer(int port, std::string token);

  // Sends a request and returns what the answer holds, which must have this status.
  nlohmann::json Send(const char* method, const std::string& path, const nlohmann::json& body,
                      int status);

  // Places an order for one of the first product, two of the second and so on; its id.
  std::string Order(const std::vector<std::string>& products);

  [[nodiscard]] const std::string& token() const noexcept { return token_; }

 private:
  httplib::Client client_;
  std::string token_;
};

// The value below which that part of the values lies.
[[nodiscard]] double Quantile(std::vector<double> values, double part);

}  // namespace bench

#endif  // BENCH_CUSTOMER_H_
