#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tool/structure/facts.h"
#include "tool/structure/tables_internal.h"

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Told(const Edge& edge) {
  const std::map<TableUse, std::string> words = {{TableUse::kCreate, "create "},
                                                 {TableUse::kRead, "read "},
                                                 {TableUse::kWrite, "write "},
                                                 {TableUse::kJoin, "join "},
                                                 {TableUse::kForeignKey, "key to "}};
  std::string told = std::to_string(edge.place.line) + ": " + words.at(edge.use) + edge.target;
  if (!edge.with.empty()) told += " with " + edge.with;
  return told;
}

std::vector<std::string> TablesOf(const std::string& path, const std::string& text) {
  Facts facts;
  ReadTables(path, text, facts);
  std::vector<std::string> told;
  for (const Edge& edge : facts.edges) told.push_back(Told(edge));
  for (const Unseen& unseen : facts.unseen) told.push_back("unseen " + unseen.what);
  return told;
}

// What is told of a source, and of one literal, given to a function whose name says nothing.
std::vector<std::string> InCode(const std::string& text) { return TablesOf("a.cc", text); }
std::vector<std::string> InLiteral(const std::string& sql) {
  return InCode("Use(R\"x(" + sql + ")x\");");
}
std::vector<std::string> InFile(const std::string& text) { return TablesOf("a.sql", text); }

TEST(TablesTest, EveryKindOfStatementIsRead) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"SELECT a FROM t", {"1: read t"}},
      {"  -- why\n /* and how */ SELECT a FROM t", {"2: read t"}},
      {"SELECT a FROM shop.Orders o WHERE o.id = $1", {"1: read shop.orders"}},
      {"SELECT a FROM \"My Table\"", {"1: read my table"}},
      {"SELECT a FROM `t` WHERE b = 'it''s'", {"1: read t"}},
      {"SELECT TOP 5 a FROM [dbo].[t]", {"1: read dbo.t"}},
      {"INSERT INTO t (a, b) VALUES (?, ?)", {"1: write t"}},
      {"INSERT OR IGNORE INTO t VALUES (1)", {"1: write t"}},
      {"INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a", {"1: write t"}},
      {"INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2", {"1: write t"}},
      {"INSERT INTO t (a) SELECT a FROM u", {"1: write t", "1: join u with t"}},
      {"REPLACE INTO t VALUES (1)", {"1: write t"}},
      {"UPDATE t SET a = 1 WHERE b = 2", {"1: write t"}},
      {"UPDATE t SET a = u.a FROM u WHERE u.id = t.id", {"1: write t", "1: join u with t"}},
      {"UPDATE o SET a = 1 FROM orders o JOIN lines l ON l.o = o.id",
       {"1: join lines with orders", "1: write orders"}},
      {"DELETE FROM t WHERE a < now()", {"1: write t"}},
      {"DELETE FROM t USING u WHERE u.id = t.id", {"1: write t", "1: join u with t"}},
      {"DELETE o FROM orders o JOIN lines l ON l.o = o.id",
       {"1: join lines with orders", "1: write orders"}},
      {"MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = 1 "
       "WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
       {"1: write t", "1: join u with t"}},
      {"TRUNCATE TABLE t, u", {"1: write t", "1: write u"}},
      {"LOCK TABLE t IN EXCLUSIVE MODE", {"1: read t"}},
      {"COPY t (a, b) FROM STDIN", {"1: write t"}},
      {"COPY t TO STDOUT", {"1: read t"}},
      {"COPY (SELECT a FROM t) TO STDOUT", {"1: read t"}},
      {"EXPLAIN QUERY PLAN SELECT a FROM t", {"1: read t"}},
      {"CREATE TABLE IF NOT EXISTS t (a INT)", {"1: create t"}},
      {"CREATE TABLE t AS SELECT a FROM u", {"1: create t", "1: read u"}},
      {"CREATE UNIQUE INDEX i ON t (a)", {"1: create t"}},
      {"CREATE VIEW v AS SELECT a FROM t JOIN u USING (id)",
       {"1: join t with u", "1: join u with t", "1: create v"}},
      {"CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN DELETE FROM u; INSERT INTO w SELECT 1; END",
       {"1: create t", "1: write u", "1: write w"}},
      {"ALTER TABLE t ADD COLUMN a INT REFERENCES u (id)", {"1: create t", "1: key to u with t"}},
      {"ALTER TABLE t RENAME TO u", {"1: create t", "1: create u"}},
      {"DROP TABLE IF EXISTS t, u", {"1: create t", "1: create u"}},
      {"BEGIN; UPDATE t SET a = 1; COMMIT", {"1: write t"}},
      // Several tables.
      {"SELECT 1 FROM a, b AS c, d e",
       {"1: join a with b, d", "1: join b with a, d", "1: join d with a, b"}},
      {"SELECT 1 FROM a LEFT OUTER JOIN b ON a.x = b.x NATURAL JOIN c WHERE 1 = 1",
       {"1: join a with b, c", "1: join b with a, c", "1: join c with a, b"}},
      {"SELECT 1 FROM (a CROSS JOIN b)", {"1: join a with b", "1: join b with a"}},
      {"SELECT 1 FROM a WHERE x IN (SELECT x FROM b)", {"1: join a with b", "1: join b with a"}},
      {"SELECT (SELECT count(*) FROM b) FROM a", {"1: join a with b", "1: join b with a"}},
      {"SELECT 1 FROM a UNION ALL SELECT 2 FROM b", {"1: join a with b", "1: join b with a"}},
      {"SELECT 1 FROM a x JOIN a y ON x.id = y.parent", {"1: read a"}},
      {"SELECT 1 FROM a JOIN b ON LEFT(a.x, 1) = b.x, c",
       {"1: join a with b, c", "1: join b with a, c", "1: join c with a, b"}},
      // Names that are no tables.
      {"WITH x AS (SELECT 1 FROM t) SELECT 1 FROM x", {"1: read t"}},
      {"WITH t AS (SELECT 1 FROM t) SELECT 1 FROM t", {"1: read t"}},
      {"WITH RECURSIVE x (n) AS (SELECT 1 UNION SELECT n FROM x) SELECT n FROM x", {}},
      {"INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x", {"1: write t"}},
      {"SELECT n FROM generate_series(1, 3) AS n", {}},
      {"SELECT EXTRACT(year FROM created), SUBSTRING(name FROM 2), TRIM(BOTH ' ' FROM x) FROM t",
       {"1: read t"}},
      {"SELECT a IS DISTINCT FROM b, c IS NOT DISTINCT FROM d FROM t", {"1: read t"}},
      {"SELECT a FROM t FOR UPDATE OF t", {"1: read t"}},
      {"SELECT a FROM sqlite_master", {}},
      {"SELECT a FROM information_schema.tables", {}},
      {"SELECT a FROM pg_catalog.pg_class JOIN pg_roles USING (b)", {}},
      {"PRAGMA table_info(t)", {}},
      {"SELECT 'x FROM y' FROM t -- JOIN u", {"1: read t"}},
      {"CREATE TEMP TABLE t (a INT); INSERT INTO t SELECT a FROM u", {"1: join u with t"}},
      {"GRANT SELECT ON t TO u", {}},
  };
  for (const auto& [sql, expected] : cases) {
    EXPECT_EQ(InLiteral(sql), expected) << sql;
    // A file says the same.
    EXPECT_EQ(InFile(sql), expected) << sql;
  }
}

