#ifndef TESTS_UNIT_INVENTORY_INVENTORY_FIXTURE_H_
#define TESTS_UNIT_INVENTORY_INVENTORY_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "inventory/module.h"
#include "inventory/parts.h"
#include "inventory/rebuild.h"
#include "inventory/repository.h"
#include "inventory/schema.h"
#include "inventory/service.h"
#include "postgresql/module_databases.h"
#include "seam/core/page_token.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "seam/sql/open.h"
#include "seam/testing/test_tokens.h"
#include "shop/products/v1/products_in_process.h"

namespace shop::inventory {

using seam::Code;
using seam::Context;
using seam::Result;
using seam::sql::Session;

// The error of a failed call, as "CODE REASON", with " field=…" when a field is named; "OK" when
// the call succeeded.
template <class T>
std::string Outcome(const Result<T>& result) {
  if (result) return "OK";
  const seam::Error& error = result.error();
  std::string text = std::string(seam::CodeName(error.code)) + " " + error.reason;
  if (const auto field = error.metadata.find("field"); field != error.metadata.end()) {
    text += " field=" + field->second;
  }
  return text;
}

inline const std::string kCup = "01900000-0000-7000-8000-000000000001";
inline const std::string kJug = "01900000-0000-7000-8000-000000000002";
inline const std::string kPot = "01900000-0000-7000-8000-000000000003";

// Products, as far as a rebuild asks for them. Thread-safe.
class Catalogue final : public products::v1::ProductsHandler {
 public:
  Result<products::v1::ListProductsResponse> ListProducts(
      const Context& /*context*/, const products::v1::ListProductsRequest& request) override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    if (fails_after_ == 0) return seam::Fail(Code::kInternal, "BROKEN", "the catalogue is broken");
    if (fails_after_ > 0) --fails_after_;
    products::v1::ListProductsResponse response;
    const std::string after = seam::ParsePageToken(request.page_token).value_or("");
    for (auto it = products_.upper_bound(after); it != products_.end(); ++it) {
      if (std::cmp_equal(response.products.size(), request.page_size)) {
        response.next_page_token = seam::MakePageToken(response.products.back().id);
        break;
      }
      response.products.push_back(it->second);
    }
    return response;
  }

  void Put(const std::string& id, const std::string& name, std::int64_t stock,
           std::int64_t version) {
    const std::lock_guard lock(mutex_);
    products::v1::Product& product = products_[id];
    product.id = id;
    product.name = name;
    product.stock = stock;
    product.version = version;
  }
  void Remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    products_.erase(id);
  }
  // Every call fails after so many more; -1: none.
  void FailAfter(int calls) {
    const std::lock_guard lock(mutex_);
    fails_after_ = calls;
  }
  [[nodiscard]] int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, products::v1::Product> products_;
  int fails_after_ = -1;
  int asked_ = 0;
};

// The module's parts on a database of its own, over a catalogue, with a clock that the test sets.
class InventoryFixture : public testing::Test {
 protected:
  InventoryFixture() : database_(databases_.Open("inventory")) {
    MigrateInventory(context_, *database_);
  }

  [[nodiscard]] InventoryOptions Options() {
    return {.database = databases_.Of("inventory"),
            .durable = false,
            .rebuild_interval = std::chrono::milliseconds(0),
            .rebuild_page = 2,
            .clock = [this] {
              if (real_clock_) return std::chrono::system_clock::now();
              return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_.load()));
            }};
  }

  // As another process would have them.
  [[nodiscard]] std::shared_ptr<Parts> PartsWith(const InventoryOptions& options) {
    auto database = seam::sql::OpenDatabase(
        options.database, {.durable = false, .isolation = seam::sql::Isolation::kReadCommitted});
    return std::make_shared<Parts>(options, std::move(database), verifier_, log_);
  }

  // Does a rebuild, if one is due.
  Rebuild::Outcome RunRebuild(const std::function<void()>& after_page = {}) {
    InventoryOptions options = Options();
    options.after_page = after_page;
    const auto parts = PartsWith(options);
    return Rebuild(*parts, products_).Run(context_);
  }

  // What events do.
  void Learn(const std::string& id, const std::string& name, std::int64_t available,
             std::int64_t version) {
    database_->Write(context_, [&](Session& session) {
      repository::Learn(
          session, {.product_id = id, .name = name, .available = available, .version = version},
          now_);
    });
  }
  void LearnDeleted(const std::string& id, std::int64_t version) {
    database_->Write(
        context_, [&](Session& session) { repository::LearnDeleted(session, id, version, now_); });
  }

  void WantRebuild() {
    database_->Write(context_, [](Session& session) { repository::WantRebuild(session); });
  }
  [[nodiscard]] bool IsDue() {
    return database_->Read(context_,
                           [](Session& session) { return repository::FindRebuild(session).due; });
  }

  // "Cup 10 v3"; "-" when it is not known.
  [[nodiscard]] std::string Known(const std::string& id) {
    const auto stock = database_->Read(
        context_, [&](Session& session) { return repository::FindStock(session, id); });
    if (!stock) return "-";
    return stock->name + " " + std::to_string(stock->available) + " v" +
           std::to_string(stock->version);
  }

  const seam::testing::TestTokens tokens_;
  const seam::TokenVerifier verifier_{tokens_.Source(), {}};
  const Context context_;  // Nobody's.
  const Context admin_ = tokens_.As(seam::NewUuidV7(), {"admin"});
  std::atomic<std::int64_t> now_ = 1'700'000'000'123;
  bool real_clock_ = false;  // Instead of now_; to be set before anything is opened.
  seam::Log log_{{.sink = [](std::string_view) {}}};
  const seam::testing::ModuleDatabases databases_;
  const std::unique_ptr<seam::sql::Database> database_;
  Catalogue catalogue_;
  products::v1::ProductsInProcessClient products_{catalogue_, {}};
};

}  // namespace shop::inventory

#endif  // TESTS_UNIT_INVENTORY_INVENTORY_FIXTURE_H_
