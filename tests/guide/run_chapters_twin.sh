#!/bin/sh
# Sees run_chapters.mjs refuse each thing that can be wrong with a chapter, and take a sound one.
set -eu
run=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'one\ntwo\nthree\n' > "$folder/file.txt"

# judge NAME EXPECTED: runs the chapter that standard input has; EXPECTED stands in what is printed.
judge() {
  cat > "$folder/$1.md"
  node "$run" "$folder" "$folder/$1.md" > "$folder/out" 2>&1 && code=0 || code=$?
  case $2 in "1 chapters, "*", 0 wrong") wanted=0 ;; *) wanted=1 ;; esac
  if [ $code -ne $wanted ] || ! grep -qF -- "$2" "$folder/out"; then
    echo "$1: ended with $code; expected \"$2\" in:"
    cat "$folder/out"
    exit 1
  fi
}

judge sound '1 chapters, 6 commands, 0 wrong' <<'END'
```console
$ x=5; cd /
$ cat <<HERE
> x is $x in $PWD
> HERE
x is 5 in /
$ printf 'a\nb\nit took 3.2 s\n'
…
it took … s
$ cat
$ cd ~; sleep 1000 & echo $! > left-running
```
```console exit=3
$ echo no >&2; (exit 3)
no
```
```text file.txt
two
three
```
[itself](sound.md#part) [far](https://example.com)
END
# What a chapter has left running ends with it; nobody may have reaped it yet.
status=/proc/$(cat "$folder/left-running")/status
for _ in 1 2 3 4 5 6 7 8 9 10; do
  running=$(sed -n 's/^State:[[:space:]]*[RSDTtI].*/yes/p' "$status" 2> /dev/null || true)
  [ -n "$running" ] || break
  sleep 0.1
done
if [ -n "$running" ]; then
  echo "sleep was left running"
  exit 1
fi

judge other_output '    hello' <<'END'
```console
$ echo hello
hullo
```
END
judge more_output '    b' <<'END'
```console
$ printf 'a\nb\n'
a
```
END
judge no_output 'has to print' <<'END'
```console
$ true
a
```
END
judge fails 'ended with 1, not 0' <<'END'
```console
$ false
```
END
judge succeeds 'ended with 0, not 1' <<'END'
```console exit=1
$ true
```
END
judge ends_shell 'ended the shell' <<'END'
```console
$ exit 0
```
END
judge excerpt 'does not have these lines' <<'END'
```text file.txt
one
three
```
END
judge no_file 'there is no other.txt' <<'END'
```text other.txt
one
```
END
judge link 'leads nowhere' <<'END'
[there](nowhere.md)
END
judge not_closed 'not closed' <<'END'
```console
$ true
END
judge no_command 'a session begins with' <<'END'
```console
hello
```
END
