#ifndef SEAM_EVENTS_EVENT_H_
#define SEAM_EVENTS_EVENT_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace seam::events {

// What a contract says of an event. Generated, one constant for each; its texts live as long as the
// program.
struct EventContract {
  std::string_view topic;  // "product.updated"
  std::string_view type;   // "shop.products.v1.ProductUpdated"
};

// An event as it lies in an outbox, travels, and lies in an inbox. A value.
struct Event {
  std::string id{};      // A UUIDv7 in lower case.
  std::string source{};  // The module that told: "products".
  std::string topic{};
  std::string type{};
  std::string entity{};   // What it is about; the order is kept among events about one entity.
  std::string payload{};  // The message, encoded.
  std::chrono::system_clock::time_point published_at{};  // To the millisecond.
  std::string traceparent{};  // Of the span that published it; may be empty.
};

// Longer names of entities are refused when an event is published.
inline constexpr std::size_t kMaxEntityBytes = 200;

}  // namespace seam::events

#endif  // SEAM_EVENTS_EVENT_H_
