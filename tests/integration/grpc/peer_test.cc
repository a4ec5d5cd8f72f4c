// Peers of another make: this test speaks gRPC by itself, to our server and to our channel.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "seam/grpc/bytes_internal.h"
#include "seam/grpc/reflection_internal.h"
#include "seam/testing/cutting_proxy.h"
#include "test_service.h"

namespace seam {
namespace {

namespace pb = google::protobuf;
using grpc_internal::ToBuffer;
using grpc_internal::ToByteBuffer;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// grpc.health.v1 (https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto).
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";
constexpr char kServiceUnknown[] = "\x08\x03";

std::string Encoded(const std::function<void(pb::UnknownFieldSet&)>& fill) {
  pb::UnknownFieldSet message;
  fill(message);
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

std::string TextField(int number, const std::string& text) {
  return Encoded([&](auto& message) { message.AddLengthDelimited(number, text); });
}

// The length-delimited fields with that number.
std::vector<std::string> TextFields(std::string_view bytes, int number) {
  pb::UnknownFieldSet message;
  EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<std::string> texts;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i).number() == number) texts.push_back(message.field(i).length_delimited());
  }
  return texts;
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  return std::string(ToBuffer(buffer).value().bytes());
}

// A client that knows nothing of seam.
class ForeignClient {
 public:
  struct Reply {
    grpc::Status status;
    std::string bytes;
    std::multimap<std::string, std::string> trailers;
  };

  explicit ForeignClient(const std::string& target, const grpc::ChannelArguments& arguments = {})
      : stub_(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments)) {}

  Reply Call(const std::string& path, const std::string& request,
             const std::map<std::string, std::string>& metadata = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    Reply reply;
    grpc::ByteBuffer bytes;
    const auto call =
        stub_.PrepareUnaryCall(&context, path, ToByteBuffer(std::string_view(request)), &queue_);
    call->StartCall();
    call->Finish(&bytes, &reply.status, this);
    Next();
    if (reply.status.ok()) reply.bytes = BytesOf(bytes);
    for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
      reply.trailers.emplace(std::string(key.data(), key.size()),
                             std::string(value.data(), value.size()));
    }
    return reply;
  }

  // Whether what was asked for was done.
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::GenericStub& stub() { return stub_; }
  grpc::CompletionQueue& queue() { return queue_; }

 private:
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
};

// A bidirectional stream, used one step at a time.
class ForeignStream {
 public:
  ForeignStream(ForeignClient& client, const std::string& path) : client_(client) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = client_.stub().PrepareCall(&context_, path, &client_.queue());
    stream_->StartCall(this);
    client_.Next();
  }

  void Write(const std::string& message) {
    stream_->Write(ToByteBuffer(std::string_view(message)), this);
    client_.Next();
  }

  std::optional<std::string> Read() {
    grpc::ByteBuffer message;
    stream_->Read(&message, this);
    if (!client_.Next()) return std::nullopt;
    return BytesOf(message);
  }

  void WritesDone() {
    stream_->WritesDone(this);
    client_.Next();
  }

  grpc::Status Finish() {
    grpc::Status status;
    stream_->Finish(&status, this);
    client_.Next();
    return status;
  }

  void Cancel() { context_.TryCancel(); }

 private:
  ForeignClient& client_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
};

TEST(ForeignClientTest, CallsAndIsAnswered) {
  TestServer server;
  ForeignClient client(server.address());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "hello");
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.bytes, "hello");
}

TEST(ForeignClientTest, MetadataThatBreaksOurRulesIsDropped) {
  Metadata seen;
  TestServer server([&](const Context& context, std::string_view request) {
    seen = context.metadata();
    return Echo(context, request);
  });
  ForeignClient client(server.address());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "x",
                                 {{"kept", "yes"},
                                  {"binary-bin", std::string("\0\xFF", 2)},
                                  {"seam-origin", "handler"},
                                  {"traceparent", "nonsense"}});
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_THAT(seen, ElementsAre(Pair("kept", "yes")));
}

TEST(ForeignClientTest, ACallChainIsTakenWhenItIsOneAndElseBeginsHere) {
  const std::string own = "seam.test.v1.Test";
  TestServer server([](const Context& context, std::string_view /*request*/) {
    return Echo(context, context.call_chain().ToText());
  });
  ForeignClient client(server.address());
  const auto sent = [&](const std::string& chain) {
    const auto reply = client.Call("/seam.test.v1.Test/Add", "x", {{"seam-call-chain", chain}});
    EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
    return reply.bytes;
  };
  EXPECT_EQ(sent("node.Cart,node.Stock"), "node.Cart,node.Stock," + own);
  EXPECT_EQ(sent("<script>"), own);
  EXPECT_EQ(sent("a,,b"), own);
  EXPECT_EQ(sent(std::string(CallChain::kMaxBytes + 1, 'x')), own);
}

