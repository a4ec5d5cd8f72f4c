// A hand-written shop that takes orders: cpp-httplib, JSON and libpq in one program, with the
// transactions of the shop's POST /orders, on its tables. A transaction of one statement is that
// statement by itself, and what is known is not read again. It checks what the shop checks of a
// request that is good; of others it says only that they are refused.

#include <httplib.h>
#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "seam/core/time.h"
#include "seam/core/uuid.h"
#include "seam/identity/token_verifier.h"
#include "suites.h"

namespace bench {
namespace {

using nlohmann::json;

// As the shop's http.threads.
constexpr std::size_t kThreads = 64;

struct Refused : std::runtime_error {
  Refused(int with_status, const std::string& what) : runtime_error(what), status(with_status) {}
  int status;
};

struct FreeRows {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Rows = std::unique_ptr<PGresult, FreeRows>;

// The statements, in the order of their numbers.
enum Statement : std::uint8_t {
  kFindKey,
  kFindOne,
  kFindTwo,
  kAddOrder,
  kAddOrderLine,
  kAddReservation,
  kTakeStock,
  kAddReservationLine,
  kPlace,
  kConfirm,
  kConsume,
  kSettle,
};
constexpr std::array<const char*, 12> kStatements = {
    "SELECT id FROM customer_order WHERE customer_id = $1 AND idempotency_key = $2",
    "SELECT id, name, price_minor, price_currency FROM product WHERE id = $1",
    "SELECT id, name, price_minor, price_currency FROM product WHERE id IN ($1, $2)",
    "INSERT INTO customer_order (id, customer_id, idempotency_key, state, settled, currency, "
    "total_minor, created_at, updated_at, touched_at) VALUES ($1, $2, $3, 1, 0, $4, $5, $6, $6, "
    "$6) "
    "ON CONFLICT (customer_id, idempotency_key) DO NOTHING",
    "INSERT INTO order_line (order_id, position, product_id, quantity, name, price_minor) "
    "VALUES ($1, $2, $3, $4, $5, $6)",
    "INSERT INTO reservation (id, state, created_at, updated_at) VALUES ($1, 1, $2, $2) "
    "ON CONFLICT (id) DO NOTHING",
    "UPDATE product SET stock = stock - $2, reserved = reserved + $2, version = version + 1 "
    "WHERE id = $1 AND stock >= $2",
    "INSERT INTO reservation_line (reservation_id, product_id, quantity) VALUES ($1, $2, $3)",
    "UPDATE customer_order SET state = 2, updated_at = $2, touched_at = $2, placed_at = $2 "
    "WHERE id = $1 AND state = 1",
    "UPDATE reservation SET state = 2, updated_at = $2 WHERE id = $1 AND state = 1",
    "UPDATE product SET reserved = reserved - $2 WHERE id = $1",
    "UPDATE customer_order SET settled = 1 WHERE id = $1 AND state = 2 AND settled = 0",
};

// A connection, for one thread at a time.
class Connection {
 public:
  explicit Connection(const std::string& address) : connection_(PQconnectdb(address.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) GiveUp(PQerrorMessage(connection_));
    for (std::size_t i = 0; i < kStatements.size(); ++i) {
      Check(Rows(PQprepare(connection_, Name(i).c_str(), kStatements[i], 0, nullptr)));
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { PQfinish(connection_); }

  Rows Query(Statement statement, std::initializer_list<std::string> values) {
    std::array<const char*, 8> pointers{};
    std::size_t count = 0;
    for (const std::string& value : values) pointers.at(count++) = value.c_str();
    Rows rows(PQexecPrepared(connection_, Name(statement).c_str(), static_cast<int>(count),
                             pointers.data(), nullptr, nullptr, 0));
    Check(rows);
    return rows;
  }

  // Whether it has changed a row.
  bool Execute(Statement statement, std::initializer_list<std::string> values) {
    return std::string(PQcmdTuples(Query(statement, values).get())) == "1";
  }

  template <class Work>
  void Transact(const Work& work) {
    Check(Rows(PQexec(connection_, "BEGIN")));
    try {
      work();
    } catch (...) {
      const Rows ended(PQexec(connection_, "ROLLBACK"));
      throw;
    }
    Check(Rows(PQexec(connection_, "COMMIT")));
  }

 private:
  static std::string Name(std::size_t statement) { return "s" + std::to_string(statement); }

  void Check(const Rows& rows) {
    const ExecStatusType status = PQresultStatus(rows.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(PQerrorMessage(connection_));
    }
  }

  PGconn* connection_;
};

std::string TextAt(const Rows& rows, int row, int column) {
  return PQgetvalue(rows.get(), row, column);
}

std::int64_t NumberAt(const Rows& rows, int row, int column) {
  const char* const text = PQgetvalue(rows.get(), row, column);
  std::int64_t number = 0;
  std::from_chars(text, text + PQgetlength(rows.get(), row, column), number);
  return number;
}

struct Line {
  std::string product;
  std::int64_t quantity = 0;
  std::string name;
  std::int64_t price = 0;
};

// What a request asks for, by ascending product: the order in which rows are locked.
std::map<std::string, Line> LinesOf(const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (!request.is_object() || request.size() != 1 || !request.contains("lines")) {
    throw Refused(422, "send lines");
  }
  std::map<std::string, Line> lines;
  for (const json& element : request["lines"]) {
    if (!element.is_object() || element.size() != 2) throw Refused(422, "a line is wrong");
    Line line;
    line.product = element.value("product_id", "");
    line.quantity = element.value("quantity", std::int64_t{0});
    if (line.product.empty() || line.quantity < 1) throw Refused(422, "a line is wrong");
    if (!lines.emplace(line.product, line).second) throw Refused(422, "a product is there twice");
  }
  if (lines.empty() || lines.size() > 2) throw Refused(422, "one or two lines are taken here");
  return lines;
}

class Shop {
 public:
  Shop(std::string address, const seam::TokenVerifier& verifier)
      : address_(std::move(address)), verifier_(verifier) {}

  void PlaceOrder(const httplib::Request& request, httplib::Response& response) {
    try {
      const std::string authorization = request.get_header_value("Authorization");
      if (authorization.rfind("Bearer ", 0) != 0) throw Refused(401, "log in");
      const auto principal = verifier_.VerifyToken(seam::Context(), authorization.substr(7));
      if (!principal) throw Refused(401, "log in");
      const std::string key = request.get_header_value("Idempotency-Key");
      if (key.empty() || key.size() > 100) throw Refused(422, "send a key");
      const Lease lease(*this);
      const json order = Place(lease.connection(), principal->subject, key, LinesOf(request.body));
      response.status = 201;
      response.set_header("Location", "/orders/" + order["id"].get<std::string>());
      response.set_content(order.dump(), "application/json");
    } catch (const Refused& refused) {
      response.status = refused.status;
      response.set_content(refused.what(), "text/plain");
    } catch (const std::exception& error) {
      response.status = 500;
      response.set_content(error.what(), "text/plain");
    }
  }

 private:
  class Lease {
   public:
    explicit Lease(Shop& shop) : shop_(shop) {
      const std::lock_guard lock(shop.mutex_);
      if (!shop.free_.empty()) {
        connection_ = std::move(shop.free_.back());
        shop.free_.pop_back();
      }
      if (!connection_) connection_ = std::make_unique<Connection>(shop.address_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(shop_.mutex_);
      shop_.free_.push_back(std::move(connection_));
    }
    [[nodiscard]] Connection& connection() const { return *connection_; }

   private:
    Shop& shop_;
    std::unique_ptr<Connection> connection_;
  };

  static json Place(Connection& database, const std::string& customer, const std::string& key,
                    std::map<std::string, Line> lines) {
    if (PQntuples(database.Query(kFindKey, {customer, key}).get()) != 0) {
      throw Refused(409, "this key has an order");
    }
    const auto& first = lines.begin()->first;
    const auto& last = lines.rbegin()->first;
    const Rows products = lines.size() == 1 ? database.Query(kFindOne, {first})
                                            : database.Query(kFindTwo, {first, last});
    std::string currency;
    std::int64_t total = 0;
    if (static_cast<std::size_t>(PQntuples(products.get())) != lines.size()) {
      throw Refused(404, "there is no such product");
    }
    for (int row = 0; row < PQntuples(products.get()); ++row) {
      Line& line = lines.at(TextAt(products, row, 0));
      line.name = TextAt(products, row, 1);
      line.price = NumberAt(products, row, 2);
      if (row == 0) currency = TextAt(products, row, 3);
      if (currency != TextAt(products, row, 3)) throw Refused(409, "there are two currencies");
      if (line.price > (std::numeric_limits<std::int64_t>::max() - total) / line.quantity) {
        throw Refused(409, "the total is too large");
      }
      total += line.price * line.quantity;
    }

    const std::string id = seam::NewUuidV7();
    const std::string created = Now();
    database.Transact([&] {
      if (!database.Execute(kAddOrder,
                            {id, customer, key, currency, std::to_string(total), created})) {
        throw Refused(409, "this key has an order");
      }
      std::int64_t position = 0;
      for (const auto& [product, line] : lines) {
        database.Execute(kAddOrderLine,
                         {id, std::to_string(position++), product, std::to_string(line.quantity),
                          line.name, std::to_string(line.price)});
      }
    });
    database.Transact([&] {
      if (!database.Execute(kAddReservation, {id, Now()})) throw Refused(409, "it is reserved");
      for (const auto& [product, line] : lines) {
        const std::string quantity = std::to_string(line.quantity);
        if (!database.Execute(kTakeStock, {product, quantity})) throw Refused(409, "out of stock");
        database.Execute(kAddReservationLine, {id, product, quantity});
      }
    });
    const std::string updated = Now();
    if (!database.Execute(kPlace, {id, updated})) throw Refused(409, "it was cancelled");
    database.Transact([&] {
      if (!database.Execute(kConfirm, {id, Now()})) throw Refused(409, "it was released");
      for (const auto& [product, line] : lines) {
        database.Execute(kConsume, {product, std::to_string(line.quantity)});
      }
    });
    database.Execute(kSettle, {id});

    json order = {{"id", id},
                  {"state", "PLACED"},
                  {"total", {{"amount_minor", total}, {"currency", currency}}},
                  {"created_at", created},
                  {"updated_at", updated}};
    for (const auto& [product, line] : lines) {
      order["lines"].push_back(
          {{"product_id", product},
           {"name", line.name},
           {"quantity", line.quantity},
           {"unit_price", {{"amount_minor", line.price}, {"currency", currency}}}});
    }
    return order;
  }

  static std::string Now() {
    using std::chrono::milliseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<milliseconds>(now).count());
  }

  const std::string address_;
  const seam::TokenVerifier& verifier_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace

void ServeOrdersByHand(const std::string& keys, const std::string& address) {
  std::ifstream file(keys);
  const auto parsed = seam::ParseJwks(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!parsed) GiveUp(ToString(parsed.error()));
  const seam::TokenVerifier verifier(seam::FixedKeys({"shop", "shop"}, *parsed), {});
  Shop shop(address, verifier);
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.Post("/orders", [&](const httplib::Request& request, httplib::Response& response) {
    shop.PlaceOrder(request, response);
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::printf("listening on %d\n", port);
  std::fflush(stdout);
  server.listen_after_bind();
  std::exit(0);
}

}  // namespace bench