TEST(TablesTest, KeysBelongToTheTableThatHasThem) {
  EXPECT_THAT(
      InLiteral("CREATE TABLE line (\n"
                "  id INT REFERENCES line (id),\n"
                "  product INT NOT NULL REFERENCES shop.product (id) ON DELETE CASCADE,\n"
                "  FOREIGN KEY (a, b) REFERENCES customer_order (a, b) ON UPDATE SET NULL)"),
      ElementsAre("1: create line", "3: key to shop.product with line",
                  "4: key to customer_order with line"));
}

TEST(TablesTest, SmallLettersNeedASign) {
  const std::vector<std::string> sql = {
      "select id from t where id = ?",
      "select * from t",
      "select a.b from t",
      "select count(x) from t",
      "select user_id from t",
      "select name from t order by name",
      "Select name From t Where id = :id",
      "insert into t values (1)",
      "insert into t (a, b) values (1, 2)",
      "update t set a = a + 1",
      "delete from t where a = 1",
      "create table if not exists t (a int)",
      "create table t (a int, b int)",
      "create index i on t (a)",
      "drop table if exists t",
      "with x as (select a from t) select * from x",
  };
  for (const std::string& each : sql) {
    EXPECT_EQ(InLiteral(each).size(), 1U) << each;
  }
  // The same without one, and what the code around it says instead.
  for (const std::string each : {"select name from t", "delete from t", "insert into t (a)",
                                 "drop table t", "truncate table t"}) {
    EXPECT_THAT(InCode("f(\"" + each + "\");"), IsEmpty()) << each;
    EXPECT_EQ(InCode("db.exec(\"" + each + "\");").size(), 1U) << each;
    EXPECT_EQ(InCode("const std::string sql = \"" + each + "\";").size(), 1U) << each;
  }
}

