#include "generator/emitter.h"

namespace seam::generator {

namespace {

class Header final : public Emitter {
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
    OpenHeader(printer, file, suffix(), includes);
    for (const Service& service : file.services) {
      printer.Print(R"(
// All that belongs to $service_full_name$, for a composition root.
struct $service$Seam {
  using Client = $service$Client;
  using Handler = $service$Handler;
  using InProcessClient = $service$InProcessClient;
  using RemoteClient = $service$RemoteClient;
  using Servicer = $service$Servicer;

  [[nodiscard]] static const ::seam::ServiceContract& contract() noexcept {
    return $service_constant$;
  }
};
)",
                    VariablesOf(service));
    }
    CloseHeader(printer, file, suffix());
    return printer.text();
  }
};

}  // namespace

std::unique_ptr<Emitter> SeamHeader() { return std::make_unique<Header>(); }

}  // namespace seam::generator
