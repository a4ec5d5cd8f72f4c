#include "app/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "seam/testing/temporary_folder.h"

namespace shop::app {
namespace {

using seam::config::Configuration;
using seam::config::Environment;
using seam::config::Exit;
using seam::config::LoadResult;

LoadResult Load(const std::vector<std::string>& flags, const Environment& environment = {}) {
  std::vector<const char*> argv = {"shop"};
  for (const std::string& flag : flags) argv.push_back(flag.c_str());
  return seam::config::Load(ShopOptions(), static_cast<int>(argv.size()), argv.data(), environment);
}

std::string Refusal(const std::vector<std::string>& flags) {
  const LoadResult result = Load(flags);
  const auto* exit = std::get_if<Exit>(&result);
  return exit == nullptr ? "(accepted)" : exit->error;
}

ShopConfiguration Read(const std::vector<std::string>& flags, const Environment& environment = {}) {
  const LoadResult result = Load(flags, environment);
  if (const auto* exit = std::get_if<Exit>(&result)) {
    ADD_FAILURE() << exit->error;
    return {};
  }
  return ReadConfiguration(std::get<Configuration>(result));
}

std::string WriteSecret(const seam::testing::TemporaryFolder& folder, const std::string& secret) {
  const std::string file = folder / "secret";
  std::ofstream(file) << secret;
  EXPECT_EQ(::chmod(file.c_str(), 0600), 0);
  return file;
}

TEST(ShopConfigurationTest, ListensOnLoopbackAndRunsItsModulesByDefault) {
  const ShopConfiguration shop = Read({});
  EXPECT_EQ(shop.http.address, "127.0.0.1");
  EXPECT_EQ(shop.http.port, 8080);
  EXPECT_EQ(shop.port_file, "");
  EXPECT_EQ(shop.http.threads, 64U);
  EXPECT_EQ(shop.http.max_waiting, 256U);
  EXPECT_EQ(shop.http.max_wait, std::chrono::milliseconds(500));
  EXPECT_EQ(shop.http.max_connections, 768U);
  EXPECT_EQ(shop.http.max_connections_per_address, 704U);
  EXPECT_EQ(shop.http.max_body_bytes, 65536U);
  EXPECT_EQ(
      shop.http.trusted_proxies.ClientAddress("127.0.0.1", {{"X-Forwarded-For", "192.0.2.7"}}),
      "127.0.0.1");
  EXPECT_EQ(shop.auth_module.first_admin.email, "admin@shop.example");
  EXPECT_EQ(shop.auth_module.first_admin.password, "");
  EXPECT_EQ(shop.auth_module.options.access_token_lifetime, std::chrono::minutes(15));
  EXPECT_EQ(shop.modules_listen, "");
  EXPECT_EQ(shop.databases.at("orders").sqlite_file, "./orders.sqlite");
  EXPECT_FALSE(shop.databases.at("orders").postgresql);
  EXPECT_FALSE(shop.samples);
  ForEachModule(shop.modules, [](const char* name, const seam::ModuleOptions& module) {
    EXPECT_EQ(module.binding, seam::BindingKind::kInProcess) << name;
    EXPECT_EQ(module.target, "") << name;
  });
  EXPECT_EQ(shop.modules.auth.deadline, std::chrono::seconds(3));
  EXPECT_EQ(shop.modules.users.deadline, std::chrono::seconds(1));
  EXPECT_EQ(shop.modules.products.deadline, std::chrono::seconds(1));
  EXPECT_EQ(shop.modules.orders.deadline, std::chrono::seconds(3));
  EXPECT_EQ(shop.orders.recovery_interval, std::chrono::seconds(1));
  EXPECT_EQ(shop.orders.recovery_age, std::chrono::seconds(10));
  EXPECT_EQ(shop.orders.recovery_lease, std::chrono::seconds(30));
  EXPECT_EQ(shop.orders.abandon_age, std::chrono::minutes(15));
  EXPECT_EQ(shop.log.level, seam::LogLevel::kInfo);
  EXPECT_EQ(shop.log.format, seam::LogFormat::kAuto);
}

TEST(ShopConfigurationTest, ReadsEveryOption) {
  const seam::testing::TemporaryFolder folder;
  const std::string file = folder / "shop.json";
  std::ofstream(file) << R"({
    "http": {"address": "0.0.0.0", "port": 81, "port_file": "/p", "threads": 2, "max_body_bytes": 2048,
             "max_waiting": 3, "max_wait_ms": 4, "max_connections": 5,
             "max_connections_per_address": 6, "trusted_proxies": "127.0.0.1, ::1"},
    "data": {"directory": "/data", "samples": true},
    "database": {"max_connections": 6, "wait_ms": 1234},
    "auth": {"admin_email": "root@shop.example", "access_token_seconds": 60,
             "refresh_token_seconds": 120, "session_max_seconds": 180, "hash_memory_bytes": 8192,
             "hash_passes": 1, "concurrent_hashes": 3, "waiting_hashes": 0,
             "registrations_per_address": 5},
    "modules": {"listen": "unix:/shop", "record_calls": "/calls",
                "auth": {"binding": "in-process-codec"},
                "users": {"binding": "grpc", "target": "unix:/u", "deadline_ms": 8},
                "products": {"binding": "grpc", "target": "unix:/p", "deadline_ms": 7,
                             "send_call_chain": false},
                "orders": {"deadline_ms": 9, "max_visits": 2, "return_at_deadline": true,
                           "handler_threads": 5}},
    "orders": {"recovery_interval_ms": 10, "recovery_age_ms": 11, "recovery_lease_ms": 100,
               "recovery_abandon_seconds": 12},
    "log": {"level": "debug", "format": "text"}})";
  const ShopConfiguration shop =
      Read({"--config", file},
           {{"SHOP_AUTH_ADMIN_PASSWORD_FILE", WriteSecret(folder, "a long password\n")}});
  EXPECT_EQ(shop.http.address, "0.0.0.0");
  EXPECT_EQ(shop.http.port, 81);
  EXPECT_EQ(shop.port_file, "/p");
  EXPECT_EQ(shop.call_record, "/calls");
  EXPECT_EQ(shop.http.threads, 2U);
  EXPECT_EQ(shop.http.max_waiting, 3U);
  EXPECT_EQ(shop.http.max_wait, std::chrono::milliseconds(4));
  EXPECT_EQ(shop.http.max_connections, 5U);
  EXPECT_EQ(shop.http.max_connections_per_address, 6U);
  EXPECT_EQ(shop.http.max_body_bytes, 2048U);
  EXPECT_EQ(shop.http.trusted_proxies.ClientAddress("::1", {{"X-Forwarded-For", "192.0.2.7"}}),
            "192.0.2.7");
  EXPECT_EQ(shop.auth_module.first_admin.email, "root@shop.example");
  EXPECT_EQ(shop.auth_module.first_admin.password, "a long password");
  EXPECT_EQ(shop.auth_module.options.access_token_lifetime, std::chrono::minutes(1));
  const auth::AuthOptions& auth = shop.auth_module.options;
  EXPECT_EQ(auth.refresh_token_lifetime, std::chrono::minutes(2));
  EXPECT_EQ(auth.session_lifetime, std::chrono::minutes(3));
  EXPECT_EQ(auth.hash_cost.memory_bytes, 8192U);
  EXPECT_EQ(auth.hash_cost.passes, 1U);
  EXPECT_EQ(auth.concurrent_hashes, 3);
  EXPECT_EQ(auth.waiting_hashes, 0);
  EXPECT_EQ(auth.registrations_per_address, 5);
  EXPECT_EQ(shop.modules_listen, "unix:/shop");
  EXPECT_EQ(shop.databases.at("users").sqlite_file, "/data/users.sqlite");
  EXPECT_EQ(shop.databases.at("users").max_connections, 6);
  EXPECT_EQ(shop.database_wait, std::chrono::milliseconds(1234));
  EXPECT_TRUE(shop.samples);
  EXPECT_EQ(shop.modules.auth.binding, seam::BindingKind::kInProcessCodec);
  EXPECT_EQ(shop.modules.users.binding, seam::BindingKind::kGrpc);
  EXPECT_EQ(shop.modules.users.target, "unix:/u");
  EXPECT_EQ(shop.modules.users.deadline, std::chrono::milliseconds(8));
  EXPECT_EQ(shop.modules.orders.deadline, std::chrono::milliseconds(9));
  EXPECT_EQ(shop.modules.orders.max_visits, 2U);
  EXPECT_TRUE(shop.modules.orders.return_at_deadline);
  EXPECT_EQ(shop.modules.orders.handler_threads, 5U);
  EXPECT_EQ(shop.modules.users.max_visits, seam::kDefaultMaxVisits);
  EXPECT_FALSE(shop.modules.users.return_at_deadline);
  EXPECT_EQ(shop.modules.users.handler_threads, seam::kDefaultHandlerThreads);
  EXPECT_EQ(shop.modules.products.binding, seam::BindingKind::kGrpc);
  EXPECT_EQ(shop.modules.products.target, "unix:/p");
  EXPECT_EQ(shop.modules.products.deadline, std::chrono::milliseconds(7));
  EXPECT_FALSE(shop.modules.products.send_call_chain);
  EXPECT_TRUE(shop.modules.users.send_call_chain);
  EXPECT_EQ(shop.orders.recovery_interval, std::chrono::milliseconds(10));
  EXPECT_EQ(shop.orders.recovery_age, std::chrono::milliseconds(11));
  EXPECT_EQ(shop.orders.recovery_lease, std::chrono::milliseconds(100));
  EXPECT_EQ(shop.orders.abandon_age, std::chrono::seconds(12));
  EXPECT_EQ(shop.log.level, seam::LogLevel::kDebug);
  EXPECT_EQ(shop.log.format, seam::LogFormat::kText);
}

