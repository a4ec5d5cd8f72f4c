#include "seam/host/open_files.h"

#include <sys/resource.h>

#include <cstdint>

namespace seam {
namespace {

constexpr rlim_t kFew = 1024;

}  // namespace

void AllowMostOpenFiles(Log& log) {
  rlimit limit{};
  bool done = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
  if (done && limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    done = ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
    if (!done) limit.rlim_cur = before;
  }
  if (done && limit.rlim_cur >= kFew) return;
  log.Warning("few files and connections can be open; raise the hard limit (ulimit -Hn)",
              {{"limit", static_cast<std::uint64_t>(limit.rlim_cur)}});
}

}  // namespace seam
