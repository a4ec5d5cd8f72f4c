#!/bin/bash
# check_public_headers.sh ROOT COMPILER [--seconds N]: the public headers of the toolkit and the
# generated ones compile as C++17 and include neither protobuf nor gRPC, and each compiles alone.
# With --seconds it begins no more of the latter after that time, those that changed last first, and
# says how many it left.
set -euo pipefail
usage="usage: check_public_headers.sh ROOT COMPILER [--seconds N]"
cd "${1:?$usage}"
compiler=${2:?$usage}
seconds=""
[ "${3:-}" != --seconds ] || seconds=${4:?$usage}
left=$(mktemp)
trap 'rm -f "$left"' EXIT

compile() {
  "$compiler" -std=c++17 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -Itoolkit -Iclients "$@" 2>&1
}

compile_alone() {
  local header=$1 output
  if [ -n "$until" ] && [ "$(date +%s)" -ge "$until" ]; then
    echo "$header" >> "$left"
  elif ! output=$(compile -x c++ - <<< "#include \"$header\""); then
    echo "$header does not compile alone as C++17:"
    head -20 <<< "$output"
    return 1
  fi
}
export -f compile compile_alone

# Headers whose name ends in _internal.h, and those of the generator, are not public.
mapfile -t headers < <(find toolkit/seam clients -name '*.h' ! -name '*_internal.h' ! -name '*_mock.h' |
  sort)
[ ${#headers[@]} -gt 0 ] || { echo "no headers found below $1"; exit 1; }

# What one of them brings in is seen when they are read as one, which takes a moment; -H shows the
# chain of includes that leads there.
compiles=yes
output=$(printf '#include "%s"\n' "${headers[@]}" | compile -H -x c++ -) || compiles=no
found=$(grep -nE '^\.+ .*/include/(google/protobuf|grpc|grpcpp|grpc\+\+|absl)/' <<< "$output" |
  head -1 || true)
if [ -n "$found" ]; then
  culprit=$(head -"${found%%:*}" <<< "$output" | grep -E '^\. ' | tail -1)
  echo "${culprit#. } brings in ${found##* }"
  echo "  The toolkit's public headers are free of protobuf and gRPC: keep the include in the .cc."
  exit 1
fi
if [ $compiles = no ]; then
  echo "the public headers do not compile as C++17:"
  grep -vE '^(\.+ |Multiple include guards|/|toolkit/[^:]*$|clients/[^:]*$)' <<< "$output" | head -20
  exit 1
fi

# Those that are not committed, then the others as they were.
ordered=$({ git status --porcelain -uall -- toolkit/seam clients | cut -c4-
            git log --format= --name-only -- toolkit/seam clients; printf '%s\n' "${headers[@]}"; } 2> /dev/null |
  awk 'NR == FNR { public[$0]; next } $0 in public && !seen[$0]++' <(printf '%s\n' "${headers[@]}") -)
until=${seconds:+$(($(date +%s) + seconds))}
export compiler left until
xargs -P "$(nproc)" -I{} bash -c 'compile_alone {}' <<< "$ordered"
echo "${#headers[@]} headers checked, $(wc -l < "$left") of them not alone for lack of time"
