// Mutual TLS: whom each side lets in, what the engineer on call is told when it does not, and
// certificates that are replaced while the server runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "certificates.h"
#include "seam/grpc/certificate_internal.h"
#include "test_service.h"

namespace seam {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::AllOf;
using testing::CertificateAuthority;
using testing::CertificateSubject;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeyAndCertificate;
using ::testing::Not;
using ::testing::SizeIs;
using testing::Validity;
using testing::WriteFile;

const std::string kProducts = "spiffe://shop.example/products";
const std::string kOrders = "spiffe://shop.example/orders";

class TlsTest : public ::testing::Test {
 protected:
  TlsOptions Files(const std::string& name, const KeyAndCertificate& own) const {
    return testing::WriteTlsFiles(folder_ / name, own, ca_.certificate());
  }

  void Serve(const std::optional<TlsOptions>& tls, const std::string& address = "127.0.0.1:0") {
    GrpcServerOptions options;
    options.addresses = {address};
    options.tls = tls;
    server_ = std::make_unique<TestServer>(Echo, options);
  }
  void Serve() { Serve(Files("products", ca_.Issue(kProducts))); }

  std::unique_ptr<Channel> Open(const std::optional<TlsOptions>& tls,
                                const std::string& service = kProducts) const {
    GrpcChannelOptions options;
    options.target = server_->address();
    options.tls = tls;
    if (tls) options.service_identity = service;
    options.wait_for_first_connection = false;
    return OpenChannel(std::move(options));
  }

  // The error of a call that cannot be made, of which the handler sees nothing.
  Error Refused(const std::optional<TlsOptions>& tls) const {
    const auto reply = Open(tls)->Call(AddMethod(), Patient(), Bytes("x"));
    EXPECT_FALSE(reply);
    EXPECT_EQ(server_->calls(), 0);
    if (reply) return {};
    EXPECT_EQ(reply.error().code, Code::kUnavailable) << ToString(reply.error());
    EXPECT_EQ(reply.error().origin, Origin::kNotDelivered);
    return reply.error();
  }

  // A client with that certificate is refused: it is told how to see why.
  void ExpectClientRefused(const KeyAndCertificate& own) {
    const Error error = Refused(Files("client", own));
    EXPECT_EQ(error.reason, "TLS_FAILED");
    EXPECT_THAT(error.message, AllOf(HasSubstr("client.pem"), HasSubstr("openssl verify")));
  }

  // A service whose chain is bad: its client is told so, and how to see why.
  void ExpectServiceRefused(const KeyAndCertificate& own) {
    Serve(Files("products", own));
    const Error error = Refused(Files("orders", ca_.Issue(kOrders)));
    EXPECT_EQ(error.reason, "SERVICE_NOT_TRUSTED");
    EXPECT_THAT(error.message, AllOf(HasSubstr(server_->address()), HasSubstr("orders.ca"),
                                     HasSubstr("openssl s_client")));
  }

  void ExpectRefusedFiles(const TlsOptions& options, const std::string& what) const {
    const auto identity = ReadTlsIdentity(options);
    ASSERT_FALSE(identity) << what;
    EXPECT_EQ(identity.error().code, Code::kInvalidArgument);
    EXPECT_EQ(identity.error().reason, "INVALID_TLS_FILE");
    EXPECT_THAT(identity.error().message, HasSubstr(what));
  }

