#include "fire.h"

#include <httplib.h>
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "seam/sql/sqlite.h"

namespace shop::fault {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

const std::string kPostgresql = "postgresql";

constexpr int kProducts = 4;
constexpr std::int64_t kStock = 20;
constexpr int kAccounts = 2;
constexpr int kPairs = 4;

// Before a buyer asks again: leaves the processor to what is being started.
constexpr std::chrono::milliseconds kPause{5};

// The recovery is at work all the time, also on orders that a call is still placing.
const std::vector<std::string> kEagerRecovery = {
    "--orders.recovery_interval_ms", "20",   "--orders.recovery_age_ms",          "100",
    "--orders.recovery_lease_ms",    "1000", "--orders.recovery_abandon_seconds", "1"};
const std::vector<std::string> kNoRecovery = {"--orders.recovery_interval_ms", "3600000"};

}  // namespace

class OrdersUnderFire::Buyer {
 public:
  // Two with the same `pair` do the same.
  Buyer(OrdersUnderFire& fire, std::size_t pair)
      : fire_(fire),
        name_("buyer-" + std::to_string(pair)),
        account_(fire.accounts_[pair % fire.accounts_.size()]),
        random_(fire.options_.seed * 1000 + pair) {}

  void Run() {
    while (!fire_.over_) BuyOne();
  }

 private:
  void BuyOne() {
    // All is decided first, so that the next order does not depend on what becomes of this one.
    Goods goods;
    const std::uint64_t lines = 1 + random_() % 3;
    for (std::uint64_t i = 0; i < lines; ++i) {
      const std::string& product = fire_.products_[random_() % fire_.products_.size()];
      goods[product] = static_cast<std::int64_t>(1 + random_() % 3);
    }
    const bool leaves = random_() % 6 == 0;
    const bool cancels = random_() % 2 == 0;
    const Key key(account_.id, name_ + "-order-" + std::to_string(++orders_));
    fire_.memory_.WillPlace(key, goods);
    const std::optional<std::string> placed = Place(key, goods, leaves);
    if (placed && cancels) Cancel(key, *placed);
  }

  // The id, if it was placed.
  std::optional<std::string> Place(const Key& key, const Goods& goods, bool leaves) {
    json lines = json::array();
    for (const auto& [product, quantity] : goods) {
      lines.push_back({{"product_id", product}, {"quantity", quantity}});
    }
    const auto answer = Ask("/orders", json({{"lines", lines}}).dump(), key.second, leaves);
    if (!answer) return std::nullopt;
    const std::string code = answer->body.value("code", "");
    if (answer->status == 201) {
      std::string id = answer->body.value("id", "");
      const std::string state = answer->body.value("state", "");
      if (state != "PLACED" && state != "CANCELLED") Complain("an order became " + state);
      ++fire_.numbers_.placed;
      Remember(key, Told::Answer::kPlaced, id, state == "CANCELLED");
      return id;
    }
    if (code == "INSUFFICIENT_STOCK") {
      ++fire_.numbers_.rejected;
      Remember(key, Told::Answer::kRejected);
    } else if (code == "ORDER_CANCELLED") {
      Remember(key, Told::Answer::kCancelled);
    } else {
      Complain("refused: " + std::to_string(answer->status) + " " + answer->body.dump());
    }
    return std::nullopt;
  }

  void Cancel(const Key& key, const std::string& id) {
    fire_.memory_.WillCancel(key);
    const auto answer = Ask("/orders/" + id + "/cancel", "", "", /*leaves=*/false);
    if (!answer) return;
    if (answer->status == 200 && answer->body.value("state", "") == "CANCELLED") {
      ++fire_.numbers_.cancelled;
      fire_.memory_.WasCancelled(key);
    } else {
      Complain("not cancelled: " + std::to_string(answer->status) + " " + answer->body.dump());
    }
  }

  struct Answer {
    int status = 0;
    json body{};
  };

  // Asks until there is an answer that tells the outcome; or, one who leaves, once.
  std::optional<Answer> Ask(const std::string& path, const std::string& body,
                            const std::string& key, bool leaves) {
    const auto deadline = steady_clock::now() + kPatience;
    std::string last = "nothing";
    while (fire_.complaints_.empty()) {
      if (steady_clock::now() > deadline) {
        Complain("got no answer to " + path + "; the last was " + last);
        break;
      }
      const auto answer = Connected() ? AskOnce(path, body, key) : std::nullopt;
      if (answer && answer->status != 503) return answer;
      if (answer) last = answer->body.dump();
      ++fire_.numbers_.unanswered;
      if (answer && leaves) {
        ++fire_.numbers_.left;
        break;
      }
      std::this_thread::sleep_for(kPause);
    }
    return std::nullopt;
  }

