#include "seam/sql/watchdog.h"

#include <sys/socket.h>

#include <algorithm>

namespace seam::sql {

Watchdog::Watchdog() : thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::Add(Entry& entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(&entry);
}

void Watchdog::Remove(Entry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  entries_.erase(std::remove(entries_.begin(), entries_.end(), &entry), entries_.end());
}

bool Watchdog::Begin(Entry& entry, int socket, Clock::time_point until, bool stoppable) {
  bool earlier = false;
  {
    const std::lock_guard lock(mutex_);
    if (stoppable && entry.stopped_) return false;
    entry.socket_ = socket;
    entry.stoppable_ = stoppable;
    entry.cut_ = Cut::kNo;
    entry.until_ = until;
    earlier = until < wakes_;
    if (earlier) wakes_ = until;
  }
  if (earlier) changed_.notify_one();
  return true;
}

Watchdog::Cut Watchdog::End(Entry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  entry.socket_ = -1;
  entry.until_ = Clock::time_point::max();
  return entry.cut_;
}

void Watchdog::Stop(Entry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  entry.stopped_ = true;
  if (entry.stoppable_) Shut(entry, Cut::kStopped);
}

void Watchdog::Reset(Entry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  entry.stopped_ = false;
}

void Watchdog::Shut(Entry& entry, Cut why) noexcept {
  if (entry.socket_ < 0) return;
  shutdown(entry.socket_, SHUT_RDWR);
  entry.socket_ = -1;
  entry.until_ = Clock::time_point::max();
  entry.cut_ = why;
}

void Watchdog::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = Clock::now();
    wakes_ = Clock::time_point::max();
    for (Entry* entry : entries_) {
      if (entry->until_ <= now) Shut(*entry, Cut::kTimeOver);
      wakes_ = std::min(wakes_, entry->until_);
    }
    if (wakes_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, wakes_);
    }
  }
}

}  // namespace seam::sql
