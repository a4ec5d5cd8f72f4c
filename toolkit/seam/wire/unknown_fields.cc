#include "seam/wire/unknown_fields.h"

namespace seam {

UnknownFields& UnknownFields::operator=(const UnknownFields& other) {
  if (this != &other) bytes_ = other.bytes_ == nullptr ? nullptr : Copy(*other.bytes_);
  return *this;
}

void UnknownFields::Append(std::string_view field) {
  if (field.empty()) return;
  if (bytes_ == nullptr) {
    bytes_ = std::make_unique<std::string>(field);
  } else {
    bytes_->append(field);
  }
}

std::unique_ptr<std::string> UnknownFields::Copy(const std::string& bytes) {
  return std::make_unique<std::string>(bytes);
}

}  // namespace seam
