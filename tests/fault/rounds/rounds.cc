#include "rounds.h"

#include <httplib.h>
#include <signal.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "seam/core/uuid.h"
#include "seam/grpc/channel.h"
#include "shop/products/v1/products_remote.h"
#include "shop/products/v1/products_seam.h"

namespace shop::fault {
namespace {

using nlohmann::json;
namespace v1 = products::v1;

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

// Calls again and again on a thread of its own.
class Rounds::Caller {
 public:
  Caller(Rounds& rounds, std::string name) : rounds_(rounds), name_(std::move(name)) {}
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  virtual ~Caller() = default;

  void Run() {
    while (!rounds_.over_) {
      if (rounds_.pause_) {
        std::this_thread::sleep_for(kOften);
      } else {
        Step(name_ + "-" + std::to_string(++steps_));
      }
    }
  }

  // How many of its calls were answered as they should be.
  [[nodiscard]] std::int64_t served() const noexcept { return served_; }

 protected:
  // Makes some calls; `name` is unique among all callers.
  virtual void Step(const std::string& name) = 0;

  Rounds& rounds() noexcept { return rounds_; }
  void Served() { ++served_; }
  // Then leaves the processor to what is being started.
  void Refused() {
    ++rounds_.refused_;
    std::this_thread::sleep_for(kOften);
  }
  void Complain(const std::string& what) { rounds_.complaints_.Add(name_ + ": " + what); }

 private:
  Rounds& rounds_;
  const std::string name_;
  std::int64_t steps_ = 0;
  std::atomic<std::int64_t> served_ = 0;
};

// Over HTTP: makes products and reads them.
class Rounds::Seller : public Caller {
 public:
  using Caller::Caller;

 protected:
  void Step(const std::string& name) override {
    const auto made = Ask(201, [&](httplib::Client& client) {
      return client.Post("/products", Headers(), NewProduct(name, 12), "application/json");
    });
    if (!made) return;
    if (made->value("name", "") != name) Complain("made " + name + " and got " + made->dump());
    const std::string path = "/products/" + made->value("id", "");
    rounds().Acknowledge({path, name, 1});
    const auto read = Ask(200, [&](httplib::Client& client) { return client.Get(path); });
    if (read && read->value("name", "") != name) {
      Complain("asked for " + name + " and got " + read->dump());
    }
  }

  [[nodiscard]] httplib::Headers Headers() { return {{"Authorization", rounds().authorization_}}; }

  // The body of an answer with this status; nothing when the call failed in a way that it may.
  std::optional<json> Ask(int status, const std::function<httplib::Result(httplib::Client&)>& ask) {
    const int port = rounds().port_;
    if (port == 0) {
      std::this_thread::sleep_for(kOften);
      return std::nullopt;
    }
    if (client_ == nullptr || port != connected_to_) {
      client_ = Connect(port);
      connected_to_ = port;
    }
    const Weather before = rounds().weather();
    const auto answer = ask(*client_);
    const Weather after = rounds().weather();
    const bool shop_ends = before.shop_ends || after.shop_ends;
    const bool products_ends = before.products_ends || after.products_ends;
    if (!answer) {
      client_.reset();
      std::this_thread::sleep_for(kOften);
      if (!shop_ends) Complain("no answer: " + httplib::to_string(answer.error()));
      return std::nullopt;
    }
    if (answer->status == status) {
      Served();
      return json::parse(answer->body);
    }
    Refused();
    if (answer->status != 503 || !products_ends) {
      Complain("refused: " + std::to_string(answer->status) + " " + answer->body);
    } else if (!before.products_is_killed && !after.products_is_killed) {
      CheckNothingWasDone(status, answer->body);
    }
    return std::nullopt;
  }

  // Products was asked to stop, and so it either does what it is asked or says that it did not; as
  // when it has just started and does not know yet which tokens to believe, which it asks first.
  virtual void CheckNothingWasDone(int status, const std::string& body) {
    if (status == 201 && !Holds(body, "nothing was changed") &&
        !Holds(body, "TOKEN_KEYS_UNAVAILABLE")) {
      Complain("the outcome is unknown though products was only asked to stop: " + body);
    }
  }

 private:
  std::unique_ptr<httplib::Client> client_;
  int connected_to_ = 0;
};

// Over HTTP: places orders and reads them.
class Rounds::Buyer final : public Seller {
 public:
  using Seller::Seller;

