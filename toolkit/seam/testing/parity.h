#ifndef SEAM_TESTING_PARITY_H_
#define SEAM_TESTING_PARITY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "seam/binding/call_rules.h"
#include "seam/core/channel.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"

// Two bindings of one contract, each over a fresh store, given the same random calls: every answer,
// every error and the rows in the end must be equal. docs/parity-tests.md has a whole example.
//
//   TEST(GreeterParity, InProcessAndGrpcAreEqual) {
//     seam::testing::ParityOptions options;
//     options.failures_folder = SEAM_PARITY_FAILURES;
//     const auto outcome = seam::testing::CompareSides(
//         GreeterSeam::contract(), [] { return std::make_unique<GreeterSide>(Side::kInProcess); },
//         [] { return std::make_unique<GreeterSide>(Side::kGrpcTcp); }, options);
//     EXPECT_TRUE(outcome.equal) << outcome.report;
//   }
namespace seam::testing {

struct Caller {
  std::string name;  // As it stands in reports and files: "admin".
  Context context;
};

// One binding over a store that nobody has used. Calls come one after the other.
class ParitySide {
 public:
  ParitySide() = default;
  ParitySide(const ParitySide&) = delete;
  ParitySide& operator=(const ParitySide&) = delete;
  virtual ~ParitySide() = default;

  // Told before the first call: the seed of the sequence, for what else happens by chance on a
  // side, such as a FaultPlan. The same one for both sides, when calls are left out of the
  // sequence, and with a file that was kept.
  virtual void Begin([[maybe_unused]] std::uint64_t seed) {}

  // The client: a ClientChannel (seam/testing/client_channel.h), or channels around one.
  [[nodiscard]] virtual Channel& channel() = 0;

  // Who calls, at least one; the same names in the same order on every side.
  [[nodiscard]] virtual std::vector<Caller> callers() { return {{"anybody", Context()}}; }

  // What is in the store now, a line a row in any order, without what must differ between two
  // stores, such as times. An id that a reply has told is taken for the other side's, and rows that
  // are equal but for UUIDs are paired: as the UUIDs tell that are known, else in their order.
  [[nodiscard]] virtual std::vector<std::string> Rows() { return {}; }
};

using OpenSide = std::function<std::unique_ptr<ParitySide>()>;

// Fields are named by a pattern: their name ("id"), their full name
// ("shop.products.v1.Product.id"), or either's end after a star ("*_id"). A pattern of `values`,
// `only_values` or `differing` that matches no field of the contract ends the program, as it is
// misspelt; so does a method of `left_out` or `to_answer` that the contract does not have, or 0 for
// `sequences`, `calls`, `max_message_bytes` or `call_timeout`.
struct ParityOptions {
  // Where failing inputs are kept, in files that are tried first: in a folder in it by the
  // contract's full name, made when something is kept, so that the comparisons of a program can
  // have one folder. Those of one contract share what is kept; ones whose callers have other names
  // need folders of their own. Belongs into the repository. Empty for none.
  //
  // While a sequence runs its calls are there, too, as running-1.json, or another number. That file
  // stays when the program ends in one of them, is tried first by the next one, and goes when that
  // one gets to its end. What other programs are running is not touched.
  std::string failures_folder{};

  // How many sequences of random calls there are, each over two fresh stores, a hundred times as
  // many when the environment has SEAM_SOAK=1; and how many calls a sequence has at most.
  std::size_t sequences = 100;
  std::size_t calls = 12;

  // What the clients of both sides refuse more than; requests are made that just reach it.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // A call that takes longer on a side is a difference. Its context has a deadline that is a little
  // later, unless the caller's own is earlier. A call that has not returned, and a side that has
  // not been opened, read or closed, after three times as long, ends the program and says what is
  // not ending; so give more when you look at a call with a debugger.
  std::chrono::milliseconds call_timeout = std::chrono::seconds(30);

  // Values with which a call gets beyond the checks of its fields, by pattern. Numbers, booleans
  // and enums are spelt as in text format, messages in text format. Most calls use them.
  std::map<std::string, std::vector<std::string>> values{};

  // Fields that are left out or get one of their `values`, in any call: where a random number would
  // ask for more memory or time than there is.
  std::vector<std::string> only_values{};

  // String fields that hold what the module makes up, such as ids. Two stores make up two values,
  // so these are matched: where one side says X and the other Y, X and Y mean the same from then
  // on, in every text. Requests use such values again. UUIDs are matched in every text.
  std::vector<std::string> made_up = {"id", "*_id", "*_ids", "*_token"};

  // Fields of replies, and keys of errors' metadata, whose values differ for a good reason, such as
  // times: only whether there is one is compared.
  std::vector<std::string> differing{};
  std::vector<std::string> differing_metadata{};

  // Methods that are not called, by name.
  std::vector<std::string> left_out{};

  // Methods, by name, of which each is to be answered at least once on the first side: further
  // sequences follow while one is not, up to ten times as many in all. Whether it came to that is
  // in ParityOutcome::methods.
  std::vector<std::string> to_answer{};
};

struct ParityOutcome {
  bool equal = true;

  // What a developer has to read: the calls after which the sides differ, made as few and as small
  // as could be, how they differ, and how to see it again. When the sides are equal, how often each
  // method was answered and refused.
  std::string report;

  // The rest tells about the difference, if there is one.
  std::uint64_t seed = 0;  // SEAM_SEED repeats it; 0 when it came from a file.
  std::size_t calls = 0;   // How many are left.
  std::string file;        // Where they were kept; empty when they were not.

  struct Count {
    std::size_t answered = 0;
    std::size_t refused = 0;
  };
  std::map<std::string, Count> methods;  // Of the first side, by the method's name.
};

// Tries the kept failures first, then random sequences, until the sides differ. The first seed is
// the environment's SEAM_SEED (a number from 1 to 2^63 - 1), a fixed one without it, or one by
// chance with SEAM_SOAK=1. Prints it first, flushed. A kept file that makes no sense is reported as
// a difference would be. Aborts when the contract's descriptor, the options or the seed make no
// sense, or something does not end (see call_timeout), and says why.
[[nodiscard]] ParityOutcome CompareSides(const ServiceContract& contract, const OpenSide& first,
                                         const OpenSide& second, const ParityOptions& options);

}  // namespace seam::testing

#endif  // SEAM_TESTING_PARITY_H_
