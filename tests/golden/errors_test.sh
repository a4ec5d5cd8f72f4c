#!/usr/bin/env bash
# errors_test.sh PROTOC PLUGIN
#
# Runs the generator on every proto of errors/. Its first lines say what has to come out, exactly:
#   // error: TEXT      one error; nothing may be written.
#   // warning: TEXT    one warning; everything is written.
#   // options: TEXT    what is given as --seam_opt.
#   // together: PROTO  what is generated in the same run, behind it.
set -uo pipefail
protoc=$1
plugin=$2
cd "$(dirname "$0")/errors" || exit 1
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
failed=0
count=0
for proto in *.proto; do
  count=$((count + 1))
  rm -rf "$output/files" && mkdir "$output/files"
  options=$(sed -n 's#^// options: ##p' "$proto")
  together=$(sed -n 's#^// together: ##p' "$proto")
  errors=$(sed -n 's#^// error: ##p' "$proto")
  warnings=$(sed -n 's#^// warning: ##p' "$proto")
  if [ -z "$errors$warnings" ]; then
    echo "$proto: says neither what error nor what warning it has to cause" >&2
    failed=1
    continue
  fi
  "$protoc" -I. -I../../../toolkit "--plugin=protoc-gen-seam=$plugin" "--seam_out=$output/files" \
    ${options:+"--seam_opt=$options"} "$proto" \
    ${together:+"$together"} >"$output/out" 2>&1
  status=$?
  # protoc puts "--seam_out: " before the first line, and has a warning of its own that is not ours.
  sed -e 's/^--seam_out: //' -e '/^\[libprotobuf WARNING/d' "$output/out" >"$output/actual"
  printf '%s\n' "${errors:-$warnings}" >"$output/expected"
  if ! diff -u --label "$proto: expected" --label "$proto: actual" \
      "$output/expected" "$output/actual" >&2; then
    failed=1
  fi
  written=$(find "$output/files" -type f | wc -l)
  if [ -n "$errors" ] && { [ $status -eq 0 ] || [ "$written" -ne 0 ]; }; then
    echo "$proto: exit status $status and $written files, though there is an error" >&2
    failed=1
  fi
  if [ -z "$errors" ] && { [ $status -ne 0 ] || [ "$written" -eq 0 ]; }; then
    echo "$proto: exit status $status and $written files, though there is only a warning" >&2
    failed=1
  fi
done
if [ $count -eq 0 ]; then
  echo "errors/ holds no protos" >&2
  failed=1
fi
exit $failed
