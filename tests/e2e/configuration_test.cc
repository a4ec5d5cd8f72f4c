// Configuration: one choice, four places, one order.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace shop::e2e {
namespace {

using seam::testing::Process;
using seam::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Configured : public ::testing::Test {
 protected:
  std::string WriteFile(const std::string& text) {
    const std::string path = folder_ / "shop.json";
    std::ofstream(path) << text;
    return path;
  }

  // The line about the binding of products in what --print-config prints.
  std::string BindingInForce(std::vector<std::string> arguments,
                             std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), SHOP_PROGRAM);
    arguments.emplace_back("--print-config");
    Process program(std::move(arguments), std::move(environment));
    const auto line = program.WaitForLine("modules.products.binding");
    EXPECT_EQ(program.Wait(), 0) << program.output();
    return line.value_or(program.output());
  }

  const TemporaryFolder folder_;
};

TEST_F(Configured, FlagOverEnvironmentOverFileOverDefault) {
  const std::string file =
      WriteFile("{\"modules\": {\"products\": {\"binding\": \"in-process-codec\"}}}");
  EXPECT_THAT(BindingInForce({}), AllOf(HasSubstr("in-process"), HasSubstr("default")));
  EXPECT_THAT(BindingInForce({"--config", file}),
              AllOf(HasSubstr("in-process-codec"), HasSubstr("shop.json:1:")));
  EXPECT_THAT(BindingInForce({"--config", file}, {"SHOP_MODULES_PRODUCTS_BINDING=in-process"}),
              AllOf(HasSubstr("in-process"), HasSubstr("SHOP_MODULES_PRODUCTS_BINDING")));
  EXPECT_THAT(BindingInForce({"--config", file, "--modules.products.binding", "grpc",
                              "--modules.products.target", "dns:///127.0.0.1:1"},
                             {"SHOP_MODULES_PRODUCTS_BINDING=in-process"}),
              AllOf(HasSubstr("grpc"), HasSubstr("--modules.products.binding")));
}

TEST_F(Configured, AMisspeltKeyStopsTheProgramWithItsPosition) {
  const std::string file = WriteFile("{\n  \"modules\": {\"prodcts\": {}}\n}\n");
  Process program({SHOP_PROGRAM, "--config", file, "--check-config"});
  EXPECT_EQ(program.Wait(), 2);
  EXPECT_THAT(program.output(),
              AllOf(HasSubstr("shop.json:2:"), HasSubstr("prodcts"), HasSubstr("products")));
}

TEST_F(Configured, GrpcWithoutATargetIsImpossible) {
  Process program({SHOP_PROGRAM, "--modules.products.binding", "grpc", "--check-config"});
  EXPECT_EQ(program.Wait(), 2);
  EXPECT_THAT(program.output(), HasSubstr("modules.products.target"));
}

