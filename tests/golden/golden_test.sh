#!/usr/bin/env bash
# golden_test.sh PROTOC PLUGIN
#
# Fails when the generator's output differs from expected/ by a byte, a missing or an extra file, or
# when a second run differs from the first.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
bash "$here/generate.sh" "$1" "$2" "$fresh/first"
bash "$here/generate.sh" "$1" "$2" "$fresh/second"
if ! diff -r "$here/expected" "$fresh/first"; then
  echo "The output has changed: when that is wanted, build the target generate and review it." >&2
  exit 1
fi
diff -r "$fresh/first" "$fresh/second"