TEST(TablesTest, EnglishIsNotSql) {
  for (const std::string text : {
           "Select a file from the list",
           "select a file from the list",
           "Select one or more items from your cart",
           "Select text from clipboard",
           "select a version, a date and a name from the menu",
           "Selected from %s",
           "Select %s from %s",
           "SELECT failed",
           "SELECT FROM",
           "select(2) failed: %s",
           "Delete from cart",
           "Delete from the cart when it's empty",
           "delete from disk",
           "DELETE FROM the cart, please.",
           "Delete files from folder: %s",
           "update the set of files",
           "Update set of rules",
           "update available; set the option to install it",
           "UPDATE failed: SET is missing",
           "Update %s and set the date",
           "Insert into the drive and press a key",
           "Insert into document",
           "insert into list (optional)",
           "INSERT failed into t",
           "Create table of contents",
           "create table (see the manual)",
           "CREATE TABLE failed: %s",
           "Create view from selection",
           "Create index of files on disk",
           "Alter table settings",
           "Alter table %s?",
           "Drop table here",
           "drop files into the folder",
           "With regards, as (always) yours",
           "with care",
           "Replace into place",
           "replace a with b from the table",
           "merge into main branch",
           "Merge into the trunk using a patch",
           "truncate file",
           "Truncate table columns to fit",
           "Lock table",
           "Copy from clipboard",
           "COPY file TO folder",
           "copy files from host to host",
           "Load data into memory",
           "Begin; then select a file from the list",
           "do not select anything from here",
       }) {
    EXPECT_THAT(InLiteral(text), IsEmpty()) << text;
    // Nor where the code is about queries.
    if (text.find("the list") != std::string::npos) {
      EXPECT_THAT(InCode("sql_error(\"" + text + "\");"), IsEmpty()) << text;
    }
  }
}

