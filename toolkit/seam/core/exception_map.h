#ifndef SEAM_CORE_EXCEPTION_MAP_H_
#define SEAM_CORE_EXCEPTION_MAP_H_

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "seam/core/error.h"
#include "seam/core/result.h"

namespace seam {

namespace internal {
template <class T>
struct AnswerOf {
  using type = Result<T>;
};
template <class T>
struct AnswerOf<Result<T>> {
  using type = Result<T>;
};
}  // namespace internal

// What the exceptions of a class that was not written for seams mean to its module's callers: the
// one place where a handler over such a class turns them into errors.
//
//   class CatalogueHandler final : public v1::ProductsHandler {
//     seam::Result<v1::GetProductResponse> GetProduct(const seam::Context&,
//                                                     const v1::GetProductRequest& request)
//                                                     override {
//       return exceptions_.Answer([&] { return ToResponse(catalogue_.Find(request.id)); });
//     }
//     const seam::ExceptionMap exceptions_ = seam::ExceptionMap()
//         .Add<NotFound>(seam::Code::kNotFound, "PRODUCT_NOT_FOUND")
//         .Add<seam::sql::SqlError>(&seam::sql::ToError);
//   };
//
// Rows are asked in the order in which they were added, and the first that fits answers: a derived
// class comes before its base. Filled when it is made, by one thread; thread-safe afterwards.
class ExceptionMap {
 public:
  // An E, or what is derived from it, fails the call with `code` and `reason`, and with what() as
  // the message. That goes to the caller, who may be anybody: E is a type whose texts hold no
  // secrets.
  template <class E>
  ExceptionMap&& Add(Code code, std::string reason) && {
    return std::move(*this).template Add<E>([code, reason = std::move(reason)](const E& exception) {
      return Error{code, reason, exception.what(), {}, Origin::kHandler};
    });
  }

  // The same with the error that `to_error(const E&)` makes: for a text of its own, metadata, or
  // a type without a what(). What `to_error` throws comes through.
  template <class E, class ToError,
            std::enable_if_t<std::is_invocable_r_v<Error, const ToError&, const E&>, int> = 0>
  ExceptionMap&& Add(ToError to_error) && {
    rows_.emplace_back([to_error = std::move(to_error)]() -> std::optional<Error> {
      try {
        throw;
      } catch (const E& exception) {
        return to_error(exception);
      } catch (...) {
        return std::nullopt;
      }
    });
    return std::move(*this);
  }

  // What `work()` returns, a value or a Result, or the error of the row for the exception that it
  // throws. A CallError that no row is for fails the call with the error that it carries, as
  // Forward does. All others come through: the binding answers those with INTERNAL, reason
  // UNHANDLED_EXCEPTION, and their text is for the log.
  template <class Work>
  [[nodiscard]] auto Answer(Work&& work) const ->
      typename internal::AnswerOf<std::decay_t<std::invoke_result_t<Work>>>::type {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        std::forward<Work>(work)();
        return {};
      } else {
        return std::forward<Work>(work)();
      }
    } catch (...) {
      return Forward(ErrorOfCurrentException());
    }
  }

 private:
  // Inside a catch block; throws the exception on when no row fits.
  [[nodiscard]] Error ErrorOfCurrentException() const;

  std::vector<std::function<std::optional<Error>()>> rows_;
};

}  // namespace seam

#endif  // SEAM_CORE_EXCEPTION_MAP_H_
