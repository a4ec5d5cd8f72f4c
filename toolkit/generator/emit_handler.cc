#include "generator/emitter.h"

namespace seam::generator {

namespace {

class HandlerHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_handler.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.own = {"seam/core/context.h", "seam/core/result.h", file.stem + "_types.h"};
      for (const std::string& stem : file.rpc_imports) includes.own.insert(stem + "_types.h");
      if (file.rpcs_use_time) includes.own.insert("seam/core/time.h");
    }
    for (const Service& service : file.services) PrintHandler(printer, service);
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintHandler(Printer& printer, const Service& service) {
    printer.Print("\n");
    if (!service.comment.empty()) {
      printer.Print(service.comment);
      printer.Print("//\n");
    }
    printer.Print(Comment{"What the module behind " + service.full_name +
                          " implements. Its methods are called from several threads at once. One "
                          "that is not overridden fails with UNIMPLEMENTED, so that a method added "
                          "to the contract breaks no handler."});
    printer.Print(
        R"(class $service$Handler {
 public:
  $service$Handler() = default;
  $service$Handler(const $service$Handler&) = delete;
  $service$Handler& operator=(const $service$Handler&) = delete;
  virtual ~$service$Handler();
)",
        VariablesOf(service));
    for (const Method& method : service.methods) {
      printer.Print("\n");
      printer.Print(method.comment, 2);
      printer.Print(
          "  [[nodiscard]] virtual ::seam::Result<$reply$>` $name$("
          "`const ::seam::Context& context, `const $request$& request);\n",
          VariablesOf(service, method));
    }
    printer.Print("};\n");
  }
};

class HandlerSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_handler.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    for (const Service& service : file.services) {
      printer.Print("\n$service$Handler::~$service$Handler() = default;\n", VariablesOf(service));
      for (const Method& method : service.methods) {
        printer.Print(R"(
::seam::Result<$reply$>` $service$Handler::$name$(`const ::seam::Context& /*context*/, `const $request$& /*request*/) {
  return ::seam::Fail(`::seam::Code::kUnimplemented, "UNIMPLEMENTED", `"$path$ is not implemented");
}
)",
                      VariablesOf(service, method));
      }
    }
    return SourceText(file, "_handler.h", {}, printer);
  }
};

}  // namespace

std::unique_ptr<Emitter> HandlerHeader() { return std::make_unique<HandlerHeaderEmitter>(); }
std::unique_ptr<Emitter> HandlerSource() { return std::make_unique<HandlerSourceEmitter>(); }

}  // namespace seam::generator
