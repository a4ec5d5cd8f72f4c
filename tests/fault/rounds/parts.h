#ifndef TESTS_FAULT_ROUNDS_PARTS_H_
#define TESTS_FAULT_ROUNDS_PARTS_H_

// What all games of load, ending and starting again share.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seam/testing/process.h"

namespace httplib {
class Client;
}

namespace shop::fault {

constexpr std::chrono::seconds kPatience{60};   // The longest wait for anything.
constexpr std::chrono::milliseconds kOften{1};  // How often something is looked at.

// Whether the long form is wanted: SEAM_SOAK=1.
[[nodiscard]] bool IsSoak();

// SEAM_SEED; without it 1, and by chance in the long form.
[[nodiscard]] std::uint64_t Seed();

// A line each, so that a failure is read easily.
[[nodiscard]] std::string Lines(const std::vector<std::string>& texts);

[[nodiscard]] std::unique_ptr<httplib::Client> Connect(int port);

// The body of the request that makes a product.
[[nodiscard]] std::string NewProduct(const std::string& name, std::int64_t stock);

// What was found amiss, by whichever thread. Thread-safe.
class Complaints {
 public:
  // What is found from now on is told with the number.
  void BeginRound(int number);
  void Add(const std::string& complaint);  // The first twenty are kept.

  [[nodiscard]] std::vector<std::string> list() const;
  [[nodiscard]] bool empty() const;

  // Waits until `holds`, or there is a complaint, such as that `patience` is over.
  void Await(const std::string& what, const std::function<bool()>& holds,
             std::chrono::milliseconds patience = kPatience);

  // Sends SIGTERM or SIGKILL and waits for the end. Complains unless it is that signal's, and when
  // a sanitizer has spoken.
  void End(const std::string& name, seam::testing::Process& process, int signal);

 private:
  mutable std::mutex mutex_;
  int round_ = 0;
  std::vector<std::string> list_;
};

}  // namespace shop::fault

#endif  // TESTS_FAULT_ROUNDS_PARTS_H_
