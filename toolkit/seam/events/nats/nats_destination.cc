#include "seam/events/nats/nats_destination.h"

#include <charconv>
#include <cstddef>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "seam/events/nats/events_stream_internal.h"
#include "seam/events/nats/nats_link_internal.h"

namespace seam::events {
namespace {

using internal::NatsOwned;
using internal::NatsUnavailable;

// When the caller has set no deadline.
constexpr std::chrono::milliseconds kPatience{5000};

// How long it may take until a cancelled context is noticed.
constexpr std::chrono::milliseconds kGlance{100};

// Published and not yet confirmed.
constexpr std::size_t kMaxInFlight = 500;

Failure TooLarge(const Event& event, std::size_t bytes, std::int64_t limit) {
  return Fail(Code::kResourceExhausted, "MESSAGE_TOO_LARGE",
              "the event " + event.id + " (" + event.type + ") has " + std::to_string(bytes) +
                  " bytes, and the NATS server takes messages of up to " + std::to_string(limit) +
                  " (its max_payload)");
}

Failure Lost(std::string message) {
  return Forward(Error{
      Code::kUnavailable, "NATS_UNAVAILABLE", std::move(message), {}, Origin::kOutcomeUnknown});
}

// What JetStream answers to a publication: {"stream":…,"seq":…} or {"error":{…}}.
Result<void> ReadAnswer(const Event& event, std::string_view text) {
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  std::int64_t code = 0;
  std::string description = "an answer that is none of JetStream's";
  if (answer.is_object()) {
    // There may be a sequence beside it.
    const auto error = answer.find("error");
    if (error == answer.end() && answer.contains("seq")) return {};
    if (error != answer.end() && error->is_object()) {
      const auto number = error->find("err_code");
      const auto words = error->find("description");
      if (number != error->end() && number->is_number_integer()) number->get_to(code);
      if (words != error->end() && words->is_string()) words->get_to(description);
    }
  }
  if (code == JSStreamMessageExceedsMaximumErr) {
    return Fail(Code::kResourceExhausted, "MESSAGE_TOO_LARGE",
                "the event " + event.id + " (" + event.type + ") is refused: " + description);
  }
  return Fail(Code::kUnavailable, "NATS_REFUSED", "the NATS server refuses events: " + description);
}

// The work of one Send.
class Sending {
 public:
  Sending(const Context& context, internal::NatsLinks& links, const std::vector<Event>& events)
      : context_(context), links_(links), events_(events), results_(events.size()) {}

  std::vector<Result<void>> Run() && {
    auto link = links_.Await(context_);
    if (!link) {
      FailRest(link.error());
    } else {
      link_ = *std::move(link);
      Queue();
      Publish();
    }
    std::vector<Result<void>> answer;
    answer.reserve(results_.size());
    for (auto& result : results_) answer.push_back(*std::move(result));
    return answer;
  }

 private:
  using Indexes = std::deque<std::size_t>;
  using Entity = std::pair<std::string_view, std::string_view>;  // With its source.

  static Entity EntityOf(const Event& event) { return {event.source, event.entity}; }

  // Those about one entity behind each other.
  void Queue() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      Indexes& line = lines_[EntityOf(events_[i])];
      if (line.empty()) ready_.push_back(i);
      line.push_back(i);
    }
  }

  void Publish() {
    natsInbox* inbox = nullptr;
    natsStatus status = natsInbox_Create(&inbox);
    if (status == NATS_OK) inbox_ = inbox;
    natsInbox_Destroy(inbox);
    natsSubscription* subscription = nullptr;
    if (status == NATS_OK) {
      status =
          natsConnection_SubscribeSync(&subscription, link_->connection(), (inbox_ + ".*").c_str());
    }
    answers_.reset(subscription);
    if (status != NATS_OK) {
      return FailRest(
          NatsUnavailable("no answers can be had: " + internal::NatsText(status)).value());
    }
    while (!ready_.empty() || in_flight_ != 0) {
      while (!ready_.empty() && in_flight_ < kMaxInFlight) {
        const std::size_t next = ready_.front();
        ready_.pop_front();
        if (auto begun = PublishOne(next); begun) {
          ++in_flight_;
        } else {
          Settle(next, std::move(begun));
        }
      }
      if (in_flight_ != 0 && !TakeAnswer()) return;
    }
  }

  Result<void> CheckStream(const std::string& source) {
    const auto known = streams_.find(source);
    if (known != streams_.end()) return known->second;
    Result<void> result;
    if (!internal::IsNatsName(source)) {
      result = Fail(Code::kInvalidArgument, "INVALID_EVENT",
                    "the source '" + source + "' cannot be a part of a stream's name");
    } else if (const std::string stream = internal::StreamName(source); !link_->IsChecked(stream)) {
      const auto state = internal::EnsureStream(context_, *link_, links_.options(), source);
      if (state) {
        link_->SetChecked(stream, true);
      } else {
        result = Forward(state.error());
      }
    }
    return streams_.emplace(source, result).first->second;
  }

