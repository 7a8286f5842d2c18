"""Types: mypy passes on the package and on the examples, and the stub says what the module has."""
import ast
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import fsc
import pytest

SOURCE = pathlib.Path(os.environ.get("FSC_SOURCE_DIR", pathlib.Path(__file__).parents[2]))


# Kept between runs: reading NumPy's types takes its time.
CACHE = pathlib.Path(os.environ.get("FSC_BUILD_DIR", tempfile.gettempdir())) / "mypy_cache"


def run(folder, *args):
    pytest.importorskip("mypy", reason="mypy is not installed")
    return subprocess.run([sys.executable, "-m", *map(str, args)], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, "MYPY_CACHE_DIR": str(CACHE), "MYPYPATH": str(pathlib.Path(fsc.__file__).parents[1])})


def test_the_package_and_the_examples():
    examples = sorted((SOURCE / "examples").glob("*.py"))
    assert examples
    done = run(SOURCE / "python", "mypy", "--cache-dir", CACHE, "fsc", *examples)
    assert done.returncode == 0, done.stdout


def test_the_stub_says_what_the_module_has(tmp_path):
    allowed = tmp_path / "allowed"
    # Classes have pybind11's metaclass. __array__: what they have is the buffer protocol, for which Python 3.11 has no name.
    classes = [name for name in dir(fsc._fsc) if isinstance(getattr(fsc._fsc, name), type)]
    allowed.write_text("".join(rf"fsc\._fsc\.{name}(\.__init__|\.__array__)?" + "\n" for name in classes))
    done = run(tmp_path, "mypy.stubtest", "fsc._fsc", "--allowlist", allowed, "--ignore-unused-allowlist",
               "--mypy-config-file", SOURCE / "python/pyproject.toml")
    assert done.returncode == 0, done.stdout


def test_the_stub_names_the_arguments():
    """Of every function, as pybind11 writes them into its first line of help."""
    seen = 0
    tree = ast.parse((pathlib.Path(fsc.__file__).parent / "_fsc.pyi").read_text())
    for scope in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        owner = fsc._fsc if scope is tree else getattr(fsc._fsc, scope.name)
        for node in scope.body:
            if not isinstance(node, ast.FunctionDef) or node.decorator_list or node.name == "__array__":
                continue
            line = getattr(owner, node.name).__doc__.splitlines()[0]
            told = re.findall(r"(?:\(|, )(\w+): ", line)
            assert told == [argument.arg for argument in node.args.args], f"{node.name}: {line}"
            seen += 1
    assert seen > 40
