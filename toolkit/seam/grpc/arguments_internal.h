#ifndef SEAM_GRPC_ARGUMENTS_INTERNAL_H_
#define SEAM_GRPC_ARGUMENTS_INTERNAL_H_

#include <grpc/impl/codegen/grpc_types.h>

#include <chrono>
#include <cstdint>

// Names and settings that both ends of a connection share.
namespace seam::grpc_internal {

// Trailing metadata with which a servicer's side says what its handler did: an OriginName.
inline constexpr char kOriginKey[] = "seam-origin";
inline constexpr char kTraceparentKey[] = "traceparent";
inline constexpr char kCallChainKey[] = "seam-call-chain";
// What the caller has left of its time, in nanoseconds. gRPC's own header has three digits of it,
// rounded up, and repeats that of an earlier call that is up to three per cent away, so that the
// time could grow from hop to hop. The earlier of both counts.
inline constexpr char kRemainingKey[] = "seam-remaining-ns";
// Asks the caller's gRPC library not to retry, with the value -1
// (https://github.com/grpc/proposal/blob/master/A6-client-retries.md#pushback).
inline constexpr char kPushbackKey[] = "grpc-retry-pushback-ms";

// What the other side may send us in headers. We send at most 8 KiB, as every peer takes.
inline constexpr int kMaxReceivedHeaderBytes = 16 * 1024;

// GrpcServer takes keep-alive probes this often.
inline constexpr std::chrono::milliseconds kShortestKeepAliveTime{10'000};

// Sets what is not needed here and costs something with every call, by set(name, value), for either
// end. grpc.minimal_stack must never be among it: it silently switches deadlines and limits off.
template <class Set>
void ApplyCommonArguments(Set&& set) {
  set(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  set(GRPC_ARG_ENABLE_CHANNELZ, 0);
  set(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);  // We send plain; a peer may still compress.
  set(GRPC_ARG_MAX_METADATA_SIZE, kMaxReceivedHeaderBytes);
}

// Sets what the libraries keep for the whole process. Turns off the deadlock detection of abseil's
// mutexes, which Debian's build has on and which costs a tenth of a call. Silences gRPC's own lines
// on stderr, unless the environment variable GRPC_VERBOSITY is set: what they tell comes back as
// errors. Keeps gRPC initialised for the life of the process.
void SetProcessDefaults();

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_ARGUMENTS_INTERNAL_H_
