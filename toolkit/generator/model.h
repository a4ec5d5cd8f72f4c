#ifndef SEAM_GENERATOR_MODEL_H_
#define SEAM_GENERATOR_MODEL_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "generator/comment.h"

// What an output file can be written from: plain data, with every C++ name decided and everything
// validated. The emitters read it and know no descriptors.
namespace seam::generator {

struct EnumValue {
  Comment comment;
  std::string name;
  std::int32_t number = 0;
  bool is_deprecated = false;
};

struct Enum {
  Comment comment;
  std::string name;  // "Outer_Color"
  std::vector<EnumValue> values;
};

// How a field stands in its struct, and how it is put on the wire.
enum class Shape {
  kImplicit,     // The value itself; sent unless it is the default.
  kExplicit,     // A std::optional or a Boxed.
  kAlternative,  // One of a oneof.
  kRepeated,
  kPacked,
  kMap,
};

struct Field {
  Comment comment;
  std::string name;       // The member, or the oneof's accessor.
  std::string full_name;  // "shop.products.v1.Product.id"
  std::uint32_t number = 0;
  Shape shape = Shape::kImplicit;

  std::string kind;      // "::seam::wire::Int64"; that of a map's value.
  std::string key_kind;  // Of a map only.
  bool is_text = false;  // Whether a `string` is part of it, so that its name is wanted on errors.
  bool is_message = false;
  std::uint32_t wire_type = 0;  // Of one value, not packed.

  std::string value_type;   // "::std::int64_t": a singular value's or an element's.
  std::string member_type;  // "::std::vector<::std::int64_t>"

  // Without one, since clang 19 under -std=c++20 refuses `std::vector<T> xs{}` where T is defined
  // further down.
  bool has_initialiser = true;

  // Of a oneof's alternative only: what its name is made into, and whether it lies in a Boxed.
  std::string case_name;     // "kText"
  std::string plain_name;    // "text", for set_text and emplace_text
  std::string union_member;  // "field7_"
  bool is_boxed = false;
  bool is_trivial = false;  // Needs no destructor.
};

struct Oneof {
  Comment comment;
  std::string name;        // The member.
  std::string class_name;  // "Event_kind"
  std::vector<Field> alternatives;
};

// A nested type's short name inside of its outer one.
struct Alias {
  std::string name;
  std::string target;
};

// A member of a struct, in the proto's order: a field, or a oneof by its position.
struct Member {
  bool is_oneof = false;
  std::size_t index = 0;
};

struct Message {
  Comment comment;
  std::string name;             // "Outer_Inner"
  std::string reference;        // The same, or qualified where a parameter might have the name.
  std::string inner_reference;  // The same inside of its struct, where a member might have it.
  std::string full_name;        // "shop.products.v1.Outer.Inner"
  std::string write_function;   // "WriteOuter_InnerFields"
  std::vector<Alias> aliases;
  std::vector<Field> fields;
  std::vector<Oneof> oneofs;
  std::vector<Member> members;
  bool is_boxable = false;  // Some Boxed of it may exist.
  bool is_declared_ahead = false;
};

struct Method {
  Comment comment;
  std::string name;      // The C++ function.
  std::string path;      // "/shop.products.v1.Products/GetProduct"
  std::string rpc_name;  // "GetProduct"
  std::string request;   // "GetProductRequest", qualified where it has to be.
  std::string reply;
  std::string constant;        // "kProductsGetProduct"
  std::string idempotency;     // "kNoSideEffects"
  bool is_deprecated = false;  // Itself, or with its service.
};

struct Service {
  Comment comment;
  std::string name;              // "Products", from which the class names are made.
  std::string full_name;         // "shop.products.v1.Products"
  std::string methods_constant;  // "kProductsMethods"
  std::string service_constant;  // "kProductsService"
  std::vector<Method> methods;
};

// A message with the option (seam.events.v1.event).
struct Event {
  Comment comment;
  std::string type;      // "shop.products.v1.ProductUpdated"
  std::string topic;     // "product.updated"
  std::string message;   // "ProductUpdated", qualified where it has to be.
  std::string entity;    // The member with what it is about: "product_id"
  std::string constant;  // "kProductUpdatedEvent"
  std::string function;  // "OnProductUpdated"
};

// A file that this one uses types of.
struct Import {
  std::string stem;
  std::string file_constant;  // Qualified.
};

struct File {
  std::string proto;  // "shop/products/v1/products.proto"
  std::string stem;   // "shop/products/v1/products"
  std::string space;  // "shop::products::v1"; empty without a package.
  Comment comment;
  bool keeps_unknown_fields = true;

  std::vector<Enum> enums;
  std::vector<Message> messages;  // What a struct holds by value stands before it.
  std::vector<Service> services;
  std::vector<Event> events;  // In the proto's order.
  std::string events_class;   // "ProductEvents", from which the class names are made.

  std::vector<Import> imports;          // Sorted; without google/protobuf.
  std::set<std::string> field_imports;  // Stems of files whose messages or enums fields use…
  std::set<std::string> rpc_imports;    // … and whose messages methods use.
  bool fields_use_time = false;         // Timestamp or Duration.
  bool rpcs_use_time = false;

  std::string file_constant;
  std::string descriptor;  // A serialized FileDescriptorProto.
};

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_MODEL_H_
