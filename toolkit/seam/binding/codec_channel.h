#ifndef SEAM_BINDING_CODEC_CHANNEL_H_
#define SEAM_BINDING_CODEC_CHANNEL_H_

#include "seam/binding/dispatch.h"
#include "seam/core/channel.h"
#include "seam/core/servicer.h"

namespace seam {

// The in-process-codec binding: a remote client over this channel sends every message through the
// wire format and back, to a servicer in the same process, on the caller's thread. The test
// default, and the last rehearsal before a module moves. Thread-safe; `servicer` must outlive it.
class CodecChannel final : public Channel {
 public:
  explicit CodecChannel(Servicer& servicer, DispatchRules rules = {});

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override;

  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override;

 private:
  Servicer& servicer_;
  const DispatchRules rules_;
};

}  // namespace seam

#endif  // SEAM_BINDING_CODEC_CHANNEL_H_
