#include "seam/events/nats/nats_source.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "seam/core/patience.h"
#include "seam/core/uuid.h"
#include "seam/events/checks_internal.h"
#include "seam/events/nats/events_stream_internal.h"
#include "seam/events/nats/nats_link_internal.h"
#include "seam/events/times_internal.h"
#include "seam/sql/error.h"

namespace seam::events {
namespace {

using internal::IsOwnFault;
using internal::NatsOwned;
using sql::Session;
using std::chrono::milliseconds;

// How long one call of the server may take, and one wait for events.
constexpr milliseconds kLongestCall{5000};
constexpr milliseconds kLongestWait{2000};

// When there is no connection; the connection itself says so in the log.
constexpr milliseconds kAwaitLink{1000};

constexpr milliseconds kFirstPause{100};

// How long it may take to give the lease back; otherwise it lapses.
constexpr milliseconds kTimeToReturn{500};

// In one request for more. One event that is larger comes by itself, as the first.
constexpr std::int64_t kBatchBytes = 4 << 20;

// When the server repeats what it has sent and nobody confirmed. Longer than any transaction may
// take, since a repetition means to begin anew; and nobody waits for it, since whoever takes over
// begins anew anyway.
constexpr std::chrono::nanoseconds kAckWait = std::chrono::seconds(60);

// Where in a stream a subscriber is.
struct Place {
  std::int64_t created = 0;  // Which stream it is, by the time when it was made.
  std::int64_t sequence = 0;
  std::string event_id;  // Of the message there; empty for none.
};

struct Received {
  NatsOwned<natsMsg> message;
  std::int64_t sequence = 0;
};

// Somebody else holds the lease, or this one's place is not what it was.
Failure LostLease() {
  return Fail(Code::kAborted, "LEASE_LOST", "another process takes the events now");
}

std::string_view DataOf(const natsMsg* message) {
  return {natsMsg_GetData(message), std::size_t(natsMsg_GetDataLength(message))};
}

}  // namespace

class NatsSource::Worker {
 public:
  Worker(std::shared_ptr<NatsConnection> connection, sql::Database& database, Inbox& inbox,
         NatsSourceOptions options, Log& log)
      : connection_(std::move(connection)),
        database_(database),
        inbox_(inbox),
        options_(std::move(options)),
        log_(log),
        lease_name_("nats/" + options_.source),
        stream_(internal::StreamName(options_.source)),
        description_("Seam: the inbox of " + inbox.subscriber()),
        thread_([this] { Work(); }) {}

  ~Worker() {
    stop_.Cancel();
    {
      // Ends a wait for events.
      const std::lock_guard lock(mutex_);
      if (subscription_) natsSubscription_Unsubscribe(subscription_.get());
    }
    thread_.join();
  }

 private:
  void Work() {
    if (!internal::IsNatsName(options_.source) || !internal::IsNatsName(inbox_.subscriber())) {
      log_.Error(
          "events cannot be taken from NATS: a name has other characters than a-z, A-Z, 0-9, "
          "_ and -",
          {{"source", options_.source}, {"subscriber", inbox_.subscriber()}});
      return;
    }
    milliseconds pause = kFirstPause;
    while (!stop_.cancelled()) {
      took_ = false;
      Result<void> ended;
      try {
        ended = Turn();
      } catch (const sql::SqlError& error) {
        ended = Forward(sql::ToError(error));
      } catch (const std::exception& error) {
        ended = Fail(Code::kInternal, "INTERNAL", error.what());
      }
      Unsubscribe();
      if (ended || stop_.cancelled()) continue;
      if (took_) pause = kFirstPause;
      TellTrouble(ended.error());
      Pause(context_, pause);
      pause = std::min(2 * pause, std::max(options_.max_pause, kFirstPause));
    }
    ReturnLease();
  }

  // As long as all goes well and the lease is this one's. Succeeds when it is to be called again at
  // once.
  Result<void> Turn() {
    auto link = connection_->links().Await(context_.WithTimeout(kAwaitLink));
    if (!link) return {};
    if (!HaveLease()) {
      Pause(context_, options_.poll);
      return {};
    }
    if (auto begun = Begin(**link); !begun) return EndOf(**link, std::move(begun));
    for (;;) {
      auto pulled = Pull(**link);
      if (!pulled || stop_.cancelled()) return EndOf(**link, std::move(pulled));
    }
  }

