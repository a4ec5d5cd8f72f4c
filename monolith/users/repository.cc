#include "users/repository.h"

#include "seam/core/time.h"

namespace shop::users::repository {
namespace {

using seam::sql::Row;

// What ReadUser reads, in its order. A macro, so that the statements stay literals.
#define PROFILE_COLUMNS "id, email, name, postal_address, version, created_at, updated_at"

v1::User ReadUser(const Row& row) {
  v1::User user;
  user.id = row.Text(0);
  user.email = row.Text(1);
  user.name = row.Text(2);
  user.postal_address = row.Text(3);
  user.version = row.Int64(4);
  user.created_at = seam::TimestampFromUnixMilliseconds(row.Int64(5));
  user.updated_at = seam::TimestampFromUnixMilliseconds(row.Int64(6));
  return user;
}

}  // namespace

std::optional<v1::User> FindUser(Session& session, std::string_view id) {
  return session.QueryOne("SELECT " PROFILE_COLUMNS " FROM profile WHERE id = $1", {id}, ReadUser);
}

std::optional<std::string> FindIdByEmail(Session& session, std::string_view email_folded) {
  return session.QueryOne("SELECT id FROM profile WHERE email_folded = $1", {email_folded},
                          [](const Row& row) { return std::string(row.Text(0)); });
}

bool InsertUser(Session& session, const v1::CreateUserRequest& user, std::string_view email_folded,
                std::int64_t creation, std::int64_t now) {
  return session.Execute(
             "INSERT INTO profile (id, email, email_folded, name, postal_address, version, "
             "creation, created_at, updated_at) "
             "VALUES ($1, $2, $3, $4, '', 1, $5, $6, $6) ON CONFLICT DO NOTHING",
             {user.id, user.email, email_folded, user.name, creation, now}) == 1;
}

std::optional<std::int64_t> FindCreation(Session& session, std::string_view id) {
  return session.QueryOne("SELECT creation FROM profile WHERE id = $1", {id},
                          [](const Row& row) { return row.Int64(0); });
}

std::optional<v1::User> UpdateUser(Session& session, const v1::UpdateUserRequest& update,
                                   std::string_view email_folded, std::int64_t now) {
  return session.QueryOne(
      "UPDATE profile SET email = $3, email_folded = $4, name = $5, postal_address = $6, "
      "version = version + 1, updated_at = $7 "
      "WHERE id = $1 AND version = $2 RETURNING " PROFILE_COLUMNS,
      {update.id, update.expected_version, update.email, email_folded, update.name,
       update.postal_address, now},
      ReadUser);
}

}  // namespace shop::users::repository
