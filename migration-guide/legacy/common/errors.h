#ifndef COMMON_ERRORS_H
#define COMMON_ERRORS_H

#include <stdexcept>
#include <string>

namespace common {

// What goes wrong in the shop. what() is for the user.
class ShopError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The user typed something that cannot be meant.
class BadInput : public ShopError {
public:
    using ShopError::ShopError;
};

class NotFound : public ShopError {
public:
    using ShopError::ShopError;
};

// The rules of the shop forbid it.
class Refused : public ShopError {
public:
    using ShopError::ShopError;
};

class DatabaseError : public ShopError {
public:
    DatabaseError(const std::string &message, bool constraint)
        : ShopError(message), constraint_(constraint) {}

    // Whether a UNIQUE, CHECK or FOREIGN KEY of the schema was in the way.
    bool constraint() const { return constraint_; }

private:
    bool constraint_;
};

}  // namespace common

#endif
