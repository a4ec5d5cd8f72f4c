#!/bin/bash
# graph_and_rank_test.sh SEAM: `seam graph` and `seam rank` on a small project, as they are typed.
set -euo pipefail
seam=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "$1" >&2
  shift
  [ $# -eq 0 ] || cat "$@" >&2
  exit 1
}
# expect CODE COMMAND...: the exit code; output and errors are in out and err.
expect() {
  local wanted=$1 code=0
  shift
  "$@" > out 2> err || code=$?
  [ "$code" -eq "$wanted" ] || fail "$*: exit code $code and not $wanted" out err
}
has() { grep -qF -- "$2" "$1" || fail "'$2' is not in $1:" "$1"; }

mkdir -p shop/app shop/orders shop/stock shop/common
cat > shop/common/money.h <<< 'struct Money {};'
cat > shop/stock/stock.h <<< '#include "common/money.h"'
cat > shop/orders/orders.h <<< '#include "common/money.h"'
printf '#include "orders/orders.h"\n#include "stock/stock.h"\n' > shop/orders/orders.cc
cat > shop/stock/stock.cc <<< '#include "stock/stock.h"'
printf '#include "common/money.h"\n#include "orders/orders.h"\n' > shop/app/main.cc
cat > rules.json <<'RULES'
{"modules": {"app": {"paths": ["app/"]}, "orders": {"paths": ["orders/"]},
             "stock": {"paths": ["stock/"]}, "common": {"paths": ["common/"]}}}
RULES
project=(shop --rules rules.json --no-cache)

expect 0 "$seam" graph "${project[@]}"
has out 'orders -> stock: include 1'
has out 'no circle'
expect 0 "$seam" graph "${project[@]}" --from orders
has out '  orders/orders.cc:2 includes stock/stock.h'
expect 0 "$seam" graph "${project[@]}" --format json
has out '"from": "orders"'

# A picture that is kept is right until an edge comes or goes, in each format.
for picture in house.md house.svg house.mmd house.txt house.html house.json; do
  plain=--no-counts
  case $picture in *.html | *.json) plain= ;; esac
  expect 0 "$seam" graph "${project[@]}" $plain --output "$picture"
  expect 0 "$seam" graph "${project[@]}" $plain --check "$picture"
done
has house.md '```mermaid'
echo '#include "orders/orders.h"' >> shop/stock/stock.cc
for picture in house.md house.svg house.mmd house.html house.json; do
  plain=--no-counts
  case $picture in *.html | *.json) plain= ;; esac
  expect 1 "$seam" graph "${project[@]}" $plain --check "$picture"
  has out 'came: stock -> orders (include'
  has out "--output $picture"
done
expect 0 "$seam" graph "${project[@]}"
has out 'A circle: '
has out '(1 use: '

# The kinds that are asked for, and what cannot be.
expect 0 "$seam" graph "${project[@]}" --kind table,seam
has out '0 edges'
expect 2 "$seam" graph "${project[@]}" --kind calls
expect 0 "$seam" graph "${project[@]}" --without app --without common
has out '2 modules, 2 edges'
expect 2 "$seam" graph "${project[@]}" --from nobody
has err "there is no module 'nobody'"
expect 2 "$seam" graph "${project[@]}" --check nowhere.md
has err 'nowhere.md: cannot be read'
expect 2 "$seam" graph "${project[@]}" --output no/such/folder.md
has err 'cannot be written'
expect 2 "$seam" graph nowhere
expect 2 "$seam" graph "${project[@]}" --format html --no-counts

# Both are in a circle; then one can go.
expect 1 "$seam" rank "${project[@]}"
has out 'Nothing should be taken out yet: all are in circles'
echo '#include "stock/stock.h"' > shop/stock/stock.cc
expect 0 "$seam" rank "${project[@]}"
has out '1  stock   first'
has out 'used by orders: 1 place to change in 1 file (orders/orders.cc:2)'
printf 'seam_calls_total{module="stock"} 30\nhttp_requests_total 10\n' > before.txt
printf 'seam_calls_total{module="stock"} 90\nhttp_requests_total 30\n' > after.txt
expect 0 "$seam" rank "${project[@]}" --calls before.txt --calls after.txt --call-us 100
has out '3.0 calls a request would become remote: about 0.30 ms more'
expect 2 "$seam" rank "${project[@]}" --calls after.txt --calls before.txt
has err 'became fewer'
expect 2 "$seam" rank "${project[@]}" --calls none.txt
expect 0 "$seam" rank "${project[@]}" --json
has out '"verdict": "first"'
expect 0 "$seam" rank --explain
has out 'a join, or a foreign key'
