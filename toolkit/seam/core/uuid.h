#ifndef SEAM_CORE_UUID_H_
#define SEAM_CORE_UUID_H_

#include <chrono>
#include <string>
#include <string_view>

namespace seam {

// UUIDs as text in the canonical form: 32 lower-case hex digits in groups of 8-4-4-4-12
// (https://www.rfc-editor.org/rfc/rfc9562). All functions are thread-safe.

// A new version 7 UUID: the milliseconds since 1970, then 74 random bits. Ids sort by the
// millisecond they were made in. Unique, but guessable by somebody who has seen others: never use
// one as a secret.
[[nodiscard]] std::string NewUuidV7();

// The same for a given time, which must not be before 1970.
[[nodiscard]] std::string NewUuidV7(std::chrono::system_clock::time_point time);

// Whether `text` is a UUID of any version, in canonical form. Upper case is refused: two spellings
// of one id would be two keys.
[[nodiscard]] bool IsUuid(std::string_view text) noexcept;

// The same, of version 7 and the RFC's variant.
[[nodiscard]] bool IsUuidV7(std::string_view text) noexcept;

}  // namespace seam

#endif  // SEAM_CORE_UUID_H_
