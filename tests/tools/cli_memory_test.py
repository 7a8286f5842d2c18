#!/usr/bin/env python3
"""Peak memory of encode and decode does not grow with the length of the stream, and stays within the budget on a pyramid."""
import os
import pathlib
import subprocess
import sys

import cli_harness as cli
from cli_harness import CliTest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHORT, LONG = 100, 500
SLACK_KIB = 2600  # what allocators and the index (32 bytes a frame) may add; a frame of the tensors has 96


# A process starts with the peak of the one that it was forked from, so the tensors are made in a process of their own and this
# one stays small.
MAKE_TENSORS = """
import sys
sys.path.insert(0, sys.argv[1])
import cli_harness, numpy
loop = cli_harness.moving_tensor(frames=50, channels=32, height=24, width=32)
numpy.save(sys.argv[2], numpy.concatenate([loop] * (int(sys.argv[3]) // 50)))
"""


def peak_kib(*args):
    """Peak resident memory of one run of the tool."""
    process = subprocess.Popen([cli.FSC, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read().decode()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, error
    return usage.ru_maxrss


class Memory(CliTest):
    def measure(self, mode):
        peaks = {}
        for frames in (SHORT, LONG):
            here = pathlib.Path(__file__).parent
            subprocess.run([sys.executable, "-c", MAKE_TENSORS, here, self.path("in.npy"), str(frames)], check=True)
            encode = peak_kib("encode", self.path("in.npy"), "-o", self.path("s.fsc"), "--mode", mode, "--stride", 8,
                              *([] if mode == "latent" else ["--preset", "ultrafast"]))
            peaks[frames] = (encode, peak_kib("decode", self.path("s.fsc"), "-o", self.path("out.npy")),
                             peak_kib("decode", self.path("s.fsc"), "-o", self.path("out.npz")))
        print(f"{mode}: peak KiB of encode, decode to .npy, decode to .npz: {peaks}")
        for short, long in zip(peaks[SHORT], peaks[LONG]):
            self.assertLess(long, short + SLACK_KIB, mode)

    def test_flat(self):
        for mode in cli.MODES:
            self.measure(mode)

    def test_budget_on_a_pyramid(self):
        """64 MiB and twelve feature frames, on layers in the proportions of 256 channels at 1/4 to 1/32 of 1344 x 800. Longer than B groups and fits look ahead."""
        subprocess.run([sys.executable, ROOT / "bench" / "pyramid.py", self.path("p.npz"), "--frames", "20", "--size", "336x200"], check=True)
        budget_kib = 64 * 1024 + 12 * (self.path("p.npz").stat().st_size // 20) // 1024
        for preset in ("fast", "balanced"):
            encode = peak_kib("encode", self.path("p.npz"), "--stride", "4,8,16,32", "--preset", preset, "--qp", 44, "-o", self.path("p.fsc"))
            decode = peak_kib("decode", self.path("p.fsc"), "-o", self.path("q.npz"))
            print(f"pyramid, {preset}: peak KiB of encode, decode: {encode}, {decode} of {budget_kib}")
            self.assertLess(max(encode, decode), budget_kib, preset)


if __name__ == "__main__":
    cli.main()
