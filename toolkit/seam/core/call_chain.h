#ifndef SEAM_CORE_CALL_CHAIN_H_
#define SEAM_CORE_CALL_CHAIN_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace seam {

// The services that a call has come through, the first one first: orders calls products, which
// calls orders, makes "shop.orders.v1.Orders,shop.products.v1.Products,shop.orders.v1.Orders". The
// bindings keep it, so that a circle of calls ends with an error and not when threads or memory run
// out. An immutable value but for Enter; copying shares what is heavy.
class CallChain {
 public:
  // No call goes on beyond these, as a chain has to fit into the headers of a request.
  static constexpr std::size_t kMaxServices = 32;
  static constexpr std::size_t kMaxBytes = 1024;  // Of ToText.

  CallChain() = default;

  [[nodiscard]] bool empty() const noexcept { return last_.empty() && before_ == nullptr; }

  // The service that it came to last, whose handler is at work; empty when there is none. Valid as
  // long as any copy of this chain.
  [[nodiscard]] std::string_view last() const noexcept;

  // How often the chain has come to `service`, a full name.
  [[nodiscard]] std::size_t Visits(std::string_view service) const noexcept;

  // Whether the chain stays within its limits with one more `service`.
  [[nodiscard]] bool HasRoomFor(std::string_view service) const noexcept;

  // For the bindings: comes to `service`, whose text must live as long as the program, as a
  // contract's does. Inline for the first one, which is all that most calls have.
  void Enter(std::string_view service) {
    if (!empty()) Lengthen();
    last_ = service;
  }

  // The names with commas between, as the chain travels; empty when there are none.
  [[nodiscard]] std::string ToText() const;

 private:
  struct Link;
  friend std::optional<CallChain> ParseCallChain(std::string_view text);
  template <class Visit>
  void ForEach(Visit visit) const;  // The last one first.
  void Lengthen();

  std::shared_ptr<const Link> before_;
  std::string_view last_;  // Empty when it is the last in before_, as after parsing.
};

// Reads what ToText wrote; nothing when the text is no such chain or over the limits.
[[nodiscard]] std::optional<CallChain> ParseCallChain(std::string_view text);

}  // namespace seam

#endif  // SEAM_CORE_CALL_CHAIN_H_
