#ifndef SEAM_GENERATOR_EVENT_OPTION_H_
#define SEAM_GENERATOR_EVENT_OPTION_H_

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>

namespace seam::generator {

// What seam/events/v1/options.proto lets a message say.
struct EventOption {
  std::string topic;
  std::string entity;
};

// The extension by which a message says it; null where nothing that is generated together imports
// options.proto.
[[nodiscard]] const google::protobuf::FieldDescriptor* EventExtension(
    const google::protobuf::FileDescriptor& file);

// Nothing for a message that is no event.
[[nodiscard]] std::optional<EventOption> EventOptionOf(const google::protobuf::Descriptor& message);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_EVENT_OPTION_H_
