// Which service calls, and which may: the same on every binding that knows it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "certificates.h"
#include "seam/binding/bind.h"
#include "seam/grpc/channel.h"
#include "seam/grpc/server.h"
#include "seam/probe/v1/relay_contract.h"
#include "seam/probe/v1/relay_seam.h"
#include "seam/testing/temporary_folder.h"

namespace seam::probe {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the contract under test.

const std::string kOrders = "spiffe://shop.example/orders";
const std::string kUsers = "spiffe://shop.example/users";
const std::string kRelayIdentity = "spiffe://shop.example/relay";

// What is not passing is for `others`.
std::shared_ptr<const AllowedCallers> PassOnlyFor(std::vector<std::string> callers,
                                                  std::vector<std::string> others = {
                                                      kEveryService}) {
  auto allowed = std::make_shared<AllowedCallers>();
  allowed->Allow({"passing", &kRelayService, {"Pass", "Block"}}, std::move(callers),
                 "allow.passing");
  allowed->Allow({"looking", &kRelayService, {"Release", "LookAt"}}, std::move(others));
  return allowed;
}

// Remembers who called, and passes the call on to another client if it has one.
class Listener final : public RelayHandler {
 public:
  explicit Listener(RelayClient* next) : next_(next) {}

  Result<PassResponse> Pass(const Context& context, const PassRequest& request) override {
    Heard(context);
    return next_ == nullptr ? PassResponse() : next_->Pass(context, request);
  }
  Result<LookAtResponse> LookAt(const Context& context, const LookAtRequest&) override {
    Heard(context);
    return LookAtResponse();
  }

  std::vector<std::string> callers;

 private:
  void Heard(const Context& context) {
    callers.push_back(context.caller() == nullptr ? "nobody knows" : *context.caller());
  }

  RelayClient* const next_;
};

enum class CallersSide { kInProcess, kCodec, kThreads, kTls };

class CallersTest : public ::testing::TestWithParam<CallersSide> {
 protected:
  // A relay, and its client in a process of that identity.
  struct Opened {
    Listener* handler = nullptr;
    RelayClient* client = nullptr;
    std::optional<Bound<RelaySeam>> bound{};
    std::unique_ptr<Listener> own_handler{};
    std::unique_ptr<RelayServicer> servicer{};
    std::unique_ptr<GrpcServer> server{};
    std::unique_ptr<Channel> channel{};
    std::unique_ptr<RelayRemoteClient> own_client{};
  };

  std::unique_ptr<Opened> Open(
      const std::string& caller,
      std::shared_ptr<const AllowedCallers> allowed = PassOnlyFor({kEveryService}),
      RelayClient* next = nullptr) {
    auto opened = std::make_unique<Opened>();
    opened->own_handler = std::make_unique<Listener>(next);
    opened->handler = opened->own_handler.get();
    if (GetParam() == CallersSide::kTls) {
      Serve(*opened, std::move(allowed));
      Connect(*opened, caller);
      return opened;
    }
    CallRules rules;
    rules.own_identity = std::make_shared<const std::string>(caller);
    rules.allowed_callers = std::move(allowed);
    rules.return_at_deadline = GetParam() == CallersSide::kThreads;
    Bind(*opened, rules);
    return opened;
  }

  void Bind(Opened& opened, const CallRules& rules) const {
    auto bound = seam::Bind<RelaySeam>(
        GetParam() == CallersSide::kCodec ? BindingKind::kInProcessCodec : BindingKind::kInProcess,
        rules, [&] { return Result<std::unique_ptr<RelayHandler>>(std::move(opened.own_handler)); },
        []() -> Result<std::unique_ptr<Channel>> {
          return Fail(Code::kInternal, "NO_CHANNEL", "the relay is in this process");
        });
    opened.bound.emplace(*std::move(bound));
    opened.client = &opened.bound->client();
  }

  void Serve(Opened& opened, std::shared_ptr<const AllowedCallers> allowed) {
    opened.servicer = std::make_unique<RelayServicer>(*opened.handler);
    GrpcServerOptions options;
    options.tls = Files("relay", kRelayIdentity);
    options.allowed_callers = std::move(allowed);
    auto server = GrpcServer::Start({opened.servicer.get()}, options, log_);
    ASSERT_TRUE(server) << ToString(server.error());
    opened.server = *std::move(server);
  }

