#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "seam/testing/temporary_folder.h"
#include "tool/structure/facts.h"
#include "tool/structure/symbols_internal.h"

namespace seam::structure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Sources that do not need a standard library, and what they are in objects.
const std::map<std::string, std::string>& Sources() {
  static const std::map<std::string, std::string> sources = {
      {"billing/fees.cc",
       "namespace billing {\n"
       "void RecordLateFee(int) {}\n"
       "int rate = 3;\n"
       "struct Invoice { Invoice(); ~Invoice(); virtual void Send(); int Total() const; };\n"
       "Invoice::Invoice() {}\n"
       "Invoice::~Invoice() {}\n"
       "void Invoice::Send() {}\n"
       "int Invoice::Total() const { return 1; }\n"
       "Invoice operator+(const Invoice& a, const Invoice&) { return a; }\n"
       "template <class T> T Round(T value) { return value; }\n"
       "template int Round<int>(int);\n"
       "void Release() {}\n"
       "namespace { void Hidden() {} }\n"
       "void UseHidden() { Hidden(); }\n"
       "}\n"
       "extern \"C\" void print_invoice(int) {}\n"
       "void Twice() {}\n"
       "void Usage() {}\n"
       "void OnlyATestHasItToo() {}\n"},
      // Forward declarations, and no include: what no include shows.
      {"orders/orders.cc",
       "// RecordLateFee is spoken of here, \"RecordLateFee\" as well.\n"
       "const char* text = \"RecordLateFee print_invoice\";\n"
       "namespace billing { void RecordLateFee(int); extern int rate; }\n"
       "extern \"C\" void print_invoice(int);\n"
       "void PlaceOrder() {\n"
       "  billing::RecordLateFee(billing::rate);\n"
       "  print_invoice(1);\n"
       "}\n"
       "namespace billing {\n"
       "template <class T> T Round(T value);\n"
       "extern template int Round<int>(int);\n"
       "}\n"
       "int Rounded() { return billing::Round(2); }\n"
       "namespace { void Hidden() {} }\n"
       "void UseHiddenToo() { Hidden(); }\n"
       "static int Local() { return 1; }\n"
       "int UseLocal() { return Local(); }\n"},
      {"orders/classes.cc",
       "namespace billing {\n"
       "struct Invoice { Invoice(); ~Invoice(); virtual void Send(); int Total() const; };\n"
       "Invoice operator+(const Invoice&, const Invoice&);\n"
       "}\n"
       "struct Copy : billing::Invoice { void Send() override; };\n"
       "void Copy::Send() { *this + *this; Total(); }\n"},
      // An allowed module whose inline code calls another's.
      {"allowed/ticket.h",
       "namespace billing { void Release(); }\n"
       "namespace allowed {\n"
       "struct Ticket {\n"
       "  ~Ticket() { billing::Release(); }\n"
       "  void Release() const;\n"
       "};\n"
       "}\n"},
      {"allowed/ticket.cc", "#include \"ticket.h\"\nvoid allowed::Ticket::Release() const {}\n"},
      {"stock/stock.cc",
       "#include \"../allowed/ticket.h\"\n"
       "void Count() { allowed::Ticket ticket; ticket.Release(); }\n"},
      // A name that classes share, and the class is named in a header beside the source.
      {"desk/desk.cc",
       "namespace desk { struct Desk { int get() const; }; int Desk::get() const { return 1; } "
       "}\n"},
      {"book/book.cc",
       "namespace book { struct Book { int get() const; }; int Book::get() const { return 1; } "
       "}\n"},
      {"book/book.h",
       "namespace desk { struct Desk; }\n"
       "namespace book { struct Book { int get() const; desk::Desk* on; }; }\n"},
      {"desk/desk.h", "namespace desk { struct Desk { int get() const; }; }\n"},
      {"app/app.h",
       "#include \"../book/book.h\"\n#include \"../desk/desk.h\"\n"
       "struct App { desk::Desk desk; book::Book book; int Run(); };\n"},
      {"app/app.cc", "#include \"app.h\"\nint App::Run() { return desk.get() + book.get(); }\n"},
      {"names/lock.h", "struct Lock { void Release(); };\n"},
      // An instantiation that a source does not speak of: the leavings of a library's header.
      {"library/box.h",
       "template <class T> T Unbox(T t) { return t; }\n"
       "template int Unbox<int>(int);\n"},
      {"orders/box.cc", "#include \"../library/box.h\"\n"},
      {"stock/box_user.cc",
       "template <class T> T Unbox(T t);\nextern template int Unbox<int>(int);\n"
       "int Take() { return Unbox(1); }\n"},
      // Symbols that several define.
      {"tool/twice.cc", "void Twice() {}\n"},
      {"tool/twice_user.cc", "void Twice();\nvoid Use() { Twice(); }\n"},
      {"tests/double.cc", "void OnlyATestHasItToo() {}\n"},
      {"tool/double_user.cc", "void OnlyATestHasItToo();\nvoid UseIt() { OnlyATestHasItToo(); }\n"},
      {"tool/usage.cc", "void Usage() {}\n"},
      {"tool/usage_user.cc", "void Usage();\nint main() { Usage(); }\n"},
      {"tool/other_main.cc", "int main() {}\n"},
  };
  return sources;
}