TEST(ForeignClientTest, TheEarlierOfBothDeadlinesCounts) {
  TestServer server([](const Context& context, std::string_view /*request*/) {
    return Echo(context, context.remaining() < std::chrono::seconds(40) ? "early" : "late");
  });
  ForeignClient client(server.address());  // With a minute for each call.
  const auto seen = [&](const std::string& nanoseconds) {
    const auto reply =
        client.Call("/seam.test.v1.Test/Add", "x", {{"seam-remaining-ns", nanoseconds}});
    EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
    return reply.bytes;
  };
  EXPECT_EQ(seen("39000000000"), "early");
  EXPECT_EQ(seen("9000000000000"), "late");
  // What is no such number says nothing.
  for (const char* const text :
       {"", "x", "-1", "1.5", "39000000000ns", "9223372036854775807", "9223372036854775808"}) {
    EXPECT_EQ(seen(text), "late") << text;
  }
}

TEST(ForeignClientTest, EntriesThatDoNotFitAreDropped) {
  std::optional<Context> seen;
  TestServer server([&](const Context& context, std::string_view request) {
    seen = context;
    return Echo(context, request);
  });
  ForeignClient client(server.address());
  const std::string header = FormatTraceparent(NewTrace());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "x",
                                 {{"authorization", std::string(5000, 'x')},
                                  {"b", std::string(4000, 'x')},
                                  {"c", std::string(100, 'x')},
                                  {"d", "small"},
                                  {"traceparent", header}});
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->metadata(), ElementsAre(Pair("b", std::string(4000, 'x')), Pair("d", "small")));
  EXPECT_EQ(FormatTraceparent(seen->trace()), header);
}

TEST(ForeignClientTest, EntriesAreTakenUpToTheirNumber) {
  Metadata seen;
  TestServer server([&](const Context& context, std::string_view request) {
    seen = context.metadata();
    return Echo(context, request);
  });
  std::map<std::string, std::string> sent;
  for (std::size_t i = 0; i <= Context::kMaxMetadataEntries; ++i) {
    sent.emplace("key-" + std::to_string(100 + i), "x");
  }
  ForeignClient client(server.address());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "x", sent);
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  ASSERT_EQ(seen.size(), Context::kMaxMetadataEntries);
  EXPECT_EQ(seen.count("key-" + std::to_string(100 + Context::kMaxMetadataEntries)), 0U);
}

// One call in the bytes of HTTP/2 (RFC 9113) and HPACK (RFC 7541, 6.2.2), for what no gRPC library
// would send.
std::string RawCall(const std::map<std::string, std::string>& headers, const std::string& message) {
  const auto big_endian = [](std::size_t number, int bytes) {
    std::string text;
    while (bytes-- > 0) text.push_back(static_cast<char>(number >> (8 * bytes)));
    return text;
  };
  const auto frame = [&](char type, char flags, std::size_t stream, const std::string& payload) {
    return big_endian(payload.size(), 3) + type + flags + big_endian(stream, 4) + payload;
  };
  const auto text = [](const std::string& of) { return static_cast<char>(of.size()) + of; };
  std::string block;
  for (const auto& [key, value] : headers) block += std::string(1, '\0') + text(key) + text(value);
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "") + frame(1, 4, 1, block) +
         frame(0, 1, 1, '\0' + big_endian(message.size(), 4) + message);
}

TEST(ForeignClientTest, TimeoutLongerThanClocksCountIsNone) {
  std::promise<bool> has_deadline;
  TestServer server([&](const Context& context, std::string_view request) {
    has_deadline.set_value(context.deadline().has_value());
    return Echo(context, request);
  });
  const std::string bytes = RawCall({{":authority", "localhost"},
                                     {":method", "POST"},
                                     {":path", "/seam.test.v1.Test/Add"},
                                     {":scheme", "http"},
                                     {"content-type", "application/grpc"},
                                     {"grpc-timeout", "99999999H"},
                                     {"te", "trailers"}},
                                    "x");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string port = server.address().substr(server.address().rfind(':') + 1);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
  EXPECT_FALSE(has_deadline.get_future().get());
  ::close(fd);
}

