#include "seam/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

namespace seam {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLevelNames[] = {"debug", "info", "warning", "error"};
constexpr std::string_view kFormatNames[] = {"auto", "json", "text"};
constexpr std::string_view kOwnFields[] = {"time", "level", "message", "service"};

template <class Enum, std::size_t size>
std::optional<Enum> Parse(const std::string_view (&names)[size], std::string_view name) {
  const auto* const found = std::find(std::begin(names), std::end(names), name);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Enum>(found - std::begin(names));
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Hands each formatted line on.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> function)
      : function_(std::move(function)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    function_({line.data(), line.size()});
  }
  void flush_() override {}

  std::function<void(std::string_view)> function_;
};

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Whether people can read `text` as it stands, and see where it ends.
bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return c <= ' ' || c == '"' || c == '\\' || c == '=' || c == '\x7F';
         });
}

// What a line says after its time and level, in order.
Json Content(std::string_view service, std::string_view message, const LogField* fields,
             std::size_t field_count) {
  Json content = Json::object();
  content.emplace("message", message);
  if (!service.empty()) content.emplace("service", service);
  for (std::size_t i = 0; i < field_count; ++i) {
    if (std::find(std::begin(kOwnFields), std::end(kOwnFields), fields[i].key()) ==
        std::end(kOwnFields)) {
      std::visit([&](const auto& value) { content.emplace(fields[i].key(), value); },
                 fields[i].value());
    }
  }
  return content;
}

// Less the opening brace, which the pattern writes before the time and the level.
std::string ToJsonText(const Json& content) { return Dump(content).substr(1); }

std::string ToReadableText(const Json& content) {
  std::string line;
  for (const auto& [key, value] : content.items()) {
    // A quoted JSON string escapes whatever would break the line.
    std::string dumped = Dump(value);
    const bool is_message = line.empty();
    if (value.is_string() && (is_message || !NeedsQuotes(value.get_ref<const std::string&>()))) {
      dumped = dumped.substr(1, dumped.size() - 2);
    }
    if (!is_message) line.append(" ").append(key).append("=");
    line.append(dumped);
  }
  return line;
}

}  // namespace

std::string_view LogLevelName(LogLevel level) noexcept {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> ParseLogLevel(std::string_view name) noexcept {
  return Parse<LogLevel>(kLevelNames, name);
}

std::string_view LogFormatName(LogFormat format) noexcept {
  return kFormatNames[static_cast<std::size_t>(format)];
}

std::optional<LogFormat> ParseLogFormat(std::string_view name) noexcept {
  return Parse<LogFormat>(kFormatNames, name);
}

struct Log::State {
  State(spdlog::sink_ptr sink, LogFormat line_format, std::string service_name)
      : logger("seam", std::move(sink)), format(line_format), service(std::move(service_name)) {}

  spdlog::logger logger;  // Not in spdlog's registry: a Log has no global state.
  const LogFormat format;
  const std::string service;
};

Log::Log(LogOptions options) {
  LogFormat format = options.format;
  if (format == LogFormat::kAuto) {
    format = ::isatty(STDERR_FILENO) == 1 ? LogFormat::kText : LogFormat::kJson;
  }
  spdlog::sink_ptr sink;
  std::string line_end;
  if (options.sink) {
    sink = std::make_shared<FunctionSink>(std::move(options.sink));
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    line_end = "\n";
  }
  state_ = std::make_unique<State>(std::move(sink), format, std::move(options.service));
  const char* const pattern = format == LogFormat::kJson
                                  ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)"
                                  : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
  state_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      pattern, spdlog::pattern_time_type::utc, std::move(line_end)));
  state_->logger.set_level(ToSpdlog(options.level));
}

Log::~Log() = default;

bool Log::Enabled(LogLevel level) const noexcept {
  return state_->logger.should_log(ToSpdlog(level));
}

void Log::Write(LogLevel level, std::string_view message, const LogField* fields,
                std::size_t field_count) {
  if (!Enabled(level)) return;
  const Json content = Content(state_->service, message, fields, field_count);
  const std::string rest =
      state_->format == LogFormat::kJson ? ToJsonText(content) : ToReadableText(content);
  state_->logger.log(ToSpdlog(level), spdlog::string_view_t(rest.data(), rest.size()));
}

}  // namespace seam
