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
#include "seam/observe/log.h"
#include "shop/products/v1/products_mock.h"

namespace shop::http {

inline constexpr std::string_view kToken = "correct-horse-battery-staple";
inline constexpr std::string_view kId = "01900000-0000-7000-8000-000000000001";

using Headers = std::vector<std::pair<std::string, std::string>>;

// The whole HTTP face on a socket of its own, over a mock of products. However a test treats the
// server, at its end another client must be answered.
class HttpFixture : public ::testing::Test {
 protected:
  HttpFixture();
  ~HttpFixture() override;  // Out of line like the constructor: the mock is costly to compile.

  void SetUp() override { Listen({}); }
  void TearDown() override;

  // Replaces the server by one with these options.
  void Listen(const ServerOptions& options);

  [[nodiscard]] int port() const { return server_->port(); }

  static std::string RequestText(std::string_view method, std::string_view target,
                                 const Headers& headers = {}, std::string_view body = "");

  // Sends one request over a connection of its own.
  Reply Send(std::string_view method, std::string_view target, const Headers& headers = {},
             std::string_view body = "");

  // The same, as the administrator and with a JSON body.
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

  ::testing::StrictMock<products::v1::MockProductsClient> products_;

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  seam::Log log_;
  std::unique_ptr<Face> face_;

 protected:
  std::unique_ptr<Server> server_;
};

}  // namespace shop::http

#endif  // TESTS_UNIT_HTTP_HTTP_FIXTURE_H_