TEST(ForeignClientTest, CompressedMessagesAreUnderstood) {
  TestServer server;
  grpc::ChannelArguments arguments;
  arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  ForeignClient client(server.address(), arguments);
  const std::string request(100'000, 'x');
  const auto reply = client.Call("/seam.test.v1.Test/Add", request);
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.bytes, request);
}

TEST(ForeignClientTest, CallWithoutAMessageIsRefused) {
  TestServer server;
  ForeignClient client(server.address());
  ForeignStream stream(client, "/seam.test.v1.Test/Add");
  stream.WritesDone();
  EXPECT_EQ(stream.Read(), std::nullopt);
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server.calls(), 0);
}

TEST(ForeignClientTest, CallsWithoutAMessageTakeNobodysPlace) {
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.waiting_calls = 0;
  TestServer server(Echo, options);
  ForeignClient idle_client(server.address());
  std::vector<std::unique_ptr<ForeignStream>> idle;
  for (int i = 0; i < 10; ++i) {
    idle.push_back(std::make_unique<ForeignStream>(idle_client, "/seam.test.v1.Test/Add"));
  }
  // The headers of the last one have arrived when a later call on its connection was answered.
  EXPECT_EQ(idle_client.Call("/grpc.health.v1.Health/Check", "").bytes, kServing);
  ForeignClient client(server.address());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "hello");
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.bytes, "hello");
  for (auto& stream : idle) {
    stream->Cancel();
    stream->Finish();
  }
}

// The one line of the log about a call, once the server has written all of them.
std::string OnlyLogLine(TestServer& server) {
  server.server().Shutdown(std::chrono::seconds(60));
  const auto lines = server.log().LinesWith(R"("message":"call")");
  EXPECT_THAT(lines, SizeIs(1));
  return lines.empty() ? "" : lines[0];
}

TEST(RefusedCallLog, SaysThatThereWasNoRequest) {
  TestServer server;
  ForeignClient client(server.address());
  ForeignStream stream(client, "/seam.test.v1.Test/Add");
  stream.WritesDone();
  stream.Finish();
  EXPECT_THAT(OnlyLogLine(server),
              AllOf(HasSubstr("INVALID_ARGUMENT"), HasSubstr("MISSING_REQUEST")));
}

TEST(RefusedCallLog, SaysThatTheCallerLeft) {
  TestServer server;
  ForeignClient client(server.address());
  ForeignStream stream(client, "/seam.test.v1.Test/Add");
  // What comes later on the connection is answered later, so the server has the call by then.
  EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", "").bytes, kServing);
  stream.Cancel();
  stream.Finish();
  EXPECT_THAT(OnlyLogLine(server), AllOf(HasSubstr("CANCELLED"), HasSubstr("ENDED_EARLY")));
}

TEST(RefusedCallLog, SaysThatTheRequestWasTooLarge) {
  GrpcServerOptions options;
  options.max_message_bytes = 1000;
  TestServer server(Echo, options);
  ForeignClient client(server.address());
  const std::string header = FormatTraceparent(NewTrace());
  const auto reply =
      client.Call("/seam.test.v1.Test/Add", std::string(2000, 'x'), {{"traceparent", header}});
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(OnlyLogLine(server),
              AllOf(HasSubstr("CANCELLED"), HasSubstr("ENDED_EARLY"), HasSubstr("over the limit"),
                    HasSubstr(header.substr(3, 32))));
}

