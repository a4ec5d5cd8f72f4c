#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include "seam/compatibility/event_option_internal.h"

namespace seam::compatibility {

namespace {

namespace pb = google::protobuf;

// Of EventOptions.
constexpr int kTopic = 1;
constexpr int kEntity = 2;

// By name, since the number may be another option's where options.proto is not imported.
const pb::FieldDescriptor* EventExtension(const pb::Descriptor& message) {
  return message.file()->pool()->FindExtensionByName("seam.events.v1.event");
}

void ReadParts(const std::string& bytes, EventOption& option) {
  pb::UnknownFieldSet parts;
  parts.ParseFromString(bytes);
  for (int i = 0; i < parts.field_count(); ++i) {
    const pb::UnknownField& part = parts.field(i);
    if (part.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    if (part.number() == kTopic) option.topic = part.length_delimited();
    if (part.number() == kEntity) option.entity = part.length_delimited();
  }
}

}  // namespace

std::optional<EventOption> EventOptionOf(const pb::Descriptor& message) {
  const pb::FieldDescriptor* const extension = EventExtension(message);
  if (extension == nullptr) return std::nullopt;
  // As bytes, whether this program knows the extension or not.
  pb::UnknownFieldSet options;
  options.ParseFromString(message.options().SerializeAsString());
  std::optional<EventOption> option;
  for (int i = 0; i < options.field_count(); ++i) {
    const pb::UnknownField& field = options.field(i);
    if (field.number() != extension->number() ||
        field.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) {
      continue;
    }
    // An option that is written in parts is there several times.
    if (!option) option.emplace();
    ReadParts(field.length_delimited(), *option);
  }
  return option;
}

int EventOptionNumber(const pb::Descriptor& event) { return EventExtension(event)->number(); }

}  // namespace seam::compatibility
