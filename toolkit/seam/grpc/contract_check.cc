#include "seam/grpc/contract_check_internal.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <cstdio>
#include <exception>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "seam/compatibility/compare_internal.h"
#include "seam/core/fingerprint.h"
#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/order_internal.h"
#include "seam/grpc/reflection_internal.h"
#include "seam/grpc/serialized_internal.h"

namespace seam::grpc_internal {
namespace {

namespace pb = google::protobuf;

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::minutes kEvery{1};
constexpr std::chrono::seconds kEveryWhileIncompatible{1};

// Field numbers of grpc.reflection.v1
// (https://github.com/grpc/grpc-proto/blob/master/grpc/reflection/v1/reflection.proto).
constexpr int kAskedSymbol = 4;
constexpr int kAnsweredFiles = 4;
constexpr int kAnsweredFile = 1;

// What protobuf complains of is the service's business.
class Deaf final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& /*file*/, const std::string& /*element*/,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& /*message*/) override {}
};

// One side's protos. Imports that are not among them, as google/protobuf's need not be, are taken
// as they are named.
class Protos {
 public:
  void Add(std::string_view descriptor) {
    pb::FileDescriptorProto file;
    if (!file.ParseFromArray(descriptor.data(), static_cast<int>(descriptor.size()))) return;
    if (file.name().rfind("google/protobuf/", 0) == 0) return;
    files_.Add(file);
  }

  void AddWithImports(const FileContract& file) {
    if (!added_.insert(file.name).second) return;
    Add(file.descriptor);
    for (std::size_t i = 0; i < file.import_count; ++i) AddWithImports(*file.imports[i]);
  }

  // Null when it is not there or contradicts itself.
  [[nodiscard]] const pb::ServiceDescriptor* Find(std::string_view service) {
    pool_.AllowUnknownDependencies();
    return pool_.FindServiceByName(std::string(service));
  }

 private:
  Deaf deaf_;
  pb::SimpleDescriptorDatabase files_;
  pb::DescriptorPool pool_{&files_, &deaf_};
  std::set<std::string_view> added_;
};

void Collect(const pb::FileDescriptor& file, std::map<std::string, std::string>& collected) {
  // A name without anything stands for an import that was not given.
  if (collected.count(file.name()) != 0 || file.is_placeholder()) return;
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  collected[file.name()] = proto.SerializeAsString();
  for (int i = 0; i < file.dependency_count(); ++i) Collect(*file.dependency(i), collected);
}

// Of the service's file and of what it imports, in the order of their names.
std::string FingerprintOf(const pb::ServiceDescriptor& service) {
  std::map<std::string, std::string> files;
  Collect(*service.file(), files);
  std::string text;
  for (const auto& [name, bytes] : files) text += name + '\0' + bytes;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(Fingerprint(text)));
  return digits;
}

std::vector<std::string> FilesIn(std::string_view answer) {
  std::vector<std::string> files;
  pb::UnknownFieldSet fields;
  if (!fields.ParseFromArray(answer.data(), static_cast<int>(answer.size()))) return files;
  for (int i = 0; i < fields.field_count(); ++i) {
    const pb::UnknownField& part = fields.field(i);
    if (part.number() != kAnsweredFiles || part.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) {
      continue;
    }
    pb::UnknownFieldSet list;
    if (!list.ParseFromString(part.length_delimited())) continue;
    for (int j = 0; j < list.field_count(); ++j) {
      if (list.field(j).number() == kAnsweredFile &&
          list.field(j).type() == pb::UnknownField::TYPE_LENGTH_DELIMITED) {
        files.push_back(list.field(j).length_delimited());
      }
    }
  }
  return files;
}

}  // namespace

PeerContract CompareWithPeer(const ServiceContract& client,
                             const std::vector<std::string>& service_files) {
  PeerContract peer;
  peer.contract = std::string(client.full_name);
  Protos ours;
  if (client.file != nullptr) ours.AddWithImports(*client.file);
  Protos theirs;
  for (const std::string& file : service_files) theirs.Add(file);
  const pb::ServiceDescriptor* const our_service = ours.Find(client.full_name);
  const pb::ServiceDescriptor* const their_service = theirs.Find(client.full_name);
  if (our_service != nullptr) peer.client_fingerprint = FingerprintOf(*our_service);
  if (our_service == nullptr || their_service == nullptr) return peer;
  peer.service_fingerprint = FingerprintOf(*their_service);
  if (peer.client_fingerprint == peer.service_fingerprint) {
    peer.match = ContractMatch::kEqual;
    return peer;
  }
  for (const compatibility::Finding& finding :
       compatibility::CompareServices(*our_service, *their_service)) {
    peer.differences.push_back(finding.what);
  }
  if (!peer.differences.empty()) {
    peer.match = ContractMatch::kIncompatible;
    return peer;
  }
  peer.match = ContractMatch::kCompatible;
  for (int i = 0; i < our_service->method_count(); ++i) {
    const std::string& name = our_service->method(i)->name();
    if (their_service->FindMethodByName(name) == nullptr) {
      peer.differences.push_back("the service has no rpc " + name);
    }
  }
  return peer;
}

