#!/usr/bin/env bash
# Installs the Debian packages that the build, the tests and the demo need, where they are missing.
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache pkg-config                                      # the build
  libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libx264-dev libx265-dev      # video and the tiled modes
  libopencv-dev libeigen3-dev libtorch-dev libhwy-dev                                      # pictures, algebra, networks, SIMD
  libcli11-dev nlohmann-json3-dev libfmt-dev libzstd-dev zlib1g-dev libssl-dev             # the tool and the file formats
  libgtest-dev libgmock-dev libbenchmark-dev                                               # tests and benchmarks
  ffmpeg x264 x265 python3-opencv chromium                                                 # what tests compare with
  python3-dev pybind11-dev python3-numpy python3-pip python3-wheel                         # the Python package
  python3-pytest python3-mypy python3-tqdm python3-yaml                                    # and its tests
  slurm-wlm munge                                                                          # the cluster of eval's test
  clang clang-format libclang-rt-14-dev                                                    # format check and fuzzing
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

echo "installing: ${missing[*]}"
sudo=""
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
