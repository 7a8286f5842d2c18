#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test. Works on a fresh Debian 12 machine.
#   ./test.sh            all tests
#   ./test.sh REGEX      only the tests that match
# FSC_UNITY_BUILD=ON compiles sources in batches (docs/contributing.md).
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh
cmake --preset release ${FSC_UNITY_BUILD:+"-DFSC_UNITY_BUILD=$FSC_UNITY_BUILD"} >/dev/null
cmake --build --preset release
# Real networks and clips, where they are; tests that need them skip without.
export FSC_DATA_DIR=${FSC_DATA_DIR:-$(realpath -m ../shared/data)}
ctest --test-dir build/release --output-on-failure -j "$(nproc)" ${1:+-R "$1"}
