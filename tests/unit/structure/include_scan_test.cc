#include "tool/structure/include_scan_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each include as "line:form name".
std::vector<std::string> Found(std::string_view text) {
  std::vector<std::string> found;
  for (const IncludeLine& line : ScanIncludes(text).includes) {
    std::string one = std::to_string(line.line) + ":";
    switch (line.form) {
      case IncludeLine::Form::kQuoted: one += "\"" + line.name + "\""; break;
      case IncludeLine::Form::kAngled: one += "<" + line.name + ">"; break;
      case IncludeLine::Form::kComputed: one += line.name; break;
      case IncludeLine::Form::kModule: one += "module " + line.name; break;
    }
    found.push_back(one + (line.next ? " next" : ""));
  }
  return found;
}

TEST(IncludeScan, SeesEverySpelling) {
  EXPECT_THAT(Found("#include \"a.h\"\n"
                    "  #  include<b/c.h>  // Why.\n"
                    "#include_next <d.h>\r\n"
                    "#import \"e.h\"\n"
                    "/* first */ #include /* which */ \"f.h\"\n"
                    "%:include \"g.h\"\n"
                    "#\tinclude\t<h//i.h>\n"
                    "#include \"j.h\""),
              ElementsAre("1:\"a.h\"", "2:<b/c.h>", "3:<d.h> next", "4:\"e.h\"", "5:\"f.h\"",
                          "6:\"g.h\"", "7:<h//i.h>", "8:\"j.h\""));
}

TEST(IncludeScan, LeavesAloneWhatIsNone) {
  EXPECT_THAT(Found("// #include \"a.h\"\n"
                    "/*\n#include \"b.h\"\n*/\n"
                    "const char* c = \"\\\n#include \\\"c.h\\\"\";\n"
                    "const char* d = R\"x(\n#include \"d.h\"\n)\" )x\";\n"
                    "int e; #include \"e.h\"\n"
                    "#if __has_include(\"f.h\")\n#endif\n"
                    "#include\n#include \"g.h\n#include <h.h\n#include \"\"\n"
                    "#pragma once \"include\"\n#included \"i.h\"\n"
                    "// joined \\\n#include \"j.h\"\n"
                    "#define K #include \"k.h\"\n"
                    "auto l = u8R\"(\n#include \"l.h\"\n)\";\n"),
              IsEmpty());
}

TEST(IncludeScan, KnowsWhereLiteralsEnd) {
  EXPECT_THAT(Found("char a = '\"';\n#include \"1.h\"\n"
                    "int b = 1'000'000; /* ' */\n#include \"2.h\"\n"
                    "const char* c = \"/*\";\n#include \"3.h\"\n"
                    "auto d = R\"(\\)\";\n#include \"4.h\"\n"
                    "#error don't\n#include \"5.h\"\n"
                    "auto e = LR\"y()\"\n)y\";\n#include \"6.h\"\n"
                    "int FOR\"(\";\n#include \"7.h\"\n"
                    "char f = L'\\'';\n#include \"8.h\"\n"
                    "\"not closed\n#include \"9.h\"\n"
                    "auto g = 0x1'F;\n#include \"10.h\"\n"),
              ElementsAre("2:\"1.h\"", "4:\"2.h\"", "6:\"3.h\"", "8:\"4.h\"", "10:\"5.h\"",
                          "13:\"6.h\"", "15:\"7.h\"", "17:\"8.h\"", "19:\"9.h\"", "21:\"10.h\""));
}

TEST(IncludeScan, JoinsLines) {
  EXPECT_THAT(Found("#inc\\\nlude \"no.h\"\n"  // Nobody writes that.
                    "# \\\n include \\\n \"a.h\"\n"
                    "#if \\\n0\n#include \"b.h\"\n#endif\n#include \"c.h\"\n"
                    "#include \\ \r\n <d.h>\r\n#include <e.h>\n"),
              ElementsAre("3:\"a.h\"", "10:\"c.h\"", "11:<d.h>", "13:<e.h>"));
}

TEST(IncludeScan, LinesEndAsTheyDoAnywhere) {
  EXPECT_THAT(Found("a\r#include \"b.h\"\r\r\n#include \"c.h\"\n\r#include \"d.h\""),
              ElementsAre("2:\"b.h\"", "4:\"c.h\"", "6:\"d.h\""));
  EXPECT_EQ(ScanIncludes("").lines, 0);
  EXPECT_EQ(ScanIncludes("a").lines, 1);
  EXPECT_EQ(ScanIncludes("a\n").lines, 1);
  EXPECT_EQ(ScanIncludes("a\r\nb").lines, 2);
  EXPECT_EQ(ScanIncludes("/*\n\n*/").lines, 3);
}

struct ConditionCase {
  const char* condition;
  bool then_read;
  bool else_read;
};