  Result<void> PublishOne(std::size_t index) {
    const Event& event = events_[index];
    if (auto checked = CheckStream(event.source); !checked) return checked;
    const auto encoded = internal::EncodeEvent(event);
    if (!encoded) return Forward(encoded.error());
    const std::string_view bytes = encoded->bytes();
    const std::int64_t limit = natsConnection_GetMaxPayload(link_->connection());
    if (std::int64_t(bytes.size()) > limit) return TooLarge(event, bytes.size(), limit);
    natsMsg* made = nullptr;
    natsStatus status =
        natsMsg_Create(&made, internal::SubjectOf(event.source, event.topic).c_str(),
                       (inbox_ + "." + std::to_string(index)).c_str(), bytes.data(),
                       static_cast<int>(bytes.size()));
    const NatsOwned<natsMsg> message(made);
    if (status == NATS_OK) status = natsMsgHeader_Set(made, "Nats-Msg-Id", event.id.c_str());
    if (status == NATS_OK) {
      status = natsMsgHeader_Set(made, "Nats-Expected-Stream",
                                 internal::StreamName(event.source).c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(link_->connection(), made);
    if (status == NATS_OK) return {};
    // The headers count as well.
    if (status == NATS_MAX_PAYLOAD) return TooLarge(event, bytes.size(), limit);
    return Lost("an event cannot be published: " + internal::NatsText(status));
  }

  // Waits for one. False when there will be none any more.
  bool TakeAnswer() {
    natsMsg* taken = nullptr;
    const natsStatus status =
        natsSubscription_NextMsg(&taken, answers_.get(), internal::NatsWait(context_, kGlance));
    const NatsOwned<natsMsg> message(taken);
    if (status == NATS_OK) {
      const std::string_view subject = natsMsg_GetSubject(taken);
      const std::string_view digits = subject.substr(inbox_.size() + 1);
      std::size_t index = events_.size();
      std::from_chars(digits.begin(), digits.end(), index);
      if (index >= events_.size() || results_[index]) return true;
      --in_flight_;
      Settle(index, ReadAnswer(events_[index], {natsMsg_GetData(taken),
                                                std::size_t(natsMsg_GetDataLength(taken))}));
      return true;
    }
    if (status == NATS_TIMEOUT) {
      if (context_.cancelled()) {
        FailRest(Lost("cancelled before NATS had confirmed the events").value());
        return false;
      }
      if (context_.remaining() > Context::Clock::duration::zero()) return true;
      const std::string complaint = link_->LastError();
      FailRest(Lost("NATS did not confirm the events in time" +
                    (complaint.empty() ? "" : "; its last complaint: " + complaint))
                   .value());
      return false;
    }
    // Which of the events there was nobody for is not told, and does not matter.
    for (const auto& [source, result] : streams_) {
      link_->SetChecked(internal::StreamName(source), false);
    }
    FailRest(status == NATS_NO_RESPONDERS
                 ? Lost("a stream for events has been removed from the NATS server").value()
                 : Lost("the connection to NATS was lost: " + internal::NatsText(status)).value());
    return false;
  }

  // The answer for an event. The next one about its entity may go, or has the same error.
  void Settle(std::size_t index, Result<void> result) {
    Indexes& line = lines_[EntityOf(events_[index])];
    line.pop_front();
    if (result) {
      if (!line.empty()) ready_.push_back(line.front());
    } else {
      for (const std::size_t later : line) results_[later] = result;
      line.clear();
    }
    results_[index] = std::move(result);
  }

  void FailRest(const Error& error) {
    for (auto& result : results_) {
      if (!result) result = Result<void>(Forward(error));
    }
  }

  const Context& context_;
  internal::NatsLinks& links_;
  const std::vector<Event>& events_;
  std::vector<std::optional<Result<void>>> results_;

  std::shared_ptr<internal::NatsLink> link_;
  std::map<std::string, Result<void>> streams_;  // Looked at for this Send.
  std::map<Entity, Indexes> lines_;              // Not yet answered.
  Indexes ready_;                                // The first of each line, unless in flight.
  std::size_t in_flight_ = 0;
  std::string inbox_;
  NatsOwned<natsSubscription> answers_;
};

}  // namespace

NatsDestination::NatsDestination(std::shared_ptr<NatsConnection> connection)
    : connection_(std::move(connection)) {}

std::vector<Result<void>> NatsDestination::Send(const Context& context,
                                                const std::vector<Event>& events) {
  const Context bounded = context.deadline() ? context : context.WithTimeout(kPatience);
  return Sending(bounded, connection_->links(), events).Run();
}

}  // namespace seam::events
