// A client of the old version of a contract, with services of the old version and of the new one,
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
using ::testing::Not;

class OldClient : public ::testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] seam::Context context() const {
    return seam::Context().WithTimeout(std::chrono::seconds(30));
  }

  [[nodiscard]] std::string Description(v1::LibraryClient& client, const std::string& id) const {
    v1::DescribeBookRequest request;
    request.id = id;
    const auto response = client.DescribeBook(context(), request);
    EXPECT_TRUE(response) << seam::ToString(response.error());
    return response ? response->text : "";
  }
};

v1::Book OldBook() {
  v1::Book book;
  book.id = "poem";
  book.title = "Ode";
  book.genre = v1::Genre::GENRE_POETRY;
  book.place.set_shelf("P 7");
  book.author.emplace().name = "Pablo";
  book.isbn = "978-1";
  book.motto = "sea";
  book.translators.emplace_back().name = "Margaret";
  return book;
}

// What both know arrives, and what the other does not know comes back.
TEST_P(OldClient, GetsBackWhatItPut) {
  seam::testing::ServiceProcess service(v1::LibrarySeam::contract(), {GetParam()});
  v1::LibraryRemoteClient client(service.channel(), {});
  v1::PutBookRequest put;
  put.book = OldBook();
  ASSERT_TRUE(client.PutBook(context(), put));
  EXPECT_THAT(Description(client, "poem"),
              HasSubstr("title=Ode genre=2 shelf=P 7 author=Pablo isbn=978-1 translator=Margaret"));

  v1::GetBookRequest get;
  get.id = "poem";
  const auto got = client.GetBook(context(), get);
  ASSERT_TRUE(got) << seam::ToString(got.error());
  EXPECT_EQ(*got->book, OldBook());

  v1::RenameBookRequest rename;
  rename.id = "poem";
  rename.title = "Odes";
  const auto renamed = client.RenameBook(context(), rename);
  ASSERT_TRUE(renamed) << seam::ToString(renamed.error());
  v1::Book expected = OldBook();
  expected.title = "Odes";
  EXPECT_EQ(*renamed->book, expected);
}

TEST_P(OldClient, GetsRefusals) {
  seam::testing::ServiceProcess service(v1::LibrarySeam::contract(), {GetParam()});
  v1::LibraryRemoteClient client(service.channel(), {});
  v1::GetBookRequest get;
  get.id = "none";
  const auto got = client.GetBook(context(), get);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason, "BOOK_NOT_FOUND");
  EXPECT_EQ(got.error().origin, seam::Origin::kHandler);
}

INSTANTIATE_TEST_SUITE_P(With, OldClient,
                         ::testing::Values(LIBRARY_OLD_SERVICE, LIBRARY_NEW_SERVICE),
                         [](const auto& tested) {
                           return tested.index == 0 ? "OldService" : "NewService";
                         });

class OldModule : public OldClient {
 protected:
  // Reads the seeded book, gives it another title, writes it back; what the new service has then.
  [[nodiscard]] std::string AfterReadModifyWrite() {
    seam::testing::ServiceProcess service(v1::LibrarySeam::contract(), {LIBRARY_NEW_SERVICE});
    v1::LibraryRemoteClient client(service.channel(), {});
    const std::string before = Description(client, "seeded");
    v1::GetBookRequest get;
    get.id = "seeded";
    const auto got = client.GetBook(context(), get);
    EXPECT_TRUE(got);
    if (!got) return "";
    EXPECT_EQ(int(got->book->genre), 3) << "a value without a name";
    EXPECT_EQ(got->book->place.which(), v1::Book_place::Case::kNotSet)
        << "an alternative that is not known";
    EXPECT_THAT(before, HasSubstr(kAllThatIsNew));
    v1::PutBookRequest put;
    put.book = got->book;
    put.book->title = "More essays";
    EXPECT_TRUE(client.PutBook(context(), put));
    return Description(client, "seeded");
  }

  static constexpr char kAllThatIsNew[] =
      " genre=3 author=Michel isbn=978-0 translator=John reader=Ada born=1533 translator-born=1553 "
      "pages=1269 price=0 tag=old tag=long rating=Bob:-5 rating=Eve:4 edition=Millanges";
};

#ifdef LIBRARY_FORGETS
// The negative twin: generated with unknown_fields=drop.
TEST_F(OldModule, ThatDropsUnknownFieldsLosesWhatANewOneWrote) {
  const std::string after = AfterReadModifyWrite();
  EXPECT_THAT(after, HasSubstr("title=More essays genre=3 author=Michel"));
  EXPECT_THAT(after, Not(HasSubstr("price=")));
  EXPECT_THAT(after, Not(HasSubstr("born=1533")));
  EXPECT_THAT(after, Not(HasSubstr("reader=")));
}
#else
TEST_F(OldModule, KeepsWhatANewOneWrote) {
  EXPECT_EQ(AfterReadModifyWrite(), std::string("title=More essays") + kAllThatIsNew);
}
#endif

}  // namespace
}  // namespace library
