#include "auth/attempts.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "auth/refresh_token.h"
#include "auth/repository.h"

namespace shop::auth {
namespace {

using seam::Context;
using seam::Result;
using seam::sql::Session;

// Longer than any password takes to be looked at. No call without a deadline holds its place among
// the attempts for longer.
constexpr std::chrono::seconds kLongestAttempt{30};

Subject SubjectOf(std::string_view kind, std::string_view name, int limit) {
  std::string text(kind);
  text.push_back('\0');
  text.append(name);
  return {.hash = Sha256(text), .limit = limit};
}

seam::Failure TooManyAttempts(std::chrono::milliseconds wait) {
  const auto seconds =
      std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
  const std::string count = std::to_string(seconds.count());
  return seam::Fail(seam::Code::kResourceExhausted, "TOO_MANY_ATTEMPTS",
                    "too many attempts; try again in " + count + " seconds",
                    {{"retry_after_seconds", count}});
}

std::string Folded(std::string_view email) {
  std::string folded(email);
  std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

}  // namespace

Subject LoginSubject(const AuthOptions& options, std::string_view email, std::string_view address) {
  std::string name = Sha256(Folded(email));  // Of one length, so that it ends where it ends.
  name.append(address);
  return SubjectOf("login", name, options.failures_per_account);
}

Subject EmailSubject(const AuthOptions& options, std::string_view email) {
  return SubjectOf("email", Folded(email), options.failures_per_email);
}

Subject AddressSubject(const AuthOptions& options, std::string_view address) {
  return SubjectOf("address", address, options.failures_per_address);
}

Subject RegistrationSubject(const AuthOptions& options, std::string_view address) {
  return SubjectOf("registration", address, options.registrations_per_address);
}

Subject AccountSubject(const AuthOptions& options, std::string_view account_id) {
  return SubjectOf("account", account_id, options.failures_per_account);
}

Result<Attempt> Attempt::Begin(const Parts& parts, const Context& context,
                               const std::vector<Subject>& subjects) {
  Context within = context.WithTimeout(kLongestAttempt);
  if (subjects.empty()) return Attempt(parts, std::move(within), {});
  const std::int64_t window = Milliseconds(std::chrono::milliseconds(parts.options.failure_window));
  auto rows = parts.database->Write(within, [&](Session& session) -> Result<std::vector<Row>> {
    const std::int64_t now = parts.Now();
    // Those from the future were counted while the clock was ahead; who knows when they were.
    repository::DeleteAttemptsOutside(session, now - window, now);
    // The last one that stops counting decides when there is room again for all of them.
    std::optional<std::int64_t> full_until;
    for (const Subject& subject : subjects) {
      const auto until = repository::FindEndOfAttempt(session, subject.hash, window, subject.limit);
      if (until) full_until = std::max(full_until.value_or(0), *until);
    }
    if (full_until) return TooManyAttempts(std::chrono::milliseconds(*full_until - now));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(within.remaining());
    std::vector<Row> inserted;
    for (const Subject& subject : subjects) {
      inserted.push_back(
          {repository::InsertAttempt(session, subject.hash, now, now + Milliseconds(left)),
           subject.hash});
    }
    return inserted;
  });
  if (!rows) return seam::Forward(std::move(rows).error());
  return Attempt(parts, std::move(within), *std::move(rows));
}

Attempt::Attempt(const Parts& parts, Context context, std::vector<Row> rows)
    : parts_(&parts), context_(std::move(context)), rows_(std::move(rows)) {}

Attempt::Attempt(Attempt&& other) noexcept
    : parts_(other.parts_),
      context_(std::move(other.context_)),
      rows_(std::exchange(other.rows_, {})) {}

Attempt::~Attempt() {
  if (rows_.empty()) return;
  try {
    // Also for a caller who has gone, and no longer than it would count anyway.
    const Context still = Context().WithDeadline(context_.deadline().value());
    parts_->database->Write(still, [&](Session& session) { Forgive(session); });
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): nobody to tell.
    // It stops counting by itself.
  }
}

void Attempt::Keep() {
  // If this fails, nobody knows whether it was committed, so it is not taken back either.
  const std::vector<Row> rows = std::exchange(rows_, {});
  if (rows.empty()) return;
  parts_->database->Write(parts_->Afterwards(), [&](Session& session) {
    for (const Row& row : rows) {
      if (repository::KeepAttempt(session, row.id)) continue;
      static_cast<void>(
          repository::InsertAttempt(session, row.subject, parts_->Now(), std::nullopt));
    }
  });
}

void Attempt::Forgive(Session& session) const {
  for (const Row& row : rows_) repository::DeleteAttempt(session, row.id);
}

}  // namespace shop::auth
