#!/usr/bin/env python3
"""Fails where a page or a comment names a file or a test of the project that does not exist, where a page gives a version
that is not the project's, or where a message of the library speaks of the tool's options.

usage: docs_test.py SOURCE_DIR
"""
import io
import pathlib
import re
import sys
import tokenize

FOLDERS = "core|tiling|motion|streams|codec|models|eval|learn|tools|examples|python|tests|bench|docs|cmake"
# In pages: anything below a folder of the project.
PATH = re.compile(rf"(?<![\w/.$~-])((?:{FOLDERS})/[\w./-]*\w)")
# In comments: a source or a page by its name, with any part of its path before it.
FILE = re.compile(r"(?<![\w/.$~{}*<>:-])((?:[\w-]+/)*[\w-]+\.(?:h|cc|py|sh|md|cmake))(?![\w/*-])")
# Notes that no reader of this tree has: a comment gives the paper and the equation instead.
FOREIGN = re.compile(r"\b(?:research|field|methods|pipelines)\.md\b")
# Code in a page that says where it stands: line for line in a program that the install test compiles and runs.
SNIPPET = re.compile(r"<!-- from (\S+) -->\n```\w+\n(.*?)```", re.S)
# A page that says which tests keep what it says: FILE: `NAME`, `NAME`.
KEPT = "bench/results/tried_files.md"
KEEPERS = re.compile(r"(tests/[\w/]+\.(?:py|cc)): (`\w+`(?:, `\w+`)*)")
WRITTEN_BY_EVAL = {"study.md", "results.md"}
C_TOKENS = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)

LIBRARY = ("core/", "tiling/", "motion/", "streams/", "codec/", "models/", "eval/", "learn/")
OPTION = re.compile(r"(?<![\w-])--[a-z]")
# Their product is a command: the one that codes the same, and those of Slurm.
WRITES_COMMANDS = {"eval/point_run.cc", "eval/slurm_queue.cc", "eval/slurm_script.cc"}


def files_of(root: pathlib.Path) -> list:
    skipped = {".git", "build", "__pycache__"}
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and not skipped & set(p.relative_to(root).parts))


def comments_of(name: str, text: str) -> list:
    if name.endswith((".h", ".cc", ".c")):
        return [token for token in C_TOKENS.findall(text) if token.startswith("/")]
    if name.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return [t.string for t in tokens if t.type == tokenize.COMMENT or (t.type == tokenize.STRING and t.string.startswith('"""'))]
    return re.findall(r"(?m)(?:^|\s)(#.*)$", text)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    problems, seen = [], 0
    files = files_of(root)
    tails = {"/".join(parts[i:]) for parts in (f.split("/") for f in files) for i in range(len(parts))}

    for page in [root / "README.md", *sorted(root.glob("docs/*.md"))]:
        here, text = page.relative_to(root), page.read_text()
        for name in sorted(set(PATH.findall(text))):
            seen += 1
            if not (root / name).exists() and not list(root.glob(name + ".*")):
                problems.append(f"{here} names {name}, which does not exist")
        for source, code in SNIPPET.findall(text):
            if not (root / source).exists() or code not in (root / source).read_text():
                problems.append(f"{here} quotes {source}, which has no such lines: {code.splitlines()[0]}")
        problems += [f"{here} names {name}, which no reader has" for name in sorted(set(FOREIGN.findall(text)))]

    keepers = [(name, test) for name, tests in KEEPERS.findall((root / KEPT).read_text()) for test in re.findall(r"\w+", tests)]
    for name, test in keepers:
        known = re.compile(rf"\bdef {test}\(" if name.endswith(".py") else rf"\bTEST(?:_F)?\(\w+, {test}\)")
        if not (root / name).exists() or not known.search((root / name).read_text()):
            problems.append(f"{KEPT} names {test} of {name}, which does not exist")

    comments, messages = 0, 0
    for here in files:
        if not here.endswith((".h", ".cc", ".c", ".py", ".cmake", "CMakeLists.txt")):
            continue
        text = (root / here).read_text()
        found = comments_of(here, text)
        comments += len(found)
        for name in sorted({name for comment in found for name in FILE.findall(comment)} - WRITTEN_BY_EVAL):
            seen += 1
            if name not in tails:
                problems.append(f"a comment in {here} names {name}, which does not exist")
        for name in sorted({name for comment in found for name in PATH.findall(comment)}):
            if not (root / name).exists() and not list(root.glob(name + ".*")):
                problems.append(f"a comment in {here} names {name}, which does not exist")
        if here.startswith(LIBRARY) and here.endswith((".h", ".cc")) and here not in WRITES_COMMANDS:
            strings = [token for token in C_TOKENS.findall(text) if token.startswith('"')]
            messages += len(strings)
            problems += [f"{here} speaks of an option of the tool: {s}" for s in strings if OPTION.search(s)]

    version = re.search(r"project\(fsc VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text()).group(1)
    if f'"{version}"' not in (root / "codec/include/fsc/version.h").read_text():
        problems.append(f"fsc/version.h does not say {version}")
    print("\n".join(problems) or f"{seen} paths, all there; {comments} comments, {messages} strings read")
    return 1 if problems or min(seen, comments, messages, len(keepers)) == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
