#ifndef SEAM_CORE_BUFFER_H_
#define SEAM_CORE_BUFFER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace seam {

// Owns a run of bytes, whoever allocated them: a string, an encoder's scratch space, or a slice of
// a transport, which is thus read without a copy. Move-only; not thread-safe.
class Buffer {
 public:
  // Gives back what the bytes belong to. Called once, on whichever thread lets the Buffer go.
  using Release = void (*)(void* owner);

  Buffer() noexcept = default;

  explicit Buffer(std::string bytes) {
    auto* owner = new std::string(std::move(bytes));
    *this = Buffer(*owner, owner, [](void* string) { delete static_cast<std::string*>(string); });
  }

  // `bytes` stay valid and unchanged until `release(owner)` is called.
  Buffer(std::string_view bytes, void* owner, Release release) noexcept
      : bytes_(bytes), owner_(owner), release_(release) {}

  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      Reset();
      bytes_ = std::exchange(other.bytes_, {});
      owner_ = std::exchange(other.owner_, nullptr);
      release_ = std::exchange(other.release_, nullptr);
    }
    return *this;
  }
  ~Buffer() { Reset(); }

  // Valid as long as this Buffer.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  // The parts, and with them the duty to call `release(owner)` when `release` is not null. Leaves
  // this Buffer empty.
  struct Parts {
    std::string_view bytes;
    void* owner = nullptr;
    Release release = nullptr;
  };
  [[nodiscard]] Parts Detach() && noexcept {
    return {std::exchange(bytes_, {}), std::exchange(owner_, nullptr),
            std::exchange(release_, nullptr)};
  }

 private:
  void Reset() noexcept {
    if (release_ != nullptr) release_(owner_);
    bytes_ = {};
    owner_ = nullptr;
    release_ = nullptr;
  }

  std::string_view bytes_;
  void* owner_ = nullptr;
  Release release_ = nullptr;
};

}  // namespace seam

#endif  // SEAM_CORE_BUFFER_H_