  // A connection that ended, or a lease that another has, is no trouble of this one's.
  static Result<void> EndOf(const internal::NatsLink& link, Result<void> result) {
    if (link.closed() || (!result && result.error().reason == "LEASE_LOST")) return {};
    return result;
  }

  void TellTrouble(const Error& error) {
    const std::string text = ToString(error);
    if (trouble_ == text) return;
    trouble_ = text;
    log_.Warning("events cannot be taken from NATS; trying again",
                 {{"source", options_.source}, {"error", text}});
  }

  void TellEndOfTrouble() {
    took_ = true;
    if (trouble_.empty()) return;
    trouble_.clear();
    log_.Info("events are taken from NATS again", {{"source", options_.source}});
  }

  // The lease.

  [[nodiscard]] std::int64_t Now() const { return internal::ToMillis(options_.clock()); }

  // Writes only when it may get it, since each who waits looks again and again.
  bool HaveLease() {
    const Context context = context_.WithTimeout(options_.take_timeout);
    const std::int64_t now = Now();
    const std::int64_t span = options_.lease.count();
    const bool taken = database_.Read(context, [&](Session& session) {
      return session
          .QueryOne(
              "SELECT 1 FROM seam_event_lease WHERE name = $1 AND holder <> $2 "
              "AND until > $3 AND until <= $4",
              {lease_name_, holder_, now, now + 2 * span}, [](const sql::Row&) { return 1; })
          .has_value();
    });
    if (taken) return false;
    return database_.Write(context, [&](Session& session) {
      return session.Execute(
                 "INSERT INTO seam_event_lease (name, holder, until) VALUES ($1, $2, $4) "
                 "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = "
                 "excluded.until "
                 "WHERE seam_event_lease.holder = excluded.holder OR seam_event_lease.until <= $3 "
                 "OR seam_event_lease.until > $5",
                 {lease_name_, holder_, now, now + span, now + 2 * span}) == 1;
    });
  }

  // In a transaction: that nobody else has the lease, nor gets it before this is committed.
  bool KeepLease(Session& session) {
    return session.Execute("UPDATE seam_event_lease SET until = $3 WHERE name = $1 AND holder = $2",
                           {lease_name_, holder_, Now() + options_.lease.count()}) == 1;
  }

  void ReturnLease() {
    try {
      database_.Write(Context().WithTimeout(kTimeToReturn), [&](Session& session) {
        session.Execute("DELETE FROM seam_event_lease WHERE name = $1 AND holder = $2",
                        {lease_name_, holder_});
      });
    } catch (const std::exception& error) {
      log_.Info("the lease of a stream could not be given back; it ends by itself",
                {{"stream", stream_}, {"error", error.what()}});
    }
  }

  // The place.

  [[nodiscard]] static Place ReadPlace(Session& session, const std::string& stream) {
    return session
        .QueryOne("SELECT created, sequence, event_id FROM seam_event_place WHERE stream = $1",
                  {stream},
                  [](const sql::Row& row) {
                    return Place{row.Int64(0), row.Int64(1), std::string(row.Text(2))};
                  })
        .value_or(Place{});
  }

  static void WritePlace(Session& session, const std::string& stream, const Place& place) {
    session.Execute(
        "INSERT INTO seam_event_place (stream, created, sequence, event_id) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (stream) DO UPDATE SET "
        "created = excluded.created, sequence = excluded.sequence, event_id = excluded.event_id",
        {stream, place.created, place.sequence, place.event_id});
  }

  // Makes sure of the stream, finds the place in it, and makes the consumer from behind it.
  Result<void> Begin(internal::NatsLink& link) {
    const Context context = context_.WithTimeout(kLongestCall);
    const auto stream =
        internal::EnsureStream(context, link, connection_->links().options(), options_.source);
    if (!stream) return Forward(stream.error());
    place_ = database_.Read(context, [&](Session& session) { return ReadPlace(session, stream_); });
    const auto same = IsSameStream(context, link, *stream);
    if (!same) return Forward(same.error());
    if (!*same) {
      if (place_.created != 0) {
        log_.Warning("the stream of events was lost and made again; taking it from its beginning",
                     {{"stream", stream_}, {"taken_before", place_.sequence}});
      }
      place_ = Place{stream->created, 0, ""};
    } else if (std::int64_t(stream->first) > place_.sequence + 1 && place_.sequence != 0) {
      log_.Error(
          "events were dropped by their stream before they were taken, and are lost",
          {{"stream", stream_}, {"first", place_.sequence + 1}, {"last", stream->first - 1}});
      place_.sequence = std::int64_t(stream->first) - 1;
      place_.event_id.clear();
    }
    auto kept = database_.Write(context, [&](Session& session) -> Result<void> {
      if (!KeepLease(session)) return LostLease();
      WritePlace(session, stream_, place_);
      return {};
    });
    if (!kept) return kept;
    lease_kept_ = Context::Clock::now();
    if (auto made = MakeConsumer(context, link); !made) return made;
    return Subscribe(link);
  }

