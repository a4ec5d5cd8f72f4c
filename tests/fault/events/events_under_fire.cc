#include "events_under_fire.h"

#include <signal.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "seam/events/standing.h"
#include "tables.h"

namespace seam::events::fault {
namespace {

using std::chrono::milliseconds;

constexpr int kOfAKind = 2;
constexpr milliseconds kLease{300};
constexpr int kBacklog = 50;

// How often the place is passed at most before the end comes there.
const std::map<std::string, std::uint64_t> kPlaces = {
    {"published", 60}, {"sent", 10}, {"taken", 8}, {"applied", 12}};

bool IsPlace(const std::string& fate) { return kPlaces.count(fate) > 0; }

}  // namespace

struct EventsUnderFire::Part {
  std::string name;
  std::vector<std::string> arguments;
  std::mt19937_64 random;  // Its own, so that no decision depends on what another process does.
  std::vector<std::string> fates;
  std::string fate{};  // That of the process that runs, or is started next; may be none.
  std::unique_ptr<seam::testing::Process> process{};
  Clock::time_point due{};  // When it is started, killed, paused, …
  int step = 0;             // Of its fate.

  std::uint64_t Choose(std::uint64_t below) { return random() % below; }
  milliseconds ChooseSpan(milliseconds longest) {
    return milliseconds(Choose(static_cast<std::uint64_t>(longest.count())));
  }
  [[nodiscard]] bool IsDone() const { return fate.empty() && fates.empty() && process != nullptr; }
  void NextFate() {
    fate.clear();
    step = 0;
    if (fates.empty()) return;
    fate = fates.back();
    fates.pop_back();
  }
};

EventsUnderFire::EventsUnderFire(EventsOptions options)
    : options_(std::move(options)),
      things_(databases_.Open(std::string(kPublisher))),
      stock_(databases_.Open(std::string(kSubscriber))),
      effects_(options_.fault == "effects-apart" ? databases_.Open("effects") : nullptr) {
  MakeThings(*things_);
  MakeEffects(*stock_);
  if (effects_) MakeEffects(*effects_);
  for (int i = 0; i < kBacklog; ++i) {
    const std::string thing = ThingName(i % kThings);
    things_->Write(Context(), [&](sql::Session& session) {
      TellChange(Context(), session, thing, ChangeThing(session, thing));
    });
  }
  for (int i = 0; i < kOfAKind; ++i) {
    AddPart("publisher", i, options_.publishers_fates);
    AddPart("subscriber", i, options_.subscribers_fates);
  }
  for (const auto& part : publishers_) Start(*part);
  for (const auto& part : subscribers_) Start(*part);
}

EventsUnderFire::~EventsUnderFire() = default;

std::vector<std::string> EventsUnderFire::DatabaseArguments(const std::string& module) const {
  const sql::DatabaseOptions options = databases_.Of(module);
  if (!options.postgresql) return {"--database", options.sqlite_file};
  return {"--database", options.postgresql->address, "--role", options.postgresql->role};
}

void EventsUnderFire::AddPart(const std::string& kind, int number, std::vector<std::string> fates) {
  auto& parts = kind == "publisher" ? publishers_ : subscribers_;
  auto part = std::make_unique<Part>();
  part->name = kind + "-" + std::to_string(number);
  std::seed_seq seed = {options_.seed, std::uint64_t{publishers_.size()},
                        std::uint64_t{subscribers_.size()}};
  part->random.seed(seed);
  part->fates = std::move(fates);
  std::shuffle(part->fates.begin(), part->fates.end(), part->random);
  part->NextFate();

  const auto socket = [this](int of) {
    return databases_.folder() / ("subscriber-" + std::to_string(of));
  };
  part->arguments = {EVENTS_PART, kind, "--lease", std::to_string(kLease.count())};
  const auto add = [&part](const std::vector<std::string>& more) {
    part->arguments.insert(part->arguments.end(), more.begin(), more.end());
  };
  if (!options_.fault.empty()) add({"--fault", options_.fault});
  if (kind == "publisher") {
    add(DatabaseArguments(std::string(kPublisher)));
    for (int i = 0; i < kOfAKind; ++i) add({"--inbox", socket(i)});
  } else {
    add(DatabaseArguments(std::string(kSubscriber)));
    add({"--socket", socket(number), "--max-waiting", std::to_string(options_.max_waiting)});
    if (effects_) add({"--effects", databases_.folder() / "effects.sqlite"});
  }
  parts.push_back(std::move(part));
}

void EventsUnderFire::Start(Part& part, bool changes) {
  std::vector<std::string> arguments = part.arguments;
  arguments.insert(arguments.end(), {"--seed", std::to_string(part.random())});
  if (arguments[1] == "publisher") {
    arguments.insert(arguments.end(),
                     {"--pause-us", std::to_string(changes ? options_.pause.count() : -1)});
  }
  if (IsPlace(part.fate)) {
    const std::uint64_t times = 1 + part.Choose(kPlaces.at(part.fate));
    arguments.insert(arguments.end(), {"--ends-at", part.fate, "--times", std::to_string(times)});
  }
  part.due = Clock::now() + part.ChooseSpan(kLease);
  part.process = std::make_unique<seam::testing::Process>(arguments);
}

void EventsUnderFire::Play() {
  const auto deadline = Clock::now() + shop::fault::kPatience;
  const auto for_all = [this](const auto& action) {
    for (const auto& part : publishers_) action(*part);
    for (const auto& part : subscribers_) action(*part);
  };
  for (bool done = false; !done && complaints_.empty();) {
    done = true;
    for_all([&](Part& part) {
      Tend(part);
      done = done && part.IsDone();
    });
    if (Clock::now() > deadline) {
      for_all([this](const Part& part) {
        if (part.IsDone() || !part.process) return;
        complaints_.Add(part.name + " was not " + part.fate + ":\n" + part.process->output());
      });
    }
    std::this_thread::sleep_for(shop::fault::kOften);
  }
}

void EventsUnderFire::Tend(Part& part) {
  const bool is_due = Clock::now() >= part.due;
  if (!part.process) {
    if (is_due) Start(part);
  } else if (IsPlace(part.fate)) {
    if (!part.process->Wait(milliseconds(0))) return;
    complaints_.End(part.name, *part.process, SIGKILL);
    TakeAway(part);
  } else if (part.fate == "killed") {
    if (!is_due) return;
    complaints_.End(part.name, *part.process, SIGKILL);
    TakeAway(part);
  } else if (part.fate == "paused" && is_due) {
    ++part.step;
    if (part.step == 1) {
      part.process->Signal(SIGSTOP);
      part.due = Clock::now() + kLease + part.ChooseSpan(kLease);
    } else if (part.step == 2) {
      part.process->Signal(SIGCONT);
      part.due = Clock::now() + part.ChooseSpan(kLease / 3);
    } else {
      EndInGoodOrder(part);
      TakeAway(part);
    }
  }
}

// For a moment, or for longer than its leases last.
void EventsUnderFire::TakeAway(Part& part) {
  std::cout << part.name << " was " << part.fate << "\n";
  part.process.reset();
  part.due = Clock::now() + part.ChooseSpan(kLease / 3);
  if (part.Choose(4) == 0) part.due += kLease;
  part.NextFate();
}

void EventsUnderFire::FallBehind(std::int64_t events) {
  for (const auto& part : subscribers_) part->process->Signal(SIGSTOP);
  complaints_.Await("events that nobody takes", [&] { return WaitInOutbox(events); });
  for (const auto& part : subscribers_) part->process->Signal(SIGCONT);
}

void EventsUnderFire::Finish() {
  if (!complaints_.empty()) return;
  EndAll();
  for (const auto& part : publishers_) Start(*part, false);
  for (const auto& part : subscribers_) Start(*part);
  complaints_.Await("an end of all that waits", [this] { return IsQuiet(); });
  EndAll();
  Read();
}

void EventsUnderFire::EndAll() {
  for (const auto& part : publishers_) EndInGoodOrder(*part);
  for (const auto& part : subscribers_) EndInGoodOrder(*part);
}

void EventsUnderFire::EndInGoodOrder(const Part& part) {
  // Before that it does not know of the signal.
  static_cast<void>(part.process->WaitForLine("ready", shop::fault::kPatience));
  complaints_.End(part.name, *part.process, SIGTERM);
}

bool EventsUnderFire::IsQuiet() {
  const auto none = [](sql::Database& database, std::string_view statement) {
    return !database.Read(Context(), [&](sql::Session& session) {
      return session.QueryOne(statement, {}, [](const sql::Row&) { return true; });
    });
  };
  return none(*things_, "SELECT 1 FROM seam_outbox WHERE state = 0 LIMIT 1") &&
         none(*stock_, "SELECT 1 FROM seam_inbox WHERE state = 0 LIMIT 1");
}

bool EventsUnderFire::WaitInOutbox(std::int64_t events) {
  return *things_->Read(Context(), [&](sql::Session& session) {
    return session.QueryOne("SELECT count(*) FROM (SELECT 1 FROM seam_outbox LIMIT $1) AS waiting",
                            {events}, [&](const sql::Row& row) { return row.Int64(0) >= events; });
  });
}

void EventsUnderFire::Read() {
  const Versions versions = ReadVersions(*things_);
  for (const auto& [thing, version] : versions) changes_ += version;
  for (const std::string& fault :
       FindFaults(versions, ReadEffects(effects_ ? *effects_ : *stock_))) {
    complaints_.Add(fault);
  }
  for (sql::Database* const database : {things_.get(), stock_.get()}) {
    const auto standings = database->Read(Context(), [](sql::Session& session) {
      return ReadStandings(session, std::chrono::system_clock::now());
    });
    for (const Standing& standing : standings) {
      redelivered_ += standing.redelivered;
      if (standing.waiting + standing.parked == 0) continue;
      complaints_.Add(std::to_string(standing.waiting) + " events wait and " +
                      std::to_string(standing.parked) + " are parked, of " + standing.peer);
    }
  }
}

}  // namespace seam::events::fault
