#ifndef BENCH_SUITES_H_
#define BENCH_SUITES_H_

#include <functional>
#include <string>
#include <vector>

#include "harness.h"

namespace bench {

// What a suite adds its lines to, and how hard it tries.
struct Report {
  std::vector<Row> rows;
  // Lines of another kind, printed below the table: what something costs by itself.
  std::vector<Measured> costs;
  // What they are a share of: a call of a module that works on a database of its own.
  double real_call_ns = 0;
  std::function<void(const std::string& step)> progress;
  bool quick = false;  // A few rounds only: to see that it runs, not to believe the numbers.

  [[nodiscard]] Effort effort() const { return quick ? Effort{3, Effort{}.slice} : Effort{}; }
};

void BenchInProcess(Report& report);    // The in-process binding against a direct call.
void BenchCodec(Report& report);        // The generated codec against libprotobuf.
void BenchGrpc(Report& report);         // A seam over gRPC against a hand-written stub.
void BenchCompileTime(Report& report);  // Generated headers against protoc's.
void BenchTls(Report& report);          // The same over mutual TLS against without.
void BenchSql(Report& report);          // The SQL port against sqlite3's own calls.
void BenchPostgresql(Report& report);   // The SQL port against libpq's own calls.
void BenchOrders(Report& report);       // POST /orders on PostgreSQL against hand-written code.
void BenchEvents(Report& report);       // Commit to applied against JetStream by libnats alone.
void BenchShop(Report& report);         // The shop with every module remote against one process.
void BenchShopOnPostgresql(Report& report);
void BenchLoad(Report& report);  // The HTTP face with much load against with less.
void BenchHttp(Report& report);  // The HTTP face against nginx; needs nginx and wrk.

// A server that BenchGrpc calls, in this process, which BenchGrpc has started and kills.
[[noreturn]] void Serve(const std::string& kind, const std::string& address);

// One that BenchOrders calls: a hand-written shop that takes orders and nothing else. `keys` is a
// file with the keys of those who sign tokens, `address` the database as libpq writes it.
[[noreturn]] void ServeOrdersByHand(const std::string& keys, const std::string& address);

}  // namespace bench

#endif  // BENCH_SUITES_H_
