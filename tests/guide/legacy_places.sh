#!/bin/bash
# legacy_places.sh FOLDER: each place that README.md names as `FILE:LINE` `CODE` is there, and so is
# the number of lines of each part and of the business code.
set -euo pipefail
cd "$1"
wrong=0
say() { echo "README.md: $*"; wrong=1; }

places=0
while IFS= read -r place; do
  where=${place%%\`*}
  code=${place#*\` \`}
  places=$((places + 1))
  line=$(sed -n "${where#*:}p" "${where%:*}" 2> /dev/null || true)
  [[ $line == *"$code"* ]] || say "$where is not '$code' but '${line#"${line%%[! ]*}"}'"
done < <(grep -oE '`[a-z_]+/[a-z_]+\.(h|cc):[0-9]+` `[^`]+' README.md | cut -c2-)
[ $places -gt 20 ] || say "only $places places were found"

business=0
while read -r folder lines; do
  counted=$(cat "$folder"/* | wc -l)
  [ "$lines" = "$counted" ] || say "$folder/ has $counted lines, not $lines"
  case $folder in app | common) ;; *) business=$((business + counted)) ;; esac
done < <(sed -nE 's/^\| `([a-z]+)\/` .* ([0-9]+) \|$/\1 \2/p' README.md)
grep -q "business code: $business lines" README.md || say "the business code has $business lines"
exit $wrong
