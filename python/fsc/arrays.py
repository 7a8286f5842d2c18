"""Tensors of any library as NumPy arrays that the codec takes, without a copy where that can be.

float32, float16, uint8 and uint16 of any strides pass as they are. bfloat16, float64 and other whole numbers are
converted to float32, frame by frame.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _fsc
from .errors import BadInputError, UsageError

Array = NDArray[Any]
NATIVE = (np.dtype(np.float32), np.dtype(np.float16), np.dtype(np.uint8), np.dtype(np.uint16))
_LARGEST_EXACT = 1 << 24  # whole numbers up to it are float32 values
_CPU = (1, 3)  # device types of DLPack: the CPU, and its memory that a GPU can read


class View(NamedTuple):
    """An array over somebody's memory. bfloat16: its uint16 are the bits of such values."""

    array: Array
    bfloat16: bool = False

    def __getitem__(self, index: Any) -> "View":
        return View(self.array[index], self.bfloat16)


def view_of(tensor: Any, where: str) -> View:
    """Any tensor or array on the CPU, whatever its type. UsageError for what is none."""
    if hasattr(tensor, "detach"):  # PyTorch: gradients stay with the caller
        tensor = tensor.detach()
    if isinstance(tensor, View):
        return tensor
    if not isinstance(tensor, np.ndarray) and hasattr(tensor, "__dlpack__"):
        imported = _imported(tensor, where)
        if imported is not None:
            return imported
    try:
        array = np.asarray(tensor)
    except Exception as problem:
        raise UsageError(f"not an array: {type(tensor).__name__}", where,
                         "give an array, or a tensor on the CPU") from problem
    if array.dtype.name == "bfloat16":  # as ml_dtypes names it
        return View(array.view(np.uint16), True)
    return View(array)


def _imported(tensor: Any, where: str) -> "View | None":
    if hasattr(tensor, "__dlpack_device__") and tensor.__dlpack_device__()[0] not in _CPU:
        raise UsageError(f"the tensor is on {getattr(tensor, 'device', 'another device')}", where,
                         "copy it to the CPU first, as with tensor.cpu()")
    try:
        capsule = tensor.__dlpack__()
    except Exception:
        return None  # it may still be an array by other ways
    imported = _fsc.from_dlpack(capsule)
    return View(np.asarray(imported), imported.bfloat16)


def native(view: View, where: str) -> Array:
    """The values as the library takes them: a view of the same memory where the type is one of its own."""
    array = view.array
    if view.bfloat16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    if array.dtype.newbyteorder("=") in NATIVE and not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype in NATIVE:
        return array if array.flags.aligned else array.copy()
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # an infinity is refused with its place
            return array.astype(np.float32)
    if array.dtype.kind in "iub":
        if array.dtype.itemsize > 2 and array.size and max(int(array.max()), -int(array.min())) > _LARGEST_EXACT:
            raise BadInputError(f"values of type {array.dtype} beyond {_LARGEST_EXACT} have no float32", where,
                                "scale them first")
        return array.astype(np.uint8 if array.dtype.kind == "b" else np.float32)
    raise UsageError(f"values of type {array.dtype} are not taken", where,
                     "give floats or whole numbers: float32, float16, bfloat16, float64, uint8, uint16")