  const testing::TemporaryFolder folder_;
  const CertificateAuthority ca_{"the CA"};
  const CertificateAuthority other_ca_{"another CA"};
  std::unique_ptr<TestServer> server_;
};

// Calls until one is answered, or the time of a patient call is over.
Result<Buffer> CallUntilAnswered(Channel& channel) {
  const Context context = Patient();
  for (;;) {
    auto reply = channel.Call(AddMethod(), context, Bytes("x"));
    if (reply || context.Check()) return reply;
    std::this_thread::yield();
  }
}

TEST_F(TlsTest, BothSidesKnowEachOther) {
  for (const std::string& address :
       {std::string("127.0.0.1:0"), std::string("[::1]:0"), "unix:" + (folder_ / "socket")}) {
    Serve(Files("products", ca_.Issue(kProducts)), address);
    const auto channel = Open(Files("orders", ca_.Issue(kOrders)));
    EXPECT_EQ(Text(channel->Call(AddMethod(), Patient(), Bytes("over TLS"))), "over TLS");
  }
}

TEST_F(TlsTest, CertificatesBetweenTheCaAndTheServiceAreShown) {
  const CertificateAuthority between("the one between", ca_);
  KeyAndCertificate own = between.Issue(kProducts);
  own.certificate += between.certificate();
  KeyAndCertificate client = between.Issue(kOrders);
  client.certificate += between.certificate();
  Serve(Files("products", own));
  EXPECT_TRUE(Open(Files("orders", client))->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, AClientThatIsNotTrustedIsRefused) {
  Serve();
  ExpectClientRefused(other_ca_.Issue(kOrders));
  // One that calls itself as ours does, too.
  ExpectClientRefused(CertificateAuthority("the CA").Issue(kOrders));
}

TEST_F(TlsTest, AClientWithTheCertificateOfAServerOnlyIsRefused) {
  Serve();
  ExpectClientRefused(ca_.Issue({.uris = {kOrders}, .usage = "serverAuth"}));
}

TEST_F(TlsTest, AServiceThatIsNotTrustedIsRefused) {
  ExpectServiceRefused(other_ca_.Issue(kProducts));
}

TEST_F(TlsTest, AServiceWithTheCertificateOfAClientOnlyIsRefused) {
  ExpectServiceRefused(ca_.Issue({.uris = {kProducts}, .usage = "clientAuth"}));
}

TEST_F(TlsTest, EachSideNeedsACertificateForItselfOnly) {
  Serve(Files("products", ca_.Issue({.uris = {kProducts}, .usage = "serverAuth"})));
  const auto channel = Open(Files("orders", ca_.Issue({.uris = {kOrders}, .usage = "clientAuth"})));
  EXPECT_EQ(Text(channel->Call(AddMethod(), Patient(), Bytes("x"))), "x");
}

TEST_F(TlsTest, AServiceOfAnotherNameIsRefused) {
  Serve(Files("products", ca_.Issue("spiffe://shop.example/users")));
  const Error error = Refused(Files("orders", ca_.Issue(kOrders)));
  EXPECT_EQ(error.reason, "SERVICE_NOT_TRUSTED");
  EXPECT_THAT(error.message, AllOf(HasSubstr(server_->address()),
                                   HasSubstr("it should be of " + kProducts +
                                             "; the certificate is of spiffe://shop.example/users, "
                                             "CN=a test's service, issued by CN=the CA")));
}

TEST_F(TlsTest, ClientAndServerWithoutTlsOnOneSideAreTold) {
  Serve();
  const Error plain = Refused(std::nullopt);
  EXPECT_EQ(plain.reason, "UNREACHABLE");
  EXPECT_THAT(plain.message, HasSubstr("it may want TLS"));
  Serve(std::nullopt);
  const Error tls = Refused(Files("orders", ca_.Issue(kOrders)));
  EXPECT_EQ(tls.reason, "TLS_FAILED");
  EXPECT_THAT(tls.message, HasSubstr("the service does not speak TLS"));
}

TEST_F(TlsTest, ACallThatWaitsForItsFirstConnectionIsToldWhyThereIsNone) {
  const auto wait = [&](const std::optional<TlsOptions>& tls) {
    GrpcChannelOptions options;
    options.target = server_->address();
    options.tls = tls;
    if (tls) options.service_identity = kProducts;
    const auto channel = OpenChannel(std::move(options));
    // Time for an attempt to connect; again when the machine was too slow for it.
    for (std::chrono::milliseconds time{200};; time *= 2) {
      const auto reply = channel->Call(AddMethod(), Context().WithTimeout(time), Bytes("x"));
      EXPECT_FALSE(reply);
      EXPECT_EQ(reply.error().code, Code::kDeadlineExceeded);
      if (time > seconds(8) || reply.error().message.find("last error") != std::string::npos) {
        return reply.error().message;
      }
    }
  };
  Serve(Files("products", other_ca_.Issue(kProducts)));
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  EXPECT_THAT(wait(orders), HasSubstr("not of a CA in"));
  EXPECT_THAT(wait(std::nullopt), HasSubstr("it may want TLS"));
}

TEST_F(TlsTest, ANewCertificateIsUsedWithoutARestart) {
  Serve(Files("products", other_ca_.Issue(kProducts)));
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  EXPECT_EQ(Refused(orders).reason, "SERVICE_NOT_TRUSTED");
  Files("products", ca_.Issue(kProducts));
  const auto channel = Open(orders);
  EXPECT_TRUE(CallUntilAnswered(*channel));
  // What was there goes on, whatever new connections meet.
  Files("products", other_ca_.Issue(kProducts));
  for (const Context patient = Patient(); !patient.Check();) {
    ASSERT_TRUE(channel->Call(AddMethod(), patient, Bytes("x")));
    if (!Open(orders)->Call(AddMethod(), patient, Bytes("x"))) break;
  }
  EXPECT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, ANewClientCertificateIsUsedWithoutARestart) {
  Serve();
  const auto channel = Open(Files("orders", other_ca_.Issue(kOrders)));
  EXPECT_FALSE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  Files("orders", ca_.Issue(kOrders));
  EXPECT_TRUE(CallUntilAnswered(*channel));
}

TEST_F(TlsTest, ANewCaIsTrustedAndAnOldOneNoMoreWithoutARestart) {
  Serve();
  const TlsOptions client = Files("orders", other_ca_.Issue(kOrders));
  const std::string servers_ca = folder_ / "products.ca";
  EXPECT_FALSE(Open(client)->Call(AddMethod(), Patient(), Bytes("x")));
  WriteFile(servers_ca, ca_.certificate() + other_ca_.certificate());
  EXPECT_TRUE(CallUntilAnswered(*Open(client)));
  WriteFile(servers_ca, ca_.certificate());
  EXPECT_FALSE(Open(client)->Call(AddMethod(), Patient(), Bytes("x")));
}

// Waits for a line with that text.
void ExpectLine(const CapturedLog& log, std::string_view text) {
  for (const Context patient = Patient(); log.LinesWith(text).empty();) {
    ASSERT_FALSE(patient.Check()) << text;
    std::this_thread::yield();
  }
}

TEST_F(TlsTest, ACaFileThatIsBrokenChangesNothingAndIsLogged) {
  Serve();
  const std::string cas = folder_ / "products.ca";
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  WriteFile(cas, "");
  ExpectLine(server_->log(), "a TLS file cannot be used");
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
  const TlsOptions other = Files("other", other_ca_.Issue(kOrders));
  EXPECT_FALSE(Open(other)->Call(AddMethod(), Patient(), Bytes("x")));
  WriteFile(cas, CertificateAuthority("an old CA", {-hours(2), -hours(1)}).certificate());
  ExpectLine(server_->log(), "has no CA that is good now");
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
  WriteFile(cas, ca_.certificate());
  ExpectLine(server_->log(), "the TLS files can be used again");
}

TEST_F(TlsTest, APairThatCannotBeUsedChangesNothingAndIsLogged) {
  Serve();
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  WriteFile(folder_ / "products.key", ca_.Issue(kProducts).key);
  ExpectLine(server_->log(), "does not fit to the certificate");
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
  Files("products", ca_.Issue(kOrders));
  ExpectLine(server_->log(), "is now of " + kOrders + ", and this process is " + kProducts);
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, AnExpiredPairDoesNotReplaceAGoodOne) {
  Serve();
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  Files("products", ca_.Issue({{kProducts}, -hours(2), -hours(1)}));
  ExpectLine(server_->log(), "products.pem' has expired at ");
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
  Files("products", ca_.Issue({{kProducts}, hours(1), hours(2)}));
  ExpectLine(server_->log(), "products.pem' is good only from ");
  EXPECT_TRUE(Open(orders)->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, APairThatSoonExpiresIsUsedAndInTheLog) {
  Serve();
  Files("products", ca_.Issue({{kProducts}, -hours(5), hours(2)}));
  ExpectLine(server_->log(), "products.pem' expires at ");
  EXPECT_THAT(server_->log().LinesWith("last third of its time"), SizeIs(1));
  Serve(Files("products", ca_.Issue({{kProducts}, -hours(5), hours(2)})));
  ExpectLine(server_->log(), "products.pem' expires at ");
  EXPECT_TRUE(Open(Files("orders", ca_.Issue(kOrders)))->Call(AddMethod(), Patient(), Bytes("x")));
  Serve(Files("products", ca_.Issue({{kProducts}, -hours(3), hours(2)})));
  server_->server().Shutdown(seconds(0));
  EXPECT_THAT(server_->log().LinesWith("expires at"), IsEmpty());
}

TEST_F(TlsTest, WhatStandsBehindACertificateIsInTheLogWhenItSoonExpires) {
  const CertificateAuthority between("the one between", ca_, {-hours(5), hours(2)});
  KeyAndCertificate own = between.Issue(kProducts);
  own.certificate += between.certificate();
  Serve(Files("products", own));
  ExpectLine(server_->log(), "CA's, CN=the one between, expires at ");
  EXPECT_TRUE(Open(Files("orders", ca_.Issue(kOrders)))->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, ThatTheLastCaSoonExpiresIsInTheLog) {
  const CertificateAuthority soon("a CA that goes", {-hours(5), hours(2)});
  const CertificateAuthority sooner("one before", {-hours(5), hours(1)});
  const std::string cas = folder_ / "products.ca";
  const TlsOptions products = Files("products", ca_.Issue(kProducts));
  WriteFile(cas, soon.certificate() + sooner.certificate());
  Serve(products);
  ExpectLine(server_->log(), "the last CA in '" + cas + "', CN=a CA that goes, expires at ");
  // Beside the one that comes it may go.
  WriteFile(cas, ca_.certificate() + soon.certificate());
  Serve(products);
  server_->server().Shutdown(seconds(0));
  EXPECT_THAT(server_->log().LinesWith("expires at"), IsEmpty());
}

TEST_F(TlsTest, AChannelSaysWhichFileCannotBeUsed) {
  Serve();
  CapturedLog log;
  GrpcChannelOptions options;
  options.target = server_->address();
  options.tls = Files("orders", ca_.Issue(kOrders));
  options.service_identity = kProducts;
  options.log = &log.log();
  const auto channel = OpenChannel(std::move(options));
  WriteFile(folder_ / "orders.ca", "nonsense");
  ExpectLine(log, "orders.ca' has no certificate");
  EXPECT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, AChannelWithoutItWarnsWhenItMayLeaveThisHost) {
  const auto warnings = [](const std::string& target) {
    CapturedLog log;
    GrpcChannelOptions options;
    options.target = target;
    options.log = &log.log();
    OpenChannel(std::move(options));
    return log.LinesWith("without TLS").size();
  };
  for (const char* const target :
       {"10.0.0.7:50051", "ipv4:127.0.0.1:1,10.0.0.7:2", "ipv6:[fd00::1]:50051", "products:50051",
        "dns:///localhost.example:50051"}) {
    EXPECT_EQ(warnings(target), 1U) << target;
  }
  for (const char* const target :
       {"127.0.0.1:50051", "ipv4:127.0.0.1:1,127.0.0.2:2", "ipv6:[::1]:50051", "localhost:50051",
        "unix:/run/products.sock"}) {
    EXPECT_EQ(warnings(target), 0U) << target;
  }
}

TEST_F(TlsTest, FilesAreCheckedWhenTheyAreOpened) {
  const KeyAndCertificate own = ca_.Issue(kProducts);
  const TlsOptions good = Files("products", own);
  EXPECT_EQ(ReadTlsIdentity(good).value(), kProducts);
  const std::string odd = folder_ / "odd";
  const auto with = [&](std::string TlsOptions::* file, const std::string& path) {
    TlsOptions options = good;
    options.*file = path;
    return options;
  };
  for (const auto file :
       {&TlsOptions::certificate_file, &TlsOptions::key_file, &TlsOptions::ca_file}) {
    ExpectRefusedFiles(with(file, folder_ / "missing"), "missing' cannot be opened: No such file");
    ExpectRefusedFiles(with(file, ""), "is not given");
    for (const std::string text : {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
      WriteFile(odd, text);
      ExpectRefusedFiles(with(file, odd), "odd'");
    }
    WriteFile(odd, own.certificate + own.key + std::string(2'000'000, '\n'));
    ExpectRefusedFiles(with(file, odd), "has more than 1048576 bytes");
  }
  ExpectRefusedFiles(with(&TlsOptions::ca_file, folder_.path()), "is no file");
  // Broken behind one that is whole.
  WriteFile(odd, own.certificate + own.certificate.substr(0, 200));
  ExpectRefusedFiles(with(&TlsOptions::certificate_file, odd), "one that is broken");
  WriteFile(odd, ca_.Issue(kProducts).key);
  ExpectRefusedFiles(with(&TlsOptions::key_file, odd), "odd' does not fit to the certificate in '");
  for (const mode_t mode : {0640, 0604, 0660}) {
    WriteFile(odd, own.key);
    ASSERT_EQ(::chmod(odd.c_str(), mode), 0);
    ExpectRefusedFiles(with(&TlsOptions::key_file, odd), "odd' can be read by others; chmod 600");
  }
  for (const mode_t mode : {0620, 0602, 0664}) {
    WriteFile(odd, ca_.certificate());
    ASSERT_EQ(::chmod(odd.c_str(), mode), 0);
    ExpectRefusedFiles(with(&TlsOptions::ca_file, odd), "odd' can be written by others");
  }
  ASSERT_EQ(::chmod(odd.c_str(), 0644), 0);
  EXPECT_TRUE(ReadTlsIdentity(with(&TlsOptions::ca_file, odd)));
  // Only root can give a file away.
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(odd.c_str(), 65534, 65534), 0);
    ExpectRefusedFiles(with(&TlsOptions::ca_file, odd), "odd' belongs to another user");
    WriteFile(odd, own.key);
    ASSERT_EQ(::chown(odd.c_str(), 65534, 65534), 0);
    ExpectRefusedFiles(with(&TlsOptions::key_file, odd), "odd' belongs to another user");
  }
  // gRPC would abort the process.
  ExpectRefusedFiles(
      Files("broken", ca_.Issue(CertificateSubject{.uris = {kProducts}, .broken_address = true})),
      "has a name that gRPC cannot take apart");
  ExpectRefusedFiles(Files("ca", ca_.Issue(CertificateSubject{.uris = {kProducts}, .is_ca = true})),
                     "is the certificate of a CA");
  ExpectRefusedFiles(Files("old", ca_.Issue({{kProducts}, -hours(2), -hours(1)})),
                     "old.pem' has expired at 20");
  ExpectRefusedFiles(Files("early", ca_.Issue({{kProducts}, hours(1), hours(2)})),
                     "early.pem' is good only from 20");
  for (const std::vector<std::string>& uris :
       {std::vector<std::string>{}, {kProducts, kOrders}, {"https://shop.example/products"}}) {
    ExpectRefusedFiles(Files("nameless", ca_.Issue({uris})), "has not one identity of a service");
  }
}

TEST_F(TlsTest, WhatStandsBehindACertificateIsCheckedLikeIt) {
  const auto behind = [&](const Validity& validity) {
    const CertificateAuthority between("the one between", ca_, validity);
    KeyAndCertificate own = between.Issue(kProducts);
    own.certificate += between.certificate();
    return Files("chain", own);
  };
  EXPECT_TRUE(ReadTlsIdentity(behind({})));
  const std::string named =
      "chain.pem' the certificate between this process's and the CA's, CN=the one between, ";
  ExpectRefusedFiles(behind({-hours(2), -hours(1)}), named + "has expired at 20");
  ExpectRefusedFiles(behind({hours(1), hours(2)}), named + "is good only from 20");
}

TEST_F(TlsTest, OfTheCasOneHasToBeGoodNow) {
  const KeyAndCertificate own = ca_.Issue(kProducts);
  const auto with = [&](const std::string& cas) {
    return testing::WriteTlsFiles(folder_ / "own", own, cas);
  };
  const std::string old = CertificateAuthority("an old CA", {-hours(3), -hours(2)}).certificate();
  const std::string later =
      CertificateAuthority("a later CA", {-hours(3), -hours(1)}).certificate();
  const std::string early =
      CertificateAuthority("an early CA", {hours(1), hours(48)}).certificate();
  const std::string none = "own.ca' has no CA that is good now: CN=";
  ExpectRefusedFiles(with(old + later), none + "a later CA has expired at 20");
  ExpectRefusedFiles(with(early + old), none + "an early CA is good only from 20");
  EXPECT_TRUE(ReadTlsIdentity(with(old + ca_.certificate() + early)));
}

template <class Read>
void TakePem(const std::string& text, Read read) {
  BIO* const pem = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  read(pem);
  BIO_free(pem);
}

void ShowCertificate(SSL_CTX* settings, const KeyAndCertificate& own) {
  TakePem(own.certificate, [&](BIO* pem) {
    X509* const certificate = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    EXPECT_EQ(SSL_CTX_use_certificate(settings, certificate), 1);
    X509_free(certificate);
    while (X509* const other = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr)) {
      EXPECT_EQ(SSL_CTX_add_extra_chain_cert(settings, other), 1);  // Owns it.
    }
    ERR_clear_error();
  });
  TakePem(own.key, [&](BIO* pem) {
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(pem, nullptr, nullptr, nullptr);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(settings, key), 1);
    EVP_PKEY_free(key);
  });
}

// A client of another make, which may show any certificate or none.
class ForeignClient {
 public:
  explicit ForeignClient(const std::optional<KeyAndCertificate>& own, int newest_version = 0)
      : settings_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(settings_, newest_version);
    // TLS 1.1 has no hash that this level takes.
    if (newest_version != 0) SSL_CTX_set_security_level(settings_, 0);
    static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(settings_, kHttp2, sizeof(kHttp2));
    if (own) ShowCertificate(settings_, *own);
  }
  ForeignClient(const ForeignClient&) = delete;
  ForeignClient& operator=(const ForeignClient&) = delete;
  ~ForeignClient() {
    SSL_SESSION_free(session_);
    SSL_CTX_free(settings_);
  }

