#ifndef SEAM_GENERATOR_PRINTER_H_
#define SEAM_GENERATOR_PRINTER_H_

#include <cstddef>
#include <initializer_list>
#include <map>
#include <source_location>
#include <string>
#include <string_view>

#include "generator/comment.h"

namespace seam::generator {

// Builds the text of one output file from templates. Not thread-safe.
class Printer {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  static constexpr std::size_t kColumns = 100;

  // `variables` are known to every template.
  explicit Printer(Variables variables = {}) : variables_(std::move(variables)) {}

  // Appends `text`, one or more whole lines. $name$ stands for a variable, $$ for a dollar. A
  // backquote marks where a line that is longer than kColumns may be broken; what follows is
  // indented by four more than the line. A variable that is missing is a bug of the emitter and
  // ends the program with the template's file and line.
  void Print(std::string_view text, const Variables& variables = {},
             std::source_location where = std::source_location::current());

  // Appends the comment, indented, broken at blanks where it is longer than kColumns.
  void Print(const Comment& comment, std::size_t indent = 0);

  // Appends what another one has printed.
  void Append(const Printer& other) { text_ += other.text_; }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void PrintLine(std::string_view line);

  Variables variables_;
  std::string text_;
};

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_PRINTER_H_
