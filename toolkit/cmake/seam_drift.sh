#!/usr/bin/env bash
# seam_drift.sh GENERATED_DIR "FOLDER:..." PROTOC ARGUMENT...
#
# Runs protoc into a temporary folder and fails, with the difference, when any FOLDER below
# GENERATED_DIR is not exactly what came out: a file that differs, is missing or is too many. Protos
# may lie there too.
set -euo pipefail
generated=$1
IFS=':' read -r -a folders <<<"$2"
shift 2
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$@" "--seam_out=$fresh"
failed=0
for folder in "${folders[@]}"; do
  # Lines of a descriptor's bytes tell nobody anything.
  diff -r -x '*.proto' "$generated/$folder" "$fresh/$folder" | grep -v '^[<>]     "\\' || true
  diff -rq -x '*.proto' "$generated/$folder" "$fresh/$folder" > /dev/null || failed=1
done
if [ $failed -ne 0 ]; then
  echo "The files in $generated are not what the protos generate (see the differences above): build" \
    "the target generate, which is make generate in Seam's own repository." >&2
fi
exit $failed