class SymbolsTest : public ::testing::Test {
 protected:
  // One run of the compiler for all tests.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<seam::testing::TemporaryFolder>();
    std::string command = "cd '" + Folder().string() + "' && '" CXX_COMPILER "' -O0 -c";
    for (const auto& [path, text] : Sources()) {
      std::filesystem::create_directories((Folder() / path).parent_path());
      std::ofstream(Folder() / path) << text;
      if (path.find(".cc") != std::string::npos) command += " " + path;
    }
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static Object Built(const std::string& source, const std::vector<std::string>& headers = {},
                      const std::string& target = "") {
    const std::filesystem::path name = std::filesystem::path(source).stem();
    Object object;
    object.file = Folder() / (name.string() + ".o");
    object.source = source;
    object.reads = headers;
    object.reads.push_back(source);
    if (!target.empty()) {
      const std::filesystem::path folder = Folder() / (target + ".dir");
      std::filesystem::create_directories(folder);
      std::filesystem::copy_file(object.file, folder / object.file.filename(),
                                 std::filesystem::copy_options::overwrite_existing);
      object.file = folder / object.file.filename();
    }
    return object;
  }

  static Facts Read(const std::vector<Object>& objects) {
    std::map<std::string, std::string> texts;
    for (const auto& [path, text] : Sources()) {
      std::ifstream in(Folder() / path);
      texts[path].assign(std::istreambuf_iterator<char>(in), {});
    }
    Facts facts;
    ReadSymbols(
        Folder(), objects,
        [&](const std::string& path) -> const std::string& { return texts[path]; }, facts);
    return facts;
  }

  static std::vector<std::string> Told(const Facts& facts) {
    std::vector<std::string> told;
    for (const Edge& edge : facts.edges) {
      told.push_back(edge.place.file + ':' + std::to_string(edge.place.line) + ' ' + edge.target +
                     " in " + edge.target_file);
    }
    std::sort(told.begin(), told.end());
    return told;
  }

  static std::filesystem::path Folder() { return folder_->path(); }

  static std::unique_ptr<seam::testing::TemporaryFolder> folder_;
};

std::unique_ptr<seam::testing::TemporaryFolder> SymbolsTest::folder_;

TEST_F(SymbolsTest, WhatIsDeclaredByHandIsFound) {
  const Facts facts = Read({Built("billing/fees.cc"), Built("orders/orders.cc")});
  EXPECT_THAT(Told(facts),
              ElementsAre("orders/orders.cc:10 int billing::Round<int>(int) in billing/fees.cc",
                          "orders/orders.cc:3 billing::RecordLateFee(int) in billing/fees.cc",
                          "orders/orders.cc:3 billing::rate in billing/fees.cc",
                          "orders/orders.cc:4 print_invoice in billing/fees.cc"));
  EXPECT_THAT(facts.unseen, IsEmpty());
  // Without the one that defines them nobody does.
  EXPECT_THAT(Read({Built("orders/orders.cc")}).edges, IsEmpty());
}

TEST_F(SymbolsTest, AClassIsFoundByItsName) {
  EXPECT_THAT(Told(Read({Built("billing/fees.cc"), Built("orders/classes.cc")})),
              ElementsAre("orders/classes.cc:1 billing::operator+(billing::Invoice const&, "
                          "billing::Invoice const&) "
                          "in billing/fees.cc",
                          "orders/classes.cc:2 billing::Invoice::Total() const in billing/fees.cc",
                          "orders/classes.cc:2 billing::Invoice::~Invoice() in billing/fees.cc",
                          "orders/classes.cc:2 typeinfo for billing::Invoice in billing/fees.cc"));
}

TEST_F(SymbolsTest, InlineCodeIsItsHeadersAffair) {
  // stock.cc calls a Release, but not that of billing.
  EXPECT_THAT(
      Told(Read({Built("billing/fees.cc"), Built("allowed/ticket.cc", {"allowed/ticket.h"}),
                 Built("stock/stock.cc", {"allowed/ticket.h"})})),
      ElementsAre("allowed/ticket.h:1 billing::Release() in billing/fees.cc",
                  "stock/stock.cc:2 allowed::Ticket::Release() const in allowed/ticket.cc"));
  // What the text names nowhere is left out.
  EXPECT_THAT(Told(Read({Built("billing/fees.cc"), Built("stock/stock.cc", {"names/lock.h"})})),
              IsEmpty());
}

