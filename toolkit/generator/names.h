#ifndef SEAM_GENERATOR_NAMES_H_
#define SEAM_GENERATOR_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <string_view>

// How names of a proto become names of C++. Functions of the descriptors alone, so that a file that
// uses another file's types names them as that file's own output does.
namespace seam::generator {

// The name, with an underscore behind it when C++ or a common header has taken it: keywords up to
// C++20, and words that are macros somewhere.
[[nodiscard]] std::string Escape(std::string_view name);

// As Escape, and also for what generated code has beside the types.
[[nodiscard]] std::string EscapeType(std::string_view name);

// "shop::products::v1"; empty when the file has no package.
[[nodiscard]] std::string Namespace(const google::protobuf::FileDescriptor& file);

// "Outer_Inner".
[[nodiscard]] std::string FlatName(const google::protobuf::Descriptor& message);
[[nodiscard]] std::string FlatName(const google::protobuf::EnumDescriptor& enumeration);

// The class of a oneof, "Event_kind".
[[nodiscard]] std::string OneofClass(const google::protobuf::OneofDescriptor& oneof);

// The codec's function for the message, "WriteOuter_InnerFields".
[[nodiscard]] std::string WriteFunction(const google::protobuf::Descriptor& message);

// "kProductsService", "kProductsMethods", "kProductsGetProduct".
[[nodiscard]] std::string ServiceConstant(const google::protobuf::ServiceDescriptor& service);
[[nodiscard]] std::string MethodsConstant(const google::protobuf::ServiceDescriptor& service);
[[nodiscard]] std::string MethodConstant(const google::protobuf::MethodDescriptor& method);

// What the classes for a file's events are called after: "ProductEvents" for product_events.proto.
[[nodiscard]] std::string EventsClass(const google::protobuf::FileDescriptor& file);

// "kProductUpdatedEvent", and the subscriber's method, "OnProductUpdated".
[[nodiscard]] std::string EventConstant(const google::protobuf::Descriptor& message);
[[nodiscard]] std::string EventFunction(const google::protobuf::Descriptor& message);

// "::shop::products::v1::Outer_Inner"; for google.protobuf.Timestamp "::seam::Timestamp".
[[nodiscard]] std::string QualifiedName(const google::protobuf::Descriptor& message);
[[nodiscard]] std::string QualifiedName(const google::protobuf::EnumDescriptor& enumeration);

// As QualifiedName, but "Outer_Inner" alone for a type of `file`'s own package, where it can only
// mean that: not when `hidden` has the name (what the surrounding class declares), nor when a
// parameter, a variable or a template parameter of generated functions has it.
[[nodiscard]] std::string ShortName(const google::protobuf::Descriptor& message,
                                    const google::protobuf::FileDescriptor& file,
                                    const std::set<std::string>& hidden = {});
[[nodiscard]] std::string ShortName(const google::protobuf::EnumDescriptor& enumeration,
                                    const google::protobuf::FileDescriptor& file,
                                    const std::set<std::string>& hidden = {});

// Whether the message is one of google.protobuf that the runtime has a type for.
[[nodiscard]] bool IsWellKnown(const google::protobuf::Descriptor& message);

// Whether the file is part of the protobuf library.
[[nodiscard]] bool IsGoogleProtobuf(const google::protobuf::FileDescriptor& file);

// "shop/products/v1/products", from which the names of the output files are made.
[[nodiscard]] std::string Stem(const google::protobuf::FileDescriptor& file);

// "shop_products-v1" becomes "ShopProductsV1".
[[nodiscard]] std::string UpperCamel(std::string_view name);

// The constant with a file's contract: "kShopProductsV1ProductsFile". Made from the whole path,
// since two files of one package may have the same last name, and different for different paths:
// "order_events" becomes "kOrder_EventsFile".
[[nodiscard]] std::string FileConstant(const google::protobuf::FileDescriptor& file);

// Of the header with the stem "shop/products/v1/products" and the suffix "_types.h":
// "SHOP_PRODUCTS_V1_PRODUCTS_TYPES_H_". Different for different stems: "order_events" becomes
// "ORDERu_EVENTS_TYPES_H_".
[[nodiscard]] std::string IncludeGuard(std::string_view stem, std::string_view suffix);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_NAMES_H_
