#include "generator/emitter.h"

namespace seam::generator {

namespace {

class ClientHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_client.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.own = {"seam/core/context.h", "seam/core/result.h", file.stem + "_types.h"};
      for (const std::string& stem : file.rpc_imports) includes.own.insert(stem + "_types.h");
      if (file.rpcs_use_time) includes.own.insert("seam/core/time.h");
    }
    for (const Service& service : file.services) PrintClient(printer, service);
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClient(Printer& printer, const Service& service) {
    printer.Print("\n");
    if (!service.comment.empty()) {
      printer.Print(service.comment);
      printer.Print("//\n");
    }
    printer.Print(Comment{"What callers of " + service.full_name +
                          " hold, however it is reached. Thread-safe."});
    printer.Print(R"(class $service$Client {
 public:
  $service$Client() = default;
  $service$Client(const $service$Client&) = delete;
  $service$Client& operator=(const $service$Client&) = delete;
  virtual ~$service$Client() = default;
)",
                  VariablesOf(service));
    for (const Method& method : service.methods) {
      printer.Print("\n");
      printer.Print(method.comment, 2);
      printer.Print(
          "  [[$deprecated$nodiscard]] virtual ::seam::Result<$reply$>` $name$("
          "`const ::seam::Context& context, `const $request$& request) = 0;\n",
          VariablesOf(service, method));
    }
    printer.Print("};\n");
  }
};

}  // namespace

std::unique_ptr<Emitter> ClientHeader() { return std::make_unique<ClientHeaderEmitter>(); }

}  // namespace seam::generator
