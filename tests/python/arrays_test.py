"""What the encoder takes, and where values lie."""
import array
import ctypes

import fsc
import numpy as np
import pytest
from fsc import _fsc
from fsc.arrays import native, view_of


class DlType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class DlTensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32),
                ("type", DlType), ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64)]


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class DlManaged(ctypes.Structure):
    _fields_ = [("tensor", DlTensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class Foreign:
    """A tensor of another library, which speaks DLPack and nothing else."""

    def __init__(self, values, code, bits, device=1, strides=None):
        self.values, self.deleted = values, 0
        shape = (ctypes.c_int64 * values.ndim)(*values.shape)
        steps = None if strides is None else (ctypes.c_int64 * values.ndim)(*strides)
        self.device = device
        self._keep = shape, steps
        self.managed = DlManaged(
            DlTensor(values.ctypes.data, device, 0, values.ndim, DlType(code, bits, 1), shape, steps, 0), None, DELETER(self._delete))

    def _delete(self, _):
        self.deleted += 1

    def __dlpack_device__(self):
        return self.device, 0

    def __dlpack__(self, stream=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self.managed), b"dltensor", None)


def bfloat16_bits(values):
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def address(values):
    return values.__array_interface__["data"][0]


def test_every_type_is_its_values_as_float32(clip):
    whole = np.round(clip * 100)
    expected = fsc.encode(whole.astype(np.float32), qp=10)
    for kind in ("float16", "float64", "int16", "int32", "int64", ">f4", ">f2", ">i2", "longdouble"):
        assert fsc.encode(whole.astype(kind), qp=10) == expected, kind
    positive = whole - whole.min()
    for kind in ("uint8", "uint16", "uint32"):
        values = np.minimum(positive, 255).astype(kind)
        assert fsc.encode(values, qp=10) == fsc.encode(values.astype(np.float32), qp=10), kind
    assert fsc.encode(positive > 100, qp=10) == fsc.encode((positive > 100).astype(np.float32), qp=10)


def test_views_of_any_strides(clip):
    expected = fsc.encode(clip, qp=10)
    padded = np.zeros((6, 8, 30, 40), np.float32)
    padded[:, :, 2:26:2, 3:37:2] = clip
    channel_last = np.ascontiguousarray(clip.transpose(0, 2, 3, 1))
    unaligned = np.frombuffer(b"x" + clip.tobytes(), np.uint8)[1:].view(np.float32).reshape(clip.shape)
    read_only = clip.copy()
    read_only.flags.writeable = False
    for view in (padded[:, :, 2:26:2, 3:37:2], channel_last.transpose(0, 3, 1, 2), clip[::-1].copy()[::-1],
                 clip[..., ::-1].copy()[..., ::-1], np.asfortranarray(clip), unaligned, read_only):
        assert fsc.encode(view, qp=10) == expected


def test_other_objects_with_a_buffer(clip):
    expected = fsc.encode(clip, qp=10)
    assert fsc.encode(memoryview(clip), qp=10) == expected
    assert fsc.encode([memoryview(array.array("f", frame.ravel())).cast("B").cast("f", frame.shape) for frame in clip],
                      qp=10) == expected
    class Wrapped:
        def __array__(self, dtype=None):
            return clip
    assert fsc.encode(Wrapped(), qp=10) == expected


def test_dlpack(clip):
    expected = fsc.encode(clip, qp=10)
    tensor = Foreign(clip, 2, 32)
    assert fsc.encode(tensor, qp=10) == expected
    assert tensor.deleted == 1
    channel_last = np.ascontiguousarray(clip.transpose(0, 2, 3, 1))
    t, c, h, w = clip.shape
    strided = Foreign(channel_last, 2, 32, strides=(h * w * c, w * c, c, 1))
    assert fsc.encode(strided, qp=10) == fsc.encode(channel_last, qp=10)
    bits = bfloat16_bits(clip)
    as_float = (bits.astype(np.uint32) << 16).view(np.float32)
    assert fsc.encode(Foreign(bits, 4, 16), qp=10) == fsc.encode(as_float, qp=10)
    assert fsc.encode(Foreign(clip.astype(np.float64), 2, 64), qp=10) == expected
    with pytest.raises(fsc.UsageError, match="CPU"):
        fsc.encode(Foreign(clip, 2, 32, device=2))
    with pytest.raises(fsc.UsageError):
        fsc.encode(Foreign(clip, 5, 64))  # complex


def test_bfloat16_as_ml_dtypes_has_it(clip):
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    values = clip.astype(ml_dtypes.bfloat16)
    assert fsc.encode(values, qp=10) == fsc.encode(values.astype(np.float32), qp=10)


def test_torch_tensors(clip):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    expected = fsc.encode(clip, qp=10)
    tensor = torch.from_numpy(clip.copy())
    assert fsc.encode(tensor, qp=10) == expected
    assert fsc.encode(tensor.requires_grad_(), qp=10) == expected
    assert fsc.encode(tensor.detach().to(torch.bfloat16), qp=10) == fsc.encode(tensor.detach().to(torch.bfloat16).float(), qp=10)


@pytest.mark.parametrize("bad", ["complex64", "object", "U3", "datetime64[s]"])
def test_types_that_are_not_taken(clip, bad):
    with pytest.raises(fsc.UsageError) as caught:
        fsc.encode(np.zeros(clip.shape, bad))
    assert "float32" in caught.value.advice and caught.value.where


def test_whole_numbers_that_no_float32_is(clip):
    values = np.full(clip.shape, 2**24 + 1, np.int64)
    with pytest.raises(fsc.BadInputError, match="16777216"):
        fsc.encode(values)
    assert fsc.encode(np.full(clip.shape, 2**24, np.int64))
    with pytest.raises(fsc.BadInputError):
        fsc.encode(np.full(clip.shape, -2**63, np.int64))


@pytest.mark.parametrize("data", [None, "text", 3, b"bytes", np.zeros((2, 3)), np.zeros((0, 2, 3, 3)), {}, [],
                                  {"a": np.zeros((2, 1, 3, 3)), "b": np.zeros((3, 1, 3, 3))}])
def test_what_is_no_clip(data):
    with pytest.raises((fsc.UsageError, fsc.BadInputError)):
        fsc.encode(data)


def test_the_encoder_reads_the_callers_own_memory(clip):
    frame = clip[2]
    assert _fsc.address_read([native(view_of(frame, ""), "")]) == address(frame)
    assert _fsc.address_read([native(view_of(Foreign(clip, 2, 32), "")[2], "")]) == address(frame)
    # Another type or order is converted, elsewhere.
    assert _fsc.address_read([native(view_of(frame.astype(np.float16), ""), "")]) != address(frame)
    assert _fsc.address_read([frame[:, ::-1]]) != address(frame)


def test_decoded_arrays_are_the_decoders_own_memory(clip):
    decoder = fsc.Decoder(fsc.encode(clip))
    reader = decoder._reader()
    decoded = reader.next()
    first, second = np.asarray(decoded.layers()[0]), np.asarray(decoded.layers()[0])
    assert address(first) == address(second) and not first.flags.owndata and first.flags.writeable
    shown = address(first)
    # A frame that somebody still shows is not taken back.
    reader.recycle(decoded)
    np.testing.assert_array_equal(first, fsc.decode(fsc.encode(clip))[0])
    assert address(np.asarray(decoded.layers()[0])) == shown
    frame = next(decoder)
    del decoder, reader, decoded
    np.testing.assert_array_equal(frame.array, fsc.decode(fsc.encode(clip))[1])
