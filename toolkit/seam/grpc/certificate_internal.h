#ifndef SEAM_GRPC_CERTIFICATE_INTERNAL_H_
#define SEAM_GRPC_CERTIFICATE_INTERNAL_H_

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seam/core/result.h"
#include "seam/grpc/tls.h"

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

// What a file has decides who may touch it: see ReadTlsIdentity.
enum class FileKind : std::uint8_t { kCertificate, kKey, kCas };

// The text of a file of at most 1 MiB. Fails with INVALID_ARGUMENT, reason INVALID_TLS_FILE; the
// message begins with `what` and the path.
[[nodiscard]] Result<std::string> ReadTlsFile(std::string_view what, const std::string& path,
                                              FileKind kind);

struct TlsPair {
  std::string certificate{};
  std::string key{};
  std::string identity{};
  std::string warning{};  // That one of the file expires, in the last third of its time; or empty.
};

struct TlsCas {
  std::string text{};
  std::string warning{};  // That the last one expires, in the last third of its time; or empty.
};

// What can be used of the options' files: the certificate with its key, the CAs. Fail with
// INVALID_ARGUMENT, reason INVALID_TLS_FILE, as ReadTlsIdentity does, which is made of both.
[[nodiscard]] Result<TlsPair> ReadTlsPair(const TlsOptions& options);
[[nodiscard]] Result<TlsCas> ReadTlsCas(const std::string& ca_file);

// The certificate's only URI, if that is the identity of a service.
[[nodiscard]] std::optional<std::string> IdentityOf(const X509& certificate);

// Whether it may issue others, by what it says itself.
[[nodiscard]] bool IsOfACa(X509& certificate);

// Whether gRPC 1.51 survives to look at it. It does not when an IP address among the names is
// neither of 4 nor of 16 bytes, or the common name is no text.
[[nodiscard]] bool CanBeTakenApart(const X509& certificate);

// What may be said of a certificate in a message: whose it is, by which CA, and until when it is
// good. In printable ASCII, since the peer has written it.
[[nodiscard]] std::string Describe(const X509& certificate);

// Which side of a connection shows a certificate.
enum class Side : std::uint8_t { kClient, kServer };

// Decides whether a peer's certificate is one of a CA that this process trusts. Thread-safe.
class Trust {
 public:
  // `text` is what the file had when it was good. It is read again when it has changed; while it
  // cannot be used (see ReadTlsCas), what it had before counts.
  Trust(std::string ca_file, std::string_view text);

  // Nothing when `leaf` is good now, for that side, with a chain of the peer's `others` to a
  // trusted CA; else why not. A CA is nobody's leaf.
  //
  // Who continues a session of TLS from before shows its leaf only. So the certificates between
  // that were good in a chain are remembered, and used as if the peer had shown them.
  [[nodiscard]] std::optional<std::string> Check(X509& leaf, const std::vector<Certificate>& others,
                                                 Side side);

 private:
  struct FreeStore {
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
  };

  // Reads the file when it is not as it was at the last look. Holds the lock.
  void Refresh();
  // Keeps what stands between leaf and CA. Takes the lock.
  void Remember(X509_STORE_CTX& verification);
  // Does nothing when the text has no certificate.
  void Take(std::string_view text);

  const std::string ca_file_;
  std::mutex mutex_;
  struct stat looked_at_{};  // Of the file, when it was read.
  std::shared_ptr<X509_STORE> store_;
  std::deque<std::shared_ptr<X509>> between_;
};

}  // namespace seam::grpc_internal

#endif  // SEAM_GRPC_CERTIFICATE_INTERNAL_H_
