#ifndef INVENTORY_REBUILD_H_
#define INVENTORY_REBUILD_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "inventory/parts.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "shop/products/v1/products_client.h"

namespace shop::inventory {

// Reads all stock from products anew, page by page, while events go on to be applied: of two
// readings of a product the newer one stays, wherever it came from. In the end it is as if all
// events had been applied that ever were. For one thread; several, also of several processes, may
// each have one on the same database, of which one at a time is at work.
class Rebuild {
 public:
  // Both must outlive this object.
  Rebuild(Parts& parts, products::v1::ProductsClient& products);

  enum class Outcome {
    kNothingToDo,  // None is due, or another is at work.
    kDone,
    kFailed,  // It will be begun anew.
  };

  // Does a rebuild that is due. Ends early when `caller` is cancelled.
  Outcome Run(const seam::Context& caller);

 private:
  [[nodiscard]] seam::Result<void> ReadAll(const seam::Context& context, std::int64_t generation);
  void Leave();

  Parts& parts_;
  products::v1::ProductsClient& products_;
  const std::string holder_;
};

// The thread that does the rebuilds which are due, and forgets what was deleted long ago, until its
// destruction, which cancels what is at work.
class RebuildWorker {
 public:
  // All must outlive the worker.
  RebuildWorker(Rebuild& rebuild, Parts& parts);
  RebuildWorker(const RebuildWorker&) = delete;
  RebuildWorker& operator=(const RebuildWorker&) = delete;
  ~RebuildWorker();

  // Looks now, rather than at the end of its interval. Thread-safe.
  void Wake();

 private:
  void Work();
  void RemoveDeleted(const seam::Context& context);

  Rebuild& rebuild_;
  Parts& parts_;
  const seam::CancellationSource stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace shop::inventory

#endif  // INVENTORY_REBUILD_H_
