"""Runs the fsc tool as a person would, for the command-line tests beside this file."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    print("skipped: needs NumPy: install python3-numpy and configure with -DFSC_TEST_PYTHON=/usr/bin/python3")
    sys.exit(77)

FSC = ""          # path of the tool, set by main()
FEATURES = set()  # "ffmpeg", "torch": what the build has
MODES = []        # the coding modes to try, all lossy

OK, INTERNAL, USAGE, BAD_INPUT, IO = 0, 1, 2, 3, 4


def run(*args, stdin=None, env=None):
    """The finished process of `fsc args...`, with text in stderr and bytes in stdout."""
    process = subprocess.run([FSC, *map(str, args)], input=stdin, capture_output=True, env={**os.environ, **(env or {})}, timeout=300)
    process.stderr = process.stderr.decode()
    return process


def moving_tensor(frames=6, channels=8, height=12, width=17, seed=0):
    """A stream of smooth planes that drift: something a codec can predict."""
    rng = np.random.default_rng(seed)
    big = rng.standard_normal((channels, height + 2 * frames, width + 2 * frames))
    for axis in (1, 2):
        for _ in range(3):
            big = (big + np.roll(big, 1, axis)) / 2
    return np.stack([big[:, t:t + height, t:t + width] for t in range(frames)]).astype(np.float32)


class CliTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fsc_cli_"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, name):
        return self.dir / name

    def ok(self, *args, **kwargs):
        process = run(*args, **kwargs)
        self.assertEqual(process.returncode, OK, process.stderr)
        return process

    def fails(self, code, words, *args, **kwargs):
        """The command fails with `code` and one line that holds every word; nothing half-written stays behind."""
        before = sorted(self.dir.iterdir())
        process = run(*args, **kwargs)
        self.assertEqual(process.returncode, code, process.stderr)
        lines = process.stderr.splitlines()
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertTrue(lines[0].startswith("fsc: "), lines[0])
        for word in words:
            self.assertIn(word.lower(), lines[0].lower())
        self.assertEqual(sorted(self.dir.iterdir()), before, "left behind")
        return process

    def save(self, name, array):
        np.save(self.path(name), array)
        return self.path(name)

    def needs(self, feature):
        if feature not in FEATURES:
            self.skipTest(f"needs {feature}: build with -DFSC_WITH_{feature.upper()}=ON")


def main():
    """usage: SCRIPT FSC FEATURE,FEATURE,... [unittest arguments]"""
    global FSC
    FSC = sys.argv[1]
    FEATURES.update(sys.argv[2].split(","))
    MODES.extend(["hevc", "h264", "latent"] if "ffmpeg" in FEATURES else ["latent"])
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)
