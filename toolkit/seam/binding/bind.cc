#include "seam/binding/bind.h"

namespace seam {

std::string_view BindingKindName(BindingKind kind) noexcept {
  switch (kind) {
    case BindingKind::kInProcess: return "in-process";
    case BindingKind::kInProcessCodec: return "in-process-codec";
    case BindingKind::kGrpc: return "grpc";
  }
  return "in-process";
}

std::optional<BindingKind> ParseBindingKind(std::string_view name) noexcept {
  for (const BindingKind kind :
       {BindingKind::kInProcess, BindingKind::kInProcessCodec, BindingKind::kGrpc}) {
    if (name == BindingKindName(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace seam
