#!/usr/bin/env python3
"""What does one image cost? The same tensor coded a thousand times: by the command line, a process each, and in process from Python.

usage: PYTHONPATH=.. startup.py --fsc build/release/tools/fsc [--count 1000] [--shape 64x24x32] [--mode latent] [--preset fast] [--qp 36]

Prints milliseconds an image: elapsed, and what processors worked. The command line is started as a shell does it, with posix_spawn. Without --fsc or without
the package only the other half is measured. All sides code the same bytes, which is checked.
"""
import argparse
import os
import pathlib
import resource
import subprocess
import tempfile
import time

import numpy as np


def cpu_s(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def measure(name, count, once, who):
    once()  # what is read from disk for the first time
    wall, cpu = time.perf_counter(), cpu_s(who)
    for _ in range(count):
        once()
    wall, cpu = time.perf_counter() - wall, cpu_s(who) - cpu
    print(f"| {name} | {1000 * wall / count:.2f} | {1000 * cpu / count:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fsc")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--shape", default="64x24x32")
    parser.add_argument("--mode", default="latent")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--qp", type=int, default=36)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    channels, height, width = map(int, args.shape.split("x"))
    rng = np.random.default_rng(1)
    frame = rng.standard_normal((1, channels, height + 4, width + 4))
    for axis in (2, 3):
        for _ in range(3):
            frame = (frame + np.roll(frame, 1, axis)) / 2
    frame = np.ascontiguousarray(np.maximum(frame[:, :, 4:, 4:], 0), dtype=np.float32)
    print(f"{args.count} images of {args.shape}, --mode {args.mode} --preset {args.preset} --qp {args.qp}, {args.threads} threads\n")
    print("| | elapsed ms | processors ms |\n|---|---:|---:|")
    coded = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.save(folder / "x.npy", frame)
        if args.fsc:
            encode = [args.fsc, "encode", folder / "x.npy", "--stride", 8, "--mode", args.mode, "--preset", args.preset, "--qp", args.qp,
                      "--threads", args.threads, "--quiet", "-o", folder / "x.fsc"]
            decode = [args.fsc, "decode", folder / "x.fsc", "--threads", args.threads, "--quiet", "-o", folder / "y.npy"]
            for name, command in (("command line, encode", encode), ("command line, decode", decode), ("command line, --version", [args.fsc, "--version"])):
                words = list(map(str, command))

                def once(words=words):
                    subprocess.run(words, check=True, close_fds=False, stdout=subprocess.DEVNULL)  # close_fds=False: posix_spawn

                measure(name, args.count, once, resource.RUSAGE_CHILDREN)
            coded["command line"] = (folder / "x.fsc").read_bytes()
        try:
            import fsc
        except ImportError:
            print("\nwithout the Python package: pip wheel ./python, or PYTHONPATH")
            return
        settings = dict(stride=8, mode=args.mode, preset=args.preset, qp=args.qp, threads=args.threads)
        coded["Python"] = fsc.encode(frame, **settings)
        measure("Python, fsc.encode", args.count, lambda: fsc.encode(frame, **settings), resource.RUSAGE_SELF)
        measure("Python, fsc.decode", args.count, lambda: fsc.decode(coded["Python"], threads=args.threads), resource.RUSAGE_SELF)
        print()
    for name, stream in coded.items():
        print(f"{name}: {len(stream)} bytes")
    assert len(set(map(bytes, coded.values()))) == 1, "the sides code other bytes"


if __name__ == "__main__":
    main()