TEST(IncludeScan, LeavesOutWhatNobodyCanRead) {
  for (const auto& [condition, then_read, else_read] : std::vector<ConditionCase>{
           {"0", false, true},
           {"1", true, false},
           {"false", false, true},
           {"true /* always */", true, false},
           {"!0", true, false},
           {"!!0", false, true},
           {"(0)", false, true},
           {"((0x1))", true, true},
           {"00L", false, true},
           {"2u", true, false},
           {"0 && defined(A)", false, true},
           {"defined(A) && 0", false, true},
           {"A && B(0 || 1)", true, true},
           {"1 || defined A", true, false},
           {"defined(A) || 0", true, true},
           {"0 || 0", false, true},
           {"1 && !(0 || 0)", true, false},
           {"A", true, true},
           {"0 == A", true, true},
           {"!defined(A)", true, true},
           {"(0", true, true},
           {"", true, true},
           {"0)", true, true},
       }) {
    SCOPED_TRACE(condition);
    std::vector<std::string> expected;
    if (then_read) expected.emplace_back("2:\"then.h\"");
    if (else_read) expected.emplace_back("4:\"else.h\"");
    expected.emplace_back("6:\"after.h\"");
    EXPECT_EQ(Found("#if " + std::string(condition) +
                    "\n#include \"then.h\"\n#else\n#include \"else.h\"\n#endif\n"
                    "#include \"after.h\"\n"),
              expected);
  }
}

TEST(IncludeScan, FollowsChainsOfConditions) {
  EXPECT_THAT(Found("#if 0\n#if 1\n#include \"a.h\"\n#else\n#include \"b.h\"\n#endif\n"
                    "#ifdef X\n#include \"c.h\"\n#endif\n#elif 1\n#include \"d.h\"\n"
                    "#elif Y\n#include \"e.h\"\n#else\n#include \"f.h\"\n#endif\n"),
              ElementsAre("11:\"d.h\""));
  EXPECT_THAT(Found("#ifdef X\n#include \"a.h\"\n#elif 0\n#include \"b.h\"\n#elifdef Z\n"
                    "#include \"c.h\"\n#else\n#include \"d.h\"\n#endif\n"),
              ElementsAre("2:\"a.h\"", "6:\"c.h\"", "8:\"d.h\""));
  // One end too many, one too few.
  EXPECT_THAT(Found("#endif\n#else\n#include \"a.h\"\n#if 0\n#include \"b.h\"\n"),
              ElementsAre("3:\"a.h\""));
}

TEST(IncludeScan, TellsWhatOnlyTheCompilerKnows) {
  EXPECT_THAT(Found("#include CONFIG_HEADER\n#include STR(x) // y\n#if 0\n#include Z\n#endif\n"),
              ElementsAre("1:CONFIG_HEADER", "2:STR(x)"));
  EXPECT_THAT(Found("module;\nmodule shop.orders;\nimport shop.stock;\nexport import :part;\n"
                    "import <vector>;\nimport \"a.h\";\nexport module shop;\nmodule :private;\n"),
              ElementsAre("2:module shop.orders", "3:module shop.stock", "4:module :part",
                          "5:<vector>", "6:\"a.h\""));
  EXPECT_THAT(Found("import = 3;\nmodule(x);\nint import;\nimport::x y;\nexport template <class T>"
                    "\nvoid f();\nimport a b;\n"),
              IsEmpty());
}

TEST(IncludeScan, SeesThatAFileIsGenerated) {
  EXPECT_TRUE(ScanIncludes("// Generated by the protocol buffer compiler.").generated);
  EXPECT_TRUE(ScanIncludes("/*\n * This file is @generated\n */").generated);
  EXPECT_TRUE(ScanIncludes("\n// Do not edit!").generated);
  EXPECT_FALSE(ScanIncludes("// Generates by hand what others edit.").generated);
  EXPECT_FALSE(ScanIncludes(std::string(30, '\n') + "// DO NOT EDIT").generated);
}

// Each was at some time slower than its length, or the end of a program.
TEST(IncludeScan, ReadsAnythingInLinearTime) {
  constexpr std::size_t kMany = 200'000;
  std::string text;
  for (const std::string_view piece :
       {"(", "#if (", "#if !", "\\ ", "R\"(", "R\"", "/*", "'", "\"", "#", "1'", "#include \"",
        "#if 0\n", "\\\n", "\xFF", "import ", "%:", "#else\n"}) {
    text.clear();
    while (text.size() < kMany) text += piece;
    EXPECT_GE(ScanIncludes(text).lines, 1);
    EXPECT_GE(ScanIncludes("#if " + text).lines, 1);
    EXPECT_GE(ScanIncludes("#include " + text + "\n").lines, 1);
    text.insert(text.size() / 2, 1, '\0');
    EXPECT_GE(ScanIncludes(text).lines, 1);
  }
}

}  // namespace
}  // namespace seam::structure