  // Whether the place is one in this stream. The sequence alone would not tell it: a stream that
  // was lost, or came back from an older copy, may have grown beyond it since.
  Result<bool> IsSameStream(const Context& context, const internal::NatsLink& link,
                            const internal::StreamState& stream) {
    if (place_.created != stream.created || std::int64_t(stream.last) < place_.sequence) {
      return false;
    }
    if (place_.event_id.empty() || std::int64_t(stream.first) > place_.sequence) return true;
    jsOptions call;
    jsOptions_Init(&call);
    call.Wait = internal::NatsWait(context, kLongestCall);
    jsErrCode code{};
    natsMsg* found = nullptr;
    const natsStatus status =
        js_GetMsg(&found, link.js(), stream_.c_str(), std::uint64_t(place_.sequence), &call, &code);
    const NatsOwned<natsMsg> message(found);
    // It may have been removed by itself.
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return true;
    if (status != NATS_OK) return internal::JetStreamFailed(stream_, status, code);
    const auto event = internal::DecodeEvent(DataOf(found));
    return event && event->id == place_.event_id;
  }

  Result<void> MakeConsumer(const Context& context, const internal::NatsLink& link) {
    const std::string& name = inbox_.subscriber();
    const std::string what = "the consumer " + name + " of the stream " + stream_;
    jsOptions call;
    jsOptions_Init(&call);
    call.Wait = internal::NatsWait(context, kLongestCall);
    jsErrCode code{};
    jsConsumerInfo* found = nullptr;
    natsStatus status =
        js_GetConsumerInfo(&found, link.js(), stream_.c_str(), name.c_str(), &call, &code);
    const NatsOwned<jsConsumerInfo> existing(found);
    if (status == NATS_OK) {
      const char* const described = existing->Config->Description;
      if (described == nullptr || described != description_) {
        return Fail(Code::kFailedPrecondition, "CONSUMER_MISMATCH",
                    what + " was made by somebody else; remove or rename it",
                    {{"stream", stream_}, {"consumer", name}});
      }
      status = js_DeleteConsumer(link.js(), stream_.c_str(), name.c_str(), &call, &code);
    }
    if (status != NATS_OK && status != NATS_NOT_FOUND && code != JSConsumerNotFoundErr) {
      return internal::JetStreamFailed(what, status, code);
    }
    code = {};
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = name.c_str();
    config.Description = description_.c_str();
    config.DeliverPolicy = js_DeliverByStartSequence;
    config.OptStartSeq = std::uint64_t(place_.sequence) + 1;
    // One answer for a batch: what lies before the last one was taken with it.
    config.AckPolicy = js_AckAll;
    config.AckWait = kAckWait.count();
    config.MaxDeliver = -1;
    // Those of one batch at a time, and what the server counts late.
    config.MaxAckPending = 4 * std::int64_t(options_.batch);
    jsConsumerInfo* made = nullptr;
    status = js_AddConsumer(&made, link.js(), stream_.c_str(), &config, &call, &code);
    jsConsumerInfo_Destroy(made);
    if (status != NATS_OK) return internal::JetStreamFailed(what, status, code);
    return {};
  }

  Result<void> Subscribe(const internal::NatsLink& link) {
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = stream_.c_str();
    options.Consumer = inbox_.subscriber().c_str();
    jsErrCode code{};
    natsSubscription* made = nullptr;
    const natsStatus status = js_PullSubscribe(
        &made, link.js(), nullptr, inbox_.subscriber().c_str(), nullptr, &options, &code);
    if (status != NATS_OK) return internal::JetStreamFailed("the stream " + stream_, status, code);
    const std::lock_guard lock(mutex_);
    subscription_.reset(made);
    if (stop_.cancelled()) natsSubscription_Unsubscribe(made);
    next_delivery_ = 1;
    return {};
  }

