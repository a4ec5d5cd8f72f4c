#!/bin/bash
# check_tidy_twin.sh TIDY: a source with a finding fails the check and is read again until it is
# mended; a clean one passes and is not read again before it changes.
set -euo pipefail
tidy=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/tidy" "$scratch/objects"
source=$scratch/tests/planted.cc
mkdir "$scratch/tests"
echo "#include \"$source\"" > "$scratch/tidy/planted.cc"
echo "$source" > "$scratch/tidy/planted.sources"
echo "$scratch/objects" > "$scratch/tidy/planted.objects"
echo -std=c++20 > "$scratch/tidy/planted.flags"

echo 'int* Nothing() { return 0; }' > "$source"
for time in first second; do
  if output=$("$tidy" "$scratch" 2>&1); then
    echo "the $time time the planted finding was not found" >&2
    exit 1
  fi
  grep -q modernize-use-nullptr <<< "$output" || { echo "$output" >&2; exit 1; }
done
echo 'int* Nothing() { return nullptr; }' > "$source"
"$tidy" "$scratch"

echo 'int* Nothing() { return 0; }' > "$source"
"$tidy" "$scratch"  # Nothing was compiled anew, so nothing is read.
touch -d '+1 minute' "$scratch/objects/planted.o"
if "$tidy" "$scratch" > /dev/null 2>&1; then
  echo "a source that had changed was not read again" >&2
  exit 1
fi
if [ -n "$("$tidy" "$scratch" --seconds 0 | grep -v 'left for lack of time')" ]; then
  echo "without time it read something" >&2
  exit 1
fi
