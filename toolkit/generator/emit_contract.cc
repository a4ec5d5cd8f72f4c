#include <cstdio>

#include "generator/emitter.h"

namespace seam::generator {

namespace {

// What every C++ compiler takes in one string literal.
constexpr std::size_t kLongestLiteral = 65535;

// `bytes` as a string literal in lines. Every byte that is not plain text is three octal digits, so
// that none can run into the next; a '?' is escaped, or two of them would begin a trigraph.
void PrintLiteral(Printer& printer, const std::string& bytes) {
  constexpr std::size_t kWidth = 90;
  std::string line;
  const auto flush = [&] {
    printer.Print("    \"$line$\"\n", {{"line", line}});
    line.clear();
  };
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?') {
      line += '\\';
      line += c;
    } else if (byte >= 0x20 && byte < 0x7F && c != '`') {
      line += c;
    } else {
      char escape[5];
      std::snprintf(escape, sizeof escape, "\\%03o", static_cast<unsigned>(byte));
      line += escape;
    }
    if (line.size() >= kWidth) flush();
  }
  if (!line.empty() || bytes.empty()) flush();
}

// For what is too long for a literal.
void PrintArray(Printer& printer, const std::string& bytes) {
  constexpr std::size_t kPerLine = 12;
  for (std::size_t i = 0; i < bytes.size(); i += kPerLine) {
    std::string line;
    for (const char c : bytes.substr(i, kPerLine)) {
      char item[10];
      std::snprintf(item, sizeof item, "'\\x%02x', ",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      line += item;
    }
    printer.Print("    $line$\n", {{"line", line}});
  }
}

class ContractHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_contract.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    includes.own = {"seam/core/contract.h"};
    printer.Print("\n// $proto$ itself.\nextern const ::seam::FileContract $constant$;\n",
                  {{"proto", file.proto}, {"constant", file.file_constant}});
    for (const Service& service : file.services) {
      printer.Print("\n// $service_full_name$, and its methods.\n", VariablesOf(service));
      printer.Print("extern const ::seam::ServiceContract $service_constant$;\n",
                    VariablesOf(service));
      if (service.methods.empty()) continue;
      printer.Print("extern const ::seam::MethodContract $methods_constant$[$method_count$];\n",
                    VariablesOf(service));
      for (std::size_t i = 0; i < service.methods.size(); ++i) {
        Printer::Variables variables = VariablesOf(service, service.methods[i]);
        variables["index"] = std::to_string(i);
        printer.Print(
            "inline const ::seam::MethodContract& $constant$ =` $methods_constant$[$index$];\n",
            variables);
      }
    }
    if (!file.events.empty()) includes.own.insert("seam/events/event.h");
    for (const Event& event : file.events) {
      printer.Print(
          "\n// The event $type$.\n"
          "inline constexpr ::seam::events::EventContract $constant${`\"$topic$\", \"$type$\"};\n",
          VariablesOf(file, event));
    }
    return HeaderText(file, suffix(), includes, printer);
  }
};

class ContractSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_contract.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    includes.system = {"string_view"};
    for (const Import& import : file.imports) includes.own.insert(import.stem + "_contract.h");
    PrintFile(printer, file);
    for (const Service& service : file.services) PrintService(printer, file, service);
    return SourceText(file, "_contract.h", includes, printer);
  }

 private:
  static void PrintFile(Printer& printer, const File& file) {
    const bool is_literal = file.descriptor.size() <= kLongestLiteral;
    printer.Print("\nnamespace {\n\n// A google.protobuf.FileDescriptorProto.\n");
    printer.Print("constexpr char kDescriptor[] =$brace$\n", {{"brace", is_literal ? "" : " {"}});
    if (is_literal) {
      PrintLiteral(printer, file.descriptor);
    } else {
      PrintArray(printer, file.descriptor);
    }
    // The array of bytes gets the literal's final NUL.
    printer.Print(is_literal ? "    ;\n" : "    '\\0'};\n");
    if (!file.imports.empty()) {
      printer.Print("\nconstexpr const ::seam::FileContract* kImports[] = {\n");
      for (const Import& import : file.imports) {
        printer.Print("    &$constant$,\n", {{"constant", import.file_constant}});
      }
      printer.Print("};\n");
    }
    printer.Print(R"(
}  // namespace

const ::seam::FileContract $constant$ = {
    "$proto$",
    ::std::string_view(kDescriptor, sizeof kDescriptor - 1),
    $imports$,
    $count$,
};
)",
                  {{"constant", file.file_constant},
                   {"proto", file.proto},
                   {"imports", file.imports.empty() ? "nullptr" : "kImports"},
                   {"count", std::to_string(file.imports.size())}});
  }

  static void PrintService(Printer& printer, const File& file, const Service& service) {
    if (!service.methods.empty()) {
      printer.Print("\nconst ::seam::MethodContract $methods_constant$[$method_count$] = {\n",
                    VariablesOf(service));
      for (std::size_t i = 0; i < service.methods.size(); ++i) {
        Printer::Variables variables = VariablesOf(service, service.methods[i]);
        variables["index"] = std::to_string(i);
        printer.Print(
            "    {\"$path$\", `\"$rpc_name$\", `::seam::Idempotency::$idempotency$, `$index$},\n",
            variables);
      }
      printer.Print("};\n");
    }
    Printer::Variables variables = VariablesOf(service);
    variables["file_constant"] = file.file_constant;
    variables["methods"] = service.methods.empty() ? "nullptr" : service.methods_constant;
    printer.Print(
        "\nconst ::seam::ServiceContract $service_constant$ = {\n"
        "    \"$service_full_name$\", `$methods$, `$method_count$, `&$file_constant$};\n",
        variables);
  }
};

}  // namespace

std::unique_ptr<Emitter> ContractHeader() { return std::make_unique<ContractHeaderEmitter>(); }
std::unique_ptr<Emitter> ContractSource() { return std::make_unique<ContractSourceEmitter>(); }

}  // namespace seam::generator
