#include "generator/emitter.h"

namespace seam::generator {

namespace {

class PublisherHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_publisher.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.events.empty()) {
      includes.own = {"seam/core/context.h", "seam/core/result.h", "seam/events/outbox.h",
                      file.stem + "_types.h"};
      PrintClass(printer, file);
    }
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClass(Printer& printer, const File& file) {
    printer.Print("\n");
    printer.Print(
        Comment{"Publishes the events of " + file.proto +
                " into an outbox, which must outlive it and whose thread it belongs to. Fails as "
                "seam::wire::EncodeMessage and the outbox do; nothing is published then."});
    printer.Print(R"(class $class$Publisher {
 public:
  explicit $class$Publisher(::seam::events::Outbox& outbox) noexcept : outbox_(outbox) {}
)",
                  {{"class", file.events_class}});
    for (const Event& event : file.events) {
      printer.Print("\n");
      printer.Print(event.comment, 2);
      printer.Print(
          "  [[nodiscard]] ::seam::Result<void> Publish(`const ::seam::Context& context, "
          "`const $message$& event);\n",
          VariablesOf(file, event));
    }
    printer.Print(R"(
 private:
  ::seam::events::Outbox& outbox_;
};
)");
  }
};

class PublisherSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_publisher.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.events.empty()) {
      includes.own = {"seam/events/message.h", file.stem + "_codec.h", file.stem + "_contract.h"};
    }
    for (const Event& event : file.events) {
      printer.Print(R"(
::seam::Result<void> $class$Publisher::Publish(`const ::seam::Context& context, `const $message$& event) {
  return ::seam::events::PublishMessage(`outbox_, context, $constant$, event.$entity$, event);
}
)",
                    VariablesOf(file, event));
    }
    return SourceText(file, "_publisher.h", includes, printer);
  }
};

}  // namespace

std::unique_ptr<Emitter> PublisherHeader() { return std::make_unique<PublisherHeaderEmitter>(); }
std::unique_ptr<Emitter> PublisherSource() { return std::make_unique<PublisherSourceEmitter>(); }

}  // namespace seam::generator
