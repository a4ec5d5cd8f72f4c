#include "tool/structure/standard_headers_internal.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace seam::structure {
namespace {

// In the order of their bytes, to be found by halves.
constexpr std::array<std::string_view, 221> kStandardHeaders = {
    "aio.h", "algorithm", "alloca.h", "any", "arpa/inet.h", "array", "assert.h", "atomic",
    "barrier", "bit", "bitset", "byteswap.h", "cassert", "ccomplex", "cctype", "cerrno",
    "cfenv", "cfloat", "charconv", "chrono", "cinttypes", "ciso646", "climits", "clocale",
    "cmath", "codecvt", "compare", "complex", "complex.h", "concepts", "condition_variable",
    "coroutine", "cpio.h", "csetjmp", "csignal", "cstdalign", "cstdarg", "cstdbool", "cstddef",
    "cstdint", "cstdio", "cstdlib", "cstring", "ctgmath", "ctime", "ctype.h", "cuchar",
    "cwchar", "cwctype", "debugging", "deque", "dirent.h", "dlfcn.h", "endian.h", "err.h",
    "errno.h", "exception", "execution", "expected", "fcntl.h", "fenv.h", "filesystem",
    "flat_map", "flat_set", "float.h", "fmtmsg.h", "fnmatch.h", "format", "forward_list",
    "fstream", "ftw.h", "functional", "future", "generator", "getopt.h", "glob.h", "grp.h",
    "hazard_pointer", "iconv.h", "initializer_list", "inplace_vector", "inttypes.h", "iomanip",
    "ios", "iosfwd", "iostream", "iso646.h", "istream", "iterator", "langinfo.h", "latch",
    "libgen.h", "limits", "limits.h", "linalg", "list", "locale", "locale.h", "malloc.h", "map",
    "math.h", "mdspan", "memory", "memory.h", "memory_resource", "monetary.h", "mqueue.h",
    "mutex", "ndbm.h", "net/if.h", "netdb.h", "netinet/in.h", "netinet/tcp.h", "new",
    "nl_types.h", "numbers", "numeric", "optional", "ostream", "poll.h", "print", "pthread.h",
    "pwd.h", "queue", "random", "ranges", "ratio", "rcu", "regex", "regex.h", "sched.h",
    "scoped_allocator", "search.h", "semaphore", "semaphore.h", "set", "setjmp.h",
    "shared_mutex", "signal.h", "simd", "source_location", "span", "spanstream", "spawn.h",
    "sstream", "stack", "stacktrace", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbit.h",
    "stdbool.h", "stdckdint.h", "stddef.h", "stdexcept", "stdfloat", "stdint.h", "stdio.h",
    "stdlib.h", "stdnoreturn.h", "stop_token", "streambuf", "string", "string.h", "string_view",
    "strings.h", "stropts.h", "strstream", "syncstream", "sys/cdefs.h", "sys/epoll.h",
    "sys/file.h", "sys/ioctl.h", "sys/ipc.h", "sys/mman.h", "sys/msg.h", "sys/param.h",
    "sys/resource.h", "sys/select.h", "sys/sem.h", "sys/shm.h", "sys/socket.h", "sys/stat.h",
    "sys/statvfs.h", "sys/syscall.h", "sys/sysctl.h", "sys/time.h", "sys/times.h",
    "sys/types.h", "sys/uio.h", "sys/un.h", "sys/utsname.h", "sys/wait.h", "syslog.h",
    "system_error", "tar.h", "termios.h", "text_encoding", "tgmath.h", "thread", "threads.h",
    "time.h", "tuple", "type_traits", "typeindex", "typeinfo", "uchar.h", "ulimit.h",
    "unistd.h", "unordered_map", "unordered_set", "utility", "utime.h", "utmpx.h", "valarray",
    "variant", "vector", "version", "wchar.h", "wctype.h", "wordexp.h"};

}  // namespace

bool IsStandardHeader(std::string_view name) {
  return std::binary_search(kStandardHeaders.begin(), kStandardHeaders.end(), name);
}

}  // namespace seam::structure
