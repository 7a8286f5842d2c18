"""The wheels: they build without a network, hold what they should, and work where nothing else of fsc is."""
import os
import subprocess
import sys
import zipfile

import fsc
import numpy as np
import pytest

SOURCE = os.environ.get("FSC_SOURCE_DIR", "")
BUILD = os.environ.get("FSC_BUILD_DIR", "")
SMALL_BUILD = os.environ.get("FSC_SMALL_BUILD_DIR", "")  # of the smallest preset, with the package; made anew without
EVERY_MODE = "hevc" in fsc.modes()

PROGRAM = """
import sys
import fsc, numpy as np
assert fsc.__file__.startswith(sys.argv[1]), fsc.__file__
clip = np.load("clip.npy")
assert fsc.encode(clip, stride=8) == open("latent.fsc", "rb").read()
maps = open("/proc/self/maps").read()
assert "libtorch" not in maps and "libavcodec" not in maps and sys.argv[1] + "/fsc/lib/libfsc.so.0" in maps
print(",".join(fsc.modes()))
try:
    print(len(fsc.encode(clip, mode="ffv1")) > 0)
except fsc.UsageError as error:
    print(error)
"""


def built(folder, *settings):
    command = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", folder,
               os.path.join(SOURCE, "python"), *(f"--config-settings={s}" for s in settings)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (wheel,) = folder.glob("*.whl")
    return wheel


def run_installed(wheel, folder, clip):
    site = folder / "site"
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", site, wheel],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.save(folder / "clip.npy", clip)
    (folder / "latent.fsc").write_bytes(fsc.encode(clip, stride=8))
    (folder / "program.py").write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    done = subprocess.run([sys.executable, "program.py", site], capture_output=True, text=True, cwd=folder,
                          env={**environment, "PYTHONPATH": str(site)})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def can_build():
    if not SOURCE or not BUILD:
        pytest.skip("FSC_SOURCE_DIR and FSC_BUILD_DIR do not name the project and its build")
    pytest.importorskip("pip", reason="pip is not installed")


def test_a_wheel_of_this_build(tmp_path, clip, can_build):
    wheel = built(tmp_path, f"build-dir={BUILD}", f"modes={'all' if EVERY_MODE else 'latent'}")
    assert wheel.name.startswith("fsc-0.1.0-cp3" if EVERY_MODE else "fsc_latent-0.1.0-cp3")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"fsc/__init__.py", "fsc/_fsc.pyi", "fsc/py.typed", "fsc/compressai_vision/cfgs/codec/fsc.yaml", "fsc/lib/libfsc.so.0"} <= names
    assert ("fsc/lib/fsc/libfsc_media.so" in names) == EVERY_MODE
    assert not any("libfsc_net" in name or "__pycache__" in name for name in names)
    modes, last = run_installed(wheel, tmp_path, clip)
    assert modes == ",".join(fsc.modes())
    assert last == "True" if EVERY_MODE else "ffv1" in last


def test_the_small_wheel(tmp_path, clip, can_build):
    """A whole build, where no small one is at hand: minutes, where no compiler cache has it."""
    if not EVERY_MODE:
        pytest.skip("this build is that of the small wheel")
    wheel = built(tmp_path, "modes=latent", *([f"build-dir={SMALL_BUILD}"] if SMALL_BUILD else []))
    assert wheel.name.startswith("fsc_latent-0.1.0-cp3")
    assert not any("media" in name for name in zipfile.ZipFile(wheel).namelist())
    modes, last = run_installed(wheel, tmp_path, clip)
    assert modes == "latent,float"
    assert "ffv1" in last and "FFmpeg" in last
    metadata = zipfile.ZipFile(wheel).read("fsc_latent-0.1.0.dist-info/METADATA").decode()
    assert "License: BSD-3-Clause\n" in metadata and "Name: fsc-latent\n" in metadata
