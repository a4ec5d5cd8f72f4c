#include "orders/module.h"

namespace shop::orders {
namespace {

using seam::config::Integer;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kInterval[] = "orders.recovery_interval_ms";
constexpr char kAge[] = "orders.recovery_age_ms";
constexpr char kLease[] = "orders.recovery_lease_ms";
constexpr char kAbandon[] = "orders.recovery_abandon_seconds";

}  // namespace

std::vector<seam::config::Option> OrdersConfigurationOptions() {
  const OrdersOptions usual;
  return {{.path = kInterval,
           .type = Integer{.value = usual.recovery_interval.count(),
                           .minimum = 10,
                           .maximum = milliseconds(std::chrono::hours(1)).count(),
                           .unit = "milliseconds"},
           .description = "How often to look for orders that a broken-off call left unfinished."},
          {.path = kAge,
           .type = Integer{.value = usual.recovery_age.count(),
                           .minimum = 1,
                           .maximum = milliseconds(std::chrono::hours(24)).count(),
                           .unit = "milliseconds"},
           .description = "How long an order is left to the call that places or cancels it."},
          {.path = kLease,
           .type = Integer{.value = usual.recovery_lease.count(),
                           .minimum = 100,
                           .maximum = milliseconds(std::chrono::hours(1)).count(),
                           .unit = "milliseconds"},
           .description = "How long a process that dies keeps others from what it was finishing."},
          {.path = kAbandon,
           .type = Integer{.value = duration_cast<seconds>(usual.abandon_age).count(),
                           .minimum = 1,
                           .maximum = seconds(std::chrono::hours(24 * 30)).count(),
                           .unit = "seconds"},
           .description = "After how long an unfinished order is cancelled instead of placed."}};
}

void ReadOrdersOptions(const seam::config::Configuration& configuration, OrdersOptions& options) {
  options.recovery_interval = milliseconds(configuration.GetInteger(kInterval));
  options.recovery_age = milliseconds(configuration.GetInteger(kAge));
  options.recovery_lease = milliseconds(configuration.GetInteger(kLease));
  options.abandon_age = seconds(configuration.GetInteger(kAbandon));
}

}  // namespace shop::orders
