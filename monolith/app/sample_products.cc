#include "app/sample_products.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "seam/identity/principal.h"

namespace shop::app {
namespace {

struct Sample {
  const char* id;
  const char* name;
  const char* description;
  std::int64_t price_minor;
  std::int64_t stock;
};

constexpr std::array<Sample, 12> kSamples = {{
    {"01900000-0000-7000-8000-000000000001", "Espresso cup, porcelain",
     "70 ml, thick-walled, dishwasher-safe. Sold singly.", 890, 240},
    {"01900000-0000-7000-8000-000000000002", "Moka pot, six cups",
     "Aluminium, with a spare gasket. Not for induction.", 3490, 35},
    {"01900000-0000-7000-8000-000000000003", "Hand coffee grinder",
     "Conical steel burrs, 40 grind settings, 30 g.", 7900, 18},
    {"01900000-0000-7000-8000-000000000004", "Paper filters, 100 pieces",
     "Unbleached, for brewers of size 02.", 620, 500},
    {"01900000-0000-7000-8000-000000000005", "Café au lait bowl",
     "Glazed stoneware, 350 ml. Each one differs a little.", 1650, 64},
    {"01900000-0000-7000-8000-000000000006", "Kettle with a gooseneck",
     "1 l, stainless steel, lid with a thermometer.", 5400, 22},
    {"01900000-0000-7000-8000-000000000007", "Kitchen scale, 0.1 g",
     "Up to 2 kg, with a timer. Two AAA batteries included.", 2995, 41},
    {"01900000-0000-7000-8000-000000000008", "Milk jug, 500 ml",
     "Stainless steel, with a fine spout for latte art.", 1890, 57},
    {"01900000-0000-7000-8000-000000000009", "House blend, 1 kg",
     "Whole beans, medium roast: chocolate, hazelnut, a little orange.", 2450, 120},
    {"01900000-0000-7000-8000-00000000000a", "Yirgacheffe, 250 g",
     "Whole beans, light roast, washed: jasmine and bergamot.", 1190, 80},
    {"01900000-0000-7000-8000-00000000000b", "Linen tea towel",
     "50 × 70 cm, washed linen, with a loop.", 1250, 150},
    {"01900000-0000-7000-8000-00000000000c", "Walnut serving board",
     "Oiled, 40 × 20 cm. The last one of its series.", 4200, 1},
}};

seam::Result<seam::Context> LogIn(const seam::Context& context, const Admin& admin,
                                  auth::v1::AuthClient& auth) {
  if (admin.password.empty()) {
    return seam::Fail(seam::Code::kFailedPrecondition, "ADMIN_PASSWORD_UNKNOWN",
                      "the admin's password is not known here; set auth.admin_password_file");
  }
  auth::v1::LoginRequest request;
  request.email = admin.email;
  request.password = admin.password;
  const auto reply = auth.Login(context, request);
  if (!reply) return seam::Forward(reply.error());
  if (!reply->tokens) {
    return seam::Fail(seam::Code::kInternal, "EMPTY_REPLY", "auth replied without tokens");
  }
  return seam::WithBearerToken(context, reply->tokens->access_token);
}

}  // namespace

seam::Result<int> AddSampleProducts(const seam::Context& context, const Admin& admin,
                                    auth::v1::AuthClient& auth,
                                    products::v1::ProductsClient& products) {
  products::v1::ListProductsRequest first_page;
  first_page.page_size = static_cast<std::int32_t>(kSamples.size() + 1);
  const auto page = products.ListProducts(context, first_page);
  if (!page) return seam::Forward(page.error());
  // Samples are added in the order of their ids, which is the order of the catalogue. So the first
  // few of them and nothing else are what an interrupted filling has left.
  const std::size_t there = page->products.size();
  const auto same = [](const products::v1::Product& product, const Sample& sample) {
    return product.id == sample.id;
  };
  if (there > kSamples.size() ||
      !std::equal(page->products.begin(), page->products.end(), kSamples.begin(), same)) {
    return 0;
  }
  if (there == kSamples.size()) return 0;
  const auto as_admin = LogIn(context, admin, auth);
  if (!as_admin) return seam::Forward(as_admin.error());
  for (std::size_t i = there; i < kSamples.size(); ++i) {
    const Sample& sample = kSamples[i];
    products::v1::CreateProductRequest request;
    request.id = sample.id;
    request.name = sample.name;
    request.description = sample.description;
    auto& price = request.price.emplace();
    price.amount_minor = sample.price_minor;
    price.currency = "EUR";
    request.stock = sample.stock;
    const auto created = products.CreateProduct(*as_admin, request);
    if (!created) return seam::Forward(created.error());
  }
  return static_cast<int>(kSamples.size() - there);
}

}  // namespace shop::app
