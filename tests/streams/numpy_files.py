"""Writes arrays with NumPy for the tests to read, and checks files that the tests wrote. Usage: numpy_files.py write|check FOLDER."""
import os
import sys

import numpy as np


def ramp(frames, channels, height, width, layer=0):
    """Multiples of 1/8 up to 64: exact in float16. tensor_numpy_test.cc computes the same."""
    i = np.arange(frames * channels * height * width, dtype=np.int64)
    return (((i * 7 + layer * 3) % 1021 - 510) / 8).astype("<f4").reshape(frames, channels, height, width)


def write(folder):
    a, b = ramp(5, 3, 4, 7), ramp(5, 2, 2, 3, 1)
    path = lambda name: os.path.join(folder, name)
    np.save(path("f4.npy"), a)
    np.save(path("f2.npy"), a.astype("<f2"))
    for major in (1, 2, 3):
        with open(path(f"v{major}.npy"), "wb") as out:
            np.lib.format.write_array(out, a, version=(major, 0))
    np.savez(path("stored.npz"), zebra=a, alpha=b)
    np.savez_compressed(path("deflated.npz"), zebra=a, alpha=b)
    np.savez_compressed(path("long.npz"), x=ramp(60, 16, 20, 30))
    np.save(path("bad_f8.npy"), a.astype("<f8"))
    np.save(path("bad_big_endian.npy"), a.astype(">f4"))
    np.save(path("bad_bytes.npy"), a.astype("u1"))
    np.save(path("bad_fortran.npy"), np.asfortranarray(a))
    np.save(path("bad_rank.npy"), a[0])
    np.save(path("bad_empty.npy"), a[:0])
    np.save(path("bad_struct.npy"), np.zeros((1, 1, 1, 1), dtype=[("x", "<f4")]))
    np.savez(path("bad_frames.npz"), a=a, b=b[:4])


def check(folder):
    expect = {"t.npy": "<f4", "h.npy": "<f2", "unknown.npy": "<f4"}
    for name, dtype in expect.items():
        array = np.load(os.path.join(folder, name))
        assert array.dtype == np.dtype(dtype) and array.flags.c_contiguous, name
        assert np.array_equal(array.astype("<f4"), ramp(5, 3, 4, 7)), name
    for name in ("t.npz", "z64.npz"):
        with np.load(os.path.join(folder, name)) as archive:
            assert archive.files == ["zebra", "alpha"], archive.files
            assert np.array_equal(archive["zebra"], ramp(5, 3, 4, 7))
            assert np.array_equal(archive["alpha"], ramp(5, 2, 2, 3, 1))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
