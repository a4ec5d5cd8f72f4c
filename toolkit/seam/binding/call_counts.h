#ifndef SEAM_BINDING_CALL_COUNTS_H_
#define SEAM_BINDING_CALL_COUNTS_H_

#include <memory>
#include <string>

#include "seam/binding/call_rules.h"
#include "seam/core/contract.h"

namespace seam {

// Counts the calls that a program's clients make, in whichever binding: who is called how often,
// and by whom, for `seam rank --calls` and whatever else reads Prometheus' text format.
// Thread-safe. A call that is counted takes a lock and some dozen nanoseconds; a client that was
// not given a counter pays nothing.
class CallCounts {
 public:
  CallCounts();

  // For CallRules::on_call of a client of `module`, by the name that the module has in
  // seam-rules.json; `contract` is the client's, as of a generated XSeam::contract(). A module may
  // have several contracts. What it returns may outlive this object.
  [[nodiscard]] CallObserver Of(std::string module, const ServiceContract& contract);

  // Forgets what was counted until now, such as the calls of a program's start.
  void Clear();

  // The counts, as https://prometheus.io/docs/instrumenting/exposition_formats has it:
  //
  //   # TYPE seam_calls_total counter
  //   seam_calls_total{from="orders",module="products",method="GetProduct"} 12
  //
  // `from` is the module whose handler made the call, passing on its Context; its service where no
  // client of that was counted; and left out where a chain of calls begins. Sorted.
  [[nodiscard]] std::string ToText() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace seam

#endif  // SEAM_BINDING_CALL_COUNTS_H_