TEST(ShopConfigurationTest, EveryWordIsUnderstood) {
  for (const char* binding : {"in-process", "in-process-codec", "grpc"}) {
    EXPECT_EQ(seam::BindingKindName(Read({"--modules.products.target=t:1",
                                          std::string("--modules.products.binding=") + binding})
                                        .modules.products.binding),
              binding);
  }
  for (const char* level : {"debug", "info", "warning", "error"}) {
    EXPECT_EQ(seam::LogLevelName(Read({std::string("--log.level=") + level}).log.level), level);
  }
  for (const char* format : {"auto", "json", "text"}) {
    EXPECT_EQ(seam::LogFormatName(Read({std::string("--log.format=") + format}).log.format),
              format);
  }
}

TEST(ShopConfigurationTest, EachModuleHasARoleAndASchemaOfAPostgresqlDatabase) {
  const ShopConfiguration shop =
      Read({"--database.address", "postgresql://db.example/shop", "--database.prefix", "test_",
            "--database.password_folder", "/secrets"});
  const auto& orders = shop.databases.at("orders").postgresql;
  ASSERT_TRUE(orders);
  EXPECT_EQ(orders->address, "postgresql://db.example/shop");
  EXPECT_EQ(orders->last_host, shop.databases.at("auth").postgresql->last_host);
  EXPECT_EQ(orders->role, "test_orders");
  EXPECT_EQ(orders->schema, "test_orders");
  EXPECT_EQ(orders->password_file, "/secrets/test_orders");
  EXPECT_EQ(
      Read({"--database.address", "host=/run dbname=shop"}).databases.at("auth").postgresql->role,
      "shop_auth");
}

