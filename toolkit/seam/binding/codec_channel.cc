#include "seam/binding/codec_channel.h"

#include <utility>

namespace seam {

CodecChannel::CodecChannel(Servicer& servicer, DispatchRules rules)
    : servicer_(servicer), rules_(std::move(rules)) {}

void CodecChannel::Start(const MethodContract& method, const Context& context, Buffer request,
                         Completion& completion) {
  completion.Complete(Call(method, context, std::move(request)));
}

Result<Buffer> CodecChannel::Call(const MethodContract& method, const Context& context,
                                  Buffer request) {
  return Dispatch(servicer_, method, context, request, rules_);
}

}  // namespace seam
