#include "seam/testing/parity/random_calls_internal.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <set>

#include "seam/testing/die_internal.h"
#include "seam/wire/kinds.h"

namespace seam::testing::internal {
namespace {

namespace pb = google::protobuf;

// Numbers that no proto of ours uses.
constexpr int kUnknownField = 50'000;

template <class T, class Bits>
T FromBits(Bits bits) {
  static_assert(sizeof(T) == sizeof(Bits));
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

using Fields = std::set<const pb::FieldDescriptor*>;

void AddFields(const pb::Descriptor& type, Fields& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    const bool added = fields.insert(&field).second;
    if (added && field.message_type() != nullptr) AddFields(*field.message_type(), fields);
  }
}

void RequireMatch(const Fields& fields, const std::string& pattern, const std::string& option,
                  const std::string& where) {
  const bool matches = std::any_of(fields.begin(), fields.end(), [&](const auto* field) {
    return IsMeant(pattern, field->name(), field->full_name());
  });
  if (matches) return;
  Die("ParityOptions::" + option + " has " + pattern + ", which matches no field of " + where);
}

const std::vector<std::string>* ValuesFor(const ParityOptions& options,
                                          const pb::FieldDescriptor& field) {
  for (const auto& [pattern, values] : options.values) {
    if (!values.empty() && IsMeant(pattern, field.name(), field.full_name())) return &values;
  }
  return nullptr;
}

std::vector<const pb::MethodDescriptor*> MethodsToCall(const Contract& contract,
                                                       const ParityOptions& options) {
  std::vector<const pb::MethodDescriptor*> methods;
  for (int i = 0; i < contract.service().method_count(); ++i) {
    const pb::MethodDescriptor* const method = contract.service().method(i);
    if (std::find(options.left_out.begin(), options.left_out.end(), method->name()) ==
        options.left_out.end()) {
      methods.push_back(method);
    }
  }
  return methods;
}

}  // namespace

void SetFromText(pb::Message& message, const pb::FieldDescriptor& field, const std::string& text) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) {
    if (field.is_repeated()) {
      reflection.AddString(&message, &field, text);
    } else {
      reflection.SetString(&message, &field, text);
    }
    return;
  }
  const bool nested = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
  const std::unique_ptr<pb::Message> parsed(message.New());
  if (!pb::TextFormat::ParseFromString(field.name() + (nested ? " {" + text + "}" : ": " + text),
                                       parsed.get())) {
    Die("'" + text + "' is no value for " + field.full_name() + "; mend ParityOptions::values");
  }
  if (!field.is_repeated()) reflection.ClearField(&message, &field);
  // Merging adds to what is repeated, and sets what is not; a zero is nothing to merge.
  message.MergeFrom(*parsed);
}

void CheckOptions(const Contract& contract, const ParityOptions& options) {
  const pb::ServiceDescriptor& service = contract.service();
  if (options.sequences == 0 || options.calls == 0) {
    Die("ParityOptions::sequences or calls is 0, so that nothing would be compared");
  }
  if (options.max_message_bytes == 0) {
    Die("ParityOptions::max_message_bytes is 0; give what the clients refuse more than");
  }
  if (options.call_timeout <= std::chrono::milliseconds(0)) {
    Die("ParityOptions::call_timeout is no time in which a call could be answered");
  }
  for (const auto& [member, names] :
       {std::pair("left_out", &options.left_out), std::pair("to_answer", &options.to_answer)}) {
    for (const std::string& name : *names) {
      if (service.FindMethodByName(name) != nullptr) continue;
      Die(std::string("ParityOptions::") + member + " names " + name + ", which is no method of " +
          service.full_name());
    }
  }
  if (MethodsToCall(contract, options).empty()) {
    Die("ParityOptions::left_out leaves no method to call");
  }
  // Of every method, so that options stay right when one more is left out.
  Fields sent;
  Fields told;
  for (int i = 0; i < service.method_count(); ++i) {
    AddFields(*service.method(i)->input_type(), sent);
    AddFields(*service.method(i)->output_type(), told);
  }
  const std::string requests = "the requests of " + service.full_name();
  for (const auto& [pattern, values] : options.values) {
    RequireMatch(sent, pattern, "values", requests);
  }
  for (const std::string& pattern : options.only_values) {
    RequireMatch(sent, pattern, "only_values", requests);
  }
  for (const pb::FieldDescriptor* const field : sent) {
    if (IsMeant(options.only_values, *field) && ValuesFor(options, *field) == nullptr) {
      Die("ParityOptions::only_values matches " + field->full_name() +
          ", for which ParityOptions::values has none");
    }
  }
  for (const std::string& pattern : options.differing) {
    RequireMatch(told, pattern, "differing",
                 "the replies of " + service.full_name() +
                     "; keys of errors' metadata belong into differing_metadata");
  }
}