  // The version of TLS, once the server has said something to the client; empty when it ends the
  // connection without a word. Continues the session of the connection before where it can.
  std::string Connect(const std::string& address) {
    BIO* const connection = BIO_new_ssl_connect(settings_);
    BIO_set_conn_hostname(connection, address.c_str());
    SSL* tls = nullptr;
    BIO_get_ssl(connection, &tls);
    if (session_ != nullptr) SSL_set_session(tls, session_);
    char byte = 0;
    std::string version;
    if (BIO_do_connect(connection) == 1 && BIO_read(connection, &byte, 1) == 1) {
      version = SSL_get_version(tls);
      continued_ = SSL_session_reused(tls) == 1;
      SSL_SESSION_free(session_);
      session_ = SSL_get1_session(tls);
    }
    BIO_free_all(connection);
    return version;
  }

  // Whether the server ends a connection on which no call is made. Waits for it.
  bool IsEndedInSilence(const std::string& address) {
    BIO* const connection = BIO_new_ssl_connect(settings_);
    BIO_set_conn_hostname(connection, address.c_str());
    // What HTTP/2 begins with, and no settings.
    const std::string begin("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", 33);
    const bool connected =
        BIO_do_connect(connection) == 1 && BIO_write(connection, begin.data(), 33) == 33;
    EXPECT_TRUE(connected);
    int socket = -1;
    BIO_get_fd(connection, &socket);
    const timeval hang{20, 0};  // A server that keeps it fails the test instead of stopping it.
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &hang, sizeof hang);
    std::array<char, 1024> said{};
    while (connected && BIO_read(connection, said.data(), said.size()) > 0) continue;
    const bool ended = connected && BIO_should_retry(connection) == 0;
    BIO_free_all(connection);
    return ended;
  }

  // Whether the last connection continued a session.
  [[nodiscard]] bool continued() const noexcept { return continued_; }

 private:
  SSL_CTX* const settings_;
  SSL_SESSION* session_ = nullptr;
  bool continued_ = false;
};