  // What the relay tells that caller of its contract.
  ContractMatch ContractAsToldTo(const Opened& opened, const std::string& caller) const {
    std::promise<ContractMatch> told;
    GrpcChannelOptions options;
    options.target = opened.server->addresses().front();
    options.tls = Files("curious", caller);
    options.service_identity = kRelayIdentity;
    options.on_peer_contract = [&](const PeerContract& peer) { told.set_value(peer.match); };
    const auto channel = OpenGrpcChannel(RelaySeam::contract(), std::move(options));
    EXPECT_TRUE(channel) << ToString(channel.error());
    static_cast<void>(RelayRemoteClient(**channel, CallRules{}).LookAt(Patient(), {}));
    return told.get_future().get();
  }

  void Connect(Opened& opened, const std::string& caller) {
    auto channel =
        OpenGrpcChannel(RelaySeam::contract(), {.target = opened.server->addresses().front(),
                                                .tls = Files("caller", caller),
                                                .service_identity = kRelayIdentity});
    ASSERT_TRUE(channel) << ToString(channel.error());
    opened.channel = *std::move(channel);
    opened.own_client = std::make_unique<RelayRemoteClient>(*opened.channel, CallRules{});
    opened.client = opened.own_client.get();
  }

  static Context Patient() { return Context().WithTimeout(std::chrono::seconds(60)); }

  TlsOptions Files(const std::string& name, const std::string& identity) const {
    return testing::WriteTlsFiles(folder_ / name, ca_.Issue(identity), ca_.certificate());
  }

  Log log_{LogOptions{.level = LogLevel::kError}};

