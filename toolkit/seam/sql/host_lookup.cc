#include "seam/sql/host_lookup_internal.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace seam::sql {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* found) const noexcept { freeaddrinfo(found); }
};

HostLookup::Answer Resolve(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  HostLookup::Answer answer;
  if (const int wrong = getaddrinfo(host.c_str(), nullptr, &hints, &list); wrong != 0) {
    answer.failure =
        wrong == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(wrong);
    return answer;
  }
  const std::unique_ptr<addrinfo, FreeAddresses> found(list);
  for (const addrinfo* next = found.get(); next != nullptr; next = next->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(next->ai_addr, next->ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      answer.addresses.emplace_back(text);
    }
  }
  if (answer.addresses.empty()) answer.failure = "it has no IP address";
  return answer;
}

}  // namespace

std::shared_future<HostLookup::Answer> HostLookup::Begin(const std::string& host) {
  const std::lock_guard lock(mutex_);
  std::shared_future<Answer>& last = last_[host];
  const bool running =
      last.valid() && last.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  if (running) return last;
  std::promise<Answer> answer;
  last = answer.get_future().share();
  try {
    std::thread([host, answer = std::move(answer)]() mutable {
      try {
        answer.set_value(Resolve(host, 0));
      } catch (const std::exception&) {
        answer.set_exception(std::current_exception());
      }
    }).detach();
  } catch (const std::system_error& failure) {
    std::promise<Answer> none;
    none.set_value({{}, std::string("no thread can be started: ") + failure.what()});
    last = none.get_future().share();
  }
  return last;
}

bool IsNumericAddress(const std::string& host) {
  return !Resolve(host, AI_NUMERICHOST).addresses.empty();
}

}  // namespace seam::sql
