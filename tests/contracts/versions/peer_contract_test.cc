// What a client of the new version of a contract finds out about services of each version, of an
// incompatible one, and of another make; each of ours is a process of its own.

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "library/v1/library_client.h"
#include "library/v1/library_remote.h"
#include "library/v1/library_seam.h"
#include "seam/grpc/channel.h"
#include "seam/observe/peer_contracts.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace library {
namespace {

using seam::ContractMatch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PeerContractTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string address() const { return "unix:" + (folder_ / "s"); }

  void Serve(const std::string& program) {
    service_.emplace(std::vector<std::string>{program, "--listen", address()});
    ASSERT_TRUE(service_->WaitForLine("\"listening\"")) << service_->output();
  }

  // A client that was not told of the contract before.
  void Connect() {
    client_.reset();
    channel_.reset();
    seam::GrpcChannelOptions options;
    options.target = address();
    options.on_peer_contract = [this, keep = peers_.Of("library")](const seam::PeerContract& peer) {
      keep(peer);
      const std::lock_guard lock(mutex_);
      told_.push_back(peer);
      arrived_.notify_one();
    };
    auto channel = seam::OpenGrpcChannel(v1::LibrarySeam::contract(), options);
    ASSERT_TRUE(channel) << seam::ToString(channel.error());
    channel_ = *std::move(channel);
    client_ = std::make_unique<v1::LibraryRemoteClient>(*channel_, seam::CallRules());
  }

  // Whether a service answered, however.
  bool Call() {
    v1::GetBookRequest request;
    request.id = "none";
    const auto reply =
        client_->GetBook(seam::Context().WithTimeout(std::chrono::seconds(30)), request);
    return reply || reply.error().code != seam::Code::kUnavailable;
  }

  // A server of another make in this process.
  std::unique_ptr<grpc::Server> ServeForeign(grpc::CallbackGenericService& service) {
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(&service);
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    return builder.BuildAndStart();
  }

  // What is told next.
  seam::PeerContract Told() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(30), [this] { return !told_.empty(); })) {
      ADD_FAILURE() << "nothing was told";
      return {};
    }
    seam::PeerContract peer = std::move(told_.front());
    told_.pop_front();
    return peer;
  }

  // The one line of the log that says `message`.
  nlohmann::json Line(const std::string& message) {
    const std::lock_guard lock(mutex_);
    std::optional<nlohmann::json> found;
    for (const std::string& text : lines_) {
      nlohmann::json line = nlohmann::json::parse(text);
      if (line.at("message").get<std::string>().find(message) == std::string::npos) continue;
      EXPECT_FALSE(found) << "twice: " << text;
      found = std::move(line);
    }
    EXPECT_TRUE(found) << message;
    return found.value_or(nlohmann::json::object());
  }

  const seam::testing::TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<seam::PeerContract> told_;
  std::vector<std::string> lines_;
  seam::Log log_{{.level = seam::LogLevel::kInfo,
                  .format = seam::LogFormat::kJson,
                  .service = "reader",
                  .sink = [this](std::string_view line) {
                    const std::lock_guard lock(mutex_);
                    lines_.emplace_back(line);
                  }}};
  seam::PeerContracts peers_{log_};
  std::optional<seam::testing::Process> service_;
  std::unique_ptr<seam::Channel> channel_;
  std::unique_ptr<v1::LibraryRemoteClient> client_;
};

