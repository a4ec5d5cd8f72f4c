#include "generator/model_builder.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "generator/layout.h"
#include "generator/names.h"
#include "seam/compatibility/event_option_internal.h"

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

// What stands before and behind a declaration.
Comment CommentOf(const pb::SourceLocation& location) {
  Comment comment = CommentLines(location.leading_comments);
  const Comment trailing = CommentLines(location.trailing_comments);
  if (!comment.empty() && !trailing.empty()) comment.emplace_back();
  comment.insert(comment.end(), trailing.begin(), trailing.end());
  return comment;
}

void NoteDeprecation(Comment& comment) {
  if (!comment.empty()) comment.emplace_back();
  comment.emplace_back("Deprecated.");
}

template <class D>
Comment CommentOf(const D& descriptor) {
  pb::SourceLocation location;
  Comment comment = descriptor.GetSourceLocation(&location) ? CommentOf(location) : Comment();
  // Everything but a oneof may be deprecated.
  if constexpr (requires { descriptor.options().deprecated(); }) {
    if (descriptor.options().deprecated()) NoteDeprecation(comment);
  }
  return comment;
}

// A oneof's alternative in the private union.
std::string UnionMember(std::uint32_t number) { return "field" + std::to_string(number) + "_"; }

struct NumberKind {
  const char* kind;
  const char* type;
};

// For the types that are no enum, text, bytes or message.
NumberKind NumberKindOf(pb::FieldDescriptor::Type type) {
  switch (type) {
    case pb::FieldDescriptor::TYPE_INT32: return {"Int32", "::std::int32_t"};
    case pb::FieldDescriptor::TYPE_INT64: return {"Int64", "::std::int64_t"};
    case pb::FieldDescriptor::TYPE_UINT32: return {"Uint32", "::std::uint32_t"};
    case pb::FieldDescriptor::TYPE_UINT64: return {"Uint64", "::std::uint64_t"};
    case pb::FieldDescriptor::TYPE_SINT32: return {"Sint32", "::std::int32_t"};
    case pb::FieldDescriptor::TYPE_SINT64: return {"Sint64", "::std::int64_t"};
    case pb::FieldDescriptor::TYPE_FIXED32: return {"Fixed32", "::std::uint32_t"};
    case pb::FieldDescriptor::TYPE_FIXED64: return {"Fixed64", "::std::uint64_t"};
    case pb::FieldDescriptor::TYPE_SFIXED32: return {"Sfixed32", "::std::int32_t"};
    case pb::FieldDescriptor::TYPE_SFIXED64: return {"Sfixed64", "::std::int64_t"};
    case pb::FieldDescriptor::TYPE_FLOAT: return {"Float", "float"};
    case pb::FieldDescriptor::TYPE_DOUBLE: return {"Double", "double"};
    default: return {"Bool", "bool"};
  }
}

std::string KindOf(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_STRING: return "::seam::wire::String";
    case pb::FieldDescriptor::TYPE_BYTES: return "::seam::wire::Bytes";
    case pb::FieldDescriptor::TYPE_MESSAGE: return "::seam::wire::Message";
    case pb::FieldDescriptor::TYPE_ENUM:
      return "::seam::wire::Enum<" + QualifiedName(*field.enum_type()) + ">";
    default: return std::string("::seam::wire::") + NumberKindOf(field.type()).kind;
  }
}

// The type of a singular value, or of an element, in a class that declares the names `hidden`.
std::string ValueTypeOf(const pb::FieldDescriptor& field, const std::set<std::string>& hidden) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES: return "::std::string";
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return ShortName(*field.message_type(), *field.file(), hidden);
    case pb::FieldDescriptor::TYPE_ENUM:
      return ShortName(*field.enum_type(), *field.file(), hidden);
    default: return NumberKindOf(field.type()).type;
  }
}

std::uint32_t WireTypeOf(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64: return 1;
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES:
    case pb::FieldDescriptor::TYPE_MESSAGE: return 2;
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32: return 5;
    default: return 0;
  }
}

Shape ShapeOf(const pb::FieldDescriptor& field) {
  if (field.is_map()) return Shape::kMap;
  if (field.is_repeated()) return field.is_packed() ? Shape::kPacked : Shape::kRepeated;
  if (field.real_containing_oneof() != nullptr) return Shape::kAlternative;
  return field.has_presence() ? Shape::kExplicit : Shape::kImplicit;
}

