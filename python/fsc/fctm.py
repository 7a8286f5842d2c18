"""fsc as the inner codec of FCTM, MPEG's test model of feature coding. The interface is that of FCTM 1.0.

    python -m fsc.fctm encode [hydra arguments]     # fctm_encode with the inner codec "fsc"; likewise decode

    import fsc.fctm                                 # in a program of your own, before it makes FCTM's model

Where FCTM is installed the import registers the codec; where it is not, register() says so. Of FCTM's picture the codec
sees the channels, since FCTM says how large they are.
"""
from __future__ import annotations

import importlib
import importlib.util
import logging
import math
import struct
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .arrays import Array, native, view_of
from .decoder import Decoder
from .encoder import Encoder
from .errors import BadInputError, UsageError

_LOGGER = logging.getLogger(__name__)
_APPS = {"encode": "fctm.apps.fctm_encoder", "decode": "fctm.apps.fctm_decoder"}
_NEEDED = ("frm", "chSize", "minv", "maxv", "n_bit")
# Settings of FCTM's own inner codecs, which have no meaning here.
_OTHERS = ("cfg_file", "hash_check", "n_bit", "parallel_encoding")
_MOST_GOP_FRAMES = 1024
_MOST_QP = 63
_FLOAT32_MAX = float(np.finfo(np.float32).max)

# In front of the .fsc stream, as FCTM's own inner codecs have it: depth; height and width of a channel; height and width
# of the picture; frames; then the smallest and largest value of each.
_HEAD = struct.Struct(">B5I")
_RANGE = struct.Struct(">2f")

# VTM's QP on the latent mode's scale: as fsc-encoderapp has it (docs/fctm.md), where it is explained.
_QP_OFFSET = 50.5
_QP_OFFSET_BITS = 10
_FEW_CELLS = 64
_LEAST_SCALE = 1e-3


def _latent_qp(vtm_qp: int, bits: int, tensor: Array) -> int:
    values = tensor.astype(np.float64)
    deviation = math.sqrt(float(values.var(axis=(1, 2)).mean()))
    spread = math.sqrt(float((values * values).mean()))
    cells = tensor.shape[1] * tensor.shape[2]
    scale = max(deviation, (0.5 if cells < _FEW_CELLS else 0.002) * spread, _LEAST_SCALE)
    offset = _QP_OFFSET + 6 * (bits - _QP_OFFSET_BITS) - 6 * math.log2(scale)
    return min(max(vtm_qp + math.floor(offset + 0.5), 0), 63)


def _channels(picture: Array, size: Tuple[int, int]) -> Array:
    """Channels x height x width of a picture whose tiles they are, row by row."""
    rows, columns = picture.shape[0] // size[0], picture.shape[1] // size[1]
    grid = picture.reshape(rows, size[0], columns, size[1]).swapaxes(1, 2)
    return grid.reshape(rows * columns, *size)


