#!/usr/bin/env python3
"""Reads every #include and fails where a folder looks at one that it may not know, or opens a library's door elsewhere.

usage: layering_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

ALLOWED = {
    "core": {"core"},
    "tiling": {"core", "tiling"},
    "motion": {"core", "motion"},
    "streams": {"core", "streams"},
    "codec": {"core", "tiling", "motion", "streams", "codec"},
    "models": {"core", "models"},
    "tools": {"core", "tiling", "motion", "streams", "codec", "models", "tools"},
    "bench": {"core", "tiling", "motion", "streams", "codec", "models", "bench"},
    "tests": {"core", "tiling", "motion", "streams", "codec", "models", "tools", "tests"},
}
# Inside codec: the modes and the profile are strangers, and what a decoder needs knows nothing of the encoder's choices.
STRANGERS = [
    (r"codec/latent/[^/]+$", r"codec/(latent/encode|tiled|exact|profile)/"),
    (r"codec/latent/encode/", r"codec/(tiled|exact|profile)/"),
    (r"codec/tiled/", r"codec/(latent|exact|profile)/"),
    (r"codec/exact/", r"codec/(latent|tiled|profile)/"),
    (r"codec/profile/", r"codec/(latent|tiled|exact)/"),
]
# A library's headers, and the folders whose .cc files may include them. No header of the codec shows a third-party type.
DOORS = {
    r"libav|libsw": {"streams"},
    r"opencv2": {"streams", "models", "motion", "tools"},
    r"torch|ATen|c10": {"models", "tools"},
    r"Eigen": {"codec"},
    r"openssl": {"streams", "models"},
    r"zlib\.h": {"streams"},
    r"zstd\.h": {"codec", "streams", "tools"},
    r"hwy/": {"codec", "motion", "tiling", "core"},
    r"nlohmann": {"models", "tools"},
    r"CLI/": {"tools"},
}
# Headers that only .cc files of this project see; they are not installed.
PRIVATE_HEADERS = {
    "streams/media/ffmpeg_raii.h",
    "learn/torch/back_weights.h",
    "learn/torch/compressibility_loss.h",
    "learn/torch/feature_crops.h",
    "learn/torch/gradient_back.h",
    "learn/torch/reduction_loss.h",
    "learn/torch/reduction_network.h",
    "learn/torch/reduction_start.h",
    "learn/torch/task_loss.h",
    "models/torch/torch_script.h",
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    trespasses, files = [], 0
    for folder, known in ALLOWED.items():
        for path in sorted(root.joinpath(folder).rglob("*")):
            if path.suffix not in {".cc", ".h"}:
                continue
            files += 1
            for bracket, name in INCLUDE.findall(path.read_text()):
                here = path.relative_to(root)
                beside = "/" not in name and folder == "tests"
                if bracket == '"' and not beside and not name.startswith("hwy/") and name.split("/")[0] not in known:
                    trespasses.append(f"{here}: {folder} may not include {name}")
                for here_pattern, stranger in STRANGERS:
                    if re.match(here_pattern, str(here)) and re.match(stranger, name):
                        trespasses.append(f"{here}: a stranger of {name}")
                for door, folders in DOORS.items():
                    if folder == "tests" or not re.match(door, name) or (bracket == '"' and door != r"hwy/"):
                        continue
                    if folder not in folders:
                        trespasses.append(f"{here}: <{name}> belongs to {', '.join(sorted(folders))}")
                    elif path.suffix == ".h" and folder != "tools" and not path.name.endswith("-inl.h") and str(here) not in PRIVATE_HEADERS:
                        trespasses.append(f"{here}: a header must not show <{name}>")
    print("\n".join(trespasses) or f"{files} files, no trespass")
    return 1 if trespasses or files < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
