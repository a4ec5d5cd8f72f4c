// A call fails in the same way everywhere.

#include <cstdint>
#include <map>
#include <string>

#include "seam/binding/normalize.h"
#include "seam/core/uuid.h"
#include "tool/diverge/hazards_internal.h"

namespace seam::diverge {
namespace {

using namespace seam::probe::v1;  // NOLINT(google-build-using-namespace): the contract in use.

std::string Refusal(const Stage& stage, const RefuseRequest& request) {
  const auto refused = stage.client.Refuse(Context().WithTimeout(stage.patience), request);
  return refused ? "answered" : InFull(refused.error());
}

std::string ErrorDetails(const Stage& stage) {
  return Refusal(stage, {.code = 5,
                         .reason = "PRODUCT_NOT_FOUND",
                         .message = "no product 7",
                         .metadata = {{"field", "lines[0].id"}, {"n", ""}}});
}

std::string EveryCode(const Stage& stage) {
  std::string wrong;
  for (std::int32_t number = 1; number <= 16; ++number) {
    const std::string reason = "REASON_" + std::to_string(number);
    const auto refused =
        stage.client.Refuse(Context(), {.code = number, .reason = reason, .message = "x"});
    const Error expected{static_cast<Code>(number), reason, "x", {}, Origin::kHandler};
    if (refused || refused.error() != expected) {
      wrong += (wrong.empty() ? "" : ", ") + std::to_string(number) + " is " + Outcome(refused);
    }
  }
  return wrong.empty() ? "1 to 16 arrive with reason and origin" : wrong;
}

std::string ErrorWithoutReason(const Stage& stage) {
  std::string seen;
  // Codes that gRPC libraries give to calls by themselves.
  for (const std::int32_t number : {1, 2, 4, 8, 12, 13, 14, 16}) {
    const auto refused = stage.client.Refuse(Context(), {.code = number});
    seen += (seen.empty() ? "" : ", ") + (refused ? "answered" : InFull(refused.error()));
  }
  return seen;
}

std::string CodeThatIsNone(const Stage& stage) {
  std::string seen;
  for (const std::int32_t number : {-5, 17, 4711}) {
    const auto refused = stage.client.Refuse(Context(), {.code = number, .reason = "ODD"});
    seen += (seen.empty() ? "" : ", ") + Outcome(refused);
  }
  return seen;
}

std::string ErrorWithCodeOk(const Stage& stage) {
  return Refusal(stage, {.code = 0, .reason = "ODD", .message = "an error that says OK"});
}

std::string ErrorFromElsewhere(const Stage& stage) {
  return Refusal(stage,
                 {.code = 14, .reason = "STOCK_DOWN", .message = "x", .came_from_elsewhere = true});
}

std::string LongMessage(const Stage& stage) {
  std::string message;
  while (message.size() < 20'000) message += "\xC3\xA9";
  return Refusal(stage,
                 {.code = 5, .reason = "LONG", .message = message, .metadata = {{"field", "x"}}});
}

std::string MuchMetadata(const Stage& stage) {
  RefuseRequest request{.code = 5, .reason = "MUCH", .message = "x"};
  for (char letter = 'a'; letter <= 'f'; ++letter) {
    request.metadata.emplace(std::string(1, letter), std::string(400, letter));
  }
  return Refusal(stage, request);
}

std::string EverythingAtItsLimit(const Stage& stage) {
  RefuseRequest request{.code = 9, .reason = std::string(kMaxErrorReasonBytes, 'R')};
  // Three bytes each in a header.
  request.message.assign(kMaxErrorMessageBytes, '\n');
  request.metadata["k"] =
      std::string(kMaxErrorMetadataBytes - kErrorMetadataEntryBytes - 1, '\x01');
  return Refusal(stage, request);
}

std::string ControlCharacters(const Stage& stage) {
  return Refusal(stage, {.code = 5,
                         .reason = "LINES",
                         .message = std::string("a\r\nb: %41 \x00 caf\xC3\xA9 \x7F ", 20),
                         .metadata = {{"a\nb", "%\xC3\xA9"}, {"", "no key"}}});
}

std::string BytesInMessage(const Stage& stage) {
  return Refusal(stage, {.code = 5, .reason = "BYTES", .message = "a\xC3(b\xFF"});
}

std::string MethodLeftOut(const Stage& stage) {
  const auto refused = stage.client.NotThere(Context(), {});
  return refused ? "answered" : InFull(refused.error());
}

std::string WhatIsThrown(const Stage& stage, Thrown thrown) {
  const auto failed =
      stage.client.Throw(Context(), {.what = "password=hunter2 at line 3", .thrown = thrown});
  if (failed) return "answered";
  const bool leaks = failed.error().message.find("hunter2") != std::string::npos;
  return InBrief(failed.error()) + (leaks ? ", with its text" : ", without its text");
}

std::string Exception(const Stage& stage) {
  return WhatIsThrown(stage, Thrown::THROWN_UNSPECIFIED);
}

std::string ExceptionOfAnotherType(const Stage& stage) {
  std::string seen;
  for (const Thrown thrown : {Thrown::THROWN_NUMBER, Thrown::THROWN_TEXT, Thrown::THROWN_ERROR}) {
    seen += (seen.empty() ? "" : "; ") + WhatIsThrown(stage, thrown);
  }
  return seen;
}

std::string HandlersOwnErrorTriedAgain(const Stage& stage) {
  std::string seen;
  for (const std::int32_t number : {14, 1, 8}) {
    const std::string key = NewUuidV7();
    const auto refused =
        stage.client.Refuse(Context(), {.key = key, .code = number, .reason = "BUSY"});
    seen += (seen.empty() ? "" : "; ") + AndRuns(Outcome(refused), stage, key);
  }
  return seen;
}

}  // namespace

std::vector<Hazard> ErrorHazards() {
  return {
      {.name = "error-details",
       .text = "an error loses its reason and its metadata and keeps a text",
       .provoke = ErrorDetails,
       .expected = R"(NOT_FOUND PRODUCT_NOT_FOUND (handler) "no product 7" "field"="lines[0].id" )"
                   R"("n"="")",
       .without = Without::kSeamGrpc},
      {.name = "every-code",
       .text = "the network gives some codes by itself, so that a handler's own is taken for that",
       .provoke = EveryCode,
       .expected = "1 to 16 arrive with reason and origin",
       .without = Without::kSeamGrpc},
      {.name = "error-without-reason",
       .text = "an error that says nothing but its code is taken for one of the network's",
       .provoke = ErrorWithoutReason,
       .expected =
           R"(CANCELLED (handler) "", UNKNOWN (handler) "", DEADLINE_EXCEEDED (handler) "", )"
           R"(RESOURCE_EXHAUSTED (handler) "", UNIMPLEMENTED (handler) "", )"
           R"(INTERNAL (handler) "", UNAVAILABLE (handler) "", UNAUTHENTICATED (handler) "")",
       .without = Without::kCodec},
      {.name = "code-that-is-none",
       .text = "a number that is no code passes in one process",
       .provoke = CodeThatIsNone,
       .expected = "UNKNOWN ODD (handler), UNKNOWN ODD (handler), UNKNOWN ODD (handler)",
       .without = Without::kGuards},
      {.name = "error-with-code-ok",
       .text = "an error whose code is OK becomes a success on the wire",
       .provoke = ErrorWithCodeOk,
       .expected = R"(UNKNOWN ODD (handler) "an error that says OK")",
       .without = Without::kGuards},
      {.name = "error-from-elsewhere",
       .text = "a handler hands on that another module was not reached, and its caller believes "
               "that the handler itself did not run",
       .provoke = ErrorFromElsewhere,
       .expected = R"(UNAVAILABLE STOCK_DOWN (handler) "x")",
       .without = Without::kGuards},
      {.name = "long-message",
       .text = "a message too long for the wire's headers takes code and reason with it",
       .provoke = LongMessage,
       .expected = R"(NOT_FOUND LONG (handler) "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"…)"
                   R"("\xA9\xC3\xA9\xC3\xA9\xE2\x80\xA6" (1023 bytes) "field"="x")",
       .without = Without::kGuards},
      {.name = "much-error-metadata",
       .text = "error metadata that is too much for the wire's headers takes the error with it",
       .provoke = MuchMetadata,
       .expected = R"(NOT_FOUND MUCH (handler) "x" "a"="aaaaaaaa"…"aaaaaaaa" (400 bytes) )"
                   R"("b"="bbbbbbbb"…"bbbbbbbb" (400 bytes) "c"="cccccccc"…"cccccccc" (400 bytes))",
       .without = Without::kGuards},
      {.name = "error-at-its-limits",
       .text = "an error with all its parts as large as they may be is too large together",
       .provoke = EverythingAtItsLimit,
       .expected = std::string("FAILED_PRECONDITION ") + std::string(kMaxErrorReasonBytes, 'R') +
                   R"( (handler) "\x0A\x0A\x0A\x0A\x0A\x0A\x0A\x0A"…)"
                   R"("\x0A\x0A\x0A\x0A\x0A\x0A\x0A\x0A" (1024 bytes) )"
                   R"("k"="\x01\x01\x01\x01\x01\x01\x01\x01"…)"
                   R"("\x01\x01\x01\x01\x01\x01\x01\x01" (1527 bytes))",
       .without = Without::kSeamGrpc},
      {.name = "control-characters",
       .text = "line ends, zero bytes or percent signs in an error's text are changed, or end it",
       .provoke = ControlCharacters,
       .expected =
           R"(NOT_FOUND LINES (handler) "a\x0D\x0Ab: %41 \x00 caf\xC3\xA9 \x7F " ""="no key" )"
           R"("a\x0Ab"="%\xC3\xA9")",
       .without = Without::kCodec},
      {.name = "message-not-utf8",
       .text = "an error's text that is not UTF-8 passes in one process only",
       .provoke = BytesInMessage,
       .expected = R"(NOT_FOUND BYTES (handler) "a\xEF\xBF\xBD(b\xEF\xBF\xBD")",
       .without = Without::kGuards},
      {.name = "method-left-out",
       .text = "a method that the handler does not have is known by its text only",
       .provoke = MethodLeftOut,
       .expected = "UNIMPLEMENTED UNIMPLEMENTED (handler) "
                   R"("/seam.probe.v1.Probe/NotThere is not implemented")",
       .without = Without::kSeamGrpc},
      {.name = "exception",
       .text = "an exception reaches the caller in one process, and ends the call or the service "
               "in two",
       .provoke = Exception,
       .expected = "INTERNAL UNHANDLED_EXCEPTION (outcome-unknown), without its text",
       .without = Without::kGuards},
      {.name = "exception-of-another-type",
       .text = "what is thrown is no std::exception, and passes whoever catches those",
       .provoke = ExceptionOfAnotherType,
       .expected = "INTERNAL UNHANDLED_EXCEPTION (outcome-unknown), without its text; "
                   "INTERNAL UNHANDLED_EXCEPTION (outcome-unknown), without its text; "
                   "INTERNAL UNHANDLED_EXCEPTION (outcome-unknown), without its text",
       .without = Without::kGuards},
      {.name = "own-error-tried-again",
       .text = "the transport takes a handler's own error for the network's and runs the handler "
               "again",
       .provoke = HandlersOwnErrorTriedAgain,
       .expected = "UNAVAILABLE BUSY (handler); the handler runs once; "
                   "CANCELLED BUSY (handler); the handler runs once; "
                   "RESOURCE_EXHAUSTED BUSY (handler); the handler runs once",
       .without = Without::kSeamGrpc},
  };
}

}  // namespace seam::diverge
