#!/usr/bin/env python3
"""Is the curve of the CompressAI-Vision plug-in that of fsc eval, and what does an image cost in process?

The shipped network's tensors of the shipped clip go through the plug-in, in the fake platform of tests/python, at every QP
of three setups, and through fsc eval. Compared: each file byte for byte, the decoded values, and the mIoU of what the
platform's second half was given. Then 16 frames are coded as single images, by the plug-in and by the command.

  bench/compressai_vision.py --work DIR [--build build/release] [--torch PyTorch]
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
MATERIAL = ROOT / "tests/material"
LAYER = "street"
HEIGHT_PX, WIDTH_PX = SIZE = (192, 256)  # of the clip's pictures, which the network takes as they are
IMAGES = 16
# Name, QPs, settings of the plug-in, options of the command.
SETUPS = [
    ("latent balanced, low delay", [40, 44, 48, 52, 56], {"low_delay": True}, "--mode latent --low-delay"),
    ("latent balanced", [40, 44, 48, 52, 56], {}, "--mode latent"),
    ("hevc, MPEG's packing", [28, 34, 40], {"mode": "hevc", "packing": "mpeg", "preset": "medium"},
     "--mode hevc --packing mpeg --preset medium"),
]


def network():
    """What a stream says of the network that it belongs to, as settings of the plug-in."""
    front = (MATERIAL / "front.pt").read_bytes()
    return {"model_id": json.loads((MATERIAL / "model.json").read_text())["id"], "model_sha256": hashlib.sha256(front).hexdigest()}


def evaluated(tool, folder, clip, configs):
    """The points of fsc eval, by configuration and QP."""
    truth = {"kind": "label_images", "path": str(MATERIAL / "label")}
    suite = {"name": "plug-in", "models": [{"name": LAYER, "path": str(MATERIAL / "model.json")}],
             "clips": [{"name": "clip", "path": str(clip), "models": [LAYER], "truth": truth,
                        "input_size": [WIDTH_PX, HEIGHT_PX], "source_size": [WIDTH_PX, HEIGHT_PX]}],
             "configs": configs, "anchor": configs[0]["name"]}
    folder.mkdir(exist_ok=True)
    (folder / "suite.json").write_text(json.dumps(suite))
    subprocess.run([tool, "eval", folder / "suite.json", "-o", folder / "out", "--quiet"], check=True)
    with open(folder / "out/results.csv", newline="") as file:
        rows = {(row["configuration"], int(row["QP"])): row for row in csv.DictReader(file)}
    for path in (folder / "out/points").glob("*"):
        point = json.loads(path.read_text())
        rows[point["config"], point["qp"]]["sha256"] = point["stream_sha256"]
    return rows


def curves(platform, tool, work, tensors):
    import fsc
    configs = [{"name": name, "encode": options, "qps": qps} for name, qps, _, options in SETUPS]
    points = evaluated(tool, work / "eval", work / "data/clip.npz", configs)
    print("| setup | QP | bytes: eval | plug-in | samples, motion, side, headers | mIoU: eval | plug-in | values |\n" + "|---" * 8 + "|")
    for name, qps, settings, _ in SETUPS:
        settings = {**settings, **network()}
        for qp in qps:
            row = points[name, qp]
            platform.run(*(f"codec.encoder_config.{key}={value}" for key, value in {"qp": qp, **settings}.items()))
            results = platform.results(qp)
            (path,) = results.files()
            info = fsc.info(path)
            coded = path.read_bytes()
            assert hashlib.sha256(coded).hexdigest() == row["sha256"], (name, qp)
            assert coded == fsc.encode({LAYER: tensors}, stride=8, qp=qp, input_size=SIZE, source_size=SIZE, **settings)
            kinds = info.bytes_by_kind
            assert [kinds[k] for k in ("residual", "motion")] == [int(row[f"{k} [bytes]"]) for k in ("samples", "motion")]
            assert kinds["side_info"] + kinds["configuration"] == int(row["side information [bytes]"])
            assert info.bytes == path.stat().st_size == sum(results.coded_bytes())
            (decoded,) = results.decoded()
            exact = np.array_equal(decoded, fsc.decode(coded, layers=[LAYER])[LAYER])
            np.savez(work / "decoded.npz", **{LAYER: decoded})
            (again,) = evaluated(tool, work / "accuracy", work / "decoded.npz", [{"name": "float", "encode": "--mode float", "qps": [0]}]).values()
            split = f"{kinds['residual']}, {kinds['motion']}, {kinds['side_info'] + kinds['configuration']}, {kinds['container']}"
            print(f"| {name} | {qp} | {row['size [bytes]']} | {info.bytes} | {split} | {float(row['mIoU [0..1]']):.6f} | "
                  f"{float(again['uncompressed accuracy [0..1]']):.6f} | {'bit-exact' if exact else 'differ'} |", flush=True)


def images(platform, tool, work, tensors):
    """Seconds for all images: (the plug-in's whole call, of it coding, the command)."""
    import fsc
    platform.write_clip({LAYER: tensors[:IMAGES]}, SIZE, SIZE, fps=25, splits=[LAYER])
    platform.run("pipeline.type=image", "codec.eval_encode=bpp")
    results = platform.results(kind="image")
    (row,) = results.table("summary")
    seconds = {}
    for command in ("encode", "decode"):
        seconds[command] = [float(row[command]), float(row[f"{command}_inner_codec"])]
    for t in range(IMAGES):
        np.savez(work / f"image{t}.npz", **{LAYER: tensors[t:t + 1]})
    sizes = ["--input-size", f"{WIDTH_PX}x{HEIGHT_PX}", "--source-size", f"{WIDTH_PX}x{HEIGHT_PX}"]
    for command in ("encode", "decode"):
        start = time.perf_counter()
        for t in range(IMAGES):
            own, coded = work / f"image{t}.npz", work / f"image{t}.fsc"
            files, options = ((own, coded), ["--stride", 8, *sizes, "--quiet"]) if command == "encode" else ((coded, work / "out.npz"), [])
            subprocess.run([str(word) for word in (tool, command, files[0], "-o", files[1], *options)], check=True, stderr=subprocess.DEVNULL)
        seconds[command].append(time.perf_counter() - start)
    for t, path in enumerate(results.files()):
        coded = path.read_bytes()
        assert coded == (work / f"image{t}.fsc").read_bytes() == fsc.encode({LAYER: tensors[t:t + 1]}, stride=8, input_size=SIZE, source_size=SIZE)
    print("\n| 16 images, s | plug-in's call | of it in fsc | command |\n|---|---|---|---|")
    for command, values in seconds.items():
        print(f"| {command} | " + " | ".join(f"{value:.3f}" for value in values) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--torch", default="stand-in", choices=["stand-in", "PyTorch"])
    options = parser.parse_args()
    sys.path[:0] = [str(options.build.resolve() / "python"), str(ROOT / "tests/python")]
    from fake_run import Platform
    work, tool = options.work.resolve(), options.build.resolve() / "tools/fsc"
    work.mkdir(parents=True, exist_ok=True)
    os.chdir(work)
    subprocess.run([tool, "extract", MATERIAL / "clip.mp4", "--model", MATERIAL / "model.json", "-o", work / "tensors.npz", "--quiet"], check=True)
    with np.load(work / "tensors.npz") as archive:
        tensors = archive[LAYER]
    platform = Platform(work, options.torch)
    platform.write_clip({LAYER: tensors}, SIZE, SIZE, fps=25, splits=[LAYER])
    curves(platform, tool, work, tensors)
    images(platform, tool, work, tensors)


if __name__ == "__main__":
    main()
