#include <algorithm>

#include "generator/emitter.h"

namespace seam::generator {

namespace {

// A field where it is encoded and decoded, with how it is reached in `message`.
struct Access {
  const Field* field = nullptr;
  const Oneof* oneof = nullptr;  // Null for a plain member.
};

// By number: libprotobuf writes them in this order.
std::vector<Access> FieldsByNumber(const Message& message) {
  std::vector<Access> fields;
  fields.reserve(message.fields.size());
  for (const Field& field : message.fields) fields.push_back({&field, nullptr});
  for (const Oneof& oneof : message.oneofs) {
    for (const Field& field : oneof.alternatives) fields.push_back({&field, &oneof});
  }
  std::sort(fields.begin(), fields.end(),
            [](const Access& a, const Access& b) { return a.field->number < b.field->number; });
  return fields;
}

constexpr std::uint32_t kLengthWireType = 2;

class CodecHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_codec.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.messages.empty()) {
      includes.system = {"cstddef"};
      includes.own = {"seam/wire/measure.h", "seam/wire/reader.h", "seam/wire/writer.h",
                      file.stem + "_types.h"};
    }
    if (!file.messages.empty()) {
      printer.Print(R"(
// What seam/wire/message.h encodes, decodes and measures messages with.
)");
    }
    for (const Message& message : file.messages) {
      printer.Print(R"(
void Encode(`const $type$& message, `::seam::wire::Writer& out);
[[nodiscard]] bool Decode(`::seam::wire::Reader& in, `$type$& message);
[[nodiscard]] ::std::size_t Measure(`const $type$& message, `::seam::wire::Measurer& out);
)",
                    {{"type", message.reference}});
    }
    return HeaderText(file, suffix(), includes, printer);
  }
};

class CodecSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_codec.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.messages.empty()) includes.system = {"cstdint"};
    if (file.fields_use_time) includes.own.insert("seam/wire/well_known.h");
    for (const std::string& stem : file.field_imports) includes.own.insert(stem + "_codec.h");
    if (!file.messages.empty()) {
      printer.Print(R"(
namespace {

// The fields from the last to the first, since a Writer fills its block backwards.
)");
      for (const Message& message : file.messages) PrintWriteFields(printer, file, message);
      printer.Print("\n}  // namespace\n");
      for (const Message& message : file.messages) PrintFunctions(printer, file, message);
    }
    return SourceText(file, "_codec.h", includes, printer);
  }

 private:
  static void PrintWriteFields(Printer& printer, const File& file, const Message& message) {
    const std::vector<Access> fields = FieldsByNumber(message);
    if (fields.empty() && !file.keeps_unknown_fields) {
      printer.Print(R"(
template <class Sink>
void $write$(`const $type$& /*message*/, `Sink& /*out*/) {}
)",
                    {{"type", message.reference}, {"write", message.write_function}});
      return;
    }
    printer.Print(R"(
template <class Sink>
void $write$(`const $type$& message, `Sink& out) {
)",
                  {{"type", message.reference}, {"write", message.write_function}});
    if (file.keeps_unknown_fields) printer.Print("  out.Unknown(message.unknown_fields);\n");
    for (auto access = fields.rbegin(); access != fields.rend(); ++access) {
      PrintWrite(printer, *access);
    }
    printer.Print("}\n");
  }

  static void PrintWrite(Printer& printer, const Access& access) {
    const Field& field = *access.field;
    Printer::Variables variables = {{"kind", field.kind},
                                    {"key_kind", field.key_kind},
                                    {"number", std::to_string(field.number)},
                                    {"value", "message." + field.name},
                                    {"name", ""}};
    if (field.is_text) variables["name"] = ", `\"" + field.full_name + "\"";
    switch (field.shape) {
      case Shape::kImplicit: variables["function"] = "Implicit"; break;
      case Shape::kAlternative:
        variables["value"] = "message." + access.oneof->name + "." + field.name + "()";
        variables["function"] = "Explicit";
        break;
      case Shape::kExplicit: variables["function"] = "Explicit"; break;
      case Shape::kRepeated: variables["function"] = "Repeated"; break;
      case Shape::kPacked: variables["function"] = "Packed"; break;
      case Shape::kMap:
        printer.Print("  out.template Map<$key_kind$, `$kind$, `$number$>(`$value$$name$);\n",
                      variables);
        return;
    }
    printer.Print("  out.template $function$<$kind$, `$number$>(`$value$$name$);\n", variables);
  }

  static void PrintFunctions(Printer& printer, const File& file, const Message& message) {
    const Printer::Variables variables = {
        {"type", message.reference},
        {"write", message.write_function},
        {"unknown",
         file.keeps_unknown_fields ? "in.Unknown(tag, message.unknown_fields)" : "in.Skip(tag)"}};
    printer.Print(R"(
void Encode(`const $type$& message, `::seam::wire::Writer& out) {
  $write$(message, out);
}

::std::size_t Measure(`const $type$& message, `::seam::wire::Measurer& out) {
  const ::std::size_t before = out.size();
  $write$(message, out);
  return out.size() - before;
}
)",
                  variables);
    const std::vector<Access> fields = FieldsByNumber(message);
    const bool is_unused = fields.empty() && !file.keeps_unknown_fields;
    printer.Print(
        "\nbool Decode(`::seam::wire::Reader& in, `$type$& $message$) {\n",
        {{"type", message.reference}, {"message", is_unused ? "/*message*/" : "message"}});
    if (fields.empty()) {
      printer.Print(R"(  while (!in.AtEnd()) {
    const ::std::uint32_t tag = in.Tag();
    if (!$unknown$) return false;
  }
  return true;
}
)",
                    variables);
      return;
    }
    printer.Print(R"(  while (!in.AtEnd()) {
    switch (const ::std::uint32_t tag = in.Tag()) {
)");
    for (const Access& access : fields) PrintRead(printer, access);
    printer.Print(R"(      default:
        if (!$unknown$) return false;
    }
  }
  return true;
}
)",
                  variables);
  }

  static void PrintRead(Printer& printer, const Access& access) {
    const Field& field = *access.field;
    Printer::Variables variables = {{"kind", field.kind},
                                    {"key_kind", field.key_kind},
                                    {"name", field.name},
                                    {"value", "message." + field.name}};
    const auto print = [&](std::string_view call, std::uint32_t wire_type, std::string_view note) {
      variables["tag"] = std::to_string(field.number << 3 | wire_type);
      variables["note"] = note;
      printer.Print("      case $tag$:  // $name$$note$\n", variables);
      printer.Print(
          std::string("        if (!in.") + std::string(call) + ") return false;\n        break;\n",
          variables);
    };
    switch (field.shape) {
      case Shape::kImplicit: print("Field<$kind$>(`$value$)", field.wire_type, ""); break;
      case Shape::kExplicit: print("Explicit<$kind$>(`$value$)", field.wire_type, ""); break;
      case Shape::kAlternative:
        variables["oneof"] = "message." + access.oneof->name;
        variables["plain"] = field.plain_name;
        if (field.is_message) {
          variables["tag"] = std::to_string(field.number << 3 | field.wire_type);
          // Merged into what is there, like any other message.
          printer.Print(R"(      case $tag$: {  // $name$
        auto* const present = $oneof$.$name$();
        if (!in.Field<$kind$>(
                `present != nullptr ? *present : $oneof$.emplace_$plain$())) {
          return false;
        }
        break;
      }
)",
                        variables);
        } else {
          print("Field<$kind$>(`$oneof$.emplace_$plain$())", field.wire_type, "");
        }
        break;
      case Shape::kRepeated:
      case Shape::kPacked:
        // A sender may use either form, whatever the contract says.
        if (field.wire_type != kLengthWireType) {
          print("Packed<$kind$>(`$value$)", kLengthWireType, ", packed");
        }
        print("Repeated<$kind$>(`$value$)", field.wire_type, "");
        break;
      case Shape::kMap:
        print("MapEntry<$key_kind$, `$kind$>(`$value$)", field.wire_type, "");
        break;
    }
  }
};

}  // namespace

std::unique_ptr<Emitter> CodecHeader() { return std::make_unique<CodecHeaderEmitter>(); }
std::unique_ptr<Emitter> CodecSource() { return std::make_unique<CodecSourceEmitter>(); }

}  // namespace seam::generator
