"""What the tests of the Python package share. FSC_TOOL is the command, whose bytes and values the package must give."""
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

TOOL = os.environ.get("FSC_TOOL", "")


def moving_tensor(frames=6, channels=8, height=12, width=17, seed=0):
    """Smooth planes that drift: something a codec can predict."""
    rng = np.random.default_rng(seed)
    big = rng.standard_normal((channels, height + 2 * frames, width + 2 * frames))
    for axis in (1, 2):
        for _ in range(3):
            big = (big + np.roll(big, 1, axis)) / 2
    return np.stack([big[:, t:t + height, t:t + width] for t in range(frames)]).astype(np.float32)


@pytest.fixture
def clip():
    return moving_tensor()


@pytest.fixture
def tool(tmp_path):
    """Runs the command; gives its finished process."""
    if not TOOL:
        pytest.skip("FSC_TOOL does not name the command")

    def run(*args):
        process = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, cwd=tmp_path, timeout=300)
        assert process.returncode == 0, process.stderr
        return process

    return run


@pytest.fixture
def script(tmp_path):
    """Runs a program of its own; gives its finished process."""
    def run(text, *args, **kwargs):
        path = pathlib.Path(tmp_path) / "script.py"
        path.write_text(text)
        return subprocess.run([sys.executable, path, *map(str, args)], capture_output=True, text=True, cwd=tmp_path, timeout=40,
                              **kwargs)

    return run
