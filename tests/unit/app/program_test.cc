// The program itself: started, asked and stopped from outside.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "app/configuration.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"

namespace shop::app {
namespace {

using seam::testing::Process;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgramTest : public ::testing::Test {
 protected:
  std::unique_ptr<Process> Start(const std::vector<std::string>& flags,
                                 const std::vector<std::string>& environment = {}) {
    std::vector<std::string> arguments = {SHOP_PROGRAM, "--data.directory", folder_.path()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(arguments, environment);
  }

  // The port of a shop that has just been started; 0 when it does not open.
  static int PortOf(Process& shop) {
    const auto line = shop.WaitForLine("the shop is open");
    if (!line) {
      ADD_FAILURE() << shop.output();
      return 0;
    }
    return nlohmann::json::parse(*line).value("port", 0);
  }

  const seam::testing::TemporaryFolder folder_;
};

TEST_F(ProgramTest, ServesUntilItIsAskedToStop) {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    const auto shop = Start({"--port", "0", "--data.samples"});
    httplib::Client client("127.0.0.1", PortOf(*shop));
    const auto ready = client.Get("/health/ready");
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->status, 200);
    const auto page = client.Get("/products?page_size=100");
    ASSERT_TRUE(page);
    EXPECT_EQ(nlohmann::json::parse(page->body)["products"].size(), 12U);
    shop->Signal(signal_number);
    EXPECT_EQ(shop->Wait(), 0) << shop->output();
    EXPECT_THAT(shop->output(), HasSubstr("the shop is closed"));
  }
}

TEST_F(ProgramTest, SaysThatThePortIsTaken) {
  const auto first = Start({"--port", "0"});
  const std::string port = std::to_string(PortOf(*first));
  const std::string other = folder_ / "other";
  Process fresh({SHOP_PROGRAM, "--port", port, "--data.directory", other});
  EXPECT_EQ(fresh.Wait(), 1);
  EXPECT_THAT(fresh.output(), HasSubstr("The first admin is")) << "or nobody would ever know it";
  const auto second = Start({"--port", port});
  EXPECT_EQ(second->Wait(), 1);
  EXPECT_THAT(second->output(),
              HasSubstr("cannot listen on 127.0.0.1:" + port +
                        ": another program has the port; stop it or choose another port"));
}

TEST_F(ProgramTest, SaysWhatIsWrongWithItsConfiguration) {
  const auto shop = Start({"--modules.products.bindng=grpc"}, {"SHOP_HTTP_PORT=x"});
  EXPECT_EQ(shop->Wait(), 2);
  EXPECT_EQ(shop->output(),
            "shop: unknown flag --modules.products.bindng; did you mean "
            "\"--modules.products.binding\"?\n"
            "shop: environment SHOP_HTTP_PORT: expected an integer from 0 to 65535, got \"x\"\n");
}

TEST_F(ProgramTest, TellsItsPortInAFile) {
  const std::string file = folder_ / "port";
  const auto shop = Start({"--port", "0", "--http.port_file", file});
  const int port = PortOf(*shop);
  std::string told;
  std::getline(std::ifstream(file), told);
  EXPECT_EQ(told, std::to_string(port));
}

TEST_F(ProgramTest, SaysThatItsPortFileCannotBeWritten) {
  const std::string file = folder_ / "no-folder/port";
  const auto shop = Start({"--port", "0", "--http.port_file", file});
  EXPECT_EQ(shop->Wait(), 1);
  EXPECT_THAT(shop->output(), HasSubstr(file));
}

TEST_F(ProgramTest, RecordsTheCallsOfARun) {
  const std::string file = folder_ / "calls.txt";
  const auto shop = Start({"--port", "0", "--data.samples", "--record-calls", file,
                           "--modules.users.binding=in-process-codec"});
  httplib::Client client("127.0.0.1", PortOf(*shop));
  ASSERT_TRUE(client.Get("/health/ready"));
  ASSERT_TRUE(client.Get("/products"));
  ASSERT_TRUE(client.Get("/products?page_size=3"));
  ASSERT_TRUE(client.Post("/auth/login",
                          R"({"email":"no@shop.example","password":"whatever it is"})",
                          "application/json"));
  shop->Signal(SIGTERM);
  EXPECT_EQ(shop->Wait(), 0) << shop->output();
  std::ostringstream record;
  record << std::ifstream(file).rdbuf();
  for (const char* const line :
       {R"(seam_calls_total{module="products",method="ListProducts"} 3)",
        R"(seam_calls_total{module="auth",method="Login"} 1)",
        R"(seam_calls_total{from="auth",module="users",method="FindUserByEmail"} 1)",
        "\nhttp_requests_total 4\n"}) {
    EXPECT_THAT(record.str(), HasSubstr(line));
  }
  EXPECT_THAT(record.str(), Not(HasSubstr("CreateProduct"))) << "the samples are no request";
}

TEST_F(ProgramTest, SaysThatItsCallsCannotBeRecorded) {
  const std::string file = folder_ / "no-folder/calls.txt";
  const auto shop = Start({"--port", "0", "--record-calls", file});
  EXPECT_EQ(shop->Wait(), 1);
  EXPECT_THAT(shop->output(), HasSubstr(file));
}

TEST_F(ProgramTest, SaysThatItsDataCannotBeOpened) {
  const std::string no_folder = folder_ / "a-file";
  std::ofstream(no_folder) << "";
  Process shop({SHOP_PROGRAM, "--port", "0", "--data.directory", no_folder});
  EXPECT_EQ(shop.Wait(), 1);
  EXPECT_THAT(shop.output(), HasSubstr(no_folder + "/users.sqlite"));
}

TEST_F(ProgramTest, MakesItsDataDirectory) {
  const std::string data = folder_ / "new/data";
  Process shop({SHOP_PROGRAM, "--port", "0", "--data.directory", data});
  EXPECT_NE(PortOf(shop), 0);
  struct stat status{};
  EXPECT_EQ(::stat((data + "/products.sqlite").c_str(), &status), 0);
}

TEST_F(ProgramTest, BoundToGrpcItOpensNoModuleAndAnswers503) {
  const auto shop =
      Start({"--port", "0", "--modules.products.binding=grpc", "--modules.products.target",
             "unix:" + (folder_ / "nobody.sock"), "--modules.products.deadline_ms=100"});
  httplib::Client client("127.0.0.1", PortOf(*shop));
  const auto live = client.Get("/health/live");
  ASSERT_TRUE(live);
  EXPECT_EQ(live->status, 200);
  const auto ready = client.Get("/health/ready");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 503);
  const auto page = client.Get("/products");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 503);
  EXPECT_EQ(page->get_header_value("Retry-After"), "1");
  EXPECT_THAT(page->body, Not(HasSubstr("nobody.sock")));
  struct stat status{};
  EXPECT_NE(::stat((folder_ / "products.sqlite").c_str(), &status), 0) << "the module was opened";
}

