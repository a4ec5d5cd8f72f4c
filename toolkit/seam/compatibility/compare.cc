#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "seam/compatibility/compare_internal.h"
#include "seam/compatibility/event_option_internal.h"

namespace seam::compatibility {

namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// Numbers in descriptor.proto, for finding the place of an element or a part.
constexpr int kFileMessage = 4;
constexpr int kFileEnum = 5;
constexpr int kFileService = 6;
constexpr int kMessageField = 2;
constexpr int kMessageNested = 3;
constexpr int kMessageEnum = 4;
constexpr int kMessageOptions = 7;
constexpr int kEnumValue = 2;
constexpr int kServiceMethod = 2;
constexpr int kFilePackage = 2;
constexpr int kFieldName = 1;
constexpr int kFieldNumber = 3;
constexpr int kFieldType = 5;
constexpr int kFieldTypeName = 6;
constexpr int kFieldOptions = 8;
constexpr int kFieldJsonName = 10;
constexpr int kOptionJsType = 6;
constexpr int kValueName = 1;
constexpr int kValueNumber = 2;
constexpr int kMethodInput = 2;
constexpr int kMethodOutput = 3;

std::vector<int> Joined(std::vector<int> path, std::initializer_list<int> part) {
  path.insert(path.end(), part);
  return path;
}

// Where an element is in its file's descriptor.
std::vector<int> PathOf(const pb::Descriptor& message) {
  return message.containing_type() == nullptr
             ? std::vector<int>{kFileMessage, message.index()}
             : Joined(PathOf(*message.containing_type()), {kMessageNested, message.index()});
}
std::vector<int> PathOf(const pb::EnumDescriptor& type) {
  return type.containing_type() == nullptr
             ? std::vector<int>{kFileEnum, type.index()}
             : Joined(PathOf(*type.containing_type()), {kMessageEnum, type.index()});
}
std::vector<int> PathOf(const pb::ServiceDescriptor& service) {
  return {kFileService, service.index()};
}
std::vector<int> PathOf(const Field& field) {
  return Joined(PathOf(*field.containing_type()), {kMessageField, field.index()});
}
std::vector<int> PathOf(const pb::EnumValueDescriptor& value) {
  return Joined(PathOf(*value.type()), {kEnumValue, value.index()});
}
std::vector<int> PathOf(const pb::MethodDescriptor& method) {
  return Joined(PathOf(*method.service()), {kServiceMethod, method.index()});
}

// Types whose bytes are read as one another.
int WireGroup(Field::Type type) {
  switch (type) {
    case Field::TYPE_INT32:
    case Field::TYPE_UINT32:
    case Field::TYPE_INT64:
    case Field::TYPE_UINT64:
    case Field::TYPE_BOOL:
    case Field::TYPE_ENUM: return Field::TYPE_INT32;
    case Field::TYPE_SINT64: return Field::TYPE_SINT32;
    case Field::TYPE_SFIXED32: return Field::TYPE_FIXED32;
    case Field::TYPE_SFIXED64: return Field::TYPE_FIXED64;
    // A string is refused when it is not UTF-8, so bytes are none.
    default: return type;
  }
}

// Types that are written alike in JSON as well.
int JsonGroup(Field::Type type) {
  switch (type) {
    case Field::TYPE_UINT32: return Field::TYPE_INT32;
    case Field::TYPE_UINT64: return Field::TYPE_INT64;
    case Field::TYPE_SFIXED32: return Field::TYPE_FIXED32;
    case Field::TYPE_SFIXED64: return Field::TYPE_FIXED64;
    case Field::TYPE_BOOL:
    case Field::TYPE_ENUM:
    case Field::TYPE_INT32:
    case Field::TYPE_INT64: return type;
    default: return WireGroup(type);
  }
}

// The full name of a field's message or enum; empty for others.
std::string TypeNameOf(const Field& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return "";
}

std::string TypeText(const Field& field) {
  if (field.is_map()) {
    return "map<" + TypeText(*field.message_type()->map_key()) + ", " +
           TypeText(*field.message_type()->map_value()) + ">";
  }
  const std::string name = TypeNameOf(field);
  return name.empty() ? field.type_name() : name;
}

// The rule that a change of the type breaks; null when there is none.
const Rule* TypeRule(const Field& before, const Field& after) {
  if (before.is_map() && after.is_map()) {
    const Rule* const key =
        TypeRule(*before.message_type()->map_key(), *after.message_type()->map_key());
    const Rule* const value =
        TypeRule(*before.message_type()->map_value(), *after.message_type()->map_value());
    if (key == nullptr || value == nullptr) return key == nullptr ? value : key;
    return key->category < value->category ? key : value;
  }
  // An entry's type has no name of its own: whether there is a map is the cardinality.
  if (before.is_map() != after.is_map() && before.type() == after.type()) return nullptr;
  if (before.type() == after.type() && TypeNameOf(before) == TypeNameOf(after)) return nullptr;
  if (WireGroup(before.type()) != WireGroup(after.type()) || before.message_type() != nullptr ||
      (before.type() == Field::TYPE_ENUM && after.type() == Field::TYPE_ENUM)) {
    return &kFieldWireCompatibleType;
  }
  return JsonGroup(before.type()) == JsonGroup(after.type()) ? &kFieldSameType
                                                             : &kFieldWireJsonCompatibleType;
}

std::string CardinalityText(const Field& field) {
  if (field.is_map()) return "a map";
  if (field.is_repeated()) return "repeated";
  if (field.is_required()) return "required";
  return field.has_presence() ? "optional" : "without presence";
}

const Rule* CardinalityRule(const Field& before, const Field& after) {
  if (CardinalityText(before) == CardinalityText(after)) return nullptr;
  if (before.is_required() || after.is_required()) return &kFieldWireCompatibleCardinality;
  if (before.is_repeated() == after.is_repeated()) {
    return before.is_repeated() ? &kFieldWireJsonCompatibleCardinality : &kFieldSameCardinality;
  }
  const bool packable = before.is_packable() || after.is_packable() ||
                        Field::IsTypePackable(before.type()) || Field::IsTypePackable(after.type());
  return packable ? &kFieldWireCompatibleCardinality : &kFieldWireJsonCompatibleCardinality;
}

std::string OneofText(const pb::OneofDescriptor* oneof) {
  return oneof == nullptr ? "no oneof" : "oneof '" + oneof->name() + "'";
}

std::string ValueText(const pb::EnumDescriptor& type, const std::string& name) {
  return "value '" + name + "' of enum " + type.full_name();
}

std::string FieldText(const Field& field) {
  return "field '" + field.name() + "' of message " + field.containing_type()->full_name();
}

std::string MethodText(const pb::MethodDescriptor& method) {
  return "rpc " + method.service()->full_name() + "." + method.name();
}

std::string JsTypeText(const Field& field) {
  return pb::FieldOptions::JSType_Name(field.options().jstype());
}

std::string IdempotencyText(const pb::MethodDescriptor& method) {
  return pb::MethodOptions::IdempotencyLevel_Name(method.options().idempotency_level());
}

// How much the contract promises of it; more includes less.
int PromiseOf(const pb::MethodDescriptor& method) {
  switch (method.options().idempotency_level()) {
    case pb::MethodOptions::NO_SIDE_EFFECTS: return 2;
    case pb::MethodOptions::IDEMPOTENT: return 1;
    case pb::MethodOptions::IDEMPOTENCY_UNKNOWN: break;
  }
  return 0;
}

// Numbers that are reserved, both ends included.
using Ranges = std::vector<std::pair<int, int>>;

Ranges ReservedRanges(const pb::Descriptor& message) {
  Ranges ranges;
  for (int i = 0; i < message.reserved_range_count(); ++i) {
    ranges.emplace_back(message.reserved_range(i)->start, message.reserved_range(i)->end - 1);
  }
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

Ranges ReservedRanges(const pb::EnumDescriptor& type) {
  Ranges ranges;
  for (int i = 0; i < type.reserved_range_count(); ++i) {
    ranges.emplace_back(type.reserved_range(i)->start, type.reserved_range(i)->end);
  }
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

bool Covers(const Ranges& sorted, std::pair<int, int> range) {
  // Wider than int: a range may end at the largest.
  std::int64_t next = range.first;
  for (const auto& [first, last] : sorted) {
    if (first <= next && last >= next) next = std::int64_t{last} + 1;
  }
  return next > range.second;
}

std::string RangeText(std::pair<int, int> range) {
  return range.first == range.second
             ? std::to_string(range.first)
             : std::to_string(range.first) + " to " + std::to_string(range.second);
}

// Collects what breaks a rule between two contracts: a released one and what it became, or those of
// a client and a service that run together.
class Comparison {
 public:
  enum class Between : std::uint8_t { kReleases, kPeers };

  explicit Comparison(Between between) : between_(between) {}

  std::vector<Finding> Take() {
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return std::move(findings_);
  }

  void Files(const std::vector<const pb::FileDescriptor*>& released,
             const std::vector<const pb::FileDescriptor*>& present) {
    for (const pb::FileDescriptor* const file : present) Index(*file);
    for (const pb::FileDescriptor* const before : released) {
      const auto found = std::find_if(
          present.begin(), present.end(),
          [&](const pb::FileDescriptor* file) { return file->name() == before->name(); });
      if (found == present.end()) {
        Add(kFileNoDelete, before->name(), "the file is gone");
      } else if (before->package() != (*found)->package()) {
        // Everything in it has another full name; one finding says that.
        AddAt(kFileSamePackage, **found, {kFilePackage},
              Changed("the package", before->package(), (*found)->package()));
        continue;
      }
      File(*before, found == present.end() ? nullptr : *found);
    }
  }

  void Service(const pb::ServiceDescriptor& before, const pb::ServiceDescriptor& after) {
    for (int i = 0; i < before.method_count(); ++i) {
      const pb::MethodDescriptor& method = *before.method(i);
      const pb::MethodDescriptor* const now = after.FindMethodByName(method.name());
      if (now != nullptr) {
        Method(method, *now);
      } else if (between_ == Between::kReleases) {
        AddAt(kRpcNoDelete, after, {}, MethodText(method) + " is gone");
      }
    }
  }

 private:
  // --- What is where.

  void Index(const pb::FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) Index(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) {
      enums_[file.enum_type(i)->full_name()] = file.enum_type(i);
    }
    for (int i = 0; i < file.service_count(); ++i) {
      services_[file.service(i)->full_name()] = file.service(i);
    }
  }

  void Index(const pb::Descriptor& message) {
    messages_[message.full_name()] = &message;
    for (int i = 0; i < message.nested_type_count(); ++i) Index(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) {
      enums_[message.enum_type(i)->full_name()] = message.enum_type(i);
    }
  }

  template <class Descriptor>
  static const Descriptor* Find(const std::map<std::string, const Descriptor*>& index,
                                const std::string& name) {
    const auto found = index.find(name);
    return found == index.end() ? nullptr : found->second;
  }

  // --- Between releases: everything that a file has.

  void File(const pb::FileDescriptor& before, const pb::FileDescriptor* after) {
    for (int i = 0; i < before.message_type_count(); ++i) {
      MessageTree(*before.message_type(i), after);
    }
    for (int i = 0; i < before.enum_type_count(); ++i) EnumIn(*before.enum_type(i), after);
    for (int i = 0; i < before.service_count(); ++i) {
      const pb::ServiceDescriptor& service = *before.service(i);
      const pb::ServiceDescriptor* const now = Find(services_, service.full_name());
      if (StaysIn(kServiceNoDelete, "service " + service.full_name(), before, now, after)) {
        Service(service, *now);
      }
    }
  }

  void MessageTree(const pb::Descriptor& before, const pb::FileDescriptor* after) {
    if (before.options().map_entry()) return;
    const pb::Descriptor* const now = Find(messages_, before.full_name());
    if (!StaysIn(kMessageNoDelete, "message " + before.full_name(), *before.file(), now, after)) {
      return;
    }
    Message(before, *now);
    for (int i = 0; i < before.nested_type_count(); ++i) {
      MessageTree(*before.nested_type(i), after);
    }
    for (int i = 0; i < before.enum_type_count(); ++i) EnumIn(*before.enum_type(i), after);
  }

  void EnumIn(const pb::EnumDescriptor& before, const pb::FileDescriptor* after) {
    const pb::EnumDescriptor* const now = Find(enums_, before.full_name());
    if (StaysIn(kEnumNoDelete, "enum " + before.full_name(), *before.file(), now, after)) {
      Enum(before, *now);
    }
  }

  // Whether there still is such a thing. That it moved to another file is told of unless its file
  // is gone, which was told of.
  template <class Descriptor>
  bool StaysIn(const Rule& rule, const std::string& name, const pb::FileDescriptor& before,
               const Descriptor* now, const pb::FileDescriptor* after) {
    if (now == nullptr) {
      if (after == nullptr) {
        Add(rule, before.name(), name + " is gone with its file");
      } else {
        AddAt(rule, *after, {kFilePackage}, name + " is gone");
      }
      return false;
    }
    if (after != nullptr && now->file() != after) {
      AddAt(kElementSameFile, *now, {}, name + " was in " + before.name() + " and is here");
    }
    return true;
  }

  // --- Messages.

  void Message(const pb::Descriptor& before, const pb::Descriptor& after) {
    for (int i = 0; i < before.field_count(); ++i) FieldOf(*before.field(i), after);
    if (between_ == Between::kPeers) return;
    for (int i = 0; i < before.real_oneof_decl_count(); ++i) {
      const std::string& name = before.oneof_decl(i)->name();
      if (after.FindOneofByName(name) == nullptr) {
        AddAt(kOneofNoDelete, after, {},
              "oneof '" + name + "' of message " + before.full_name() + " is gone");
      }
    }
    Reserved(kReservedMessageNoDelete, "message " + before.full_name(), before, after);
    Event(before, after);
  }

  void Event(const pb::Descriptor& before, const pb::Descriptor& after) {
    const auto was = EventOptionOf(before);
    if (!was) return;
    const std::string event = "event " + before.full_name();
    const auto is = EventOptionOf(after);
    if (!is) {
      AddAt(kEventNoDelete, after, {}, event + " is a mere message");
      return;
    }
    const int option = EventOptionNumber(after);
    if (was->topic != is->topic) {
      AddAt(kEventSameTopic, after, {kMessageOptions, option},
            Changed("the topic of " + event, was->topic, is->topic));
    }
    if (was->entity != is->entity) {
      AddAt(kEventSameEntity, after, {kMessageOptions, option},
            Changed("the entity of " + event, was->entity, is->entity));
    }
  }

  // What was reserved stays so.
  template <class Type>
  void Reserved(const Rule& rule, const std::string& holder, const Type& before,
                const Type& after) {
    const Ranges now = ReservedRanges(after);
    for (const auto& range : ReservedRanges(before)) {
      if (!Covers(now, range)) {
        AddAt(rule, after, {},
              "the reservation of " + RangeText(range) + " in " + holder + " is gone");
      }
    }
    for (int i = 0; i < before.reserved_name_count(); ++i) {
      const std::string& name = before.reserved_name(i);
      if (!after.IsReservedName(name)) {
        AddAt(rule, after, {}, "the reservation of '" + name + "' in " + holder + " is gone");
      }
    }
  }

  // What is gone from a message or an enum has to be reserved there.
  template <class Element, class Holder>
  void Gone(const Element& before, const Holder& after, const Rule& number_rule,
            const Rule& name_rule, const std::string& gone) {
    const auto add = [&](const Rule& rule, const char* missing) {
      AddAt(rule, after, {}, gone + missing);
      std::string& advice = findings_.back().advice;
      Replace(advice, "NUMBER", std::to_string(before.number()));
      Replace(advice, "NAME", before.name());
    };
    if (!after.IsReservedNumber(before.number())) add(number_rule, "its number is not reserved");
    if (!after.IsReservedName(before.name())) add(name_rule, "its name is not reserved");
  }

  static void Replace(std::string& text, std::string_view word, const std::string& by) {
    const std::size_t at = text.find(word);
    if (at != std::string::npos) text.replace(at, word.size(), by);
  }

  void FieldOf(const Field& before, const pb::Descriptor& after) {
    const Field* const by_name = after.FindFieldByName(before.name());
    const Field* const by_number = after.FindFieldByNumber(before.number());
    if (by_name != nullptr && by_name->number() != before.number()) {
      AddAt(kFieldSameNumber, *by_name, {kFieldNumber},
            Changed("the number of " + FieldText(before), std::to_string(before.number()),
                    std::to_string(by_name->number())));
    } else if (by_number != nullptr) {
      if (by_name == nullptr) {
        AddAt(kFieldSameName, *by_number, {kFieldName},
              Changed("the name of field " + std::to_string(before.number()) + " of message " +
                          after.full_name(),
                      "'" + before.name() + "'", "'" + by_number->name() + "'"));
      }
      SameField(before, *by_number, by_name != nullptr);
    } else if (between_ == Between::kReleases) {
      const std::string gone =
          FieldText(before) + ", number " + std::to_string(before.number()) + ", is gone, and ";
      Gone(before, after, kFieldNoDeleteNumber, kFieldNoDeleteName, gone);
    }
  }

  void SameField(const Field& before, const Field& after, bool same_name) {
    const std::string field = FieldText(before);
    const Rule* const type = TypeRule(before, after);
    if (type != nullptr) {
      AddAt(*type, after, {TypeNameOf(after).empty() ? kFieldType : kFieldTypeName},
            Changed("the type of " + field, TypeText(before), TypeText(after)));
    }
    const pb::OneofDescriptor* const from = before.real_containing_oneof();
    const pb::OneofDescriptor* const to = after.real_containing_oneof();
    if (!SameOneof(from, to)) {
      AddAt(kFieldSameOneof, after, {},
            Changed("what holds " + field, OneofText(from), OneofText(to)));
    } else if (const Rule* const cardinality = CardinalityRule(before, after)) {
      AddAt(*cardinality, after, {},
            Changed(field, CardinalityText(before), CardinalityText(after)));
    }
    if (same_name && before.json_name() != after.json_name()) {
      AddAt(kFieldSameJsonName, after, {kFieldJsonName},
            Changed("the JSON name of " + field, "'" + before.json_name() + "'",
                    "'" + after.json_name() + "'"));
    }
    if (before.options().jstype() != after.options().jstype()) {
      AddAt(kFieldSameJsType, after, {kFieldOptions, kOptionJsType},
            Changed("the jstype of " + field, JsTypeText(before), JsTypeText(after)));
    }
    if (between_ == Between::kPeers && type == nullptr) Reach(before, after);
  }

  // A oneof that is as a whole under another name is the same: kOneofNoDelete tells of the name.
  static bool SameOneof(const pb::OneofDescriptor* from, const pb::OneofDescriptor* to) {
    if (from == nullptr || to == nullptr) return from == to;
    if (from->name() == to->name()) return true;
    if (to->containing_type()->FindOneofByName(from->name()) != nullptr ||
        from->containing_type()->FindOneofByName(to->name()) != nullptr) {
      return false;
    }
    for (int i = 0; i < from->field_count(); ++i) {
      const Field* const other = to->containing_type()->FindFieldByNumber(from->field(i)->number());
      if (other != nullptr && other->real_containing_oneof() != to) return false;
    }
    return true;
  }

  // --- Enums.

  void Enum(const pb::EnumDescriptor& before, const pb::EnumDescriptor& after) {
    for (int i = 0; i < before.value_count(); ++i) Value(*before.value(i), after);
    if (between_ == Between::kReleases) {
      Reserved(kReservedEnumNoDelete, "enum " + before.full_name(), before, after);
    }
  }

  void Value(const pb::EnumValueDescriptor& before, const pb::EnumDescriptor& after) {
    const std::string value = ValueText(after, before.name());
    const std::string number = std::to_string(before.number());
    const pb::EnumValueDescriptor* const by_name = after.FindValueByName(before.name());
    const pb::EnumValueDescriptor* const by_number = after.FindValueByNumber(before.number());
    if (by_name != nullptr) {
      if (by_name->number() != before.number()) {
        AddAt(kEnumValueSameNumber, *by_name, {kValueNumber},
              Changed("the number of " + value, number, std::to_string(by_name->number())));
      }
    } else if (by_number != nullptr) {
      AddAt(before.number() == 0 ? kEnumZeroSameName : kEnumValueSameName, *by_number, {kValueName},
            Changed("the name of " + number + " in enum " + after.full_name(),
                    "'" + before.name() + "'", "'" + by_number->name() + "'"));
    } else if (between_ == Between::kReleases) {
      const std::string gone = value + ", number " + number + ", is gone, and ";
      Gone(before, after, kEnumValueNoDeleteNumber, kEnumValueNoDeleteName, gone);
    }
  }

  // --- Services.

  void Method(const pb::MethodDescriptor& before, const pb::MethodDescriptor& after) {
    const std::string method = MethodText(before);
    const auto streaming = [](bool streams) { return streams ? "a stream" : "a single message"; };
    if (before.client_streaming() != after.client_streaming()) {
      AddAt(kRpcSameClientStreaming, after, {},
            Changed("the request of " + method, streaming(before.client_streaming()),
                    streaming(after.client_streaming())));
    }
    if (before.server_streaming() != after.server_streaming()) {
      AddAt(kRpcSameServerStreaming, after, {},
            Changed("the reply of " + method, streaming(before.server_streaming()),
                    streaming(after.server_streaming())));
    }
    // A client retries by its own contract, and a service that promises more takes that.
    if (between_ == Between::kPeers ? PromiseOf(before) > PromiseOf(after)
                                    : PromiseOf(before) != PromiseOf(after)) {
      AddAt(kRpcSameIdempotencyLevel, after, {},
            Changed("the idempotency_level of " + method, IdempotencyText(before),
                    IdempotencyText(after)));
    }
    Parameter(kRpcSameRequestType, "the request type of " + method, *before.input_type(),
              *after.input_type(), after, kMethodInput);
    Parameter(kRpcSameResponseType, "the response type of " + method, *before.output_type(),
              *after.output_type(), after, kMethodOutput);
  }

  void Parameter(const Rule& rule, const std::string& subject, const pb::Descriptor& before,
                 const pb::Descriptor& after, const pb::MethodDescriptor& method, int part) {
    if (before.full_name() != after.full_name()) {
      AddAt(rule, method, {part}, Changed(subject, before.full_name(), after.full_name()));
    } else if (between_ == Between::kPeers) {
      Reach(before, after);
    }
  }

  // --- Between peers: whatever is reached, once.

  void Reach(const pb::Descriptor& before, const pb::Descriptor& after) {
    if (reached_.insert(before.full_name()).second) Message(before, after);
  }

  void Reach(const Field& before, const Field& after) {
    if (before.message_type() != nullptr && after.message_type() != nullptr) {
      Reach(*before.message_type(), *after.message_type());
    } else if (before.enum_type() != nullptr && after.enum_type() != nullptr &&
               reached_.insert(before.enum_type()->full_name()).second) {
      Enum(*before.enum_type(), *after.enum_type());
    }
  }

  // --- Findings.

  std::string Changed(const std::string& subject, std::string_view before,
                      std::string_view after) const {
    const bool releases = between_ == Between::kReleases;
    return subject + (releases ? " was " : " is ") + std::string(before) +
           (releases ? " and is " : " for the client and ") + std::string(after) +
           (releases ? "" : " for the service");
  }

  void Add(const Rule& rule, const std::string& file, std::string what) {
    findings_.push_back({&rule, file, 1, 1, std::move(what), std::string(rule.advice)});
  }

  // At the part of the file, or of the element; at the whole where the part is not written down.
  void AddAt(const Rule& rule, const pb::FileDescriptor& file, std::initializer_list<int> part,
             std::string what) {
    AddAt(rule, file, {}, part, std::move(what));
  }
  template <class Descriptor>
  void AddAt(const Rule& rule, const Descriptor& element, std::initializer_list<int> part,
             std::string what) {
    // Peers speak no JSON and know fields by their numbers, and each takes what is absent as its
    // own contract has it.
    if (between_ == Between::kPeers &&
        (rule.name == kFieldSameName.name || rule.name == kFieldSameJsonName.name ||
         rule.name == kFieldSameJsType.name || rule.name == kFieldSameCardinality.name)) {
      return;
    }
    AddAt(rule, *element.file(), PathOf(element), part, std::move(what));
  }
  void AddAt(const Rule& rule, const pb::FileDescriptor& file, const std::vector<int>& whole,
             std::initializer_list<int> part, std::string what) {
    Finding finding{&rule, file.name(), 1, 1, std::move(what), std::string(rule.advice)};
    pb::SourceLocation location;
    if (file.GetSourceLocation(Joined(whole, part), &location) ||
        file.GetSourceLocation(whole, &location)) {
      finding.line = location.start_line + 1;
      finding.column = location.start_column + 1;
    }
    findings_.push_back(std::move(finding));
  }

  const Between between_;
  std::map<std::string, const pb::Descriptor*> messages_;
  std::map<std::string, const pb::EnumDescriptor*> enums_;
  std::map<std::string, const pb::ServiceDescriptor*> services_;
  std::set<std::string> reached_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string_view CategoryName(Category category) noexcept {
  switch (category) {
    case Category::kWire: return "WIRE";
    case Category::kWireJson: return "WIRE_JSON";
    case Category::kFile: break;
  }
  return "FILE";
}

std::vector<Finding> CompareFiles(const std::vector<const pb::FileDescriptor*>& released,
                                  const std::vector<const pb::FileDescriptor*>& present) {
  Comparison comparison(Comparison::Between::kReleases);
  comparison.Files(released, present);
  return comparison.Take();
}

std::vector<Finding> CompareServices(const pb::ServiceDescriptor& client,
                                     const pb::ServiceDescriptor& service) {
  Comparison comparison(Comparison::Between::kPeers);
  comparison.Service(client, service);
  return comparison.Take();
}

}  // namespace seam::compatibility
