#!/usr/bin/env bash
# Installs the build into a temporary folder and builds a ten-line program against it, through pkg-config and through CMake.
# usage: install_test.sh BUILD_DIR CXX FLAGS
set -euo pipefail
build=$1 cxx=$2 flags=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
cat >"$work/main.cc" <<'CODE'
#include <codec/encoder.h>
#include <cstdio>
int main() {
  std::vector<uint8_t> bytes;
  const auto sink = fsc::MemorySink(&bytes);
  fsc::EncoderConfig config;
  config.mode = "nonsense";
  fsc::StreamInfo stream;
  stream.layers = {{.name = "l", .channels = 4, .height_cells = 8, .width_cells = 8}};
  const auto encoder = fsc::FeatureEncoder::Create(config, stream, sink.get());
  std::printf("%s\n", encoder.ok() ? "no error" : encoder.error().OneLine().c_str());
  return encoder.ok() ? 1 : 0;
}
CODE
cat >"$work/CMakeLists.txt" <<'CODE'
cmake_minimum_required(VERSION 3.25)
project(user CXX)
find_package(fsc REQUIRED)
add_executable(user main.cc)
target_link_libraries(user PRIVATE fsc::fsc)
CODE

libdir=$(dirname "$(find "$work/prefix" -name 'libfsc.so' | head -1)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
# shellcheck disable=SC2046,SC2086
$cxx $flags "$work/main.cc" $(pkg-config --cflags --libs fsc) -o "$work/by_pkgconfig"
LD_LIBRARY_PATH=$libdir "$work/by_pkgconfig"

cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="$flags" >"$work/cmake.log"
cmake --build "$work/build" >>"$work/cmake.log"
"$work/build/user"

"$work/prefix/bin/fsc" --version
