#!/bin/sh
# run_book.sh SOURCE BUILD [--write] [CHAPTER...]: does what the guide says, as its reader: in an empty
# home with a clone of SOURCE, whose BUILD is what `make install` installs. Without CHAPTERs, the whole
# book; a chapter stands on those before it. --write puts what is printed into the chapters.
set -eu
source=$1
build=$2
shift 2
write=
if [ "${1:-}" = --write ]; then
  write=--write
  shift
fi
book=$source/migration-guide
[ $# -gt 0 ] || set -- "$book"/README.md "$book"/[0-9][0-9]-*.md

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
ln -s "$source" "$home/seam"
cat > "$home/.gitconfig" <<'END'
[user]
	name = Reader
	email = reader@example.com
[init]
	defaultBranch = main
END

# What is built needs minutes to be built optimised, and is good enough to read about it.
INSTALL_PRESET=$(basename "$build")
export INSTALL_PRESET
# The reader's compiler cache is where ours is, and does not look at what the home is called.
if command -v ccache > /dev/null; then
  CCACHE_DIR=$(ccache --get-config cache_dir)
  export CCACHE_DIR CCACHE_BASEDIR="$home" CCACHE_NOHASHDIR=1
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
export LDFLAGS=-fuse-ld=gold
# Whoever runs this may be run by make, by a commit, or with a home that is spread over folders.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_CONFIG_GLOBAL \
  XDG_CONFIG_HOME XDG_CACHE_HOME || true
export GIT_CONFIG_NOSYSTEM=1
export PATH="$home/tools/bin:$PATH"

node "$(dirname "$0")/run_chapters.mjs" $write "$home" "$@"
