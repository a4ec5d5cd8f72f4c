#include "seam/events/direct.h"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "seam/events/checks_internal.h"
#include "seam/events/event_message_internal.h"

namespace seam::events {
namespace {

// So many events, or bytes of payloads, are delivered by one call; an event that is larger goes by
// itself.
constexpr std::size_t kMostEvents = 500;
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

// The end of the call that begins with `begin`.
std::size_t EndOfCall(const std::vector<Event>& events, std::size_t begin) {
  std::size_t bytes = 0;
  std::size_t end = begin;
  while (end < events.size() && end - begin < kMostEvents) {
    bytes += events[end].payload.size();
    if (end > begin && bytes > kMostBytes) break;
    ++end;
  }
  return end;
}

}  // namespace

DirectDestination::DirectDestination(std::string subscriber, v1::InboxClient& inbox)
    : subscriber_(std::move(subscriber)), inbox_(inbox) {}

Result<void> DirectDestination::Deliver(const Context& context, const std::vector<Event>& events,
                                        std::size_t begin, std::size_t end) {
  v1::DeliverRequest request;
  request.subscriber = subscriber_;
  request.events.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i)
    request.events.push_back(internal::ToMessage(events[i]));
  auto delivered = inbox_.Deliver(context, request);
  if (!delivered) return Forward(std::move(delivered).error());
  return {};
}

std::vector<Result<void>> DirectDestination::Send(const Context& context,
                                                  const std::vector<Event>& events) {
  std::vector<Result<void>> results;
  results.reserve(events.size());
  std::optional<Error> unreachable;
  std::map<std::string, Error> refused;  // By entity.
  const auto answer = [&](const Event& event, std::size_t index) -> Result<void> {
    if (unreachable) return Forward(*unreachable);
    if (const auto before = refused.find(event.entity); before != refused.end()) {
      return Forward(before->second);
    }
    auto sent = Deliver(context, events, index, index + 1);
    if (sent) return sent;
    if (internal::IsOwnFault(sent.error())) {
      refused.emplace(event.entity, sent.error());
    } else {
      unreachable = sent.error();
    }
    return sent;
  };
  for (std::size_t begin = 0; begin < events.size();) {
    const std::size_t end = EndOfCall(events, begin);
    // Those whose entity was refused before are left out by going one by one.
    if (!unreachable && refused.empty()) {
      auto sent = Deliver(context, events, begin, end);
      if (sent) {
        results.resize(end);
        begin = end;
        continue;
      }
      if (!internal::IsOwnFault(sent.error())) unreachable = std::move(sent).error();
    }
    for (; begin < end; ++begin) results.push_back(answer(events[begin], begin));
  }
  return results;
}

}  // namespace seam::events
