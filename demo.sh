#!/usr/bin/env bash
# Installs what is missing, builds, and runs the main job on the material that ships: a video goes through a split network, is
# coded at several rates, comes back and is scored. Prints a table; writes pictures and a report to look at.
#   ./demo.sh                        into out/demo
#   ./demo.sh OUT                    into OUT
#   ./demo.sh OUT CLIP MODEL.json    with a clip and a network of your own
set -euo pipefail
cd "$(dirname "$0")"
out=${1:-out/demo}
clip=${2:-tests/material/clip.mp4}
model=${3:-tests/material/model.json}

cmake/install_packages.sh
cmake --preset release >/dev/null
cmake --build --preset release --target fsc_tool
fsc=$PWD/build/release/tools/fsc
mkdir -p "$out"

suite=bench/rd/demo.json
if [ $# -ge 2 ]; then
  suite=$out/suite.json
  cat >"$suite" <<JSON
{
  "name": "fsc demo",
  "anchor": "HEVC tiles",
  "models": [{"name": "network", "path": "$(realpath "$model")"}],
  "clips": [{"name": "clip", "path": "$(realpath "$clip")"}],
  "configs": [
    {"name": "HEVC tiles", "encode": "--mode hevc --packing mpeg", "qps": [24, 29, 34, 39, 44]},
    {"name": "H.264 tiles", "encode": "--mode h264", "qps": [24, 29, 34, 39, 44]},
    {"name": "latent", "encode": "--mode latent", "qps": [40, 44, 48, 52, 56]}
  ]
}
JSON
fi

"$fsc" eval "$suite" -o "$out"
"$fsc" encode "$clip" --model "$model" --mode hevc --packing mpeg --qp 34 -o "$out/hevc.fsc"
"$fsc" infer "$out/hevc.fsc" --model "$model" --video "$clip" --overlay "$out/decoded.mp4" --quiet
"$fsc" infer "$clip" --model "$model" --overlay "$out/uncompressed.mp4" --quiet
"$fsc" view "$out/hevc.fsc" -o "$out/channels.png"

sed -n '/^Uncompressed /,$p' "$out/results.md"
echo "pictures: $out/uncompressed.mp4 $out/decoded.mp4 $out/channels.png"
echo "report:   $out/report.html"
