"""Files of tensors, whoever wrote them, and files that are not what they say."""
import gzip
import json
import pathlib
import struct

import fsc
import numpy as np
import pytest
from conftest import moving_tensor


def write_safetensors(path, tensors, **changes):
    header, values = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, array) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(values), len(values) + array.nbytes]}
        header[name].update(changes)
        values += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)
    return path


def test_npy_and_npz(tmp_path, clip):
    np.save(tmp_path / "a.npy", clip)
    array = fsc.open_tensors(tmp_path / "a.npy")
    assert isinstance(array, np.memmap)
    assert fsc.encode(array) == fsc.encode(clip)
    for kind in (">f4", "<f8", "<i4", "<f2"):
        np.save(tmp_path / "b.npy", np.asfortranarray(np.round(clip * 9).astype(kind)))
        assert fsc.encode(fsc.open_tensors(tmp_path / "b.npy")) == fsc.encode(np.round(clip * 9))
    np.savez_compressed(tmp_path / "c.npz", p3=clip, p2=clip[:, :2], note=np.array("text"))
    chosen = fsc.open_tensors(tmp_path / "c.npz", layers=["p2", "p3"])
    assert list(chosen) == ["p2", "p3"]
    assert fsc.encode(chosen) == fsc.encode({"p2": clip[:, :2], "p3": clip})
    assert "note" in fsc.open_tensors(tmp_path / "c.npz")


def test_gzipped_npy(tmp_path, clip):
    np.save(tmp_path / "a.npy", clip)
    whole = (tmp_path / "a.npy").read_bytes()
    packed = gzip.compress(whole)
    members = gzip.compress(whole[:500]) + gzip.compress(whole[500:])
    for name, data in (("a.npy.gz", packed), ("A.NPY.GZ", packed), ("members.npy.gz", members)):
        (tmp_path / name).write_bytes(data)
        found = fsc.open_tensors(tmp_path / name)
        np.testing.assert_array_equal(found, clip)
        assert fsc.encode(found) == fsc.encode(clip)
    np.save(tmp_path / "f.npy", np.asfortranarray(clip.astype(">f8")))
    (tmp_path / "f.npy.gz").write_bytes(gzip.compress((tmp_path / "f.npy").read_bytes()))
    np.testing.assert_array_equal(fsc.open_tensors(tmp_path / "f.npy.gz"), clip)
    # Cut, a wrong checksum, more behind the array, no .npy inside, no gzip at all.
    wrong = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
    for broken in (b"", packed[:7], packed[:-9], packed[:-2], wrong, gzip.compress(whole + b"x"), gzip.compress(b"text"), gzip.compress(b""), whole):
        (tmp_path / "broken.npy.gz").write_bytes(broken)
        with pytest.raises(fsc.BadInputError) as caught:
            fsc.open_tensors(tmp_path / "broken.npy.gz")
        assert "broken.npy.gz" in caught.value.where
    with pytest.raises(fsc.StreamIOError):
        fsc.open_tensors(tmp_path / "nosuch.npy.gz")
    for name in ("a.gz", "a.npz.gz"):
        with pytest.raises(fsc.UsageError, match="kind '.gz'"):
            fsc.open_tensors(tmp_path / name)
    with pytest.raises(fsc.UsageError, match="without a name"):
        fsc.open_tensors(tmp_path / "a.npy.gz", layers=["x"])


def test_bfloat16_as_ml_dtypes_saves_it(tmp_path, clip):
    bits = (clip.view(np.uint32) >> 16).astype(np.uint16)
    np.save(tmp_path / "a.npy", bits.view("V2"))
    np.testing.assert_array_equal(fsc.open_tensors(tmp_path / "a.npy"), (bits.astype(np.uint32) << 16).view(np.float32))


def test_safetensors(tmp_path):
    clip = moving_tensor(3, 2, 5, 4)
    bits = (clip.view(np.uint32) >> 16).astype(np.uint16)
    path = write_safetensors(tmp_path / "a.safetensors", {
        "x": ("F32", clip), "half": ("F16", clip.astype(np.float16)), "brain": ("BF16", bits), "bytes": ("U8", (clip > 0).astype(np.uint8)),
        "wide": ("F64", clip.astype(float))})
    found = fsc.open_tensors(path)
    assert list(found) == ["x", "half", "brain", "bytes", "wide"]
    np.testing.assert_array_equal(found["x"], clip)
    np.testing.assert_array_equal(found["half"], clip.astype(np.float16))
    np.testing.assert_array_equal(found["brain"], (bits.astype(np.uint32) << 16).view(np.float32))
    np.testing.assert_array_equal(found["bytes"], clip > 0)
    assert fsc.encode(fsc.open_tensors(path, layers=["wide"])) == fsc.encode({"wide": clip})


