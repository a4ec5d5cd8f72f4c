#include "seam/sql/error.h"

namespace seam::sql {
namespace {

struct Mapping {
  const char* name;
  Code code;
  const char* reason;
};

Mapping MappingOf(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kBusy: return {"BUSY", Code::kUnavailable, "DATABASE_BUSY"};
    case ErrorKind::kConflict: return {"CONFLICT", Code::kUnavailable, "DATABASE_CONFLICT"};
    case ErrorKind::kOutcomeUnknown:
      return {"OUTCOME_UNKNOWN", Code::kUnavailable, "DATABASE_OUTCOME_UNKNOWN"};
    case ErrorKind::kForbidden: return {"FORBIDDEN", Code::kInternal, "DATABASE_FORBIDDEN"};
    case ErrorKind::kUnavailable:
      return {"UNAVAILABLE", Code::kUnavailable, "DATABASE_UNAVAILABLE"};
    case ErrorKind::kRefused: return {"REFUSED", Code::kUnavailable, "DATABASE_REFUSED"};
    case ErrorKind::kNotSetUp: return {"NOT_SET_UP", Code::kUnavailable, "DATABASE_REFUSED"};
    case ErrorKind::kDeadlineExceeded:
      return {"DEADLINE_EXCEEDED", Code::kDeadlineExceeded, "DEADLINE_EXCEEDED"};
    case ErrorKind::kCancelled: return {"CANCELLED", Code::kCancelled, "CANCELLED"};
    case ErrorKind::kCorrupt: return {"CORRUPT", Code::kDataLoss, "DATABASE_CORRUPT"};
    case ErrorKind::kSchemaTooNew:
      return {"SCHEMA_TOO_NEW", Code::kFailedPrecondition, "DATABASE_SCHEMA_TOO_NEW"};
    case ErrorKind::kSchemaChanged:
      return {"SCHEMA_CHANGED", Code::kFailedPrecondition, "DATABASE_SCHEMA_CHANGED"};
    case ErrorKind::kMigrationFailed:
      return {"MIGRATION_FAILED", Code::kInternal, "DATABASE_MIGRATION_FAILED"};
    case ErrorKind::kUniqueViolation:
      return {"UNIQUE_VIOLATION", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
    case ErrorKind::kCheckViolation:
      return {"CHECK_VIOLATION", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
    case ErrorKind::kForeignKeyViolation:
      return {"FOREIGN_KEY_VIOLATION", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
    case ErrorKind::kNotNullViolation:
      return {"NOT_NULL_VIOLATION", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
    case ErrorKind::kSyntax: return {"SYNTAX", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
    case ErrorKind::kMisuse: return {"MISUSE", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
  }
  return {"MISUSE", Code::kInternal, "DATABASE_STATEMENT_FAILED"};
}

}  // namespace

const char* ErrorKindName(ErrorKind kind) noexcept { return MappingOf(kind).name; }

Error ToError(const SqlError& error) {
  const Mapping mapping = MappingOf(error.kind());
  return Error{mapping.code, mapping.reason, error.what(), {}, Origin::kHandler};
}

}  // namespace seam::sql
