#include "seam/grpc/credentials_internal.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/status.h>

#include <functional>
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
  PeerVerifier(std::shared_ptr<TlsWatch> watch, Side peer)
      : watch_(std::move(watch)), peer_(peer) {}

  bool Verify(TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* status) override {
    const auto refused = Check(*request);
    if (refused) Refused(*watch_, *refused);
    *status = refused ? grpc::Status(grpc::StatusCode::UNAUTHENTICATED, *refused) : grpc::Status();
    return true;  // Done.
  }

  void Cancel(TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  // Why a peer with that identity is refused, if it is.
  [[nodiscard]] virtual std::optional<std::string> CheckIdentity(
      const std::string& identity) const = 0;
  virtual void Refused(TlsWatch& watch, const std::string& why) = 0;

  std::optional<std::string> Check(const TlsCustomVerificationCheckRequest& request) {
    const auto leaf = ParseCertificates(Text(request.peer_cert()));
    if (leaf.empty()) return "it shows no certificate";
    const auto others = ParseCertificates(Text(request.peer_cert_full_chain()));
    auto refused = watch_->trust().Check(*leaf.front(), others, peer_);
    if (!refused) {
      const auto identity = IdentityOf(*leaf.front());
      if (!identity) {
        refused =
            "it has not one identity of a service (one URI such as "
            "spiffe://shop.example/products)";
      } else if (TrustDomainOf(*identity) != TrustDomainOf(watch_->identity())) {
        refused = "it is of another trust domain than this process, " + watch_->identity();
      } else {
        refused = CheckIdentity(*identity);
      }
    }
    if (refused) *refused += "; the certificate is of " + Describe(*leaf.front());
    return refused;
  }

  const std::shared_ptr<TlsWatch> watch_;
  const Side peer_;
};

class ServiceVerifier final : public PeerVerifier {
 public:
  ServiceVerifier(std::shared_ptr<TlsWatch> watch, std::string identity)
      : PeerVerifier(std::move(watch), Side::kServer), identity_(std::move(identity)) {}

 private:
  std::optional<std::string> CheckIdentity(const std::string& identity) const override {
    if (identity == identity_) return std::nullopt;
    return "it should be of " + identity_;
  }
  // gRPC gives the text to the callers.
  void Refused(TlsWatch& /*watch*/, const std::string& /*why*/) override {}

  const std::string identity_;
};

class CallerVerifier final : public PeerVerifier {
 public:
  explicit CallerVerifier(std::shared_ptr<TlsWatch> watch)
      : PeerVerifier(std::move(watch), Side::kClient) {}

 private:
  // Which callers may call what is for the servicers to say.
  std::optional<std::string> CheckIdentity(const std::string& /*identity*/) const override {
    return std::nullopt;
  }

  void Refused(TlsWatch& watch, const std::string& why) override { watch.Refused(why); }
};

std::shared_ptr<FileWatcherCertificateProvider> Copies(const TlsWatch& watch) {
  const TlsOptions copies = watch.copies();
  return std::make_shared<FileWatcherCertificateProvider>(
      copies.key_file, copies.certificate_file, copies.ca_file,
      static_cast<unsigned int>(copies.reload_interval.count()));
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
    const std::shared_ptr<TlsWatch>& watch, const std::string& service_identity) {
  if (watch == nullptr) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Copies(*watch));
  options.set_verify_server_certs(true);
  Complete(options, ExternalCertificateVerifier::Create<ServiceVerifier>(watch, service_identity));
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const std::shared_ptr<TlsWatch>& watch) {
  if (watch == nullptr) return grpc::InsecureServerCredentials();
  grpc::experimental::TlsServerCredentialsOptions options(Copies(*watch));
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  Complete(options, ExternalCertificateVerifier::Create<CallerVerifier>(watch));
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace seam::grpc_internal
