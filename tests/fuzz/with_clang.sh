#!/bin/sh
# with_clang.sh COMPILER ARGUMENT...: compiles or links with clang whatever the compiler is.
shift
if command -v ccache > /dev/null; then exec ccache clang++-19 "$@"; fi
exec clang++-19 "$@"
