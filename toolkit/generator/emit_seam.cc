#include "generator/emitter.h"

namespace seam::generator {

namespace {

class SeamHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_seam.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      for (const char* part : {"_client.h", "_contract.h", "_handler.h", "_in_process.h",
                               "_remote.h", "_servicer.h"}) {
        includes.own.insert(file.stem + part);
      }
    }
    for (const Service& service : file.services) {
      Printer::Variables variables = VariablesOf(service);
      // Qualified, since what a service's classes are called may be one of the names here.
      variables["qualifier"] = file.space.empty() ? "::" : "::" + file.space + "::";
      variables["visit"] = service.methods.empty() ? "/*visit*/" : "visit";
      printer.Print(R"(
// All that belongs to $service_full_name$, for a composition root.
struct $service$Seam {
  using Client =` $qualifier$$service$Client;
  using Handler =` $qualifier$$service$Handler;
  using InProcessClient =` $qualifier$$service$InProcessClient;
  using RemoteClient =` $qualifier$$service$RemoteClient;
  using Servicer =` $qualifier$$service$Servicer;

  [[nodiscard]] static const ::seam::ServiceContract& contract() noexcept {
    return $service_constant$;
  }

  // Calls visit(const seam::MethodContract&, pointer to the method of Client) for each method.
  template <class Visit>
  static void VisitMethods(Visit&& $visit$) {
)",
                    variables);
      PrintVisits(printer, service);
      printer.Print("  }\n};\n");
    }
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintVisits(Printer& printer, const Service& service) {
    bool quiet = false;
    for (const Method& method : service.methods) quiet = quiet || method.is_deprecated;
    if (quiet) printer.Print(kBeforeDeprecated);
    for (const Method& method : service.methods) {
      printer.Print("    visit($constant$,` &Client::$name$);\n", VariablesOf(service, method));
    }
    if (quiet) printer.Print(kBehindDeprecated);
  }
};

}  // namespace

std::unique_ptr<Emitter> SeamHeader() { return std::make_unique<SeamHeaderEmitter>(); }

}  // namespace seam::generator