def _picture(channels: Array, shape: Tuple[int, int]) -> Array:
    """The way back."""
    _, height, width = channels.shape
    grid = channels.reshape(shape[0] // height, shape[1] // width, height, width).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(shape))


def _check_geometry(shape: Sequence[int], size: Sequence[int], where: str) -> None:
    fits = len(shape) == 2 and len(size) == 2 and min(*shape, *size) > 0
    if not fits or shape[0] % size[0] or shape[1] % size[1]:
        raise BadInputError(f"channels of {tuple(size)} do not fill a picture of {tuple(shape)}", where,
                            "give chSize as (height, width) of a channel")


def _whole(settings: Dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    """Takes a whole number out of the settings."""
    given = settings.pop(name, default)
    try:
        number = int(given)
        fits = number == float(given) and least <= number <= most
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise UsageError(f"{given!r} cannot be", f"enc_configs.{name}", f"give a whole number, {least} .. {most}")
    return number


def _range_of(x: Dict[str, Any], where: str) -> Tuple[float, float]:
    """minv and maxv, which are stored as float32."""
    low, high = float(x["minv"]), float(x["maxv"])
    for name, value in (("minv", low), ("maxv", high)):
        if not abs(value) <= _FLOAT32_MAX:
            raise BadInputError(f"{name} is {value}", where, "give numbers that float32 has")
    return low, high


class InnerCodec:
    """FCTM's inner codec "fsc".

    FCTM makes it from its configuration: enc_configs has qp (VTM's scale, 0 .. 63), intra_period and frame_rate as for
    VTM, and may have
    - fsc_qp: fsc's own scale instead of qp, 0 .. 63 or 'lossless' (mode latent)
    - mode: 'latent' (default), or another one of fsc.modes(), which sees the channels as well, and has the qp as it is
    - preset: of the mode; low_delay: True (default), no B frames; threads: None = all of the machine's
    Settings of VTM are passed over (cfg_file, hash_check, parallel_encoding, n_bit); others raise UsageError.
    """

    def __init__(self, device: Any = "cpu", **kwargs: Any) -> None:
        self.device = device
        self.codec_type: str = kwargs.get("type", "fsc")
        settings = dict(kwargs.get("enc_configs", {}))
        for name in _OTHERS:
            settings.pop(name, None)
        self._qp = _whole(settings, "qp", 30, 0, _MOST_QP)
        self._own_qp = settings.pop("fsc_qp", None)
        period = _whole(settings, "intra_period", -1, -1, 2**31 - 1)
        if period > _MOST_GOP_FRAMES:
            _LOGGER.warning("every %d frames there is an intra frame, not every %d", _MOST_GOP_FRAMES, period)
        self._settings: Dict[str, Any] = {
            "mode": settings.pop("mode", "latent"), "preset": settings.pop("preset", ""),
            "low_delay": settings.pop("low_delay", True), "threads": settings.pop("threads", None),
            "fps": settings.pop("frame_rate", 25), "gop": period if 0 < period <= _MOST_GOP_FRAMES else _MOST_GOP_FRAMES}
        if settings:
            raise UsageError(f"no such setting: {', '.join(sorted(settings))}", "enc_configs",
                             "qp, fsc_qp, intra_period, frame_rate, mode, preset, low_delay, threads are known")
        self.reset()

    @property
    def name(self) -> str:
        return self.codec_type

    def reset(self) -> None:
        """Forgets the frames of a sequence that was not finished."""
        self._encoder: Optional[Encoder] = None
        self._geometry: Tuple[int, Tuple[int, int], Tuple[int, int]] = (0, (0, 0), (0, 0))
        self._ranges: List[Tuple[float, float]] = []
        self._stream = bytearray()
        self._sizes: List[int] = []

    def encode(self, x: Dict[str, Any], file_prefix: str, last_input: bool) -> Optional[Dict[str, Any]]:
        """Codes one picture. After the last one {"bytes": of each frame, "bitstream": bytes}; None before.

        x: frm (height x width, whole numbers of n_bit bits), chSize (height, width of a channel), minv, maxv (float32,
        kept exactly), n_bit. file_prefix is not needed: nothing is written to files. BadInputError for pictures of
        another size, samples beyond the depth, and what is no number; the codec is then as it was.
        """
        missing = [name for name in _NEEDED if name not in x]
        if missing:
            raise UsageError(f"{', '.join(missing)} missing", "encode", f"give {', '.join(_NEEDED)}")
        where = f"frame {len(self._ranges)}"
        frame = x["frm"].cpu() if hasattr(x["frm"], "cpu") else x["frm"]  # FCTM may compute on a GPU
        picture = native(view_of(frame, where), where)
        size, bits = tuple(int(side) for side in x["chSize"]), int(x["n_bit"])
        _check_geometry(picture.shape, size, where)
        geometry = (bits, (size[0], size[1]), (picture.shape[0], picture.shape[1]))
        if self._encoder is not None and geometry != self._geometry:
            raise BadInputError(f"a picture of {geometry} after one of {self._geometry}", where,
                                "code pictures of one depth, chSize and size at a time")
        tensor = _channels(picture, geometry[1])
        self._check_samples(tensor, bits, where)
        value_range = _range_of(x, where)
        if self._encoder is None:
            self._geometry = geometry
            self._encoder = Encoder(qp=self._qp_for(tensor, bits), **self._settings, **self._mode_settings(bits))
        self._take(self._encoder.push(np.ascontiguousarray(tensor)))
        self._ranges.append(value_range)
        return self._finish() if last_input else None

    def decode(self, bitstream_fd: Any, file_prefix: str = "") -> Dict[str, Any]:
        """The pictures of what encode() gave, which bitstream_fd.read() reads: {"frm": tensors, "chSize", "minv",
        "maxv": of each frame, "n_bit"}. BadInputError for damage."""
        self.reset()
        torch = _torch()
        bits, size, shape, ranges, stream = _read_head(bitstream_fd)
        pictures = []
        most = (1 << bits) - 1
        with Decoder(stream, threads=self._settings["threads"]) as decoder:
            channels = (shape[0] // size[0]) * (shape[1] // size[1])
            if [layer.shape for layer in decoder.layers] != [(channels, *size)]:
                raise BadInputError("the stream is of other channels than it says", "inner codec", "encode it again")
            for frame in decoder:
                samples = np.floor(frame.array.astype(np.float64) + 0.5)  # halves up, as the command packs pictures
                pictures.append(torch.from_numpy(_picture(np.clip(samples, 0, most).astype(np.float32), shape)))
        if len(pictures) != len(ranges):
            raise BadInputError(f"{len(pictures)} frames with ranges of {len(ranges)}", "inner codec", "encode it again")
        return {"frm": pictures, "chSize": size, "minv": [low for low, _ in ranges], "maxv": [high for _, high in ranges],
                "n_bit": bits}

    # ---- inside

    def _qp_for(self, tensor: Array, bits: int) -> Any:
        if self._own_qp is not None:
            return self._own_qp
        return _latent_qp(self._qp, bits, tensor) if self._settings["mode"] == "latent" else self._qp

    def _mode_settings(self, bits: int) -> Dict[str, Any]:
        """A picture mode codes the samples as they are: no range is measured."""
        if self._settings["mode"] in ("latent", "float"):
            return {}
        depth = 8 if bits <= 8 else 10 if bits <= 10 else 12
        most = (1 << bits) - 1
        return {"bits": depth, "levels": min(most, (1 << depth) - 1) + 1, "range": ("fixed", 0, most),
                "quantizer": "qlayer", "tiling": "mpeg"}

    @staticmethod
    def _check_samples(tensor: Array, bits: int, where: str) -> None:
        if not 1 <= bits <= 16:
            raise UsageError(f"samples of {bits} bits", "n_bit", "give 1 .. 16")
        good = (tensor >= 0) & (tensor < 1 << bits)
        if not good.all():
            raise BadInputError(f"a sample of {tensor[~good][0]}", where, f"there are {bits} bits, from 0 on")

    def _take(self, packets: Sequence[Any]) -> None:
        assert self._encoder is not None
        if not self._stream:
            self._stream += self._encoder.header
        for packet in packets:
            self._sizes += [0] * (packet.frame + 1 - len(self._sizes))
            self._sizes[packet.frame] += packet.size_bytes
            self._stream += packet.data

    def _finish(self) -> Dict[str, Any]:
        assert self._encoder is not None
        self._take(self._encoder.flush())
        bits, size, shape = self._geometry
        head = _HEAD.pack(bits, *size, *shape, len(self._ranges)) + b"".join(_RANGE.pack(*pair) for pair in self._ranges)
        bitstream = head + bytes(self._stream)
        sizes = [own + _RANGE.size for own in self._sizes]
        sizes[0] += len(bitstream) - sum(sizes)  # the heads
        self.reset()
        return {"bytes": sizes, "bitstream": bitstream}


def _read_head(file: Any) -> Tuple[int, Tuple[int, int], Tuple[int, int], List[Tuple[float, float]], bytes]:
    data = bytes(file.read())
    damaged = BadInputError("the head of the inner codec's stream is damaged", "inner codec", "encode it again")
    if len(data) < _HEAD.size:
        raise damaged
    bits, channel_height, channel_width, height, width, frames = _HEAD.unpack_from(data)
    end = _HEAD.size + frames * _RANGE.size
    if not 1 <= bits <= 16 or frames < 1 or end > len(data):
        raise damaged
    _check_geometry((height, width), (channel_height, channel_width), "inner codec")
    ranges = [(float(low), float(high)) for low, high in _RANGE.iter_unpack(data[_HEAD.size:end])]
    if not all(math.isfinite(value) for pair in ranges for value in pair):
        raise damaged
    return bits, (channel_height, channel_width), (height, width), ranges, data[end:]


def _torch() -> Any:
    try:
        import torch
    except ImportError as problem:
        raise UsageError(f"PyTorch cannot be imported: {problem}", "fsc.fctm",
                         "FCTM needs it: install it where FCTM is") from problem
    return torch


def register() -> None:
    """Makes the inner codec known to FCTM under the name "fsc". UsageError where FCTM is not installed."""
    try:
        # FCTM spells the module so.
        registry = importlib.import_module("fctm.libs.regitsters")
    except ImportError as problem:
        raise UsageError(f"FCTM cannot be imported: {problem}", "fsc.fctm",
                         "install FCTM, or put its folder into PYTHONPATH") from problem
    registry.register_inner_codec("fsc")(InnerCodec)


def main(arguments: Sequence[str]) -> int:
    """FCTM's own program, with the inner codec registered."""
    if not arguments or arguments[0] not in _APPS:
        print("usage: python -m fsc.fctm encode|decode [hydra arguments of FCTM's own program]", file=sys.stderr)
        return 2
    try:
        register()
    except UsageError as problem:
        print(f"fsc: {problem}", file=sys.stderr)
        return 2
    app = importlib.import_module(_APPS[arguments[0]])
    sys.argv = [str(app.__file__), *arguments[1:]]
    app.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

if importlib.util.find_spec("fctm") is not None:
    register()
