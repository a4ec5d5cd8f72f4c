#!/bin/sh
# install_test.sh BUILD OUTSIDE GENERATOR: installs what BUILD has into a temporary folder, builds the
# project OUTSIDE against it, with nothing of this repository in reach, and runs its two programs.
set -eu
build=$1
outside=$2
generator=$3
folder=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill "$service" 2> /dev/null || true; rm -rf "$folder"' EXIT

cmake --install "$build" --prefix "$folder/prefix" > "$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
for private in $(find "$folder/prefix/include" -name '*_internal.h'); do
  echo "$private: installed, though it is the toolkit's own"
  exit 1
done
if grep -rln --exclude-dir=bin -e "$build" "$folder/prefix/lib/cmake"; then
  echo "the package files above name the build folder"
  exit 1
fi

cp -r "$outside" "$folder/outside"
{ cmake -S "$folder/outside" -B "$folder/build" -G "$generator" -DCMAKE_PREFIX_PATH="$folder/prefix" &&
    cmake --build "$folder/build"; } > "$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

expect() {
  [ "$1" = "Hello, Ada!" ] || { echo "expected \"Hello, Ada!\", got: $1"; exit 1; }
}
expect "$("$folder/build/monolith")"
# By hand, as README.md says.
(
  cd "$folder/outside"
  PATH="$folder/prefix/bin:$PATH"
  mkdir generated
  protoc -I proto "-I$folder/prefix/include" --seam_out=generated greeter/v1/greeter.proto
  # shellcheck disable=SC2046
  c++ -std=c++17 -Igenerated "-I$folder/prefix/include" -o monolith monolith.cc generated/greeter/v1/*.cc \
    "-L$folder/prefix/lib" -lseam_grpc -lseam_compatibility -lseam_observe -lseam_binding -lseam_wire \
    -lseam_core $(pkg-config --libs grpc++ protobuf libcrypto spdlog) -pthread
) > "$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
expect "$("$folder/outside/monolith")"
"$folder/build/greeter-service" --listen "unix:$folder/socket" > "$folder/service.log" 2>&1 &
service=$!
# The call waits for the service to be there.
expect "$("$folder/build/monolith" "unix:$folder/socket")"
kill "$service"
wait "$service" || { echo "the service ended with $?:"; cat "$folder/service.log"; exit 1; }
service=
"$folder/prefix/bin/seam" --help > /dev/null
