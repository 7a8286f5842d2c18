#!/usr/bin/env python3
"""Compares what libfsc exports with the list in the tree. usage: symbols_test.py LIBFSC LIST [--update]"""
import pathlib
import subprocess
import sys


def main() -> int:
    library, path = sys.argv[1], pathlib.Path(sys.argv[2])
    out = subprocess.run(["nm", "-DC", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    symbols = set()
    for line in out.splitlines():
        kind, name = line.split(" ", 2)[1:]
        # Weak symbols are instances of the standard library's and of our headers' templates: they differ by compiler.
        if kind in "TDBR" and "fsc" in name:
            symbols.add(name)
    if "--update" in sys.argv:
        path.write_text("\n".join(sorted(symbols)) + "\n")
        return 0
    listed = set(path.read_text().split("\n")) - {""}
    for name in sorted(symbols - listed):
        print(f"exported, and not in the list: {name}")
    for name in sorted(listed - symbols):
        print(f"in the list, and not exported: {name}")
    print(f"{len(symbols)} symbols")
    return 1 if symbols != listed or len(symbols) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
