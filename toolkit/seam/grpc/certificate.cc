#include "seam/grpc/certificate_internal.h"

#include <fcntl.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>
#include <utility>

#include "seam/grpc/tls.h"

namespace seam::grpc_internal {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;

// Of OpenSSL's levels: keys and hashes weaker than 112 bits are refused, as in Debian's own
// configuration of TLS.
constexpr int kSecurityLevel = 2;

// Certificates between a CA and its services, of all peers; there are few of them.
constexpr std::size_t kMostRemembered = 64;

// A certificate's text is the peer's; no more of it stands in a message.
constexpr std::size_t kMaxDescribedBytes = 200;

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio Reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// For files with a password: nobody is there to give it.
int NoPassword(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::string WrittenText(BIO& bio) {
  const char* data = nullptr;
  const auto size = BIO_get_mem_data(&bio, &data);
  std::string text(data, size > 0 ? static_cast<std::size_t>(size) : 0);
  for (char& c : text) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  if (text.size() > kMaxDescribedBytes) text.replace(kMaxDescribedBytes, std::string::npos, "...");
  return text;
}

std::string NameText(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  // Escapes what is not printable, and quotes what separates.
  if (name == nullptr || bio == nullptr ||
      X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "?";
  }
  return WrittenText(*bio);
}

std::string TimeText(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (time == nullptr || bio == nullptr ||
      ASN1_TIME_print_ex(bio.get(), time, ASN1_DTFLGS_ISO8601) != 1) {
    return "?";
  }
  return WrittenText(*bio);
}

// Whether a file was not touched between two looks at it. One that is written twice within a tick
// of the file system's clock, at the same length, is taken for the same.
bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

// The member of TlsOptions that is to blame, as the field of an error.
Failure BadFile(FileKind kind, std::string message) {
  const char* const field = kind == FileKind::kCertificate ? "certificate_file"
                            : kind == FileKind::kKey       ? "key_file"
                                                           : "ca_file";
  return Fail(Code::kInvalidArgument, "INVALID_TLS_FILE", std::move(message), {{"field", field}});
}

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, FreeNames>;

Names AlternativeNames(const X509& certificate) {
  Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  return names;
}

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

// Why others could be somebody else by such a file; empty when they cannot.
std::string WhyUnsafe(const struct stat& status, FileKind kind) {
  if (kind == FileKind::kCertificate) return "";
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return "belongs to another user; only this process's user or root may own it";
  }
  if (kind == FileKind::kCas) {
    return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0
               ? ""
               : "can be written by others, who could add a CA of theirs; chmod go-w it";
  }
  // PostgreSQL's rule: nobody else's but the owner's, or a group's to read when it is root's file.
  const bool is_ours = status.st_uid == ::geteuid();
  const mode_t forbidden = is_ours ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
  return (status.st_mode & forbidden) == 0 ? "" : "can be read by others; chmod 600 it";
}

}  // namespace

std::vector<Certificate> ParseCertificates(std::string_view pem) {
  std::vector<Certificate> certificates;
  const Bio bio = Reading(pem);
  for (;;) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  // The end of the file reads as "no start line"; anything else is a certificate that is broken.
  const auto error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    certificates.clear();
  }
  ERR_clear_error();
  return certificates;
}

PrivateKey ParsePrivateKey(std::string_view pem) {
  const Bio bio = Reading(pem);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  return key;
}

Result<std::string> ReadTlsFile(std::string_view what, const std::string& path, FileKind kind) {
  const auto failed = [&](const std::string& problem) {
    return BadFile(kind, std::string(what) + " '" + path + "' " + problem);
  };
  if (path.empty()) return failed("is not given; mutual TLS needs a certificate, its key and a CA");
  // A pipe would neither open nor end.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    return failed(std::string("cannot be opened: ") + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return failed("is no file");
  if (const std::string problem = WhyUnsafe(status, kind); !problem.empty()) return failed(problem);
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto some = ::read(file.number, text.data() + size, text.size() - size);
    if (some < 0) return failed("cannot be read");
    if (some == 0) break;
    size += static_cast<std::size_t>(some);
  }
  text.resize(size);
  if (text.size() > kMaxFileBytes) {
    return failed("has more than " + std::to_string(kMaxFileBytes) + " bytes");
  }
  return text;
}

