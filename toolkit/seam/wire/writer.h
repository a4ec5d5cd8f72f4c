#ifndef SEAM_WIRE_WRITER_H_
#define SEAM_WIRE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "seam/core/buffer.h"
#include "seam/wire/fields.h"

namespace seam::wire {

// Encodes a message into a block that it fills backwards and grows as needed: no pass over the
// message is needed to know the lengths, and the bytes are never copied out. Generated code calls
// the field functions of FieldSink; wire::EncodeMessage is what others call. Not thread-safe.
class Writer : public FieldSink<Writer> {
 public:
  Writer() noexcept = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  // What was written, without a copy. Leaves the writer empty.
  [[nodiscard]] Buffer Finish() noexcept;

 private:
  friend class FieldSink<Writer>;

  void Reserve(std::size_t size) {
    if (static_cast<std::size_t>(at_ - block_) < size) Grow(size);
  }

  void PutVarint(std::uint64_t value) noexcept {
    if (value < 0x80) {
      *--at_ = static_cast<char>(value);
      return;
    }
    char* to = at_ -= internal::VarintSize(value);
    do {
      *to++ = static_cast<char>(value | 0x80);
      value >>= 7;
    } while (value >= 0x80);
    *to = static_cast<char>(value);
  }

  template <class Wire>
  void PutFixed(Wire bits) noexcept {
    at_ -= sizeof bits;
    // The compiler makes one store of it where the machine's little end comes first.
    for (std::size_t i = 0; i < sizeof bits; ++i) at_[i] = static_cast<char>(bits >> (8 * i));
  }

  void PutBytes(std::string_view bytes) noexcept {
    if (bytes.empty()) return;
    at_ -= bytes.size();
    std::memcpy(at_, bytes.data(), bytes.size());
  }

  // Not inline: there are too many of them for the compiler's time and the processor's cache.
  void PutLengthAndBytes(std::uint32_t tag, std::string_view bytes);

  template <std::uint32_t kTag>
  void PutTag() noexcept {
    PutVarint(kTag);
  }

  template <class T>
  void PutMessage(const T& message) {
    Encode(message, *this);
  }

  void Grow(std::size_t size);

  char* block_ = nullptr;
  char* at_ = nullptr;  // The first byte written.
  char* end_ = nullptr;
};

}  // namespace seam::wire

#endif  // SEAM_WIRE_WRITER_H_
