#ifndef INVENTORY_REPOSITORY_H_
#define INVENTORY_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "seam/sql/database.h"
#include "shop/inventory/v1/inventory_types.h"

// The module's statements, one function each, in the SQL that all engines understand. What several
// statements have to agree on, the caller puts in one transaction. Throws seam::sql::SqlError.
// Times are milliseconds since 1970.
//
// Events lock the rows of products in the order in which they come, a rebuild those of a page by
// ascending id; when two transactions wait for each other, the engine ends one and it is repeated.
namespace shop::inventory::repository {

using seam::sql::Session;

// Unless it is unknown or was deleted.
[[nodiscard]] std::optional<v1::Stock> FindStock(Session& session, std::string_view product_id);

// What was heard of a product.
struct News {
  std::string_view product_id{};
  std::string_view name{};  // Empty when it was not told.
  std::int64_t available = 0;
  std::int64_t version = 0;
};

// Stores it if it is newer than what is there, and of an older one no more than a name that was
// missing. Either way the product counts as seen in the newest generation.
void Learn(Session& session, const News& news, std::int64_t now);

// The same of a product that was deleted; `version` is higher than any that it had.
void LearnDeleted(Session& session, std::string_view product_id, std::int64_t version,
                  std::int64_t now);

// Forgets what was deleted before then.
void RemoveDeleted(Session& session, std::int64_t before);

struct RebuildState {
  bool due = false;  // Asked for, or begun and not ended.
  std::optional<std::int64_t> ended_at;
};
[[nodiscard]] RebuildState FindRebuild(Session& session);

void WantRebuild(Session& session);

// Begins a rebuild that is due, and gives its generation. Nothing, and nothing changed, when none
// is due or another holder works at it. One whose lease has more than two spans to go does not: the
// clock was set back since.
[[nodiscard]] std::optional<std::int64_t> BeginRebuild(Session& session, std::string_view holder,
                                                       std::int64_t now, std::int64_t span);

// Prolongs the lease. False, and nothing changed, when the rebuild is not the holder's any more. To
// be called first in every transaction of a rebuild: then another one begins only after it.
[[nodiscard]] bool KeepRebuild(Session& session, std::string_view holder, std::int64_t generation,
                               std::int64_t until);

// Lets anybody begin it anew.
void LeaveRebuild(Session& session, std::string_view holder);

// Removes what the rebuild of that generation has not seen, but for what was deleted, and ends it.
void EndRebuild(Session& session, std::int64_t generation, std::int64_t now);

}  // namespace shop::inventory::repository

#endif  // INVENTORY_REPOSITORY_H_