ContractCheck::ContractCheck(std::shared_ptr<grpc::Channel> channel,
                             const ServiceContract& contract, std::string target, Tell tell)
    : channel_(std::move(channel)),
      contract_(contract),
      target_(std::move(target)),
      tell_(std::move(tell)) {}

ContractCheck::~ContractCheck() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wake_.notify_one();
    if (asking_ != nullptr) asking_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

void ContractCheck::Begin() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  // Whoever has the lock does it.
  if (!lock.owns_lock() || closing_) return;
  due_.store((Clock::now() + kEvery).time_since_epoch().count(), std::memory_order_relaxed);
  if (running_) {
    wanted_ = true;
    wake_.notify_one();
    return;
  }
  if (thread_.joinable()) thread_.join();  // It has ended but for its last instructions.
  try {
    running_ = true;
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    running_ = false;  // In a minute again.
  }
}

void ContractCheck::Run() noexcept {
  for (;;) {
    bool again = false;
    try {
      again = AskAndTell();
    } catch (const std::exception&) {
      told_.reset();  // There is no memory; in a minute again.
    }
    std::unique_lock lock(mutex_);
    if (again)
      wake_.wait_for(lock, kEveryWhileIncompatible, [this] { return closing_ || wanted_; });
    if (!closing_ && (again || wanted_)) {
      wanted_ = false;
      continue;
    }
    running_ = false;
    return;
  }
}

bool ContractCheck::AskAndTell() {
  auto files = Ask(Reflection::kPathV1);
  if (files && files->empty()) files = Ask(Reflection::kPathV1Alpha);
  PeerContract peer = CompareWithPeer(contract_, files.value_or(std::vector<std::string>()));
  peer.target = target_;
  // A service that was not reached just now has not changed; one that says nothing of its contract
  // may be another than before.
  if ((files || !told_) && !(told_ == peer)) {
    told_ = peer;
    tell_(peer);
  }
  return told_ && told_->match == ContractMatch::kIncompatible;
}

std::optional<std::vector<std::string>> ContractCheck::Ask(std::string_view path) {
  // In the order of construction: the queue is emptied before the context and the stream go.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  // Else a question without calls beside it would find the channel as it was when they ended.
  context.set_wait_for_ready(true);
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return std::nullopt;
    asking_ = &context;
  }
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel_);
  const auto stream = stub.PrepareCall(&context, std::string(path), &queue);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && (TakenFromQueue(tag), ok);
  };
  pb::UnknownFieldSet request;
  request.AddLengthDelimited(kAskedSymbol, std::string(contract_.full_name));
  grpc::ByteBuffer answer;
  grpc::Status status;
  Sending();
  stream->StartCall(GivenToQueue(&context));
  bool ok = wait();
  if (ok) {
    stream->Write(ToByteBuffer(std::string_view(Serialized(request))), GivenToQueue(&context));
    ok = wait();
  }
  if (ok) {
    stream->Read(&answer, GivenToQueue(&answer));
    ok = wait();
  }
  if (ok) {
    stream->WritesDone(GivenToQueue(&context));
    wait();
  }
  const bool answered = ok;
  // A server may wait for more questions.
  if (answered) context.TryCancel();
  stream->Finish(&status, GivenToQueue(&status));
  wait();
  Received();
  {
    const std::lock_guard lock(mutex_);
    asking_ = nullptr;
  }
  queue.Shutdown();
  wait();
  if (!answered) {
    if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED) return std::nullopt;
    return std::vector<std::string>();
  }
  const std::optional<Buffer> bytes = ToBuffer(answer);
  return bytes ? FilesIn(bytes->bytes()) : std::vector<std::string>();
}

}  // namespace seam::grpc_internal
