#ifndef HTTP_LANE_H_
#define HTTP_LANE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace shop::http {

// Requests that wait for a thread, in the order in which they came, and the threads that serve
// them. Thread-safe.
template <class Item>
class Lane {
 public:
  using Clock = std::chrono::steady_clock;

  // `serve` is called on one of the threads for each item that was taken, and must not throw.
  Lane(std::size_t threads, std::size_t most_waiting, std::function<void(Item)> serve)
      : most_waiting_(most_waiting), serve_(std::move(serve)), idle_(threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  // Serves what waits first.
  ~Lane() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // False, and nothing is taken, when all threads are busy and as many wait as may.
  [[nodiscard]] bool Offer(Item item) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= idle_ + most_waiting_) return false;
      waiting_.push_back({std::move(item), Clock::now()});
    }
    changed_.notify_one();
    return true;
  }

  // Takes out those that have waited since before `since`: they are not served.
  [[nodiscard]] std::vector<Item> TakeOverdue(Clock::time_point since) {
    std::vector<Item> overdue;
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && waiting_.front().since < since) {
      overdue.push_back(std::move(waiting_.front().item));
      waiting_.pop_front();
    }
    return overdue;
  }

 private:
  struct Waiting {
    Item item;
    Clock::time_point since;
  };

  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Item item = std::move(waiting_.front().item);
      waiting_.pop_front();
      --idle_;
      lock.unlock();
      serve_(std::move(item));
      lock.lock();
      ++idle_;
    }
  }

  const std::size_t most_waiting_;
  const std::function<void(Item)> serve_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t idle_;  // Threads that serve nothing.
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace shop::http

#endif  // HTTP_LANE_H_
