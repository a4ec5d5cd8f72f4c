#ifndef TESTS_UNIT_HTTP_HTTP_FIXTURE_H_
#define TESTS_UNIT_HTTP_HTTP_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/face.h"
#include "http/server.h"
#include "raw_client.h"
#include "seam/identity/token_verifier.h"
#include "seam/observe/log.h"
#include "seam/observe/peer_contracts.h"
#include "seam/testing/test_tokens.h"
#include "shop/auth/v1/auth_mock.h"
#include "shop/inventory/v1/inventory_mock.h"
#include "shop/orders/v1/orders_mock.h"
#include "shop/products/v1/products_mock.h"
#include "shop/users/v1/users_mock.h"

namespace shop::http {

inline constexpr std::string_view kId = "01900000-0000-7000-8000-000000000001";
inline constexpr std::string_view kAccount = "01900000-0000-7000-8000-0000000000aa";

using Headers = std::vector<std::pair<std::string, std::string>>;

// The whole HTTP face on a socket of its own, over mocks of the modules. However a test treats the
// server, at its end another client must be answered.
class HttpFixture : public ::testing::Test {
 protected:
  HttpFixture();
  ~HttpFixture() override;  // Out of line like the constructor: mocks are costly to compile.

  void SetUp() override { Listen({}); }
  void TearDown() override;

  // Replaces the server by one with these options.
  void Listen(const ServerOptions& options);

  [[nodiscard]] int port() const { return server_->port(); }

  static std::string RequestText(std::string_view method, std::string_view target,
                                 const Headers& headers = {}, std::string_view body = "");

  // Sends one request over a connection of its own. An answer that openapi.json does not describe
  // fails the test.
  Reply Send(std::string_view method, std::string_view target, const Headers& headers = {},
             std::string_view body = "");

  // The same, with a token of the shop and a JSON body: as kAccount, who is a customer, or as an
  // admin.
  Reply SendAsCustomer(std::string_view method, std::string_view target, std::string_view body = "",
                       Headers headers = {});
  Reply SendAsAdmin(std::string_view method, std::string_view target, std::string_view body = "",
                    Headers headers = {});

  std::vector<nlohmann::json> Lines();
  std::string LogText();
  void ForgetLines();

  // A refusal: problem details whose status, media type and trace fit the response they are in.
  static nlohmann::json ProblemOf(const Reply& reply);

  static void ExpectRefused(const Reply& reply, int status, std::string_view code);

  // Refused with 400 for exactly this field.
  static void ExpectBadField(const Reply& reply, std::string_view field, std::string_view detail);

  // A token of kAccount.
  [[nodiscard]] std::string Token(const std::vector<std::string>& roles) const;

  // The route of a request; null when there is none.
  [[nodiscard]] const Route* RouteOf(std::string_view method, std::string_view target) const;

  ::testing::StrictMock<auth::v1::MockAuthClient> auth_;
  ::testing::StrictMock<users::v1::MockUsersClient> users_;
  ::testing::StrictMock<products::v1::MockProductsClient> products_;
  ::testing::StrictMock<inventory::v1::MockInventoryClient> inventory_;
  ::testing::StrictMock<orders::v1::MockOrdersClient> orders_;

  // Changes what the verifier of the face trusts: the key of tokens_, at first. It asks when it
  // sees the first token, and is to be told before that.
  void Trust(seam::Result<seam::TrustedKeys> trusted);

  // Makes known how the contract of a module's service stands to this side's.
  void TellContract(const std::string& module, const seam::PeerContract& peer);

  const seam::testing::TestTokens tokens_;
  const std::string customer_token_;
  const std::string admin_token_;

  // Whether Send compares the answers with openapi.json.
  bool checks_answers_ = true;

 private:
  std::mutex mutex_;
  seam::Result<seam::TrustedKeys> trusted_;
  std::vector<std::string> lines_;
  seam::Log log_;
  seam::PeerContracts peers_{log_};
  const seam::KeySource keys_;
  const seam::TokenVerifier verifier_;
  const Router router_;
  const nlohmann::json document_;
  std::unique_ptr<Face> face_;

 protected:
  std::unique_ptr<Server> server_;
};

}  // namespace shop::http

#endif  // TESTS_UNIT_HTTP_HTTP_FIXTURE_H_
