#ifndef SEAM_COMPATIBILITY_EVENT_OPTION_INTERNAL_H_
#define SEAM_COMPATIBILITY_EVENT_OPTION_INTERNAL_H_

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>

// What seam/events/v1/options.proto lets a message say. Read without C++ of that file, which would
// define what a user's own may define as well.
namespace seam::compatibility {

struct EventOption {
  std::string topic;
  std::string entity;
};

// Nothing for a message that is no event.
[[nodiscard]] std::optional<EventOption> EventOptionOf(const google::protobuf::Descriptor& message);

// Where an event's option is in its file: its path begins with the message's. Of an event only.
[[nodiscard]] int EventOptionNumber(const google::protobuf::Descriptor& event);

}  // namespace seam::compatibility

#endif  // SEAM_COMPATIBILITY_EVENT_OPTION_INTERNAL_H_