// A service of another make, which may show any certificate. Ends with its listening socket.
class ForeignServer {
 public:
  explicit ForeignServer(const KeyAndCertificate& own)
      : settings_(SSL_CTX_new(TLS_server_method())),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SSL_CTX_set_alpn_select_cb(settings_, ChooseHttp2, nullptr);
    ShowCertificate(settings_, own);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, plain, size), 0);
    EXPECT_EQ(::listen(listener_, 10), 0);
    EXPECT_EQ(::getsockname(listener_, plain, &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ForeignServer(const ForeignServer&) = delete;
  ForeignServer& operator=(const ForeignServer&) = delete;
  ~ForeignServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(settings_);
  }

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  static int ChooseHttp2(SSL* /*tls*/, const unsigned char** chosen, unsigned char* size,
                         const unsigned char* /*offered*/, unsigned int /*offered_size*/,
                         void* /*user*/) {
    static constexpr unsigned char kHttp2[] = {'h', '2'};
    *chosen = kHttp2;
    *size = sizeof(kHttp2);
    return SSL_TLSEXT_ERR_OK;
  }

  void Serve() {
    // The client may close the connection while this side writes.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      SSL* const tls = SSL_new(settings_);
      SSL_set_fd(tls, connection);
      char byte = 0;
      if (SSL_accept(tls) == 1) SSL_read(tls, &byte, 1);
      SSL_free(tls);
      ::close(connection);
    }
  }

  SSL_CTX* const settings_;
  const int listener_;
  std::string address_;
  std::thread thread_;
};

