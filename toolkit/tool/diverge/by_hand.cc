#include "tool/diverge/by_hand.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "seam/core/error.h"

namespace seam::diverge {
namespace {

using Json = nlohmann::json;
using probe::Color;
using probe::Tree;
using probe::Value;

// A number as JavaScript has it. What the type cannot hold becomes its nearest.
template <class Number>
void PutNumber(Json& json, const char* name, Number number) {
  if (number != 0) json[name] = static_cast<double>(number);
}

template <class Number>
Number ToNumber(const Json& json) {
  const double number = json.is_number() ? json.get<double>() : 0;
  if constexpr (!std::is_floating_point_v<Number>) {
    if (number >= std::ldexp(1.0, std::numeric_limits<Number>::digits)) {
      return std::numeric_limits<Number>::max();
    }
  }
  return static_cast<Number>(number);
}

template <class Number>
void GetNumber(const Json& json, const char* name, Number& number) {
  if (json.contains(name)) number = ToNumber<Number>(json.at(name));
}

void PutText(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text.c_str();  // A C string: a zero byte ends it.
}

std::string GetText(const Json& json, const char* name) { return json.value(name, std::string()); }

const char* NameOf(Color color) {
  switch (color) {
    case Color::COLOR_RED: return "COLOR_RED";
    case Color::COLOR_BELOW_ZERO: return "COLOR_BELOW_ZERO";
    default: return "COLOR_UNSPECIFIED";
  }
}

Color ColorOf(const std::string& name) {
  if (name == "COLOR_RED") return Color::COLOR_RED;
  if (name == "COLOR_BELOW_ZERO") return Color::COLOR_BELOW_ZERO;
  return Color::COLOR_UNSPECIFIED;
}

Json ToJson(const Tree& tree) {
  Json json = Json::object();
  PutText(json, "label", tree.label);
  if (tree.left && *tree.left != Tree{}) json["left"] = ToJson(*tree.left);
  for (const Tree& other : tree.others) {
    if (other != Tree{}) json["others"].push_back(ToJson(other));
  }
  return json;
}

Tree TreeOf(const Json& json) {
  Tree tree{.label = GetText(json, "label")};
  if (json.contains("left")) tree.left = TreeOf(json.at("left"));
  for (const Json& other : json.value("others", Json::array())) {
    tree.others.push_back(TreeOf(other));
  }
  return tree;
}

Json ToJson(const Value& value) {
  Json json = Json::object();
  PutNumber(json, "a_double", value.a_double);
  PutNumber(json, "a_float", value.a_float);
  PutNumber(json, "an_int32", value.an_int32);
  PutNumber(json, "an_int64", value.an_int64);
  PutNumber(json, "a_uint32", value.a_uint32);
  PutNumber(json, "a_uint64", value.a_uint64);
  PutNumber(json, "a_sint64", value.a_sint64);
  PutNumber(json, "a_fixed64", value.a_fixed64);
  PutNumber(json, "a_sfixed32", value.a_sfixed32);
  PutText(json, "a_string", value.a_string);
  PutText(json, "some_bytes", value.some_bytes);
  if (value.color != Color::COLOR_UNSPECIFIED) json["color"] = NameOf(value.color);
  PutNumber(json, "maybe_int32", value.maybe_int32.value_or(0));
  PutText(json, "maybe_string", value.maybe_string.value_or(""));
  for (const std::string& text : value.strings) {
    if (!text.empty()) json["strings"].push_back(text);
  }
  for (const double number : value.doubles) json["doubles"].push_back(number);
  for (const bool flag : value.bools) json["bools"].push_back(flag);
  for (const Color color : value.colors) json["colors"].push_back(NameOf(color));
  for (const auto& [key, text] : value.texts) {
    if (!text.empty()) json["texts"][key] = text;
  }
  for (const auto& [key, flag] : value.flags) {
    if (flag) json["flags"][std::to_string(key)] = flag;
  }
  if (const std::string* text = value.choice.first_text()) PutText(json, "choice", *text);
  if (const std::string* text = value.choice.second_text()) PutText(json, "choice", *text);
  if (value.tree && *value.tree != Tree{}) json["tree"] = ToJson(*value.tree);
  if (value.when) json["when_ms"] = value.when->seconds * 1000 + value.when->nanoseconds / 1000000;
  if (value.how_long) json["how_long_ms"] = value.how_long->seconds * 1000;
  return json;
}

Value ValueOf(const Json& json) {
  Value value;
  GetNumber(json, "a_double", value.a_double);
  GetNumber(json, "a_float", value.a_float);
  GetNumber(json, "an_int32", value.an_int32);
  GetNumber(json, "an_int64", value.an_int64);
  GetNumber(json, "a_uint32", value.a_uint32);
  GetNumber(json, "a_uint64", value.a_uint64);
  GetNumber(json, "a_sint64", value.a_sint64);
  GetNumber(json, "a_fixed64", value.a_fixed64);
  GetNumber(json, "a_sfixed32", value.a_sfixed32);
  value.a_string = GetText(json, "a_string");
  value.some_bytes = GetText(json, "some_bytes");
  value.color = ColorOf(GetText(json, "color"));
  if (json.contains("maybe_int32")) value.maybe_int32 = ToNumber<std::int32_t>(json["maybe_int32"]);
  if (json.contains("maybe_string")) value.maybe_string = GetText(json, "maybe_string");
  for (const Json& text : json.value("strings", Json::array())) value.strings.push_back(text);
  for (const Json& number : json.value("doubles", Json::array())) {
    value.doubles.push_back(ToNumber<double>(number));
  }
  for (const Json& flag : json.value("bools", Json::array())) value.bools.push_back(flag);
  for (const Json& color : json.value("colors", Json::array())) {
    value.colors.push_back(ColorOf(color));
  }
  const Json texts = json.value("texts", Json::object());
  for (const auto& [key, text] : texts.items()) value.texts[key] = text;
  const Json flags = json.value("flags", Json::object());
  for (const auto& [key, flag] : flags.items()) value.flags[std::stoll(key)] = flag;
  if (json.contains("choice")) value.choice.set_first_text(GetText(json, "choice"));
  if (json.contains("tree")) value.tree = TreeOf(json["tree"]);
  if (json.contains("when_ms")) {
    value.when = TimestampFromUnixMilliseconds(json["when_ms"].get<std::int64_t>());
  }
  if (json.contains("how_long_ms")) {
    value.how_long = Duration{json["how_long_ms"].get<std::int64_t>() / 1000, 0};
  }
  return value;
}

Value Carried(const Value& value) {
  const std::string text = ToJson(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  return ValueOf(Json::parse(text));
}

}  // namespace

Result<probe::EchoResponse> ByHandClient::Echo(const Context&, const probe::EchoRequest& request) {
  auto reply = DirectClient::Echo(
      Context(),
      {.key = request.key, .value = Carried(request.value.has_value() ? *request.value : Value{})});
  if (reply) reply->value = Carried(*reply->value);
  return reply;
}

Result<probe::RefuseResponse> ByHandClient::Refuse(const Context&,
                                                   const probe::RefuseRequest& request) {
  auto reply = DirectClient::Refuse(Context(), request);
  if (reply) return reply;
  std::stringstream line;
  line << static_cast<std::int32_t>(reply.error().code) << ' ' << reply.error().message << '\n';
  std::int32_t code = 0;
  Error read;
  line >> code >> std::ws;
  std::getline(line, read.message);
  read.code = CodeFromNumber(code);
  read.reason = CodeName(read.code);
  return Forward(std::move(read));
}

Result<probe::InspectResponse> ByHandClient::Inspect(const Context&,
                                                     const probe::InspectRequest& request) {
  return DirectClient::Inspect(Context(), request);
}

Result<probe::KeepResponse> ByHandClient::Keep(const Context&, const probe::KeepRequest& request) {
  return DirectClient::Keep(Context(), request);
}

Result<probe::RelayResponse> ByHandClient::Relay(const Context&,
                                                 const probe::RelayRequest& request) {
  return DirectClient::Relay(Context(), request);
}

}  // namespace seam::diverge
