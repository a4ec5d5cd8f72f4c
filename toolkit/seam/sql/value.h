#ifndef SEAM_SQL_VALUE_H_
#define SEAM_SQL_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace seam::sql {

// The value of one parameter: NULL, a 64-bit integer, a double, text or bytes. Text and bytes are
// viewed, not owned: they must stay as they are until the statement that gets them has ended. There
// are no booleans (engines disagree about them); write 0 or 1. Text with a NUL, text that is not
// UTF-8, and a NaN are refused on every engine, with kMisuse; SQLite gives -0.0 back as 0.0.
class Value {
 public:
  enum class Type : std::uint8_t { kNull, kInt64, kDouble, kText, kBlob };

  // Implicit on purpose, so that parameters read as a plain list.
  Value(std::nullopt_t) noexcept : type_(Type::kNull), int64_(0) {}  // NOLINT(*-explicit-*)

  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool> &&
                                          (std::is_signed_v<T> || sizeof(T) < 8),
                                      int> = 0>
  Value(T value) noexcept : type_(Type::kInt64), int64_(value) {}  // NOLINT(*-explicit-*)

  Value(double value) noexcept : type_(Type::kDouble), double_(value) {}  // NOLINT(*-explicit-*)

  Value(std::string_view text) noexcept  // NOLINT(*-explicit-*)
      : type_(Type::kText), bytes_{text.data(), text.size()} {}
  Value(const std::string& text) noexcept  // NOLINT(*-explicit-*)
      : Value(std::string_view(text)) {}
  Value(const char* text) noexcept : Value(std::string_view(text)) {}  // NOLINT(*-explicit-*)

  template <class T>
  Value(const std::optional<T>& value) noexcept  // NOLINT(*-explicit-*)
      : Value(value ? Value(*value) : Value(std::nullopt)) {}

  Value(bool) = delete;

  [[nodiscard]] static Value Blob(std::string_view bytes) noexcept {
    Value value(bytes);
    value.type_ = Type::kBlob;
    return value;
  }

  [[nodiscard]] Type type() const noexcept { return type_; }

  // Only for the type that type() names.
  [[nodiscard]] std::int64_t int64() const noexcept { return int64_; }
  [[nodiscard]] double real() const noexcept { return double_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.data, bytes_.size}; }

 private:
  struct Bytes {
    const char* data;
    std::size_t size;
  };

  Type type_;
  union {
    std::int64_t int64_;
    double double_;
    Bytes bytes_;
  };
};

// The values of $1, $2, … in order; a view of a list or a vector that outlives the statement.
class Parameters {
 public:
  Parameters(std::initializer_list<Value> values) noexcept : size_(values.size()) {
    data_ = values.begin();  // Not as an initialiser, where GCC warns that nothing is kept alive.
  }
  Parameters(const std::vector<Value>& values) noexcept  // NOLINT(*-explicit-*)
      : data_(values.data()), size_(values.size()) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const Value& operator[](std::size_t index) const noexcept { return data_[index]; }

 private:
  const Value* data_ = nullptr;
  std::size_t size_;
};

}  // namespace seam::sql

#endif  // SEAM_SQL_VALUE_H_
