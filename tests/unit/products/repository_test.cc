#include "products/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "seam/sql/driver.h"

namespace shop::products {
namespace {

using seam::sql::Parameters;

// An engine without rows, which writes the statements down.
class Recorder final : public seam::sql::Driver {
 public:
  explicit Recorder(std::set<std::string>& statements) : statements_(statements) {}

  std::unique_ptr<seam::sql::Connection> Connect(seam::sql::Access, const seam::Context&) override {
    return std::make_unique<Connection>(statements_);
  }
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] seam::sql::Engine engine() const noexcept override {
    return seam::sql::Engine::kSqlite;
  }

 private:
  class NoRows final : public seam::sql::Cursor {
   public:
    bool Next() override { return false; }
    bool IsNull(int) override { return true; }
    std::int64_t Int64(int) override { return 0; }
    double Double(int) override { return 0; }
    std::string_view Text(int) override { return ""; }
    std::string_view Blob(int) override { return ""; }
  };

  class Connection final : public seam::sql::Connection {
   public:
    explicit Connection(std::set<std::string>& statements) : statements_(statements) {}

    void Lend(seam::sql::Access, const seam::Context&) override {}
    void Release() noexcept override {}
    void Begin() override {}
    void BeginAlone() override {}
    void Commit() override {}
    void Rollback() noexcept override {}
    [[nodiscard]] bool in_transaction() const noexcept override { return false; }
    seam::sql::Cursor& Open(std::string_view statement, Parameters) override {
      statements_.emplace(statement);
      return no_rows_;
    }
    void Close(seam::sql::Cursor&) noexcept override {}
    std::int64_t Execute(std::string_view, Parameters) override { return 0; }
    void ExecuteScript(std::string_view) override {}
    [[nodiscard]] bool broken() const noexcept override { return false; }

   private:
    std::set<std::string>& statements_;
    NoRows no_rows_;
  };

  const std::string name_ = "nothing";
  std::set<std::string>& statements_;
};

// A connection keeps some dozens of prepared statements: a hundred for one function would push all
// others out.
TEST(RepositoryTest, BatchesOfAllSizesNeedFewStatements) {
  std::set<std::string> statements;
  seam::sql::Database database(std::make_unique<Recorder>(statements), {});
  std::vector<std::string> ids;
  for (int i = 1; i <= 100; ++i) {
    ids.push_back(std::to_string(i));
    (void)database.Read(seam::Context(), [&](seam::sql::Session& session) {
      return repository::FindProducts(session, ids);
    });
  }
  EXPECT_EQ(statements.size(), 3U);
}

}  // namespace
}  // namespace shop::products
