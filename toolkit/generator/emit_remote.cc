#include "generator/emitter.h"

namespace seam::generator {

namespace {

class RemoteHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_remote.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.own = {"seam/binding/call_rules.h", "seam/core/channel.h", file.stem + "_client.h"};
    }
    for (const Service& service : file.services) PrintClass(printer, service);
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClass(Printer& printer, const Service& service) {
    printer.Print(R"(
// Calls the service over a channel, whatever carries it. Thread-safe; the channel must outlive it.
class $service$RemoteClient final : public $service$Client {
 public:
  explicit $service$RemoteClient(::seam::Channel& channel, `::seam::CallRules rules = {});

)",
                  VariablesOf(service));
    for (const Method& method : service.methods) {
      printer.Print(
          "  [[nodiscard]] ::seam::Result<$reply$>` $name$("
          "`const ::seam::Context& context, `const $request$& request) override;\n",
          VariablesOf(service, method));
    }
    printer.Print(R"($blank$ private:
  $unused$::seam::Channel& channel_;
  const ::seam::CallRules rules_;
};
)",
                  VariablesOf(service));
  }
};

class RemoteSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_remote.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"utility"};
      includes.own = {"seam/binding/remote.h", file.stem + "_codec.h", file.stem + "_contract.h"};
      for (const std::string& stem : file.rpc_imports) includes.own.insert(stem + "_codec.h");
    }
    for (const Service& service : file.services) {
      printer.Print(R"(
$service$RemoteClient::$service$RemoteClient(`::seam::Channel& channel, `::seam::CallRules rules)
    : channel_(channel), rules_(::std::move(rules)) {}
)",
                    VariablesOf(service));
      for (const Method& method : service.methods) {
        printer.Print(R"(
::seam::Result<$reply$>` $service$RemoteClient::$name$(`const ::seam::Context& context, `const $request$& request) {
  return ::seam::CallRemote<$reply$>(`channel_, rules_, $constant$, context, request);
}
)",
                      VariablesOf(service, method));
      }
    }
    return SourceText(file, "_remote.h", includes, printer);
  }
};

}  // namespace

std::unique_ptr<Emitter> RemoteHeader() { return std::make_unique<RemoteHeaderEmitter>(); }
std::unique_ptr<Emitter> RemoteSource() { return std::make_unique<RemoteSourceEmitter>(); }

}  // namespace seam::generator
