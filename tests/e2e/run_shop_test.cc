// What `make run` starts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "half_sent_request.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_database.h"

namespace shop::e2e {
namespace {

using nlohmann::json;
using seam::testing::Process;
using seam::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class RunShop : public ::testing::TestWithParam<const char*> {
 protected:
  // However a test ends, the script gets to stop what it has started.
  ~RunShop() override {
    for (const auto& script : scripts_) {
      script->Signal(SIGTERM);
      EXPECT_TRUE(script->Wait()) << script->output();
    }
  }

  Process& Start(const std::string& binding, int port = 0) {
    return StartWith(BUILD_FOLDER,
                     {"--port", std::to_string(port), "--auth", binding, "--users", binding,
                      "--products", binding, "--inventory", binding, "--orders", binding});
  }
  Process& StartWith(const std::string& build, const std::vector<std::string>& flags,
                     std::vector<std::string> environment = {}) {
    std::vector<std::string> arguments = {RUN_SHOP_SCRIPT, "--build", build, "--data",
                                          folder_ / "run"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    // A script that is killed leaves the folder of its sockets behind.
    if (environment.empty()) environment.push_back("TMPDIR=" + folder_.path());
    scripts_.push_back(std::make_unique<Process>(std::move(arguments), std::move(environment)));
    return *scripts_.back();
  }

  // A build in which this program, "extracted/orders/orders-service", says something and then does
  // nothing until it is stopped.
  std::string BuildWithIdle(const std::string& program) {
    for (const char* const real :
         {"monolith/app/shop", "extracted/auth/auth-service", "extracted/users/users-service",
          "extracted/products/products-service", "extracted/inventory/inventory-service",
          "extracted/orders/orders-service"}) {
      const std::filesystem::path path = folder_ / ("build/" + std::string(real));
      std::filesystem::create_directories(path.parent_path());
      if (program == real) {
        std::ofstream(path) << "#!/bin/sh\necho thinking it over\nexec sleep 1000\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
      } else {
        std::filesystem::create_symlink(std::string(BUILD_FOLDER) + "/" + real, path);
      }
    }
    return folder_ / "build";
  }

  // The port that a script says that its shop is open on; 0 when it does not open.
  static int PortOf(Process& script) {
    EXPECT_TRUE(script.WaitForLine("Ctrl-C stops everything")) << script.output();
    const std::string text = script.output();
    std::smatch port;
    const std::regex open("The shop is open on http://127.0.0.1:([0-9]+)");
    return std::regex_search(text, port, open) ? std::stoi(port[1]) : 0;
  }

  // What somebody does whose server has died: starts it as the script says.
  std::unique_ptr<Process> KillAndStartPostgresql(Process& script, int port) const {
    int server = 0;
    std::ifstream(folder_ / "run/postgresql/postmaster.pid") >> server;
    EXPECT_GT(server, 1);
    kill(server, SIGKILL);
    const auto command = script.WaitForLine("/private-postgresql --data");
    EXPECT_TRUE(command) << script.output();
    EXPECT_THAT(script.output(), HasSubstr("run-shop: PostgreSQL has ended with code 137"));
    auto again = std::make_unique<Process>(
        std::vector<std::string>{"/bin/bash", "-c", "exec " + command.value_or("false")});
    EXPECT_TRUE(again->WaitForLine("ready")) << again->output();
    const auto found = httplib::Client("127.0.0.1", port).Get("/products");
    EXPECT_TRUE(found && found->status == 200);
    return again;
  }

  // A server that still runs keeps its data, its socket and its log, and is named. Returns the
  // folder of its socket.
  std::string ExpectRefusedBecauseOfThatServer() {
    int server = 0;
    std::ifstream(folder_ / "run/postgresql/postmaster.pid") >> server;
    const auto log = std::filesystem::file_size(folder_ / "run/postgresql/server.log");
    Process& next = StartWith(BUILD_FOLDER, {"--port", "0", "--database", "postgresql"});
    EXPECT_EQ(next.Wait(), 1);
    EXPECT_THAT(next.output(), AllOf(HasSubstr("process " + std::to_string(server) + " serves"),
                                     HasSubstr("kill -INT " + std::to_string(server))));
    EXPECT_GE(std::filesystem::file_size(folder_ / "run/postgresql/server.log"), log);
    std::ifstream pid_file(folder_ / "run/postgresql/postmaster.pid");
    std::string line;
    for (int i = 0; i < 5; ++i) std::getline(pid_file, line);  // The folder of its socket.
    EXPECT_TRUE(std::filesystem::is_socket(line + "/.s.PGSQL.5432")) << line;
    return line;
  }

  [[nodiscard]] std::string AdminToken() const {
    std::string token;
    std::ifstream(folder_ / "run/admin-token") >> token;
    return token;
  }

  const TemporaryFolder folder_;

 private:
  std::vector<std::unique_ptr<Process>> scripts_;
};

TEST_P(RunShop, ShowsWhatToTryAndStopsOnCtrlC) {
  Process& script = Start(GetParam());
  const int port = PortOf(script);
  ASSERT_NE(port, 0) << script.output();
  EXPECT_THAT(script.output(), HasSubstr("Three things to try"));

  httplib::Client client("127.0.0.1", port);
  const auto goods = client.Get("/products?page_size=50");
  ASSERT_TRUE(goods);
  EXPECT_EQ(json::parse(goods->body).at("products").size(), 12U) << "a dozen sample products";
  const auto sample = client.Get("/products/01900000-0000-7000-8000-000000000001");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->status, 200) << "the product that the script tells people to try";

  for (const char* const secret :
       {"run/admin-token", "run/admin-password", "run/auth.sqlite", "run/log/shop.log"}) {
    struct stat file{};
    ASSERT_EQ(stat((folder_ / secret).c_str(), &file), 0) << secret;
    EXPECT_EQ(file.st_mode & 0777, 0600U) << secret;
  }
  EXPECT_GE(AdminToken().size(), 16U);
  EXPECT_THAT(script.output(), Not(HasSubstr(AdminToken())));

  HalfSentRequest request(port, AdminToken());
  script.Signal(SIGINT);
  ASSERT_TRUE(script.WaitForLine("stopping")) << script.output();
  EXPECT_THAT(request.Finish(), HasSubstr("201 Created")) << script.output();
  EXPECT_EQ(script.Wait(), 0) << script.output();
  EXPECT_FALSE(client.Get("/products")) << "something still listens";
}

TEST_F(RunShop, DoesNotTakeAnotherProgramsShopForItsOwn) {
  const int port = PortOf(Start("in-process"));
  ASSERT_NE(port, 0);
  Process& second =
      StartWith(BUILD_FOLDER, {"--port", std::to_string(port), "--data", folder_ / "another"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("another program has the port"));
  EXPECT_THAT(second.output(), Not(HasSubstr("The shop is open")));
}

TEST_F(RunShop, LeavesTheFolderToTheOneThatRunsThere) {
  Process& first = Start("in-process");
  ASSERT_NE(PortOf(first), 0);
  Process& second = Start("in-process");
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("run-shop: process " + std::to_string(first.pid()) +
                                         " runs a shop on " + folder_.path()));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/log/shop.log")) << "its log was deleted";
  EXPECT_GE(AdminToken().size(), 16U);
}

TEST_F(RunShop, DoesNotMakeUpAPasswordForDataThatHasOne) {
  Process& first = Start("in-process");
  ASSERT_NE(PortOf(first), 0);
  first.Signal(SIGINT);
  EXPECT_EQ(first.Wait(), 0) << first.output();
  std::filesystem::remove(folder_ / "run/admin-password");
  Process& second = Start("in-process");
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("run/admin-password is missing"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/admin-password"));
}

TEST_F(RunShop, KeepsItsDataInAPostgresqlServerOfItsOwn) {
  std::string sample;
  const std::string temporary = folder_ / "my files, at 100%";
  std::filesystem::create_directory(temporary);
  for (int start = 0; start < 2; ++start) {
    Process& script =
        StartWith(BUILD_FOLDER, {"--port", "0", "--database", "postgresql", "--products", "grpc"},
                  // Of another server that the user has; and no folder for sockets.
                  {"PGPORT=1", "PGHOSTADDR=192.0.2.1", "PGSSLMODE=require", "PGDATA=/nowhere",
                   "TMPDIR=" + temporary});
    const int port = PortOf(script);
    ASSERT_NE(port, 0) << script.output();
    const auto found =
        httplib::Client("127.0.0.1", port).Get("/products/01900000-0000-7000-8000-000000000001");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->status, 200);
    if (start == 0) sample = found->body;
    EXPECT_EQ(found->body, sample) << "it was made anew";
    std::unique_ptr<Process> again;
    if (start == 1) again = KillAndStartPostgresql(script, port);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run/products.sqlite"));
    script.Signal(SIGINT);
    EXPECT_EQ(script.Wait(), 0) << script.output();
    if (again != nullptr) {
      EXPECT_THAT(script.output(), HasSubstr("was started by hand and still runs"));
      const std::string sockets = ExpectRefusedBecauseOfThatServer();
      again->Signal(SIGTERM);
      EXPECT_EQ(again->Wait(), 0) << again->output();
      std::filesystem::remove_all(sockets);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run/postgresql/postmaster.pid"));
  }
}

TEST_F(RunShop, UsesTheServerThatItIsGiven) {
  ShopDatabase database;
  Process& script =
      StartWith(BUILD_FOLDER, {"--port", "0", "--database", database.server().address()});
  ASSERT_NE(PortOf(script), 0) << script.output();
  const auto products = database.Open("products");
  EXPECT_EQ(products->Read(seam::Context(),
                           [](seam::sql::Session& session) {
                             return session.QueryOne(
                                 "SELECT count(*) FROM product", {},
                                 [](const seam::sql::Row& row) { return row.Int64(0); });
                           }),
            12);
  EXPECT_THAT(script.output(), HasSubstr("Bearer"));
  script.Signal(SIGINT);
  EXPECT_EQ(script.Wait(), 0) << script.output();

  // The database keeps its admin; a password that is made up anew is not this one's.
  std::filesystem::remove_all(folder_ / "run");
  Process& second =
      StartWith(BUILD_FOLDER, {"--port", "0", "--database", database.server().address()});
  ASSERT_NE(PortOf(second), 0) << second.output();
  EXPECT_THAT(second.output(),
              AllOf(HasSubstr("the admin cannot log in with the password in " + folder_.path()),
                    HasSubstr("Two things to try"), Not(HasSubstr("Bearer"))));
}

TEST_F(RunShop, PassesThePasswordsOn) {
  // Nobody is asked for one: a file that is missing is found before that.
  Process& script = StartWith(BUILD_FOLDER, {"--database", "postgresql://localhost/shop",
                                             "--password-folder", folder_ / "passwords"});
  EXPECT_EQ(script.Wait(), 1);
  EXPECT_THAT(script.output(), HasSubstr(folder_ / "passwords/shop_users"));
  Process& own = StartWith(BUILD_FOLDER, {"--database", "postgresql", "--password-folder", "x"});
  EXPECT_EQ(own.Wait(), 2);
  EXPECT_THAT(own.output(), HasSubstr("a password folder is for a server of your own"));
}

TEST_F(RunShop, SaysWhatADatabaseCanBe) {
  Process& script = StartWith(BUILD_FOLDER, {"--database", "oracle"});
  EXPECT_EQ(script.Wait(), 2);
  EXPECT_THAT(script.output(), HasSubstr("DATABASE must be sqlite, postgresql or an address"));
}

TEST_F(RunShop, EndsWhenProductsCannotStart) {
  std::filesystem::create_directories(folder_ / "run/products.sqlite");  // No database there.
  Process& script = Start("grpc");
  EXPECT_EQ(script.Wait(), 1);
  EXPECT_THAT(script.output(), HasSubstr("run-shop: products ended with code 1"));
}

TEST_F(RunShop, SaysWhichModuleKeepsTheShopFromBeingReady) {
  Process& script = StartWith(BuildWithIdle("extracted/orders/orders-service"),
                              {"--port", "0", "--orders", "grpc", "--patience", "3"});
  EXPECT_EQ(script.Wait(), 1);
  const std::string output = script.output();
  EXPECT_THAT(output, ContainsRegex("run-shop: not ready within 3 seconds: [a-z ]*orders;"));
  EXPECT_THAT(output.substr(output.find("The last lines of orders")),
              HasSubstr("  thinking it over"));
  EXPECT_THAT(output, HasSubstr("the shop is closed")) << "it was not stopped";
}

TEST_F(RunShop, SaysThatTheShopDoesNotListen) {
  Process& script = StartWith(BuildWithIdle("monolith/app/shop"), {"--patience", "1"});
  EXPECT_EQ(script.Wait(), 1);
  EXPECT_THAT(script.output(),
              AllOf(HasSubstr("run-shop: not ready within 1 seconds: shop;"),
                    HasSubstr("The last lines of shop"), HasSubstr("  thinking it over")));
}

TEST_F(RunShop, WhatItHasStartedEndsWithItHoweverItEnds) {
  Process& script = StartWith(BUILD_FOLDER, {"--port", "0", "--orders", "grpc"});
  const int port = PortOf(script);
  ASSERT_NE(port, 0) << script.output();
  script.Signal(SIGKILL);
  EXPECT_EQ(script.Wait(), 128 + SIGKILL);
  // Each says so at its very end.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (const auto& [log, end] : {std::pair("shop", "the shop is closed"), {"orders", "stopped"}}) {
    std::string said;
    while (said.find(end) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      std::ifstream file(folder_ / ("run/log/" + std::string(log) + ".log"));
      said.assign(std::istreambuf_iterator<char>(file), {});
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // Only how often to look.
    }
    EXPECT_THAT(said, HasSubstr(end));
  }
  EXPECT_FALSE(httplib::Client("127.0.0.1", port).Get("/products"));
}

TEST(Demo, SaysOnlyThatThereIsNoShop) {
  Process demo({DEMO_PROGRAM, "--port", "1"});  // Which nobody listens on.
  EXPECT_EQ(demo.Wait(), 1);
  EXPECT_EQ(demo.output(),
            "shop-demo: no shop answers on port 1; start it with `make run PORT=1`\n");
}

INSTANTIATE_TEST_SUITE_P(Bindings, RunShop,
                         ::testing::Values("in-process", "in-process-codec", "grpc"),
                         [](const auto& binding) {
                           std::string name = binding.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace shop::e2e
