#ifndef SEAM_WIRE_UNKNOWN_FIELDS_H_
#define SEAM_WIRE_UNKNOWN_FIELDS_H_

#include <memory>
#include <string>
#include <string_view>

namespace seam {

// The fields of a received message that this program's contract does not know: they go out again
// with the message, so that an old module's read-modify-write keeps what a newer one wrote. A value
// type, one pointer wide and null when there are none. As thread-safe as a std::string.
class UnknownFields {
 public:
  UnknownFields() noexcept = default;
  UnknownFields(const UnknownFields& other)
      : bytes_(other.bytes_ == nullptr ? nullptr : Copy(*other.bytes_)) {}
  UnknownFields(UnknownFields&& other) noexcept = default;
  UnknownFields& operator=(const UnknownFields& other);
  UnknownFields& operator=(UnknownFields&& other) noexcept = default;
  ~UnknownFields() = default;

  [[nodiscard]] bool empty() const noexcept { return bytes_ == nullptr; }

  // The fields in wire format, in the order they arrived. Valid until this object changes.
  [[nodiscard]] std::string_view bytes() const noexcept {
    return bytes_ == nullptr ? std::string_view() : std::string_view(*bytes_);
  }

  // `field` is one or more whole fields in wire format, which is not checked.
  void Append(std::string_view field);

  void clear() noexcept { bytes_.reset(); }

  // Compares the bytes: the same fields in another order are not equal.
  friend bool operator==(const UnknownFields& a, const UnknownFields& b) {
    return a.bytes() == b.bytes();
  }
  friend bool operator!=(const UnknownFields& a, const UnknownFields& b) { return !(a == b); }

 private:
  static std::unique_ptr<std::string> Copy(const std::string& bytes);

  std::unique_ptr<std::string> bytes_;  // Never an empty string.
};

}  // namespace seam

#endif  // SEAM_WIRE_UNKNOWN_FIELDS_H_