TEST_F(Configured, CheckConfigStartsNothing) {
  Process program({SHOP_PROGRAM, "--data.directory", folder_ / "data", "--check-config"});
  EXPECT_EQ(program.Wait(), 0) << program.output();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

// What a service that calls others has to be told.
class ServiceConfigured : public ::testing::Test {
 protected:
  static std::string Refusal(const std::string& program, std::vector<std::string> flags) {
    flags.insert(flags.begin(), program);
    flags.emplace_back("--check-config");
    Process process(std::move(flags));
    return process.Wait() == 0 ? "(accepted)" : process.output();
  }
};

TEST_F(ServiceConfigured, WhereTheModulesAreThatItCalls) {
  const std::vector<std::string> auth = {"--modules.auth.target", "unix:/auth"};
  // Without a source: nobody has given it.
  EXPECT_EQ(Refusal(ORDERS_PROGRAM, auth),
            "orders-service: modules.products.target: say where products is, such as "
            "dns:///127.0.0.1:50051\n");
  EXPECT_THAT(Refusal(AUTH_PROGRAM, {}), HasSubstr("say where users is"));
  EXPECT_THAT(Refusal(AUTH_PROGRAM, {"--modules.users.target", "http://users"}),
              HasSubstr("is none of dns:///host:port"));
  EXPECT_EQ(Refusal(ORDERS_PROGRAM, {"--modules.auth.target", "unix:/auth",
                                     "--modules.products.target", "unix:/products"}),
            "(accepted)");
}

TEST_F(ServiceConfigured, HelpSaysWhichProgramItIs) {
  Process program({USERS_PROGRAM, "--help"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), AllOf(HasSubstr("The users module as a service of its own."),
                                      HasSubstr("Usage: users-service [OPTIONS]")));
}

TEST_F(ServiceConfigured, WhenOrdersAreTakenUpAgain) {
  Process program({ORDERS_PROGRAM, "--modules.auth.target", "unix:/auth",
                   "--modules.products.target", "unix:/products", "--orders.recovery_age_ms", "7",
                   "--print-config"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(),
              AllOf(HasSubstr("orders.recovery_interval_ms = 1000  # default"),
                    HasSubstr("orders.recovery_age_ms = 7  # flag"),
                    HasSubstr("orders.recovery_abandon_seconds = 900  # default")));
}

TEST_F(ServiceConfigured, WhoseTokensAreGood) {
  const std::string advice = "give either modules.auth.target or tokens.jwks_file";
  EXPECT_THAT(Refusal(USERS_PROGRAM, {}), HasSubstr(advice));
  EXPECT_THAT(Refusal(USERS_PROGRAM,
                      {"--modules.auth.target", "unix:/auth", "--tokens.jwks_file", "/keys"}),
              HasSubstr(advice));
  EXPECT_EQ(Refusal(USERS_PROGRAM, {"--modules.auth.target", "unix:/auth"}), "(accepted)");
  EXPECT_EQ(Refusal(USERS_PROGRAM, {"--tokens.jwks_file", "/keys", "--tokens.issuer", "us",
                                    "--tokens.audience", "us"}),
            "(accepted)");
}

TEST_F(ServiceConfigured, WhomTheTokensOfAFileAreFromAndFor) {
  EXPECT_THAT(Refusal(USERS_PROGRAM, {"--tokens.jwks_file", "/keys", "--tokens.audience", "us"}),
              AllOf(HasSubstr("tokens.issuer"), HasSubstr("say which one")));
  EXPECT_THAT(Refusal(USERS_PROGRAM, {"--tokens.jwks_file", "/keys", "--tokens.issuer", "us"}),
              AllOf(HasSubstr("tokens.audience"), HasSubstr("say which one")));
  for (const char* flag : {"--tokens.issuer", "--tokens.audience"}) {
    EXPECT_THAT(Refusal(USERS_PROGRAM, {"--modules.auth.target", "unix:/auth", flag, "us"}),
                HasSubstr("leave it out"));
  }
}

TEST_F(ServiceConfigured, AFileWithoutKeysStopsItAtTheStart) {
  const TemporaryFolder folder;
  const auto refusal = [&folder](const std::string& path) {
    Process process({USERS_PROGRAM, "--data.directory", folder.path(), "--listen",
                     "unix:" + (folder / "users.sock"), "--tokens.jwks_file", path,
                     "--tokens.issuer", "us", "--tokens.audience", "us"});
    EXPECT_EQ(process.Wait(), 1);
    return process.output();
  };
  const auto file = [&folder](const std::string& text) {
    const std::string path = folder / "keys.json";
    std::ofstream(path) << text;
    return path;
  };
  EXPECT_THAT(refusal(folder / "nowhere"),
              AllOf(HasSubstr("tokens.jwks_file"), HasSubstr("cannot be read")));
  EXPECT_THAT(refusal(folder.path()),
              AllOf(HasSubstr("tokens.jwks_file"), HasSubstr("cannot be read")));
  EXPECT_THAT(refusal(file(std::string(65537, ' '))),
              AllOf(HasSubstr("tokens.jwks_file"), HasSubstr("more than 65536 bytes")));
  EXPECT_THAT(refusal(file("no keys")),
              AllOf(HasSubstr("tokens.jwks_file"), HasSubstr("INVALID_JWKS")));
  EXPECT_THAT(refusal(file(R"({"keys": []})")),
              AllOf(HasSubstr("tokens.jwks_file"), HasSubstr("has no key")));
}

}  // namespace
}  // namespace shop::e2e
