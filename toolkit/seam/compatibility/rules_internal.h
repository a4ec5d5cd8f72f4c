#ifndef SEAM_COMPATIBILITY_RULES_INTERNAL_H_
#define SEAM_COMPATIBILITY_RULES_INTERNAL_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace seam::compatibility {

// What a change breaks, from the worst on; each breaks what the ones after it break too.
enum class Category : std::uint8_t {
  kWire,      // Old and new misunderstand or refuse each other's bytes.
  kWireJson,  // They do so in protobuf's JSON; the bytes are understood.
  kFile,      // Code that was written against the generated files does not compile any more.
};

// "WIRE", "WIRE_JSON", "FILE", as buf names them (https://buf.build/docs/breaking/rules).
[[nodiscard]] std::string_view CategoryName(Category category) noexcept;

// A rule about what a contract may not do while old and new programs of it run together. Where buf
// has a rule of the same meaning, it has that name.
struct Rule {
  std::string_view name;
  Category category = Category::kWire;
  std::string_view breaks;  // Why a change against it breaks whom.
  std::string_view advice;  // What to do instead; NUMBER and NAME stand for those of the element.
};

inline constexpr std::string_view kKeepAdvice =
    "Keep it and mark it deprecated; remove it in a new version of the package.";

inline constexpr Rule kFileNoDelete = {
    "FILE_NO_DELETE", Category::kFile,
    "Callers that include the file's generated headers do not compile.",
    "Bring the file back; what is obsolete in it can be marked deprecated."};
inline constexpr Rule kFileSamePackage = {
    "FILE_SAME_PACKAGE", Category::kWire,
    "Every method's path has the package's name, so calls of old clients are UNIMPLEMENTED, and "
    "every generated type changes its namespace.",
    "Keep the package; a new one is a new file beside this one."};
inline constexpr Rule kElementSameFile = {
    "ELEMENT_SAME_FILE", Category::kFile,
    "Code that includes the generated headers of the file where it was does not compile.",
    "Leave it in its file."};

inline constexpr Rule kMessageNoDelete = {"MESSAGE_NO_DELETE", Category::kFile,
                                          "Code that names the type does not compile.",
                                          kKeepAdvice};
inline constexpr Rule kEnumNoDelete = {"ENUM_NO_DELETE", Category::kFile,
                                       "Code that names the type does not compile.", kKeepAdvice};
inline constexpr Rule kOneofNoDelete = {"ONEOF_NO_DELETE", Category::kFile,
                                        "Code that names the oneof's member does not compile.",
                                        "Keep the oneof under its name."};
inline constexpr Rule kReservedMessageNoDelete = {
    "RESERVED_MESSAGE_NO_DELETE", Category::kWire,
    "The number or name could be given to another field, whose values old programs, and rows "
    "stored by them, would mistake for the removed one's.",
    "Put the reservation back; reservations stay for good."};
inline constexpr Rule kReservedEnumNoDelete = {
    "RESERVED_ENUM_NO_DELETE", Category::kWire,
    "The number or name could be given to another value, which old programs would mistake for the "
    "removed one.",
    "Put the reservation back; reservations stay for good."};

inline constexpr Rule kFieldNoDeleteNumber = {
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", Category::kWire,
    "The number could be given to another field, whose values old programs, and rows stored by "
    "them, would mistake for this one's.",
    "Reserve the number and the name where the field was: reserved NUMBER; reserved \"NAME\";"};
inline constexpr Rule kFieldNoDeleteName = {
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED", Category::kWireJson,
    "The name could be given to another field, whose JSON old programs would mistake for this "
    "one's.",
    "Reserve the name as well as the number: reserved \"NAME\";"};
inline constexpr Rule kFieldSameNumber = {
    "FIELD_SAME_NUMBER", Category::kWire,
    "Bytes carry the number and not the name: to the other side the field is absent, and what was "
    "sent under its number is unknown or another field.",
    "Give the field its number back; a new field takes a number that was never used."};
inline constexpr Rule kFieldSameName = {
    "FIELD_SAME_NAME", Category::kWireJson,
    "If the number was given to another field, old and new mistake one for the other; if the field "
    "was renamed, JSON and callers' code break.",
    "Keep the name; for something else, reserve this number and take one that was never used."};