// Whoever adds a module adds it to the configuration; the rest is found missing here.
TEST_F(ProgramTest, EveryModuleIsAskedWhetherItIsReadyAndStandsInTheLog) {
  std::vector<std::string> flags = {"--port", "0"};
  std::vector<std::string> modules;
  ForEachModule(ModulesConfiguration(), [&](const std::string& name, const auto&) {
    const std::string flag = "--modules." + name + ".";
    flags.insert(flags.end(), {flag + "binding=grpc", flag + "deadline_ms=100", flag + "target",
                               "unix:" + (folder_ / "nobody.sock")});
    modules.push_back(name);
  });
  const auto shop = Start(flags);
  httplib::Client client("127.0.0.1", PortOf(*shop));
  const auto ready = client.Get("/health/ready");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 503);
  std::string all;
  for (const std::string& module : modules) {
    all += (all.empty() ? "" : ", ") + module;
    EXPECT_THAT(shop->output(), HasSubstr("\"" + module + "\":\"grpc\""));
  }
  EXPECT_EQ(nlohmann::json::parse(ready->body)["detail"], "not ready: " + all);
}

TEST_F(ProgramTest, ShowsThePasswordOfTheFirstAdminOnceAndKeepsItOutOfTheLog) {
  std::string password;
  {
    const auto shop = Start({"--port", "0"});
    const auto line = shop->WaitForLine("The first admin is admin@shop.example");
    ASSERT_TRUE(line) << shop->output();
    std::smatch found;
    ASSERT_TRUE(std::regex_search(*line, found, std::regex("the password ([^ ,]+),"))) << *line;
    password = found[1];
    httplib::Client client("127.0.0.1", PortOf(*shop));
    const nlohmann::json credentials = {{"email", "admin@shop.example"}, {"password", password}};
    const auto login = client.Post("/auth/login", credentials.dump(), "application/json");
    ASSERT_TRUE(login);
    EXPECT_EQ(login->status, 200) << login->body;
    shop->Signal(SIGTERM);
    EXPECT_EQ(shop->Wait(), 0);
    std::string rest = shop->output();
    rest.replace(rest.find(password), password.size(), "");
    EXPECT_THAT(rest, Not(HasSubstr(password)));
  }
  const auto again = Start({"--port", "0"});
  EXPECT_NE(PortOf(*again), 0);
  EXPECT_THAT(again->output(), Not(HasSubstr("The first admin")));
}

TEST_F(ProgramTest, KeepsItsSecretsToItself) {
  const std::string file = folder_ / "secret-file";
  std::ofstream(file) << "hunter2-hunter2-hunter2";
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  const auto shop = Start({"--port", "0", "--log.level=debug", "--auth.admin_password_file", file});
  httplib::Client client("127.0.0.1", PortOf(*shop));
  const auto login = client.Post(
      "/auth/login", R"({"email":"admin@shop.example","password":"hunter2-hunter2-hunter2"})",
      "application/json");
  ASSERT_TRUE(login);
  ASSERT_EQ(login->status, 200) << login->body;
  const std::string token = nlohmann::json::parse(login->body).value("access_token", "");
  const auto created = client.Post("/products", {{"Authorization", "Bearer " + token}},
                                   R"({"name":"Cup","price":{"amount_minor":1,"currency":"EUR"}})",
                                   "application/json");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->status, 201) << created->body;
  shop->Signal(SIGTERM);
  EXPECT_EQ(shop->Wait(), 0);
  EXPECT_THAT(shop->output(), HasSubstr("\"route\":\"/products\""));
  EXPECT_THAT(shop->output(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(shop->output(), Not(HasSubstr(token)));

  Process print({SHOP_PROGRAM, "--print-config", "--auth.admin_password_file", file});
  EXPECT_EQ(print.Wait(), 0);
  EXPECT_THAT(print.output(), HasSubstr("auth.admin_password_file = (set)"));
  EXPECT_THAT(print.output(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(print.output(), Not(HasSubstr("secret-file")));
}

}  // namespace
}  // namespace shop::app
