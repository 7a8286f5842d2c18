"""Tensors of PyTorch as arrays and back, without a copy where that can be."""
from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..arrays import Array, View

DATATYPES = ("float32", "float16", "bfloat16")


def datatype_of(tensor: Any) -> str:
    """'float32' of torch.float32."""
    return str(tensor.dtype).rpartition(".")[2]


def view_of_tensor(tensor: Any) -> View:
    """The tensor's memory, copied to the CPU first where it is elsewhere."""
    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:  # NumPy has no such type: its bits
        return View(tensor.view(torch.int16).numpy().view(np.uint16), bfloat16=True)
    return View(tensor.numpy())


def tensor_of(values: Array, datatype: str) -> Any:
    """float32 or float16 as a tensor over the same memory; float32 as bfloat16 where that is asked for."""
    if datatype != "bfloat16":
        return torch.from_numpy(values)
    tensor = torch.from_numpy(np.empty(values.shape, np.int16)).view(torch.bfloat16)
    bits = tensor.view(torch.int16).numpy().view(np.uint16)
    for t in range(len(values)):  # frame by frame, since a clip may be large
        bits[t] = _bfloat16_bits(values[t])
    return tensor


def _bfloat16_bits(values: Array) -> Array:
    """The upper half of each finite float32, rounded to nearest, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + (0x7FFF + ((bits >> 16) & 1))) >> 16).astype(np.uint16)
