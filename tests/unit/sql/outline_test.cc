#include "seam/sql/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "thrown.h"

namespace seam::sql {
namespace {

using ::testing::HasSubstr;

std::size_t ParametersOf(std::string_view text) { return OutlineOf(text).parameters; }

TEST(OutlineTest, ParametersAreCountedWhereTheyAreSome) {
  EXPECT_EQ(ParametersOf("SELECT 1"), 0U);
  EXPECT_EQ(ParametersOf("SELECT $2, $1, $2"), 2U);
  EXPECT_EQ(ParametersOf("SELECT $10"), 10U);
  EXPECT_EQ(ParametersOf("SELECT '$1', \"$2\", E'\\'$3', 'it''s $4' -- $5\n /* $6 /* $7 */ $8 */"),
            0U);
  EXPECT_EQ(ParametersOf("SELECT $$ $1 $$, $tag$ $2 $$ $tag$, $3"), 3U);
  EXPECT_EQ(ParametersOf("SELECT a$1 FROM t"), 0U);  // A name.
}

TEST(OutlineTest, WhatIsNotOneStatementIsRefused) {
  const auto refused = [](std::string_view text) {
    return Thrown([&] { static_cast<void>(OutlineOf(text)); });
  };
  for (const std::string_view text :
       {"", " \n", ";", "-- nothing", "/* nothing */", "SELECT 1; SELECT 2", "; SELECT 1"}) {
    EXPECT_THAT(refused(text), HasSubstr("exactly one statement")) << text;
  }
  for (const std::string_view text :
       {"SELECT 1;", "SELECT 1 ; -- done\n", "SELECT ';' ;;", "SELECT $x$;$x$"}) {
    EXPECT_EQ(refused(text), "nothing") << text;
  }
  EXPECT_THAT(refused("SELECT $0"), HasSubstr("not $0"));
  EXPECT_THAT(refused("SELECT $id"), HasSubstr("not $id"));
  EXPECT_THAT(refused("SELECT $999999"), HasSubstr("parameters are named"));
  // What does not end is the server's to refuse.
  for (const std::string_view text :
       {"SELECT 'a", "SELECT \"a", "SELECT 1 /* a", "SELECT $a$ a", "SELECT E'\\", "SELECT /*"}) {
    EXPECT_EQ(refused(text), "nothing") << text;
  }
}

TEST(OutlineTest, WhatChangesRowsIsTold) {
  for (const std::string_view text :
       {"INSERT INTO t VALUES (1)", "update t set a = 1", "-- first\nDELETE FROM t",
        "WITH x AS (SELECT 1) UPDATE t SET a = 1 RETURNING a", "INSERT INTO t SELECT 1"}) {
    EXPECT_TRUE(OutlineOf(text).changes) << text;
  }
  for (const std::string_view text :
       {"SELECT 1", "VALUES (1)", "CREATE TABLE insert_t (a TEXT)",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", "SELECT 1 FROM t FOR UPDATE"}) {
    EXPECT_FALSE(OutlineOf(text).changes) << text;
  }
}

}  // namespace
}  // namespace seam::sql
