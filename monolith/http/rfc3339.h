#ifndef HTTP_RFC3339_H_
#define HTTP_RFC3339_H_

#include <string>

#include "seam/core/time.h"

namespace shop::http {

// "2024-11-22T13:30:00.125Z" (https://www.rfc-editor.org/rfc/rfc3339), rounded towards the past to
// the millisecond. For the years 1 to 9999, as a valid Timestamp is.
[[nodiscard]] std::string FormatRfc3339(const seam::Timestamp& timestamp);

}  // namespace shop::http

#endif  // HTTP_RFC3339_H_
