// Mutual TLS between the programs, as one configures it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "seam/grpc/channel.h"
#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop/products/v1/products_contract.h"
#include "shop/products/v1/products_remote.h"
#include "shop_process.h"

namespace shop::e2e {
namespace {

using seam::testing::Process;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What the program says when it refuses to start.
std::string TlsRefusal(const std::vector<std::string>& command) {
  Process process(command);
  const auto code = process.Wait();
  EXPECT_EQ(code, 2) << process.output();
  return process.output();
}

std::vector<std::string> operator+(std::vector<std::string> one,
                                   const std::vector<std::string>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

TEST(Certificates, AreMadeOnceAndForTheirOwnerOnly) {
  const seam::testing::TemporaryFolder folder;
  const std::vector<std::string> make = {MAKE_CERTS_SCRIPT, "--directory", folder / "certs"};
  Process first(make);
  ASSERT_EQ(first.Wait(), 0) << first.output();
  EXPECT_THAT(first.output(), AllOf(HasSubstr("made a CA"),
                                    HasSubstr("for spiffe://shop.example/products, good until")));
  for (const auto& file : std::filesystem::directory_iterator(folder / "certs")) {
    EXPECT_EQ(file.status().permissions() &
                  (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
              std::filesystem::perms::none)
        << file.path();
  }
  Process second(make);
  ASSERT_EQ(second.Wait(), 0);
  EXPECT_THAT(second.output(), HasSubstr("nothing to do"));
  // In the last third of their time, or not of this key, they are made again.
  std::filesystem::copy_file(folder / "certs/users.pem", folder / "certs/orders.pem",
                             std::filesystem::copy_options::overwrite_existing);
  Process third(make);
  ASSERT_EQ(third.Wait(), 0);
  EXPECT_THAT(third.output(), AllOf(HasSubstr("made"), HasSubstr("orders.pem")));
  EXPECT_THAT(third.output(), Not(HasSubstr("products.pem")));
}

// What make-certs says about the folder, and whether it ends well.
std::string MakeCertificates(const std::string& folder, int code,
                             const std::vector<std::string>& flags = {}) {
  std::vector<std::string> command = {MAKE_CERTS_SCRIPT, "--directory", folder};
  command.insert(command.end(), flags.begin(), flags.end());
  Process process(std::move(command));
  EXPECT_EQ(process.Wait(), code) << process.output();
  return process.output();
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Certificates, OfTheCaBeforeStayGood) {
  const seam::testing::TemporaryFolder folder;
  const std::string certs = folder / "certs";
  MakeCertificates(certs, 0, {"--days", "3", "--ca-days", "4"});
  const std::string ca = ContentOf(certs + "/ca.pem");
  const std::string users = ContentOf(certs + "/users.pem");
  const auto before = std::filesystem::canonical(certs + "/users.pem");
  std::ofstream(folder / "old-ca.pem") << ca;
  std::filesystem::remove(certs + "/orders.pem");
  const std::string output = MakeCertificates(certs, 0, {"--days", "5"});
  EXPECT_THAT(output, AllOf(HasSubstr("made a CA"), HasSubstr("orders.pem"),
                            Not(HasSubstr("users.pem")), Not(HasSubstr("restart"))));
  EXPECT_EQ(ContentOf(certs + "/users.pem"), users) << "not everything changes at once";
  EXPECT_THAT(ContentOf(certs + "/ca.pem"), ::testing::EndsWith(ca));
  EXPECT_GT(ContentOf(certs + "/ca.pem").size(), ca.size());
  // Who was just reading the old ones still finds them, in one piece.
  EXPECT_TRUE(std::filesystem::exists(before));
  EXPECT_NE(std::filesystem::canonical(certs + "/users.pem"), before);
  Process verified({"/usr/bin/openssl", "verify", "-CAfile", certs + "/ca.pem",
                    certs + "/users.pem", certs + "/orders.pem"});
  EXPECT_EQ(verified.Wait(), 0) << verified.output();
  // Nobody who runs has read of the new CA yet.
  Process trusted(
      {"/usr/bin/openssl", "verify", "-CAfile", folder / "old-ca.pem", certs + "/orders.pem"});
  EXPECT_EQ(trusted.Wait(), 0) << trusted.output();
  const auto generation = std::filesystem::canonical(certs + "/users.pem").parent_path();
  EXPECT_FALSE(std::filesystem::exists(generation / "ca-before.key"));
  // An expired one would be left out; nothing else changes the file by itself.
  EXPECT_THAT(MakeCertificates(certs, 0, {"--days", "5"}), HasSubstr("nothing to do"));
  // The key of another pair is not used.
  std::filesystem::copy_file(certs + "/users.key", certs + "/ca.key",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(MakeCertificates(certs, 1), HasSubstr("ca.key is not the key of"));
}

TEST(Certificates, OfACaThatSoonExpiresAreMadeByTheNext) {
  const seam::testing::TemporaryFolder folder;
  const std::string certs = folder / "certs";
  EXPECT_THAT(MakeCertificates(certs, 0, {"--days", "1", "--ca-days", "2"}),
              Not(HasSubstr("restart")));
  EXPECT_THAT(MakeCertificates(certs, 0, {"--days", "30"}),
              AllOf(HasSubstr("users.pem"), HasSubstr("restart the programs that run")));
  EXPECT_THAT(MakeCertificates(certs, 0, {"--days", "30"}), HasSubstr("nothing to do"));
}

// Makes the CA's certificate be of that time, in days from now.
void RedateCa(const std::string& certs, int from, int until) {
  BIO* const file = BIO_new_file((certs + "/ca.pem").c_str(), "r");
  X509* const certificate = PEM_read_bio_X509(file, nullptr, nullptr, nullptr);
  BIO_free(file);
  BIO* const key_file = BIO_new_file((certs + "/ca.key").c_str(), "r");
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_file, nullptr, nullptr, nullptr);
  BIO_free(key_file);
  X509_time_adj_ex(X509_getm_notBefore(certificate), from, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate), until, 0, nullptr);
  EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  BIO* const redated = BIO_new_file((certs + "/ca.pem").c_str(), "w");
  EXPECT_EQ(PEM_write_bio_X509(redated, certificate), 1);
  BIO_free(redated);
  EVP_PKEY_free(key);
  X509_free(certificate);
}

// Programs warn of a CA that is in the last third of its time.
TEST(Certificates, ACaInTheLastThirdOfItsTimeHasASuccessor) {
  const seam::testing::TemporaryFolder folder;
  const std::string certs = folder / "certs";
  MakeCertificates(certs, 0);
  RedateCa(certs, -200, 110);
  EXPECT_THAT(MakeCertificates(certs, 0), HasSubstr("nothing to do"));
  RedateCa(certs, -200, 90);
  const std::string users = ContentOf(certs + "/users.pem");
  std::filesystem::remove(certs + "/orders.pem");
  EXPECT_THAT(MakeCertificates(certs, 0),
              AllOf(HasSubstr("made a CA"), HasSubstr("orders.pem"), Not(HasSubstr("restart"))));
  EXPECT_EQ(ContentOf(certs + "/users.pem"), users);
  // What the CA before certifies once more lasts no longer than usual.
  Process lasts({"/usr/bin/openssl", "x509", "-in", certs + "/orders.pem", "-noout", "-checkend",
                 std::to_string(31 * 86'400)});
  EXPECT_EQ(lasts.Wait(), 1) << lasts.output();
}

TEST(Certificates, AreKeptFromOthers) {
  const seam::testing::TemporaryFolder folder;
  const std::string certs = folder / "certs";
  std::filesystem::create_directory(certs);
  std::filesystem::permissions(certs, std::filesystem::perms(0750));
  EXPECT_THAT(MakeCertificates(certs, 1), HasSubstr("it has to be yours alone: chmod 700"));
  // As in a folder that gives its group to what is made in it, which chmod 700 does not end.
  std::filesystem::permissions(certs, std::filesystem::perms(02700));
  // A link that is there does not lead it astray.
  std::ofstream(folder / "precious") << "not to be emptied";
  for (const char* const file : {".lock", "users.key"}) {
    std::filesystem::create_symlink(folder / "precious", certs + "/" + file);
  }
  MakeCertificates(certs, 0, {"--domain", "shop-example"});
  EXPECT_EQ(ContentOf(folder / "precious"), "not to be emptied");
  // A name that only looks alike is another.
  EXPECT_THAT(MakeCertificates(certs, 0, {"--domain", "shop.example"}),
              HasSubstr("shop.example/users"));
}

TEST(TlsConfiguration, WhatCannotWorkStopsTheProgram) {
  const seam::testing::TemporaryFolder folder;
  const std::string certs = DevelopmentCertificates() + "/";
  const std::vector<std::string> products = {PRODUCTS_PROGRAM, "--modules.auth.target",
                                             "unix:/nowhere", "--data.directory", folder.path()};
  const std::vector<std::string> tls = {"--tls.certificate_file", certs + "products.pem",
                                        "--tls.key_file",         certs + "products.key",
                                        "--tls.ca_file",          certs + "ca.pem"};
  const std::vector<std::string> identity = {"--modules.auth.identity",
                                             "spiffe://shop.example/auth"};
  EXPECT_THAT(TlsRefusal(products + std::vector<std::string>{"--listen", "0.0.0.0:0"}),
              AllOf(HasSubstr("listen"), HasSubstr("configure TLS with tls.certificate_file")));
  EXPECT_THAT(TlsRefusal(products + tls),
              AllOf(HasSubstr("modules.auth.identity"), HasSubstr("say who has to answer")));
  EXPECT_THAT(TlsRefusal(products + identity), HasSubstr("the service cannot be known"));
  EXPECT_THAT(TlsRefusal(products + identity + std::vector<std::string>{tls[0], tls[1]}),
              AllOf(HasSubstr("tls.key_file"), HasSubstr("give all of them or none")));
  const std::vector<std::string> other_key = {"--tls.key_file", certs + "orders.key"};
  EXPECT_THAT(TlsRefusal(products + identity +
                         std::vector<std::string>{tls[0], tls[1], tls[4], tls[5]} + other_key),
              AllOf(HasSubstr("flag --tls.key_file: the key in"),
                    HasSubstr("does not fit to the certificate")));
  EXPECT_THAT(TlsRefusal(products + identity +
                         std::vector<std::string>{tls[0], tls[1], tls[2], tls[3], "--tls.ca_file",
                                                  folder / "missing"}),
              AllOf(HasSubstr("flag --tls.ca_file: the CA file"),
                    Not(HasSubstr("flag --tls.certificate_file"))));
  const std::vector<std::string> allow = {"--allow.stock", "spiffe://shop.example/orders"};
  EXPECT_THAT(TlsRefusal(products + allow), HasSubstr("nobody knows who calls"));
  EXPECT_THAT(
      TlsRefusal(products + tls + identity + std::vector<std::string>{"--allow.stock", "orders"}),
      HasSubstr("'orders' is no identity of a service"));
  EXPECT_THAT(
      TlsRefusal(products + tls + identity +
                 std::vector<std::string>{"--allow.stock", "spiffe://other.example/orders"}),
      HasSubstr("of another trust domain than this process, spiffe://shop.example/products"));
  EXPECT_THAT(
      TlsRefusal(products + tls + identity +
                 std::vector<std::string>{"--allow.stock",
                                          "spiffe://shop.example/orders, *, spiffe://b/orders"}),
      HasSubstr("'spiffe://b/orders' is of another trust domain than this process"));
  EXPECT_THAT(
      TlsRefusal({SHOP_PROGRAM, "--modules.listen", "0.0.0.0:0"}),
      AllOf(HasSubstr("modules.listen"), HasSubstr("configure TLS with tls.certificate_file")));
  Process checked(products + tls + identity + allow +
                  std::vector<std::string>{"--listen", "0.0.0.0:0", "--check-config"});
  EXPECT_EQ(checked.Wait(), 0) << checked.output();
}

// Else every log-in would fail, and every order, when somebody makes one.
TEST(TlsConfiguration, AShopIsOnTheListsOfTheModulesThatItCallsItself) {
  const std::string certs = DevelopmentCertificates() + "/";
  const std::vector<std::string> shop = {SHOP_PROGRAM,
                                         "--check-config",
                                         "--tls.certificate_file",
                                         certs + "shop.pem",
                                         "--tls.key_file",
                                         certs + "shop.key",
                                         "--tls.ca_file",
                                         certs + "ca.pem",
                                         "--modules.auth.identity",
                                         "spiffe://shop.example/auth"};
  const std::vector<std::string> stock = {"--modules.products.allow.stock",
                                          "spiffe://shop.example/shop"};
  const std::string accounts = "modules.users.allow.accounts: the module auth";
  EXPECT_THAT(TlsRefusal(shop),
              AllOf(HasSubstr(accounts),
                    HasSubstr("modules.products.allow.stock: the module orders, which is in this "
                              "process as well, may not call products; add the identity of this "
                              "process, spiffe://shop.example/shop")));
  EXPECT_THAT(TlsRefusal(shop + stock),
              AllOf(HasSubstr(accounts), Not(HasSubstr("allow.stock")),
                    HasSubstr("modules.inventory.allow.events: the module products"),
                    HasSubstr("modules.inventory.allow.events: the module orders")));
  const std::vector<std::string> events = {"--modules.inventory.allow.events",
                                           "spiffe://shop.example/shop"};
  for (const std::vector<std::string>& enough :
       {std::vector<std::string>{"--modules.users.allow.accounts", "*"},
        {"--modules.auth.binding", "grpc", "--modules.auth.target", "unix:/nowhere"}}) {
    Process checked(shop + stock + events + enough);
    EXPECT_EQ(checked.Wait(), 0) << checked.output();
  }
}

TEST(TlsShop, AServiceWithTheCertificateOfAnotherIsNotBelieved) {
  ShopProcess shop({{"products", "grpc"}}, {}, {}, Connections::kMutualTls);
  ASSERT_TRUE(shop.WaitUntilReady());
  seam::testing::Process& products = shop.service("products");
  products.Signal(SIGKILL);
  ASSERT_TRUE(products.Wait());
  for (const char* const kind : {".key", ".pem"}) {
    const std::string certs = shop.folder() / "certs/";
    std::filesystem::copy_file(certs + "users" + kind, certs + "products" + kind,
                               std::filesystem::copy_options::overwrite_existing);
  }
  shop.Start("products");
  ASSERT_TRUE(shop.service("products").WaitForLine("\"listening\"")) << shop.output();
  httplib::Client client("127.0.0.1", shop.port());
  // A connection that is refused by nobody yet was to the process that is gone.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (shop.shop().output().find("it should be of spiffe://shop.example/products") ==
             std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    const auto answer = client.Get("/products");
    ASSERT_TRUE(answer) << shop.output();
    EXPECT_EQ(answer->status, 503);
  }
  EXPECT_LT(std::chrono::steady_clock::now(), deadline) << shop.output();
}

TEST(TlsShop, StockIsForOrdersWhereverProductsIs) {
  for (const std::string program : {"products", "shop"}) {
    ShopProcess shop({{"products", program == "shop" ? "in-process" : "grpc"}, {"orders", "grpc"}},
                     {}, {}, Connections::kMutualTls);
    ASSERT_TRUE(shop.WaitUntilReady());
    const auto reserve_as = [&](const std::string& caller) {
      const std::string certs = shop.folder() / "certs/";
      auto channel =
          seam::OpenGrpcChannel(products::v1::kProductsService,
                                {.target = "unix:" + (shop.folder() / (program + ".sock")),
                                 .tls = seam::TlsOptions{certs + caller + ".pem",
                                                         certs + caller + ".key", certs + "ca.pem"},
                                 .service_identity = "spiffe://shop.example/" + program});
      products::v1::ProductsRemoteClient client(**channel);
      const auto context = seam::Context().WithTimeout(std::chrono::seconds(30));
      return client.ReserveStock(context, {}).error();
    };
    const seam::Error refused = reserve_as("users");
    EXPECT_EQ(refused.reason, "CALLER_NOT_ALLOWED");
    EXPECT_THAT(refused.message,
                HasSubstr(program == "shop" ? "the option modules.products.allow.stock of"
                                            : "the option allow.stock of"));
    EXPECT_EQ(reserve_as("orders").reason, "INVALID_FIELD");
  }
}

}  // namespace
}  // namespace shop::e2e
