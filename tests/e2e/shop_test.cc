// From outside: real programs, HTTP, and the flip by flag.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using nlohmann::json;
using seam::testing::Process;
using seam::testing::TemporaryFolder;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

class Http {
 public:
  explicit Http(const ShopProcess& shop)
      : client_("127.0.0.1", shop.port()), token_(shop.admin_token()) {
    client_.set_tcp_nodelay(true);
    client_.set_keep_alive(true);
    client_.set_read_timeout(20);
  }

  httplib::Result Get(const std::string& path) { return client_.Get(path); }
  httplib::Result Post(const std::string& path, const json& body) {
    return client_.Post(path, Admin(), body.dump(), "application/json");
  }
  httplib::Result Put(const std::string& path, const json& body) {
    return client_.Put(path, Admin(), body.dump(), "application/json");
  }
  httplib::Result Delete(const std::string& path) { return client_.Delete(path, Admin()); }
  httplib::Result PostWithoutToken(const std::string& path, const json& body) {
    return client_.Post(path, body.dump(), "application/json");
  }
  httplib::Client& client() { return client_; }

 private:
  [[nodiscard]] httplib::Headers Admin() const { return {{"Authorization", "Bearer " + token_}}; }

  httplib::Client client_;
  const std::string token_;
};

json TeaTowel() {
  return {{"name", "Tea towel"},
          {"description", "Linen"},
          {"price", {{"amount_minor", 850}, {"currency", "EUR"}}},
          {"stock", 12}};
}

// What differs between two runs by nature: ids, what is made of them, times and traces.
std::string Normalised(std::string text) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
  static const std::regex token("\"next_page_token\":\"[^\"]+\"");  // Made of an id.
  static const std::regex trace("\"trace_id\":\"[0-9a-f]{32}\"");
  text = std::regex_replace(text, uuid, "<id>");
  text = std::regex_replace(text, time, "<time>");
  text = std::regex_replace(text, token, "\"next_page_token\":\"<token>\"");
  return std::regex_replace(text, trace, "\"trace_id\":\"<trace>\"");
}

class Journey {
 public:
  explicit Journey(ShopProcess& shop) : http_(shop) {}

  // Every answer of a walk through the catalogue, refusals included.
  std::vector<std::string> Walk() {
    Note("list nothing", http_.Get("/products"));
    const std::string id = Note("create", http_.Post("/products", TeaTowel())).at("id");
    Note("get", http_.Get("/products/" + id));
    json changed = TeaTowel();
    changed["version"] = 1;
    changed["name"] = "Tea towel, blue";
    Note("update", http_.Put("/products/" + id, changed));
    Note("stale update", http_.Put("/products/" + id, changed));
    Note("get updated", http_.Get("/products/" + id));
    for (int i = 0; i < 4; ++i) Note("create more", http_.Post("/products", TeaTowel()));
    const json page = Note("first page", http_.Get("/products?page_size=3"));
    Note("last page", http_.Get("/products?page_size=3&page_token=" +
                                page.at("next_page_token").get<std::string>()));
    Note("bad page token", http_.Get("/products?page_token=made-up"));
    Note("bad page size", http_.Get("/products?page_size=101"));
    Note("unknown", http_.Get("/products/01900000-0000-7000-8000-00000000ffff"));
    Note("bad id", http_.Get("/products/7"));
    Note("no token", http_.PostWithoutToken("/products", TeaTowel()));
    json bad = TeaTowel();
    bad["price"]["currency"] = "euro";
    Note("bad currency", http_.Post("/products", bad));
    Note("no such route", http_.Get("/nothing"));
    Note("delete", http_.Delete("/products/" + id));
    Note("delete again", http_.Delete("/products/" + id));
    Note("get deleted", http_.Get("/products/" + id));
    return std::move(answers_);
  }

 private:
  json Note(const std::string& step, const httplib::Result& answer) {
    if (!answer) {
      ADD_FAILURE() << step << ": " << httplib::to_string(answer.error());
      return {};
    }
    answers_.push_back(step + ": " + std::to_string(answer->status) + " " +
                       answer->get_header_value("Content-Type") + " etag=" +
                       answer->get_header_value("ETag") + " " + Normalised(answer->body));
    return answer->body.empty() ? json() : json::parse(answer->body);
  }

  Http http_;
  std::vector<std::string> answers_;
};

