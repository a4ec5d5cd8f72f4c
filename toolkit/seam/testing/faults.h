#ifndef SEAM_TESTING_FAULTS_H_
#define SEAM_TESTING_FAULTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <utility>

#include "seam/core/buffer.h"
#include "seam/core/channel.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/patience.h"
#include "seam/core/result.h"
#include "seam/testing/cutting_proxy.h"

// What goes wrong between a caller and a handler, on purpose. Everything works on channels, so on
// every binding: around a ClientChannel (seam/testing/client_channel.h) also in-process.
//
//   seam::testing::FaultPlan plan(seed, 3);
//   seam::testing::FaultyChannel faulty(
//       channel, [&](const seam::MethodContract& method) { return plan.Next(method); });
//   seam::testing::RetryingChannel patient(faulty);
//   GreeterRemoteClient client(patient);
namespace seam::testing {

// What happens to one attempt of a call.
enum class Fault {
  kNone,
  kBefore,   // It does not arrive: UNAVAILABLE, reason UNREACHABLE, kNotDelivered.
  kAfter,    // The handler runs, its answer is lost: UNAVAILABLE, CONNECTION_LOST, kOutcomeUnknown.
  kInReply,  // The connection breaks while the answer is on its way. Where the contract allows it,
             // the carrier tries again by itself, unless a part of the answer has arrived; then it
             // is UNAVAILABLE, CONNECTION_LOST, kOutcomeUnknown. Without a connection, as kAfter.
};

// Whether a call of the method may be made again when it may have run.
[[nodiscard]] bool MayRunTwice(const MethodContract& method) noexcept;

// Faults by a seed: the nth attempt has the same fate each time that the attempts are the same.
// Thread-safe; with several threads the order of their attempts decides.
class FaultPlan {
 public:
  // One in `one_in` attempts fails, more or less. Aborts when that is 0.
  FaultPlan(std::uint64_t seed, std::size_t one_in);

  // Of a method that may not run twice, only kBefore or kNone: whatever else happens to it, its
  // caller cannot make good again.
  [[nodiscard]] Fault Next(const MethodContract& method);

 private:
  const std::size_t one_in_;
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

// A channel that does to each attempt what `next` says. Thread-safe when `next` is, but for
// kInReply with a connection to cut, which is for one call at a time.
class FaultyChannel final : public Channel {
 public:
  using Next = std::function<Fault(const MethodContract& method)>;

  // `channel`, and `wire`, which `channel` connects through, must outlive it; `wire` may be null.
  FaultyChannel(Channel& channel, Next next, CuttingProxy* wire = nullptr);

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override;

  // What `context` refuses (Context::Check) is refused so, whatever the fault. So is, unless the
  // fault is kBefore, which does not get that far, what `channel` refuses to deliver.
  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override;

 private:
  Channel& channel_;
  const Next next_;
  CuttingProxy* const wire_;
};

// A channel that tries again what is UNAVAILABLE, as a careful caller does: what was not delivered
// whatever the method, what may have run when the method may run twice. At once the first time,
// then after pauses that grow by a millisecond. Thread-safe; `channel` must outlive it.
//
// Makes no attempt that the call's context refuses (Context::Check), and pauses no longer than that
// takes: then the call fails with INVALID_ARGUMENT, DEADLINE_EXCEEDED or CANCELLED, with the origin
// kOutcomeUnknown when an attempt may have run.
class RetryingChannel final : public Channel {
 public:
  // Holds the calling thread up, as seam::Pause does.
  using PauseFor = std::function<void(const Context& context, Context::Clock::duration span)>;

  explicit RetryingChannel(Channel& channel, int most_attempts = 50, PauseFor pause = Pause)
      : channel_(channel), most_attempts_(most_attempts), pause_(std::move(pause)) {}

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override;

  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override;

 private:
  Channel& channel_;
  const int most_attempts_;
  const PauseFor pause_;
};

// A channel that delivers every call of a method that may run twice two times, and gives the second
// answer: the one that a caller gets who has lost the first. Thread-safe; `channel` must outlive
// it.
class TwiceChannel final : public Channel {
 public:
  explicit TwiceChannel(Channel& channel) : channel_(channel) {}

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override;

  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override;

 private:
  Channel& channel_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_FAULTS_H_