inline constexpr Rule kFieldWireCompatibleType = {
    "FIELD_WIRE_COMPATIBLE_TYPE", Category::kWire,
    "The bytes of one type are not readable as the other: the field arrives wrong or not at all, "
    "or the call fails.",
    "Keep the type; add a field of the new type under a new number, fill both, and remove this "
    "one, reserved, when nobody reads it any more."};
inline constexpr Rule kFieldWireJsonCompatibleType = {
    "FIELD_WIRE_JSON_COMPATIBLE_TYPE", Category::kWireJson,
    "JSON writes the two types differently; bytes are read, but values that do not fit the "
    "narrower type are cut.",
    "Keep the type; add a field of the new type under a new number."};
inline constexpr Rule kFieldSameType = {
    "FIELD_SAME_TYPE", Category::kFile,
    "The generated member changes its C++ type; bytes and JSON are read, but values that do not "
    "fit the other type change.",
    "Keep the type; add a field of the new type under a new number."};
inline constexpr Rule kFieldWireCompatibleCardinality = {
    "FIELD_WIRE_COMPATIBLE_CARDINALITY", Category::kWire,
    "Repeated numbers are sent packed, single ones are not (and a required field must be there): "
    "the other side cannot read them.",
    "Keep the field; add another under a new number."};
inline constexpr Rule kFieldWireJsonCompatibleCardinality = {
    "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", Category::kWireJson,
    "JSON writes a list or a map where the other side expects a value; in bytes, a side that "
    "expects one value takes the last of a list.",
    "Keep the field; add another under a new number."};
inline constexpr Rule kFieldSameCardinality = {
    "FIELD_SAME_CARDINALITY", Category::kFile,
    "The generated member changes between T and std::optional<T>, and the side without presence "
    "takes a value that was not set for the default.",
    "Keep the field as it is; add another with presence under a new number."};
inline constexpr Rule kFieldSameOneof = {
    "FIELD_SAME_ONEOF", Category::kWire,
    "A side for which fields exclude each other drops all but the last that a side for which they "
    "do not has sent.",
    "Leave the field where it was; new alternatives are new fields."};
inline constexpr Rule kFieldSameJsonName = {
    "FIELD_SAME_JSON_NAME", Category::kWireJson,
    "JSON of one side has a name that the other does not know, which it refuses or ignores.",
    "Take json_name back."};
inline constexpr Rule kFieldSameJsType = {
    "FIELD_SAME_JSTYPE", Category::kFile,
    "Code generated for JavaScript changes the field's type between a number, which is exact up to "
    "2^53 only, and a string.",
    "Take jstype back; a field of the other type is a new field."};

inline constexpr Rule kEventNoDelete = {
    "EVENT_NO_DELETE", Category::kWire,
    "It is not published any more, and subscribers wait for it; code that publishes it or listens "
    "to it does not compile.",
    "Keep the option; an event that is not published any more can be marked deprecated."};
inline constexpr Rule kEventSameTopic = {
    "EVENT_SAME_TOPIC", Category::kWire,
    "What is already in outboxes and streams has the old topic, and who picks events by the topic "
    "misses them.",
    "Keep the topic; another topic is another event, published beside this one for a while."};
inline constexpr Rule kEventSameEntity = {
    "EVENT_SAME_ENTITY", Category::kWire,
    "Events of old and new programs about one thing are no longer applied in the order in which "
    "they were published.",
    "Keep the entity; another entity is another event, published beside this one for a while."};

inline constexpr Rule kEnumValueNoDeleteNumber = {
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", Category::kWire,
    "The number could be given to another value, which old programs, and rows stored by them, "
    "would mistake for this one.",
    "Reserve the number and the name where the value was: reserved NUMBER; reserved \"NAME\";"};
inline constexpr Rule kEnumValueNoDeleteName = {
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED", Category::kWireJson,
    "The name could be given to another value, which old programs would mistake for this one in "
    "JSON.",
    "Reserve the name as well as the number: reserved \"NAME\";"};
