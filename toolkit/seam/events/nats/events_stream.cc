#include <algorithm>
#include <utility>
#include <vector>

#include "seam/events/event_message_internal.h"
#include "seam/events/nats/events_stream_internal.h"
#include "seam/events/v1/inbox_codec.h"
#include "seam/wire/message.h"

namespace seam::events::internal {
namespace {

constexpr std::chrono::milliseconds kLongestCall{5000};

bool IsNameCharacter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

Failure Mismatch(const std::string& stream, const std::string& what) {
  return Fail(Code::kFailedPrecondition, "STREAM_MISMATCH",
              "the stream " + stream + " of the NATS server " + what +
                  "; it was made for something else: remove or rename it, or use another server or "
                  "account for events",
              {{"stream", stream}});
}

Result<void> CheckStream(const std::string& name, const std::string& subjects,
                         const jsStreamConfig& config) {
  if (config.Mirror != nullptr || config.SourcesLen != 0) {
    return Mismatch(name, "is filled from other streams");
  }
  if (config.SubjectsLen != 1 || subjects != config.Subjects[0]) {
    return Mismatch(name, "has other subjects than " + subjects);
  }
  if (config.Retention != js_LimitsPolicy) {
    return Mismatch(name, "forgets messages once they were taken (its retention is not 'limits')");
  }
  if (config.Storage != js_FileStorage) {
    return Mismatch(name, "is kept in memory (its storage is not 'file')");
  }
  if (config.NoAck) return Mismatch(name, "confirms nothing ('no_ack')");
  if (config.Sealed) return Mismatch(name, "takes no messages any more ('sealed')");
  return {};
}

}  // namespace

bool IsNatsName(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 200 &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

std::string StreamName(std::string_view source) { return "seam-events-" + std::string(source); }

std::string SubjectOf(std::string_view source, std::string_view topic) {
  std::string subject = "seam.events." + std::string(source) + ".";
  bool word_begins = true;
  for (const char c : topic) {
    const bool ends_word = c == '.' && !word_begins;
    subject += ends_word || IsNameCharacter(c) ? c : '_';
    word_begins = ends_word;
  }
  if (word_begins) subject += '_';
  return subject;
}

Result<Buffer> EncodeEvent(const Event& event) { return wire::EncodeMessage(ToMessage(event)); }

Result<Event> DecodeEvent(std::string_view bytes) {
  auto message = wire::DecodeMessage<v1::Event>(bytes);
  if (!message) return Forward(std::move(message).error());
  return FromMessage(*std::move(message), "published_at");
}

Failure JetStreamFailed(const std::string& what, natsStatus status, jsErrCode code) {
  if (status == NATS_NO_RESPONDERS || code == JSNotEnabledErr ||
      code == JSNotEnabledForAccountErr) {
    return Fail(Code::kUnavailable, "NATS_REFUSED",
                what +
                    ": the NATS server has no JetStream for this program; start it with -js, or "
                    "enable it for the account");
  }
  if (code != 0) return Fail(Code::kUnavailable, "NATS_REFUSED", what + ": " + NatsText(status));
  return NatsUnavailable(what + ": " + NatsText(status));
}

Result<StreamState> EnsureStream(const Context& context, const NatsLink& link,
                                 const NatsOptions& options, std::string_view source) {
  const std::string name = StreamName(source);
  const std::string subjects = "seam.events." + std::string(source) + ".>";
  const std::string what = "the stream " + name;
  jsOptions call;
  jsOptions_Init(&call);
  jsErrCode code{};
  jsStreamInfo* found = nullptr;
  const auto find = [&] {
    call.Wait = NatsWait(context, kLongestCall);
    return js_GetStreamInfo(&found, link.js(), name.c_str(), &call, &code);
  };
  natsStatus status = find();
  if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
    std::vector<const char*> subject_list = {subjects.c_str()};
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name.c_str();
    config.Description = "Events, for Seam's relays and inboxes.";
    config.Subjects = subject_list.data();
    config.SubjectsLen = 1;
    config.Retention = js_LimitsPolicy;
    config.Storage = js_FileStorage;
    config.Discard = js_DiscardOld;
    config.MaxAge = std::chrono::nanoseconds(options.max_age).count();
    config.Replicas = options.replicas;
    call.Wait = NatsWait(context, kLongestCall);
    code = {};
    status = js_AddStream(&found, link.js(), &config, &call, &code);
    if (code == JSStreamSubjectOverlapErr) {
      return Fail(Code::kFailedPrecondition, "STREAM_MISMATCH",
                  what + " cannot be made: another stream of the NATS server has taken a part of " +
                      subjects + "; remove that one, or use another server or account for events",
                  {{"stream", name}});
    }
    // Another process was faster, with other limits.
    if (code == JSStreamNameExistErr) {
      code = {};
      status = find();
    }
  }
  const NatsOwned<jsStreamInfo> info(found);
  if (status != NATS_OK) return JetStreamFailed(what, status, code);
  if (auto good = CheckStream(name, subjects, *info->Config); !good) {
    return Forward(std::move(good).error());
  }
  return StreamState{info->Created, info->State.FirstSeq, info->State.LastSeq};
}

}  // namespace seam::events::internal
