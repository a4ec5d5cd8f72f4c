#!/usr/bin/env bash
# generate.sh PROTOC PLUGIN OUTPUT
#
# Writes what the generator makes of protos/ into the folder OUTPUT, which is emptied first.
set -euo pipefail
protoc=$1
plugin=$2
mkdir -p "$3"
output=$(cd "$3" && pwd)
find "$output" -mindepth 1 -delete
cd "$(dirname "$0")/protos"
mapfile -t protos < <(find golden -name '*.proto' ! -name dropped.proto | LC_ALL=C sort)
run() { "$protoc" -I. -I../../../toolkit "--plugin=protoc-gen-seam=$plugin" "--seam_out=$output" "$@"; }
run --seam_opt=idempotency=strict "${protos[@]}" 2> >(grep -v 'is unused' >&2)
run --seam_opt=idempotency=strict,unknown_fields=drop golden/dropped.proto
