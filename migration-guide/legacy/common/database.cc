#include "common/database.h"

#include <sqlite3.h>

#include "common/errors.h"
#include "common/schema.h"

namespace common {
namespace {

[[noreturn]] void fail(sqlite3 *handle) {
    throw DatabaseError(sqlite3_errmsg(handle), sqlite3_errcode(handle) == SQLITE_CONSTRAINT);
}

}  // namespace

Database &Database::instance() {
    static Database database;
    return database;
}

Database::~Database() {
    sqlite3_close(handle_);
}

void Database::open(const std::string &path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) {
        throw DatabaseError("cannot open " + path + ": " + sqlite3_errmsg(handle_), false);
    }
    sqlite3_busy_timeout(handle_, 5000);
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute(kSchema);
}

void Database::execute(const std::string &sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(handle_);
    }
}

int64_t Database::lastId() const {
    return sqlite3_last_insert_rowid(handle_);
}

int Database::changes() const {
    return sqlite3_changes(handle_);
}

Statement::Statement(const std::string &sql) {
    sqlite3 *handle = Database::instance().handle();
    if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
        fail(handle);
    }
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement &Statement::bind(const std::string &text) {
    sqlite3_bind_text(statement_, ++bound_, text.c_str(), -1, SQLITE_TRANSIENT);
    return *this;
}

Statement &Statement::bind(int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result != SQLITE_DONE) {
        fail(Database::instance().handle());
    }
    return false;
}

void Statement::run() {
    while (step()) {
    }
}

std::string Statement::text(int column) const {
    const unsigned char *text = sqlite3_column_text(statement_, column);
    return text == nullptr ? "" : reinterpret_cast<const char *>(text);
}

int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

Transaction::Transaction() {
    Database::instance().execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_) {
        sqlite3_exec(Database::instance().handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    Database::instance().execute("COMMIT");
    open_ = false;
}

}  // namespace common
