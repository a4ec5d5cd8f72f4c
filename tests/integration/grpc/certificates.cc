#include "certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

namespace seam::testing {
namespace {

void Need(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "certificates: cannot %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

using KeyHandle = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

KeyHandle MakeKey(bool weak = false) {
  KeyHandle key(weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256"), EVP_PKEY_free);
  Need(key != nullptr, "make a key");
  return key;
}

template <class Write>
std::string Pem(Write write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  Need(bio != nullptr && write(bio) == 1, "write PEM");
  const char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string KeyPem(EVP_PKEY* key) {
  return Pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  Need(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "add an extension");
  X509_EXTENSION_free(extension);
}

void SetName(X509_NAME* name, const std::string& text) {
  Need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                  0) == 1,
       "set a name");
}

// The subject alternative names `uri` and an IP address of five bytes, which OpenSSL writes for
// nobody who names them.
std::string WithBrokenAddress(const std::string& uri) {
  const auto size = static_cast<unsigned char>(uri.size());
  std::string der{'\x30', static_cast<char>(size + 9), '\x86', static_cast<char>(size)};
  der += uri + std::string("\x87\x05\x01\x02\x03\x04\x05", 7);
  std::string text = "DER:";
  for (const char c : der) {
    std::array<char, 3> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned>(c) & 0xFFU);
    text += hex.data();
  }
  return text;
}

struct Made {
  std::string name;
  std::string issuer;
  std::chrono::seconds from{};
  std::chrono::seconds until{};
  std::vector<std::pair<int, std::string>> extensions{};
};

std::string MakeCertificate(const Made& made, EVP_PKEY* key, EVP_PKEY* issuer_key) {
  X509* const certificate = X509_new();
  Need(certificate != nullptr, "make a certificate");
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                          std::uint64_t{1} + std::random_device()());
  SetName(X509_get_subject_name(certificate), made.name);
  SetName(X509_get_issuer_name(certificate), made.issuer);
  X509_gmtime_adj(X509_getm_notBefore(certificate), made.from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), made.until.count());
  X509_set_pubkey(certificate, key);
  for (const auto& [kind, value] : made.extensions) AddExtension(certificate, kind, value);
  Need(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "sign a certificate");
  std::string pem = Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
  X509_free(certificate);
  return pem;
}

}  // namespace

struct CertificateAuthority::Key {
  KeyHandle handle = MakeKey();
};

CertificateAuthority::CertificateAuthority(const std::string& name,
                                           const CertificateAuthority* parent,
                                           const Validity& validity)
    : name_(name), key_(std::make_unique<Key>()) {
  Made made{.name = name, .issuer = parent == nullptr ? name : parent->name_};
  made.from = validity.from;
  made.until = validity.until;
  made.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                     {NID_key_usage, "critical,keyCertSign,cRLSign"}};
  EVP_PKEY* const own = key_->handle.get();
  certificate_ = MakeCertificate(made, own, parent == nullptr ? own : parent->key_->handle.get());
}

CertificateAuthority::CertificateAuthority(const std::string& name, const Validity& validity)
    : CertificateAuthority(name, nullptr, validity) {}

CertificateAuthority::CertificateAuthority(const std::string& name,
                                           const CertificateAuthority& parent,
                                           const Validity& validity)
    : CertificateAuthority(name, &parent, validity) {}

CertificateAuthority::~CertificateAuthority() = default;

KeyAndCertificate CertificateAuthority::Issue(const CertificateSubject& subject) const {
  Made made{.name = "a test's service", .issuer = name_};
  made.from = subject.from;
  made.until = subject.until;
  made.extensions = {
      {NID_basic_constraints, subject.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE"}};
  if (!subject.usage.empty()) made.extensions.emplace_back(NID_ext_key_usage, subject.usage);
  std::string names;
  for (const std::string& uri : subject.uris) {
    names += (names.empty() ? "URI:" : ",URI:") + uri;
  }
  for (const std::string& address : subject.addresses) {
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  if (subject.broken_address) names = WithBrokenAddress(subject.uris.at(0));
  if (!names.empty()) made.extensions.emplace_back(NID_subject_alt_name, names);
  const KeyHandle key = MakeKey(subject.weak_key);
  return {KeyPem(key.get()), MakeCertificate(made, key.get(), key_->handle.get())};
}

void WriteFile(const std::string& path, const std::string& text) {
  {
    std::ofstream file(path + ".new");
    ::chmod((path + ".new").c_str(), S_IRUSR | S_IWUSR);
    file << text;
    Need(static_cast<bool>(file.flush()), "write a file");
  }
  std::filesystem::rename(path + ".new", path);
}

TlsOptions WriteTlsFiles(const std::string& prefix, const KeyAndCertificate& own,
                         const std::string& ca) {
  TlsOptions options{prefix + ".pem", prefix + ".key", prefix + ".ca", std::chrono::seconds(1)};
  WriteFile(options.key_file, own.key);
  WriteFile(options.certificate_file, own.certificate);
  WriteFile(options.ca_file, ca);
  return options;
}

}  // namespace seam::testing
