#!/bin/bash
# with_packages.sh SOURCES FOLDER SCRIPT ARGUMENT...: runs SCRIPT, a file of the folder SOURCES, with
# Node and the packages of the lock file in SOURCES. They are installed below FOLDER, once a lock file,
# from the npm registry.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sources=$1
folder=$2
script=$3
shift 3
for command in node npm; do
  command -v $command > /dev/null || {
    echo "$script: there is no $command; scripts/install-packages all installs it" >&2
    exit 1
  }
done

checksum=$(cat "$sources/package.json" "$sources/package-lock.json" | sha256sum | cut -c 1-16)
packages=$folder/packages-$checksum
exec 9> "$folder/packages.lock"
flock 9
if [ ! -d "$packages" ]; then
  # A run that is interrupted leaves no folder that looks complete.
  fresh=$(mktemp -d "$folder/packages-XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp "$sources/package.json" "$sources/package-lock.json" "$fresh"
  (cd "$fresh" && npm ci --ignore-scripts --no-audit --no-fund) || {
    echo "$script: npm ci failed; it needs the npm registry once, see its output above" >&2
    exit 1
  }
  mv -T "$fresh" "$packages"
fi
# Node looks for packages beside the script. Another run may be reading what is replaced here.
for file in "$here"/*.mjs "$sources"/*.mjs; do
  name=$(basename "$file")
  cp "$file" "$packages/$name.new"
  mv "$packages/$name.new" "$packages/$name"
done
exec 9>&-
exec node "$packages/$script" "$@"