// gRPC aborts the process when it takes such a certificate apart, so it must not come to that.
TEST_F(TlsTest, ABrokenCertificateOfAnybodyEndsNoServer) {
  const CertificateSubject broken{.uris = {kProducts}, .broken_address = true};
  Serve();
  EXPECT_EQ(ForeignClient(other_ca_.Issue(broken)).Connect(server_->address()), "");
  EXPECT_TRUE(Open(Files("orders", ca_.Issue(kOrders)))->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, AServiceOfAnotherMakeIsNotBelievedEither) {
  const auto refusal = [&](const KeyAndCertificate& own) {
    const ForeignServer server(own);
    GrpcChannelOptions options;
    options.target = server.address();
    options.tls = Files("orders", ca_.Issue(kOrders));
    options.service_identity = kProducts;
    options.wait_for_first_connection = false;
    const auto reply = OpenChannel(std::move(options))->Call(AddMethod(), Patient(), Bytes("x"));
    return reply ? "" : reply.error().reason;
  };
  const CertificateSubject broken{.uris = {kProducts}, .broken_address = true};
  EXPECT_EQ(refusal(other_ca_.Issue(broken)), "SERVICE_NOT_TRUSTED");
  EXPECT_EQ(refusal(ca_.Issue({{kProducts}, -hours(2), -hours(1)})), "SERVICE_NOT_TRUSTED");
  EXPECT_EQ(refusal(ca_.Issue({{kProducts}, hours(1), hours(2)})), "SERVICE_NOT_TRUSTED");
}

TEST_F(TlsTest, AClientWhoseCertificateIsNotGoodNowIsRefused) {
  Serve();
  EXPECT_EQ(ForeignClient(ca_.Issue({{kOrders}, -hours(2), hours(1)})).Connect(server_->address()),
            "TLSv1.3");
  for (const auto& [from, until] : {std::pair(-hours(2), -hours(1)), {hours(1), hours(2)}}) {
    EXPECT_EQ(ForeignClient(ca_.Issue({{kOrders}, from, until})).Connect(server_->address()), "");
  }
}

TEST_F(TlsTest, AClientWithoutACertificateIsRefused) {
  Serve();
  EXPECT_EQ(ForeignClient(ca_.Issue(kOrders)).Connect(server_->address()), "TLSv1.3");
  EXPECT_THAT(server_->log().LinesWith("a connection is refused"), IsEmpty());
  EXPECT_EQ(ForeignClient(std::nullopt).Connect(server_->address()), "");
  EXPECT_TRUE(Open(Files("orders", ca_.Issue(kOrders)))->Call(AddMethod(), Patient(), Bytes("x")));
}

TEST_F(TlsTest, AClientWithoutOneIdentityIsRefused) {
  Serve();
  for (const std::vector<std::string>& uris :
       {std::vector<std::string>{}, {kOrders, kProducts}, {"https://shop.example/orders"}}) {
    EXPECT_EQ(ForeignClient(ca_.Issue({uris})).Connect(server_->address()), "");
  }
  server_->server().Shutdown(seconds(0));  // All lines are written then.
  EXPECT_THAT(server_->log().LinesWith("it has not one identity of a service"), SizeIs(3));
}

TEST_F(TlsTest, VersionsBeforeTls12AreRefused) {
  Serve();
  const KeyAndCertificate own = ca_.Issue(kOrders);
  EXPECT_EQ(ForeignClient(own, TLS1_2_VERSION).Connect(server_->address()), "TLSv1.2");
  EXPECT_EQ(ForeignClient(own, TLS1_1_VERSION).Connect(server_->address()), "");
}

// The number behind `name` in a line of the log.
std::size_t NumberIn(const std::string& line, const std::string& name) {
  const std::string begin = "\"" + name + "\":";
  const std::size_t found = line.find(begin);
  return found == std::string::npos ? 0 : std::stoul(line.substr(found + begin.size()));
}

TEST_F(TlsTest, AFloodOfRefusedClientsDoesNotFloodTheLogAndIsCounted) {
  Serve();
  ForeignClient client(ca_.Issue(CertificateSubject{}));
  constexpr std::size_t kRefused = 25;
  const auto begun_at = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kRefused; ++i) EXPECT_EQ(client.Connect(server_->address()), "");
  const bool within_a_second = std::chrono::steady_clock::now() - begun_at < seconds(1);
  // All are told of though no more come.
  const auto told = [&] {
    std::size_t sum = server_->log().LinesWith("a connection is refused").size();
    for (const std::string& line : server_->log().LinesWith("CLIENT_NOT_TRUSTED")) {
      sum += NumberIn(line, "left_out");
    }
    return sum;
  };
  for (const Context patient = Patient(); told() < kRefused && !patient.Check();) {
    std::this_thread::yield();
  }
  EXPECT_EQ(told(), kRefused);
  if (!within_a_second) return;  // So slow a machine has no flood.
  EXPECT_THAT(server_->log().LinesWith("a connection is refused"), SizeIs(10));
  EXPECT_THAT(server_->log().LinesWith("further connections were refused"), SizeIs(1));
}

