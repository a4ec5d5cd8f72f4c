#!/bin/bash
# The negative twin of check_public_headers.sh: a header that includes protobuf, one that is not
# C++17, and one that does not compile alone are each refused.
set -euo pipefail
compiler=$1
checker=$(cd "$(dirname "$0")" && pwd)/check_public_headers.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

refuses() {
  local text=$1 expected=$2 header_before=${3:-}
  rm -rf "$scratch/toolkit" "$scratch/clients"
  mkdir -p "$scratch/toolkit/seam/core" "$scratch/clients"
  printf '%s\n' "$text" > "$scratch/toolkit/seam/core/twin.h"
  printf '%s\n' "$header_before" > "$scratch/toolkit/seam/core/before.h"
  local output
  if output=$("$checker" "$scratch" "$compiler" 2>&1); then
    echo "accepted, but should not be: $text"
    exit 1
  fi
  grep -qF "$expected" <<< "$output" || { echo "expected '$expected' in:"; echo "$output"; exit 1; }
}

refuses '#include <google/protobuf/message.h>' 'free of protobuf and gRPC'
refuses '#include <grpcpp/channel.h>' 'free of protobuf and gRPC'
refuses 'template <class T> concept Any = true;' 'do not compile as C++17'
refuses 'inline std::string Name();' 'do not compile as C++17'
# Another header brings it in, so that only alone it does not compile.
refuses 'inline std::string Name();' 'twin.h does not compile alone' '#include <string>'
