#ifndef SEAM_CORE_SERVICER_H_
#define SEAM_CORE_SERVICER_H_

#include <cstddef>

#include "seam/core/buffer.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"

namespace seam {

// The server side of a contract: bytes in, handler called, bytes out. Generated, one class a
// service; a carrier serves it through Dispatch (seam/binding/dispatch.h), which adds the rules
// that hold for every call. Thread-safe when the handler is, as a handler has to be.
class Servicer {
 public:
  Servicer() = default;
  Servicer(const Servicer&) = delete;
  Servicer& operator=(const Servicer&) = delete;
  virtual ~Servicer() = default;

  [[nodiscard]] virtual const ServiceContract& contract() const noexcept = 0;

  // Decodes `request`, calls the handler's method with this index in the contract, and encodes what
  // it returns. Fails with INVALID_ARGUMENT, reason MALFORMED_REQUEST, when the bytes are no such
  // message; with INTERNAL, reason INVALID_UTF8, when the reply's text is not UTF-8; with
  // UNIMPLEMENTED for an index the contract does not have. Lets the handler's exceptions through.
  [[nodiscard]] virtual Result<Buffer> Handle(std::size_t method, const Context& context,
                                              const Buffer& request) = 0;
};

}  // namespace seam

#endif  // SEAM_CORE_SERVICER_H_