TEST_F(TlsTest, AClientOfAnotherTrustDomainIsRefused) {
  Serve();
  EXPECT_EQ(ForeignClient(ca_.Issue("spiffe://other.example/orders")).Connect(server_->address()),
            "");
  server_->server().Shutdown(seconds(0));
  EXPECT_THAT(
      server_->log().LinesWith("it is of another trust domain than this process, " + kProducts +
                               "; the certificate is of spiffe://other.example"),
      SizeIs(1));
}

TEST_F(TlsTest, AServiceOfAnotherTrustDomainIsRefused) {
  Serve(Files("products", ca_.Issue("spiffe://other.example/products")));
  EXPECT_THAT(Refused(Files("orders", ca_.Issue(kOrders))).message,
              HasSubstr("it is of another trust domain than this process, " + kOrders));
}

TEST_F(TlsTest, AClientWithTheCertificateOfACaIsRefused) {
  Serve();
  EXPECT_EQ(ForeignClient(ca_.Issue(CertificateSubject{.uris = {kOrders}, .is_ca = true}))
                .Connect(server_->address()),
            "");
  server_->server().Shutdown(seconds(0));
  EXPECT_THAT(server_->log().LinesWith("it is the certificate of a CA, and not of a service"),
              SizeIs(1));
}

// Such a client shows no certificates between again.
TEST_F(TlsTest, AClientMayContinueItsSession) {
  const CertificateAuthority between("the one between", ca_);
  KeyAndCertificate own = between.Issue(kOrders);
  own.certificate += between.certificate();
  Serve();
  ForeignClient client(own);
  EXPECT_EQ(client.Connect(server_->address()), "TLSv1.3");
  EXPECT_FALSE(client.continued());
  EXPECT_EQ(client.Connect(server_->address()), "TLSv1.3");
  EXPECT_TRUE(client.continued());
}