std::optional<std::string> IdentityOf(const X509& certificate) {
  const Names names = AlternativeNames(certificate);
  std::optional<std::string> identity;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (identity) return std::nullopt;  // Of two nobody knows which.
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    identity.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                     static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  if (!identity || !IsServiceIdentity(*identity)) return std::nullopt;
  return identity;
}

bool IsOfACa(X509& certificate) {
  const bool is_ca = X509_check_ca(&certificate) != 0;
  ERR_clear_error();
  return is_ca;
}

bool CanBeTakenApart(const X509& certificate) {
  const Names names = AlternativeNames(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_IPADD) continue;
    const int size = ASN1_STRING_length(name->d.iPAddress);
    if (size != 4 && size != 16) return false;
  }
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int entry = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (entry < 0) return true;
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, entry)));
  OPENSSL_free(text);
  ERR_clear_error();
  return size >= 0;
}

std::string Describe(const X509& certificate) {
  return IdentityOf(certificate).value_or("no service identity") + ", " +
         NameText(X509_get_subject_name(&certificate)) + ", issued by " +
         NameText(X509_get_issuer_name(&certificate)) + ", good from " +
         TimeText(X509_get0_notBefore(&certificate)) + " to " +
         TimeText(X509_get0_notAfter(&certificate));
}

Trust::Trust(std::string ca_file, std::string_view text) : ca_file_(std::move(ca_file)) {
  Take(text);
}

void Trust::Refresh() {
  struct stat now{};
  if (::stat(ca_file_.c_str(), &now) != 0) return;
  if (IsSame(now, looked_at_)) return;
  const auto cas = ReadTlsCas(ca_file_);
  if (!cas) return;
  looked_at_ = now;
  Take(cas->text);
}

void Trust::Take(std::string_view text) {
  const std::vector<Certificate> trusted = ParseCertificates(text);
  if (trusted.empty()) return;
  std::shared_ptr<X509_STORE> fresh(X509_STORE_new(), FreeStore());
  for (const Certificate& one : trusted) X509_STORE_add_cert(fresh.get(), one.get());
  store_ = std::move(fresh);
}

void Trust::Remember(X509_STORE_CTX& verification) {
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(&verification);
  const std::lock_guard lock(mutex_);
  // Without the leaf, and without the CA, which is in the store.
  for (int i = 1; i < sk_X509_num(chain) - 1; ++i) {
    X509* const between = sk_X509_value(chain, i);
    const bool is_known = std::any_of(
        between_.begin(), between_.end(),
        [&](const std::shared_ptr<X509>& known) { return X509_cmp(known.get(), between) == 0; });
    if (is_known) continue;
    if (between_.size() == kMostRemembered) between_.pop_front();
    X509_up_ref(between);
    between_.emplace_back(between, FreeCertificate());
  }
}

std::optional<std::string> Trust::Check(X509& leaf, const std::vector<Certificate>& others,
                                        Side side) {
  std::shared_ptr<X509_STORE> store;
  std::deque<std::shared_ptr<X509>> between;
  {
    const std::lock_guard lock(mutex_);
    Refresh();
    store = store_;
    between = between_;
  }
  if (IsOfACa(leaf)) return "it is the certificate of a CA, and not of a service";
  if (store == nullptr) return "the CA file '" + ca_file_ + "' has no certificate";
  // Owns nothing of its elements.
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (const Certificate& other : others) sk_X509_push(chain.get(), other.get());
  for (const auto& known : between) sk_X509_push(chain.get(), known.get());
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> verification(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  std::optional<std::string> refused = "it cannot be verified";
  if (verification != nullptr && chain != nullptr &&
      X509_STORE_CTX_init(verification.get(), store.get(), &leaf, chain.get()) == 1 &&
      X509_STORE_CTX_set_default(verification.get(),
                                 side == Side::kClient ? "ssl_client" : "ssl_server") == 1) {
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(verification.get()), kSecurityLevel);
    if (X509_verify_cert(verification.get()) == 1) {
      refused = std::nullopt;
      Remember(*verification);
    } else {
      refused = X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification.get()));
      const X509* const bad = X509_STORE_CTX_get_current_cert(verification.get());
      if (bad != nullptr && bad != &leaf) *refused += " (of its CA: " + Describe(*bad) + ")";
    }
  }
  ERR_clear_error();
  return refused;
}

}  // namespace seam::grpc_internal

