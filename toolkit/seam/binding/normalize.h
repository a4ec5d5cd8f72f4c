#ifndef SEAM_BINDING_NORMALIZE_H_
#define SEAM_BINDING_NORMALIZE_H_

#include <cstddef>

#include "seam/core/error.h"

namespace seam {

// Bounds of what an error may carry across a seam. HTTP/2 peers refuse more than 8 KiB of headers
// in all; a message can triple in size there (percent-encoding) and travels twice (grpc-message and
// google.rpc.Status). The reason's bound is google.rpc.ErrorInfo's.
inline constexpr std::size_t kMaxErrorMessageBytes = 1024;
inline constexpr std::size_t kMaxErrorReasonBytes = 63;
inline constexpr std::size_t kMaxErrorMetadataBytes = 1536;
// What an entry takes of it besides its key and its value: their tags and lengths on the wire.
inline constexpr std::size_t kErrorMetadataEntryBytes = 8;

// Makes an error what it would be after a trip over the wire, so that it is the same in every
// binding: a code that is no canonical one becomes UNKNOWN, bytes that are not UTF-8 become U+FFFD,
// a message that is too long ends in "…", and metadata entries that do not fit are left out, the
// last in key order first.
void NormalizeError(Error& error);

// What NormalizeError does to the error that a handler returned, which is the handler's own answer
// even when it got the error from a module further on: the origin becomes kHandler.
void NormalizeHandlerError(Error& error);

}  // namespace seam

#endif  // SEAM_BINDING_NORMALIZE_H_
