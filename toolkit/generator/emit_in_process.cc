#include "generator/emitter.h"

namespace seam::generator {

namespace {

class InProcessHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_in_process.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.own = {"seam/binding/call_rules.h", file.stem + "_client.h",
                      file.stem + "_handler.h"};
    }
    for (const Service& service : file.services) PrintClass(printer, service);
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClass(Printer& printer, const Service& service) {
    printer.Print("\n");
    printer.Print(
        Comment{"The in-process binding: calls the handler directly, and is no kinder than "
                "the network. Thread-safe; the handler must outlive it."});
    printer.Print(R"(class $service$InProcessClient final : public $service$Client {
 public:
  explicit $service$InProcessClient($service$Handler& handler, `::seam::CallRules rules = {});

)",
                  VariablesOf(service));
    for (const Method& method : service.methods) {
      printer.Print(
          "  [[nodiscard]] ::seam::Result<$reply$>` $name$("
          "`const ::seam::Context& context, `const $request$& request) override;\n",
          VariablesOf(service, method));
    }
    printer.Print(R"($blank$ private:
  $unused$$service$Handler& handler_;
  const ::seam::CallRules rules_;
};
)",
                  VariablesOf(service));
  }
};

class InProcessSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_in_process.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"utility"};
      includes.own = {"seam/binding/in_process.h", file.stem + "_codec.h",
                      file.stem + "_contract.h"};
      for (const std::string& stem : file.rpc_imports) includes.own.insert(stem + "_codec.h");
    }
    for (const Service& service : file.services) {
      printer.Print(R"(
$service$InProcessClient::$service$InProcessClient(`$service$Handler& handler, `::seam::CallRules rules)
    : handler_(handler), rules_(::std::move(rules)) {}
)",
                    VariablesOf(service));
      for (const Method& method : service.methods) {
        printer.Print(R"(
::seam::Result<$reply$>` $service$InProcessClient::$name$(`const ::seam::Context& context, `const $request$& request) {
  return ::seam::CallInProcess<$reply$>(
      `rules_, $constant$, context, request,
      [this](const ::seam::Context& call, `const $request$& message) {
        return handler_.$name$(call, message);
      });
}
)",
                      VariablesOf(service, method));
      }
    }
    return SourceText(file, "_in_process.h", includes, printer);
  }
};

}  // namespace

std::unique_ptr<Emitter> InProcessHeader() { return std::make_unique<InProcessHeaderEmitter>(); }
std::unique_ptr<Emitter> InProcessSource() { return std::make_unique<InProcessSourceEmitter>(); }

}  // namespace seam::generator
