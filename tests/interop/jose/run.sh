#!/bin/bash
# run.sh FOLDER EXCHANGE: installs the packages of the lock file below FOLDER, once a lock file, and
# lets check.mjs talk to the program EXCHANGE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for command in node npm; do
  command -v $command > /dev/null || {
    echo "jose_interop: there is no $command; scripts/install-packages all installs it" >&2
    exit 1
  }
done

checksum=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c 1-16)
packages=$1/packages-$checksum
if [ ! -d "$packages" ]; then
  # A run that is interrupted leaves no folder that looks complete.
  fresh=$(mktemp -d "$1/packages-XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp "$here/package.json" "$here/package-lock.json" "$fresh"
  (cd "$fresh" && npm ci --ignore-scripts --no-audit --no-fund) || {
    echo "jose_interop: npm ci failed; it needs the npm registry once, see its output above" >&2
    exit 1
  }
  mv -T "$fresh" "$packages" 2> /dev/null || [ -d "$packages" ]  # Another run may have been faster.
fi

# Node looks for packages beside the script.
cp "$here/check.mjs" "$packages"
node "$packages/check.mjs" "$2"
