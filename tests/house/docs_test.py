#!/usr/bin/env python3
"""Fails where README.md or docs/*.md names a file of the project that does not exist, or a version that is not the project's.

usage: docs_test.py SOURCE_DIR
"""
import pathlib
import re
import sys

PATH = re.compile(r"(?<![\w/.$~-])((?:core|tiling|motion|codec|streams|models|tools|tests|bench|docs|cmake)/[\w./-]*\w)")


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    problems, seen = [], 0
    for page in [root / "README.md", *sorted(root.glob("docs/*.md"))]:
        for name in sorted(set(PATH.findall(page.read_text()))):
            seen += 1
            if not (root / name).exists() and not list(root.glob(name + ".*")):
                problems.append(f"{page.relative_to(root)} names {name}, which does not exist")
    version = re.search(r"project\(fsc VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text()).group(1)
    if f'"{version}"' not in (root / "fsc/version.h").read_text():
        problems.append(f"fsc/version.h does not say {version}")
    print("\n".join(problems) or f"{seen} paths, all there")
    return 1 if problems or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
