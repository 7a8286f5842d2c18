"""Types: mypy passes on the package and on the examples, and the stub says what the module has."""
import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ.get("FSC_SOURCE_DIR", pathlib.Path(__file__).parents[2]))


def mypy(*args):
    pytest.importorskip("mypy", reason="mypy is not installed")
    return subprocess.run([sys.executable, "-m", *args], capture_output=True, text=True, cwd=SOURCE / "python",
                          env={**os.environ, "MYPYPATH": str(SOURCE / "python")})


def test_the_package_and_the_examples(tmp_path):
    examples = sorted((SOURCE / "examples").glob("*.py"))
    assert examples
    done = mypy("mypy", "--cache-dir", tmp_path, "fsc", *examples)
    assert done.returncode == 0, done.stdout


def test_the_stub_says_what_the_module_has(tmp_path):
    allowed = tmp_path / "allowed"
    # Of NumPy's protocol: the module has the buffer protocol instead, which Python 3.11 has no name for.
    allowed.write_text(r"fsc\._fsc\.(ImportedTensor|LayerBuffer)\.__array__" + "\n" + r"fsc\._fsc\..*\.__init__" + "\n")
    done = mypy("mypy.stubtest", "fsc._fsc", "--allowlist", allowed, "--ignore-unused-allowlist", "--mypy-config-file", "pyproject.toml")
    assert done.returncode == 0, done.stdout
