#include "parts.h"

#include <httplib.h>
#include <signal.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

namespace shop::fault {
namespace {

constexpr std::size_t kMostComplaints = 20;

}  // namespace

bool IsSoak() {
  const char* const soak = std::getenv("SEAM_SOAK");
  return soak != nullptr && std::string_view(soak) == "1";
}

std::uint64_t Seed() {
  if (const char* const seed = std::getenv("SEAM_SEED")) return std::stoull(seed);
  return IsSoak() ? std::random_device()() : 1;
}

std::string Lines(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += text + "\n";
  return lines;
}

std::unique_ptr<httplib::Client> Connect(int port) {
  auto client = std::make_unique<httplib::Client>("127.0.0.1", port);
  client->set_tcp_nodelay(true);
  client->set_keep_alive(true);
  client->set_read_timeout(kPatience);
  return client;
}

std::string NewProduct(const std::string& name, std::int64_t stock) {
  const nlohmann::json product = {
      {"name", name}, {"price", {{"amount_minor", 850}, {"currency", "EUR"}}}, {"stock", stock}};
  return product.dump();
}

void Complaints::BeginRound(int number) {
  const std::lock_guard lock(mutex_);
  round_ = number;
}

void Complaints::Add(const std::string& complaint) {
  const std::lock_guard lock(mutex_);
  if (list_.size() < kMostComplaints) {
    list_.push_back("round " + std::to_string(round_) + ": " + complaint);
  }
}

std::vector<std::string> Complaints::list() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

bool Complaints::empty() const {
  const std::lock_guard lock(mutex_);
  return list_.empty();
}

void Complaints::Await(const std::string& what, const std::function<bool()>& holds,
                       std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds() && empty()) {
    if (std::chrono::steady_clock::now() > deadline) Add("waited in vain for " + what);
    std::this_thread::sleep_for(kOften);
  }
}

void Complaints::End(const std::string& name, seam::testing::Process& process, int signal) {
  process.Signal(signal);
  const std::optional<int> code = process.Wait(kPatience);
  const int expected = signal == SIGKILL ? 128 + SIGKILL : 0;
  const std::string output = process.output();
  if (!code) {
    Add(name + " does not end");
  } else if (*code != expected) {
    Add(name + " ended with " + std::to_string(*code) + " instead of " + std::to_string(expected) +
        ":\n" + output);
  } else if (output.find("Sanitizer") != std::string::npos) {
    Add(name + " was found faulty:\n" + output);
  }
}

}  // namespace shop::fault
