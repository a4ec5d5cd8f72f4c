#include "seam/grpc/credentials_internal.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "seam/grpc/certificate_internal.h"

namespace seam::grpc_internal {
namespace {

using grpc::experimental::CertificateVerifier;
using grpc::experimental::ExternalCertificateVerifier;
using grpc::experimental::FileWatcherCertificateProvider;
using grpc::experimental::TlsCustomVerificationCheckRequest;

std::string_view Text(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// Verifies the certificate of a peer once more, after TLS itself has verified its chain and shown
// that the peer has its key. Without the first check gRPC would take apart certificates that
// anybody may have written, and abort the process at some of them; it keeps to itself why it
// refuses. This check asks for the identity, and for the CAs as they are now; the client's caller
// and the server's log are told why it refuses.
class PeerVerifier : public ExternalCertificateVerifier {
 public:
  PeerVerifier(std::string ca_file, Side peer) : trust_(std::move(ca_file)), peer_(peer) {}

  bool Verify(TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* status) override {
    const auto refused = Check(*request);
    if (refused) Refused(*refused);
    *status = refused ? grpc::Status(grpc::StatusCode::UNAUTHENTICATED, *refused) : grpc::Status();
    return true;  // Done.
  }

  void Cancel(TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  // Why a peer with that identity is refused, if it is.
  [[nodiscard]] virtual std::optional<std::string> CheckIdentity(
      const std::string& identity) const = 0;
  virtual void Refused(const std::string& why) = 0;

  std::optional<std::string> Check(const TlsCustomVerificationCheckRequest& request) {
    const auto leaf = ParseCertificates(Text(request.peer_cert()));
    if (leaf.empty()) return "it shows no certificate";
    const auto others = ParseCertificates(Text(request.peer_cert_full_chain()));
    auto refused = trust_.Check(*leaf.front(), others, peer_);
    if (!refused) {
      const auto identity = IdentityOf(*leaf.front());
      refused = identity ? CheckIdentity(*identity)
                         : "it has not one identity of a service (one URI such as "
                           "spiffe://shop.example/products)";
    }
    if (refused) *refused += "; the certificate is of " + Describe(*leaf.front());
    return refused;
  }

  Trust trust_;
  const Side peer_;
};

class ServiceVerifier final : public PeerVerifier {
 public:
  ServiceVerifier(std::string ca_file, std::string identity)
      : PeerVerifier(std::move(ca_file), Side::kServer), identity_(std::move(identity)) {}

 private:
  std::optional<std::string> CheckIdentity(const std::string& identity) const override {
    if (identity == identity_) return std::nullopt;
    return "it should be of " + identity_;
  }
  void Refused(const std::string& /*why*/) override {}  // gRPC gives the text to the callers.

  const std::string identity_;
};

class CallerVerifier final : public PeerVerifier {
 public:
  CallerVerifier(std::string ca_file, Log& log)
      : PeerVerifier(std::move(ca_file), Side::kClient), log_(log) {}

 private:
  // Which callers may call what is for the servicers to say.
  std::optional<std::string> CheckIdentity(const std::string& /*identity*/) const override {
    return std::nullopt;
  }

  void Refused(const std::string& why) override {
    constexpr int kLinesASecond = 10;
    std::uint64_t left_out = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      if (now - second_began_ >= std::chrono::seconds(1)) {
        second_began_ = now;
        lines_ = 0;
      }
      if (++lines_ > kLinesASecond) {
        ++left_out_;
        return;
      }
      left_out = std::exchange(left_out_, 0);
    }
    log_.Warning("a connection is refused",
                 {{"reason", "CLIENT_NOT_TRUSTED"}, {"error", why}, {"left_out", left_out}});
  }

  Log& log_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_began_;
  int lines_ = 0;
  std::uint64_t left_out_ = 0;
};

std::shared_ptr<FileWatcherCertificateProvider> Watch(const TlsOptions& tls) {
  return std::make_shared<FileWatcherCertificateProvider>(
      tls.key_file, tls.certificate_file, tls.ca_file,
      static_cast<unsigned int>(tls.reload_interval.count()));
}

void Complete(grpc::experimental::TlsCredentialsOptions& options,
              std::shared_ptr<CertificateVerifier> verifier) {
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_certificate_verifier(std::move(verifier));
  options.set_check_call_host(
      false);  // Services are known by their identity, not by where they are.
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(
    const std::optional<TlsOptions>& tls, const std::string& service_identity) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(*tls));
  options.set_verify_server_certs(true);
  Complete(options,
           ExternalCertificateVerifier::Create<ServiceVerifier>(tls->ca_file, service_identity));
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const std::optional<TlsOptions>& tls,
                                                               Log& log) {
  if (!tls) return grpc::InsecureServerCredentials();
  grpc::experimental::TlsServerCredentialsOptions options(Watch(*tls));
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  Complete(options, ExternalCertificateVerifier::Create<CallerVerifier>(tls->ca_file, log));
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace seam::grpc_internal
