// shelf COMMAND: two modules that talk by events, each with a database in this folder.
//
//   shelf price PRODUCT CENTS   the catalogue sets a price
//   shelf deliver               carries events until none waits
//   shelf labels                what stands on the shelves
//   shelf rebuild               makes the labels from the catalogue, not from events
//
// SHELF_BUS names the bus that a price is told to, SHELF_DIGITS how wide a label is, and SHELF_DIE
// where the program is to be killed: after-commit (price), after-send, after-effect (deliver).
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catalogue/catalogue.h"
#include "labels/labels.h"
#include "seam/events/direct.h"
#include "seam/events/inbox.h"
#include "seam/events/inbox_service.h"
#include "seam/events/relay.h"
#include "seam/events/standing.h"
#include "seam/events/v1/inbox_in_process.h"
#include "seam/observe/log.h"

namespace {

using std::chrono::milliseconds;

std::string Setting(const char* name, const char* usual) {
  const char* const value = std::getenv(name);
  return value == nullptr ? usual : value;
}

// As kill -9 does it: nothing is tidied up.
void DieHere(const std::string& place) {
  if (Setting("SHELF_DIE", "") == place) std::raise(SIGKILL);
}

// Whether an event still waits on either side.
bool Waits(seam::sql::Database& database) {
  return database.Read(seam::Context(), [](seam::sql::Session& session) {
    for (const auto& one : seam::events::ReadStandings(session, std::chrono::system_clock::now())) {
      if (one.waiting > 0) return true;
    }
    return false;
  });
}

int Deliver(Catalogue& catalogue, Labels& labels) {
  seam::LogOptions quiet;
  quiet.sink = [](std::string_view) {};  // Your program has a log.
  seam::Log log(quiet);

  seam::events::InboxOptions inbox_options;
  inbox_options.subscriber = "labels";
  inbox_options.lease = milliseconds(300);  // Short, as somebody watches.
  inbox_options.max_attempts = 3;
  inbox_options.first_pause = milliseconds(10);
  inbox_options.before_commit = [] {
    DieHere("after-effect");
    while (Setting("SHELF_DIE", "") == "after-send") {  // That is sooner, whatever runs first.
      std::this_thread::sleep_for(milliseconds(10));
    }
  };
  seam::events::Inbox inbox(
      labels.database(), inbox_options,
      [&](seam::sql::Session& session) { return labels.Subscribers(session); }, log);

  // Both modules are in this program. Were they in two, only this client would be another.
  seam::events::InboxService service({&inbox});
  seam::events::v1::InboxInProcessClient client(service);

  seam::events::RelayOptions relay_options;
  relay_options.source = "catalogue";
  relay_options.lease = milliseconds(300);
  relay_options.after_send = [] { DieHere("after-send"); };
  const seam::events::Relay relay(
      catalogue.database(), relay_options,
      {std::make_shared<seam::events::DirectDestination>("labels", client)}, log);

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (Waits(catalogue.database()) || Waits(labels.database())) {
    if (std::chrono::steady_clock::now() > until) {
      std::printf("something still waits\n");
      return 1;
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  std::printf("nothing waits\n");
  return 0;
}

int Run(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  Catalogue catalogue("catalogue.db");
  Labels labels("labels.db", std::atoi(Setting("SHELF_DIGITS", "5").c_str()));
  if (command == "price" && arguments.size() == 3) {
    const Product product = catalogue.SetPrice(arguments[1], std::atoll(arguments[2].c_str()),
                                               Setting("SHELF_BUS", "labels"));
    DieHere("after-commit");
    std::printf("%s costs %lld, version %lld\n", product.name.c_str(),
                static_cast<long long>(product.cents), static_cast<long long>(product.version));
    return 0;
  }
  if (command == "deliver") return Deliver(catalogue, labels);
  if (command == "labels") {
    for (const Label& label : labels.List()) {
      std::printf("%-6s %6lld, version %lld\n", label.product.c_str(),
                  static_cast<long long>(label.cents), static_cast<long long>(label.version));
    }
    return 0;
  }
  if (command == "rebuild") {
    for (const Product& product : catalogue.List()) {
      labels.Keep({product.name, product.version, product.cents});
    }
    return 0;
  }
  std::fprintf(stderr, "shelf price PRODUCT CENTS, deliver, labels or rebuild\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shelf: %s\n", error.what());
    return 2;
  }
}
