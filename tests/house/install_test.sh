#!/usr/bin/env bash
# Installs the build into a temporary folder; builds and runs the examples against it, through pkg-config and through CMake.
# usage: install_test.sh BUILD_DIR SOURCE_DIR C_COMPILER CXX_COMPILER FLAGS
set -euo pipefail
build=$1 source=$2 cc=$3 cxx=$4 flags=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
# The public headers and nothing else.
[ "$(find "$work/prefix/include" -name '*.h' | wc -l)" -eq "$(find "$source/codec/include/fsc" -name '*.h' | wc -l)" ]

libdir=$(dirname "$(find "$work/prefix" -name 'libfsc.so' | head -1)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
export LD_LIBRARY_PATH=$libdir
# shellcheck disable=SC2046,SC2086
$cc -std=c11 -pedantic -Wall -Werror $flags "$source/examples/packets.c" $(pkg-config --cflags-only-I --libs fsc) -lm -o "$work/packets_c"
"$work/packets_c"
# shellcheck disable=SC2046,SC2086
$cxx $flags "$source/examples/packets.cc" $(pkg-config --cflags --libs fsc) -o "$work/packets"
"$work/packets"

cat >"$work/CMakeLists.txt" <<CODE
cmake_minimum_required(VERSION 3.25)
project(user CXX)
find_package(fsc REQUIRED)
add_executable(user $source/examples/file.cc)
target_link_libraries(user PRIVATE fsc::fsc)
CODE
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="$flags" >"$work/cmake.log"
cmake --build "$work/build" >>"$work/cmake.log"
"$work/build/user" "$work/clip.fsc"

unset LD_LIBRARY_PATH
"$work/prefix/bin/fsc" --version
for program in encoderapp decoderapp parcat; do "$work/prefix/bin/fsc-$program" --version; done
# The installed program finds what it loads on demand.
if [ -e "$libdir/fsc/libfsc_media.so" ]; then "$work/prefix/bin/fsc" encode --help | grep -q hevc; fi