  void Unsubscribe() {
    const std::lock_guard lock(mutex_);
    subscription_.reset();
  }

  // Waits for events and takes them down.
  Result<void> Pull(internal::NatsLink& link) {
    const auto renews = options_.lease / 3;
    const auto kept_for = Context::Clock::now() - lease_kept_;
    if (kept_for >= renews) {
      auto kept = database_.Write(context_.WithTimeout(options_.take_timeout),
                                  [&](Session& session) -> Result<void> {
                                    if (!KeepLease(session)) return LostLease();
                                    return {};
                                  });
      if (!kept) return kept;
      lease_kept_ = Context::Clock::now();
      return {};
    }
    const auto wait = std::min<Context::Clock::duration>(renews - kept_for, kLongestWait);
    natsMsgList list{};
    jsErrCode code{};
    const natsStatus status = natsSubscription_Fetch(
        &list, subscription_.get(), 1,
        std::max<std::int64_t>(1, std::chrono::duration_cast<milliseconds>(wait).count()), &code);
    if (status == NATS_TIMEOUT) return Idle(link);
    // That there was nothing more for the request before.
    if (status == NATS_NOT_FOUND) return {};
    if (status != NATS_OK) {
      return internal::JetStreamFailed("waiting for events of the stream " + stream_, status, code);
    }
    std::vector<Received> received;
    bool in_order = Append(list, received);
    // What else is there already.
    if (options_.batch > 1) {
      jsFetchRequest request;
      jsFetchRequest_Init(&request);
      request.Batch = options_.batch - 1;
      request.MaxBytes = kBatchBytes;
      request.NoWait = true;
      // A failure shows when it is waited for the next one.
      if (natsSubscription_FetchRequest(&list, subscription_.get(), &request) == NATS_OK) {
        in_order = in_order && Append(list, received);
      }
    }
    if (auto taken = Take(received); !taken) return taken;
    lease_kept_ = Context::Clock::now();
    TellEndOfTrouble();
    if (!received.empty()) {
      if (const natsStatus acked = natsMsg_Ack(received.back().message.get(), nullptr);
          acked != NATS_OK) {
        return internal::JetStreamFailed("confirming events", acked, jsErrCode{});
      }
    }
    return in_order ? Result<void>() : BeginAnew(link);
  }

  // There is nothing to take. Unless somebody else was given it.
  Result<void> Idle(internal::NatsLink& link) {
    TellEndOfTrouble();
    if (stop_.cancelled()) return {};
    jsOptions call;
    jsOptions_Init(&call);
    call.Wait = kLongestCall.count();
    jsErrCode code{};
    jsConsumerInfo* found = nullptr;
    const natsStatus status = js_GetConsumerInfo(&found, link.js(), stream_.c_str(),
                                                 inbox_.subscriber().c_str(), &call, &code);
    const NatsOwned<jsConsumerInfo> info(found);
    if (status != NATS_OK) return internal::JetStreamFailed("the consumer", status, code);
    if (info->Delivered.Consumer < next_delivery_) return {};
    int waiting = 0;
    // What was delivered meanwhile has arrived with this answer.
    natsSubscription_GetPending(subscription_.get(), &waiting, nullptr);
    return waiting != 0 ? Result<void>() : BeginAnew(link);
  }

  Result<void> BeginAnew(internal::NatsLink& link) {
    log_.Info(
        "the server has repeated or left out events; taking them again from the last one taken",
        {{"stream", stream_}, {"taken", place_.sequence}});
    Unsubscribe();
    return Begin(link);
  }

  // Those that come in order: each delivery of a consumer has a number. False when there are
  // others.
  bool Append(natsMsgList& list, std::vector<Received>& received) {
    bool in_order = true;
    for (int i = 0; i < list.Count; ++i) {
      Received next;
      next.message.reset(std::exchange(list.Msgs[i], nullptr));
      jsMsgMetaData* read = nullptr;
      if (!in_order || natsMsg_GetMetaData(&read, next.message.get()) != NATS_OK) {
        in_order = false;
        continue;
      }
      const NatsOwned<jsMsgMetaData> data(read);
      const std::int64_t before = received.empty() ? place_.sequence : received.back().sequence;
      next.sequence = std::int64_t(data->Sequence.Stream);
      if (data->Sequence.Consumer != next_delivery_ || next.sequence <= before) {
        in_order = false;
        continue;
      }
      ++next_delivery_;
      received.push_back(std::move(next));
    }
    natsMsgList_Destroy(&list);
    return in_order;
  }