TEST(ShopConfigurationTest, RefusesDatabasesThatCannotBe) {
  const std::string with_password =
      Refusal({"--database.address", "postgresql://ann:correct-horse@db.example/shop"});
  EXPECT_THAT(with_password, testing::HasSubstr("address must not have user"));
  EXPECT_THAT(with_password, testing::Not(testing::HasSubstr("correct-horse")));
  const std::string garbled = Refusal({"--database.address", "correct-horse@db.example"});
  EXPECT_THAT(garbled, testing::HasSubstr("neither a postgresql:// URI nor a list"));
  EXPECT_THAT(garbled, testing::Not(testing::HasSubstr("correct-horse")));
  EXPECT_THAT(Refusal({"--database.address", "host=/run"}),
              testing::HasSubstr("names no database"));
  EXPECT_THAT(Refusal({"--database.password_folder", "/secrets"}),
              testing::HasSubstr("give database.address: SQLite has no passwords"));
  for (const char* const prefix :
       {"", "Shop_", "1shop", "shop-", "a23456789_123456789_123456789_123"}) {
    EXPECT_THAT(Refusal({"--database.prefix", prefix}), testing::HasSubstr("such as shop_"))
        << prefix;
  }
  EXPECT_EQ(Refusal({"--database.prefix", "a23456789_123456789_123456789_12"}), "(accepted)");
}

