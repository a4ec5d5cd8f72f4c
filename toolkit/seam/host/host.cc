#include "seam/host/host.h"

#include <cstddef>
#include <fstream>
#include <ios>
#include <utility>

#include "seam/grpc/channel.h"
#include "seam/host/database_options.h"
#include "seam/host/module_options.h"
#include "seam/host/tls_options.h"
#include "seam/identity/v1/token_keys_seam.h"

namespace seam {

namespace {

// Some hundred keys.
constexpr std::size_t kMaxJwksFileBytes = std::size_t{64} * 1024;

Result<std::string> ReadJwksFile(const std::string& path) {
  const auto unreadable = [](const std::string& problem) {
    return Fail(Code::kInvalidArgument, "UNREADABLE_FILE", "tokens.jwks_file: " + problem);
  };
  std::string text(kMaxJwksFileBytes + 1, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder opens, and fails only when it is read.
  if (!file.is_open() || file.bad()) return unreadable("'" + path + "' cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxJwksFileBytes) {
    return unreadable("'" + path + "' has more than " + std::to_string(kMaxJwksFileBytes) +
                      " bytes; give a JSON Web Key Set");
  }
  return text;
}

// At least one.
Result<std::vector<TokenKey>> ReadKeys(const std::string& path) {
  const auto text = ReadJwksFile(path);
  if (!text) return Forward(text.error());
  auto keys = ParseJwks(*text);
  if (!keys) {
    Error error = std::move(keys).error();
    error.message = "tokens.jwks_file: " + error.message;
    return Forward(std::move(error));
  }
  if (keys->empty()) {
    return Fail(Code::kInvalidArgument, "INVALID_JWKS",
                "tokens.jwks_file: '" + path +
                    "' has no key of the kind OKP, Ed25519, so every token would be refused");
  }
  return keys;
}

}  // namespace

Host::Host(const config::Configuration& configuration, Log& log, Context context,
           std::string token_issuer, std::string database_setup)
    : configuration_(configuration),
      log_(log),
      context_(std::move(context)),
      token_issuer_(std::move(token_issuer)),
      database_setup_(std::move(database_setup)),
      peers_(log) {}

Host::~Host() {
  // A vector's own order is unspecified.
  while (!served_.empty()) served_.pop_back();
}

Result<TokenVerifier*> Host::Verifier() {
  if (verifier_ != nullptr) return verifier_.get();
  KeySource source;
  if (const std::string& path = configuration_.GetText("tokens.jwks_file"); !path.empty()) {
    auto keys = ReadKeys(path);
    if (!keys) return Forward(std::move(keys).error());
    source = FixedKeys(
        {configuration_.GetText("tokens.issuer"), configuration_.GetText("tokens.audience")},
        *std::move(keys));
  } else {
    const auto client = Connect<identity::v1::TokenKeysSeam>(token_issuer_);
    if (!client) return Forward(client.error());
    source = KeysFrom(**client);
  }
  verifier_ = std::make_unique<TokenVerifier>(std::move(source), TokenVerifierOptions{});
  return verifier_.get();
}

Result<std::unique_ptr<Channel>> Host::OpenChannel(const std::string& module,
                                                   const ServiceContract& contract) {
  const ModuleOptions options = ReadModuleOptions(configuration_, module);
  return OpenGrpcChannel(contract, {.target = options.target,
                                    .tls = ReadTlsOptions(configuration_),
                                    .service_identity = options.identity,
                                    .max_message_bytes = options.max_message_bytes,
                                    .send_call_chain = options.send_call_chain,
                                    .on_peer_contract = peers_.Of(module),
                                    .log = &log_});
}

bool Host::IsGiven(const std::string& module) const {
  return !ReadModuleOptions(configuration_, module).target.empty();
}

CallRules Host::RulesFor(const std::string& module) const {
  return CallRulesOf(ReadModuleOptions(configuration_, module), log_);
}

Result<sql::DatabaseOptions> Host::Database(const std::string& module) const {
  sql::DatabaseOptions options = WithFolder(ReadDatabaseOptions(configuration_, module));
  options.opening = context_;
  options.report = ReportTo(log_, module);
  if (auto there =
          AwaitDatabase(context_, options, ReadDatabaseWait(configuration_), database_setup_, log_);
      !there) {
    return Forward(std::move(there).error());
  }
  return options;
}

std::vector<Servicer*> Host::servicers() const {
  std::vector<Servicer*> servicers;
  for (const Served& served : served_) servicers.push_back(served.servicer.get());
  return servicers;
}

}  // namespace seam