  // One transaction for all of them; when the inbox refuses one by its own fault, one for each.
  Result<void> Take(const std::vector<Received>& received) {
    if (received.empty()) return {};
    std::vector<Event> events;
    std::vector<std::pair<std::size_t, Error>> refused;
    std::vector<std::size_t> indexes;
    for (std::size_t i = 0; i < received.size(); ++i) {
      auto event = Read(*received[i].message);
      if (event) {
        events.push_back(*std::move(event));
        indexes.push_back(i);
      } else {
        refused.emplace_back(i, event.error());
      }
    }
    auto stored = Store(events, LastOf(received, events, indexes));
    if (!stored && IsOwnFault(stored.error())) {
      stored = Result<void>();
      for (std::size_t e = 0; e < events.size() && stored; ++e) {
        const Received& message = received[indexes[e]];
        stored = Store({events[e]}, {place_.created, message.sequence, events[e].id});
        if (stored || !IsOwnFault(stored.error())) continue;
        refused.emplace_back(indexes[e], stored.error());
        stored = Store({}, {place_.created, message.sequence, ""});
      }
      // Behind those that are no events.
      if (stored) stored = Store({}, LastOf(received, events, indexes));
    }
    if (!stored) return stored;
    for (const auto& [index, error] : refused) Terminate(received[index], error);
    return {};
  }

  [[nodiscard]] Place LastOf(const std::vector<Received>& received,
                             const std::vector<Event>& events,
                             const std::vector<std::size_t>& indexes) const {
    const bool is_event = !indexes.empty() && indexes.back() + 1 == received.size();
    return {place_.created, received.back().sequence, is_event ? events.back().id : ""};
  }

  Result<Event> Read(const natsMsg& message) const {
    auto event = internal::DecodeEvent(DataOf(&message));
    if (event && event->source != options_.source) {
      return Fail(Code::kInvalidArgument, "INVALID_FIELD",
                  "its source is not that of its stream but '" + event->source + "'",
                  {{"field", "source"}});
    }
    return event;
  }

  // Takes the events down and goes to `place`, both or neither.
  Result<void> Store(const std::vector<Event>& events, const Place& place) {
    const Context context = context_.WithTimeout(options_.take_timeout);
    auto stored = database_.Write(context, [&](Session& session) -> Result<void> {
      if (!KeepLease(session)) return LostLease();
      const Place now = ReadPlace(session, stream_);
      if (now.created != place_.created || now.sequence != place_.sequence) return LostLease();
      if (!events.empty()) {
        if (auto accepted = inbox_.AcceptIn(session, events); !accepted) {
          return Forward(std::move(accepted).error());
        }
      }
      WritePlace(session, stream_, place);
      return {};
    });
    if (!stored) return stored;
    place_ = place;
    if (!events.empty()) inbox_.Wake();
    return {};
  }

  void Terminate(const Received& received, const Error& error) {
    natsMsg_Term(received.message.get(), nullptr);
    log_.Error("a message in a stream of events is no event and is left out",
               {{"stream", stream_},
                {"sequence", received.sequence},
                {"subject", natsMsg_GetSubject(received.message.get())},
                {"error", ToString(error)}});
  }

  const std::shared_ptr<NatsConnection> connection_;
  sql::Database& database_;
  Inbox& inbox_;
  const NatsSourceOptions options_;
  Log& log_;
  const std::string holder_ = NewUuidV7();
  const std::string lease_name_;
  const std::string stream_;
  const std::string description_;
  const CancellationSource stop_;
  const Context context_ = Context().WithCancellation(stop_);

  // Of the thread.
  Place place_;
  Context::Clock::time_point lease_kept_;
  std::uint64_t next_delivery_ = 1;
  bool took_ = false;    // This turn has got so far as to wait for events.
  std::string trouble_;  // What the log has of it.

  std::mutex mutex_;
  NatsOwned<natsSubscription> subscription_;  // Made and let go by the thread alone.

  std::thread thread_;
};

NatsSource::NatsSource(std::shared_ptr<NatsConnection> connection, sql::Database& database,
                       Inbox& inbox, NatsSourceOptions options, Log& log)
    : worker_(std::make_unique<Worker>(std::move(connection), database, inbox, std::move(options),
                                       log)) {}

NatsSource::~NatsSource() = default;

}  // namespace seam::events
