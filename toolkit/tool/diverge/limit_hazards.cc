// What cannot cross a wire is refused everywhere.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "seam/binding/call_rules.h"
#include "seam/core/uuid.h"
#include "seam/wire/kinds.h"
#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

using namespace seam::probe::v1;  // NOLINT(google-build-using-namespace): the contract in use.

std::string RequestThatIsNotUtf8(const Stage& stage) {
  std::string seen;
  // A surrogate, an overlong form, a byte that never occurs, and half a character.
  for (const char* const text : {"\xED\xA0\x80", "\xC0\xAF", "\xFF", "\xC3"}) {
    const std::string key = NewUuidV7();
    EchoRequest request{.key = key};
    request.value.emplace().strings = {"fine", text};
    const auto refused = stage.client.Echo(Context(), request);
    std::string once = Outcome(refused);
    if (!refused) {
      for (const auto& [name, value] : refused.error().metadata) once += " " + name + "=" + value;
    }
    once = AndRuns(once, stage, key);
    if (!seen.empty() && seen != once) return seen + ", but for " + Quoted(text) + " " + once;
    seen = once;
  }
  return seen;
}

std::string ReplyThatIsNotUtf8(const Stage& stage) {
  return Outcome(stage.client.Make(Context(), {.text_that_is_not_utf8 = true}));
}

std::string RequestSize(const Stage& stage) {
  const std::string key = NewUuidV7();
  MakeRequest request{.key = key};
  // The key and the padding, each with its tag and length; the padding's length takes 4 bytes.
  const std::size_t around = (2 + key.size()) + (1 + 4);
  request.padding.assign(kDefaultMaxMessageBytes - around, 'x');
  const std::string at_limit = Outcome(stage.client.Make(Context(), request));
  request.padding.push_back('x');
  return "at the limit " + at_limit + "; one byte more " +
         AndRuns(Outcome(stage.client.Make(Context(), request)), stage, key);
}

std::string ReplySize(const Stage& stage) {
  // The payload with its tag and its length, which takes 4 bytes.
  const auto limit = static_cast<std::int64_t>(kDefaultMaxMessageBytes) - 5;
  const std::string at_limit = Outcome(stage.client.Make(Context(), {.payload_bytes = limit}));
  return "at the limit " + at_limit + "; one byte more " +
         Outcome(stage.client.Make(Context(), {.payload_bytes = limit + 1}));
}

Value OfDepth(int depth) {
  Tree tree;
  for (int i = 1; i < depth; ++i) {
    Tree outer;
    outer.left = std::move(tree);
    tree = std::move(outer);
  }
  Value value;
  value.tree = std::move(tree);
  return value;
}

std::string Depth(const Stage& stage) {
  const std::string key = NewUuidV7();
  // The request lies at depth 0 and the value in it at depth 1.
  constexpr int kDeepest = wire::kMaxDepth - 1;
  const std::string at_limit =
      Outcome(stage.client.Echo(Context(), EchoRequest{.key = key, .value = OfDepth(kDeepest)}));
  const std::string above = Outcome(
      stage.client.Echo(Context(), EchoRequest{.key = key, .value = OfDepth(kDeepest + 1)}));
  return "100 deep " + at_limit + "; one more " + AndRuns(above, stage, key);
}

}  // namespace

std::vector<Hazard> LimitHazards() {
  return {
      {.name = "request-not-utf8",
       .text = "a text that is not UTF-8 is taken in one process and refused by the network",
       .provoke = RequestThatIsNotUtf8,
       .expected = "INVALID_ARGUMENT INVALID_UTF8 (not-delivered) "
                   "field=seam.probe.v1.Value.strings; the handler does not run",
       .without = Without::kGuards},
      {.name = "reply-not-utf8",
       .text = "a handler answers with a text that is not UTF-8",
       .provoke = ReplyThatIsNotUtf8,
       .expected = "INTERNAL INVALID_UTF8 (outcome-unknown)",
       .without = Without::kGuards},
      {.name = "request-size",
       .text = "a large request is taken in one process and refused by the network",
       .provoke = RequestSize,
       .expected = "at the limit answered; one byte more RESOURCE_EXHAUSTED MESSAGE_TOO_LARGE "
                   "(not-delivered); the handler runs once",
       .without = Without::kGuards},
      {.name = "reply-size",
       .text = "a large reply is given in one process and refused by the network",
       .provoke = ReplySize,
       .expected = "at the limit answered; one byte more RESOURCE_EXHAUSTED MESSAGE_TOO_LARGE "
                   "(outcome-unknown)",
       .without = Without::kGuards},
      {.name = "depth",
       .text = "messages that lie in one another deeper than a receiver follows",
       .provoke = Depth,
       .expected = "100 deep answered; one more INVALID_ARGUMENT MESSAGE_TOO_DEEP "
                   "(not-delivered); the handler runs once",
       .without = Without::kGuards},
  };
}

}  // namespace seam::diverge
