#!/usr/bin/env bash
# refused_test.sh TOOLKIT COMPILER version|deprecated
#
# What the compiler has to refuse of expected/:
#   version     every header, with a runtime that it was not made for.
#   deprecated  a call of a deprecated method, and the name of a deprecated value, in code that does
#               not want deprecated things; what is generated is free of them.
set -euo pipefail
toolkit=$1
compiler=$2
what=$3
cd "$(dirname "$0")/expected"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The folder $1 first on the include path; the source is the standard input.
compile() {
  "$compiler" -x c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only "-I$1" -I. "-I$toolkit" - \
    2>"$work/log"
}

# accepted SOURCE FOLDER
accepted() {
  if ! compile "$2" <<<"$1"; then
    echo "the compiler refuses what it has to accept:" >&2
    cat "$work/log" >&2
    exit 1
  fi
}

# refused SOURCE FOLDER PATTERN...
refused() {
  if compile "$2" <<<"$1"; then
    echo "the compiler accepts what it has to refuse: $1" >&2
    exit 1
  fi
  local pattern
  for pattern in "${@:3}"; do
    if ! grep -qE "$pattern" "$work/log"; then
      echo "the compiler refuses this, and does not say $pattern:" >&2
      cat "$work/log" >&2
      exit 1
    fi
  done
}

case $what in
  version)
    mkdir -p "$work/same/seam/core" "$work/other/seam/core"
    cp "$toolkit/seam/core/generated.h" "$work/same/seam/core/generated.h"
    sed 's/\(SEAM_GENERATED_CODE_VERSION\) [0-9]*/\1 999/' "$toolkit/seam/core/generated.h" \
      >"$work/other/seam/core/generated.h"
    all=
    errors=()
    for header in golden/v1/services_*.h; do
      all+="#include \"$header\""$'\n'
      errors+=("^(\./)?$header:[0-9:]* error: .*Generated for another version")
    done
    accepted "$all" "$work/same"
    refused "$all" "$work/other" "${errors[@]}"
    ;;
  deprecated)
    start='#include "golden/v1/deprecated_throwing.h"
      using namespace golden::v1;
      inline bool Use(DeprecatingClient& client, OldServiceClient& old, Grade grade,
                      const ThrowingDeprecating& throwing) {
        static_cast<void>(old), static_cast<void>(throwing);'
    mkdir "$work/none"
    accepted "$start return client.Current({}, {}).has_value() && grade == Grade{}; }" "$work/none"
    for use in 'client.Old({}, {}).has_value()' 'old.Old({}, {}).has_value()' \
        'grade == Grade::GRADE_OLD' 'throwing.Old({}).id.empty()' 'throwing.Old({}, {}).id.empty()'; do
      refused "$start return static_cast<void>(client), static_cast<void>(grade), $use; }" \
        "$work/none" 'is deprecated.*-W.*deprecated-declarations'
    done
    ;;
  *)
    echo "unknown: $what" >&2
    exit 1
    ;;
esac
