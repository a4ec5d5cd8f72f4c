// The programs and their PostgreSQL server: started in any order, and let in by their passwords.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "seam/sql/open.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_database.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using seam::testing::Process;
using seam::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRoles[] = {"shop_auth", "shop_users", "shop_products", "shop_inventory",
                                  "shop_orders"};

// One server, which asks every role of the shop for its password.
class GuardedDatabase : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    const std::string rights = *folder_ / "pg_hba.conf";
    std::ofstream(rights) << "local all postgres trust\nlocal all all scram-sha-256\n";
    database_ = std::make_unique<ShopDatabase>(std::vector<std::string>{"hba_file=" + rights});
    address_ = database_->server().address();
    std::filesystem::create_directory(*folder_ / "passwords");
    for (const std::string role : kRoles) {
      Administer("ALTER ROLE " + role + " PASSWORD '" + PasswordOf(role) + "'");
      WritePassword(role, PasswordOf(role));
    }
  }
  static void TearDownTestSuite() {
    database_.reset();
    folder_.reset();
  }

  static std::string PasswordOf(const std::string& role) { return "open-sesame-" + role; }
  static void WritePassword(const std::string& role, const std::string& password) {
    const std::string file = *folder_ / ("passwords/" + role);
    std::ofstream(file) << password << "\n";
    std::filesystem::permissions(file, std::filesystem::perms(0600));
  }
  static void Administer(const std::string& statements) {
    database_->OpenAsAdministrator()->Write(
        seam::Context(), [&](seam::sql::Session& session) { session.ExecuteScript(statements); });
  }

  static std::vector<std::string> Arguments() {
    return {"--database.address", address_, "--database.password_folder", *folder_ / "passwords"};
  }

  // The products service, with more flags.
  static std::vector<std::string> Products(const std::vector<std::string>& flags = {}) {
    std::vector<std::string> command = {PRODUCTS_PROGRAM, "--modules.auth.target", "unix:/nowhere",
                                        "--listen", "127.0.0.1:0"};
    const std::vector<std::string> arguments = Arguments();
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }

  // What it says when it does not start, for a reason that no waiting mends.
  static std::string Refusal(const std::vector<std::string>& flags = {}) {
    Process products(Products(flags));
    EXPECT_EQ(products.Wait(), 1) << products.output();
    EXPECT_THAT(products.output(), Not(HasSubstr("waiting for the database")));
    return products.output();
  }

  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<ShopDatabase> database_;
  static inline std::string address_;
};

TEST_F(GuardedDatabase, LetsTheProgramsInByThePasswordsOfTheFolder) {
  ShopProcess shop({{"products", "grpc"}}, {"--data.samples", "true"}, {}, Connections::kPlain,
                   Arguments());
  ASSERT_TRUE(shop.WaitUntilReady());
  const auto goods = httplib::Client("127.0.0.1", shop.port()).Get("/products");
  ASSERT_TRUE(goods);
  EXPECT_THAT(goods->body, HasSubstr("Espresso cup"));
  EXPECT_FALSE(shop.admin_token().empty());
  for (const std::string role : kRoles)
    EXPECT_THAT(shop.output(), Not(HasSubstr(PasswordOf(role))));
}

TEST_F(GuardedDatabase, SaysAtOnceWhatNoWaitingMends) {
  const std::string setup = "its administrator runs what `shop --print-database-setup` prints";
  WritePassword("shop_products", "a-wrong-one");
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("password authentication failed"), Not(HasSubstr(setup)),
                               HasSubstr("DATABASE_REFUSED"), Not(HasSubstr("a-wrong-one"))));
  WritePassword("shop_products", PasswordOf("shop_products"));
  const std::string file = *folder_ / "passwords/shop_products";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  EXPECT_THAT(Refusal(), HasSubstr("run \\\"chmod 600 " + file));
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  // There is no such role, and no password of it.
  EXPECT_THAT(Refusal({"--database.prefix", "other_"}),
              AllOf(HasSubstr("passwords/other_products cannot be opened: No such file"),
                    Not(HasSubstr(setup))));
  Administer("CREATE ROLE lost_products LOGIN PASSWORD 'open'");
  WritePassword("lost_products", "open");
  EXPECT_THAT(Refusal({"--database.prefix", "lost_"}),
              AllOf(HasSubstr("there is no such schema"), HasSubstr(setup)));
  const std::string address = address_;
  address_.replace(address_.find("dbname="), std::string::npos, "dbname=elsewhere");
  EXPECT_THAT(Refusal(),
              AllOf(HasSubstr("database \\\"elsewhere\\\" does not exist"), Not(HasSubstr(setup))));
  address_ = address;
  {
    Process once(Products());
    ASSERT_TRUE(once.WaitForLine("listening")) << once.output();
  }
  Administer("INSERT INTO shop_products.seam_migration VALUES (99, 'from the future', 0, 0)");
  EXPECT_THAT(Refusal(), HasSubstr("DATABASE_SCHEMA_TOO_NEW"));
  Administer("DELETE FROM shop_products.seam_migration WHERE version = 99");
}

