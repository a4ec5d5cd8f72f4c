// A client of the new version of a contract, with services of the new version and of the old one,
// each a process of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "library/v1/library_client.h"
#include "library/v1/library_remote.h"
#include "library/v1/library_seam.h"
#include "seam/testing/sides.h"

namespace library {
namespace {

using ::testing::HasSubstr;

v1::Book NewBook() {
  v1::Book book;
  book.id = "essay";
  book.title = "Essays";
  book.genre = v1::Genre::GENRE_ESSAY;
  book.place.set_reader("Ada");
  book.author.emplace();
  book.author->name = "Michel";
  book.author->born = 1533;
  book.isbn = "978-0";
  book.translators.emplace_back();
  book.translators.back().name = "John";
  book.translators.back().born = 1553;
  book.pages = 1269;
  book.price = 0;
  book.tags = {"old", "long"};
  book.ratings = {{"Bob", -5}, {"Eve", 4}};
  book.edition.emplace();
  book.edition->number = 1;
  book.edition->publisher = "Millanges";
  return book;
}

class NewClient : public ::testing::Test {
 protected:
  explicit NewClient(const std::string& program = LIBRARY_OLD_SERVICE)
      : service_(v1::LibrarySeam::contract(), {program}), client_(service_.channel(), {}) {}

  [[nodiscard]] seam::Context context() const {
    return seam::Context().WithTimeout(std::chrono::seconds(30));
  }

  void Put(const v1::Book& book) {
    v1::PutBookRequest put;
    put.book = book;
    const auto done = client_.PutBook(context(), put);
    EXPECT_TRUE(done) << seam::ToString(done.error());
  }

  [[nodiscard]] v1::Book Get(const std::string& id) {
    v1::GetBookRequest get;
    get.id = id;
    const auto got = client_.GetBook(context(), get);
    EXPECT_TRUE(got) << seam::ToString(got.error());
    return got ? *got->book : v1::Book();
  }

  // By the service itself, which reads, modifies and writes.
  [[nodiscard]] v1::RenameBookResponse Rename(const std::string& title) {
    v1::RenameBookRequest rename;
    rename.id = "essay";
    rename.title = title;
    rename.keep_old_title_as_tag = true;
    const auto renamed = client_.RenameBook(context(), rename);
    EXPECT_TRUE(renamed) << seam::ToString(renamed.error());
    return renamed ? *renamed : v1::RenameBookResponse();
  }

  seam::testing::ServiceProcess service_;
  v1::LibraryRemoteClient client_;
};

class NewClientWithANewService : public NewClient {
 protected:
  NewClientWithANewService() : NewClient(LIBRARY_NEW_SERVICE) {}
};

class NewClientWithAForgetfulService : public NewClient {
 protected:
  NewClientWithAForgetfulService() : NewClient(LIBRARY_FORGETFUL_SERVICE) {}
};

TEST_F(NewClient, IsUnderstoodByAnOldServiceAsFarAsThatKnows) {
  Put(NewBook());
  v1::DescribeBookRequest describe;
  describe.id = "essay";
  const auto described = client_.DescribeBook(context(), describe);
  ASSERT_TRUE(described) << seam::ToString(described.error());
  EXPECT_EQ(described->text,
            "title=Essays genre=3 author=Michel isbn=978-0 translator=John motto=");
}

TEST_F(NewClient, GetsBackFromAnOldServiceWhatThatDoesNotKnow) {
  Put(NewBook());
  EXPECT_EQ(Get("essay"), NewBook());
}

TEST_F(NewClient, LosesNothingWhenAnOldServiceReadsModifiesAndWrites) {
  Put(NewBook());
  v1::Book expected = NewBook();
  expected.title = "More essays";
  const v1::RenameBookResponse renamed = Rename("More essays");
  EXPECT_EQ(*renamed.book, expected);
  EXPECT_EQ(renamed.old_title, "") << "what only the new service answers";
  EXPECT_EQ(Get("essay"), expected);
}

// The negative twin: the same old service, generated with unknown_fields=drop.
TEST_F(NewClientWithAForgetfulService, LosesWhatThatDoesNotKnow) {
  Put(NewBook());
  v1::Book expected;
  expected.id = "essay";
  expected.title = "More essays";
  expected.genre = v1::Genre::GENRE_ESSAY;
  expected.author.emplace().name = "Michel";
  expected.isbn = "978-0";
  expected.translators.emplace_back().name = "John";
  EXPECT_EQ(*Rename("More essays").book, expected);
}

TEST_F(NewClient, IsToldThatAnOldServiceDoesNotHaveANewRpc) {
  const auto counted = client_.CountBooks(context(), {});
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().code, seam::Code::kUnimplemented);
  EXPECT_EQ(counted.error().reason, "UNKNOWN_METHOD");
  EXPECT_EQ(counted.error().origin, seam::Origin::kNotDelivered);
  EXPECT_THAT(counted.error().message, HasSubstr("/library.v1.Library/CountBooks"));
  EXPECT_THAT(counted.error().message, HasSubstr("compare the versions of both sides"));
}

TEST_F(NewClientWithANewService, HasAllThatIsNew) {
  Put(NewBook());
  v1::Book expected = NewBook();
  expected.title = "More essays";
  expected.tags.emplace_back("Essays");
  const v1::RenameBookResponse renamed = Rename("More essays");
  EXPECT_EQ(*renamed.book, expected);
  EXPECT_EQ(renamed.old_title, "Essays");
  const auto counted = client_.CountBooks(context(), {});
  ASSERT_TRUE(counted) << seam::ToString(counted.error());
  EXPECT_EQ(counted->count, 2);
}

}  // namespace
}  // namespace library
