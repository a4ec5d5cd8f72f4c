#!/bin/bash
# legacy_runner_twin.sh RUNNER: the runner of the old shop's transcripts accepts what is as expected,
# and nothing else. The shop is played by a few lines of shell.
set -euo pipefail
runner=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/transcripts"

# Says each command and how often it was started on this database. Its first argument is its own.
cat > "$scratch/shop" << 'END'
#!/bin/bash
[ "$1 $2 $4" = "mine --database --echo" ] || { echo "started with $*"; exit 2; }
echo start >> "$3"
while read -r line; do
  echo "> $line"
  case $line in
    count) echo "started $(wc -l < "$3") times" ;;
    complain) echo "it went wrong" >&2 ;;
    fail) exit 3 ;;
  esac
done
END
chmod +x "$scratch/shop"

# judge accepts|refuses WHAT INPUT EXPECTED [SAID]: SAID is in what the runner says.
judge() {
  local verdict=refuses said
  printf '%b' "$3" > "$scratch/transcripts/one.in"
  printf '%b' "$4" > "$scratch/transcripts/one.out"
  said=$("$runner" --transcripts "$scratch/transcripts" "$scratch/shop" mine 2>&1) && verdict=accepts
  if [ "$verdict" != "$1" ] || ! grep -qF -- "${5:-}" <<< "$said"; then
    echo "the runner $verdict $2, and says:"
    echo "$said"
    exit 1
  fi
}

judge accepts 'what is as expected' 'hello\ncount\n' '> hello\n> count\nstarted 1 times\n' \
  '1 transcripts, all as expected'
judge refuses 'another line' 'hello\ncount\n' '> hello\n> count\nstarted 7 times\n' \
  '+started 1 times'
judge refuses 'a line too few' 'count\n' '> count\n' '1 of 1 transcripts differ: one'
judge refuses 'a line too many' 'count\n' '> count\nstarted 1 times\ngoodbye\n' '-goodbye'
judge refuses 'a blank too many' 'hello\n' '> hello \n'
judge accepts 'a second start on the same database' 'count\n-- restart\ncount\n' \
  '> count\nstarted 1 times\n-- restart\n> count\nstarted 2 times\n'
judge accepts 'expected complaints' 'complain\n' '> complain\nit went wrong\n'
judge refuses 'other complaints' 'complain\n' '> complain\n' '+it went wrong'
judge refuses 'a program that fails' 'fail\n' '> fail\n' '+-- ended with 3'

rm "$scratch/transcripts/one.out"
if "$runner" --transcripts "$scratch/transcripts" "$scratch/shop" mine > /dev/null; then
  echo "the runner accepts a transcript without an expectation"
  exit 1
fi
rm "$scratch/transcripts/one.in"
if "$runner" --transcripts "$scratch/transcripts" "$scratch/shop" mine 2> /dev/null; then
  echo "the runner accepts that there is no transcript"
  exit 1
fi
