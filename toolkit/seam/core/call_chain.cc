#include "seam/core/call_chain.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace seam {

struct CallChain::Link {
  std::shared_ptr<const Link> before;
  std::string_view service;
  std::shared_ptr<const std::string> text;  // Where the service's text is, when it was parsed.
};

namespace {

bool IsServiceName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.';
  });
}

}  // namespace

template <class Visit>
void CallChain::ForEach(Visit visit) const {
  if (!last_.empty()) visit(last_);
  for (const Link* link = before_.get(); link != nullptr; link = link->before.get()) {
    visit(link->service);
  }
}

std::string_view CallChain::last() const noexcept {
  return last_.empty() && before_ != nullptr ? before_->service : last_;
}

std::size_t CallChain::Visits(std::string_view service) const noexcept {
  std::size_t visits = 0;
  ForEach([&](std::string_view visited) { visits += visited == service ? 1 : 0; });
  return visits;
}

bool CallChain::HasRoomFor(std::string_view service) const noexcept {
  std::size_t services = 1;
  std::size_t bytes = service.size();
  ForEach([&](std::string_view visited) {
    ++services;
    bytes += visited.size() + 1;
  });
  return services <= kMaxServices && bytes <= kMaxBytes;
}

void CallChain::Lengthen() {
  if (last_.empty()) return;
  before_ = std::make_shared<const Link>(Link{std::move(before_), last_, nullptr});
}

std::string CallChain::ToText() const {
  std::vector<std::string_view> services;
  ForEach([&](std::string_view service) { services.push_back(service); });
  std::string text;
  for (auto service = services.rbegin(); service != services.rend(); ++service) {
    if (!text.empty()) text += ',';
    text += *service;
  }
  return text;
}

std::optional<CallChain> ParseCallChain(std::string_view text) {
  if (text.size() > CallChain::kMaxBytes) return std::nullopt;
  const auto kept = std::make_shared<const std::string>(text);
  CallChain chain;
  std::size_t services = 0;
  for (std::size_t begin = 0; begin <= kept->size();) {
    const std::size_t end = std::min(kept->find(',', begin), kept->size());
    const std::string_view service = std::string_view(*kept).substr(begin, end - begin);
    if (!IsServiceName(service) || ++services > CallChain::kMaxServices) return std::nullopt;
    chain.before_ = std::make_shared<const CallChain::Link>(
        CallChain::Link{std::move(chain.before_), service, kept});
    begin = end + 1;
  }
  return chain;
}

}  // namespace seam
