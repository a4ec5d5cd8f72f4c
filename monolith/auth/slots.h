#ifndef AUTH_SLOTS_H_
#define AUTH_SLOTS_H_

#include <condition_variable>
#include <memory>
#include <mutex>

#include "seam/core/context.h"
#include "seam/core/result.h"

namespace shop::auth {

// How many may do at once what takes much memory and time, and how many may wait for it.
// Thread-safe.
class Slots {
 public:
  // `slots` is at least 1.
  Slots(int slots, int places) : free_(slots), places_(places) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  // Gives the slot back when it goes. Its Slots must outlive it.
  struct Return {
    void operator()(Slots* slots) const noexcept { slots->Give(); }
  };
  using Slot = std::unique_ptr<Slots, Return>;

  // Waits for a slot. Fails with RESOURCE_EXHAUSTED, reason AUTH_BUSY, when as many wait as may,
  // with DEADLINE_EXCEEDED and with CANCELLED.
  [[nodiscard]] seam::Result<Slot> Take(const seam::Context& context);

 private:
  void Give() noexcept;

  std::mutex mutex_;
  std::condition_variable given_;
  int free_;
  const int places_;
  int waiting_ = 0;
};

}  // namespace shop::auth

#endif  // AUTH_SLOTS_H_