TEST(Shop, AnswersTheSameWhicheverWayProductsIsBound) {
  std::vector<std::string> first;
  for (const char* binding : {"in-process", "in-process-codec", "grpc"}) {
    ShopProcess shop(binding);
    ASSERT_TRUE(shop.WaitUntilReady());
    const auto answers = Journey(shop).Walk();
    if (first.empty()) {
      first = answers;
      EXPECT_THAT(first[0], HasSubstr("200 application/json"));
      EXPECT_THAT(first[1], HasSubstr("201 application/json"));
    }
    ASSERT_EQ(answers.size(), first.size()) << binding;
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], first[i]) << binding;
  }
}

TEST(Shop, BoundToGrpcDoesNotEvenConstructTheLocalModule) {
  ShopProcess shop("grpc");
  ASSERT_TRUE(shop.WaitUntilReady());
  ASSERT_EQ(Http(shop).Post("/products", TeaTowel())->status, 201);
  std::vector<std::string> files;
  if (std::filesystem::exists(shop.folder() / "shop")) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(shop.folder() / "shop")) {
      files.push_back(file.path());
    }
  }
  EXPECT_THAT(files, ::testing::IsEmpty()) << "the shop's process opened a database";
}

TEST(Shop, ProductsKilledUnderLoadIs503ForProductsOnlyAndRecoversByItself) {
  ShopProcess shop("grpc");
  ASSERT_TRUE(shop.WaitUntilReady());
  std::atomic<bool> stop = false;
  std::atomic<int> served = 0;
  std::atomic<int> unavailable = 0;
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::vector<std::string> surprises;
  std::vector<std::thread> buyers;
  for (int buyer = 0; buyer < 4; ++buyer) {
    buyers.emplace_back([&] {
      Http http(shop);
      while (!stop) {
        const auto answer = http.Post("/products", TeaTowel());
        std::string surprise;
        if (!answer) {
          surprise = httplib::to_string(answer.error());
        } else if (answer->status == 201) {
          ++served;
          const std::lock_guard lock(mutex);
          acknowledged.insert(json::parse(answer->body).at("id"));
        } else if (answer->status == 503) {
          ++unavailable;
          if (answer->get_header_value("Retry-After").empty() ||
              answer->get_header_value("Content-Type") != "application/problem+json") {
            surprise = "a 503 without Retry-After or problem: " + answer->body;
          }
        } else {
          surprise = std::to_string(answer->status) + " " + answer->body;
        }
        if (!surprise.empty()) {
          const std::lock_guard lock(mutex);
          surprises.push_back(surprise);
        }
      }
    });
  }
  const auto eventually = [](const std::atomic<int>& counter, int more,
                             std::chrono::seconds patience = std::chrono::seconds(30)) {
    const int wanted = counter + more;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (counter < wanted) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // Only how often to look.
    }
    return true;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(eventually(served, 20)) << "round " << round;
    shop.products().Signal(SIGKILL);
    EXPECT_EQ(shop.products().Wait(), 128 + SIGKILL);
    EXPECT_TRUE(eventually(unavailable, 20)) << "round " << round;
    Http other(shop);
    const auto live = other.Get("/health/live");
    ASSERT_TRUE(live);
    EXPECT_EQ(live->status, 200) << "only products is unavailable";
    const auto ready = other.Get("/health/ready");
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->status, 503);
    shop.StartProducts();
    // Before gRPC's own backup poller, which looks every five seconds, would find it.
    EXPECT_TRUE(eventually(served, 1, std::chrono::seconds(4)))
        << "found too late, round " << round;
  }
  EXPECT_TRUE(eventually(served, 20)) << "the shop did not find products again";
  stop = true;
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_THAT(surprises, ::testing::IsEmpty());

  Http http(shop);
  for (const std::string& id : acknowledged) {
    ASSERT_EQ(http.Get("/products/" + id)->status, 200) << "an acknowledged product was lost";
  }
}

// A POST of which only the head was sent: the shop is handling it and waits for the body.
class HalfSentRequest {
 public:
  HalfSentRequest(int port, const std::string& admin_token) : body_(TeaTowel().dump()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    Send("POST /products HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " + admin_token +
         "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
         std::to_string(body_.size()) + "\r\n\r\n");
    // The interim answer says that the request is being handled.
    EXPECT_THAT(Receive(), HasSubstr("100 Continue"));
  }
  HalfSentRequest(const HalfSentRequest&) = delete;
  HalfSentRequest& operator=(const HalfSentRequest&) = delete;
  ~HalfSentRequest() { close(fd_); }

