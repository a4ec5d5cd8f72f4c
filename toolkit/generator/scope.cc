#include "generator/scope.h"

#include <google/protobuf/descriptor.pb.h>

#include "generator/names.h"
#include "seam/compatibility/event_option_internal.h"

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

// Whether anybody can have generated code from an imported file: a file of custom options, say, has
// none, and its names are nobody's.
bool HasOutput(const pb::FileDescriptor& file) {
  return file.syntax() == pb::FileDescriptor::SYNTAX_PROTO3 && !IsGoogleProtobuf(file) &&
         file.extension_count() == 0;
}

void DeclareEnum(const pb::EnumDescriptor& enumeration, Scope& scope) {
  scope.Declare(FlatName(enumeration), "the enum " + enumeration.full_name(),
                PositionOf(enumeration));
}

void DeclareMessage(const pb::Descriptor& message, Scope& scope) {
  if (message.options().map_entry()) return;
  if (scope.Declare(FlatName(message), "the message " + message.full_name(), PositionOf(message))) {
    scope.Declare(WriteFunction(message), "the codec of " + message.full_name(),
                  PositionOf(message));
  }
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const pb::OneofDescriptor& oneof = *message.oneof_decl(i);
    scope.Declare(OneofClass(oneof), "the oneof " + oneof.full_name(), PositionOf(oneof));
  }
  for (int i = 0; i < message.enum_type_count(); ++i) DeclareEnum(*message.enum_type(i), scope);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    DeclareMessage(*message.nested_type(i), scope);
  }
}

void DeclareService(const pb::ServiceDescriptor& service, Scope& scope) {
  const std::string& name = service.name();
  for (const std::string& taken :
       {name + "Client", name + "Handler", name + "InProcessClient", name + "RemoteClient",
        name + "Servicer", name + "Seam", "Throwing" + name, "Mock" + name + "Client",
        "Mock" + name + "Handler", MethodsConstant(service), ServiceConstant(service)}) {
    scope.Declare(taken, "the service " + service.full_name(), PositionOf(service));
  }
  for (int i = 0; i < service.method_count(); ++i) {
    const pb::MethodDescriptor& method = *service.method(i);
    scope.Declare(MethodConstant(method), "the method " + method.full_name(), PositionOf(method));
  }
}

// Nested events are an error of the model's.
void DeclareEvents(const pb::FileDescriptor& file, Scope& scope) {
  const pb::Descriptor* first = nullptr;
  for (int i = 0; i < file.message_type_count(); ++i) {
    const pb::Descriptor& message = *file.message_type(i);
    if (!compatibility::EventOptionOf(message)) continue;
    if (first == nullptr) first = &message;
    scope.Declare(EventConstant(message), "the event " + message.full_name(), PositionOf(message));
  }
  if (first == nullptr) return;
  const std::string name = EventsClass(file);
  const std::string position = PositionOf(*first);
  scope.Declare(name + "Publisher", "the publisher of the file's events", position);
  scope.Declare(name + "Subscriber", "the subscriber of the file's events", position);
  scope.Declare("Mock" + name + "Subscriber", "the mock of the file's subscriber", position);
}

}  // namespace

bool Scope::Declare(const std::string& name, const std::string& what, const std::string& position) {
  const auto [other, is_new] = taken_.try_emplace(name, what + " at " + position);
  if (is_new) return true;
  problems_.errors.push_back(position + ": " + what + " needs the C++ name " + name +
                             ", which is taken by " + other->second + "; rename one of them");
  return false;
}

void NamespaceNames::Declare(const pb::FileDescriptor& file) {
  const std::string space = Namespace(file);
  std::set<const pb::FileDescriptor*> visited;
  DeclareImports(file, space, visited);
  DeclareFile(file, space);
}

void NamespaceNames::DeclareImports(const pb::FileDescriptor& file, const std::string& space,
                                    std::set<const pb::FileDescriptor*>& visited) {
  for (int i = 0; i < file.dependency_count(); ++i) {
    const pb::FileDescriptor& import = *file.dependency(i);
    if (!visited.insert(&import).second) continue;
    DeclareImports(import, space, visited);
    if (HasOutput(import) && Namespace(import) == space) DeclareFile(import, space);
  }
}

void NamespaceNames::DeclareFile(const pb::FileDescriptor& file, const std::string& space) {
  if (!declared_.insert(&file).second) return;
  const auto [found, is_new] = scopes_.try_emplace(space, problems_);
  Scope& scope = found->second;
  const std::string position = file.name() + ":1:1";
  if (is_new) {
    for (const char* own : {"kDescriptor", "kImports"}) {
      scope.Declare(own, "a constant that every contract has", position);
    }
  }
  scope.Declare(FileConstant(file), "the file", position);
  for (int i = 0; i < file.enum_type_count(); ++i) DeclareEnum(*file.enum_type(i), scope);
  for (int i = 0; i < file.message_type_count(); ++i) DeclareMessage(*file.message_type(i), scope);
  for (int i = 0; i < file.service_count(); ++i) DeclareService(*file.service(i), scope);
  DeclareEvents(file, scope);
}

}  // namespace seam::generator
