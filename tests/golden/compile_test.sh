#!/usr/bin/env bash
# compile_test.sh TOOLKIT STANDARD COMPILER...
#
# Compiles expected/ with warnings as errors, and fails when any of it includes protobuf or gRPC.
# One translation unit a proto holds all of the proto's files.
set -euo pipefail
toolkit=$1
standard=$2
shift 2
cd "$(dirname "$0")/expected"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
while read -r types; do
  stem=${types%_types.cc}
  for suffix in types.cc codec.cc contract.cc handler.cc in_process.cc remote.cc servicer.cc \
      throwing.cc publisher.cc subscriber.cc client.h mock.h seam.h; do
    echo "#include \"${stem}_$suffix\""
  done >"$work/$count.cc"
  count=$((count + 1))
done < <(find . -name '*_types.cc' -printf '%P\n')
if [ $count -eq 0 ]; then
  echo "expected/ holds no generated files" >&2
  exit 1
fi
export toolkit standard
# shellcheck disable=SC2016
find "$work" -name '*.cc' -print0 | xargs -0 -P2 -I{} sh -c '
  source=$1; shift
  "$@" "-std=$standard" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I. \
    -I"$toolkit" -fsyntax-only -MD -MF "$source.d" "$source"' sh {} "$@"
if grep -lE '(google/protobuf|grpc)[^ ]*\.h' "$work"/*.d; then
  echo "generated code includes protobuf or gRPC" >&2
  grep -ohE '[^ ]*(google/protobuf|grpc)[^ ]*\.h' "$work"/*.d | sort -u | head >&2
  exit 1
fi
