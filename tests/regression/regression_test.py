#!/usr/bin/env python3
"""Bytes and metrics per configuration, against results.csv beside this file, and the yardstick of awkward clips, against yardstick.csv.

usage: regression_test.py FSC FEATURES HOSTILE [--update]

Two suites: one on tensors made here with integer arithmetic (the same on every machine), one on the shipped clip and network. Rows of
our own latent mode on the tensors must match digit by digit. Rows that a foreign encoder or a network's floating point takes part in
may differ a little with versions and processors: 2 % in bytes, 5 % in MSE, .01 in agreement and accuracy.

HOSTILE is the program of tests/hostile: of each mode the number of cells over the yardstick, the largest deficit against the reference and
the largest ratio of rates, over the short form. A change of a table is a commit of its own that says why; `--update` writes both anew. A row
that FEATURES allow and that is not measured is an error.
"""
import csv
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = {"rate": "size [bytes]", "mse": "feature MSE [1]", "agreement": "task agreement [0..1]", "accuracy": "accuracy [0..1]"}
TOLERANCE = {"rate": ("relative", .02), "mse": ("relative", .05), "agreement": ("absolute", .01), "accuracy": ("absolute", .01)}
FIELDS = ["suite", "clip", "configuration", "QP", "rate", "mse", "agreement", "accuracy"]
YARDSTICK_TOLERANCE = {"cells": ("absolute", 0), "failed": ("absolute", 0), "worst_deficit_db": ("absolute", .2), "worst_rate_ratio": ("relative", .02)}
YARDSTICK_FIELDS = ["mode", *YARDSTICK_TOLERANCE]


def moving_planes(frames, channels, height, width):
    """Blobs that drift by one cell a frame, as multiples of 1/64: exact in float32. A linear congruential generator: no library."""
    state, values = 12345, []
    rows, columns = height + frames, width + frames
    for channel in range(channels):
        plane = []
        for _ in range(rows * columns):
            state = (1103515245 * state + 12345) % (1 << 31)
            plane.append(state >> 22)  # 0..511
        for _ in range(2):  # two passes of a 3 x 3 box, in integers
            plane = [sum(plane[(y + j) % rows * columns + (x + i) % columns] for j in (-1, 0, 1) for i in (-1, 0, 1)) // 9
                     for y in range(rows) for x in range(columns)]
        values.append([v - 200 if channel % 2 else max(0, v - 240) for v in plane])  # signed, and after a ReLU
    return [v[(y + t) * columns + x + t] / 64 for t in range(frames) for v in values for y in range(height) for x in range(width)]


def write_npy(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * ((-len(header) - 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values))


def tensor_suite(folder, features):
    write_npy(folder / "planes.npy", (10, 12, 22, 26), moving_planes(10, 12, 22, 26))
    configs = [{"name": f"latent {preset}{name}", "encode": f"--mode latent --preset {preset} --gop 8{option}", "qps": [16, 28]}
               for preset in ("fast", "balanced", "high") for name, option in (("", ""), (", low delay", " --low-delay"))]
    configs.append({"name": "raw", "raw": True})
    if "ffmpeg" in features:
        configs += [{"name": "hevc", "encode": "--mode hevc --packing mpeg --preset medium --gop 8", "qps": [16, 28]},
                    {"name": "h264", "encode": "--mode h264 --packing mpeg --preset medium --gop 8", "qps": [16, 28]}]
    suite = folder / "tensors.json"
    suite.write_text(json.dumps({"name": "tensors", "clips": [{"name": "planes", "path": "planes.npy", "strides": [8]}], "configs": configs}))
    return suite


def measure(fsc, suite, name, folder):
    out = folder / name
    process = subprocess.run([fsc, "eval", str(suite), "-o", str(out), "--jobs", "2"], capture_output=True, text=True)
    if not (out / "results.csv").exists():
        sys.exit(f"{name}: {process.stderr}")
    rows = []
    with open(out / "results.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["error"]:
                sys.exit(f"{name}, {row['configuration']}, QP {row['QP']}: {row['error']}")
            short = {"suite": name, "clip": row["clip"], "configuration": row["configuration"], "QP": row["QP"]}
            short |= {key: row[column] for key, column in COLUMNS.items()}
            rows.append(short)
    return rows


def measure_yardstick(hostile):
    process = subprocess.run([hostile, "--short", "--summary", "--jobs", "2"], capture_output=True, text=True)
    rows = list(csv.DictReader(process.stdout.splitlines()))
    if process.returncode not in (0, 1) or not rows:
        sys.exit(f"{hostile}: exit code {process.returncode}: {process.stderr}")
    return rows


def needs(row):
    """The feature without which a row cannot be measured."""
    if row.get("suite") == "shipped":
        return "torch"
    name = row.get("configuration", row.get("mode"))
    return "tensors" if name.startswith(("latent", "raw", "ceiling")) else "ffmpeg"


def tolerance_of(field, row, tolerances):
    """x265's pictures vary a little from run to run, and with them the worst frame of its cells."""
    foreign = field == "worst_deficit_db" and row["mode"].startswith(("hevc", "h264"))
    return ("absolute", 1.0) if foreign else tolerances[field]


def differs(tolerance, old, new, exact):
    if old == new:
        return False
    if exact or not old or not new:
        return True
    kind, limit = tolerance
    a, b = float(old), float(new)
    return not math.isclose(a, b, rel_tol=limit) if kind == "relative" else abs(a - b) > limit + 1e-9


def read_table(name):
    with open(HERE / name, newline="") as file:
        return list(csv.DictReader(file))


def update(name, fields, rows, features):
    """Rows that this build cannot measure stay."""
    rows = rows + [row for row in read_table(name) if needs(row) not in features]
    with open(HERE / name, "w", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def compare(name, key_fields, tolerances, rows, features):
    key = lambda row: tuple(row[k] for k in key_fields)
    measured = {key(row): row for row in rows}
    wrong = []
    for old in read_table(name):
        new = measured.pop(key(old), None)
        if new is None:
            if needs(old) in features:
                wrong.append(f"{key(old)}: in {name}, but not measured")
            continue
        exact = old.get("suite") == "tensors" and old["configuration"].startswith("latent")
        wrong += [f"{key(old)}: {k} was {old[k]}, is {new[k]}" for k in tolerances
                  if differs(tolerance_of(k, old, tolerances), old[k], new[k], exact)]
    return wrong + [f"{k}: new, not in {name}" for k in measured]


def main():
    fsc, features, hostile = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
    with tempfile.TemporaryDirectory(prefix="fsc_regression_") as folder:
        folder = pathlib.Path(folder)
        rows = measure(fsc, tensor_suite(folder, features), "tensors", folder)
        if "torch" in features:
            rows += measure(fsc, HERE.parent.parent / "bench" / "rd" / "shipped.json", "shipped", folder)
    yardstick = measure_yardstick(hostile)
    if "--update" in sys.argv:
        update("results.csv", FIELDS, rows, features)
        update("yardstick.csv", YARDSTICK_FIELDS, yardstick, features)
        return 0
    wrong = compare("results.csv", FIELDS[:4], TOLERANCE, rows, features)
    wrong += compare("yardstick.csv", YARDSTICK_FIELDS[:1], YARDSTICK_TOLERANCE, yardstick, features)
    print("\n".join(wrong) or f"{len(rows)} rows as in results.csv, {len(yardstick)} as in yardstick.csv")
    if wrong:
        print(f"if that is meant: {sys.argv[0]} FSC {sys.argv[2]} HOSTILE --update, and commit the tables with the reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
