#ifndef LABELS_LABELS_H_
#define LABELS_LABELS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seam/events/subscriber.h"
#include "seam/sql/database.h"

// What stands on a shelf: a copy of a price, and of which version.
struct Label {
  std::string product{};
  std::int64_t version = 0;
  std::int64_t cents = 0;
};

// Prints the labels. It listens to the catalogue's events, and knows nothing else of it.
class Labels {
 public:
  // `file` is its own; made when it is not there. A price of more than `digits` does not fit.
  Labels(const std::string& file, int digits);

  std::vector<Label> List();

  // Keeps the label, unless it has one of a higher version: in whatever order they come, and
  // however often.
  void Keep(const Label& label);

  // What applies events in a transaction of the inbox.
  std::vector<std::unique_ptr<seam::events::Subscriber>> Subscribers(seam::sql::Session& session);

  // With the inbox.
  seam::sql::Database& database() { return *database_; }

 private:
  const std::unique_ptr<seam::sql::Database> database_;
  const int digits_;
};

#endif  // LABELS_LABELS_H_
