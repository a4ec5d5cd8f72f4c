// Two handlers of one server write the same variable with nothing between them. The thread
// sanitizer has to say so, whatever it was told about gRPC.
#include <atomic>
#include <future>
#include <thread>

#include "test_service.h"

int main() {
  // Relaxed, so that the handlers meet without an order between them.
  std::atomic<int> entered = 0;
  int written = 0;
  seam::TestServer server([&](const seam::Context& context, std::string_view request) {
    entered.fetch_add(1, std::memory_order_relaxed);
    while (entered.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    ++written;
    return seam::Echo(context, request);
  });
  const auto call = [&] {
    return seam::OpenChannel(server.address())
        ->Call(seam::AddMethod(), seam::Context(), seam::Bytes("x"))
        .has_value();
  };
  auto first = std::async(std::launch::async, call);
  const bool second = call();
  return first.get() && second ? 0 : 1;
}
