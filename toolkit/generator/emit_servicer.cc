#include "generator/emitter.h"

namespace seam::generator {

namespace {

class ServicerHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_servicer.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.system = {"cstddef"};
      includes.own = {"seam/core/servicer.h", file.stem + "_handler.h"};
    }
    for (const Service& service : file.services) {
      printer.Print(R"(
// The server side: decodes what a carrier brings, calls the handler, encodes what it returns. The
// handler must outlive it.
class $service$Servicer final : public ::seam::Servicer {
 public:
  explicit $service$Servicer($service$Handler& handler) noexcept;

  [[nodiscard]] const ::seam::ServiceContract& contract() const noexcept override;
  [[nodiscard]] ::seam::Result<::seam::Buffer> Handle(
      ::std::size_t method, const ::seam::Context& context,
      const ::seam::Buffer& request) override;

 private:
  $unused$$service$Handler& handler_;
};
)",
                    VariablesOf(service));
    }
    return HeaderText(file, suffix(), includes, printer);
  }
};

class ServicerSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_servicer.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.services.empty()) {
      includes.own = {"seam/binding/serve.h", file.stem + "_codec.h", file.stem + "_contract.h"};
      for (const std::string& stem : file.rpc_imports) includes.own.insert(stem + "_codec.h");
    }
    for (const Service& service : file.services) PrintService(printer, service);
    return SourceText(file, "_servicer.h", includes, printer);
  }

 private:
  static void PrintService(Printer& printer, const Service& service) {
    printer.Print(R"(
$service$Servicer::$service$Servicer($service$Handler& handler) noexcept` : handler_(handler) {}

const ::seam::ServiceContract& $service$Servicer::contract() const noexcept {
  return $service_constant$;
}
)",
                  VariablesOf(service));
    if (service.methods.empty()) {
      printer.Print(R"(
::seam::Result<::seam::Buffer> $service$Servicer::Handle(
    ::std::size_t method, const ::seam::Context& /*context*/,
    const ::seam::Buffer& /*request*/) {
  return ::seam::Forward(::seam::internal::UnknownMethod($service_constant$, method));
}
)",
                    VariablesOf(service));
      return;
    }
    printer.Print(R"(
::seam::Result<::seam::Buffer> $service$Servicer::Handle(
    ::std::size_t method, const ::seam::Context& context, const ::seam::Buffer& request) {
  switch (method) {
)",
                  VariablesOf(service));
    for (std::size_t i = 0; i < service.methods.size(); ++i) {
      Printer::Variables variables = VariablesOf(service, service.methods[i]);
      variables["index"] = std::to_string(i);
      printer.Print(R"(    case $index$:
      return ::seam::ServeCall<$request$>(
          $constant$, request,
          [&](const $request$& message) {
            return handler_.$name$(context, message);
          });
)",
                    variables);
    }
    printer.Print(R"(    default:
      return ::seam::Forward(::seam::internal::UnknownMethod($service_constant$, method));
  }
}
)",
                  VariablesOf(service));
  }
};

}  // namespace

std::unique_ptr<Emitter> ServicerHeader() { return std::make_unique<ServicerHeaderEmitter>(); }
std::unique_ptr<Emitter> ServicerSource() { return std::make_unique<ServicerSourceEmitter>(); }

}  // namespace seam::generator
