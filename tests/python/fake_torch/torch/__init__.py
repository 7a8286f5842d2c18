"""A stand-in for PyTorch: tensors over NumPy arrays with the few operations that a platform and its codec need, and the
refusals of the real ones: numpy() of a tensor with a gradient, on a GPU, or of bfloat16 is a TypeError."""
import numpy as np

from . import nn  # noqa: F401


class dtype:
    def __init__(self, name, storage):
        self.name, self.storage = name, np.dtype(storage)

    def __repr__(self):
        return f"torch.{self.name}"


float32, float16, float64 = dtype("float32", "f4"), dtype("float16", "f2"), dtype("float64", "f8")
bfloat16 = dtype("bfloat16", "u2")  # the bits
int16 = dtype("int16", "i2")
_OF_ARRAYS = {kind.storage: kind for kind in (float32, float16, float64, int16)}


def _bits_of(values):
    """Of float32 as bfloat16: the nearer of the two neighbours, the even one of two that are as near."""
    values = values.astype(np.float32)
    lower = values.view(np.uint32) >> 16
    both = np.stack([lower, lower + 1]).astype(np.uint32)
    far = np.abs((both << 16).view(np.float32).astype(float) - values)
    upper = (far[1] < far[0]) | ((far[1] == far[0]) & (lower % 2 == 1))
    return np.where(upper, both[1], both[0]).astype(np.uint16)


class Tensor:
    def __init__(self, array, kind, device="cpu", requires_grad=False):
        self._array, self.dtype, self.device, self.requires_grad = array, kind, device, requires_grad

    shape = property(lambda self: self._array.shape)

    def size(self, at):
        return self.shape[at]

    def dim(self):
        return self._array.ndim

    def _like(self, array):
        return Tensor(array, self.dtype, self.device, self.requires_grad)

    def detach(self):
        return Tensor(self._array, self.dtype, self.device)

    def to(self, device):
        return Tensor(self._array, self.dtype, device, self.requires_grad)

    def cpu(self):
        return self.to("cpu")

    def type(self, kind):
        values = self._array if self.dtype is not bfloat16 else (self._array.astype(np.uint32) << 16).view(np.float32)
        stored = _bits_of(values) if kind is bfloat16 else values.astype(kind.storage)
        return Tensor(stored, kind, self.device, self.requires_grad)

    def view(self, kind):
        return Tensor(self._array.view(kind.storage), kind, self.device, self.requires_grad)

    def unsqueeze(self, at):
        return self._like(np.expand_dims(self._array, at))

    def __getitem__(self, index):
        return self._like(self._array[index])

    def __iter__(self):
        return iter([self[t] for t in range(len(self._array))])

    def __len__(self):
        return len(self._array)

    def numpy(self):
        if self.device != "cpu" or self.requires_grad or self.dtype is bfloat16:
            raise TypeError(f"no array of a tensor of {self.dtype}, on {self.device}, with a gradient: {self.requires_grad}")
        return self._array


def from_numpy(array):
    if array.dtype not in _OF_ARRAYS:
        raise TypeError(f"no tensor of {array.dtype}")
    return Tensor(array, _OF_ARRAYS[array.dtype])


def cat(tensors):
    return tensors[0]._like(np.concatenate([t._array for t in tensors]))


def stack(tensors):
    return tensors[0]._like(np.stack([t._array for t in tensors]))