TEST_F(PeerContractTest, OfTheSameVersionIsEqual) {
  Serve(LIBRARY_NEW_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  const seam::PeerContract peer = Told();
  EXPECT_EQ(peer.match, ContractMatch::kEqual);
  EXPECT_EQ(peer.contract, "library.v1.Library");
  EXPECT_EQ(peer.target, address());
  EXPECT_THAT(peer.client_fingerprint, SizeIs(16));
  EXPECT_EQ(peer.service_fingerprint, peer.client_fingerprint);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(PeerContractTest, OfAnotherVersionIsCompatibleAndItIsSaidWhatTheServiceLacks) {
  Serve(LIBRARY_OLD_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  const seam::PeerContract peer = Told();
  EXPECT_EQ(peer.match, ContractMatch::kCompatible);
  EXPECT_NE(peer.service_fingerprint, peer.client_fingerprint);
  EXPECT_THAT(peer.differences, ElementsAre("the service has no rpc CountBooks"));
  const nlohmann::json line = Line("another version");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["service"], "reader");
  EXPECT_EQ(line["module"], "library");
  EXPECT_EQ(line["contract"], "library.v1.Library");
  EXPECT_EQ(line["target"], address());
  EXPECT_EQ(line["client_fingerprint"], peer.client_fingerprint);
  EXPECT_EQ(line["service_fingerprint"], peer.service_fingerprint);
  EXPECT_EQ(line["differences"], "the service has no rpc CountBooks");
}

TEST_F(PeerContractTest, ThatIsIncompatibleIsAnErrorInTheLogThatSaysWhatDiffers) {
  Serve(LIBRARY_INCOMPATIBLE_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  const seam::PeerContract peer = Told();
  EXPECT_EQ(peer.match, ContractMatch::kIncompatible);
  // The new version has reserved what the incompatible one calls by another name, so that only what
  // both have is told.
  EXPECT_THAT(peer.differences,
              ElementsAre("the type of field 'isbn' of message library.v1.Book is string for the "
                          "client and int64 for the service"));
  const nlohmann::json line = Line("incompatible");
  EXPECT_EQ(line["level"], "error");
  EXPECT_THAT(line["differences"].get<std::string>(), HasSubstr("'isbn'"));
  ASSERT_THAT(peers_.known(), SizeIs(1));
  EXPECT_EQ(peers_.known().front().second.match, ContractMatch::kIncompatible);
}

TEST_F(PeerContractTest, IsLookedAtAgainWhenTheServiceIsReplaced) {
  Serve(LIBRARY_NEW_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  EXPECT_EQ(Told().match, ContractMatch::kEqual);
  service_->Signal(SIGKILL);
  ASSERT_TRUE(service_->Wait());
  while (Call()) {
  }
  Serve(LIBRARY_INCOMPATIBLE_SERVICE);
  while (!Call()) {
  }
  EXPECT_EQ(Told().match, ContractMatch::kIncompatible);
}

// Whoever sends an incompatible service no calls, because health says so, has to hear that it was
// replaced.
TEST_F(PeerContractTest, ThatIsIncompatibleIsLookedAtAgainWithoutCalls) {
  Serve(LIBRARY_INCOMPATIBLE_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  EXPECT_EQ(Told().match, ContractMatch::kIncompatible);
  service_->Signal(SIGKILL);
  ASSERT_TRUE(service_->Wait());
  Serve(LIBRARY_NEW_SERVICE);
  EXPECT_EQ(Told().match, ContractMatch::kEqual);
}

// A server of another make: an empty answer to the library's methods, or none at all while it
// hangs, and no other services.
class ForeignService final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    class Reactor final : public grpc::ServerGenericBidiReactor {
     public:
      Reactor(bool known, bool hangs) : hangs_(known && hangs) {
        if (hangs_) {
          return;
        }
        if (known) {
          StartWriteAndFinish(&empty_, grpc::WriteOptions(), grpc::Status::OK);
        } else {
          Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "not here"));
        }
      }
      void OnCancel() override {
        if (hangs_) Finish(grpc::Status::CANCELLED);
      }
      void OnDone() override { delete this; }

     private:
      const bool hangs_;
      grpc::Slice nothing_;
      grpc::ByteBuffer empty_{&nothing_, 1};
    };
    const bool asks = call->method().find("reflection") != std::string::npos;
    ++(asks ? asked_ : called_);
    return new Reactor(call->method().find("Library") != std::string::npos, hangs_);
  }

  void Hang(bool hangs) { hangs_ = hangs; }
  [[nodiscard]] int asked() const { return asked_; }
  [[nodiscard]] int called() const { return called_; }

 private:
  std::atomic<int> asked_ = 0;
  std::atomic<int> called_ = 0;
  std::atomic<bool> hangs_ = false;
};

TEST_F(PeerContractTest, OfAServiceThatHasNoReflectionIsUnknownAndFine) {
  ForeignService service;
  const auto server = ServeForeign(service);
  ASSERT_NE(server, nullptr);
  Connect();
  ASSERT_TRUE(Call());
  const seam::PeerContract peer = Told();
  EXPECT_EQ(peer.match, ContractMatch::kUnknown);
  EXPECT_EQ(peer.service_fingerprint, "");
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Call());
  EXPECT_EQ(service.asked(), 2) << "once in each version of the protocol, and not for each call";
  EXPECT_THAT(lines_, IsEmpty());
  client_.reset();
  channel_.reset();
  server->Shutdown();
}

