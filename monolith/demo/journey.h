#ifndef DEMO_JOURNEY_H_
#define DEMO_JOURNEY_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace shop::demo {

// One request of the journey and what came of it.
struct Exchange {
  std::string what{};  // "order more than there is"
  std::string method{};
  std::string path{};
  std::string request_body{};  // Passwords and refresh tokens are replaced by "…".
  int status = 0;              // 0 when no answer came.
  std::multimap<std::string, std::string> headers{};
  std::string body{};
  std::string complaint{};  // What is not as it should be; empty when all is.
};

// Walks through what a customer does in a running shop on its sample goods: registers, logs in,
// reads and changes the profile, browses, orders and cancels, and is refused on the way. Stops
// after the first answer that is not as it should be, since the steps build on each other. `name`
// makes the customers' email addresses, which must be new to the shop. `on_exchange` gets each
// exchange as soon as it is over. Returns whether all was as it should be.
[[nodiscard]] bool WalkThroughShop(int port, const std::string& name,
                                   const std::function<void(const Exchange&)>& on_exchange);

// The answer with everything replaced that differs from one run to the next: ids, times, tokens and
// traces. Two shops that behave alike give equal texts.
[[nodiscard]] std::string Normalised(const std::string& body);

}  // namespace shop::demo

#endif  // DEMO_JOURNEY_H_