RandomCalls::RandomCalls(Contract& contract, const ParityOptions& options, std::size_t callers,
                         std::uint64_t seed)
    : contract_(contract),
      options_(options),
      callers_(callers),
      engine_(seed),
      methods_(MethodsToCall(contract, options)) {}

std::size_t RandomCalls::Length() {
  const std::size_t half = options_.calls / 2;
  return std::max<std::size_t>(options_.calls - half + Below(half + 1), 1);
}

Call RandomCalls::Next(std::size_t number, const std::vector<std::string>& references) {
  references_ = &references;
  wild_ = OneIn(6);
  Call call;
  call.number = number;
  call.method = methods_[Below(methods_.size())];
  // Mostly the first, who may do most.
  call.caller = OneIn(2) ? Below(callers_) : 0;
  std::unique_ptr<pb::Message> request = contract_.New(*call.method->input_type());
  Fill(*request, 0);
  call.request = std::move(request);
  if (OneIn(60)) {
    call.padded_field = PaddableField(*call.method->input_type(), 0);
    if (!call.padded_field.empty()) call.padded_to = options_.max_message_bytes - 1 + Below(3);
  }
  return call;
}

void RandomCalls::Fill(Message& message, std::size_t depth) {
  // Empty is not absent.
  if (depth > 0 && OneIn(10)) return;
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.real_containing_oneof() != nullptr) continue;
    // A message that is left out hides all that it could hold.
    const bool wanted = wild_ ? !OneIn(3) : ValuesFor(options_, field) != nullptr || !OneIn(4);
    if (wanted) FillField(message, field, depth);
  }
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const pb::OneofDescriptor& oneof = *type.oneof_decl(i);
    const std::size_t choice = Below(static_cast<std::size_t>(oneof.field_count()) + 1);
    if (choice > 0) FillField(message, *oneof.field(static_cast<int>(choice) - 1), depth);
  }
  if (wild_ && OneIn(8)) AddUnknown(message);
}

void RandomCalls::FillField(Message& message, const Field& field, std::size_t depth) {
  const bool nested = field.cpp_type() == Field::CPPTYPE_MESSAGE && !field.is_map();
  const bool only = IsMeant(options_.only_values, field);
  const bool recursive = nested && !only && field.message_type() == message.GetDescriptor();
  if (recursive && wild_ && depth <= 2 && OneIn(10)) return Dig(message, field, depth);
  if (depth > 2 && (nested || field.is_map()) && !OneIn(depth)) return;
  std::size_t count = 1;
  if (field.is_repeated()) {
    count = OneIn(wild_ ? 20 : 1000) ? 20 + Below(100) : wild_ || OneIn(3) ? Below(4) : 1;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const pb::Reflection& reflection = *message.GetReflection();
    const std::vector<std::string>* const values =
        nested || field.is_map() ? ValuesFor(options_, field) : nullptr;
    if (values != nullptr && KeepsToValues(field)) {
      SetFromText(message, field, (*values)[Below(values->size())]);
    } else if (field.cpp_type() != Field::CPPTYPE_MESSAGE) {
      SetScalar(message, field);
    } else if (field.is_map()) {
      Message* const entry = reflection.AddMessage(&message, &field);
      const pb::Descriptor& type = *field.message_type();
      SetScalar(*entry, *type.FindFieldByNumber(1));
      FillField(*entry, *type.FindFieldByNumber(2), depth + 1);
    } else {
      Fill(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                               : *reflection.MutableMessage(&message, &field),
           depth + 1);
    }
  }
}

