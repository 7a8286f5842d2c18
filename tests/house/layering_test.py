#!/usr/bin/env python3
"""Reads every #include and fails where a folder looks at one that it may not know, or opens a library's door elsewhere.

usage: layering_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

# `fsc` is codec/include/fsc: the public headers, which everybody may know and which know only each other.
ALLOWED = {
    "codec/include/fsc": {"fsc"},
    "core": {"fsc", "core"},
    "tiling": {"fsc", "core", "tiling"},
    "motion": {"fsc", "core", "motion"},
    "streams": {"fsc", "core", "streams"},
    "codec": {"fsc", "core", "tiling", "motion", "streams", "codec"},
    "models": {"fsc", "core", "models"},
    "link": {"fsc", "core", "link"},
    "eval": {"fsc", "core", "streams", "models", "eval"},
    "learn": {"fsc", "core", "streams", "models", "eval", "learn"},
    "tools": {"fsc", "core", "tiling", "motion", "streams", "codec", "models", "link", "eval", "learn", "tools"},
    "bench": {"fsc", "core", "tiling", "motion", "streams", "codec", "models", "bench"},
    "tests": {"fsc", "core", "tiling", "motion", "streams", "codec", "models", "link", "eval", "learn", "tools", "tests"},
    "examples": {"fsc"},
    "python": {"fsc", "python"},
}
# Beyond that: learn makes profiles, and Python shows the measures that need neither networks nor files.
ALSO = [
    (r"learn/", r"codec/profile/"),
    (r"python/src/metrics\.cc$", r"eval/(bd_rate|feature_distortion)\.h$"),
    (r"python/src/task_metrics\.cc$", r"eval/(accuracy|coco_ap|task_distortion)\.h$"),
]
# Inside codec: the modes and the profile are strangers, and what a decoder needs knows nothing of the encoder's choices.
STRANGERS = [
    (r"codec/latent/[^/]+$", r"codec/(latent/encode|tiled|exact|profile|rate)/"),
    (r"codec/latent/encode/", r"codec/(tiled|exact|profile)/"),
    (r"codec/tiled/", r"codec/(latent|exact|profile)/"),
    (r"codec/exact/", r"codec/(latent|tiled|profile)/"),
    (r"codec/profile/", r"codec/(latent|tiled|exact|conceal)/"),
    (r"codec/conceal/", r"codec/(latent|tiled|exact|rate)/"),
    (r"codec/rate/", r"codec/(latent|tiled|exact|profile)/"),
]
# A library's headers, and the folders whose .cc files may include them. No header of the codec shows a third-party type.
DOORS = {
    r"libav|libsw": {"streams/media"},
    r"opencv2": {"streams/media", "codec/conceal", "models", "motion", "eval", "learn", "tools"},
    r"torch|ATen|c10": {"models/torch", "learn/torch", "tools/material"},
    r"Eigen": {"codec"},
    r"openssl": {"streams"},
    r"zlib\.h": {"streams"},
    r"zstd\.h": {"codec", "streams", "eval"},
    r"hwy/": {"codec", "motion", "tiling", "core"},
    r"nlohmann": {"core", "models", "link", "eval", "learn", "tools"},
    r"CLI/": {"tools"},
    r"dlfcn": {"core"},
    r"pybind11|Python\.h": {"python"},
}
# Folders whose headers may show what their door is: nobody outside sees them.
OPEN_FOLDERS = ("streams/media/", "models/torch/", "learn/torch/", "tools/", "eval/", "learn/", "python/")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def trespasses_of(root: pathlib.Path, folder: str, path: pathlib.Path) -> list:
    found = []
    here = str(path.relative_to(root))
    for bracket, name in INCLUDE.findall(path.read_text()):
        beside = "/" not in name and folder == "tests"
        known = name.split("/")[0] in ALLOWED[folder] or any(re.match(a, here) and re.match(b, name) for a, b in ALSO)
        if bracket == '"' and not beside and not name.startswith("hwy/") and not known:
            found.append(f"{here}: {folder} may not include {name}")
        for here_pattern, stranger in STRANGERS:
            if re.match(here_pattern, here) and re.match(stranger, name):
                found.append(f"{here}: a stranger of {name}")
        for door, folders in DOORS.items():
            if folder in ("tests", "examples") or not re.match(door, name) or (bracket == '"' and door != r"hwy/"):
                continue
            if not any(here.startswith(home + "/") for home in folders):
                found.append(f"{here}: <{name}> belongs to {', '.join(sorted(folders))}")
            elif path.suffix == ".h" and not here.startswith(OPEN_FOLDERS) and not path.name.endswith("-inl.h"):
                found.append(f"{here}: a header must not show <{name}>")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    trespasses, files = [], 0
    for folder in ALLOWED:
        for path in sorted(root.joinpath(folder).rglob("*")):
            if path.suffix not in {".cc", ".h", ".c"} or (folder == "codec" and "include" in path.parts):
                continue
            files += 1
            trespasses += trespasses_of(root, folder, path)
    print("\n".join(trespasses) or f"{files} files, no trespass")
    return 1 if trespasses or files < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