// Though the contract lets no call be tried again.
TEST_F(TlsTest, ConnectionsAreMadeAnewWithoutACallThatFails) {
  GrpcServerOptions options;
  options.tls = Files("products", ca_.Issue(kProducts));
  options.max_connection_age = std::chrono::milliseconds(10);
  server_ = std::make_unique<TestServer>(Echo, options);
  ServiceContract once = TestContract();
  once.methods = &AddMethod();
  once.method_count = 1;
  const auto channel = OpenGrpcChannel(once, {.target = server_->address(),
                                              .tls = Files("orders", ca_.Issue(kOrders)),
                                              .service_identity = kProducts});
  ASSERT_TRUE(channel);
  const auto until = std::chrono::steady_clock::now() + seconds(2);
  const auto call = [&] {
    while (std::chrono::steady_clock::now() < until) {
      const auto reply = (*channel)->Call(AddMethod(), Patient(), Bytes("x"));
      ASSERT_TRUE(reply) << ToString(reply.error());
    }
  };
  std::thread other(call);
  call();
  other.join();
}

TEST_F(TlsTest, ConnectionsOfACaThatIsNotTrustedAnyMoreEnd) {
  GrpcServerOptions options;
  options.tls = Files("products", ca_.Issue(kProducts));
  options.max_connection_age = std::chrono::milliseconds(10);
  const std::string servers_ca = folder_ / "products.ca";
  WriteFile(servers_ca, ca_.certificate() + other_ca_.certificate());
  server_ = std::make_unique<TestServer>(Echo, options);
  const auto channel = Open(Files("orders", other_ca_.Issue(kOrders)));
  EXPECT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  WriteFile(servers_ca, ca_.certificate());
  for (const Context patient = Patient(); channel->Call(AddMethod(), patient, Bytes("x"));) {
    ASSERT_FALSE(patient.Check());
  }
}

// What is in progress when a connection is too old is still answered.
TEST_F(TlsTest, ACallThatIsLongerThanAConnectionIsAnswered) {
  GrpcServerOptions options;
  options.tls = Files("products", ca_.Issue(kProducts));
  options.max_connection_age = std::chrono::milliseconds(10);
  Gate gate("long");
  server_ = std::make_unique<TestServer>(gate.handler(), options);
  const TlsOptions orders = Files("orders", ca_.Issue(kOrders));
  const auto channel = Open(orders);
  std::thread caller(
      [&] { EXPECT_EQ(Text(channel->Call(AddMethod(), Patient(), Bytes("long"))), "long"); });
  gate.WaitUntilEntered();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  while (std::chrono::steady_clock::now() < until) {
    EXPECT_TRUE(channel->Call(AddMethod(), Patient(), Bytes("x")));
  }
  gate.Open();
  caller.join();
}

TEST_F(TlsTest, OnlyAConnectionWithoutACallEndsWhenItIsIdle) {
  GrpcServerOptions options;
  options.tls = Files("products", ca_.Issue(kProducts));
  options.max_connection_idle = std::chrono::milliseconds(200);
  Gate gate("long");
  server_ = std::make_unique<TestServer>(gate.handler(), options);
  // Should the time be over before its first call has come, it connects once more.
  const auto channel = OpenChannel({.target = server_->address(),
                                    .tls = Files("orders", ca_.Issue(kOrders)),
                                    .service_identity = kProducts});
  std::thread caller(
      [&] { EXPECT_EQ(Text(channel->Call(AddMethod(), Patient(), Bytes("long"))), "long"); });
  gate.WaitUntilEntered();
  EXPECT_TRUE(ForeignClient(ca_.Issue(kOrders)).IsEndedInSilence(server_->address()));
  gate.Open();
  caller.join();
}

class TrustTest : public TlsTest {
 protected:
  using Trust = grpc_internal::Trust;
  using Side = grpc_internal::Side;

  // Why a certificate is refused; empty when it is not.
  std::string Refusal(Trust& trust, const KeyAndCertificate& own, Side side,
                      const std::string& others = "") const {
    return trust
        .Check(*grpc_internal::ParseCertificates(own.certificate).at(0),
               grpc_internal::ParseCertificates(others), side)
        .value_or("");
  }

  const std::string ca_file_ = folder_ / "trusted.ca";
};

TEST_F(TrustTest, EachSideHasACertificateForIt) {
  Trust trust(ca_file_, ca_.certificate());
  const KeyAndCertificate both = ca_.Issue(kOrders);
  const KeyAndCertificate client = ca_.Issue({.uris = {kOrders}, .usage = "clientAuth"});
  const KeyAndCertificate server = ca_.Issue({.uris = {kOrders}, .usage = "serverAuth"});
  for (const Side side : {Side::kClient, Side::kServer}) {
    EXPECT_EQ(Refusal(trust, both, side), "");
    const bool is_client = side == Side::kClient;
    EXPECT_EQ(Refusal(trust, is_client ? client : server, side), "");
    EXPECT_THAT(Refusal(trust, is_client ? server : client, side), HasSubstr("purpose"));
  }
}

TEST_F(TrustTest, WeakKeysAndCasAreNobodys) {
  Trust trust(ca_file_, ca_.certificate());
  for (const Side side : {Side::kClient, Side::kServer}) {
    EXPECT_THAT(
        Refusal(trust, ca_.Issue(CertificateSubject{.uris = {kOrders}, .weak_key = true}), side),
        HasSubstr("too weak"));
    EXPECT_THAT(
        Refusal(trust, ca_.Issue(CertificateSubject{.uris = {kOrders}, .is_ca = true}), side),
        HasSubstr("of a CA"));
    EXPECT_THAT(Refusal(trust, other_ca_.Issue(kOrders), side), HasSubstr("issuer"));
  }
}

