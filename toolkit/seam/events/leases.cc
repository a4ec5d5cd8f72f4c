#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include "seam/core/uuid.h"
#include "seam/events/leases_internal.h"
#include "seam/events/partition_internal.h"
#include "seam/sql/rows.h"

namespace seam::events::internal {
namespace {

using sql::Row;
using sql::Session;
using sql::Value;

// How long giving back may take.
constexpr std::chrono::milliseconds kTimeToGiveBack{500};

// Of a lease's span: how often it is looked who else is there, and from when it is renewed.
constexpr int kLooks = 20;
constexpr int kRenewals = 3;

std::vector<std::string> LeaseNames(const std::string& work) {
  std::vector<std::string> names;
  for (int part = 0; part < kPartitions; ++part) names.push_back(work + "/" + std::to_string(part));
  return names;
}

std::vector<Value> ToValues(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

Leases::Leases(sql::Database& database, std::string work, std::chrono::milliseconds span,
               SystemClock clock, Log& log)
    : database_(database),
      work_(std::move(work)),
      names_(LeaseNames(work_)),
      span_(span),
      clock_(std::move(clock)),
      log_(log),
      holder_(NewUuidV7()) {}

void Leases::Keep(const Context& context) {
  const std::int64_t now = ToMillis(clock_());
  if (!looks_.Is(now)) return;
  const Seen seen = Look(context, now);
  const std::size_t share = ShareOf(seen);
  std::vector<int> wanted = seen.mine;
  std::vector<std::string> beyond;
  for (std::size_t i = share; i < wanted.size(); ++i) beyond.push_back(NameOf(wanted[i]));
  if (wanted.size() > share) wanted.resize(share);
  const std::size_t taken = std::min(share - wanted.size(), seen.free.size());
  wanted.insert(wanted.end(), seen.free.begin(),
                seen.free.begin() + static_cast<std::ptrdiff_t>(taken));

  const bool renewal = seen.until - now < span_.count() - span_.count() / kRenewals;
  if (taken > 0 || !beyond.empty() || renewal) {
    held_ = database_.Write(context, [&](Session& session) {
      Note(session, now);
      sql::ExecuteIn(session, "DELETE FROM seam_event_lease WHERE holder = $1 AND name IN",
                     {holder_}, ToValues(beyond));
      return Take(session, wanted, now);
    });
    until_ = now + span_.count();
    if (taken > 0 && !seen.dead.empty()) {
      log_.Info("partitions are taken over from a worker that does not renew its leases",
                {{"work", work_}, {"worker", seen.dead}, {"partitions", taken}});
    }
  } else {
    held_ = wanted;
    until_ = seen.until;
  }
  looks_.Set(now, std::max(span_ / kLooks, std::chrono::milliseconds(1)));
}

Leases::Seen Leases::Look(const Context& context, std::int64_t now) const {
  struct Lease {
    std::string holder;
    std::int64_t until;
  };
  const std::int64_t longest = now + 2 * span_.count();
  std::string in;
  for (std::size_t i = 1; i <= names_.size(); ++i) in += (i == 1 ? "$" : ", $") + std::to_string(i);
  const std::string statement =
      "SELECT name, holder, until FROM seam_event_lease WHERE name IN (" + in + ")";
  Seen seen;
  seen.until = now;
  std::map<std::string, Lease, std::less<>> leases;
  database_.Read(context, [&](Session& session) {
    session.Query("SELECT holder, until FROM seam_event_worker WHERE work = $1", {work_},
                  [&](const Row& row) {
                    const std::int64_t until = row.Int64(1);
                    if (until <= now || until > longest) return;
                    if (row.Text(0) == holder_) {
                      seen.until = until;
                    } else {
                      seen.workers.emplace_back(row.Text(0));
                    }
                  });
    session.Query(statement, ToValues(names_), [&](const Row& row) {
      leases[std::string(row.Text(0))] = {std::string(row.Text(1)), row.Int64(2)};
    });
  });
  for (int part = 0; part < kPartitions; ++part) {
    const auto lease = leases.find(NameOf(part));
    if (lease == leases.end()) {
      seen.free.push_back(part);
    } else if (lease->second.until <= now || lease->second.until > longest) {
      seen.free.push_back(part);
      if (lease->second.holder != holder_) seen.dead = lease->second.holder;
    } else if (lease->second.holder == holder_) {
      seen.mine.push_back(part);
      seen.until = std::min(seen.until, lease->second.until);
    }
  }
  return seen;
}

// All agree on it who see the same workers: the first of them by name have one more when the
// partitions do not come out even.
std::size_t Leases::ShareOf(const Seen& seen) const {
  const std::size_t all = seen.workers.size() + 1;
  const auto before = static_cast<std::size_t>(
      std::count_if(seen.workers.begin(), seen.workers.end(),
                    [this](const std::string& worker) { return worker < holder_; }));
  return kPartitions / all + (before < kPartitions % all ? 1 : 0);
}

void Leases::Note(Session& session, std::int64_t now) const {
  session.Execute(
      "INSERT INTO seam_event_worker (work, holder, until) VALUES ($1, $2, $3) "
      "ON CONFLICT (work, holder) DO UPDATE SET until = excluded.until",
      {work_, holder_, now + span_.count()});
  session.Execute("DELETE FROM seam_event_worker WHERE work = $1 AND (until <= $2 OR until > $3)",
                  {work_, now, now + 2 * span_.count()});
}

std::vector<int> Leases::Take(Session& session, std::vector<int> wanted, std::int64_t now) const {
  const auto refused = [&](int part) {
    return session.Execute(
               "INSERT INTO seam_event_lease (name, holder, until) VALUES ($1, $2, $4) "
               "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
               "WHERE seam_event_lease.holder = excluded.holder OR seam_event_lease.until <= $3 "
               "OR seam_event_lease.until > $5",
               {NameOf(part), holder_, now, now + span_.count(), now + 2 * span_.count()}) == 0;
  };
  // In one order, so that two who take at the same time do not wait for each other.
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::remove_if(wanted.begin(), wanted.end(), refused), wanted.end());
  return wanted;
}

std::vector<int> Leases::held() const {
  return remaining() > std::chrono::milliseconds::zero() ? held_ : std::vector<int>();
}

std::chrono::milliseconds Leases::remaining() const {
  return std::chrono::milliseconds(until_ - ToMillis(clock_()));
}

bool Leases::Fence(Session& session, const std::vector<int>& parts) const {
  std::vector<Value> names;
  for (const int part : parts) names.emplace_back(names_[static_cast<std::size_t>(part)]);
  const std::int64_t until = ToMillis(clock_()) + span_.count();
  const std::int64_t held = sql::ExecuteIn(
      session, "UPDATE seam_event_lease SET until = $2 WHERE holder = $1 AND name IN",
      {holder_, until}, names);
  return held == static_cast<std::int64_t>(parts.size());
}

void Leases::Lose() noexcept {
  held_.clear();
  looks_.Reset();
}

void Leases::GiveBack() noexcept {
  try {
    database_.Write(Context().WithTimeout(kTimeToGiveBack), [&](Session& session) {
      session.Execute("DELETE FROM seam_event_worker WHERE work = $1 AND holder = $2",
                      {work_, holder_});
      session.Execute("DELETE FROM seam_event_lease WHERE holder = $1", {holder_});
    });
  } catch (const std::exception& error) {
    log_.Info("leases could not be given back; they end by themselves",
              {{"work", work_}, {"error", error.what()}});
  }
}

}  // namespace seam::events::internal