  std::optional<Answer> AskOnce(const std::string& path, const std::string& body,
                                const std::string& key) {
    httplib::Headers headers = {{"Authorization", "Bearer " + account_.token}};
    if (!key.empty()) headers.emplace("Idempotency-Key", key);
    const auto answer = client_->Post(path, headers, body, "application/json");
    if (!answer) {
      client_.reset();
      return Answer{.status = 503, .body = httplib::to_string(answer.error())};
    }
    if (answer->status == 503 && !answer->has_header("Retry-After")) {
      Complain("is not told when to ask again: " + answer->body);
    }
    return Answer{.status = answer->status, .body = json::parse(answer->body)};
  }

  // Whether there is a shop to ask.
  bool Connected() {
    const int port = fire_.port_;
    if (port == 0) return false;
    if (client_ == nullptr || port != connected_to_) {
      client_ = Connect(port);
      connected_to_ = port;
    }
    return true;
  }

  void Remember(const Key& key, Told::Answer answer, const std::string& id = {},
                bool is_cancelled = false) {
    if (const auto wrong = fire_.memory_.WasAnswered(key, answer, id, is_cancelled)) {
      Complain(*wrong);
    }
  }

  void Complain(const std::string& what) { fire_.complaints_.Add(name_ + ": " + what); }

  OrdersUnderFire& fire_;
  const std::string name_;
  const Account& account_;
  std::mt19937_64 random_;
  int orders_ = 0;
  std::unique_ptr<httplib::Client> client_;
  int connected_to_ = 0;
};

OrdersUnderFire::OrdersUnderFire(FireOptions options)
    : options_(std::move(options)), random_(options_.seed) {
  if (!OpenShop() || !MakeGoods() || !MakeAccounts()) return;
  for (std::size_t i = 0; i < std::size_t{2} * kPairs; ++i) {
    buyers_.push_back(std::make_unique<Buyer>(*this, i / 2));
  }
  for (const auto& buyer : buyers_) threads_.emplace_back([&buyer = *buyer] { buyer.Run(); });
}

OrdersUnderFire::~OrdersUnderFire() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
}

bool OrdersUnderFire::OpenShop() {
  // Also how long a call waits for a service that this shop has not seen yet.
  const std::string deadline = "2000";
  std::vector<std::string> flags = {"--modules.products.deadline_ms", deadline,
                                    "--modules.orders.deadline_ms", deadline};
  const std::vector<std::string>& recovery = options_.recovery ? kEagerRecovery : kNoRecovery;
  std::map<std::string, std::vector<std::string>> commands;
  const auto is_remote = [this](const std::string& module) {
    const auto found = options_.bindings.find(module);
    return found != options_.bindings.end() && found->second == "grpc";
  };
  victims_ = {"shop"};
  if (is_remote("products")) {
    victims_.emplace_back("products");
    if (!options_.products_command.empty()) commands["products"] = options_.products_command;
  }
  if (is_remote("orders")) {
    victims_.emplace_back("orders");
    commands["orders"] = {ORDERS_PROGRAM, "--modules.products.deadline_ms", deadline};
    commands["orders"].insert(commands["orders"].end(), recovery.begin(), recovery.end());
  } else {
    flags.insert(flags.end(), recovery.begin(), recovery.end());
  }
  std::vector<std::string> database;
  if (options_.postgresql) {
    postgresql_.emplace();
    database = postgresql_->Arguments();
    victims_.push_back(kPostgresql);
  }
  shop_ = std::make_unique<e2e::ShopProcess>(options_.bindings, flags, std::move(commands),
                                             e2e::Connections::kPlain, std::move(database));
  port_ = shop_->port();
  if (shop_->WaitUntilReady()) return true;
  complaints_.Add("the shop is not ready");
  return false;
}

bool OrdersUnderFire::MakeGoods() {
  const auto client = Connect(port_);
  const httplib::Headers headers = {{"Authorization", "Bearer " + shop_->admin_token()}};
  for (int i = 0; i < kProducts; ++i) {
    const auto made =
        client->Post("/products", headers, NewProduct("goods", kStock), "application/json");
    if (!made || made->status != 201) {
      complaints_.Add("there is nothing to order: " + (made ? made->body : "no answer"));
      return false;
    }
    products_.push_back(json::parse(made->body).at("id"));
    stocks_[products_.back()] = kStock;
  }
  return true;
}