bool RandomCalls::KeepsToValues(const Field& field) {
  return IsMeant(options_.only_values, field) || !wild_ || OneIn(2);
}

void RandomCalls::SetScalar(Message& message, const Field& field) {
  const std::vector<std::string>* const values = ValuesFor(options_, field);
  if (IsMeant(options_.only_values, field)) {
    return SetFromText(message, field, (*values)[Below(values->size())]);
  }
  const bool text = field.type() == Field::TYPE_STRING;
  if (text && !references_->empty() && IsMeant(options_.made_up, field) &&
      (values == nullptr ? !OneIn(5) : OneIn(4))) {
    return SetFromText(message, field, (*references_)[Below(references_->size())]);
  }
  // What was asked for before under the same name is likely to be there.
  std::vector<std::string>& sent = sent_[field.name()];
  if (text && !sent.empty() && !wild_ && OneIn(2)) {
    return SetFromText(message, field,
                       sent[sent.size() - 1 - Below(std::min<std::size_t>(sent.size(), 3))]);
  }
  if (values != nullptr && KeepsToValues(field)) {
    const std::string& value = (*values)[Below(values->size())];
    if (text) sent.push_back(value);
    return SetFromText(message, field, value);
  }
  const pb::Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  const auto put = [&](auto set, auto add, auto value) {
    repeated ? (reflection.*add)(&message, &field, value)
             : (reflection.*set)(&message, &field, value);
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return put(&R::SetInt32, &R::AddInt32, static_cast<std::int32_t>(Integer()));
    case Field::CPPTYPE_INT64: return put(&R::SetInt64, &R::AddInt64, Integer());
    case Field::CPPTYPE_UINT32:
      return put(&R::SetUInt32, &R::AddUInt32, static_cast<std::uint32_t>(Integer()));
    case Field::CPPTYPE_UINT64:
      return put(&R::SetUInt64, &R::AddUInt64, static_cast<std::uint64_t>(Integer()));
    case Field::CPPTYPE_DOUBLE: return put(&R::SetDouble, &R::AddDouble, Floating());
    case Field::CPPTYPE_FLOAT:
      return put(&R::SetFloat, &R::AddFloat,
                 OneIn(2) ? FromBits<float>(static_cast<std::uint32_t>(Bits()))
                          : static_cast<float>(Floating()));
    case Field::CPPTYPE_BOOL: return put(&R::SetBool, &R::AddBool, OneIn(2));
    case Field::CPPTYPE_ENUM: {
      const pb::EnumDescriptor& type = *field.enum_type();
      const int number =
          wild_ && OneIn(3)
              ? static_cast<int>(Integer())
              : type.value(static_cast<int>(Below(static_cast<std::size_t>(type.value_count()))))
                    ->number();
      return put(&R::SetEnumValue, &R::AddEnumValue, number);
    }
    case Field::CPPTYPE_STRING: {
      const std::string value = !text ? AnyBytes() : wild_ && OneIn(8) ? BadText() : Text();
      return repeated ? reflection.AddString(&message, &field, value)
                      : reflection.SetString(&message, &field, value);
    }
    case Field::CPPTYPE_MESSAGE: return Die("a message is no scalar: " + field.full_name());
  }
}

// As deep as messages may lie in one another, and one less and one more.
void RandomCalls::Dig(Message& message, const Field& field, std::size_t depth) {
  const std::size_t bottom = wire::kMaxDepth - 1 + Below(3);
  Message* at = &message;
  for (; depth < bottom; ++depth) {
    const pb::Reflection& reflection = *at->GetReflection();
    at = field.is_repeated() ? reflection.AddMessage(at, &field)
                             : reflection.MutableMessage(at, &field);
  }
}

