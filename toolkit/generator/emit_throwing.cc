#include "generator/emitter.h"

namespace seam::generator {

namespace {

class ThrowingHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_throwing.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"chrono"};
      includes.own = {"seam/core/throwing.h", file.stem + "_client.h"};
    }
    for (const Service& service : file.services) PrintClass(printer, service);
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClass(Printer& printer, const Service& service) {
    printer.Print("\n");
    printer.Print(Comment{
        service.full_name +
        " for code that expects a value or an exception: each method calls the client's, returns "
        "the reply, and throws what `translate` makes of an error, or seam::CallError. A call that "
        "names no Context has the one in force on its thread (seam/core/context_scope.h), and a "
        "deadline after `timeout` at the latest; see seam/core/throwing.h. Thread-safe; the client "
        "must outlive it."});
    printer.Print(R"(class Throwing$service$ final {
 public:
  Throwing$service$($service$Client& client, `::std::chrono::milliseconds timeout, `::seam::ErrorTranslator translate = {});
)",
                  VariablesOf(service));
    for (const Method& method : service.methods) {
      printer.Print("\n");
      printer.Print(method.comment, 2);
      Printer::Variables variables = VariablesOf(service, method);
      variables["mark"] = method.is_deprecated ? "[[deprecated]] " : "";
      printer.Print(R"(  $mark$$reply$ $name$(`const $request$& request) const;
  $mark$$reply$ $name$(`const ::seam::Context& context, `const $request$& request) const;
)",
                    variables);
    }
    printer.Print(R"(
 private:
  $unused$$service$Client& client_;
  const ::seam::ThrowingCalls calls_;
};
)",
                  VariablesOf(service));
  }
};

class ThrowingSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_throwing.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"utility"};
      includes.own = {file.stem + "_contract.h"};
    }
    for (const Service& service : file.services) {
      printer.Print(R"(
Throwing$service$::Throwing$service$(`$service$Client& client, `::std::chrono::milliseconds timeout, `::seam::ErrorTranslator translate)
    : client_(client), calls_(timeout, ::std::move(translate)) {}
)",
                    VariablesOf(service));
      for (const Method& method : service.methods) {
        printer.Print("\n");
        if (method.is_deprecated) printer.Print(kBeforeDeprecated);
        printer.Print(R"($reply$ Throwing$service$::$name$(`const $request$& request) const {
  return this->$name$(calls_.CurrentContext(), request);
}

$reply$ Throwing$service$::$name$(`const ::seam::Context& context, `const $request$& request) const {
  return calls_.ValueOf($constant$, `client_.$name$(context, request));
}
)",
                      VariablesOf(service, method));
        if (method.is_deprecated) printer.Print(kBehindDeprecated);
      }
    }
    return SourceText(file, "_throwing.h", includes, printer);
  }
};

}  // namespace

std::unique_ptr<Emitter> ThrowingHeader() { return std::make_unique<ThrowingHeaderEmitter>(); }
std::unique_ptr<Emitter> ThrowingSource() { return std::make_unique<ThrowingSourceEmitter>(); }

}  // namespace seam::generator
