#!/usr/bin/env python3
"""Runs one file of this folder with pytest, or says why it cannot (exit code 77). usage: run_pytest.py FILE [pytest arguments]"""
import pathlib
import sys

try:
    import numpy  # noqa: F401
    import pytest
except ImportError as problem:
    print(f"skipped: {problem}: install python3-pytest and python3-numpy")
    sys.exit(77)

here = pathlib.Path(__file__).parent
sys.exit(pytest.main(["-q", "-rs", "-p", "no:cacheprovider", str(here / sys.argv[1]), *sys.argv[2:]]))