TEST_F(PeerContractTest, ThatIsIncompatibleIsForgottenWhenTheNextServiceSaysNothingOfIt) {
  Serve(LIBRARY_INCOMPATIBLE_SERVICE);
  Connect();
  ASSERT_TRUE(Call());
  EXPECT_EQ(Told().match, ContractMatch::kIncompatible);
  service_->Signal(SIGKILL);
  ASSERT_TRUE(service_->Wait());
  ForeignService service;
  const auto server = ServeForeign(service);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(Told().match, ContractMatch::kUnknown);
  client_.reset();
  channel_.reset();
  server->Shutdown();
}

// It would not answer a question either, and count as one without reflection for a minute.
TEST_F(PeerContractTest, IsNotAskedForAfterACallThatNobodyAnswered) {
  ForeignService service;
  service.Hang(true);
  const auto server = ServeForeign(service);
  ASSERT_NE(server, nullptr);
  Connect();
  while (service.called() == 0) {
    const auto late =
        client_->GetBook(seam::Context().WithTimeout(std::chrono::milliseconds(50)), {});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, seam::Code::kDeadlineExceeded);
  }
  {
    std::unique_lock lock(mutex_);
    EXPECT_FALSE(
        arrived_.wait_for(lock, std::chrono::milliseconds(200), [this] { return !told_.empty(); }));
  }
  EXPECT_EQ(service.asked(), 0);
  service.Hang(false);
  ASSERT_TRUE(Call());
  EXPECT_EQ(Told().match, ContractMatch::kUnknown);
  client_.reset();
  channel_.reset();
  server->Shutdown();
}

TEST_F(PeerContractTest, OfAServiceThatDoesNotAnswerIsNotWaitedFor) {
  // Takes the question and never answers it.
  class Silent final : public grpc::CallbackGenericService {
   public:
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* call) override {
      class Waiting final : public grpc::ServerGenericBidiReactor {
       public:
        void OnCancel() override { Finish(grpc::Status::CANCELLED); }
        void OnDone() override { delete this; }
      };
      class Refusing final : public grpc::ServerGenericBidiReactor {
       public:
        Refusing() { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "none")); }
        void OnDone() override { delete this; }
      };
      if (call->method().find("reflection") == std::string::npos) return new Refusing();
      {
        const std::lock_guard lock(mutex_);
        asked_ = true;
        wake_.notify_one();
      }
      return new Waiting();
    }
    void WaitUntilAsked() {
      std::unique_lock lock(mutex_);
      EXPECT_TRUE(wake_.wait_for(lock, std::chrono::seconds(30), [this] { return asked_; }));
    }

   private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool asked_ = false;
  };
  Silent service;
  const auto server = ServeForeign(service);
  ASSERT_NE(server, nullptr);
  Connect();
  ASSERT_TRUE(Call());
  service.WaitUntilAsked();
  ASSERT_TRUE(Call());
  // Breaks the question off.
  client_.reset();
  channel_.reset();
  server->Shutdown();
}

}  // namespace
}  // namespace library
