#include "events_under_fire.h"

#include <signal.h>

#include <algorithm>
#include <iostream>
#include <numeric>
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
      effects_(options_.fault == "effects-apart" ? databases_.Open("effects") : nullptr),
      nats_random_(options_.seed) {
  if (options_.nats) nats_.emplace();
  MakeThings(*things_);
  MakeEffects(*stock_);
  if (effects_) MakeEffects(*effects_);
  for (int i = 0; i < kBacklog; ++i) {
    const std::string thing = ThingName(i % kThings);
    things_->Write(Context(), [&](sql::Session& session) {
      TellChange(Context(), session, options_.nats ? "nats" : std::string(kSubscriber), thing,
                 ChangeThing(session, thing));
    });
  }
  AddParts("publisher", options_.publishers_fates, publishers_);
  AddParts("subscriber", options_.subscribers_fates, subscribers_);
  for (const auto& part : publishers_) Start(*part);
  for (const auto& part : subscribers_) Start(*part);
}

EventsUnderFire::~EventsUnderFire() = default;

std::vector<std::string> EventsUnderFire::DatabaseArguments(const std::string& module) const {
  const sql::DatabaseOptions options = databases_.Of(module);
  if (!options.postgresql) return {"--database", options.sqlite_file};
  return {"--database", options.postgresql->address, "--role", options.postgresql->role};
}

void EventsUnderFire::AddParts(const std::string& kind, std::vector<std::string> fates,
                               std::vector<std::unique_ptr<Part>>& parts) const {
  std::mt19937_64 random(options_.seed);
  std::shuffle(fates.begin(), fates.end(), random);
  for (int i = 0; i < kOfAKind; ++i) {
    parts.push_back(MakePart(kind, i));
    Part& part = *parts.back();
    part.random.seed(random());
    for (std::size_t at = static_cast<std::size_t>(i); at < fates.size(); at += kOfAKind) {
      part.fates.push_back(fates[at]);
    }
    part.NextFate();
  }
}

std::unique_ptr<EventsUnderFire::Part> EventsUnderFire::MakePart(const std::string& kind,
                                                                 int number) const {
  auto part = std::make_unique<Part>();
  part->name = kind + "-" + std::to_string(number);

  const auto socket = [this](int of) {
    return databases_.folder() / ("subscriber-" + std::to_string(of));
  };
  part->arguments = {EVENTS_PART, kind, "--lease", std::to_string(kLease.count())};
  const auto add = [&part](const std::vector<std::string>& more) {
    part->arguments.insert(part->arguments.end(), more.begin(), more.end());
  };
  if (!options_.fault.empty()) add({"--fault", options_.fault});
  if (nats_) add({"--nats", nats_->url()});
  if (kind == "publisher") {
    add(DatabaseArguments(std::string(kPublisher)));
    for (int i = 0; i < kOfAKind; ++i) add({"--inbox", socket(i)});
  } else {
    add(DatabaseArguments(std::string(kSubscriber)));
    add({"--socket", socket(number), "--max-waiting", std::to_string(options_.max_waiting)});
    if (effects_) add({"--effects", databases_.folder() / "effects.sqlite"});
  }
  return part;
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
    TendNats();
    done = nats_is_there_ && kills_of_nats_ == options_.kills_of_nats;
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

void EventsUnderFire::TendNats() {
  if (!nats_ || Clock::now() < nats_is_due_) return;
  const auto wait = [this](milliseconds longest) {
    const auto span = static_cast<std::uint64_t>(longest.count());
    nats_is_due_ = Clock::now() + milliseconds(nats_random_() % span);
  };
  if (!nats_is_there_) {
    nats_->Start();
    nats_is_there_ = true;
    wait(kLease);
  } else if (kills_of_nats_ < options_.kills_of_nats) {
    nats_->Kill();
    std::cout << "nats-server was killed\n";
    nats_is_there_ = false;
    ++kills_of_nats_;
    wait(kLease / 3);
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

void EventsUnderFire::FallBehind(std::int64_t changes) {
  for (const auto& part : subscribers_) {
    static_cast<void>(part->process->WaitForLine("ready", shop::fault::kPatience));
    part->process->Signal(SIGSTOP);
  }
  const std::int64_t wanted = CountChanges() + changes;
  complaints_.Await("changes that nobody hears of", [&] { return CountChanges() >= wanted; });
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
  // What the server has is in neither table.
  const auto taken = [this] {
    return *stock_->Read(Context(), [](sql::Session& session) {
      return session.QueryOne("SELECT count(*) FROM seam_inbox", {},
                              [](const sql::Row& row) { return row.Int64(0); });
    });
  };
  return none(*things_, "SELECT 1 FROM seam_outbox WHERE state = 0 LIMIT 1") &&
         (!options_.nats || taken() >= CountChanges()) &&
         none(*stock_, "SELECT 1 FROM seam_inbox WHERE state = 0 LIMIT 1");
}

std::int64_t EventsUnderFire::CountChanges() {
  const Versions versions = ReadVersions(*things_);
  return std::accumulate(versions.begin(), versions.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& thing) { return sum + thing.second; });
}

void EventsUnderFire::Read() {
  changes_ = CountChanges();
  const Effects applied = ReadEffects(effects_ ? *effects_ : *stock_);
  for (const std::string& fault : FindFaults(ReadVersions(*things_), applied)) {
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
