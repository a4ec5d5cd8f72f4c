#include "generator/emitter.h"

namespace seam::generator {

namespace {

class SubscriberHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_subscriber.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.events.empty()) {
      includes.system = {"string_view"};
      includes.own = {"seam/core/context.h", "seam/core/result.h", "seam/events/event.h",
                      "seam/events/subscriber.h", file.stem + "_types.h"};
      PrintClass(printer, file);
    }
    return HeaderText(file, suffix(), includes, printer);
  }

 private:
  static void PrintClass(Printer& printer, const File& file) {
    printer.Print("\n");
    printer.Print(
        Comment{"Applies the events of " + file.proto +
                ": a module overrides what it listens to. A method that is not overridden does "
                "nothing and succeeds, so that an event which the contract gains breaks nobody."});
    printer.Print(R"(class $class$Subscriber : public ::seam::events::Subscriber {
 public:
  [[nodiscard]] bool Knows(::std::string_view type) const noexcept final;
  [[nodiscard]] ::seam::Result<void> Receive(`const ::seam::Context& context, `const ::seam::events::Event& event) final;
)",
                  {{"class", file.events_class}});
    for (const Event& event : file.events) {
      printer.Print("\n");
      printer.Print(event.comment, 2);
      printer.Print(
          "  [[nodiscard]] virtual ::seam::Result<void> $function$("
          "`const ::seam::Context& context, `const ::seam::events::Event& event, "
          "`const $message$& message);\n",
          VariablesOf(file, event));
    }
    printer.Print("};\n");
  }
};

class SubscriberSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_subscriber.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    if (!file.events.empty()) {
      includes.own = {"seam/events/message.h", file.stem + "_codec.h", file.stem + "_contract.h"};
      PrintKnows(printer, file);
      PrintReceive(printer, file);
    }
    for (const Event& event : file.events) {
      printer.Print(R"(
::seam::Result<void> $class$Subscriber::$function$(`const ::seam::Context& /*context*/, `const ::seam::events::Event& /*event*/, `const $message$& /*message*/) {
  return {};
}
)",
                    VariablesOf(file, event));
    }
    return SourceText(file, "_subscriber.h", includes, printer);
  }

 private:
  static void PrintKnows(Printer& printer, const File& file) {
    std::string comparisons;
    for (const Event& event : file.events) {
      if (!comparisons.empty()) comparisons += " ||\n         ";
      comparisons += "type == " + event.constant + ".type";
    }
    printer.Print(R"(
bool $class$Subscriber::Knows(::std::string_view type) const noexcept {
  return $comparisons$;
}
)",
                  {{"class", file.events_class}, {"comparisons", comparisons}});
  }

  static void PrintReceive(Printer& printer, const File& file) {
    printer.Print(
        "\n::seam::Result<void> $class$Subscriber::Receive("
        "`const ::seam::Context& context, `const ::seam::events::Event& event) {\n",
        {{"class", file.events_class}});
    for (const Event& event : file.events) {
      printer.Print(R"(  if (event.type == $constant$.type) {
    return ::seam::events::ReceiveMessage<$message$>(
        event, [&](const $message$& message) {
          return $function$(context, event, message);
        });
  }
)",
                    VariablesOf(file, event));
    }
    printer.Print("  return ::seam::events::UnknownEvent(event);\n}\n");
  }
};

}  // namespace

std::unique_ptr<Emitter> SubscriberHeader() { return std::make_unique<SubscriberHeaderEmitter>(); }
std::unique_ptr<Emitter> SubscriberSource() { return std::make_unique<SubscriberSourceEmitter>(); }

}  // namespace seam::generator