TEST_F(SymbolsTest, WhatALibrarysHeaderLeavesIsNoUse) {
  EXPECT_THAT(Told(Read({Built("orders/box.cc", {"library/box.h"}), Built("stock/box_user.cc")})),
              IsEmpty());
}

TEST_F(SymbolsTest, ANameThatClassesShareIsUsedByWhoSpeaksOfTheClass) {
  EXPECT_THAT(Told(Read({Built("desk/desk.cc"), Built("book/book.cc"),
                         Built("app/app.cc", {"app/app.h", "book/book.h", "desk/desk.h"})})),
              ElementsAre("app/app.cc:2 book::Book::get() const in book/book.cc",
                          "app/app.cc:2 desk::Desk::get() const in desk/desk.cc"));
}

TEST_F(SymbolsTest, OfSeveralDefinitionsTheOneThatIsLinkedCounts) {
  // Nothing tells them apart.
  const Facts facts =
      Read({Built("billing/fees.cc", {}, "fees"), Built("tool/twice.cc", {}, "twice"),
            Built("tool/twice_user.cc", {}, "user"), Built("tool/usage_user.cc"),
            Built("tool/other_main.cc")});
  EXPECT_THAT(Told(facts), ElementsAre("tool/usage_user.cc:1 Usage() in billing/fees.cc"));
  ASSERT_THAT(facts.unseen, SizeIs(1));
  EXPECT_EQ(facts.unseen[0].what,
            "symbols that several sources define, of which it is not known which is linked: 1 "
            "(Twice())");
  // A test's is not for others.
  EXPECT_THAT(Told(Read({Built("billing/fees.cc"), Built("tests/double.cc"),
                         Built("tool/double_user.cc")})),
              ElementsAre("tool/double_user.cc:1 OnlyATestHasItToo() in billing/fees.cc"));
  // What is in the same target is linked to each other.
  EXPECT_THAT(Told(Read({Built("billing/fees.cc", {}, "fees"), Built("tool/usage.cc", {}, "tool"),
                         Built("tool/usage_user.cc", {}, "tool")})),
              ElementsAre("tool/usage_user.cc:1 Usage() in tool/usage.cc"));
}

TEST_F(SymbolsTest, WhatCannotBeReadIsTold) {
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(Folder() / name, std::ios::binary) << bytes;
    Object object;
    object.file = Folder() / name;
    object.source = name + ".cc";
    return object;
  };
  std::ifstream in(Built("orders/orders.cc").file, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  std::vector<Object> objects = {
      write("bitcode.o", std::string("BC\xC0\xDE") + std::string(100, 'x')),
      write("archive.o", "!<arch>\n"),
      write("empty.o", ""),
      write("head.o", whole.substr(0, 64)),
      Built("orders/orders.cc"),
  };
  objects.push_back({Folder() / "none.o", "none.cc", {}});
  objects.push_back({Folder(), "folder.cc", {}});
  const Facts facts = Read(objects);
  ASSERT_THAT(facts.unseen, SizeIs(3));
  EXPECT_EQ(facts.unseen[0].what,
            "object files that are not built, so that what the linker would see is not known: 2 "
            "(none.cc, folder.cc)");
  EXPECT_EQ(facts.unseen[0].mend, "build the project");
  EXPECT_EQ(facts.unseen[1].what,
            "object files for link time optimisation, with symbols in the compiler's own form: 1 "
            "(bitcode.o.cc)");
  EXPECT_EQ(facts.unseen[2].what,
            "object files that are not in ELF, or broken, whose symbols are not read: 3 "
            "(archive.o.cc, empty.o.cc, head.o.cc)");
  // Broken anywhere: no crash.
  for (std::size_t at = 0; at < 64; at += 2) {
    std::string broken = whole;
    broken[at] = static_cast<char>(~broken[at]);
    Read({write("broken.o", broken), Built("billing/fees.cc")});
  }
  for (std::size_t size = 65; size < whole.size(); size += 397) {
    Read({write("short.o", whole.substr(0, size)), Built("billing/fees.cc")});
  }
}

TEST_F(SymbolsTest, AnOldObjectIsToldAndUsed) {
  const std::filesystem::path source = Folder() / "orders/orders.cc";
  const auto before = std::filesystem::last_write_time(source);
  std::filesystem::last_write_time(source, before + std::chrono::hours(1));
  const Facts facts = Read({Built("billing/fees.cc"), Built("orders/orders.cc")});
  std::filesystem::last_write_time(source, before);
  EXPECT_THAT(facts.edges, SizeIs(4));
  ASSERT_THAT(facts.unseen, SizeIs(1));
  EXPECT_EQ(facts.unseen[0].what,
            "object files that are older than their source, without what was written since: 1 "
            "(orders/orders.cc)");
}

}  // namespace
}  // namespace seam::structure