bool OrdersUnderFire::MakeAccounts() {
  const auto client = Connect(port_);
  for (int i = 0; i < kAccounts; ++i) {
    json account = {{"email", "buyer-" + std::to_string(i) + "@customers.example"},
                    {"password", "correct horse battery staple"}};
    const std::string credentials = account.dump();
    account["name"] = "Ada";
    const auto made = client->Post("/auth/register", account.dump(), "application/json");
    const auto let_in = client->Post("/auth/login", credentials, "application/json");
    if (!made || made->status != 201 || !let_in || let_in->status != 200) {
      complaints_.Add("there are no customers: " + (let_in ? let_in->body : "no answer"));
      return false;
    }
    accounts_.push_back({.id = json::parse(made->body).at("account_id"),
                         .token = json::parse(let_in->body).at("access_token")});
  }
  return true;
}

void OrdersUnderFire::PlayOne() {
  if (threads_.empty()) return;
  complaints_.BeginRound(++round_);
  // All is chosen in every round, so that a round does not depend on what the buyers get.
  // Everyone has his turn, and sometimes another one goes with him.
  const std::size_t number = victims_.size();
  const std::size_t turn = static_cast<std::size_t>(round_ - 1) % number;
  if (turn == 0) std::shuffle(victims_.begin(), victims_.end(), random_);
  std::vector<std::string> victims = {victims_[turn]};
  const bool two = Choose(3) == 0 && number > 1;
  if (two) victims.push_back(victims_[(turn + 1 + Choose(number - 1)) % number]);
  // To be started first: the other programs end when they are started without it.
  std::stable_partition(victims.begin(), victims.end(),
                        [](const std::string& victim) { return victim == kPostgresql; });
  const auto answers = static_cast<std::int64_t>(1 + Choose(40));
  const auto unanswered = static_cast<std::int64_t>(Choose(20));
  const bool again = Choose(4) == 0;

  const std::int64_t before = answered();
  complaints_.Await("answers", [&] { return answered() >= before + answers; });
  const std::int64_t wanted = numbers_.unanswered + unanswered;
  for (const std::string& victim : victims) Kill(victim);
  complaints_.Await("requests that nobody answers", [&] { return numbers_.unanswered >= wanted; });
  Start(victims.front());
  if (again) {
    Kill(victims.front());
    Start(victims.front());
  }
  for (std::size_t i = 1; i < victims.size(); ++i) Start(victims[i]);
  for (const std::string& victim : victims) {
    if (victim == "shop" || victim == kPostgresql) continue;
    if (!shop_->service(victim).WaitForLine("\"listening\"", kPatience)) {
      complaints_.Add(victim + " did not start again:\n" + shop_->service(victim).output());
    }
  }
}

void OrdersUnderFire::Finish() {
  over_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  if (buyers_.empty()) return;
  complaints_.Await(
      "an end of all that was begun", [this] { return Read().IsQuiet(); }, options_.patience);
  for (const std::string& fault : FindFaults(Read(), stocks_, memory_.told())) {
    complaints_.Add(fault);
  }
  complaints_.End("the shop", shop_->shop(), SIGTERM);
  for (const std::string& victim : victims_) {
    if (victim != "shop" && victim != kPostgresql) {
      complaints_.End(victim, shop_->service(victim), SIGTERM);
    }
  }
}

void OrdersUnderFire::Kill(const std::string& victim) {
  std::cout << "round " << round_ << ": " << victim << " is killed" << std::endl;
  if (victim == "shop") {
    complaints_.End("the shop", shop_->shop(), SIGKILL);
    port_ = 0;
  } else if (victim == kPostgresql) {
    postgresql_->server().Kill();
  } else {
    complaints_.End(victim, shop_->service(victim), SIGKILL);
  }
}

void OrdersUnderFire::Start(const std::string& victim) {
  if (victim == kPostgresql) {
    postgresql_->server().Start();
    return;
  }
  if (victim != "shop") {
    shop_->Start(victim);
    return;
  }
  shop_->StartShop();
  port_ = shop_->port();
  if (port_ == 0) complaints_.Add("the shop did not start again:\n" + shop_->output());
}

Books OrdersUnderFire::Read() {
  if (postgresql_) return ReadBooks(*postgresql_->Open("products"), *postgresql_->Open("orders"));
  const auto open = [this](const std::string& module) {
    const bool is_remote = std::find(victims_.begin(), victims_.end(), module) != victims_.end();
    seam::sql::SqliteOptions options;
    options.path = shop_->folder() / ((is_remote ? module : "shop") + "/" + module + ".sqlite");
    return seam::sql::OpenSqlite(options);
  };
  return ReadBooks(*open("products"), *open("orders"));
}

std::int64_t OrdersUnderFire::answered() const { return numbers_.placed + numbers_.rejected; }

}  // namespace shop::fault
