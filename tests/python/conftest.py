"""What the tests of the Python package share. FSC_TOOL is the command, whose bytes and values the package must give."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from cli_harness import moving_tensor  # noqa: E402

TOOL = os.environ.get("FSC_TOOL", "")


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
