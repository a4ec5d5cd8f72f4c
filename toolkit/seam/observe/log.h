#ifndef SEAM_OBSERVE_LOG_H_
#define SEAM_OBSERVE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace seam {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" or "error", as it stands in configuration and in every line.
[[nodiscard]] std::string_view LogLevelName(LogLevel level) noexcept;
[[nodiscard]] std::optional<LogLevel> ParseLogLevel(std::string_view name) noexcept;

enum class LogFormat : std::uint8_t {
  kAuto,  // kText when stderr is a terminal, else kJson.
  kJson,  // One JSON object a line, for machines.
  kText,  // "2024-11-22T13:30:00.125Z info    listening address=127.0.0.1:50051", for people.
};

// "auto", "json" or "text".
[[nodiscard]] std::string_view LogFormatName(LogFormat format) noexcept;
[[nodiscard]] std::optional<LogFormat> ParseLogFormat(std::string_view name) noexcept;

// A named value of a line. Borrows its key and its text: it lives as long as the call it is made
// for.
class LogField {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  LogField(std::string_view key, double value) : key_(key), value_(value) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value) {}
  template <class Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
  LogField(std::string_view key, Integer value) : key_(key), value_(Widen(value)) {}

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] const Value& value() const noexcept { return value_; }

 private:
  template <class Integer>
  static auto Widen(Integer value) {
    using Widest = std::conditional_t<std::is_signed_v<Integer>, std::int64_t, std::uint64_t>;
    return static_cast<Widest>(value);
  }

  std::string_view key_;
  Value value_;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;  // Lines below it are dropped.
  LogFormat format = LogFormat::kAuto;

  // Stands in every line as the field "service". Left out when empty.
  std::string service{};

  // Gets every line, without its line end, one at a time; for tests. Lines go to stderr when it is
  // empty.
  std::function<void(std::string_view line)> sink{};
};

// The log of a program: lines of a time (UTC, milliseconds), a level, a message and typed fields.
//   log.Info("listening", {{"address", address}, {"reflection", true}});
// Messages are constant text and what varies is a field, so that lines can be counted and searched.
// Text that is not UTF-8, and control characters, are escaped or replaced: a line stays one line.
// Passed by reference from the composition root. Thread-safe.
class Log {
 public:
  explicit Log(LogOptions options = {});
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  // Whether a line of that level would be written: ask before preparing fields that cost something.
  [[nodiscard]] bool Enabled(LogLevel level) const noexcept;

  // A field named "time", "level", "message" or "service" is left out: these are the line's own. So
  // is a field whose name was given before.
  void Write(LogLevel level, std::string_view message, const LogField* fields,
             std::size_t field_count);
  void Write(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
    Write(level, message, fields.data(), fields.size());
  }

  void Debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kDebug, message, fields.begin(), fields.size());
  }
  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, message, fields.begin(), fields.size());
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarning, message, fields.begin(), fields.size());
  }
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, message, fields.begin(), fields.size());
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seam

#endif  // SEAM_OBSERVE_LOG_H_
