"""Writes arrays with NumPy for the tests to read, and checks files that the tests wrote. Usage: numpy_files.py write|check FOLDER."""
import gzip
import os
import sys

import numpy as np


def ramp(frames, channels, height, width, layer=0):
    """Multiples of 1/8 up to 64: exact in float16. tensor_numpy_test.cc computes the same."""
    i = np.arange(frames * channels * height * width, dtype=np.int64)
    return (((i * 7 + layer * 3) % 1021 - 510) / 8).astype("<f4").reshape(frames, channels, height, width)


def halves(data):
    return data[: len(data) // 2], data[len(data) // 2 :]


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
    for dtype in ("<f8", ">f4", ">f2", ">f8"):
        np.save(path("as_" + dtype.replace(">", "big_").replace("<", "") + ".npy"), a.astype(dtype))
    np.save(path("fortran.npy"), np.asfortranarray(a))
    np.save(path("fortran_big.npy"), np.asfortranarray(a.astype(">f8")))
    np.savez_compressed(path("fortran.npz"), zebra=np.asfortranarray(a), alpha=b)
    np.savez(path("frames.npz"), *a)
    np.savez(path("frames_of_12.npz"), *ramp(12, 1, 2, 3))  # arr_10 comes after arr_9
    np.savez(path("labels.npz"), labels=np.arange(5), zebra=a, names=np.array(["x"]), alpha=b)
    with gzip.open(path("f4.npy.gz"), "wb") as out:
        np.save(out, a)
    with gzip.open(path("bad_two.npy.gz"), "wb") as out:
        np.save(out, a), np.save(out, a)
    whole = open(path("f4.npy.gz"), "rb").read()
    open(path("members.npy.gz"), "wb").write(b"".join(gzip.compress(part) for part in halves(gzip.decompress(whole))))
    open(path("bad_cut.npy.gz"), "wb").write(whole[:-9])
    open(path("bad_checksum.npy.gz"), "wb").write(whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])
    with open(path("bad_two.npy"), "wb") as out:
        np.save(out, a), np.save(out, a)
    np.save(path("whole_numbers.npy"), np.arange(-3, 3, dtype="<i8").reshape(1, 1, 2, 3) * 2**30)
    np.save(path("rounded.npy"), np.array([1, 2**24 + 1, 0.5, 1e-3], dtype="<f8").reshape(2, 1, 1, 2))
    np.save(path("bad_complex.npy"), a.astype("<c8"))
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