class Builder {
 public:
  Builder(const pb::FileDescriptor& file, const Options& options, NamespaceNames& names,
          Problems& problems)
      : file_(file), options_(options), names_(names), problems_(problems) {}

  File Build() {
    model_.proto = file_.name();
    model_.stem = Stem(file_);
    model_.space = Namespace(file_);
    model_.keeps_unknown_fields = options_.keep_unknown_fields;
    model_.file_constant = FileConstant(file_);
    if (file_.syntax() != pb::FileDescriptor::SYNTAX_PROTO3) {
      Error(PositionOf(file_, {pb::FileDescriptorProto::kSyntaxFieldNumber}),
            "the file is proto2, which is not mapped to C++ yet",
            "write syntax = \"proto3\" and adapt the file");
      return std::move(model_);
    }
    AddFileComment();
    CheckImports();
    CheckExtensions();
    names_.Declare(file_);

    const std::vector<const pb::Descriptor*>& order = layout_.Order(file_);
    for (std::size_t i = 0; i < order.size(); ++i) position_[order[i]] = i;
    for (int i = 0; i < file_.enum_type_count(); ++i) AddEnum(*file_.enum_type(i));
    for (int i = 0; i < file_.message_type_count(); ++i) AddNestedEnums(*file_.message_type(i));
    for (const pb::Descriptor* message : order) AddMessage(*message);
    for (int i = 0; i < file_.service_count(); ++i) AddService(*file_.service(i));
    AddEvents();
    for (Message& message : model_.messages) {
      message.is_declared_ahead = message.is_boxable || declared_ahead_.count(message.name) > 0;
    }
    AddDescriptor();
    return std::move(model_);
  }

 private:
  void Error(const std::string& position, const std::string& what, const std::string& advice) {
    problems_.errors.push_back(position + ": " + what + "; " + advice);
  }

  void AddFileComment() {
    pb::SourceLocation location;
    for (const int number : {pb::FileDescriptorProto::kSyntaxFieldNumber,
                             pb::FileDescriptorProto::kPackageFieldNumber}) {
      if (!file_.GetSourceLocation({number}, &location)) continue;
      const Comment comment = CommentOf(location);
      if (!model_.comment.empty() && !comment.empty()) model_.comment.emplace_back();
      model_.comment.insert(model_.comment.end(), comment.begin(), comment.end());
    }
    if (file_.options().deprecated()) NoteDeprecation(model_.comment);
  }

  void CheckImports() {
    for (int i = 0; i < file_.public_dependency_count(); ++i) {
      Error(PositionOf(file_, {pb::FileDescriptorProto::kPublicDependencyFieldNumber, i}),
            "import public " + file_.public_dependency(i)->name() + " is not mapped to C++ yet",
            "write a plain import, and import that file wherever its types are used");
    }
    for (int i = 0; i < file_.weak_dependency_count(); ++i) {
      Error(PositionOf(file_, {pb::FileDescriptorProto::kWeakDependencyFieldNumber, i}),
            "import weak " + file_.weak_dependency(i)->name() + " is not mapped to C++",
            "write a plain import");
    }
  }

  void CheckExtensions() {
    const std::string what = "extensions are not mapped to C++ yet: ";
    const std::string advice = "move them to a file that no client is generated from";
    for (int i = 0; i < file_.extension_count(); ++i) {
      Error(PositionOf(*file_.extension(i)), what + file_.extension(i)->full_name(), advice);
    }
    for (const pb::Descriptor* message : layout_.Order(file_)) {
      for (int i = 0; i < message->extension_count(); ++i) {
        Error(PositionOf(*message->extension(i)), what + message->extension(i)->full_name(),
              advice);
      }
    }
  }

  void AddNestedEnums(const pb::Descriptor& message) {
    for (int i = 0; i < message.enum_type_count(); ++i) AddEnum(*message.enum_type(i));
    for (int i = 0; i < message.nested_type_count(); ++i) AddNestedEnums(*message.nested_type(i));
  }

