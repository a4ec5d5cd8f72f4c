#include "seam/config/value.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "seam/config/names.h"

namespace seam::config {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestSecret = 4096;

class File {
 public:
  // O_NONBLOCK, or opening a pipe would wait for its writer.
  explicit File(const std::string& name)
      : descriptor_(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// The messages do not name the file: people put the secret itself there by mistake.
Parsed ReadSecret(const std::string& name) {
  const File file(name);
  struct stat status{};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0) {
    return {{}, "cannot open the secret's file: " + std::generic_category().message(errno)};
  }
  if (!S_ISREG(status.st_mode)) return {{}, "expected a regular file that holds the secret"};
  if ((status.st_mode & 077U) != 0) {
    return {{}, "the secret's file can be read by others than its owner; chmod it to 0600"};
  }
  std::string secret(kLargestSecret + 1, '\0');
  const ssize_t size = ::read(file.descriptor(), secret.data(), secret.size());
  if (size < 0) {
    return {{}, "cannot read the secret's file: " + std::generic_category().message(errno)};
  }
  if (static_cast<std::size_t>(size) > kLargestSecret) {
    return {{}, "the secret's file is larger than " + std::to_string(kLargestSecret) + " bytes"};
  }
  secret.resize(static_cast<std::size_t>(size));
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  if (!secret.empty() && secret.back() == '\r') secret.pop_back();
  if (secret.empty()) return {{}, "the secret's file is empty"};
  return {secret, ""};
}

bool IsUtf8(const std::string& text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

std::string Describe(const json& scalar) {
  switch (scalar.type()) {
    case json::value_t::null: return "null";
    case json::value_t::boolean:
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float: return scalar.dump();
    case json::value_t::string: return "the text " + Quote(scalar.get_ref<const std::string&>());
    default: return "a " + std::string(scalar.type_name());
  }
}

// Overload set for std::visit.
template <class... F>
struct Cases : F... {
  using F::operator()...;
};
template <class... F>
Cases(F...) -> Cases<F...>;

}  // namespace

Value DefaultOf(const Option& option) {
  return std::visit(Cases{[](const Text& type) -> Value { return type.value; },
                          [](const Integer& type) -> Value { return type.value; },
                          [](const Boolean& type) -> Value { return type.value; },
                          [](const Word& type) -> Value { return type.value; },
                          [](const SecretFile&) -> Value { return std::string(); }},
                    option.type);
}

std::string Expected(const Option& option) {
  return std::visit(
      Cases{[](const Text&) -> std::string { return "text"; },
            [](const Integer& type) {
              std::string text = "an integer";
              if (type.maximum == std::numeric_limits<std::int64_t>::max()) {
                text += " of at least " + std::to_string(type.minimum);
              } else {
                text +=
                    " from " + std::to_string(type.minimum) + " to " + std::to_string(type.maximum);
              }
              return type.unit.empty() ? text : text + " (" + type.unit + ")";
            },
            [](const Boolean&) -> std::string { return "true or false"; },
            [](const Word& type) {
              std::string text = "one of ";
              for (const std::string& word : type.words) {
                if (&word != &type.words.front()) text += ", ";
                text += Quote(word);
              }
              return text;
            },
            [](const SecretFile&) -> std::string { return "the name of a file, as text"; }},
      option.type);
}

Parsed ParseJson(const Option& option, const json& scalar) {
  const bool secret = std::holds_alternative<SecretFile>(option.type);
  const std::string wrong = "expected " + Expected(option) + ", got " +
                            (secret ? "a " + std::string(scalar.type_name()) : Describe(scalar));
  if (const auto* integer = std::get_if<Integer>(&option.type)) {
    if (!scalar.is_number_integer()) return {{}, wrong};
    // Above the signed range the parser stores an unsigned number.
    if (scalar.is_number_unsigned() &&
        scalar.get<std::uint64_t>() >
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return {{}, wrong};
    }
    const auto value = scalar.get<std::int64_t>();
    if (value < integer->minimum || value > integer->maximum) return {{}, wrong};
    return {value, ""};
  }
  if (std::holds_alternative<Boolean>(option.type)) {
    if (!scalar.is_boolean()) return {{}, wrong};
    return {scalar.get<bool>(), ""};
  }
  if (!scalar.is_string()) return {{}, wrong};
  return ParseText(option, scalar.get_ref<const std::string&>());
}

Parsed ParseText(const Option& option, const std::string& text) {
  const std::string wrong = "expected " + Expected(option) + ", got ";
  return std::visit(
      Cases{[&](const Text&) -> Parsed {
              if (!IsUtf8(text)) return {{}, "expected UTF-8 text, got other bytes"};
              const bool control = std::any_of(text.begin(), text.end(), [](char c) {
                return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
              });
              if (control) return {{}, "expected text without control characters"};
              return {text, ""};
            },
            [&](const Integer& type) -> Parsed {
              std::int64_t value = 0;
              const char* end = text.data() + text.size();
              const auto [stop, error] = std::from_chars(text.data(), end, value);
              if (error != std::errc() || stop != end || value < type.minimum ||
                  value > type.maximum) {
                return {{}, wrong + Quote(text)};
              }
              return {value, ""};
            },
            [&](const Boolean&) -> Parsed {
              if (text == "true") return {true, ""};
              if (text == "false") return {false, ""};
              return {{}, wrong + Quote(text)};
            },
            [&](const Word& type) -> Parsed {
              if (std::find(type.words.begin(), type.words.end(), text) == type.words.end()) {
                return {{}, wrong + Quote(text) + SuggestName(text, type.words)};
              }
              return {text, ""};
            },
            [&](const SecretFile&) -> Parsed { return ReadSecret(text); }},
      option.type);
}

}  // namespace seam::config
