#ifndef TOOL_DIVERGE_STOCK_GRPC_H_
#define TOOL_DIVERGE_STOCK_GRPC_H_

#include <memory>

#include "seam/core/channel.h"
#include "seam/core/servicer.h"

namespace seam::diverge {

// gRPC as its tutorials use it, with the retry policy that its documentation shows: the status has
// a code and a text, the deadline is a point of the system's clock, exceptions are UNKNOWN. Serves
// on a free port of 127.0.0.1. Thread-safe.
class StockGrpc {
 public:
  // `servicer` must outlive it. Aborts when it cannot listen.
  explicit StockGrpc(Servicer& servicer);
  StockGrpc(const StockGrpc&) = delete;
  StockGrpc& operator=(const StockGrpc&) = delete;
  ~StockGrpc();

  [[nodiscard]] Channel& channel() noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace seam::diverge

#endif  // TOOL_DIVERGE_STOCK_GRPC_H_