TEST(TablesTest, PiecesOfATextAreJoined) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"f(\"SELECT a \"\n  // which\n  \"FROM t \" /* and */\n\"JOIN u ON 1 = 1\");",
       {"3: join t with u", "4: join u with t"}},
      {"f(\"SELECT a FROM t \\\n WHERE b IN (SELECT b FROM u)\");",
       {"1: join t with u", "2: join u with t"}},
      {"f(R\"sql(\nSELECT a\nFROM t)sql\"\n\" JOIN u USING (id)\");",
       {"3: join t with u", "4: join u with t"}},
      {"f(u8\"SELECT a\" L\" FROM t\"sv);", {"1: read t"}},
      {"f(\"SELECT a\\nFROM \\\"t\\\"\");", {"1: read t"}},
      {"char c = '\"'; f(\"SELECT a FROM t\"); int n = 1'000'000; f(\"SELECT a FROM u\");",
       {"1: read t", "1: read u"}},
      {"// \"SELECT a FROM t\"\n/* \"SELECT a FROM u\" */", {}},
      {"#include \"SELECT a FROM t\"\n#error don't\nf(\"SELECT a FROM u\");", {"3: read u"}},
      // What is in between does not hide the table.
      {"f(\"SELECT \" COLUMNS \" FROM t\");", {"1: read t"}},
      {"f(\"SELECT \" + columns(x, \"y\") + \" FROM t WHERE a = \" + std::to_string(b));",
       {"1: read t"}},
      {"out << \"SELECT \" << columns << \" FROM t\";", {"1: read t"}},
      {"s = std::string(\"SELECT \") + columns + \" FROM t\";", {"1: read t"}},
      {"f(absl::StrCat(\"SELECT \", columns, \" FROM t\"));", {"1: read t"}},
      {"snprintf(b, n, \"SELECT %s FROM t WHERE id = %lld\", c, i);", {"1: read t"}},
      {"f(fmt::format(\"SELECT {} FROM t WHERE id = {:d}\", c, i));", {"1: read t"}},
      {"f(\"INSERT INTO \" + schema + \".t VALUES (1)\");", {"1: write t"}},
      {"f(wide ? \"SELECT a FROM t\" : \"SELECT a FROM u\");", {"1: read t", "1: read u"}},
      {"const char* all[] = {\"SELECT a FROM t\", \"SELECT a FROM u\"};",
       {"1: read t", "1: read u"}},
      // A text that is put together in steps.
      {"{ std::string s = \"SELECT a FROM t\";\n  if (x) s += \" JOIN u ON 1 = 1\";\n  s += y;\n}",
       {"1: join t with u", "2: join u with t"}},
      {"{ std::string s(\"SELECT a FROM t\");\n  s.append(\" JOIN u ON 1 = 1\"); }",
       {"1: join t with u", "2: join u with t"}},
      {"{ out << \"SELECT a\";\n  out << \" FROM t\"; }", {"2: read t"}},
      {"{ s = \"SELECT a FROM t\"; }\n{ s += \" JOIN u ON 1 = 1\"; }", {"1: read t"}},
      {"void f() {\n  s << \"SELECT \";\n  for (int c : all) {\n    if (c) {\n      s << c << \", "
       "\";\n"
       "    }\n  }\n  switch (x) { case 1: s << \"FROM t \"; }\n  s << \"WHERE a = '\" << b << "
       "\"'\";\n}",
       {"8: read t"}},
      {"QString sql = QString(\"select \") +\n  \"A,\" +  // 1\n  \"B \" +\n  \"from t where \" +\n"
       "  QString().sprintf(\"ID=%u\", id);",
       {"4: read t"}},
      {"#define ALBUMS QString(\"SELECT \") + \\\n  \"a.id AS id \" + \\\n  \"FROM a, b \"\nint x;",
       {"3: join a with b", "3: join b with a"}},
      {"q << \"SELECT * FROM t WHERE a LIKE '%\" << x << \"%'\"\n  << \" UNION \" << \"SELECT * "
       "FROM u\";",
       {"1: join t with u", "2: join u with t"}},
      {"{ s << \"A report\";\n  s << \"SELECT a FROM t\"; }", {"2: read t"}},
      // Names for text.
      {"#define TABLE_NAME \"t\"\nf(\"SELECT a FROM \" TABLE_NAME \" WHERE b = 1\");",
       {"2: read t"}},
      {"constexpr char kTable[] = \"t\";\nf(\"SELECT a FROM \" + std::string(kTable));",
       {"unseen a.cc:2: \"SELECT a FROM …\": which table is meant is known at run time only"}},
      {"const std::string kTable = \"t\";\nf(\"SELECT a FROM \" + names::kTable + \" WHERE b\");",
       {"2: read t"}},
      // The table is not there.
      {"f(\"SELECT a FROM \" + table + \" WHERE b = 1\");",
       {"unseen a.cc:1: \"SELECT a FROM … WHERE b = 1\": which table is meant is known at run "
        "time only"}},
      {"f(\"DELETE FROM order_\" + year);",
       {"unseen a.cc:1: \"DELETE FROM order_…\": which table is meant is known at run time only"}},
      // A quoted name is filled in as well.
      {"f(\"DELETE FROM \\\"%s%w\\\" WHERE a = 1\", schema, t);",
       {"unseen a.cc:1: \"DELETE FROM … WHERE a = 1\": which table is meant is known at run time "
        "only"}},
      {"f(\"DELETE FROM `log_%1` WHERE a = 1\");",
       {"unseen a.cc:1: \"DELETE FROM … WHERE a = 1\": which table is meant is known at run time "
        "only"}},
      // What is told of a statement can be printed.
      {"f(\"DELETE FROM \" + table + \" WHERE a = '\" + x + \"'\");",
       {"unseen a.cc:1: \"DELETE FROM … WHERE a = …\": which table is meant is known at run time "
        "only"}},
      {"f(\"DELETE FROM \" + table + \" WHERE a = 'x"
       "éééééééééééééééééééééé'\");",
       {"unseen a.cc:1: \"DELETE FROM … WHERE a = xééééééééééééééééééé\": which table is meant is "
        "known at run time only"}},
      {"snprintf(b, n, \"UPDATE %s SET a = 1\", t);",
       {"unseen a.cc:1: \"UPDATE … SET a = 1\": which table is meant is known at run time only"}},
      {"f(\"SELECT a FROM t JOIN \" + other + \" USING (id)\");",
       {"1: read t",
        "unseen a.cc:1: \"SELECT a FROM t JOIN … USING (id)\": which table is meant is known at "
        "run "
        "time only"}},
  };
  for (const auto& [code, expected] : cases) EXPECT_EQ(InCode(code), expected) << code;
}