TEST(ForeignClientTest, CallThatIsBrokenOffBeforeItsMessageLeavesNothingBehind) {
  TestServer server;
  ForeignClient client(server.address());
  for (int i = 0; i < 10; ++i) {
    ForeignStream stream(client, "/seam.test.v1.Test/Add");
    stream.Cancel();
    EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_EQ(client.Call("/seam.test.v1.Test/Add", "x").bytes, "x");
  server.server().Shutdown(std::chrono::hours(1));
}

// google.rpc.Status and ErrorInfo as everybody else knows them
// (https://github.com/googleapis/googleapis/tree/master/google/rpc), for libprotobuf as the oracle.
class RpcStatus {
 public:
  RpcStatus() {
    pb::FileDescriptorProto file;
    EXPECT_TRUE(pb::TextFormat::ParseFromString(R"(
      name: "status.proto" package: "google.rpc" syntax: "proto3"
      message_type { name: "Any"
        field { name: "type_url" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "value" number: 2 type: TYPE_BYTES label: LABEL_OPTIONAL } }
      message_type { name: "Status"
        field { name: "code" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
        field { name: "message" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "details" number: 3 type: TYPE_MESSAGE type_name: ".google.rpc.Any"
                label: LABEL_REPEATED } }
      message_type { name: "ErrorInfo"
        field { name: "reason" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "domain" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "metadata" number: 3 type: TYPE_MESSAGE label: LABEL_REPEATED
                type_name: ".google.rpc.ErrorInfo.MetadataEntry" }
        nested_type { name: "MetadataEntry" options { map_entry: true }
          field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
          field { name: "value" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } } })",
                                                &file));
    EXPECT_NE(pool_.BuildFile(file), nullptr);
  }

  // The message of that type, printed.
  std::string Print(const std::string& type, const std::string& bytes) {
    const auto message = New(type);
    EXPECT_TRUE(message->ParseFromString(bytes));
    pb::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string text;
    printer.PrintToString(*message, &text);
    return text;
  }

  // The encoding of a message of that type, given as text.
  std::string Encode(const std::string& type, const std::string& text) {
    const auto message = New(type);
    EXPECT_TRUE(pb::TextFormat::ParseFromString(text, message.get()));
    return message->SerializeAsString();
  }

 private:
  std::unique_ptr<pb::Message> New(const std::string& type) {
    return std::unique_ptr<pb::Message>(
        factory_.GetPrototype(pool_.FindMessageTypeByName("google.rpc." + type))->New());
  }

  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
};

TEST(ForeignClientTest, UnderstandsOurErrors) {
  TestServer server([](const Context&, std::string_view) -> Result<Buffer> {
    return Fail(Code::kNotFound, "NO_TEA", "no tea \xE2\x82\xAC", {{"field", "id"}});
  });
  ForeignClient client(server.address());
  const auto reply = client.Call("/seam.test.v1.Test/Add", "x");
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(reply.status.error_message(), "no tea \xE2\x82\xAC");
  EXPECT_THAT(reply.trailers, Contains(Pair("grpc-retry-pushback-ms", "-1")));
  EXPECT_THAT(reply.trailers, Contains(Pair("seam-origin", "handler")));
  RpcStatus rpc;
  EXPECT_THAT(rpc.Print("Status", reply.status.error_details()),
              AllOf(HasSubstr("code: 5 message: \"no tea "),
                    HasSubstr("type_url: \"type.googleapis.com/google.rpc.ErrorInfo\"")));
  const std::vector<std::string> details = TextFields(reply.status.error_details(), 3);
  ASSERT_THAT(details, SizeIs(1));
  EXPECT_EQ(rpc.Print("ErrorInfo", TextFields(details[0], 2).at(0)),
            "reason: \"NO_TEA\" domain: \"seam.test.v1.Test\" "
            "metadata { key: \"field\" value: \"id\" } ");
}

// A server that knows nothing of seam: each call ends as `behave` says.
class ForeignServer final : public grpc::CallbackGenericService {
 public:
  struct Behaviour {
    grpc::Status status;
    std::map<std::string, std::string> trailers{};
    bool compress = false;
    bool without_message = false;
    bool silent = false;  // Never answers, and takes any number of pings.
  };

  explicit ForeignServer(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    if (behaviour_.silent) {
      builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
      builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1);
    }
    if (behaviour_.compress) builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    server_ = builder.BuildAndStart();
  }
  ~ForeignServer() override { server_->Shutdown(std::chrono::system_clock::now()); }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }

 private:
  // Echoes one message, or fails.
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(const Behaviour& behaviour, bool fails) : behaviour_(behaviour) {
      if (behaviour_.silent) return;
      if (fails) {
        Finish(behaviour_.status);
      } else {
        StartRead(&message_);
      }
    }
    void OnReadDone(bool ok) override {
      if (ok) {
        if (behaviour_.without_message) {
          Finish(grpc::Status::OK);
        } else {
          StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
        }
      } else {
        Finish(grpc::Status::CANCELLED);
      }
    }
    void OnCancel() override {
      if (behaviour_.silent) Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

   private:
    const Behaviour& behaviour_;
    grpc::ByteBuffer message_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (context->method().find("/grpc.health.") == 0) {
      return grpc::CallbackGenericService::CreateReactor(context);  // UNIMPLEMENTED
    }
    for (const auto& [key, value] : behaviour_.trailers) context->AddTrailingMetadata(key, value);
    return new Reactor(behaviour_, !behaviour_.status.ok());
  }

  const Behaviour behaviour_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