def test_pt(tmp_path, clip):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.save(torch.from_numpy(clip), tmp_path / "a.pt")
    np.testing.assert_array_equal(fsc.open_tensors(tmp_path / "a.pt"), clip)
    torch.save({"p2": torch.from_numpy(clip), "p3": torch.from_numpy(clip).bfloat16()}, tmp_path / "b.pt")
    assert list(fsc.open_tensors(tmp_path / "b.pt")) == ["p2", "p3"]
    # As CompressAI-Vision dumps features.
    torch.save({"data": {36: torch.from_numpy(clip[:1]), 61: torch.from_numpy(clip[:1]).half()},
                "input_size": [torch.Size([96, 136])], "org_input_size": {"height": 480, "width": 640}}, tmp_path / "img_id_1.h5")
    features = fsc.open_tensors(tmp_path / "img_id_1.h5")
    assert list(features) == ["36", "61"]
    np.testing.assert_array_equal(features["36"], clip[:1])
    # Nothing in a file is run, and what is no tensor is refused.
    torch.save({"a": pathlib.PurePosixPath("x")}, tmp_path / "c.pt")
    torch.save({"data": {"a": 3}}, tmp_path / "d.h5")
    (tmp_path / "e.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    for name in ("c.pt", "d.h5", "e.h5"):
        with pytest.raises(fsc.BadInputError, match="tensors"):
            fsc.open_tensors(tmp_path / name)


def test_pt_without_pytorch_says_so(tmp_path):
    try:
        import torch  # noqa: F401
    except ImportError:
        (tmp_path / "a.pt").write_bytes(b"x")
        with pytest.raises(fsc.UsageError, match="PyTorch"):
            fsc.open_tensors(tmp_path / "a.pt")


def test_what_cannot_be_opened(tmp_path, clip):
    np.save(tmp_path / "a.npy", clip)
    np.savez(tmp_path / "a.npz", x=clip)
    whole = write_safetensors(tmp_path / "a.safetensors", {"x": ("F32", clip)}).read_bytes()
    for name in ("a.npy", "a.npz", "a.safetensors"):
        data = (tmp_path / name).read_bytes()
        for broken in (b"", data[:7], data[:100], data[:-9], b"x" * 200, b"\xff" * 200):
            (tmp_path / f"broken_{name}").write_bytes(broken)
            with pytest.raises(fsc.BadInputError) as caught:
                fsc.open_tensors(tmp_path / f"broken_{name}")
            assert "broken_" in caught.value.where
    for changes in ({"dtype": "F4"}, {"shape": [1, 2]}, {"shape": [-1]}, {"shape": "x"}, {"data_offsets": [0, 1 << 40]},
                    {"data_offsets": [8, 4]}, {"data_offsets": 3}, {"shape": [1 << 62, 1 << 62]}):
        with pytest.raises(fsc.BadInputError):
            fsc.open_tensors(write_safetensors(tmp_path / "b.safetensors", {"x": ("F32", clip)}, **changes))
    (tmp_path / "c.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")
    with pytest.raises(fsc.BadInputError, match="no tensors"):
        fsc.open_tensors(tmp_path / "c.safetensors")
    np.save(tmp_path / "o.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(fsc.BadInputError):
        fsc.open_tensors(tmp_path / "o.npy")
    for path, layers, kind in (("nosuch.npy", None, fsc.StreamIOError), ("nosuch.npz", None, fsc.StreamIOError),
                               ("nosuch.safetensors", None, fsc.StreamIOError), ("a.txt", None, fsc.UsageError),
                               ("a.npz", ["y"], fsc.UsageError), ("a.npy", ["y"], fsc.UsageError)):
        with pytest.raises(kind):
            fsc.open_tensors(tmp_path / path, layers=layers)
    assert len(whole) > 100