  // Sends the rest and returns the answer.
  std::string Finish() {
    Send(body_);
    std::string answer;
    for (std::string more = Receive(); !more.empty(); more = Receive()) answer += more;
    return answer;
  }

 private:
  void Send(const std::string& text) const {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  [[nodiscard]] std::string Receive() const {
    std::string text(4096, '\0');
    const ssize_t count = recv(fd_, text.data(), text.size(), 0);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

  const std::string body_;
  const int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST(Shop, SigtermFinishesTheRequestInFlight) {
  for (const char* binding : {"in-process", "grpc"}) {
    ShopProcess shop(binding);
    ASSERT_TRUE(shop.WaitUntilReady());
    HalfSentRequest request(shop.port(), shop.admin_token());
    shop.shop().Signal(SIGTERM);
    ASSERT_TRUE(shop.shop().WaitForLine("stopping")) << shop.shop().output();
    EXPECT_THAT(request.Finish(), HasSubstr("201 Created"));
    EXPECT_EQ(shop.shop().Wait(), 0) << shop.shop().output();
    if (std::string(binding) == "grpc") {
      shop.products().Signal(SIGTERM);
      EXPECT_EQ(shop.products().Wait(), 0) << shop.products().output();
    }
  }
}

TEST(Shop, ASecondSignalEndsItAtOnce) {
  ShopProcess shop("in-process");
  ASSERT_TRUE(shop.WaitUntilReady());
  const HalfSentRequest request(shop.port(), shop.admin_token());
  shop.shop().Signal(SIGTERM);
  ASSERT_TRUE(shop.shop().WaitForLine("stopping")) << shop.shop().output();
  std::optional<int> code;
  while (!code) {
    shop.shop().Signal(SIGTERM);
    code = shop.shop().Wait(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(code, 128 + SIGTERM) << shop.shop().output();
}

TEST(Shop, ATakenPortIsSaidClearly) {
  ShopProcess shop("in-process");
  ASSERT_TRUE(shop.WaitUntilReady());
  Process second({SHOP_PROGRAM, "--http.port", std::to_string(shop.port()), "--data.directory",
                  shop.folder() / "other"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr(std::to_string(shop.port())));
  EXPECT_THAT(second.output(), HasSubstr("another program has the port"));
}

// ---- Configuration: one choice, four places, one order ----

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

// ---- What `make run` starts ----

class RunShop : public ::testing::TestWithParam<const char*> {
 protected:
  // However a test ends, the script gets to stop what it has started.
  ~RunShop() override {
    for (const auto& script : scripts_) {
      script->Signal(SIGTERM);
      EXPECT_TRUE(script->Wait()) << script->output();
    }
  }

  Process& Start(const std::string& products, int port = 0) {
    scripts_.push_back(std::make_unique<Process>(std::vector<std::string>{
        RUN_SHOP_SCRIPT, "--build", BUILD_FOLDER, "--port", std::to_string(port), "--products",
        products, "--data", folder_ / "run"}));
    return *scripts_.back();
  }

  // The port that a script says that its shop is open on; 0 when it does not open.
  static int PortOf(Process& script) {
    EXPECT_TRUE(script.WaitForLine("Ctrl-C stops everything")) << script.output();
    const std::string text = script.output();
    std::smatch port;
    const std::regex open("The shop is open on http://127.0.0.1:([0-9]+)");
    return std::regex_search(text, port, open) ? std::stoi(port[1]) : 0;
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

  struct stat token{};
  ASSERT_EQ(stat((folder_ / "run/admin-token").c_str(), &token), 0);
  EXPECT_EQ(token.st_mode & 0777, 0600U);
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
  Process& second = Start("in-process", port);
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("another program has the port"));
  EXPECT_THAT(second.output(), Not(HasSubstr("The shop is open")));
}

TEST_F(RunShop, EndsWhenProductsCannotStart) {
  std::filesystem::create_directories(folder_ / "run/products.sqlite");  // No database there.
  Process& script = Start("grpc");
  EXPECT_EQ(script.Wait(), 1);
  EXPECT_THAT(script.output(), HasSubstr("run-shop: products ended with code 1"));
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
