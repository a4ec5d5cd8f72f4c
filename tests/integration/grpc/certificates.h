#ifndef SEAM_TESTS_INTEGRATION_GRPC_CERTIFICATES_H_
#define SEAM_TESTS_INTEGRATION_GRPC_CERTIFICATES_H_

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "seam/grpc/tls.h"

namespace seam::testing {

// What a certificate says, beside who issued it.
struct CertificateSubject {
  std::vector<std::string> uris{};  // Subject alternative names.
  std::chrono::seconds from = -std::chrono::hours(1);
  std::chrono::seconds until = std::chrono::hours(1);
  std::string usage = "serverAuth,clientAuth";
  bool broken_address = false;           // Beside the first URI, an IP address of five bytes.
  bool is_ca = false;                    // May issue others.
  bool weak_key = false;                 // RSA of 1024 bits.
  std::vector<std::string> addresses{};  // IP addresses, beside the URIs.
};

// From when until when a CA is good, from now.
struct Validity {
  std::chrono::seconds from = -std::chrono::hours(24);
  std::chrono::seconds until = std::chrono::hours(24);
};

// PEM.
struct KeyAndCertificate {
  std::string key;
  std::string certificate;
};

// A certificate authority of a test's own, by OpenSSL; aborts when that fails.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name, const Validity& validity = Validity());
  // One between `parent`, who certifies it, and those whom it certifies.
  CertificateAuthority(const std::string& name, const CertificateAuthority& parent,
                       const Validity& validity = Validity());
  ~CertificateAuthority();

  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
  [[nodiscard]] KeyAndCertificate Issue(const CertificateSubject& subject) const;
  [[nodiscard]] KeyAndCertificate Issue(const std::string& identity) const {
    return Issue(CertificateSubject{{identity}});
  }

 private:
  struct Key;
  CertificateAuthority(const std::string& name, const CertificateAuthority* parent,
                       const Validity& validity);

  const std::string name_;
  const std::unique_ptr<Key> key_;
  std::string certificate_;
};

// Writes the file anew, whole or not at all, readable for its owner only.
void WriteFile(const std::string& path, const std::string& text);

// Options with these files at `prefix` + ".key", ".pem" and ".ca", looked at every second.
TlsOptions WriteTlsFiles(const std::string& prefix, const KeyAndCertificate& own,
                         const std::string& ca);

}  // namespace seam::testing

#endif  // SEAM_TESTS_INTEGRATION_GRPC_CERTIFICATES_H_
