#!/bin/bash
# steps_test.sh BUILD GUIDE GENERATOR: the patches of GUIDE/steps apply to GUIDE/legacy one after another,
# and backwards to the same files. What they make of it is built with the Seam of BUILD, and tested,
# where the catalogue is a service that one may choose, and at the end. The number of business lines
# that README.md says of each is right.
set -euo pipefail
build=$1
guide=$2
generator=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# What is in reach of a person must not matter, such as their settings of git.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
# Folders differ from run to run; what is compiled in them does not.
export CCACHE_BASEDIR=$folder CCACHE_NOHASHDIR=1
launcher=$(command -v ccache || true)

fail() { echo "$*"; exit 1; }
quietly() { "$@" > "$folder/log" 2>&1 || { cat "$folder/log"; fail "failed: $*"; }; }

quietly cmake --install "$build" --prefix "$folder/tools"
cp -r "$guide/legacy" "$folder/shop"
rm -rf "$folder/shop/build"
cd "$folder/shop"
git init -q
tree() { git add -A -f && git write-tree; }

build_and_test() {
  quietly cmake -S . -B ../build -G "$generator" -DCMAKE_PREFIX_PATH="$folder/tools" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -DCMAKE_CXX_FLAGS=-Werror \
    -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=gold
  quietly cmake --build ../build
  quietly ctest --test-dir ../build --output-on-failure --no-tests=error --parallel 2
}

# A shop of before the steps goes over to the catalogue's own database, and back.
move_and_return() {
  local old=$build/migration-guide/legacy/legacy-shop new=../build/legacy-shop
  local move=../build/move-catalogue data=$folder/shop.db
  local questions='products
reorder-list
orders ada@example.com
report 2024-03-01 2024-03-31
remove-product MUG-1'
  ask() { "$1" --database "$data" <<< "$questions" 2>&1 || echo "ended with $?"; }
  grep -v -e '^-- restart' -e '^quit' tests/restart.in | "$old" --database "$data" > /dev/null
  local before
  before=$(ask "$old")
  [[ $(ask "$new") == *"still has the products, use move-catalogue"* ]] || fail "started: $(ask "$new")"
  quietly "$move" "$data"
  diff <(echo "$before") <(ask "$new") || fail "the shop is another one after move-catalogue"
  local said
  said=$("$new" --database "$data" --catalogue "" < /dev/null 2>&1) && fail "took an empty target"
  [[ $said == *"--catalogue has no target"* ]] || fail "said of an empty target: $said"
  # The old program, started by mistake, makes an empty table and ends.
  [[ $(ask "$old") == *"there is no product"* ]] || fail "the old shop is open: $(ask "$old")"
  said=$("$move" "$data" 2>&1) && fail "moved an empty table"
  [[ $said == *"use --back first" ]] || fail "said of an empty table: $said"
  quietly "$move" --back "$data"
  diff <(echo "$before") <(ask "$old") || fail "the shop is another one after move-catalogue --back"
}

patches=("$guide"/steps/[0-9]*.patch)
trees=()
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  trees+=("$(tree)")
  grep -q '^index ' "$patch" || fail "$patch has no index lines, so git apply --3way cannot use it"
  quietly git apply --whitespace=error "$patch"
  lines=$(git apply --numstat "$patch" |
    awk '$3 ~ /^(billing|customers|orders|stock)\// { plus += $1; minus += $2 }
         END { if (plus + minus) printf "+%d −%d", plus, minus; else print "none" }')
  grep -q "^| $name | .* | $lines |\$" "$guide/steps/README.md" ||
    fail "README.md has no line for $name with $lines as its business lines"
  if [ "$name" = 10-extract ]; then
    quietly git apply --check --whitespace=error "$guide/steps/count-the-calls.patch"
    build_and_test
    move_and_return
  fi
done
build_and_test

for ((i = ${#patches[@]} - 1; i >= 0; --i)); do
  quietly git apply -R "${patches[i]}"
  [ "$(tree)" = "${trees[i]}" ] || fail "${patches[i]} backwards does not lead to what was before it"
done
diff -r --exclude=.git . "$guide/legacy"
