#include <cstddef>
#include <cstdint>

#include "auth/module.h"
#include "auth/validation.h"

namespace shop::auth {
namespace {

using seam::config::Configuration;
using seam::config::Integer;
using seam::config::Option;
using seam::config::Rule;

constexpr std::int64_t kDay = std::int64_t{24} * 3600;
constexpr std::int64_t kYear = 366 * kDay;

Option Seconds(std::string path, std::chrono::seconds usual, std::int64_t maximum,
               std::string description) {
  return {
      .path = std::move(path),
      .type = Integer{.value = usual.count(), .minimum = 1, .maximum = maximum, .unit = "seconds"},
      .description = std::move(description)};
}

Option Count(std::string path, std::int64_t usual, std::int64_t minimum, std::int64_t maximum,
             std::string description) {
  return {.path = std::move(path),
          .type = Integer{.value = usual, .minimum = minimum, .maximum = maximum},
          .description = std::move(description)};
}

std::string PasswordIsGood(const Configuration& given) {
  const std::string& password = given.GetSecret("auth.admin_password_file");
  if (password.empty()) return "";
  const auto valid = ValidateNewPassword(password);
  return valid ? "" : "the password in the file: " + valid.error().message;
}

}  // namespace

std::vector<Option> AuthConfigurationOptions() {
  const AuthOptions usual;
  return {
      {.path = "auth.admin_email",
       .type = seam::config::Text{FirstAdmin().email},
       .description = "The email of the first admin, who is made when there is none."},
      {.path = "auth.admin_password_file",
       .type = seam::config::SecretFile{},
       .description = "The first admin's password; without it one is made and shown once, on "
                      "standard output."},
      Seconds("auth.access_token_seconds", usual.access_token_lifetime, kDay,
              "How long an access token is good; a refresh gives a new one."),
      Seconds("auth.refresh_token_seconds", usual.refresh_token_lifetime, kYear,
              "How long a refresh token is good; each use gives a new one."),
      Seconds("auth.session_max_seconds", usual.session_lifetime, kYear,
              "How long after a log-in its last refresh token ends, however often it was used."),
      {.path = "auth.hash_memory_bytes",
       .type = Integer{.value = static_cast<std::int64_t>(usual.hash_cost.memory_bytes),
                       .minimum = 8192,
                       .maximum = std::int64_t{1} << 30U,
                       .unit = "bytes"},
       .description = "The memory that hashing one password takes; less is for tests only."},
      Count("auth.hash_passes", static_cast<std::int64_t>(usual.hash_cost.passes), 1, 100,
            "How often hashing one password goes over that memory; fewer is for tests only."),
      Count("auth.concurrent_hashes", usual.concurrent_hashes, 1, 256,
            "How many passwords are hashed at once."),
      Count("auth.waiting_hashes", usual.waiting_hashes, 0, 1024,
            "How many further passwords wait for that; those above it are refused. Each holds a "
            "thread."),
      Count("auth.registrations_per_address", usual.registrations_per_address, 1, 1'000'000,
            "How many registrations a client address may make in a quarter of an hour."),
  };
}

std::vector<Rule> AuthConfigurationRules() {
  return {{.path = "auth.admin_password_file", .complaint = PasswordIsGood}};
}

AuthConfiguration ReadAuthConfiguration(const Configuration& given) {
  AuthConfiguration read;
  const auto seconds = [&given](const char* path) {
    return std::chrono::seconds(given.GetInteger(path));
  };
  AuthOptions& options = read.options;
  options.access_token_lifetime = seconds("auth.access_token_seconds");
  options.refresh_token_lifetime = seconds("auth.refresh_token_seconds");
  options.session_lifetime = seconds("auth.session_max_seconds");
  options.hash_cost.memory_bytes =
      static_cast<std::size_t>(given.GetInteger("auth.hash_memory_bytes"));
  options.hash_cost.passes = static_cast<std::uint64_t>(given.GetInteger("auth.hash_passes"));
  options.concurrent_hashes = static_cast<int>(given.GetInteger("auth.concurrent_hashes"));
  options.waiting_hashes = static_cast<int>(given.GetInteger("auth.waiting_hashes"));
  options.registrations_per_address =
      static_cast<int>(given.GetInteger("auth.registrations_per_address"));
  read.first_admin = {.email = given.GetText("auth.admin_email"),
                      .password = given.GetSecret("auth.admin_password_file")};
  return read;
}

}  // namespace shop::auth
