#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "seam/testing/die_internal.h"
#include "seam/testing/parity/calls_internal.h"

namespace seam::testing::internal {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using nlohmann::ordered_json;

constexpr std::string_view kReferenceBegin = "<<";
constexpr std::string_view kReferenceEnd = ">>";

std::string TextOf(const pb::Message& message) {
  std::string text;
  pb::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(false);
  printer.PrintToString(message, &text);
  return text;
}

std::string TextOf(const ordered_json& json) {
  return json.dump(2, ' ', true, ordered_json::error_handler_t::replace);
}

std::string HexOf(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string BytesOfHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

bool ParseText(const std::string& text, pb::Message& message) {
  pb::TextFormat::Parser parser;
  return parser.ParseFromString(text, &message);
}

// Not only what libprotobuf parses: text that is not UTF-8 is the point of some calls.
bool ParseBytes(pb::Message& message, const std::string& bytes) {
  return message.ParsePartialFromString(bytes);
}

// The field that a path names, and the message that it is in; messages on the way are made.
std::pair<pb::Message*, const Field*> Find(pb::Message& root, std::string_view path) {
  pb::Message* message = &root;
  for (;;) {
    const std::size_t dot = path.find('.');
    const Field* const field =
        message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || dot == std::string_view::npos) return {message, field};
    message = message->GetReflection()->MutableMessage(message, field);
    path.remove_prefix(dot + 1);
  }
}

void Pad(pb::Message& message, const std::string& path, std::size_t size) {
  const auto [parent, field] = Find(message, path);
  if (field == nullptr || field->cpp_type() != Field::CPPTYPE_STRING || field->is_repeated()) {
    Die("there is no string field " + path + " in " + message.GetDescriptor()->full_name());
  }
  parent->GetReflection()->SetString(parent, field, "");
  std::size_t length = size - std::min(size, message.ByteSizeLong());
  // The length's own length is not known before.
  for (int attempt = 0; attempt < 4; ++attempt) {
    parent->GetReflection()->SetString(parent, field, std::string(length, 'x'));
    const std::size_t actual = message.ByteSizeLong();
    if (actual == size) return;
    length = actual > size ? length - std::min(length, actual - size) : length + (size - actual);
  }
}

ordered_json EntryOf(const Call& call, const std::vector<std::string>& callers) {
  ordered_json entry;
  entry["call"] = call.number;
  entry["method"] = call.method->name();
  entry["caller"] = callers[call.caller];
  const std::string text = TextOf(*call.request);
  std::istringstream lines(text);
  entry["request"] = ordered_json::array();
  for (std::string line; std::getline(lines, line);) entry["request"].push_back(line);
  // Unknown fields, and the bits of a NaN, cannot be written as text.
  const std::unique_ptr<pb::Message> again(call.request->New());
  if (!ParseText(text, *again) || Deterministic(*again) != Deterministic(*call.request)) {
    entry["request_hex"] = HexOf(Deterministic(*call.request));
  }
  if (!call.padded_field.empty()) {
    entry["padded_field"] = call.padded_field;
    entry["padded_to"] = call.padded_to;
  }
  return entry;
}

// A number that is not negative, which the JSON library would turn into another one.
std::uint64_t NumberIn(const nlohmann::json& object, const char* key, std::uint64_t largest) {
  const auto& value = object.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
    throw std::invalid_argument(std::string(key) + " is no number from 0 to " +
                                std::to_string(largest) + ": " + value.dump());
  }
  return value;
}

// The one change of a message that `steps` counts down to; false when it has no more of them.
class OneChange {
 public:
  OneChange(std::size_t step, const std::vector<std::string>& only_values)
      : steps_(step), only_values_(only_values) {}

