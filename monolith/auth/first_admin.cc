#include <cstdio>

#include "auth/module.h"
#include "seam/core/patience.h"

namespace shop::auth {
namespace {

// To whoever looks on, and not to the log, which is kept and sent elsewhere.
void Print(const std::string& email, const std::string& password) {
  std::printf("The first admin is %s with the password %s, which is not shown again.\n",
              email.c_str(), password.c_str());
  std::fflush(stdout);
}

}  // namespace

seam::Result<std::optional<std::string>> MakeFirstAdmin(const seam::Context& context,
                                                        AuthModule& module, const FirstAdmin& admin,
                                                        seam::Log& log) {
  auto made = seam::Patiently(
      context,
      [&](const seam::Context& attempt) { return module.EnsureFirstAdmin(attempt, admin); },
      [&](const seam::Error& error) {
        log.Warning("the first admin cannot be made yet; it is tried again",
                    {{"error", seam::ToString(error)}});
      });
  // At once, before anything else can fail: nobody else knows it.
  if (made && *made) Print(admin.email, **made);
  return made;
}

}  // namespace shop::auth
