#!/bin/bash
# check_public_headers.sh ROOT COMPILER: every public header of the toolkit and every generated one
# compiles alone as C++17 and includes neither protobuf nor gRPC.
set -euo pipefail
cd "$1"
compiler=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() {
  local header=$1 include_root=$2
  local dependencies
  # Preprocessing finds the includes; checking the syntax finds what the header forgot to include.
  if ! dependencies=$("$compiler" -std=c++17 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wno-pragma-once-outside-header \
                      -Itoolkit -Iclients -I"$include_root" -H -x c++ "$header" 2>&1); then
    echo "$header does not compile alone as C++17:"
    echo "$dependencies" | grep -v '^\.' | head -20
    return 1
  fi
  local found
  found=$(grep -E '^\.+ .*/include/(google/protobuf|grpc|grpcpp|grpc\+\+|absl)/' <<< "$dependencies" | head -1 || true)
  if [ -n "$found" ]; then
    echo "$header brings in $found"
    echo "  The toolkit's public headers are free of protobuf and gRPC: keep the include in the .cc."
    return 1
  fi
}
export -f check
export compiler

# Headers whose name ends in _internal.h, and those of the generator, are not public.
headers=$(find toolkit/seam clients -name '*.h' ! -name '*_internal.h' ! -name '*_mock.h' "${@:3}" | sort)
[ -n "$headers" ] || { echo "no headers found below $1"; exit 1; }
xargs -P 2 -I{} bash -c 'check {} .' <<< "$headers"
echo "$(wc -l <<< "$headers") headers checked"
