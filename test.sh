#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test. Works on a fresh Debian 12 machine.
#   ./test.sh            all tests
#   ./test.sh REGEX      only the tests that match
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh
cmake --preset release >/dev/null
cmake --build --preset release
ctest --test-dir build/release --output-on-failure -j "$(nproc)" ${1:+-R "$1"}