TEST_F(TrustTest, CertificatesBetweenAreRememberedButNotTrusted) {
  Trust trust(ca_file_, ca_.certificate());
  const CertificateAuthority between("the one between", ca_);
  const CertificateAuthority false_one("the one between", other_ca_);
  const KeyAndCertificate own = between.Issue(kOrders);
  EXPECT_THAT(Refusal(trust, own, Side::kClient), HasSubstr("issuer"));
  EXPECT_EQ(Refusal(trust, own, Side::kClient, between.certificate()), "");
  EXPECT_EQ(Refusal(trust, own, Side::kClient), "");
  const KeyAndCertificate of_false = false_one.Issue(kOrders);
  EXPECT_NE(Refusal(trust, of_false, Side::kClient, false_one.certificate()), "");
  EXPECT_NE(Refusal(trust, of_false, Side::kClient), "");
  WriteFile(ca_file_, other_ca_.certificate());
  EXPECT_NE(Refusal(trust, own, Side::kClient), "");
}

TEST_F(TlsTest, IdentitiesAreOfServices) {
  for (const std::string& good :
       {kProducts, std::string("spiffe://a/b/c"), std::string("spiffe://a-b_c.d1/X.y-z_0"),
        "spiffe://a/" + std::string(2037, 'b')}) {
    EXPECT_TRUE(IsServiceIdentity(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("spiffe://"), std::string("spiffe://a"),
        std::string("spiffe://a/"), std::string("spiffe:///a"), std::string("https://a/b"),
        std::string("spiffe://A/b"), std::string("spiffe://a:80/b"), std::string("spiffe://a/b/"),
        std::string("spiffe://a//b"), std::string("spiffe://a/./b"), std::string("spiffe://a/.."),
        std::string("spiffe://a/b?c"), std::string("spiffe://a/b c"),
        std::string("spiffe://a/b%20"), kProducts + '\0',
        "spiffe://" + std::string(256, 'a') + "/b", "spiffe://a/" + std::string(2038, 'b')}) {
    EXPECT_FALSE(IsServiceIdentity(bad)) << bad;
  }
}

TEST_F(TlsTest, OptionsThatDoNotGoTogetherAreRefused) {
  const TlsOptions own = Files("orders", ca_.Issue(kOrders));
  const auto reason = [](const std::optional<TlsOptions>& tls, const std::string& identity) {
    GrpcChannelOptions options;
    options.target = "127.0.0.1:1";
    options.tls = tls;
    options.service_identity = identity;
    const auto checked = CheckGrpcChannelOptions(options);
    return checked ? "" : checked.error().reason;
  };
  EXPECT_EQ(reason(own, kProducts), "");
  EXPECT_EQ(reason(own, ""), "INVALID_CHANNEL_OPTIONS");
  EXPECT_EQ(reason(std::nullopt, kProducts), "INVALID_CHANNEL_OPTIONS");
  EXPECT_EQ(reason(own, "products"), "INVALID_CHANNEL_OPTIONS");
  EXPECT_EQ(reason(own, "spiffe://other.example/products"), "INVALID_CHANNEL_OPTIONS");
  TlsOptions odd = own;
  odd.reload_interval = seconds(0);
  EXPECT_EQ(reason(odd, kProducts), "INVALID_TLS_OPTIONS");
  odd = own;
  odd.key_file = "missing";
  EXPECT_EQ(reason(odd, kProducts), "INVALID_TLS_FILE");
  GrpcServerOptions server;
  server.tls = odd;
  EXPECT_EQ(CheckGrpcServerOptions(server).error().reason, "INVALID_TLS_FILE");
  for (const auto span :
       {&GrpcServerOptions::max_connection_age, &GrpcServerOptions::max_connection_idle}) {
    for (const auto bad : {std::chrono::milliseconds(9), std::chrono::milliseconds(86'400'001)}) {
      server = {};
      server.*span = bad;
      EXPECT_EQ(CheckGrpcServerOptions(server).error().reason, "INVALID_SERVER_OPTIONS");
    }
  }
}

TEST_F(TlsTest, OnlyWithTlsOthersMayConnect) {
  GrpcServerOptions options;
  for (const char* const address : {"0.0.0.0:0", "[::]:0", "10.0.0.7:50051", "[fe80::1]:1"}) {
    options.addresses = {address};
    EXPECT_EQ(CheckGrpcServerOptions(options).error().reason, "INVALID_LISTEN_ADDRESS") << address;
  }
  const TlsOptions own = Files("products", ca_.Issue(kProducts));
  for (const char* const address : {"0.0.0.0:0", "[::]:0", "10.0.0.7:50051"}) {
    options.addresses = {address};
    options.tls = own;
    options.allowed_callers = std::make_shared<const AllowedCallers>();
    EXPECT_TRUE(CheckGrpcServerOptions(options)) << address;
    options.tls.reset();
    options.allowed_callers = nullptr;
    options.plaintext_beyond_this_host = true;
    EXPECT_TRUE(CheckGrpcServerOptions(options)) << address;
    options.plaintext_beyond_this_host = false;
  }
  options.tls = own;
  options.allowed_callers = std::make_shared<const AllowedCallers>();
  for (const char* const address : {"shop.example:1", "10.0.0.7", "1.2.3:4", "[::1", "::1:0"}) {
    options.addresses = {address};
    EXPECT_EQ(CheckGrpcServerOptions(options).error().reason, "INVALID_LISTEN_ADDRESS") << address;
  }
  Serve(own, "0.0.0.0:0");
  EXPECT_TRUE(Open(Files("orders", ca_.Issue(kOrders)))->Call(AddMethod(), Patient(), Bytes("x")));
}

}  // namespace
}  // namespace seam
