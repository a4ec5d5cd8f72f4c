#ifndef TESTS_UNIT_SQL_THROWN_H_
#define TESTS_UNIT_SQL_THROWN_H_

#include <functional>
#include <string>

#include "seam/sql/database.h"

namespace seam::sql {

// What `call` throws, as text: "KIND: message"; "nothing" when it throws nothing.
inline std::string Thrown(const std::function<void()>& call) {
  try {
    call();
    return "nothing";
  } catch (const SqlError& error) {
    return std::string(ErrorKindName(error.kind())) + ": " + error.what();
  }
}

}  // namespace seam::sql

#endif  // TESTS_UNIT_SQL_THROWN_H_
