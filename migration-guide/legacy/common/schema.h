#ifndef COMMON_SCHEMA_H
#define COMMON_SCHEMA_H

namespace common {

// All tables of the shop. Amounts are in cents, days are YYYY-MM-DD.
extern const char *const kSchema;

}  // namespace common

#endif
