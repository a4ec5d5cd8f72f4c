#ifndef SEAM_GRPC_CERTIFICATE_INTERNAL_H_
#define SEAM_GRPC_CERTIFICATE_INTERNAL_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"

// Certificates, by OpenSSL. Nothing here leaves errors in OpenSSL's queue of the thread, where gRPC
// would take them for its own.
namespace seam::grpc_internal {

struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

struct FreePrivateKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreePrivateKey>;

// What a PEM file has, in its order; empty when there is none, or one is malformed.
[[nodiscard]] std::vector<Certificate> ParseCertificates(std::string_view pem);
// Null when it is none, or needs a password.
[[nodiscard]] PrivateKey ParsePrivateKey(std::string_view pem);

// The text of a file of at most 1 MiB. Fails with INVALID_ARGUMENT, reason INVALID_TLS_FILE; the
// message begins with `what` and the path.
[[nodiscard]] Result<std::string> ReadTlsFile(std::string_view what, const std::string& path);

// The certificate's only URI, if that is the identity of a service.
[[nodiscard]] std::optional<std::string> IdentityOf(const X509& certificate);

// What may be said of a certificate in a message: whose it is, by which CA, and until when it is
// good. In printable ASCII, since the peer has written it.
[[nodiscard]] std::string Describe(const X509& certificate);

// Which side of a connection shows a certificate.
enum class Side : std::uint8_t { kClient, kServer };

// Decides whether a peer's certificate is one of a CA that this process trusts. Thread-safe.
class Trust {
 public:
  // The file was read before, so that it is known to be good. It is read again when it has changed;
  // while it cannot be read, or has no certificate, what it had before counts.
  explicit Trust(std::string ca_file);

  // Nothing when `leaf` is good now, for that side, with a chain of the peer's `others` to a
  // trusted CA; else why not.
  [[nodiscard]] std::optional<std::string> Check(X509& leaf, const std::vector<Certificate>& others,
                                                 Side side);

 private:
  struct FreeStore {
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
  };

  const std::string ca_file_;
  std::mutex mutex_;
  std::string text_;  // Of the file, as it was when it was good.
  std::shared_ptr<X509_STORE> store_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_CERTIFICATE_INTERNAL_H_