Error ErrorOf(ForeignServer::Behaviour behaviour) {
  const ForeignServer server(std::move(behaviour));
  const auto reply = OpenChannel(server.address())->Call(AddMethod(), Patient(), Bytes("x"));
  EXPECT_FALSE(reply);
  return reply.error();
}

TEST(ForeignServerTest, IsCalledAndAnswers) {
  for (const bool compress : {false, true}) {
    const ForeignServer server({grpc::Status::OK, {}, compress});
    const std::string request(100'000, 'x');
    EXPECT_EQ(Text(OpenChannel(server.address())->Call(AddMethod(), Patient(), Bytes(request))),
              request);
  }
}

TEST(ForeignServerTest, SuccessWithoutAMessageIsNoReply) {
  const Error error = ErrorOf({grpc::Status::OK, {}, false, /*without_message=*/true});
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.reason, "MALFORMED_REPLY");
  EXPECT_EQ(error.origin, Origin::kOutcomeUnknown);
}

TEST(ForeignServerTest, IsProbedForAsLongAsACallLasts) {
  ForeignServer::Behaviour behaviour;
  behaviour.silent = true;
  const ForeignServer server(behaviour);
  testing::CuttingProxy proxy(server.port());
  GrpcChannelOptions options;
  options.target = proxy.address();
  options.check_health = false;
  options.keep_alive_time = std::chrono::milliseconds(20);
  const auto channel = OpenChannel(options);
  const CancellationSource source;
  auto reply = std::async(std::launch::async, [&] {
    return channel->Call(AddMethod(), Patient().WithCancellation(source), Bytes("x"));
  });
  EXPECT_TRUE(proxy.WaitForPings(3, std::chrono::seconds(20)));
  source.Cancel();
  EXPECT_FALSE(reply.get());
}

TEST(ForeignServerTest, CodesThatLibrariesMakeSayNothingOfTheHandler) {
  const std::vector<std::pair<grpc::StatusCode, Origin>> expected = {
      {grpc::StatusCode::UNKNOWN, Origin::kOutcomeUnknown},
      {grpc::StatusCode::DEADLINE_EXCEEDED, Origin::kOutcomeUnknown},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, Origin::kOutcomeUnknown},
      {grpc::StatusCode::INTERNAL, Origin::kOutcomeUnknown},
      {grpc::StatusCode::UNAVAILABLE, Origin::kOutcomeUnknown},
      {grpc::StatusCode::INVALID_ARGUMENT, Origin::kHandler},
      {grpc::StatusCode::NOT_FOUND, Origin::kHandler},
      {grpc::StatusCode::ALREADY_EXISTS, Origin::kHandler},
      {grpc::StatusCode::PERMISSION_DENIED, Origin::kOutcomeUnknown},
      {grpc::StatusCode::FAILED_PRECONDITION, Origin::kHandler},
      {grpc::StatusCode::ABORTED, Origin::kHandler},
      {grpc::StatusCode::OUT_OF_RANGE, Origin::kHandler},
      {grpc::StatusCode::UNIMPLEMENTED, Origin::kOutcomeUnknown},
      {grpc::StatusCode::DATA_LOSS, Origin::kHandler},
      {grpc::StatusCode::UNAUTHENTICATED, Origin::kOutcomeUnknown},
  };
  for (const auto& [code, origin] : expected) {
    const Error error = ErrorOf({grpc::Status(code, "it went wrong")});
    EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(code));
    EXPECT_EQ(error.origin, origin) << ToString(error);
    EXPECT_EQ(error.reason.empty(), origin == Origin::kHandler) << ToString(error);
    EXPECT_THAT(error.message, HasSubstr("it went wrong"));
  }
}

TEST(ForeignServerTest, CancellationThatNobodyAskedForIsALostConnection) {
  const Error error = ErrorOf({grpc::Status(grpc::StatusCode::CANCELLED, "server stops")});
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_EQ(error.reason, "CONNECTION_LOST");
  EXPECT_EQ(error.origin, Origin::kOutcomeUnknown);
}