  void AddEnum(const pb::EnumDescriptor& enumeration) {
    Enum& model = model_.enums.emplace_back();
    model.comment = CommentOf(enumeration);
    model.name = FlatName(enumeration);
    Scope values(problems_);
    for (int i = 0; i < enumeration.value_count(); ++i) {
      const pb::EnumValueDescriptor& value = *enumeration.value(i);
      model.values.push_back(
          {CommentOf(value), Escape(value.name()), value.number(), value.options().deprecated()});
      values.Declare(model.values.back().name, "the value " + value.name(), PositionOf(value));
    }
  }

  void AddMessage(const pb::Descriptor& message) {
    Message model;
    model.comment = CommentOf(message);
    model.name = FlatName(message);
    model.reference = ShortName(message, file_);
    model.full_name = message.full_name();
    model.is_boxable = layout_.IsBoxable(message);

    const std::set<std::string> hidden = NamesInside(message);
    model.inner_reference = ShortName(message, file_, hidden);
    model.write_function = WriteFunction(message);
    Scope members(problems_);
    members.Declare("unknown_fields", "the member that every message has", PositionOf(message));
    std::map<const pb::OneofDescriptor*, std::size_t> oneofs;
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::FieldDescriptor& field = *message.field(i);
      const pb::OneofDescriptor* oneof = field.real_containing_oneof();
      if (oneof == nullptr) {
        if (!CheckType(field)) continue;
        model.members.push_back({false, model.fields.size()});
        model.fields.push_back(MakeField(field, hidden));
        members.Declare(model.fields.back().name, "the field " + field.name(), PositionOf(field));
        continue;
      }
      const auto [found, is_new] = oneofs.try_emplace(oneof, model.oneofs.size());
      if (is_new) {
        model.members.push_back({true, model.oneofs.size()});
        model.oneofs.push_back(MakeOneof(*oneof));
        members.Declare(model.oneofs.back().name, "the oneof " + oneof->name(), PositionOf(*oneof));
      }
    }
    AddAliases(message, members, model);
    model_.messages.push_back(std::move(model));
  }

  // What hides a type's name inside of the message's struct.
  static std::set<std::string> NamesInside(const pb::Descriptor& message) {
    std::set<std::string> names = {"unknown_fields", "unknown_fields_", FlatName(message) + "_"};
    for (int i = 0; i < message.field_count(); ++i) names.insert(Escape(message.field(i)->name()));
    for (int i = 0; i < message.oneof_decl_count(); ++i) {
      names.insert(Escape(message.oneof_decl(i)->name()));
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      names.insert(EscapeType(message.nested_type(i)->name()));
    }
    for (int i = 0; i < message.enum_type_count(); ++i) {
      names.insert(EscapeType(message.enum_type(i)->name()));
    }
    return names;
  }

  // A nested type that is named like the outer one gets an underscore: in C++ the name is taken.
  void AddAliases(const pb::Descriptor& message, Scope& members, Message& model) {
    const std::set<std::string> hidden = NamesInside(message);
    const auto add = [&](const auto& nested) {
      std::string name = EscapeType(nested.name());
      if (name == model.name) name += '_';
      members.Declare(name, nested.full_name(), PositionOf(nested));
      model.aliases.push_back({name, ShortName(nested, file_, hidden)});
    };
    for (int i = 0; i < message.enum_type_count(); ++i) add(*message.enum_type(i));
    for (int i = 0; i < message.nested_type_count(); ++i) {
      const pb::Descriptor& nested = *message.nested_type(i);
      if (nested.options().map_entry()) continue;
      add(nested);
      if (position_.at(&nested) > position_.at(&message)) declared_ahead_.insert(FlatName(nested));
    }
  }

  Oneof MakeOneof(const pb::OneofDescriptor& oneof) {
    Oneof model;
    model.comment = CommentOf(oneof);
    model.name = Escape(oneof.name());
    if (model.name == "unknown_fields") model.name += '_';
    model.class_name = OneofClass(oneof);
    Scope members(problems_);
    Scope cases(problems_);
    const std::string position = PositionOf(oneof);
    // An alternative with one of these names gets an underscore…
    const std::set<std::string> own = {"Case",  "CopyFrom", "TakeFrom",
                                       "clear", "which",    model.class_name};
    std::set<std::string> hidden = own;
    // … and one with one of these, which end in an underscore already, is an error.
    hidden.insert("active_");
    for (int i = 0; i < oneof.field_count(); ++i) {
      hidden.insert(UnionMember(static_cast<std::uint32_t>(oneof.field(i)->number())));
    }
    for (const std::string& name : hidden) {
      members.Declare(name, "a member that the oneof's class has", position);
    }
    for (int i = 0; i < oneof.field_count(); ++i) {
      const std::string& name = oneof.field(i)->name();
      hidden.insert({Escape(name), Escape(name) + "_", "set_" + name, "emplace_" + name});
    }
    cases.Declare("kNotSet", "the case of no field", position);
    for (int i = 0; i < oneof.field_count(); ++i) {
      const pb::FieldDescriptor& field = *oneof.field(i);
      if (!CheckType(field)) continue;
      Field alternative = MakeField(field, hidden);
      if (own.count(alternative.name) > 0) alternative.name += '_';
      const std::string what = "the field " + field.name();
      members.Declare(alternative.name, what, PositionOf(field));
      members.Declare("set_" + alternative.plain_name, what, PositionOf(field));
      members.Declare("emplace_" + alternative.plain_name, what, PositionOf(field));
      cases.Declare(alternative.case_name, what, PositionOf(field));
      model.alternatives.push_back(std::move(alternative));
    }
    return model;
  }

  static std::string MemberName(const pb::FieldDescriptor& field) {
    std::string name = Escape(field.name());
    if (name == "unknown_fields") name += '_';
    return name;
  }

  Field MakeField(const pb::FieldDescriptor& field, const std::set<std::string>& hidden) {
    // A map's key and value are fields of an entry message that protoc makes up.
    const pb::FieldDescriptor& value = field.is_map() ? *field.message_type()->map_value() : field;
    Field model;
    model.comment = CommentOf(field);
    model.name = MemberName(field);
    model.full_name = field.full_name();
    model.number = static_cast<std::uint32_t>(field.number());
    model.shape = ShapeOf(field);
    model.kind = KindOf(value);
    model.is_text = value.type() == pb::FieldDescriptor::TYPE_STRING;
    model.is_message = value.type() == pb::FieldDescriptor::TYPE_MESSAGE;
    model.wire_type = WireTypeOf(field);
    model.value_type = ValueTypeOf(value, hidden);
    switch (model.shape) {
      case Shape::kImplicit: model.member_type = model.value_type; break;
      case Shape::kExplicit:
      case Shape::kAlternative:
        model.is_boxed = model.is_message && layout_.IsBoxed(field);
        if (model.is_boxed) {
          model.member_type = "::seam::Boxed<" + model.value_type + ">";
        } else if (model.shape == Shape::kExplicit) {
          model.member_type = "::std::optional<" + model.value_type + ">";
        } else {
          model.member_type = model.value_type;
        }
        break;
      case Shape::kRepeated:
      case Shape::kPacked: model.member_type = "::std::vector<" + model.value_type + ">"; break;
      case Shape::kMap: {
        const pb::FieldDescriptor& key = *field.message_type()->map_key();
        model.key_kind = KindOf(key);
        model.is_text = model.is_text || key.type() == pb::FieldDescriptor::TYPE_STRING;
        model.member_type =
            "::std::map<" + ValueTypeOf(key, hidden) + ", " + model.value_type + ">";
        break;
      }
    }
    if (model.shape == Shape::kAlternative) {
      model.plain_name = field.name();
      model.union_member = UnionMember(model.number);
      model.case_name = "k" + UpperCamel(field.name());
      model.is_trivial =
          !model.is_message && value.cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING;
    }
    NoteUse(field, value, model);
    return model;
  }

  // What the field's type needs from elsewhere: an include, or a declaration further up.
  void NoteUse(const pb::FieldDescriptor& field, const pb::FieldDescriptor& value, Field& model) {
    const pb::FileDescriptor* from = nullptr;
    if (value.enum_type() != nullptr) from = value.enum_type()->file();
    if (const pb::Descriptor* held = value.message_type(); held != nullptr) {
      from = held->file();
      if (IsWellKnown(*held)) {
        model_.fields_use_time = true;
        return;
      }
      if (from == &file_ && position_.at(held) > position_.at(field.containing_type())) {
        declared_ahead_.insert(FlatName(*held));
        model.has_initialiser = !field.is_repeated();
      }
    }
    if (from == nullptr || from == &file_) return;
    used_.insert(from);
    model_.field_imports.insert(Stem(*from));
  }

  // False, with an error added, when there is no C++ for the field's type.
  bool CheckType(const pb::FieldDescriptor& field) {
    const pb::FieldDescriptor& value = field.is_map() ? *field.message_type()->map_value() : field;
    const std::string user = "the field " + field.full_name();
    if (value.message_type() != nullptr) {
      return CheckType(*value.message_type(), user, PositionOf(field));
    }
    return value.enum_type() == nullptr || CheckFile(*value.enum_type(), user, PositionOf(field));
  }

  bool CheckType(const pb::Descriptor& type, const std::string& user, const std::string& position) {
    return IsWellKnown(type) || CheckFile(type, user, position);
  }

  template <class D>
  bool CheckFile(const D& type, const std::string& user, const std::string& position) {
    const pb::FileDescriptor& from = *type.file();
    if (&from == &file_) return true;
    if (IsGoogleProtobuf(from)) {
      Error(position,
            user + " uses " + type.full_name() +
                ", and of google.protobuf only Timestamp and Duration are mapped to C++ yet",
            "use a message of your own");
      return false;
    }
    if (from.syntax() != pb::FileDescriptor::SYNTAX_PROTO3) {
      Error(position,
            user + " uses " + type.full_name() + " of " + from.name() +
                ", which is proto2 and not mapped to C++ yet",
            "use a type of a proto3 file");
      return false;
    }
    for (int i = 0; i < file_.dependency_count(); ++i) {
      if (file_.dependency(i) == &from) return true;
    }
    Error(position,
          user + " uses " + type.full_name() + " of " + from.name() +
              ", which comes by way of an import public, and that is not mapped to C++ yet",
          "import " + from.name() + " itself");
    return false;
  }

  void AddService(const pb::ServiceDescriptor& service) {
    Service model;
    model.comment = CommentOf(service);
    model.name = service.name();
    model.full_name = service.full_name();
    model.methods_constant = MethodsConstant(service);
    model.service_constant = ServiceConstant(service);
    std::set<std::string> hidden = {"Handle", "contract"};  // Of the servicer.
    for (int i = 0; i < service.method_count(); ++i) {
      hidden.insert(Escape(service.method(i)->name()));
    }
    Scope functions(problems_);
    for (const char* own : {"Client", "Handler", "InProcessClient", "RemoteClient"}) {
      functions.Declare(service.name() + own, "a class of the service", PositionOf(service));
      functions.Declare("Mock" + service.name() + own, "a class of the service",
                        PositionOf(service));
    }
    functions.Declare("Throwing" + service.name(), "a class of the service", PositionOf(service));
    for (const char* own : {"calls_", "channel_", "client_", "handler_", "rules_"}) {
      functions.Declare(own, "a member of the service's classes", PositionOf(service));
    }
    for (int i = 0; i < service.method_count(); ++i) {
      const pb::MethodDescriptor& method = *service.method(i);
      AddMethod(method, hidden, model);
      functions.Declare(Escape(method.name()), "the method " + method.full_name(),
                        PositionOf(method));
    }
    model_.services.push_back(std::move(model));
  }

  void AddMethod(const pb::MethodDescriptor& method, const std::set<std::string>& hidden,
                 Service& service) {
    const std::string position = PositionOf(method);
    const std::string user = "the method " + method.full_name();
    if (method.client_streaming() || method.server_streaming()) {
      Error(position, user + " has a stream, which is not mapped to C++ yet",
            "make it unary, with repeated fields and pages");
      return;
    }
    if (!CheckType(*method.input_type(), user, position) ||
        !CheckType(*method.output_type(), user, position)) {
      return;
    }
    Method model;
    model.comment = CommentOf(method);
    model.name = Escape(method.name());
    model.path = "/" + service.full_name + "/" + method.name();
    model.rpc_name = method.name();
    model.request = ShortName(*method.input_type(), file_, hidden);
    model.reply = ShortName(*method.output_type(), file_, hidden);
    model.constant = MethodConstant(method);
    model.idempotency = IdempotencyOf(method, position);
    model.is_deprecated = method.options().deprecated() || method.service()->options().deprecated();
    for (const pb::Descriptor* type : {method.input_type(), method.output_type()}) {
      if (IsWellKnown(*type)) {
        model_.rpcs_use_time = true;
      } else if (type->file() != &file_) {
        used_.insert(type->file());
        model_.rpc_imports.insert(Stem(*type->file()));
      }
    }
    service.methods.push_back(std::move(model));
  }

  std::string IdempotencyOf(const pb::MethodDescriptor& method, const std::string& position) {
    if (!method.options().has_idempotency_level()) {
      const std::string text =
          position + ": the method " + method.full_name() +
          " does not say whether it may be called again after a lost answer; write option "
          "idempotency_level = NO_SIDE_EFFECTS, IDEMPOTENT, or IDEMPOTENCY_UNKNOWN for neither";
      if (options_.strict_idempotency) {
        problems_.errors.push_back(text);
      } else {
        problems_.warnings.push_back(position + ": warning: " + text.substr(position.size() + 2));
      }
    }
    switch (method.options().idempotency_level()) {
      case pb::MethodOptions::NO_SIDE_EFFECTS: return "kNoSideEffects";
      case pb::MethodOptions::IDEMPOTENT: return "kIdempotent";
      case pb::MethodOptions::IDEMPOTENCY_UNKNOWN: break;
    }
    return "kUnknown";
  }

  void AddEvents() {
    model_.events_class = EventsClass(file_);
    std::set<std::string> hidden = {"Knows",
                                    "Publish",
                                    "Receive",
                                    "outbox_",
                                    model_.events_class + "Publisher",
                                    model_.events_class + "Subscriber",
                                    "Mock" + model_.events_class + "Subscriber"};
    for (const pb::Descriptor* message : layout_.Order(file_)) {
      hidden.insert(EventFunction(*message));
    }
    std::map<std::string, const pb::Descriptor*> topics;
    for (int i = 0; i < file_.message_type_count(); ++i) {
      const pb::Descriptor& message = *file_.message_type(i);
      const auto option = compatibility::EventOptionOf(message);
      if (!option) continue;
      const auto [first, is_new] = topics.try_emplace(option->topic, &message);
      if (!is_new && IsTopic(option->topic)) {
        Error(PositionOfOption(message),
              "the event " + message.full_name() + " has the topic of " +
                  first->second->full_name() + ", " + option->topic,
              "give each event a topic of its own");
      }
      AddEvent(message, *option, hidden);
    }
    for (const pb::Descriptor* message : layout_.Order(file_)) {
      if (message->containing_type() == nullptr || !compatibility::EventOptionOf(*message))
        continue;
      Error(PositionOf(*message),
            "the event " + message->full_name() + " lies inside of another message",
            "declare it at the top of the file");
    }
    if (topics.empty()) return;
    const std::string position = PositionOf(*file_.message_type(0));
    if (file_.package().empty()) {
      Error(position,
            "a file with events has no package, so that their types may be others' as well",
            "write a package");
    }
    const std::string& name = model_.events_class;
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
      Error(position,
            "the file's events get a class " + name + "Publisher, which is no name in C++",
            "begin the file's name with a letter");
    }
  }

  void AddEvent(const pb::Descriptor& message, const compatibility::EventOption& option,
                const std::set<std::string>& hidden) {
    Event model;
    model.comment = CommentOf(message);
    model.type = message.full_name();
    model.topic = option.topic;
    model.message = ShortName(message, file_, hidden);
    model.constant = EventConstant(message);
    model.function = EventFunction(message);
    const std::string position = PositionOfOption(message);
    const std::string event = "the event " + message.full_name();
    if (option.topic.empty()) {
      Error(position, event + " has no topic", "write topic: \"thing.changed\" into its option");
    } else if (!IsTopic(option.topic)) {
      Error(position, event + " has the topic \"" + option.topic + "\"",
            "write words of [a-z0-9_] with dots between them, up to 100 characters");
    }
    const std::string advice = "name a string or an integer that is singular and in no oneof";
    const pb::FieldDescriptor* const field = message.FindFieldByName(option.entity);
    if (option.entity.empty()) {
      Error(position, event + " does not say what it is about",
            "write entity: \"thing_id\" into its option");
    } else if (field == nullptr) {
      Error(position, event + " is about " + option.entity + ", which is no field of it", advice);
    } else if (!CanNameEntity(*field)) {
      Error(PositionOf(*field), event + " cannot be about its field " + option.entity, advice);
    } else {
      model.entity = MemberName(*field);
    }
    model_.events.push_back(std::move(model));
  }

  static bool IsTopic(const std::string& topic) {
    bool word_begins = true;
    for (const char c : topic) {
      const bool is_dot = c == '.';
      const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      if (is_dot ? word_begins : !is_word) return false;
      word_begins = is_dot;
    }
    return !word_begins && topic.size() <= 100;
  }

  static bool CanNameEntity(const pb::FieldDescriptor& field) {
    if (field.is_repeated() || field.real_containing_oneof() != nullptr) return false;
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
      case pb::FieldDescriptor::CPPTYPE_INT64:
      case pb::FieldDescriptor::CPPTYPE_UINT32:
      case pb::FieldDescriptor::CPPTYPE_UINT64: return true;
      default: return field.type() == pb::FieldDescriptor::TYPE_STRING;
    }
  }

  // Where the option is written, of a message at the top of the file.
  [[nodiscard]] std::string PositionOfOption(const pb::Descriptor& message) const {
    const std::vector<int> options = {pb::FileDescriptorProto::kMessageTypeFieldNumber,
                                      message.index(), pb::DescriptorProto::kOptionsFieldNumber,
                                      compatibility::EventOptionNumber(message)};
    pb::SourceLocation location;
    return file_.GetSourceLocation(options, &location) ? Position(file_, location)
                                                       : PositionOf(message);
  }

  // protoc gives every field the JSON name that it has by default; a name that somebody chose
  // stays.
  static void StripDefaultJsonNames(pb::DescriptorProto& message) {
    for (pb::FieldDescriptorProto& field : *message.mutable_field()) {
      if (field.json_name() == DefaultJsonName(field.name())) field.clear_json_name();
    }
    for (pb::DescriptorProto& nested : *message.mutable_nested_type()) {
      StripDefaultJsonNames(nested);
    }
  }

  static std::string DefaultJsonName(const std::string& name) {
    std::string json;
    bool word_begins = false;
    for (const char c : name) {
      if (c != '_')
        json += word_begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      word_begins = c == '_';
    }
    return json;
  }

  // The file's own descriptor, so that a service can be reflected on without protobuf's generated
  // code. An import that no type comes from, such as a file of custom options, is left out, so that
  // what it declares need not be generated.
  void AddDescriptor() {
    pb::FileDescriptorProto descriptor;
    file_.CopyTo(&descriptor);
    for (pb::DescriptorProto& message : *descriptor.mutable_message_type()) {
      StripDefaultJsonNames(message);
    }
    descriptor.clear_dependency();
    for (int i = 0; i < file_.dependency_count(); ++i) {
      const pb::FileDescriptor& import = *file_.dependency(i);
      const bool is_time = (model_.fields_use_time || model_.rpcs_use_time) && UsesTimeOf(import);
      if (used_.count(&import) > 0 || is_time) descriptor.add_dependency(import.name());
    }
    pb::io::StringOutputStream output(&model_.descriptor);
    pb::io::CodedOutputStream coded(&output);
    coded.SetSerializationDeterministic(true);
    descriptor.SerializeToCodedStream(&coded);

    for (const pb::FileDescriptor* import : used_) {
      const std::string space = Namespace(*import);
      model_.imports.push_back(
          {Stem(*import), (space.empty() ? "::" : "::" + space + "::") + FileConstant(*import)});
    }
    std::sort(model_.imports.begin(), model_.imports.end(),
              [](const Import& a, const Import& b) { return a.stem < b.stem; });
  }

  static bool UsesTimeOf(const pb::FileDescriptor& import) {
    return import.message_type_count() > 0 && IsWellKnown(*import.message_type(0));
  }

  const pb::FileDescriptor& file_;
  const Options& options_;
  NamespaceNames& names_;
  Problems& problems_;
  Layout layout_;
  std::map<const pb::Descriptor*, std::size_t> position_;
  std::set<std::string> declared_ahead_;
  std::set<const pb::FileDescriptor*> used_;
  File model_;
};

}  // namespace

File BuildModel(const pb::FileDescriptor& file, const Options& options, NamespaceNames& names,
                Problems& problems) {
  return Builder(file, options, names, problems).Build();
}

}  // namespace seam::generator
