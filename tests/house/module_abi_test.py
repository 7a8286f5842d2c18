#!/usr/bin/env python3
"""The number by which a program knows modules of its build changes with any header, and with nothing else.

usage: module_abi_test.py CMAKE SCRIPT
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def main() -> int:
    cmake, script = sys.argv[1:3]
    failures = []

    def abi_of(folder, salt="1"):
        out = folder / "abi.cc"
        subprocess.run([cmake, f"-DSOURCE_DIR={folder}", f"-DOUTPUT={out}", "-DFOLDERS=core,models", f"-DSALT={salt}", "-P", script], check=True)
        return re.search(r"return (0x[0-9a-f]{16});", out.read_text())[1]

    def expect(same, a, b, what):
        if (a == b) != same:
            failures.append(f"{what}: {a}, {b}")

    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for folder in ("a", "b"):
            (root / folder / "core").mkdir(parents=True)
            (root / folder / "models" / "deep").mkdir(parents=True)
            (root / folder / "core" / "table.h").write_text("struct Table { int a; };\n")
            (root / folder / "models" / "deep" / "net.h").write_text("struct Net {};\n")
            (root / folder / "core" / "table.cc").write_text(f"// {folder}\n")
        a, b = root / "a", root / "b"
        before = abi_of(a)
        expect(True, before, abi_of(b), "the same headers in another folder")
        expect(False, before, abi_of(a, "2"), "another version")
        (b / "models" / "deep" / "net.h").write_text("struct Net { int b; };\n")
        expect(False, before, abi_of(b), "a header changed")
        (b / "models" / "deep" / "net.h").rename(b / "models" / "net.h")
        (b / "models" / "net.h").write_text("struct Net {};\n")
        expect(False, before, abi_of(b), "a header moved")
    print("\n".join(failures) or "as it should")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
