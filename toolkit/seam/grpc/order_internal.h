#ifndef SEAM_GRPC_ORDER_INTERNAL_H_
#define SEAM_GRPC_ORDER_INTERNAL_H_

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

// What the thread sanitizer has to be told, because it cannot see it in a gRPC that was not
// compiled with it, as Debian's is not. Nothing is left of this in other builds.
namespace seam::grpc_internal {

// What is written before an operation is begun is seen by whoever takes its tag from the completion
// queue.

// To be called before `tag` is given to gRPC.
inline void* GivenToQueue(void* tag) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(tag);
#endif
  return tag;
}

// To be called before what `tag` stands for is touched again.
inline void* TakenFromQueue(void* tag) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(tag);
#endif
  return tag;
}

// What is written before something is sent is seen by whoever receives it, if that is in the same
// process, as in tests. All connections count as one, as the sanitizer has it with sockets.

#ifdef __SANITIZE_THREAD__
inline char network;
#endif

// To be called before a message, a status or a cancellation is sent.
inline void Sending() {
#ifdef __SANITIZE_THREAD__
  __tsan_release(&network);
#endif
}

// To be called when one has arrived.
inline void Received() {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(&network);
#endif
}

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_ORDER_INTERNAL_H_