TEST(ForeignServerTest, ErrorInfoOfAHandlerIsUnderstood) {
  RpcStatus rpc;
  const std::string info = rpc.Encode("ErrorInfo", R"(
      reason: "BUSY" domain: "example.com" metadata { key: "retry" value: "never" })");
  const std::string other = TextField(1, "whatever");
  const std::string details =
      TextField(3, TextField(1, "type.googleapis.com/google.rpc.DebugInfo") + TextField(2, other)) +
      TextField(3, TextField(1, "type.googleapis.com/google.rpc.ErrorInfo") + TextField(2, info));
  const Error error = ErrorOf({grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now", details)});
  EXPECT_EQ(error,
            (Error{Code::kUnavailable, "BUSY", "not now", {{"retry", "never"}}, Origin::kHandler}));
}

TEST(ForeignServerTest, DetailsThatAreNoneDoNoHarm) {
  for (const std::string& details :
       {std::string("\xFF\xFF\xFF"), TextField(3, "\x0A\xFF"),
        TextField(3, TextField(1, "/google.rpc.ErrorInfo") + TextField(2, "\xFF"))}) {
    const Error error = ErrorOf({grpc::Status(grpc::StatusCode::NOT_FOUND, "none", details)});
    EXPECT_EQ(error.code, Code::kNotFound);
    EXPECT_EQ(error.reason, "");
    EXPECT_THAT(error.metadata, IsEmpty());
  }
}

TEST(ForeignServerTest, WhatItSaysIsNormalised) {
  const Error error =
      ErrorOf({grpc::Status(grpc::StatusCode::NOT_FOUND, "\xFF " + std::string(5000, 'x'))});
  EXPECT_LE(error.message.size(), 1024U);
  EXPECT_THAT(error.message, ::testing::StartsWith("\xEF\xBF\xBD x"));
}

TEST(Health, IsToldForEachServiceAndTheWhole) {
  TestServer server;
  ForeignClient client(server.address());
  for (const std::string& name : {std::string(), std::string("seam.test.v1.Test")}) {
    const std::string request = name.empty() ? "" : TextField(1, name);
    EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", request).bytes, kServing);
    server.server().SetServing(false);
    EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", request).bytes, kNotServing);
    server.server().SetServing(true);
  }
  EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", TextField(1, "other")).status.error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST(Health, OfTheContractsOfServicesThatAreCalledHasItsOwnName) {
  CapturedLog log;
  PeerContracts peers(log.log());
  const auto tell = [&, told = peers.Of("stock")](ContractMatch match) {
    PeerContract peer;
    peer.contract = "seam.test.v1.Stock";
    peer.match = match;
    told(peer);
  };
  GrpcServerOptions options;
  options.peer_contracts = &peers;
  TestServer server(Echo, options);
  ForeignClient client(server.address());
  const auto check = [&](const std::string& name) {
    return client.Call("/grpc.health.v1.Health/Check", TextField(1, name)).bytes;
  };
  const std::string name(kPeerContractsHealth);
  EXPECT_EQ(check(name), kServing) << "nothing is known";
  ForeignClient watching_client(server.address());
  ForeignStream watch(watching_client, "/grpc.health.v1.Health/Watch");
  watch.Write(TextField(1, name));
  EXPECT_EQ(watch.Read(), kServing);
  tell(ContractMatch::kCompatible);
  EXPECT_EQ(check(name), kServing);
  tell(ContractMatch::kIncompatible);
  EXPECT_EQ(watch.Read(), kNotServing);
  EXPECT_EQ(check(name), kNotServing);
  EXPECT_EQ(check(""), kServing) << "calls that need nothing of what differs go on";
  EXPECT_EQ(check("seam.test.v1.Test"), kServing);
  tell(ContractMatch::kEqual);
  EXPECT_EQ(watch.Read(), kServing);
  EXPECT_EQ(check(name), kServing);
  server.server().SetServing(false);
  EXPECT_EQ(watch.Read(), kNotServing) << "a server that does not serve says so of every name";
  server.server().Shutdown(std::chrono::hours(1));
  tell(ContractMatch::kIncompatible);
}

TEST(Health, KnowsNothingOfContractsWhereNoServiceIsCalled) {
  TestServer server;
  ForeignClient client(server.address());
  EXPECT_EQ(
      client.Call("/grpc.health.v1.Health/Check", TextField(1, std::string(kPeerContractsHealth)))
          .status.error_code(),
      grpc::StatusCode::NOT_FOUND);
}

TEST(Health, IsToldWhileEveryHandlerIsBlocked) {
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.waiting_calls = 0;
  Gate gate("x");
  TestServer server(gate.handler(), options);
  const auto channel = OpenChannel(server.address());
  auto blocked = std::async(
      std::launch::async, [&] { return Text(channel->Call(AddMethod(), Patient(), Bytes("x"))); });
  gate.WaitUntilEntered();
  ForeignClient client(server.address());
  const auto reply = client.Call("/grpc.health.v1.Health/Check", "");
  gate.Open();
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.bytes, kServing);
  EXPECT_EQ(blocked.get(), "x");
}

TEST(Health, WhatIsNoRequestIsRefused) {
  TestServer server;
  ForeignClient client(server.address());
  EXPECT_EQ(client.Call("/grpc.health.v1.Health/Check", "\xFF").status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  ForeignStream watch(client, "/grpc.health.v1.Health/Watch");
  watch.Write("\xFF");
  EXPECT_EQ(watch.Read(), std::nullopt);
  EXPECT_EQ(watch.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Health, WatchTellsChangesAndEndsWithTheServer) {
  TestServer server;
  ForeignClient client(server.address());
  ForeignClient other_client(server.address());
  ForeignStream watch(client, "/grpc.health.v1.Health/Watch");
  watch.Write("");
  watch.WritesDone();
  ForeignStream unknown(other_client, "/grpc.health.v1.Health/Watch");
  unknown.Write(TextField(1, "other"));
  unknown.WritesDone();
  EXPECT_EQ(watch.Read(), kServing);
  EXPECT_EQ(unknown.Read(), kServiceUnknown);
  server.server().SetServing(false);
  EXPECT_EQ(watch.Read(), kNotServing);
  server.server().SetServing(true);
  EXPECT_EQ(watch.Read(), kServing);
  server.server().Shutdown(std::chrono::hours(1));
  EXPECT_EQ(watch.Read(), kNotServing);
  EXPECT_EQ(watch.Read(), std::nullopt);
  EXPECT_TRUE(watch.Finish().ok());
}

TEST(Health, WatcherMayLeaveAtAnyTime) {
  TestServer server;
  ForeignClient client(server.address());
  for (int i = 0; i < 20; ++i) {
    ForeignStream watch(client, "/grpc.health.v1.Health/Watch");
    if (i % 2 == 0) watch.Write("");
    if (i % 4 == 0) watch.Read();
    watch.Cancel();
    server.server().SetServing(i % 3 == 0);
    watch.Finish();
  }
  server.server().Shutdown(std::chrono::hours(1));
}

// Field numbers of grpc.reflection.v1, as in reflection.cc.
constexpr int kFileByFilename = 3;
constexpr int kFileContainingSymbol = 4;
constexpr int kFileContainingExtension = 5;
constexpr int kAllExtensionNumbers = 6;
constexpr int kListServices = 7;
constexpr int kFiles = 4;
constexpr int kExtensionNumbers = 5;
constexpr int kServices = 6;
constexpr int kError = 7;

class ReflectionTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string Ask(const std::string& request) {
    stream_.Write(request);
    return stream_.Read().value_or("");
  }

  // The names of the files in an answer, which are put into `pool_`.
  std::vector<std::string> FilesIn(const std::string& answer) {
    std::vector<std::string> names;
    std::vector<pb::FileDescriptorProto> files;
    for (const std::string& list : TextFields(answer, kFiles)) {
      for (const std::string& bytes : TextFields(list, 1)) {
        pb::FileDescriptorProto file;
        EXPECT_TRUE(file.ParseFromString(bytes));
        names.push_back(file.name());
        files.push_back(std::move(file));
      }
    }
    // Importers come before what they import.
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      EXPECT_NE(pool_.BuildFile(*file), nullptr) << file->name();
    }
    return names;
  }

  TestServer server_;
  ForeignClient client_{server_.address()};
  ForeignStream stream_{client_, std::string("/grpc.reflection.") + GetParam() +
                                     ".ServerReflection/ServerReflectionInfo"};
  pb::DescriptorPool pool_;
};

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionTest, ::testing::Values("v1", "v1alpha"));

