"""Builds the wheels (PEP 517) with CMake alone: nothing is downloaded, and no other build backend is needed.

    pip wheel --no-build-isolation --no-deps ./python                                        # fsc: every mode
    pip wheel --no-build-isolation --no-deps ./python --config-settings modes=latent         # fsc-latent: without FFmpeg
    ... --config-settings build-dir=build/release         # of a build that is there, and has the package

The wheel holds libfsc and its modules; the libraries below them (FFmpeg, zstd, OpenSSL, ...) are the system's.
"""
import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SUMMARY = "Feature-stream codec: compresses the tensors between the two halves of a split network"


def _version():
    return re.search(r"project\(fsc VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)


def _latent_alone(config_settings):
    modes = (config_settings or {}).get("modes", "all")
    if modes not in ("all", "latent"):
        raise SystemExit(f"modes={modes}: all and latent are the choices")
    return modes == "latent"


def _name(config_settings):
    return "fsc-latent" if _latent_alone(config_settings) else "fsc"


def _metadata(config_settings):
    license_text = "BSD-3-Clause" if _latent_alone(config_settings) else "BSD-3-Clause; FFmpeg as installed has its own"
    return (f"Metadata-Version: 2.1\nName: {_name(config_settings)}\nVersion: {_version()}\nSummary: {SUMMARY}\n"
            f"License: {license_text}\nRequires-Python: >=3.9\nRequires-Dist: numpy\n")


def _tag():
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def _wheel_text():
    return f"Wheel-Version: 1.0\nGenerator: fsc build_backend\nRoot-Is-Purelib: false\nTag: {_tag()}\n"


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}\nfailed: {' '.join(map(str, command))}")


def _build(folder, latent_alone):
    settings = {"CMAKE_BUILD_TYPE": "Release", "FSC_BUILD_TOOLS": "OFF", "FSC_BUILD_TESTS": "OFF", "FSC_BUILD_BENCH": "OFF",
                "FSC_BUILD_PYTHON": "ON", "FSC_WITH_TORCH": "OFF", "FSC_WITH_FFMPEG": "OFF" if latent_alone else "ON",
                "Python_EXECUTABLE": sys.executable}
    _run("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *(f"-D{name}={value}" for name, value in settings.items()))
    _run("cmake", "--build", folder, "--target", "fsc_python", "-j", os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", os.cpu_count() or 1))


def _files(build, stage, latent_alone):
    """(name in the wheel, bytes) of what a build installs; libfsc lies in fsc/lib, where the module looks first. No links: a library
    has the one name that it is looked for by."""
    _run("cmake", "--install", build, "--prefix", stage, "--strip")
    package = next(stage.rglob("_fsc.*.so")).parent
    for path in sorted(path for path in package.rglob("*") if path.is_file()):
        yield f"fsc/{path.relative_to(package)}", path.read_bytes()
    yield "fsc/lib/libfsc.so.0", next(stage.rglob("libfsc.so.0")).read_bytes()
    if not latent_alone:
        yield "fsc/lib/fsc/libfsc_media.so", next(stage.rglob("libfsc_media.so")).read_bytes()


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = pathlib.Path(metadata_directory) / f"{_name(config_settings).replace('-', '_')}-{_version()}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(_metadata(config_settings))
    (folder / "WHEEL").write_text(_wheel_text())
    return folder.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    stem = f"{_name(config_settings).replace('-', '_')}-{_version()}"
    target = pathlib.Path(wheel_directory) / f"{stem}-{_tag()}.whl"
    latent_alone = _latent_alone(config_settings)
    with tempfile.TemporaryDirectory(prefix="fsc_wheel_") as work:
        build = (config_settings or {}).get("build-dir")
        if build is None:
            build = pathlib.Path(work) / "build"
            _build(build, latent_alone)
        files = list(_files(build, pathlib.Path(work) / "stage", latent_alone))
    info = f"{stem}.dist-info"
    files += [(f"{info}/{name}", text.encode()) for name, text in
              (("METADATA", _metadata(config_settings)), ("WHEEL", _wheel_text()),
               ("LICENSE", (ROOT / "LICENSE").read_text()))]
    record = ""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files:
            wheel.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return target.name
