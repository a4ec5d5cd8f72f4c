#ifndef HTTP_DESCRIPTOR_H_
#define HTTP_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace shop::http {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

}  // namespace shop::http

#endif  // HTTP_DESCRIPTOR_H_
