#ifndef SEAM_CORE_RESULT_H_
#define SEAM_CORE_RESULT_H_

#include <map>
#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "seam/core/error.h"

namespace seam {

// A failure of no particular type, which converts to a failed Result of any type.
using Failure = tl::unexpected<Error>;

// Fails with an error of this module's own making:
//   return seam::Fail(seam::Code::kNotFound, "PRODUCT_NOT_FOUND", "no product has id " + id);
[[nodiscard]] inline Failure Fail(Code code, std::string reason, std::string message,
                                  std::map<std::string, std::string> metadata = {}) {
  return Failure(
      Error{code, std::move(reason), std::move(message), std::move(metadata), Origin::kHandler});
}

// Hands an error on, unchanged:  if (!product) return seam::Forward(product.error());
[[nodiscard]] inline Failure Forward(Error error) { return Failure(std::move(error)); }

namespace internal {
// Prints the error (or that there was none) to stderr and aborts: a wrong access is a bug in the
// program, and reading on would answer somebody with made-up data.
[[noreturn]] void AbortOnValueOf(const Error& error) noexcept;
[[noreturn]] void AbortOnErrorOfSuccess() noexcept;
}  // namespace internal

// A value or an Error: std::expected's interface (P0323) for C++17, with two differences: a Result
// that is not looked at is a compiler warning, and reading what is not there aborts with the error
// instead of being undefined. A value type; as thread-safe as T.
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T>, "values cross seams, never references");
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "use Result<void> to return an error");

 public:
  using value_type = T;
  using error_type = Error;

  // Implicit on purpose, so that `return product;` and `return seam::Fail(…);` both read well.
  template <class U = T, std::enable_if_t<std::is_convertible_v<U&&, T> &&
                                              !std::is_same_v<std::decay_t<U>, Result> &&
                                              !std::is_same_v<std::decay_t<U>, Failure>,
                                          int> = 0>
  Result(U&& value) : state_(std::forward<U>(value)) {}      // NOLINT(google-explicit-constructor)
  Result(const Failure& failure) : state_(failure) {}        // NOLINT(google-explicit-constructor)
  Result(Failure&& failure) : state_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  // Abort when this Result has failed.
  [[nodiscard]] T& value() & { return *Checked(*this); }
  [[nodiscard]] const T& value() const& { return *Checked(*this); }
  [[nodiscard]] T&& value() && { return std::move(*Checked(*this)); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return Checked(*this); }
  [[nodiscard]] const T* operator->() const { return Checked(*this); }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return state_.value_or(std::forward<U>(fallback));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return std::move(state_).value_or(std::forward<U>(fallback));
  }

  // Aborts when this Result has succeeded.
  [[nodiscard]] const Error& error() const& {
    if (has_value()) internal::AbortOnErrorOfSuccess();
    return state_.error();
  }
  [[nodiscard]] Error&& error() && {
    if (has_value()) internal::AbortOnErrorOfSuccess();
    return std::move(state_).error();
  }

  // f(T) -> Result<U>, called when there is a value.
  template <class F>
  [[nodiscard]] auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return Forward(std::move(state_).error());
    return std::forward<F>(f)(*std::move(state_));
  }
  template <class F>
  [[nodiscard]] auto and_then(F&& f) const& -> std::invoke_result_t<F, const T&> {
    if (!has_value()) return Forward(state_.error());
    return std::forward<F>(f)(*state_);
  }

  // f(T) -> U, which may be void, called when there is a value.
  template <class F>
  [[nodiscard]] auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return Forward(std::move(state_).error());
    if constexpr (std::is_void_v<std::invoke_result_t<F, T&&>>) {
      std::forward<F>(f)(*std::move(state_));
      return {};
    } else {
      return std::forward<F>(f)(*std::move(state_));
    }
  }
  template <class F>
  [[nodiscard]] auto transform(F&& f) const& -> Result<std::invoke_result_t<F, const T&>> {
    if (!has_value()) return Forward(state_.error());
    if constexpr (std::is_void_v<std::invoke_result_t<F, const T&>>) {
      std::forward<F>(f)(*state_);
      return {};
    } else {
      return std::forward<F>(f)(*state_);
    }
  }

  // f(const Error&) -> Result<T>, called when there is an error.
  template <class F>
  [[nodiscard]] Result or_else(F&& f) && {
    if (has_value()) return std::move(*this);
    return std::forward<F>(f)(state_.error());
  }

  friend bool operator==(const Result& a, const Result& b) {
    if (a.has_value() != b.has_value()) return false;
    return a.has_value() ? *a.state_ == *b.state_ : a.state_.error() == b.state_.error();
  }
  friend bool operator!=(const Result& a, const Result& b) { return !(a == b); }

 private:
  template <class Self>
  static auto* Checked(Self& self) {
    if (!self.has_value()) internal::AbortOnValueOf(self.state_.error());
    return &*self.state_;
  }

  tl::expected<T, Error> state_;
};

// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(const Failure& failure) : state_(failure) {}        // NOLINT(google-explicit-constructor)
  Result(Failure&& failure) : state_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  // Aborts when this Result has failed.
  void value() const {
    if (!has_value()) internal::AbortOnValueOf(state_.error());
  }

  // Aborts when this Result has succeeded.
  [[nodiscard]] const Error& error() const& {
    if (has_value()) internal::AbortOnErrorOfSuccess();
    return state_.error();
  }
  [[nodiscard]] Error&& error() && {
    if (has_value()) internal::AbortOnErrorOfSuccess();
    return std::move(state_).error();
  }

  // f() -> Result<U>, called on success.
  template <class F>
  [[nodiscard]] auto and_then(F&& f) const -> std::invoke_result_t<F> {
    if (!has_value()) return Forward(state_.error());
    return std::forward<F>(f)();
  }

  friend bool operator==(const Result& a, const Result& b) {
    if (a.has_value() != b.has_value()) return false;
    return a.has_value() || a.state_.error() == b.state_.error();
  }
  friend bool operator!=(const Result& a, const Result& b) { return !(a == b); }

 private:
  tl::expected<void, Error> state_;
};

}  // namespace seam

#endif  // SEAM_CORE_RESULT_H_