TEST(ShopConfigurationTest, RefusesImpossibleCombinations) {
  EXPECT_EQ(Refusal({"--modules.products.binding=grpc"}),
            "shop: flag --modules.products.binding: the binding grpc needs "
            "modules.products.target, such as dns:///127.0.0.1:50051\n");
  EXPECT_EQ(Refusal({"--modules.products.target=http://products"}),
            "shop: flag --modules.products.target: the target "
            "'http://products' is none of dns:///host:port, ipv4:address:port, "
            "ipv6:[address]:port and unix:/absolute/path\n");
  EXPECT_EQ(Refusal({"--modules.orders.binding=grpc"}),
            "shop: flag --modules.orders.binding: the binding grpc needs "
            "modules.orders.target, such as dns:///127.0.0.1:50051\n");
  EXPECT_EQ(Refusal({"--modules.products.binding=grpc", "--modules.products.target=unix:/p",
                     "--modules.products.return_at_deadline"}),
            "(accepted)")
      << "a module moves by its binding and target alone";
  EXPECT_EQ(Refusal({"--modules.orders.handler_threads=5"}),
            "shop: flag --modules.orders.handler_threads: it counts only with "
            "modules.orders.return_at_deadline; set that too, or leave this out\n");
  EXPECT_EQ(Refusal({"--modules.listen=0.0.0.0:1"}).substr(0, 38),
            "shop: flag --modules.listen: refusing ");
  EXPECT_EQ(Refusal({"--http.trusted_proxies=127.0.0.1,proxy.example"}),
            "shop: flag --http.trusted_proxies: \"proxy.example\" is no address or network; "
            "expected one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32\n");
  EXPECT_EQ(Refusal({"--data.directory", ""}),
            "shop: flag --data.directory: a directory must be named\n");
}

// A list that nobody reads would look like a defence.
TEST(ShopConfigurationTest, RefusesAListOfCallersWhereNobodyAsksForIt) {
  const std::string list = "--modules.products.allow.stock=spiffe://shop.example/orders";
  EXPECT_EQ(
      Refusal({"--modules.products.binding=grpc", "--modules.products.target=unix:/p", list}),
      "shop: flag --modules.products.allow.stock: the module products is a service of its own, "
      "which asks by itself who calls; give it this list as allow.stock, and leave it out "
      "here\n");
  const std::string nobody_knows =
      "shop: flag --modules.products.allow.stock: without tls.certificate_file nobody knows who "
      "calls; give that, or leave this out\n";
  EXPECT_EQ(Refusal({list}), nobody_knows);
  // Nobody cannot be kept out either, and everybody who has an identity has none.
  EXPECT_EQ(Refusal({"--modules.products.allow.stock", ""}), nobody_knows);
  EXPECT_EQ(Refusal({"--modules.products.allow.stock=*"}), nobody_knows);
}

TEST(ShopConfigurationTest, RefusesAPasswordOfTheAdminThatRegistrationWouldRefuse) {
  const seam::testing::TemporaryFolder folder;
  const std::string file = WriteSecret(folder, "short");
  EXPECT_EQ(Refusal({"--auth.admin_password_file", file}),
            "shop: flag --auth.admin_password_file: the password in the file: password must have "
            "10 to 200 bytes\n");
}

TEST(ShopConfigurationTest, TheCommittedSchemaIsUpToDate) {
  std::ifstream file(SHOP_SCHEMA);
  const std::string committed((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(committed, ShopOptions().Schema())
      << "write it anew: shop --print-config-schema > monolith/app/shop.schema.json";
}

}  // namespace
}  // namespace shop::app
