#include <string>
#include <vector>

#include "products_fixture.h"
#include "seam/core/trace.h"
#include "shop/products/v1/product_events_subscriber.h"
#include "unit/published.h"

namespace shop::products {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Writes down what it is told.
class Listener final : public v1::ProductEventsSubscriber {
 public:
  Result<void> OnProductUpdated(const Context& /*context*/, const seam::events::Event& event,
                                const v1::ProductUpdated& message) override {
    EXPECT_EQ(event.entity, message.product_id);
    EXPECT_EQ(message.price->currency, "EUR");
    lines.push_back("updated " + message.name + " v" + std::to_string(message.version) + " stock " +
                    std::to_string(message.stock));
    return {};
  }
  Result<void> OnProductDeleted(const Context& /*context*/, const seam::events::Event& event,
                                const v1::ProductDeleted& message) override {
    EXPECT_EQ(event.entity, message.product_id);
    EXPECT_TRUE(message.deleted_at);
    lines.push_back("deleted v" + std::to_string(message.version));
    return {};
  }
  Result<void> OnStockChanged(const Context& /*context*/, const seam::events::Event& event,
                              const v1::StockChanged& message) override {
    EXPECT_EQ(event.entity, message.product_id);
    lines.push_back("stock v" + std::to_string(message.version) + " " +
                    std::to_string(message.stock));
    return {};
  }

  std::vector<std::string> lines;
};

class PublishingTest : public ProductsFixture {
 protected:
  PublishingTest() {
    products_ = OpenProducts({.database = database(),
                              .durable = false,
                              .destinations = {std::make_shared<NobodyThere>()},
                              .log = &log_},
                             verifier_)
                    .value();
  }

  // What was told of the product, in that order.
  std::vector<std::string> ToldOf(const std::string& id) {
    Listener listener;
    for (const seam::events::Event& event : Published(*databases_.Open("products"))) {
      EXPECT_EQ(event.source, "products");
      if (event.entity != id) continue;
      EXPECT_TRUE(listener.Receive(context_, event));
    }
    return listener.lines;
  }

  seam::Log log_{{.sink = [](std::string_view) {}}};
};

TEST_F(PublishingTest, TellsOfEachChangeOnce) {
  const v1::CreateProductRequest cup = Cup(10);
  const v1::Product created = Create(cup);
  Create(cup);
  v1::UpdateProductRequest update = UpdateOf(created);
  update.name = "Mug";
  ASSERT_TRUE(products_->UpdateProduct(admin_, update));
  EXPECT_EQ(Outcome(products_->UpdateProduct(admin_, update)), "ABORTED STALE_VERSION");
  const std::string other = NewProduct(5);
  const std::string kept = seam::NewUuidV7();
  const std::string given_back = seam::NewUuidV7();
  ASSERT_TRUE(Reserve(kept, {{created.id, 4}, {other, 1}}));
  ASSERT_TRUE(Reserve(kept, {{created.id, 4}, {other, 1}}));
  ASSERT_TRUE(Confirm(kept));
  ASSERT_TRUE(Reserve(given_back, {{created.id, 1}}));
  ASSERT_TRUE(Release(given_back));
  ASSERT_TRUE(Release(given_back));
  ASSERT_TRUE(Release(kept));
  ASSERT_TRUE(Delete(created.id));
  EXPECT_EQ(Outcome(Delete(created.id)), "NOT_FOUND PRODUCT_NOT_FOUND");
  EXPECT_THAT(ToldOf(created.id),
              ElementsAre("updated Cup v1 stock 10", "updated Mug v2 stock 10", "stock v3 6",
                          "stock v4 5", "stock v5 6", "stock v6 10", "deleted v7"));
  EXPECT_THAT(ToldOf(other), ElementsAre("updated Cup v1 stock 5", "stock v2 4", "stock v3 5"));
}

TEST_F(PublishingTest, TellsNothingOfWhatWasRefused) {
  const std::string cup = NewProduct(10);
  const std::string jug = NewProduct(1);
  EXPECT_EQ(Outcome(Reserve(seam::NewUuidV7(), {{cup, 1}, {jug, 2}})),
            "FAILED_PRECONDITION INSUFFICIENT_STOCK");
  EXPECT_THAT(ToldOf(cup), ElementsAre("updated Cup v1 stock 10"));
}

TEST_F(PublishingTest, TellsNothingOfTheStockOfAProductThatIsGone) {
  const std::string cup = NewProduct(10);
  const std::string reservation = seam::NewUuidV7();
  ASSERT_TRUE(Reserve(reservation, {{cup, 1}}));
  ASSERT_TRUE(Confirm(reservation));
  ASSERT_TRUE(Delete(cup));
  ASSERT_TRUE(Release(reservation));
  EXPECT_THAT(ToldOf(cup), ElementsAre("updated Cup v1 stock 10", "stock v2 9", "deleted v3"));
}

TEST_F(PublishingTest, AProductMadeWithTheIdOfADeletedOneIsNewer) {
  const v1::CreateProductRequest cup = Cup(10);
  for (int i = 0; i < 2; ++i) {
    Create(cup);
    ASSERT_TRUE(Delete(cup.id));
  }
  EXPECT_EQ(Create(cup).version, 5);
  EXPECT_THAT(ToldOf(cup.id),
              ElementsAre("updated Cup v1 stock 10", "deleted v2", "updated Cup v3 stock 10",
                          "deleted v4", "updated Cup v5 stock 10"));
}

TEST_F(PublishingTest, TheTraceGoesAlong) {
  const seam::TraceContext trace = seam::NewTrace();
  const v1::CreateProductRequest cup = Cup();
  ASSERT_TRUE(products_->CreateProduct(admin_.WithTrace(trace), cup));
  const auto events = Published(*databases_.Open("products"));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().topic, "product.updated");
  EXPECT_EQ(events.front().traceparent, seam::FormatTraceparent(trace));
}

TEST_F(PublishingTest, WithoutAnybodyToTellNothingIsWritten) {
  products_ = Open();
  const std::string cup = NewProduct(10);
  ASSERT_TRUE(Reserve(seam::NewUuidV7(), {{cup, 1}}));
  EXPECT_THAT(Published(*databases_.Open("products")), IsEmpty());
}

}  // namespace
}  // namespace shop::products