  bool MakeIn(pb::Message& message) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty() && IsIt()) {
      reflection.MutableUnknownFields(&message)->Clear();
      return true;
    }
    std::vector<const Field*> fields;
    reflection.ListFields(message, &fields);
    for (const Field* const field : fields) {
      if (IsIt()) {
        reflection.ClearField(&message, field);
        return true;
      }
      if (field->is_repeated() ? MakeInRepeated(message, *field) : MakeInOne(message, *field)) {
        return true;
      }
    }
    return false;
  }

 private:
  bool IsIt() { return steps_-- == 0; }

  bool MakeInRepeated(pb::Message& message, const Field& field) {
    const pb::Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; size > 1 && i < size; ++i) {
      if (!IsIt()) continue;
      for (int j = i; j + 1 < size; ++j) reflection.SwapElements(&message, &field, j, j + 1);
      reflection.RemoveLast(&message, &field);
      return true;
    }
    for (int i = 0; !IsMeant(only_values_, field) && i < size; ++i) {
      if (field.cpp_type() == Field::CPPTYPE_MESSAGE &&
          MakeIn(*reflection.MutableRepeatedMessage(&message, &field, i))) {
        return true;
      }
      if (field.cpp_type() == Field::CPPTYPE_STRING) {
        std::string text = reflection.GetRepeatedString(message, &field, i);
        if (!Shorten(text)) continue;
        reflection.SetRepeatedString(&message, &field, i, text);
        return true;
      }
    }
    return false;
  }

  bool MakeInOne(pb::Message& message, const Field& field) {
    if (IsMeant(only_values_, field)) return false;
    const pb::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE: return MakeIn(*reflection.MutableMessage(&message, &field));
      case Field::CPPTYPE_STRING: {
        std::string text = reflection.GetString(message, &field);
        if (!Shorten(text)) return false;
        reflection.SetString(&message, &field, text);
        return true;
      }
      case Field::CPPTYPE_INT32:
        return MakeOne(reflection.GetInt32(message, &field),
                       [&](std::int32_t one) { reflection.SetInt32(&message, &field, one); });
      case Field::CPPTYPE_INT64:
        return MakeOne(reflection.GetInt64(message, &field),
                       [&](std::int64_t one) { reflection.SetInt64(&message, &field, one); });
      default: return false;
    }
  }

  // Halves first, then a byte at either end.
  bool Shorten(std::string& text) {
    if (text.size() < 2 || IsReference(text)) return false;
    const std::size_t half = text.size() / 2;
    if (IsIt()) return text.resize(half), true;
    if (IsIt()) return text.erase(0, half), true;
    if (IsIt()) return text.pop_back(), true;
    if (IsIt()) return text.erase(0, 1), true;
    return false;
  }

  template <class T, class Set>
  bool MakeOne(T value, Set set) {
    if (value == T{0} || value == T{1} || !IsIt()) return false;
    set(T{1});
    return true;
  }

  std::size_t steps_;
  const std::vector<std::string>& only_values_;
};

}  // namespace

bool IsMeant(std::string_view pattern, std::string_view name, std::string_view full_name) {
  if (pattern.substr(0, 1) != "*") return pattern == name || pattern == full_name;
  const std::string_view end = pattern.substr(1);
  return full_name.size() >= end.size() && full_name.substr(full_name.size() - end.size()) == end;
}

bool IsMeant(const std::vector<std::string>& patterns, const Field& field) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return IsMeant(pattern, field.name(), field.full_name());
  });
}

Contract::Contract(const ServiceContract& contract) : contract_(contract) {
  // Named, so that the linker keeps them.
  for (const pb::FileDescriptor* const standard :
       {pb::Timestamp::descriptor()->file(), pb::Duration::descriptor()->file()}) {
    pb::FileDescriptorProto proto;
    standard->CopyTo(&proto);
    pool_.BuildFile(proto);
  }
  Add(*contract.file);
  service_ = pool_.FindServiceByName(std::string(contract.full_name));
  if (service_ == nullptr) {
    Die("the descriptor of " + std::string(contract.full_name) +
        " does not hold it; generate the code again");
  }
}

void Contract::Add(const FileContract& file) {
  if (pool_.FindFileByName(std::string(file.name)) != nullptr) return;
  for (std::size_t i = 0; i < file.import_count; ++i) Add(*file.imports[i]);
  pb::FileDescriptorProto proto;
  if (!proto.ParseFromArray(file.descriptor.data(), static_cast<int>(file.descriptor.size())) ||
      pool_.BuildFile(proto) == nullptr) {
    Die("the descriptor of " + std::string(file.name) + " is broken; generate the code again");
  }
}

std::unique_ptr<pb::Message> Contract::New(const pb::Descriptor& type) {
  return std::unique_ptr<pb::Message>(factory_.GetPrototype(&type)->New());
}

std::string Reference(std::size_t call, std::string_view path) {
  return std::string(kReferenceBegin) + std::to_string(call) + ":" + std::string(path) +
         std::string(kReferenceEnd);
}

bool IsReference(std::string_view text) {
  return text.size() > 5 && text.size() < 200 && text.substr(0, 2) == kReferenceBegin &&
         text.substr(text.size() - 2) == kReferenceEnd;
}

std::unique_ptr<pb::Message> Call::CopyRequest() const {
  std::unique_ptr<pb::Message> copy(request->New());
  copy->CopyFrom(*request);
  return copy;
}

void ForEachString(pb::Message& message,
                   const std::function<void(pb::Message&, const Field&, int)>& visit) {
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const Field*> fields;
  reflection.ListFields(message, &fields);
  for (const Field* const field : fields) {
    if (message.GetDescriptor()->options().map_entry() && field->number() == 1) continue;
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->type() == Field::TYPE_STRING) {
        visit(message, *field, field->is_repeated() ? i : -1);
      } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
        ForEachString(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                           : *reflection.MutableMessage(&message, field),
                      visit);
      }
    }
  }
}

