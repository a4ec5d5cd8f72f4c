#ifndef SEAM_SQL_HOST_LOOKUP_INTERNAL_H_
#define SEAM_SQL_HOST_LOOKUP_INTERNAL_H_

#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace seam::sql {

// Looks hosts' names up by the system's resolver, on threads of their own: it blocks for as long as
// it likes, ten seconds and more when a name server is dead. While one name is being looked up,
// whoever asks for it waits for the same answer, so a dead name server costs one thread for each
// name. What is still asked when this object ends goes on by itself, and its answer is dropped.
// Thread-safe.
class HostLookup {
 public:
  struct Answer {
    std::vector<std::string> addresses;  // Numeric, the best first.
    std::string failure;                 // Why there are none.
  };

  // Wait for it with a time limit; it throws nothing but std::bad_alloc.
  [[nodiscard]] std::shared_future<Answer> Begin(const std::string& host);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Answer>> last_;
};

// Whether it is an IP address in numbers, which nobody has to be asked for.
[[nodiscard]] bool IsNumericAddress(const std::string& host);

}  // namespace seam::sql

#endif  // SEAM_SQL_HOST_LOOKUP_INTERNAL_H_