namespace seam {

namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr std::size_t kMaxIdentityBytes = 2048;
constexpr std::size_t kMaxTrustDomainBytes = 255;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsMark(char c) { return c == '.' || c == '-' || c == '_'; }

bool IsPathName(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return false;
  for (const char c : name) {
    if (!IsLowerOrDigit(c) && !IsMark(c) && (c < 'A' || c > 'Z')) return false;
  }
  return true;
}

}  // namespace

bool IsServiceIdentity(std::string_view text) noexcept {
  if (text.size() > kMaxIdentityBytes || text.substr(0, kScheme.size()) != kScheme) return false;
  text.remove_prefix(kScheme.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash > kMaxTrustDomainBytes) return false;
  for (const char c : text.substr(0, slash)) {
    if (!IsLowerOrDigit(c) && !IsMark(c)) return false;
  }
  for (std::size_t begin = slash + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (!IsPathName(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return text.back() != '/';
}

std::string_view TrustDomainOf(std::string_view identity) noexcept {
  if (!IsServiceIdentity(identity)) return {};
  identity.remove_prefix(kScheme.size());
  return identity.substr(0, identity.find('/'));
}

Result<std::string> ReadTlsIdentity(const TlsOptions& options) {
  if (options.reload_interval < std::chrono::seconds(1) ||
      options.reload_interval > std::chrono::hours(24)) {
    return Fail(Code::kInvalidArgument, "INVALID_TLS_OPTIONS",
                "reload_interval has to be from 1 second to a day");
  }
  auto pair = grpc_internal::ReadTlsPair(options);
  if (!pair) return Forward(std::move(pair).error());
  if (auto cas = grpc_internal::ReadTlsCas(options.ca_file); !cas)
    return Forward(std::move(cas).error());
  return std::move(pair->identity);
}

}  // namespace seam

namespace seam::grpc_internal {
namespace {

// Why a certificate is of no use at this time; empty when it is.
std::string WhyNotGoodNow(const X509& certificate) {
  // 0 stands for a time that cannot be read.
  const ASN1_TIME* const begin = X509_get0_notBefore(&certificate);
  const ASN1_TIME* const end = X509_get0_notAfter(&certificate);
  if (X509_cmp_current_time(begin) >= 0) {
    return "is good only from " + TimeText(begin) + " on; look at this machine's clock, or wait";
  }
  if (X509_cmp_current_time(end) <= 0) {
    return "has expired at " + TimeText(end) + "; put a new one in its place";
  }
  return "";
}

// What cannot be shown to others as one's own certificate, or must not; empty when it can.
std::string WhyNotToBeShown(X509& certificate) {
  if (IsOfACa(certificate)) {
    return "is the certificate of a CA; let the CA issue one with CA:FALSE for this service";
  }
  if (!CanBeTakenApart(certificate)) {
    return "has a name that gRPC cannot take apart: an IP address that is neither of 4 nor of 16 "
           "bytes, or a common name that is no text; let it be issued without";
  }
  return WhyNotGoodNow(certificate);
}

// Whether a certificate that is good now is in the last third of its time.
bool IsSoonOver(const X509& certificate) {
  const ASN1_TIME* const begin = X509_get0_notBefore(&certificate);
  const ASN1_TIME* const end = X509_get0_notAfter(&certificate);
  const auto seconds_to_end = [&](const ASN1_TIME* from) {  // Null for now.
    int days = 0;
    int seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, from, end) != 1) return std::chrono::seconds(0);
    return std::chrono::seconds(std::chrono::hours(24) * days) + std::chrono::seconds(seconds);
  };
  return seconds_to_end(nullptr) * 3 <= seconds_to_end(begin);
}

std::string SubjectOf(const X509& certificate) {
  return NameText(X509_get_subject_name(&certificate));
}

// One of a certificate file, by what it is there: this process's, or one behind that.
std::string PlaceOf(const Certificate& one, const std::vector<Certificate>& certificates,
                    const std::string& path) {
  if (one == certificates.front()) return "the certificate in '" + path + "'";
  return "in '" + path + "' the certificate between this process's and the CA's, " +
         SubjectOf(*one) + ",";
}

// What to say of the certificates of a file that are good, but not for long; empty when none is.
std::string WhyToBeRenewed(const std::vector<Certificate>& certificates, const std::string& path) {
  std::string why;
  for (const Certificate& one : certificates) {
    if (!IsSoonOver(*one)) continue;
    why += (why.empty() ? "" : "; ") + PlaceOf(one, certificates, path) + " expires at " +
           TimeText(X509_get0_notAfter(one.get()));
  }
  return why.empty() ? "" : why + "; put a new one in its place";
}

// Of the CAs the one that expires last, of those that are good now if any is.
const Certificate& GoodForLongest(const std::vector<Certificate>& cas) {
  return *std::max_element(cas.begin(), cas.end(), [](const Certificate& a, const Certificate& b) {
    const bool is_a_good = WhyNotGoodNow(*a).empty();
    if (is_a_good != WhyNotGoodNow(*b).empty()) return !is_a_good;
    return ASN1_TIME_compare(X509_get0_notAfter(a.get()), X509_get0_notAfter(b.get())) < 0;
  });
}

}  // namespace

Result<TlsPair> ReadTlsPair(const TlsOptions& options) {
  TlsPair pair;
  auto certificate_text =
      ReadTlsFile("the certificate file", options.certificate_file, FileKind::kCertificate);
  if (!certificate_text) return Forward(certificate_text.error());
  pair.certificate = *std::move(certificate_text);
  const auto certificates = ParseCertificates(pair.certificate);
  if (certificates.empty()) {
    return BadFile(FileKind::kCertificate,
                   "the certificate file '" + options.certificate_file +
                       "' has no certificate, or one that is broken; PEM is expected");
  }
  auto key_text = ReadTlsFile("the key file", options.key_file, FileKind::kKey);
  if (!key_text) return Forward(key_text.error());
  pair.key = *std::move(key_text);
  const PrivateKey key = ParsePrivateKey(pair.key);
  if (key == nullptr) {
    return BadFile(FileKind::kKey,
                   "the key file '" + options.key_file +
                       "' has no private key that can be read without a password; PEM is expected");
  }
  const bool fits = X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return BadFile(FileKind::kKey, "the key in '" + options.key_file +
                                       "' does not fit to the certificate in '" +
                                       options.certificate_file + "'");
  }
  if (const std::string problem = WhyNotToBeShown(*certificates.front()); !problem.empty()) {
    return BadFile(FileKind::kCertificate,
                   "the certificate in '" + options.certificate_file + "' " + problem);
  }
  auto identity = IdentityOf(*certificates.front());
  if (!identity) {
    return BadFile(
        FileKind::kCertificate,
        "the certificate in '" + options.certificate_file +
            "' has not one identity of a service; it needs one URI as a subject alternative "
            "name, such as spiffe://shop.example/products");
  }
  // A peer would need them to believe the first.
  for (const Certificate& one : certificates) {
    if (const std::string problem = WhyNotGoodNow(*one); !problem.empty()) {
      return BadFile(FileKind::kCertificate,
                     PlaceOf(one, certificates, options.certificate_file) + " " + problem);
    }
  }
  pair.identity = *std::move(identity);
  pair.warning = WhyToBeRenewed(certificates, options.certificate_file);
  return pair;
}

Result<TlsCas> ReadTlsCas(const std::string& ca_file) {
  auto text = ReadTlsFile("the CA file", ca_file, FileKind::kCas);
  if (!text) return Forward(std::move(text).error());
  const auto certificates = ParseCertificates(*text);
  if (certificates.empty()) {
    return BadFile(
        FileKind::kCas,
        "the CA file '" + ca_file + "' has no certificate, or one that is broken; PEM is expected");
  }
  // A CA that goes stands beside the one that comes for a while, so only the last one counts.
  const Certificate& last = GoodForLongest(certificates);
  if (const std::string problem = WhyNotGoodNow(*last); !problem.empty()) {
    return BadFile(FileKind::kCas, "the CA file '" + ca_file + "' has no CA that is good now: " +
                                       SubjectOf(*last) + " " + problem);
  }
  TlsCas cas{.text = *std::move(text)};
  if (IsSoonOver(*last)) {
    cas.warning = "the last CA in '" + ca_file + "', " + SubjectOf(*last) + ", expires at " +
                  TimeText(X509_get0_notAfter(last.get())) + "; put a new one before it";
  }
  return cas;
}

}  // namespace seam::grpc_internal
