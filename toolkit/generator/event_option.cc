#include "generator/event_option.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

// Of EventOptions.
constexpr int kTopic = 1;
constexpr int kEntity = 2;

}  // namespace

const pb::FieldDescriptor* EventExtension(const pb::FileDescriptor& file) {
  return file.pool()->FindExtensionByName("seam.events.v1.event");
}

std::optional<EventOption> EventOptionOf(const pb::Descriptor& message) {
  // By name, since the number may be another option's where options.proto is not imported.
  const pb::FieldDescriptor* const extension = EventExtension(*message.file());
  if (extension == nullptr) return std::nullopt;
  std::optional<EventOption> option;
  const pb::UnknownFieldSet& options =
      message.options().GetReflection()->GetUnknownFields(message.options());
  for (int i = 0; i < options.field_count(); ++i) {
    const pb::UnknownField& field = options.field(i);
    if (field.number() != extension->number() ||
        field.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) {
      continue;
    }
    // One that is written in parts is there several times.
    if (!option) option.emplace();
    pb::UnknownFieldSet parts;
    parts.ParseFromString(field.length_delimited());
    for (int j = 0; j < parts.field_count(); ++j) {
      const pb::UnknownField& part = parts.field(j);
      if (part.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
      if (part.number() == kTopic) option->topic = part.length_delimited();
      if (part.number() == kEntity) option->entity = part.length_delimited();
    }
  }
  return option;
}

}  // namespace seam::generator