TEST(TablesTest, AFileHasMoreThanStatements) {
  EXPECT_THAT(InFile("\\set x 1\n"
                     "# MySQL's comment\n"
                     "/*!40101 SET NAMES utf8 */;\n"
                     "COPY t (a) FROM stdin;\n"
                     "SELECT a FROM data\n"
                     "\\.\n"
                     "INSERT INTO u VALUES ('a;b', E'it\\'s');\r\n"
                     "INSERT INTO u VALUES (2);\n"
                     "SELECT a FROM ${schema}.w\nGO\nSELECT a FROM v"),
              ElementsAre("4: write t", "7: write u", "9: read w", "11: read v"));
  EXPECT_THAT(InFile("CREATE FUNCTION f() RETURNS trigger AS $$\n"
                     "BEGIN\n"
                     "  IF NEW.a > 1 THEN\n"
                     "    INSERT INTO audit SELECT 1;\n"
                     "  ELSE UPDATE t SET a = 1; END IF;\n"
                     "  FOR r IN SELECT a FROM u LOOP PERFORM 1 FROM w; END LOOP;\n"
                     "END $$ LANGUAGE plpgsql;\n"
                     "SELECT a FROM z;"),
              ElementsAre("4: write audit", "5: write t", "6: read u", "6: read w", "8: read z"));
  EXPECT_THAT(InFile("DELIMITER $$\nCREATE TRIGGER g BEFORE INSERT ON `t` FOR EACH ROW BEGIN\n"
                     "DELETE FROM `u` WHERE a = 'it\\'s';\nEND$$\nDELIMITER ;\nSELECT a FROM w;"),
              ElementsAre("2: create t", "3: write u", "6: read w"));
}

TEST(TablesTest, AnyBytesAreRead) {
  // UTF-8 with a mark, Latin-1, and lines that end otherwise.
  EXPECT_THAT(InFile("SELECT a\r\nFROM t\r\n"), ElementsAre("2: read t"));
  EXPECT_THAT(InFile("\xEF\xBB\xBFSELECT a FROM t"), ElementsAre("1: read t"));
  EXPECT_THAT(InLiteral("SELECT a FROM stra\xDF"
                        "e WHERE b = '\xE9'"),
              ElementsAre("1: read stra\xDF"
                          "e"));
  for (const std::string text :
       {"\"SELECT a FROM", "R\"(SELECT a FROM t", "\"\\", "'", "R\"", "/*", "#define A \\", "}}})",
        "f(\"SELECT a FROM (((((\")", "\"WITH a AS\"", "\"UPDATE\"", "\"CREATE TABLE IF NOT\""}) {
    static_cast<void>(InCode(text));
    static_cast<void>(InFile(text));
  }
  // Nor is anything deep or long a trouble.
  std::string deep = "SELECT a FROM t WHERE ";
  deep.append(20000, '(');
  EXPECT_THAT(InFile(deep), ElementsAre("1: read t"));
  EXPECT_THAT(InCode(std::string(20000, '(') + "f(\"SELECT a FROM t\""), ElementsAre("1: read t"));
}

TEST(TablesTest, ATableLeadsToWhereItIsMade) {
  Facts facts;
  ReadTables("orders/schema.sql", "CREATE TABLE shop.orders (a INT)", facts);
  ReadTables("billing/schema.sql", "CREATE TABLE invoice (a INT);\nDROP TABLE gone;", facts);
  ReadTables("tests/fixture.cc", "f(\"CREATE TABLE invoice (a INT)\");", facts);
  ReadTables("orders/a.cc", "f(\"SELECT a FROM orders, invoice, gone\");", facts);
  ReadTables("orders/b.cc", "f(\"SELECT a FROM other.orders\");", facts);
  ReadTables("tests/b.cc", "f(\"SELECT a FROM invoice\");", facts);
  ResolveTables(facts);
  std::vector<std::string> led;
  for (const Edge& edge : facts.edges) {
    led.push_back(edge.place.file + ' ' + edge.target + ' ' + edge.target_file);
  }
  EXPECT_THAT(
      led,
      ElementsAre("orders/schema.sql shop.orders orders/schema.sql",
                  "billing/schema.sql invoice billing/schema.sql", "billing/schema.sql gone ",
                  "tests/fixture.cc invoice tests/fixture.cc", "orders/a.cc gone ",
                  "orders/a.cc invoice billing/schema.sql", "orders/a.cc orders orders/schema.sql",
                  "orders/b.cc other.orders ", "tests/b.cc invoice billing/schema.sql"));
}

}  // namespace
}  // namespace seam::structure
