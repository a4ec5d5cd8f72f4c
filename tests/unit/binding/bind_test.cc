#include "seam/binding/bind.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace seam {
namespace {

// A seam as the generator writes one, reduced to what Bind uses.
class GreeterHandler {
 public:
  virtual ~GreeterHandler() = default;
};
class GreeterClient {
 public:
  virtual ~GreeterClient() = default;
  [[nodiscard]] virtual std::string Path() const = 0;
};
class GreeterInProcessClient final : public GreeterClient {
 public:
  GreeterInProcessClient(GreeterHandler&, const CallRules&) {}
  [[nodiscard]] std::string Path() const override { return "in-process"; }
};
class GreeterRemoteClient final : public GreeterClient {
 public:
  GreeterRemoteClient(Channel& channel, const CallRules&)
      : path_(dynamic_cast<CodecChannel*>(&channel) != nullptr      ? "in-process-codec"
              : dynamic_cast<ThreadedChannel*>(&channel) != nullptr ? "threads"
                                                                    : "grpc") {}
  [[nodiscard]] std::string Path() const override { return path_; }

 private:
  std::string path_;
};
class GreeterServicer final : public Servicer {
 public:
  explicit GreeterServicer(GreeterHandler&) {}
  [[nodiscard]] const ServiceContract& contract() const noexcept override {
    static constexpr ServiceContract kContract{"test.Greeter", nullptr, 0, nullptr};
    return kContract;
  }
  [[nodiscard]] Result<Buffer> Handle(std::size_t, const Context&, const Buffer&) override {
    return Buffer();
  }
};
struct GreeterSeam {
  using Handler = GreeterHandler;
  using Client = GreeterClient;
  using InProcessClient = GreeterInProcessClient;
  using RemoteClient = GreeterRemoteClient;
  using Servicer = GreeterServicer;
};

class NoChannel final : public Channel {
 public:
  void Start(const MethodContract&, const Context&, Buffer, Completion& completion) override {
    completion.Complete(Buffer());
  }
};

class BindTest : public ::testing::TestWithParam<BindingKind> {
 protected:
  Result<Bound<GreeterSeam>> BindGreeter(BindingKind kind, const CallRules& rules = {}) {
    return Bind<GreeterSeam>(
        kind, rules,
        [&]() -> Result<std::unique_ptr<GreeterHandler>> {
          ++handlers_opened_;
          if (fail_) return Fail(Code::kUnavailable, "NO_DATABASE", "no database");
          return std::make_unique<GreeterHandler>();
        },
        [&]() -> Result<std::unique_ptr<Channel>> {
          ++channels_opened_;
          if (fail_) return Fail(Code::kInvalidArgument, "NO_TARGET", "no target");
          return std::make_unique<NoChannel>();
        });
  }

  int handlers_opened_ = 0;
  int channels_opened_ = 0;
  bool fail_ = false;
};

TEST_P(BindTest, OpensOnlyTheSideThatIsBound) {
  const auto bound = BindGreeter(GetParam());
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->client().Path(), BindingKindName(GetParam()));
  const bool remote = GetParam() == BindingKind::kGrpc;
  EXPECT_EQ(handlers_opened_, remote ? 0 : 1);
  EXPECT_EQ(channels_opened_, remote ? 1 : 0);
}

TEST_P(BindTest, AModuleThatReturnsAtTheDeadlineHasThreadsOfItsOwnInThisProcess) {
  CallRules rules;
  rules.return_at_deadline = true;
  const auto bound = BindGreeter(GetParam(), rules);
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->client().Path(), GetParam() == BindingKind::kGrpc ? "grpc" : "threads");
}

TEST_P(BindTest, FailsWithoutFallingBackToTheOtherSide) {
  fail_ = true;
  const auto bound = BindGreeter(GetParam());
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().reason, GetParam() == BindingKind::kGrpc ? "NO_TARGET" : "NO_DATABASE");
  EXPECT_EQ(handlers_opened_ + channels_opened_, 1);
}

TEST_P(BindTest, NamesReadBack) {
  EXPECT_EQ(ParseBindingKind(BindingKindName(GetParam())), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Kinds, BindTest,
                         ::testing::Values(BindingKind::kInProcess, BindingKind::kInProcessCodec,
                                           BindingKind::kGrpc));

TEST(BindingKindTest, RefusesOtherNames) {
  EXPECT_EQ(ParseBindingKind("local"), std::nullopt);
  EXPECT_EQ(ParseBindingKind(""), std::nullopt);
}

}  // namespace
}  // namespace seam