 private:
  void Step(const std::string& name) override {
    auto headers = Headers();
    headers.emplace("Idempotency-Key", "order-of-" + name);
    const json order = {{"lines", {{{"product_id", rounds().goods_}, {"quantity", 1}}}}};
    const auto placed = Ask(201, [&](httplib::Client& client) {
      return client.Post("/orders", headers, order.dump(), "application/json");
    });
    if (!placed) return;
    const std::string id = placed->value("id", "");
    rounds().Acknowledge({"/orders/" + id, "", 0});
    const auto read =
        Ask(200, [&](httplib::Client& client) { return client.Get("/orders/" + id, Headers()); });
    if (read && read->value("id", "") != id) Complain("asked for " + id + ", got " + read->dump());
  }

  // An order is several calls, and can be sent again in any case.
  void CheckNothingWasDone(int /*status*/, const std::string& /*body*/) override {}
};

// Over gRPC: makes products, changes and reads them.
class Rounds::Keeper final : public Caller {
 public:
  Keeper(Rounds& rounds, const std::string& name, seam::Channel& channel)
      : Caller(rounds, name), client_(channel) {}

 private:
  template <class Call>
  auto Ask(const Call& call) {
    const Weather before = rounds().weather();
    auto reply = call(seam::Context().WithTimeout(kPatience).WithMetadata("authorization",
                                                                          rounds().authorization_));
    const Weather after = rounds().weather();
    if (reply) {
      Served();
      return reply;
    }
    Refused();
    const seam::Error& error = reply.error();
    const bool products_ends = before.products_ends || after.products_ends;
    const bool killed = before.products_is_killed || after.products_is_killed;
    if (!products_ends || error.code != seam::Code::kUnavailable) {
      Complain("refused: " + seam::ToString(error));
    } else if (error.origin != seam::Origin::kNotDelivered && !killed) {
      Complain("the outcome is unknown though products was only asked to stop: " +
               seam::ToString(error));
    }
    return reply;
  }

  template <class Product>
  bool IsOurs(const Product& product, const std::string& id) {
    if (product.has_value() && product->id == id) return true;
    Complain("asked for " + id + " and got " + (product.has_value() ? product->id : "nothing"));
    return false;
  }

  void Step(const std::string& name) override {
    const std::string id = seam::NewUuidV7();
    const common::v1::Money price{.amount_minor = 850, .currency = "EUR"};
    const auto made = Ask([&](const seam::Context& context) {
      return client_.CreateProduct(context, {.id = id, .name = name, .price = price, .stock = 12});
    });
    if (!made || !IsOurs(made->product, id)) return;
    rounds().Acknowledge({"/products/" + id, name, 1});
    // Not to be made again, unlike the other two.
    const auto changed = Ask([&](const seam::Context& context) {
      return client_.UpdateProduct(context,
                                   {.id = id, .expected_version = 1, .name = name, .price = price});
    });
    if (!changed || !IsOurs(changed->product, id)) return;
    rounds().Acknowledge({"/products/" + id, name, 2});
    const auto read =
        Ask([&](const seam::Context& context) { return client_.GetProduct(context, {.id = id}); });
    if (read) IsOurs(read->product, id);
  }

