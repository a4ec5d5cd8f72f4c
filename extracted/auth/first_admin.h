#ifndef EXTRACTED_AUTH_FIRST_ADMIN_H_
#define EXTRACTED_AUTH_FIRST_ADMIN_H_

#include "auth/module.h"
#include "seam/core/context.h"
#include "seam/core/result.h"
#include "seam/observe/log.h"

namespace shop::auth {

// Makes the first admin, so that whoever reaches the service can count on there being one. As long
// as users cannot be reached or is too busy it is asked again, first soon and then every few
// seconds: the services may start in any order, and only the very first start waits. A password
// that the module has made is printed once on standard output. Fails with CANCELLED when `context`
// is cancelled, and with what AuthModule::EnsureFirstAdmin fails with.
[[nodiscard]] seam::Result<void> MakeFirstAdmin(const seam::Context& context, AuthModule& module,
                                                const FirstAdmin& admin, seam::Log& log);

}  // namespace shop::auth

#endif  // EXTRACTED_AUTH_FIRST_ADMIN_H_