 private:
  const testing::TemporaryFolder folder_;
  const testing::CertificateAuthority ca_{"the CA"};
};

INSTANTIATE_TEST_SUITE_P(Bindings, CallersTest,
                         ::testing::Values(CallersSide::kInProcess, CallersSide::kCodec,
                                           CallersSide::kThreads, CallersSide::kTls),
                         [](const auto& side) -> std::string {
                           switch (side.param) {
                             case CallersSide::kInProcess: return "InProcess";
                             case CallersSide::kCodec: return "Codec";
                             case CallersSide::kThreads: return "Threads";
                             case CallersSide::kTls: return "Tls";
                           }
                           return "";
                         });

TEST_P(CallersTest, TheHandlerIsToldWhichServiceCalls) {
  const auto relay = Open(kOrders);
  ASSERT_TRUE(relay->client->Pass(Patient(), {}));
  EXPECT_EQ(relay->handler->callers, std::vector<std::string>{kOrders});
}

TEST_P(CallersTest, MetadataCannotSayWhoCalls) {
  const auto relay = Open(kOrders);
  Context lying = Patient();
  for (const char* const key : {"caller", "peer_spiffe_id", "peer_uri", "x509_common_name"}) {
    lying = lying.WithMetadata(key, kUsers);
  }
  ASSERT_TRUE(relay->client->Pass(lying, {}));
  EXPECT_EQ(relay->handler->callers, std::vector<std::string>{kOrders});
}

TEST_P(CallersTest, TheNextCallIsOfTheServiceThatMakesIt) {
  const auto last = Open(kUsers);
  const auto first = Open(kOrders, PassOnlyFor({kOrders}), last->client);
  ASSERT_TRUE(first->client->Pass(Patient(), {}));
  EXPECT_EQ(first->handler->callers, std::vector<std::string>{kOrders});
  EXPECT_EQ(last->handler->callers, std::vector<std::string>{kUsers});
}

TEST_P(CallersTest, WhoIsNotAllowedIsRefused) {
  const auto relay = Open(kUsers, PassOnlyFor({kOrders, kRelayIdentity}));
  const auto refused = relay->client->Pass(Patient(), {});
  ASSERT_FALSE(refused);
  // The very same on every binding.
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(refused.error().reason, "CALLER_NOT_ALLOWED");
  EXPECT_EQ(refused.error().message,
            kUsers +
                " may not call /seam.probe.v1.Relay/Pass; it is not among those that are allowed "
                "the group 'passing': add it to the option allow.passing of the process that is "
                "called");
  EXPECT_EQ(
      refused.error().metadata,
      (std::map<std::string, std::string>{
          {"caller", kUsers}, {"group", "passing"}, {"method", "/seam.probe.v1.Relay/Pass"}}));
  EXPECT_EQ(refused.error().origin, Origin::kNotDelivered);
  EXPECT_EQ(relay->client->Block(Patient(), {}).error().reason, "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(relay->handler->callers.empty());
  EXPECT_TRUE(relay->client->LookAt(Patient(), {}));
}

TEST_P(CallersTest, WhoIsAllowedIsLetIn) {
  const auto relay = Open(kOrders, PassOnlyFor({kUsers, kOrders}));
  EXPECT_TRUE(relay->client->Pass(Patient(), {}));
}

TEST_P(CallersTest, AnEmptyListIsForNobody) {
  const auto relay = Open(kOrders, PassOnlyFor({}));
  EXPECT_EQ(relay->client->Pass(Patient(), {}).error().reason, "CALLER_NOT_ALLOWED");
  EXPECT_TRUE(relay->client->LookAt(Patient(), {}));
}

TEST_P(CallersTest, AMethodInNoGroupIsForNobody) {
  auto allowed = std::make_shared<AllowedCallers>();
  allowed->Allow({"passing", &kRelayService, {"Pass", "Release"}}, {kEveryService});
  if (GetParam() == CallersSide::kTls) {
    Listener handler(nullptr);
    RelayServicer servicer(handler);
    GrpcServerOptions options;
    options.tls = Files("relay", kRelayIdentity);
    const auto without = GrpcServer::Start({&servicer}, options, log_);
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().message,
              "tls needs allowed_callers: say which services may call what");
    options.allowed_callers = allowed;
    const auto server = GrpcServer::Start({&servicer}, options, log_);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().reason, "INVALID_SERVER_OPTIONS");
    EXPECT_EQ(server.error().message,
              "nobody has said which services may call Block, LookAt of seam.probe.v1.Relay; add "
              "them to a group of methods (MethodGroup)");
    return;
  }
  const auto relay = Open(kOrders, allowed);
  EXPECT_TRUE(relay->client->Pass(Patient(), {}));
  const auto refused = relay->client->LookAt(Patient(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            kOrders +
                " may not call /seam.probe.v1.Relay/LookAt; the method is in no group of which it "
                "was said who may call it");
}

// So a service tells nothing of itself to those for whom it has nothing.
TEST_P(CallersTest, WhoMayCallNothingIsNotToldTheContract) {
  if (GetParam() != CallersSide::kTls) return;
  const auto relay = Open(kOrders, PassOnlyFor({kOrders}, {kUsers}));
  EXPECT_EQ(ContractAsToldTo(*relay, kOrders), ContractMatch::kEqual);
  EXPECT_EQ(ContractAsToldTo(*relay, kUsers), ContractMatch::kEqual);
  EXPECT_EQ(ContractAsToldTo(*relay, kRelayIdentity), ContractMatch::kUnknown);
}

TEST_P(CallersTest, ANameThatIsAlikeIsAnother) {
  const auto relay = Open(kOrders + "2", PassOnlyFor({kOrders, kOrders + "/2", "spiffe"}));
  EXPECT_EQ(relay->client->Pass(Patient(), {}).error().reason, "CALLER_NOT_ALLOWED");
}

TEST_P(CallersTest, WithoutAnIdentityNobodyKnowsAndAListRefuses) {
  if (GetParam() == CallersSide::kTls) {
    GrpcServerOptions options;
    options.allowed_callers = PassOnlyFor({kOrders});
    EXPECT_EQ(CheckGrpcServerOptions(options).error().reason, "INVALID_SERVER_OPTIONS");
    return;
  }
  for (const bool restricted : {false, true}) {
    Opened relay;
    relay.own_handler = std::make_unique<Listener>(nullptr);
    relay.handler = relay.own_handler.get();
    CallRules rules;
    rules.return_at_deadline = GetParam() == CallersSide::kThreads;
    if (restricted) rules.allowed_callers = PassOnlyFor({kOrders, "", kEveryService});
    Bind(relay, rules);
    const auto reply = relay.client->Pass(Patient(), {});
    EXPECT_EQ(reply.has_value(), !restricted);
    if (restricted) continue;
    EXPECT_EQ(relay.handler->callers, std::vector<std::string>{"nobody knows"});
  }
}

TEST(AllowedCallersDeathTest, AMethodThatIsNotThereWouldBeAGap) {
  AllowedCallers allowed;
  EXPECT_DEATH(allowed.Allow({"odd", &kRelayService, {"Pas"}}, {}), "Pas .* not in the contract");
  allowed.Allow({"one", &kRelayService, {"Pass"}}, {});
  EXPECT_DEATH(allowed.Allow({"two", &kRelayService, {"Pass"}}, {}), "in another group");
}

}  // namespace
}  // namespace seam::probe