  v1::ProductsRemoteClient client_;
};

Rounds::Rounds(RoundsOptions options) : options_(std::move(options)), random_(options_.seed) {
  std::map<std::string, std::vector<std::string>> commands;
  if (!options_.products_command.empty()) commands["products"] = options_.products_command;
  // Deadlines that no call reaches, so that every refusal is the doing of a restart.
  shop_ = std::make_unique<e2e::ShopProcess>(
      e2e::Bindings{{"products", "grpc"}},
      std::vector<std::string>{"--modules.products.deadline_ms", "60000",
                               "--modules.orders.deadline_ms", "60000"},
      std::move(commands));
  if (!shop_->WaitUntilReady()) {
    complaints_.Add("the shop is not ready");
    return;
  }
  port_ = shop_->port();
  authorization_ = "Bearer " + shop_->admin_token();
  const auto goods = Connect(port_)->Post("/products", {{"Authorization", authorization_}},
                                          NewProduct("goods", 1'000'000'000), "application/json");
  if (!goods || goods->status != 201) {
    complaints_.Add("there is nothing to order: " + (goods ? goods->body : "no answer"));
    return;
  }
  goods_ = json::parse(goods->body).at("id");
  seam::GrpcChannelOptions channel;
  channel.target = "unix:" + (shop_->folder() / "products.sock");
  products_ = *seam::OpenGrpcChannel(v1::ProductsSeam::contract(), std::move(channel));

  callers_.push_back(std::make_unique<Seller>(*this, "seller-1"));
  callers_.push_back(std::make_unique<Seller>(*this, "seller-2"));
  callers_.push_back(std::make_unique<Buyer>(*this, "buyer"));
  callers_.push_back(std::make_unique<Keeper>(*this, "keeper-1", *products_));
  callers_.push_back(std::make_unique<Keeper>(*this, "keeper-2", *products_));
  for (const auto& caller : callers_) {
    threads_.emplace_back([&caller = *caller] { caller.Run(); });
  }
}

Rounds::~Rounds() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Rounds::PlayOne() {
  if (threads_.empty()) return;
  complaints_.BeginRound(++round_);
  // All are chosen in every round, so that a round does not depend on what the others allow.
  const Side side = options_.side.value_or(Choose(3) == 0 ? Side::kShop : Side::kProducts);
  const int signal = options_.signal.value_or(Choose(2) == 0 ? SIGTERM : SIGKILL);
  const std::size_t writes = 1 + Choose(30);
  const auto refusals = static_cast<std::int64_t>(Choose(10));
  std::cout << "round " << round_ << ": " << (side == Side::kShop ? "the shop" : "products")
            << (signal == SIGKILL ? " is killed" : " is asked to stop") << std::endl;
  const std::size_t before = acknowledged();
  complaints_.Await("acknowledged writes", [&] { return acknowledged() >= before + writes; });
  std::size_t until = 0;

  if (side == Side::kProducts) {
    SetWeather({.products_ends = true, .products_is_killed = signal == SIGKILL});
    complaints_.End("products", shop_->service("products"), signal);
    until = acknowledged();
    const std::int64_t wanted = refused_ + refusals;
    complaints_.Await("refusals while products is away", [&] { return refused_ >= wanted; });
    shop_->Start("products");
  } else {
    SetWeather({.shop_ends = true});
    complaints_.End("the shop", shop_->shop(), signal);
    until = acknowledged();
    StartShop();
  }
  // The second one began after the restart for certain.
  for (const auto& caller : callers_) {
    const std::int64_t wanted = caller->served() + 2;
    complaints_.Await("a caller that is served again", [&] { return caller->served() >= wanted; });
  }
  SetWeather({});
  VerifyUntil(until);
}

void Rounds::Finish() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  EndBoth();
  shop_->Start("products");
  StartShop();
  VerifyUntil(acknowledged());
  EndBoth();
}

std::size_t Rounds::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_.size();
}

Rounds::Weather Rounds::weather() const {
  const std::lock_guard lock(mutex_);
  return weather_;
}

void Rounds::SetWeather(const Weather& weather) {
  const std::lock_guard lock(mutex_);
  weather_ = weather;
}

void Rounds::Acknowledge(Acknowledged acknowledged) {
  const std::lock_guard lock(mutex_);
  acknowledged_.push_back(std::move(acknowledged));
}

void Rounds::EndBoth() {
  complaints_.End("the shop", shop_->shop(), SIGTERM);
  complaints_.End("products", shop_->service("products"), SIGTERM);
}

void Rounds::StartShop() {
  port_ = 0;
  shop_->StartShop();
  port_ = shop_->port();
  if (port_ == 0) complaints_.Add("the shop did not start again:\n" + shop_->output());
}

void Rounds::VerifyUntil(std::size_t end) {
  std::vector<Acknowledged> all;
  {
    const std::lock_guard lock(mutex_);
    all.assign(acknowledged_.begin() + static_cast<std::ptrdiff_t>(verified_),
               acknowledged_.begin() + static_cast<std::ptrdiff_t>(end));
  }
  verified_ = end;
  pause_ = true;  // Or there would be more to look at each time.
  const auto client = Connect(port_);
  for (const Acknowledged& one : all) {
    const auto answer = client->Get(one.path, {{"Authorization", authorization_}});
    if (!answer || answer->status != 200) {
      const bool lost = answer && answer->status == 404;
      complaints_.Add((lost ? "acknowledged and lost: " : "acknowledged, and cannot be read: ") +
                      one.path + ": " +
                      (answer ? answer->body : httplib::to_string(answer.error())));
      continue;
    }
    const json found = json::parse(answer->body);
    const bool is_order = one.name.empty();
    const bool as_it_was =
        is_order ? found.value("state", "") == "PLACED"
                 : found.value("name", "") == one.name && found.value("version", 0) >= one.version;
    if (!Holds(one.path, found.value("id", "?")) || !as_it_was) {
      complaints_.Add("acknowledged and changed: " + one.path + " " + one.name + ": " +
                      answer->body);
    }
  }
  pause_ = false;
}

std::uint64_t Rounds::Choose(std::uint64_t below) { return random_() % below; }

}  // namespace shop::fault
