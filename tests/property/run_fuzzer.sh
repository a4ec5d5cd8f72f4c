#!/bin/sh
# run_fuzzer.sh FUZZER CORPUS FOLDER: looks for inputs on which Seam and libprotobuf disagree,
# beginning with the files in CORPUS. Fails at the first one, writes it below FOLDER and prints its
# path. A file in CORPUS is tried first from then on, by this and by wire_property_test.
#
# The budget is a number of inputs, the same ones each time. With SEAM_SOAK=1 it is ten minutes of
# inputs that are new each time, and what reaches new code is kept in FOLDER for the next run.
set -eu
fuzzer=$1
corpus=$2
folder=$3

mkdir -p "$folder/found"
set -- -artifact_prefix="$folder/" -max_len=2048 -timeout=20 -use_value_profile=1 -verbosity=0 \
  -print_final_stats=1
if [ "${SEAM_SOAK:-}" = 1 ]; then
  exec "$fuzzer" "$@" -max_total_time=600 "$folder/found" "$corpus"
fi
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$fuzzer" "$@" -seed=1 -runs=40000 "$found" "$corpus"
