#ifndef SEAM_EVENTS_DIRECT_H_
#define SEAM_EVENTS_DIRECT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "seam/events/destination.h"
#include "seam/events/v1/inbox_client.h"

namespace seam::events {

// The bus `direct`: the inbox of one subscriber, reached by a seam call over whatever binding its
// module has. No broker. A batch that is refused by the fault of one of its events is sent again
// one by one, so that the others do not suffer.
class DirectDestination final : public Destination {
 public:
  // `inbox` must outlive it.
  DirectDestination(std::string subscriber, v1::InboxClient& inbox);

  [[nodiscard]] const std::string& name() const noexcept override { return subscriber_; }
  [[nodiscard]] std::vector<Result<void>> Send(const Context& context,
                                               const std::vector<Event>& events) override;

 private:
  // Those from `begin` to before `end`, in one call.
  [[nodiscard]] Result<void> Deliver(const Context& context, const std::vector<Event>& events,
                                     std::size_t begin, std::size_t end);

  const std::string subscriber_;
  v1::InboxClient& inbox_;
};

}  // namespace seam::events

#endif  // SEAM_EVENTS_DIRECT_H_
