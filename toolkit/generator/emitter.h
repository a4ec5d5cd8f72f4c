#ifndef SEAM_GENERATOR_EMITTER_H_
#define SEAM_GENERATOR_EMITTER_H_

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "generator/model.h"
#include "generator/printer.h"

namespace seam::generator {

// Writes one output file of the fixed set that every proto has.
class Emitter {
 public:
  Emitter() = default;
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;
  virtual ~Emitter() = default;

  // What the output file's name has behind the proto's: "_types.h".
  [[nodiscard]] virtual std::string_view suffix() const noexcept = 0;
  [[nodiscard]] virtual std::string Emit(const File& file) const = 0;
};

// All of them, in the order in which the files build on one another.
[[nodiscard]] std::vector<std::unique_ptr<Emitter>> Emitters();

// What each of them is made by, in its own file.
[[nodiscard]] std::unique_ptr<Emitter> TypesHeader();
[[nodiscard]] std::unique_ptr<Emitter> TypesSource();
[[nodiscard]] std::unique_ptr<Emitter> CodecHeader();
[[nodiscard]] std::unique_ptr<Emitter> CodecSource();
[[nodiscard]] std::unique_ptr<Emitter> ContractHeader();
[[nodiscard]] std::unique_ptr<Emitter> ContractSource();
[[nodiscard]] std::unique_ptr<Emitter> ClientHeader();
[[nodiscard]] std::unique_ptr<Emitter> HandlerHeader();
[[nodiscard]] std::unique_ptr<Emitter> HandlerSource();
[[nodiscard]] std::unique_ptr<Emitter> InProcessHeader();
[[nodiscard]] std::unique_ptr<Emitter> InProcessSource();
[[nodiscard]] std::unique_ptr<Emitter> RemoteHeader();
[[nodiscard]] std::unique_ptr<Emitter> RemoteSource();
[[nodiscard]] std::unique_ptr<Emitter> ServicerHeader();
[[nodiscard]] std::unique_ptr<Emitter> ServicerSource();
[[nodiscard]] std::unique_ptr<Emitter> ThrowingHeader();
[[nodiscard]] std::unique_ptr<Emitter> ThrowingSource();
[[nodiscard]] std::unique_ptr<Emitter> PublisherHeader();
[[nodiscard]] std::unique_ptr<Emitter> PublisherSource();
[[nodiscard]] std::unique_ptr<Emitter> SubscriberHeader();
[[nodiscard]] std::unique_ptr<Emitter> SubscriberSource();
[[nodiscard]] std::unique_ptr<Emitter> MockHeader();
[[nodiscard]] std::unique_ptr<Emitter> SeamHeader();

// What the output files have in common.

// What stands between angle brackets, and what between quotes.
struct Includes {
  std::set<std::string> system;
  std::set<std::string> own;
};

// A whole header around `body`, the declarations inside of the file's namespace.
[[nodiscard]] std::string HeaderText(const File& file, std::string_view suffix, Includes includes,
                                     const Printer& body);

// The same for a source file, which includes `own_suffix` first.
[[nodiscard]] std::string SourceText(const File& file, std::string_view own_suffix,
                                     const Includes& includes, const Printer& body);

// What stands before and behind generated code that names what is deprecated.
inline constexpr std::string_view kBeforeDeprecated = R"(#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
)";
inline constexpr std::string_view kBehindDeprecated = "#pragma GCC diagnostic pop\n";

// The variables that a template of a method uses: name, request, reply, constant and so on.
[[nodiscard]] Printer::Variables VariablesOf(const Service& service);
[[nodiscard]] Printer::Variables VariablesOf(const Service& service, const Method& method);

// The same of an event.
[[nodiscard]] Printer::Variables VariablesOf(const File& file, const Event& event);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_EMITTER_H_
