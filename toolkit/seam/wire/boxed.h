#ifndef SEAM_WIRE_BOXED_H_
#define SEAM_WIRE_BOXED_H_

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>

namespace seam {

// An optional T that lies on the heap: std::optional's interface and value semantics for a message
// that is too large to lie inside another one, or that contains itself. T may be incomplete where a
// Boxed<T> is a member. As thread-safe as a T.
//
// T's generated header declares, in T's namespace, the functions that copy and destroy it:
//   T* CloneBoxed(const T& value);
//   void DestroyBoxed(T* value) noexcept;
//
// Copying, comparing and destroying follow a chain of boxes by recursion. A message from the wire
// is at most 100 levels deep; a program that builds chains of many thousands itself has to take
// them apart itself.
template <class T>
class Boxed {
 public:
  using value_type = T;

  Boxed() noexcept = default;
  Boxed(std::nullopt_t) noexcept {}  // NOLINT(google-explicit-constructor): as std::optional's.
  Boxed(const T& value) : value_(CloneBoxed(value)) {}  // NOLINT(google-explicit-constructor)
  Boxed(T&& value) { emplace(std::move(value)); }       // NOLINT(google-explicit-constructor)
  Boxed(const Boxed& other)
      : value_(other.value_ == nullptr ? nullptr : CloneBoxed(*other.value_)) {}
  // Unlike a std::optional, the box that was moved from is empty.
  Boxed(Boxed&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  ~Boxed() { reset(); }

  Boxed& operator=(std::nullopt_t) noexcept {
    reset();
    return *this;
  }
  // A box may be its own source, and what fails leaves it as it was: the copy is made first.
  Boxed& operator=(const Boxed& other) {  // NOLINT(bugprone-unhandled-self-assignment)
    Boxed(other).swap(*this);
    return *this;
  }
  Boxed& operator=(Boxed&& other) noexcept {
    Boxed taken(std::move(other));
    swap(taken);
    return *this;
  }

  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  // Only when has_value().
  [[nodiscard]] T& operator*() & noexcept { return *Checked(); }
  [[nodiscard]] const T& operator*() const& noexcept { return *Checked(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*Checked()); }
  [[nodiscard]] T* operator->() noexcept { return Checked(); }
  [[nodiscard]] const T* operator->() const noexcept { return Checked(); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }

  // Replaces what is there; the reference is valid until the box is emptied or assigned to. Takes
  // what initialises a T.
  template <class... Args>
  T& emplace(Args&&... args) {
    T* value = new T{std::forward<Args>(args)...};
    reset();
    value_ = value;
    return *value;
  }

  void reset() noexcept {
    if (value_ != nullptr) DestroyBoxed(std::exchange(value_, nullptr));
  }

  void swap(Boxed& other) noexcept { std::swap(value_, other.value_); }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    if (a.has_value() != b.has_value()) return false;
    return !a.has_value() || *a == *b;
  }
  friend bool operator!=(const Boxed& a, const Boxed& b) { return !(a == b); }
  friend bool operator==(const Boxed& a, std::nullopt_t) noexcept { return !a.has_value(); }
  friend bool operator!=(const Boxed& a, std::nullopt_t) noexcept { return a.has_value(); }

 private:
  T* Checked() const noexcept {
    assert(value_ != nullptr);
    return value_;
  }

  T* value_ = nullptr;
};

}  // namespace seam

#endif  // SEAM_WIRE_BOXED_H_
