#include "bare_jetstream.h"

#include <chrono>
#include <utility>

#include "harness.h"

namespace bench {
namespace {

constexpr char kStream[] = "bare";
constexpr char kSubject[] = "bare.changed";
constexpr std::int64_t kGlanceMs = 100;

using NatsClock = std::chrono::steady_clock;

void Need(natsStatus status) {
  if (status != NATS_OK) GiveUp(std::string("NATS: ") + natsStatus_GetText(status));
}

double NanosecondsSince(NatsClock::time_point start) {
  return std::chrono::duration<double, std::nano>(NatsClock::now() - start).count();
}

}  // namespace

BareJetStream::BareJetStream(const std::string& url, std::string payload)
    : payload_(std::move(payload)) {
  Need(natsConnection_ConnectTo(&connection_, url.c_str()));
  Need(natsConnection_JetStream(&js_, connection_, nullptr));
  jsStreamConfig stream;
  Need(jsStreamConfig_Init(&stream));
  stream.Name = kStream;
  const char* subject = kSubject;
  stream.Subjects = &subject;
  stream.SubjectsLen = 1;
  stream.Storage = js_FileStorage;
  Need(js_AddStream(nullptr, js_, &stream, nullptr, nullptr));
  jsSubOptions options;
  Need(jsSubOptions_Init(&options));
  options.Stream = kStream;
  options.ManualAck = true;
  options.Config.Durable = "taker";
  Need(js_SubscribeSync(&subscription_, js_, kSubject, nullptr, &options, nullptr));
  taker_ = std::thread([this] { Take(); });
}

BareJetStream::~BareJetStream() {
  over_ = true;
  taker_.join();
  natsSubscription_Destroy(subscription_);
  jsCtx_Destroy(js_);
  natsConnection_Destroy(connection_);
}

double BareJetStream::One() {
  const auto start = NatsClock::now();
  Need(js_Publish(nullptr, js_, kSubject, payload_.data(), static_cast<int>(payload_.size()),
                  nullptr, nullptr));
  AwaitTaken(++published_);
  return NanosecondsSince(start);
}

double BareJetStream::Many(int messages) {
  const auto start = NatsClock::now();
  for (int i = 0; i < messages; ++i) {
    Need(js_PublishAsync(js_, kSubject, payload_.data(), static_cast<int>(payload_.size()),
                         nullptr));
  }
  Need(js_PublishAsyncComplete(js_, nullptr));
  published_ += messages;
  AwaitTaken(published_);
  return NanosecondsSince(start);
}

void BareJetStream::Take() {
  while (!over_) {
    natsMsg* message = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&message, subscription_, kGlanceMs);
    if (status == NATS_TIMEOUT) continue;
    Need(status);
    Need(natsMsg_Ack(message, nullptr));
    natsMsg_Destroy(message);
    {
      const std::lock_guard lock(mutex_);
      ++taken_;
    }
    changed_.notify_one();
  }
}

void BareJetStream::AwaitTaken(std::int64_t messages) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return taken_ >= messages; });
}

}  // namespace bench
