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
  if (subjects.empty()) return Attempt(parts, {});
  const std::int64_t window = Milliseconds(std::chrono::milliseconds(parts.options.failure_window));
  auto ids =
      parts.database->Write(context, [&](Session& session) -> Result<std::vector<std::int64_t>> {
        const std::int64_t now = parts.Now();
        // Those from the future were counted while the clock was ahead; who knows when they were.
        repository::DeleteAttemptsOutside(session, now - window, now);
        // The last one to leave the window decides when there is room again for all of them.
        std::optional<std::int64_t> full_until;
        for (const Subject& subject : subjects) {
          const auto oldest =
              repository::FindAttempt(session, subject.hash, now - window, subject.limit);
          if (oldest) full_until = std::max(full_until.value_or(0), *oldest + window);
        }
        if (full_until) return TooManyAttempts(std::chrono::milliseconds(*full_until - now));
        std::vector<std::int64_t> inserted;
        for (const Subject& subject : subjects) {
          inserted.push_back(repository::InsertAttempt(session, subject.hash, now));
        }
        return inserted;
      });
  if (!ids) return seam::Forward(std::move(ids).error());
  return Attempt(parts, *std::move(ids));
}

Attempt::Attempt(const Parts& parts, std::vector<std::int64_t> ids)
    : parts_(&parts), ids_(std::move(ids)) {}

Attempt::Attempt(Attempt&& other) noexcept
    : parts_(other.parts_), ids_(std::exchange(other.ids_, {})) {}

Attempt::~Attempt() {
  if (ids_.empty()) return;
  try {
    parts_->database->Write(parts_->Afterwards(), [&](Session& session) { Forgive(session); });
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): nobody to tell.
    // It counts until its window is over: too strict, but never too kind.
  }
}

void Attempt::Forgive(Session& session) const {
  for (const std::int64_t id : ids_) repository::DeleteAttempt(session, id);
}

}  // namespace shop::auth