void RandomCalls::AddUnknown(Message& message) {
  pb::UnknownFieldSet& unknown = *message.GetReflection()->MutableUnknownFields(&message);
  const int number = kUnknownField + static_cast<int>(Below(3));
  switch (Below(4)) {
    case 0: return unknown.AddVarint(number, static_cast<std::uint64_t>(Integer()));
    case 1: return unknown.AddFixed32(number, static_cast<std::uint32_t>(Bits()));
    case 2: return unknown.AddFixed64(number, Bits());
    default: return unknown.AddLengthDelimited(number, AnyBytes());
  }
}

// The path of some field that can be made as large as is wanted; empty when there is none.
std::string RandomCalls::PaddableField(const pb::Descriptor& type, std::size_t depth) {
  std::vector<std::string> paths;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.is_repeated() || IsMeant(options_.only_values, field)) continue;
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      paths.push_back(field.name());
    } else if (field.cpp_type() == Field::CPPTYPE_MESSAGE && depth < 2) {
      const std::string inner = PaddableField(*field.message_type(), depth + 1);
      if (!inner.empty()) paths.push_back(field.name() + "." + inner);
    }
  }
  return paths.empty() ? std::string() : paths[Below(paths.size())];
}

// Around the powers of two, where a varint grows and where a smaller type ends.
std::int64_t RandomCalls::Integer() {
  if (!wild_ && !OneIn(4)) return static_cast<std::int64_t>(Below(4));
  if (OneIn(4)) return static_cast<std::int64_t>(Below(300)) - 100;
  const std::uint64_t power = Below(64);
  const std::uint64_t near = (std::uint64_t{1} << power) + Below(3) - 1;
  return static_cast<std::int64_t>(OneIn(2) ? near : std::uint64_t{0} - near);
}

double RandomCalls::Floating() {
  constexpr std::array<double, 10> kOdd = {0.0,
                                           -0.0,
                                           1.5,
                                           -1.0,
                                           std::numeric_limits<double>::infinity(),
                                           -std::numeric_limits<double>::infinity(),
                                           std::numeric_limits<double>::denorm_min(),
                                           std::numeric_limits<double>::max(),
                                           std::numeric_limits<double>::lowest(),
                                           1e-7};
  if (!wild_) return kOdd[Below(4)];
  if (OneIn(4)) return FromBits<double>(0x7FF0'0000'0000'0001U | Bits());  // Some NaN.
  return OneIn(2) ? kOdd[Below(kOdd.size())] : FromBits<double>(Bits());
}

std::string RandomCalls::Text() {
  // The first and the last character of each length, and some that need care elsewhere.
  constexpr std::array<std::string_view, 14> kPieces = {"a",
                                                        "Z9",
                                                        " ",
                                                        "\x7F",
                                                        "\xC2\x80",
                                                        "\xDF\xBF",
                                                        "\xE0\xA0\x80",
                                                        "\xEF\xBF\xBF",
                                                        "\xED\x9F\xBF",
                                                        "\xF0\x90\x80\x80",
                                                        "\xF4\x8F\xBF\xBF",
                                                        "%",
                                                        "'",
                                                        "\n"};
  std::string text;
  if (!wild_) {
    for (std::size_t i = Below(6); i > 0; --i) text += static_cast<char>('a' + Below(26));
    return text;
  }
  for (std::size_t i = OneIn(10) ? 20 + Below(2000) : Below(5); i > 0; --i) {
    if (OneIn(12)) {
      text += '\0';
    } else {
      text += kPieces[Below(kPieces.size())];
    }
  }
  return text;
}

// What is nearly UTF-8.
std::string RandomCalls::BadText() {
  constexpr std::array<std::string_view, 7> kBad = {
      "\xFF", "\xC3(", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
  std::string text = Text();
  const std::size_t at = Below(text.size() + 1);
  return text.insert(at, kBad[Below(kBad.size())]);
}

std::string RandomCalls::AnyBytes() {
  std::string bytes;
  for (std::size_t i = Below(12); i > 0; --i) bytes += static_cast<char>(Bits());
  return bytes;
}

}  // namespace seam::testing::internal