inline constexpr Rule kEnumValueSameNumber = {
    "ENUM_VALUE_SAME_NUMBER", Category::kWire,
    "Bytes carry the number: one side's value is another value, or none, on the other.",
    "Give the value its number back; a new value takes a number that was never used."};
inline constexpr Rule kEnumValueSameName = {
    "ENUM_VALUE_SAME_NAME", Category::kWireJson,
    "If the number was given to another value, old and new mistake one for the other; if the value "
    "was renamed, JSON and callers' code break.",
    "Keep the name; for something else, reserve this number and take one that was never used."};
inline constexpr Rule kEnumZeroSameName = {
    "ENUM_ZERO_SAME_NAME", Category::kWire,
    "0 is what a field has that was never set, in every message already sent or stored: all of "
    "them would change their meaning.",
    "Give 0 its name back; a new meaning is a new value."};

inline constexpr Rule kServiceNoDelete = {
    "SERVICE_NO_DELETE", Category::kWire,
    "Calls of old clients are UNIMPLEMENTED, and code that names the client does not compile.",
    "Keep it and mark it deprecated; a service without callers goes with its version of the "
    "package."};
inline constexpr Rule kRpcNoDelete = {
    "RPC_NO_DELETE", Category::kWire,
    "Calls of old clients are UNIMPLEMENTED, and code that makes them does not compile.",
    kKeepAdvice};
inline constexpr Rule kRpcSameRequestType = {
    "RPC_SAME_REQUEST_TYPE", Category::kWire,
    "The service reads the bytes of one message as another.",
    "Keep the type and add fields to it; another request is another rpc."};
inline constexpr Rule kRpcSameResponseType = {
    "RPC_SAME_RESPONSE_TYPE", Category::kWire,
    "The client reads the bytes of one message as another.",
    "Keep the type and add fields to it; another reply is another rpc."};
inline constexpr Rule kRpcSameClientStreaming = {
    "RPC_SAME_CLIENT_STREAMING", Category::kWire,
    "One side waits for a stream of requests and the other for a single one.",
    "Keep the rpc and add another."};
inline constexpr Rule kRpcSameServerStreaming = {
    "RPC_SAME_SERVER_STREAMING", Category::kWire,
    "One side waits for a stream of replies and the other for a single one.",
    "Keep the rpc and add another."};
inline constexpr Rule kRpcSameIdempotencyLevel = {
    "RPC_SAME_IDEMPOTENCY_LEVEL", Category::kWire,
    "Clients with the weaker promise's service retry or shadow by the stronger promise, and so do "
    "its work twice.",
    "Keep the level; an rpc that promises something else is another rpc."};

inline constexpr std::array kRules = {
    &kFileNoDelete,
    &kFileSamePackage,
    &kElementSameFile,
    &kMessageNoDelete,
    &kReservedMessageNoDelete,
    &kOneofNoDelete,
    &kFieldNoDeleteNumber,
    &kFieldNoDeleteName,
    &kFieldSameNumber,
    &kFieldSameName,
    &kFieldWireCompatibleType,
    &kFieldWireJsonCompatibleType,
    &kFieldSameType,
    &kFieldWireCompatibleCardinality,
    &kFieldWireJsonCompatibleCardinality,
    &kFieldSameCardinality,
    &kFieldSameOneof,
    &kFieldSameJsonName,
    &kFieldSameJsType,
    &kEventNoDelete,
    &kEventSameTopic,
    &kEventSameEntity,
    &kEnumNoDelete,
    &kReservedEnumNoDelete,
    &kEnumValueNoDeleteNumber,
    &kEnumValueNoDeleteName,
    &kEnumValueSameNumber,
    &kEnumValueSameName,
    &kEnumZeroSameName,
    &kServiceNoDelete,
    &kRpcNoDelete,
    &kRpcSameRequestType,
    &kRpcSameResponseType,
    &kRpcSameClientStreaming,
    &kRpcSameServerStreaming,
    &kRpcSameIdempotencyLevel,
};

}  // namespace seam::compatibility

#endif  // SEAM_COMPATIBILITY_RULES_INTERNAL_H_
