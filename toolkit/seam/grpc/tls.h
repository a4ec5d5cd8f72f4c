#ifndef SEAM_GRPC_TLS_H_
#define SEAM_GRPC_TLS_H_

#include <chrono>
#include <string>
#include <string_view>

#include "seam/core/result.h"

namespace seam {

// Who a process is to the others, for mutual TLS: each side of a connection shows a certificate,
// and refuses the other's when it does not come from a certificate authority (CA) that it trusts.
// Names in a certificate say nothing here but one, the identity of the service: a SPIFFE id
// (https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md) such as
// "spiffe://shop.example/products", which is the certificate's only URI as a subject alternative
// name. Both sides have to be of the same trust domain, "shop.example", and a CA's own certificate
// is nobody's identity.
//
// All files are PEM, and may be replaced while the process runs; each is looked at every
// `reload_interval`, and two of them may pass until new ones are used. Only what can be used is: a
// CA file without a CA that is good now, a certificate that does not fit to the key, has expired,
// is not good yet, stands before such a one or has another identity changes nothing, and the log
// says so, as it does of a certificate, or the last of the CAs, that has expired or is in the last
// third of its time. Connections that are made later use what is new, those that there are go on. A
// CA that is taken out of its file is not trusted from the next connection on.
//
// There are no lists of revoked certificates (CRL, OCSP): let certificates be good for a short
// time, or replace the CA.
struct TlsOptions {
  std::string certificate_file;  // This process's certificate, then those between it and the CA's.
  std::string key_file;          // Its private key, without a password; for nobody else to read.
  std::string ca_file;           // The certificates of the CAs that are trusted.
  std::chrono::seconds reload_interval{30};  // 1 s to a day.
};

// Whether the text is the identity of a service: "spiffe://", the name of a trust domain, and a
// path of one name or more; at most 2048 bytes.
[[nodiscard]] bool IsServiceIdentity(std::string_view text) noexcept;

// The trust domain of an identity, "shop.example"; empty when the text is none.
[[nodiscard]] std::string_view TrustDomainOf(std::string_view identity) noexcept;

// Reads the files, and gives the identity in the certificate. Fails with INVALID_ARGUMENT, reason
// INVALID_TLS_FILE, naming the file that is missing, cannot be read, has more than 1 MiB or not
// what it should; the key or the CA file of another user than this process's and root, the CA file
// that others can write, and the key that they can read (the group may when it is root's file); the
// key that does not fit to the certificate; the certificate without an identity, that of a CA, and
// one whose names gRPC cannot take apart; a certificate of that file that has expired or is not
// good yet, and the CA file of which that is true of every one. Reason INVALID_TLS_OPTIONS when the
// interval is out of its range. The metadata "field" of the former names the member of TlsOptions
// whose file is to blame.
[[nodiscard]] Result<std::string> ReadTlsIdentity(const TlsOptions& options);

}  // namespace seam

#endif  // SEAM_GRPC_TLS_H_
