#include "inventory/repository.h"

#include "seam/core/time.h"

namespace shop::inventory::repository {
namespace {

using seam::sql::Row;

}  // namespace

std::optional<v1::Stock> FindStock(Session& session, std::string_view product_id) {
  return session.QueryOne(
      "SELECT product_id, name, available, version, updated_at FROM stock "
      "WHERE product_id = $1 AND deleted = 0",
      {product_id}, [](const Row& row) {
        v1::Stock stock;
        stock.product_id = row.Text(0);
        stock.name = row.Text(1);
        stock.available = row.Int64(2);
        stock.version = row.Int64(3);
        stock.updated_at = seam::TimestampFromUnixMilliseconds(row.Int64(4));
        return stock;
      });
}

// A transaction that began before a rebuild may end after it has seen the row: so no generation is
// ever replaced by a lower one.
void Learn(Session& session, const News& news, std::int64_t now) {
  session.Execute(
      "INSERT INTO stock (product_id, name, available, version, deleted, updated_at, generation) "
      "VALUES ($1, $2, $3, $4, 0, $5, (SELECT generation FROM rebuild)) "
      "ON CONFLICT (product_id) DO UPDATE SET "
      "name = CASE WHEN excluded.name <> '' AND "
      "(excluded.version > stock.version OR stock.name = '') "
      "THEN excluded.name ELSE stock.name END, "
      "available = CASE WHEN excluded.version > stock.version "
      "THEN excluded.available ELSE stock.available END, "
      "deleted = CASE WHEN excluded.version > stock.version THEN 0 ELSE stock.deleted END, "
      "updated_at = CASE WHEN excluded.version > stock.version "
      "THEN excluded.updated_at ELSE stock.updated_at END, "
      "version = CASE WHEN excluded.version > stock.version "
      "THEN excluded.version ELSE stock.version END, "
      "generation = CASE WHEN excluded.generation > stock.generation "
      "THEN excluded.generation ELSE stock.generation END",
      {news.product_id, news.name, news.available, news.version, now});
}

void LearnDeleted(Session& session, std::string_view product_id, std::int64_t version,
                  std::int64_t now) {
  session.Execute(
      "INSERT INTO stock (product_id, name, available, version, deleted, updated_at, generation) "
      "VALUES ($1, '', 0, $2, 1, $3, (SELECT generation FROM rebuild)) "
      "ON CONFLICT (product_id) DO UPDATE SET name = '', available = 0, "
      "version = excluded.version, deleted = 1, updated_at = excluded.updated_at "
      "WHERE excluded.version > stock.version",
      {product_id, version, now});
}

void RemoveDeleted(Session& session, std::int64_t before) {
  session.Execute("DELETE FROM stock WHERE deleted = 1 AND updated_at < $1", {before});
}

RebuildState FindRebuild(Session& session) {
  return session
      .QueryOne("SELECT wanted, running, ended_at FROM rebuild", {},
                [](const Row& row) {
                  RebuildState state;
                  state.due = row.Int64(0) == 1 || row.Int64(1) == 1;
                  if (!row.IsNull(2)) state.ended_at = row.Int64(2);
                  return state;
                })
      .value();
}

void WantRebuild(Session& session) { session.Execute("UPDATE rebuild SET wanted = 1", {}); }

std::optional<std::int64_t> BeginRebuild(Session& session, std::string_view holder,
                                         std::int64_t now, std::int64_t span) {
  return session.QueryOne(
      "UPDATE rebuild SET generation = generation + 1, wanted = 0, running = 1, holder = $1, "
      "until = $3 WHERE (wanted = 1 OR running = 1) AND (holder = '' OR until <= $2 OR until > $4) "
      "RETURNING generation",
      {holder, now, now + span, now + 2 * span}, [](const Row& row) { return row.Int64(0); });
}

bool KeepRebuild(Session& session, std::string_view holder, std::int64_t generation,
                 std::int64_t until) {
  return session.Execute(
             "UPDATE rebuild SET until = $3 WHERE holder = $1 AND generation = $2 AND running = 1",
             {holder, generation, until}) == 1;
}

void LeaveRebuild(Session& session, std::string_view holder) {
  session.Execute("UPDATE rebuild SET holder = '', until = 0 WHERE holder = $1", {holder});
}

void EndRebuild(Session& session, std::int64_t generation, std::int64_t now) {
  session.Execute("DELETE FROM stock WHERE generation < $1 AND deleted = 0", {generation});
  session.Execute("UPDATE rebuild SET running = 0, holder = '', until = 0, ended_at = $1", {now});
}

}  // namespace shop::inventory::repository
