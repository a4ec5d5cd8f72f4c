// The library as a service process; compiled with the old version of its contract and with the new
// one, for which LIBRARY_IS_NEW is defined.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "library/v1/library_handler.h"
#include "library/v1/library_servicer.h"
#include "seam/host/serve_main.h"

namespace library {
namespace {

seam::Failure NoBook(const std::string& id) {
  return seam::Fail(seam::Code::kNotFound, "BOOK_NOT_FOUND", "there is no book '" + id + "'");
}

std::string Describe(const v1::Book& book) {
  std::string text = "title=" + book.title + " genre=" + std::to_string(int(book.genre));
  if (book.place.shelf() != nullptr) text += " shelf=" + *book.place.shelf();
  if (book.place.branch() != nullptr) text += " branch=" + *book.place.branch();
  if (book.author) text += " author=" + book.author->name;
  text += " isbn=" + book.isbn;
  for (const v1::Author& translator : book.translators) text += " translator=" + translator.name;
#ifdef LIBRARY_IS_NEW
  if (book.place.reader() != nullptr) text += " reader=" + *book.place.reader();
  if (book.author) text += " born=" + std::to_string(book.author->born);
  for (const v1::Author& translator : book.translators) {
    text += " translator-born=" + std::to_string(translator.born);
  }
  text += " pages=" + std::to_string(book.pages);
  if (book.price) text += " price=" + std::to_string(*book.price);
  for (const std::string& tag : book.tags) text += " tag=" + tag;
  for (const auto& [reader, rating] : book.ratings) {
    text += " rating=" + reader + ":" + std::to_string(rating);
  }
  if (book.edition) text += " edition=" + book.edition->publisher;
#else
  text += " motto=" + book.motto;
#endif
  return text;
}

class LibraryService final : public v1::LibraryHandler {
 public:
  seam::Result<v1::PutBookResponse> PutBook(const seam::Context&,
                                            const v1::PutBookRequest& request) override {
    const std::lock_guard lock(mutex_);
    books_[request.book->id] = *request.book;
    return v1::PutBookResponse();
  }

  seam::Result<v1::GetBookResponse> GetBook(const seam::Context&,
                                            const v1::GetBookRequest& request) override {
    const std::lock_guard lock(mutex_);
    const auto book = books_.find(request.id);
    if (book == books_.end()) return NoBook(request.id);
    v1::GetBookResponse response;
    response.book = book->second;
    return response;
  }

  seam::Result<v1::RenameBookResponse> RenameBook(const seam::Context&,
                                                  const v1::RenameBookRequest& request) override {
    const std::lock_guard lock(mutex_);
    const auto book = books_.find(request.id);
    if (book == books_.end()) return NoBook(request.id);
    v1::Book changed = book->second;
    v1::RenameBookResponse response;
#ifdef LIBRARY_IS_NEW
    if (request.keep_old_title_as_tag) changed.tags.push_back(changed.title);
    response.old_title = changed.title;
#endif
    changed.title = request.title;
    book->second = changed;
    response.book = std::move(changed);
    return response;
  }

  seam::Result<v1::DescribeBookResponse> DescribeBook(
      const seam::Context&, const v1::DescribeBookRequest& request) override {
    const std::lock_guard lock(mutex_);
    const auto book = books_.find(request.id);
    if (book == books_.end()) return NoBook(request.id);
    v1::DescribeBookResponse response;
    response.text = Describe(book->second);
    return response;
  }

#ifdef LIBRARY_IS_NEW
  seam::Result<v1::CountBooksResponse> CountBooks(const seam::Context&,
                                                  const v1::CountBooksRequest&) override {
    const std::lock_guard lock(mutex_);
    v1::CountBooksResponse response;
    response.count = static_cast<int>(books_.size());
    return response;
  }

  // A book that has everything that the old version does not know.
  LibraryService() {
    v1::Book book;
    book.id = "seeded";
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
    book.edition->publisher = "Millanges";
    books_["seeded"] = book;
  }
#endif

 private:
  std::mutex mutex_;
  std::map<std::string, v1::Book> books_;
};

}  // namespace
}  // namespace library

// Not "library", whose options would have compilers' variable LIBRARY_PATH among them.
int main(int argc, char** argv) {
  return seam::ServeMain(argc, argv, {.name = "lender"}, [](seam::Host& host) {
    host.Serve<library::v1::LibraryServicer>(std::make_unique<library::LibraryService>());
    return seam::Result<void>();
  });
}
