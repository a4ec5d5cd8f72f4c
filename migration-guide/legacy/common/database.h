#ifndef COMMON_DATABASE_H
#define COMMON_DATABASE_H

#include <cstdint>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace common {

// The shop's database. Open it once at start; everybody uses this one.
class Database {
public:
    static Database &instance();

    // Opens or creates the file and makes the tables that are missing.
    void open(const std::string &path);
    void execute(const std::string &sql);

    int64_t lastId() const;
    int changes() const;
    sqlite3 *handle() const { return handle_; }

    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

private:
    Database() = default;
    ~Database();

    sqlite3 *handle_ = nullptr;
};

// A prepared statement. bind() fills the parameters from left to right.
class Statement {
public:
    explicit Statement(const std::string &sql);
    ~Statement();
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

    Statement &bind(const std::string &text);
    Statement &bind(int64_t number);

    // True while there is a row.
    bool step();
    // For statements that have no rows.
    void run();

    std::string text(int column) const;
    int64_t number(int column) const;

private:
    sqlite3_stmt *statement_ = nullptr;
    int bound_ = 0;
};

// Rolls back at the end of its scope unless commit() was called.
class Transaction {
public:
    Transaction();
    ~Transaction();
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;

    void commit();

private:
    bool open_ = true;
};

}  // namespace common

#endif