TEST_P(ReflectionTest, ListsServices) {
  std::vector<std::string> names;
  for (const std::string& list : TextFields(Ask(TextField(kListServices, "")), kServices)) {
    for (const std::string& service : TextFields(list, 1)) {
      names.push_back(TextFields(service, 1).at(0));
    }
  }
  EXPECT_THAT(names, ElementsAre("grpc.health.v1.Health", "seam.test.v1.Test"));
}

TEST_P(ReflectionTest, DescribesAServiceWithAllThatItNeeds) {
  EXPECT_THAT(FilesIn(Ask(TextField(kFileContainingSymbol, "seam.test.v1.Test"))),
              ElementsAre("seam/test/v1/test.proto", "seam/test/v1/imported.proto",
                          "google/protobuf/timestamp.proto"));
  EXPECT_NE(pool_.FindMethodByName("seam.test.v1.Test.Read"), nullptr);
  EXPECT_THAT(FilesIn(Ask(TextField(kFileByFilename, "grpc/health/v1/health.proto"))), SizeIs(1));
  EXPECT_NE(pool_.FindMethodByName("grpc.health.v1.Health.Watch"), nullptr);
  stream_.WritesDone();
  EXPECT_EQ(stream_.Read(), std::nullopt);
  EXPECT_TRUE(stream_.Finish().ok());
}

