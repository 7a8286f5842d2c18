#!/usr/bin/env python3
"""Runs the command lines of README.md, as they stand there.

usage: readme_test.py FSC FEATURES README
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main() -> int:
    fsc, features, readme = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    if "torch" not in features:
        print("skipped: needs networks: build with -DFSC_WITH_FFMPEG=ON -DFSC_WITH_TORCH=ON")
        return 77
    block = re.search(r"readme_test\.py[^\n]*\n```sh\n(.*?)```", readme.read_text(), re.S).group(1)
    with tempfile.TemporaryDirectory(prefix="fsc_readme_") as folder:
        # The lines name files of the project and write beside them: run them in a folder that looks like the project.
        for part in ("tests", "bench"):
            os.symlink(readme.parent / part, pathlib.Path(folder) / part)
        environment = {**os.environ, "PATH": f"{fsc.parent}:{os.environ['PATH']}"}
        count = 0
        for line in block.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            count += 1
            result = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
            print(f"$ {line}\n{result.stderr}", end="")
            if result.returncode != 0:
                return 1
    return 0 if count >= 8 else 1


if __name__ == "__main__":
    sys.exit(main())
