#!/bin/sh
# run_fuzzer.sh FUZZER TARGET CORPUS FOLDER RUNS: looks for inputs that a target (see fuzz.cc) does not
# bear, beginning with the files in CORPUS. Fails at the first one, writes it below FOLDER and prints
# its path. A file in CORPUS is tried first from then on.
#
# The budget is RUNS inputs, nearly the same ones each time: the ids and times in answers differ. The
# bug of SEAM_FUZZ_TWIN=1 must not be met by the corpus alone. With SEAM_SOAK=1 it is ten minutes of
# inputs that are new each time, and what reaches new code is kept in FOLDER for the next run.
set -eu
fuzzer=$1
export SEAM_FUZZ_TARGET="$2"
corpus=$3
folder=$4
runs=$5

mkdir -p "$folder/found"
set -- -artifact_prefix="$folder/" -max_len=2048 -timeout=20 -verbosity=0 -print_final_stats=1 \
  -dict="$corpus/../$SEAM_FUZZ_TARGET.dict"
if [ "${SEAM_SOAK:-}" = 1 ]; then
  exec "$fuzzer" "$@" -max_total_time=600 "$folder/found" "$corpus"
fi
if [ "${SEAM_FUZZ_TWIN:-}" = 1 ] && ! "$fuzzer" -runs=0 -verbosity=0 "$corpus" > /dev/null 2>&1; then
  echo "the corpus alone meets the bug, so that the search is not tried"
  exit 1
fi
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$fuzzer" "$@" -seed=1 -runs="$runs" "$found" "$corpus"