TEST_P(ReflectionTest, SaysWhatItDoesNotKnow) {
  const std::string extension =
      TextField(1, "seam.test.v1.Message") + Encoded([](auto& m) { m.AddVarint(2, 100); });
  for (const std::string& question :
       {TextField(kFileContainingSymbol, "seam.test.v1.Other"), TextField(kFileByFilename, "other"),
        TextField(kFileContainingExtension, extension), TextField(kFileContainingExtension, "\xFF"),
        TextField(kAllExtensionNumbers, "other"), TextField(99, ""), std::string()}) {
    const std::string answer = Ask(question);
    EXPECT_THAT(TextFields(answer, kError), SizeIs(1));
    EXPECT_THAT(TextFields(answer, 2), ElementsAre(question));
  }
  EXPECT_THAT(
      TextFields(Ask(TextField(kAllExtensionNumbers, "seam.test.v1.Message")), kExtensionNumbers),
      ElementsAre(TextField(1, "seam.test.v1.Message")));
}

TEST_P(ReflectionTest, RefusesWhatIsNoQuestion) {
  EXPECT_EQ(Ask("\xFF"), "");
  EXPECT_EQ(stream_.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Reflection, TakesAHandlersPlace) {
  GrpcServerOptions options;
  options.handler_threads = 1;
  options.waiting_calls = 0;
  Gate gate("x");
  TestServer server(gate.handler(), options);
  ForeignClient client(server.address());
  const std::string path(grpc_internal::Reflection::kPathV1);
  const std::string question = TextField(kListServices, "");
  {
    const auto channel = OpenChannel(server.address());
    auto blocked = std::async(std::launch::async, [&] {
      return Text(channel->Call(AddMethod(), Patient(), Bytes("x")));
    });
    gate.WaitUntilEntered();
    ForeignStream refused(client, path);
    refused.Write(question);
    EXPECT_EQ(refused.Read(), std::nullopt);
    EXPECT_EQ(refused.Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    gate.Open();
    EXPECT_EQ(blocked.get(), "x");
  }
  // Each answer gives the place back.
  ForeignStream answered(client, path);
  for (int i = 0; i < 3; ++i) {
    answered.Write(question);
    EXPECT_NE(answered.Read(), std::nullopt);
  }
  answered.WritesDone();
  EXPECT_EQ(answered.Read(), std::nullopt);
  EXPECT_TRUE(answered.Finish().ok());
}

TEST(Reflection, DescriptorsStayOutOfTheGlobalPool) {
  TestServer server;
  EXPECT_EQ(pb::DescriptorPool::generated_pool()->FindFileByName("seam/test/v1/test.proto"),
            nullptr);
}

TEST(Reflection, ContractThatCannotBeServedIsRefusedAtStart) {
  static constexpr MethodContract kMethod{"/a.B/C", "C", Idempotency::kUnknown, 0};
  struct Broken final : Servicer {
    explicit Broken(const FileContract* file) : contract_{"a.B", &kMethod, 1, file} {}
    [[nodiscard]] const ServiceContract& contract() const noexcept override { return contract_; }
    [[nodiscard]] Result<Buffer> Handle(std::size_t, const Context&, const Buffer&) override {
      return Bytes("");
    }
    const ServiceContract contract_;
  };
  pb::FileDescriptorProto importing;
  importing.set_name("importing.proto");
  importing.add_dependency("not/there.proto");
  const std::string importing_bytes = importing.SerializeAsString();
  pb::FileDescriptorProto empty;
  empty.set_name("empty.proto");
  const std::string empty_bytes = empty.SerializeAsString();
  const FileContract malformed{"malformed.proto", "\xFF", nullptr, 0};
  const FileContract without_import{"importing.proto", importing_bytes, nullptr, 0};
  const FileContract without_service{"empty.proto", empty_bytes, nullptr, 0};
  CapturedLog log;
  for (const FileContract* const file :
       {static_cast<const FileContract*>(nullptr), &malformed, &without_import, &without_service}) {
    Broken broken(file);
    const auto server = GrpcServer::Start({&broken}, {}, log.log());
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().reason, "INVALID_CONTRACT") << ToString(server.error());
  }
}

}  // namespace
}  // namespace seam
