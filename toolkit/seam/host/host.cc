#include "seam/host/host.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "seam/grpc/channel.h"
#include "seam/identity/v1/token_keys_seam.h"

namespace seam {

Host::Host(const config::Configuration& configuration, Log& log, Context context,
           std::string token_issuer)
    : configuration_(configuration),
      log_(log),
      context_(std::move(context)),
      token_issuer_(std::move(token_issuer)) {}

Host::~Host() {
  // A vector's own order is unspecified.
  while (!served_.empty()) served_.pop_back();
}

Result<TokenVerifier*> Host::Verifier() {
  if (verifier_ != nullptr) return verifier_.get();
  KeySource source;
  if (const std::string& path = configuration_.GetText("tokens.jwks_file"); !path.empty()) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) {
      return Fail(Code::kInvalidArgument, "UNREADABLE_FILE",
                  "tokens.jwks_file: '" + path + "' cannot be read");
    }
    auto keys = ParseJwks(text);
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
  return OpenGrpcChannel(contract,
                         {.target = configuration_.GetText("modules." + module + ".target")});
}

CallRules Host::RulesFor(const std::string& module) const {
  CallRules rules;
  rules.timeout =
      std::chrono::milliseconds(configuration_.GetInteger("modules." + module + ".deadline_ms"));
  return rules;
}

std::string Host::DataFile(std::string_view name) const {
  const std::filesystem::path folder = configuration_.GetText("data.directory");
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  return (folder / name).string();
}

std::vector<Servicer*> Host::servicers() const {
  std::vector<Servicer*> servicers;
  for (const Served& served : served_) servicers.push_back(served.servicer.get());
  return servicers;
}

}  // namespace seam
