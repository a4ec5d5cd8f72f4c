#ifndef SEAM_WIRE_MEASURE_H_
#define SEAM_WIRE_MEASURE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "seam/wire/fields.h"

namespace seam::wire {

// Finds how many bytes a Writer would write, and what would be wrong with them, without writing.
// Generated code calls the field functions of FieldSink; wire::MeasureMessage is what others call.
// Not thread-safe.
class Measurer : public FieldSink<Measurer> {
 public:
  Measurer() noexcept = default;
  Measurer(const Measurer&) = delete;
  Measurer& operator=(const Measurer&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  friend class FieldSink<Measurer>;

  void Reserve(std::size_t) noexcept {}
  void PutVarint(std::uint64_t value) noexcept { size_ += internal::VarintSize(value); }
  template <class Wire>
  void PutFixed(Wire) noexcept {
    size_ += sizeof(Wire);
  }
  void PutBytes(std::string_view bytes) noexcept { size_ += bytes.size(); }
  void PutLengthAndBytes(std::uint32_t tag, std::string_view bytes) noexcept {
    size_ += internal::VarintSize(tag) + internal::VarintSize(bytes.size()) + bytes.size();
  }
  template <std::uint32_t kTag>
  void PutTag() noexcept {
    constexpr std::size_t kSize = internal::VarintSize(kTag);
    size_ += kSize;
  }
  template <class T>
  void PutMessage(const T& message) {
    static_cast<void>(Measure(message, *this));  // Its size is in size_ as well.
  }

  std::size_t size_ = 0;
};

}  // namespace seam::wire

#endif  // SEAM_WIRE_MEASURE_H_