TEST_F(GuardedDatabase, MayBeStartedAfterThePrograms) {
  database_->server().Stop();
  Process products(Products());
  const auto waiting = products.WaitForLine("waiting for the database");
  ASSERT_TRUE(waiting) << products.output();
  EXPECT_THAT(*waiting, AllOf(HasSubstr("role shop_products"), HasSubstr("database postgres at /"),
                              HasSubstr("\"at_most_ms\":30000")));

  // It can be asked to stop meanwhile, and does not wait for ever.
  std::vector<std::string> shop_command = {SHOP_PROGRAM, "--http.port", "0"};
  for (const std::string& argument : Arguments()) shop_command.push_back(argument);
  Process shop(shop_command);
  ASSERT_TRUE(shop.WaitForLine("waiting for the database")) << shop.output();
  shop.Signal(SIGTERM);
  EXPECT_EQ(shop.Wait(), 0) << shop.output();
  EXPECT_THAT(shop.output(), AllOf(HasSubstr("the shop is closed"), Not(HasSubstr("\"error\"}"))));
  Process impatient(Products({"--database.wait_ms", "200"}));
  EXPECT_EQ(impatient.Wait(), 1);
  EXPECT_THAT(impatient.output(),
              AllOf(HasSubstr("cannot start"), HasSubstr("cannot connect to database postgres"),
                    HasSubstr("waited for it for 200 ms, which is database.wait_ms")));

  EXPECT_FALSE(products.Wait(std::chrono::milliseconds(0))) << products.output();
  EXPECT_THAT(products.output(), Not(HasSubstr("listening"))) << "it has nothing to serve";
  database_->server().Start();
  ASSERT_TRUE(products.WaitForLine("listening")) << products.output();
  EXPECT_THAT(products.output(), HasSubstr("the database is there"));
}

TEST_F(GuardedDatabase, CanBeLeftWhileAnotherProcessChangesTheSchema) {
  const auto another = seam::sql::OpenDatabase(
      {.postgresql =
           seam::sql::PostgresqlSchema{.address = address_,
                                       .role = "shop_users",
                                       .schema = "shop_users",
                                       .password_file = *folder_ / "passwords/shop_users"}},
      {});
  another->WriteAlone(seam::Context(), [](seam::sql::Session&) {
    std::vector<std::string> command = {SHOP_PROGRAM, "--http.port", "0"};
    for (const std::string& argument : Arguments()) command.push_back(argument);
    Process shop(command);
    const auto waiting = shop.WaitForLine("another process is changing the schema");
    ASSERT_TRUE(waiting) << shop.output();
    EXPECT_THAT(*waiting, AllOf(HasSubstr("\"module\":\"users\""), HasSubstr("schema shop_users")));
    shop.Signal(SIGTERM);
    EXPECT_EQ(shop.Wait(), 0) << shop.output();
    EXPECT_THAT(shop.output(), HasSubstr("the shop is closed"));
  });
}

// It takes the connection, and says nothing.
TEST_F(GuardedDatabase, CanBeWaitedForWhileItIsPaused) {
  database_->server().Pause();
  Process products(Products());
  ASSERT_TRUE(products.WaitForLine("has not answered for 2000 ms")) << products.output();
  products.Signal(SIGTERM);
  EXPECT_EQ(products.Wait(), 0) << products.output();
  database_->server().Resume();
}

}  // namespace
}  // namespace shop::e2e
