#include "generator/emitter.h"

namespace seam::generator {

namespace {

class MockHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_mock.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"gmock/gmock.h"};
      includes.own = {file.stem + "_client.h", file.stem + "_handler.h"};
    }
    for (const Service& service : file.services) {
      PrintMock(printer, service, "Client");
      PrintMock(printer, service, "Handler");
    }
    if (!file.events.empty()) {
      includes.system.insert("gmock/gmock.h");
      includes.own.insert(file.stem + "_subscriber.h");
      PrintSubscriberMock(printer, file);
    }
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintSubscriberMock(Printer& printer, const File& file) {
    printer.Print("\nclass Mock$class$Subscriber : public $class$Subscriber {\n public:\n",
                  {{"class", file.events_class}});
    for (const Event& event : file.events) {
      printer.Print(
          "  MOCK_METHOD(`(::seam::Result<void>), `$function$, "
          "`(const ::seam::Context& context, `const ::seam::events::Event& event, "
          "`const $message$& message), `(override));\n",
          VariablesOf(file, event));
    }
    printer.Print("};\n");
  }

  static void PrintMock(Printer& printer, const Service& service, const std::string& mocked) {
    printer.Print("\nclass Mock$service$$mocked$ : public $service$$mocked$ {\n",
                  {{"service", service.name}, {"mocked", mocked}});
    if (!service.methods.empty()) printer.Print(" public:\n");
    for (const Method& method : service.methods) {
      printer.Print(
          "  MOCK_METHOD(`(::seam::Result<$reply$>), `$name$, "
          "`(const ::seam::Context& context, `const $request$& request), `(override));\n",
          VariablesOf(service, method));
    }
    printer.Print("};\n");
  }
};

}  // namespace

std::unique_ptr<Emitter> MockHeader() { return std::make_unique<MockHeaderEmitter>(); }

}  // namespace seam::generator
