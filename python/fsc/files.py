"""Files of tensors: .npy, .npy.gz, .npz, safetensors, and PyTorch's .pt where PyTorch is there."""
from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from .arrays import Array, View, native
from .errors import BadInputError, StreamIOError, UsageError

_MAX_HEADER_BYTES = 1 << 24
# Types of safetensors, but for BF16, whose bits are read as uint16.
_SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
                "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
Tensors = Union[Array, Dict[str, Array]]


def open_tensors(path: "str | os.PathLike[str]", layers: Optional[Sequence[str]] = None) -> Tensors:
    """The tensors of a file, as encode() takes them: an array, or a mapping from names to arrays.

    path: .npy or .npy.gz (one array), .npz, .safetensors, or .pt/.pth (needs PyTorch; nothing in the file is run), and the .h5 of
    CompressAI-Vision, which is such a file. .npy and safetensors are mapped, not read: memory follows what is used.
    bfloat16 comes as float32. layers: only these, in this order; None = all of them.

    StreamIOError where the file cannot be read, BadInputError for what is damaged or holds no tensors, UsageError for
    another kind of file, a layer that is not there, or a missing PyTorch.
    """
    name = os.fspath(path)
    lower = name.lower()
    kind = ".npy.gz" if lower.endswith(".npy.gz") else os.path.splitext(lower)[1]
    readers: Dict[str, Callable[[str], Tensors]] = {
        ".npy": _read_npy, ".npy.gz": _read_npy_gz, ".npz": _read_npz, ".safetensors": _read_safetensors, ".pt": _read_torch,
        ".pth": _read_torch, ".h5": _read_torch}
    if kind not in readers:
        raise UsageError(f"tensors of kind '{kind}' are not read", name, f"one of {', '.join(readers)}")
    try:
        found = readers[kind](name)
    except OSError as problem:
        if isinstance(problem, StreamIOError):
            raise
        raise StreamIOError(f"cannot read: {problem.strerror or problem}", name, "check the path") from problem
    if isinstance(found, dict):
        return _chosen(found, layers, name)
    if layers is not None:
        raise UsageError("the file has one array without a name", name, "leave layers out")
    return found


def _chosen(found: Dict[str, Array], layers: Optional[Sequence[str]], name: str) -> Dict[str, Array]:
    if not found:
        raise BadInputError("the file holds no tensors", name, "write one array a layer")
    for layer in layers or ():
        if layer not in found:
            raise UsageError(f"the file has no layer {layer!r}", name, f"it has {', '.join(found)}")
    return {layer: found[layer] for layer in layers} if layers is not None else found


def _plain(array: Array, where: str) -> Array:
    """bfloat16 as ml_dtypes saves it, void of two bytes, as float32."""
    if array.dtype == np.dtype("V2"):
        return native(View(array.view(np.uint16), True), where)
    return array


def _read_npy(name: str) -> Array:
    try:
        return _plain(np.load(name, mmap_mode="r", allow_pickle=False), name)
    except (ValueError, EOFError) as problem:
        raise BadInputError(f"not a .npy file: {problem}", name, "write it with numpy.save") from problem


def _read_npy_gz(name: str) -> Array:
    import gzip
    import zlib
    try:
        with gzip.open(name) as file:
            array = np.load(file, allow_pickle=False)
            if file.read(1):  # the end of the file is where its checksum is
                raise ValueError("it holds more than its shape says")
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise BadInputError(f"not a .npy.gz file: {problem}", name, "write it with numpy.save into gzip.open") from problem
    return _plain(array, name)


def _read_npz(name: str) -> Dict[str, Array]:
    import zipfile
    import zlib
    try:
        with np.load(name, allow_pickle=False) as archive:
            return {layer: _plain(archive[layer], f"{name}, {layer}") for layer in archive.files}
    except (ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error) as problem:
        raise BadInputError(f"not a .npz file: {problem}", name, "write it with numpy.savez") from problem


def _read_safetensors(name: str) -> Dict[str, Array]:
    """8 bytes of length, a JSON of names with types, shapes and places, then the values."""
    size = os.path.getsize(name)
    with open(name, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size - 8, _MAX_HEADER_BYTES):
            raise BadInputError("not a safetensors file: its header does not fit", name, "write it again")
        text = file.read(length)
    try:
        entries: Dict[str, Dict[str, Any]] = json.loads(text)
        places = [(layer, *_place(entry, size - 8 - length)) for layer, entry in entries.items()
                  if layer != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInputError(f"not a safetensors file: {problem}", name, "write it again") from problem
    values = np.memmap(name, np.uint8, "r", 8 + length) if size > 8 + length else np.empty(0, np.uint8)
    found: Dict[str, Array] = {}
    for layer, kind, shape, first, last in places:
        array = values[first:last].view(_SAFETENSORS[kind]).reshape(shape)
        found[layer] = native(View(array, True), layer) if kind == "BF16" else array
    return found


def _place(entry: Dict[str, Any], available: int) -> Tuple[str, List[int], int, int]:
    kind, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind not in _SAFETENSORS:
        raise ValueError(f"values of type {kind} are not read")
    if not all(isinstance(n, int) and n >= 0 for n in (*shape, first, last)) or not first <= last <= available:
        raise ValueError("a tensor lies outside the file")
    wanted = np.dtype(_SAFETENSORS[kind]).itemsize
    for n in shape:
        wanted *= n
    if wanted != last - first:
        raise ValueError("a tensor is not as large as its shape")
    return kind, shape, first, last


def _read_torch(name: str) -> Tensors:
    try:
        import torch
    except ImportError as problem:
        raise UsageError("PyTorch is not installed, which wrote this file", name,
                         "install it, or save the tensors with numpy.savez") from problem
    from .arrays import view_of
    try:
        loaded = torch.load(name, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as problem:
        raise BadInputError("not a file of tensors that PyTorch wrote, or damaged", name,
                            "save tensors or a dict of them") from problem
    if isinstance(loaded, dict) and isinstance(loaded.get("data"), dict):  # CompressAI-Vision's; sizes lie beside it
        loaded = loaded["data"]
    if isinstance(loaded, torch.Tensor):
        return native(view_of(loaded, name), name)
    if not isinstance(loaded, dict) or not all(isinstance(v, torch.Tensor) for v in loaded.values()):
        raise BadInputError("the file holds something else than tensors", name, "save tensors or a dict of them")
    return {str(layer): native(view_of(tensor, name), name) for layer, tensor in loaded.items()}