std::string Bytes(const Call& call, const std::function<std::string(const std::string&)>& resolve) {
  const std::unique_ptr<pb::Message> request = call.CopyRequest();
  ForEachString(*request, [&](pb::Message& message, const Field& field, int index) {
    const pb::Reflection& reflection = *message.GetReflection();
    const std::string text = index < 0 ? reflection.GetString(message, &field)
                                       : reflection.GetRepeatedString(message, &field, index);
    if (!IsReference(text)) return;
    if (index < 0) {
      reflection.SetString(&message, &field, resolve(text));
    } else {
      reflection.SetRepeatedString(&message, &field, index, resolve(text));
    }
  });
  if (!call.padded_field.empty()) Pad(*request, call.padded_field, call.padded_to);
  return Deterministic(*request);
}

std::string Deterministic(const pb::Message& message) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&out);
  }
  return bytes;
}

std::string Describe(const std::vector<Call>& calls, const std::vector<std::string>& callers) {
  std::ostringstream text;
  for (const Call& call : calls) {
    pb::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.SetUseUtf8StringEscaping(false);
    printer.SetTruncateStringFieldLongerThan(200);
    std::string request;
    printer.PrintToString(*call.request, &request);
    if (!request.empty() && request.back() == ' ') request.pop_back();
    if (request.size() > 2000) request = request.substr(0, 2000) + "…";
    text << "  " << call.number << ": " << call.method->name() << " {" << request << "}";
    if (callers.size() > 1) text << " by " << callers[call.caller];
    if (!call.padded_field.empty()) {
      text << ", " << call.padded_field << " filled until the request has " << call.padded_to
           << " bytes";
    }
    text << "\n";
  }
  return text.str();
}

std::string ToFile(const Contract& contract, const Kept& kept,
                   const std::vector<std::string>& callers, const std::string& found) {
  ordered_json file;
  file["contract"] = contract.contract().full_name;
  file["found"] = found;
  file["seed"] = kept.seed;
  file["calls"] = ordered_json::array();
  for (const Call& call : kept.calls) file["calls"].push_back(EntryOf(call, callers));
  return TextOf(file) + "\n";
}

std::string ToFileEntry(const Call& call, const std::vector<std::string>& callers) {
  return TextOf(EntryOf(call, callers));
}

Result<Kept> FromFile(Contract& contract, const std::vector<std::string>& callers,
                      const std::string& text) {
  const auto fail = [](const std::string& what) {
    return Fail(Code::kInvalidArgument, "BAD_FILE", what);
  };
  try {
    const auto file = nlohmann::json::parse(text);
    if (file.at("contract") != contract.contract().full_name) {
      return fail("it is not of the contract " + std::string(contract.contract().full_name));
    }
    Kept kept;
    kept.seed = NumberIn(file, "seed", std::numeric_limits<std::uint64_t>::max());
    if (kept.seed == 0) return fail("the seed is 0, which is none");
    for (const auto& entry : file.at("calls")) {
      Call call;
      call.number = NumberIn(entry, "call", std::numeric_limits<std::uint64_t>::max());
      const std::string method = entry.at("method");
      call.method = contract.service().FindMethodByName(method);
      if (call.method == nullptr) return fail("there is no method " + method);
      const std::string caller = entry.at("caller");
      const auto found = std::find(callers.begin(), callers.end(), caller);
      if (found == callers.end()) return fail("there is no caller " + caller);
      call.caller = static_cast<std::size_t>(found - callers.begin());
      std::unique_ptr<pb::Message> request = contract.New(*call.method->input_type());
      if (entry.contains("request_hex")) {
        if (!ParseBytes(*request, BytesOfHex(entry.at("request_hex")))) {
          return fail("bad request_hex");
        }
      } else {
        std::string lines;
        for (const std::string line : entry.at("request")) lines += line + "\n";
        if (!ParseText(lines, *request)) {
          return fail("the request of call " + std::to_string(call.number) + " is no " +
                      request->GetDescriptor()->full_name());
        }
      }
      call.request = std::move(request);
      if (entry.contains("padded_field")) {
        call.padded_field = entry.at("padded_field");
        call.padded_to = NumberIn(entry, "padded_to", std::numeric_limits<std::int32_t>::max());
      }
      kept.calls.push_back(std::move(call));
    }
    if (kept.calls.empty()) return fail("it has no calls, so that it tests nothing");
    return kept;
  } catch (const std::exception& exception) {
    return fail(exception.what());
  }
}

std::optional<Call> Simpler(const Call& call, std::size_t step,
                            const std::vector<std::string>& only_values) {
  Call simpler = call;
  if (!call.padded_field.empty()) {
    if (step == 0) {
      simpler.padded_field.clear();
      simpler.padded_to = 0;
      return simpler;
    }
    --step;
  }
  if (call.caller != 0) {
    if (step == 0) {
      simpler.caller = 0;
      return simpler;
    }
    --step;
  }
  std::unique_ptr<pb::Message> request = call.CopyRequest();
  if (!OneChange(step, only_values).MakeIn(*request)) return std::nullopt;
  simpler.request = std::move(request);
  return simpler;
}

}  // namespace seam::testing::internal
