"""Frames in, a .fsc stream or packets out."""
from __future__ import annotations

import os
from fractions import Fraction
from types import TracebackType
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Sized, Tuple, Type, Union

import numpy as np

from . import _fsc
from .arrays import Array, View, native, view_of
from .errors import BadInputError, UsageError
from .profile import Profile
from .progress import progress as show_progress
from .records import Layer, PacketInfo, StreamInfo, Warned, packet_info, stream_info
from .settings import encoder_settings, frame_rate, size_px

# An array, tensor or buffer of one layer; or a mapping from names to them; or a sequence of them.
Frame = Any
Stride = Union[int, Sequence[int], Mapping[str, int]]
DEFAULT_NAME = "features"  # of the one layer of a stream that was made from one array, as the command names it
_MEMORY = object()  # a destination: bytes that take_bytes() gives


def _layer_views(frame: Frame, where: str) -> Dict[str, View]:
    """The layers of one frame by name."""
    if isinstance(frame, Mapping):
        return {str(name): view_of(layer, f"{where}, layer {name}") for name, layer in frame.items()}
    if isinstance(frame, (list, tuple)) and not isinstance(frame, View):
        return {str(i): view_of(layer, f"{where}, layer {i}") for i, layer in enumerate(frame)}
    return {DEFAULT_NAME: view_of(frame, where)}


def _luma_array(luma: Any) -> Optional[Array]:
    if luma is None:
        return None
    array = view_of(luma, "luma").array
    if array.dtype != np.uint8:
        raise UsageError(f"luma of type {array.dtype}", "luma", "give height x width of uint8, 0 .. 255")
    return array if array.ndim == 2 and array.strides[1] == 1 else np.ascontiguousarray(array)


class Encoder:
    """Codes feature frames, one push() each, into a .fsc stream.

    dst: a path, an object with write(), or None: push() and flush() then give the packets themselves
    (PacketInfo.data), and `header` is what a decoder needs first. A file appears under its name when the stream is
    complete. As a context manager, the encoder finishes at the end of the block, and discards what it wrote when the
    block raises.

    mode: 'latent', 'float' (every bit), 'hevc', 'h264', ... as fsc.modes() lists them, or a libavcodec encoder.
    qp: 0 .. 63, the step doubles every 6; 'lossless' (latent); None = 32, or what suits a mode of another scale.
    preset: latent: 'fast', 'balanced', 'high'; else of the mode's encoder. gop: intra period in frames, 1 .. 1024.
    low_delay: a frame's packet leaves before the next frame comes.
    stride: input pixels per cell: one number, one a layer, or by layer name. fps: number, text or Fraction; 29.97 is
    30000/1001. time_base: seconds of a tick of the time stamps; None = one tick a frame.
    input_size, source_size: (height, width) in pixels of the network's input, and of the picture before resizing.
    model_id, model_sha256 (hexadecimal): the network. profile: a Profile or a path; max_drop: percent of the task's
    agreement given up at most, which chooses the QP by the profile. threads: None = all; no byte depends on it.
    options: bitrate (kbit/s), buffer (s), max_frame_bytes, transform, motion, task_map, b_frames for latent; tune,
    bits, levels, range, range_scope, range_update, quantizer, tiling, tile_multiple, channel_order, packing,
    codec_options for the tiled modes: as the options of `fsc encode`.

    Layers, names and shapes are those of the first frame. UsageError for settings that cannot be, StreamIOError where
    dst cannot be written. One thread at a time may use an encoder; different encoders run side by side.
    """

    def __init__(self, dst: Any = None, *, mode: str = "latent", qp: Union[int, str, None] = None, preset: str = "",
                 gop: int = 32, low_delay: bool = False, stride: Optional[Stride] = None,
                 fps: Union[int, float, str, Fraction] = 25, time_base: Optional[Fraction] = None,
                 input_size: Optional[Sequence[int]] = None, source_size: Optional[Sequence[int]] = None,
                 model_id: str = "", model_sha256: str = "",
                 profile: "Profile | str | os.PathLike[str] | None" = None, max_drop: Optional[float] = None,
                 threads: Optional[int] = None, **options: Any) -> None:
        options = {"preset": preset, "gop": gop, "low_delay": low_delay, **options}
        self._settings = encoder_settings(mode, qp, profile, max_drop, threads, options)
        self._stride = stride
        rate = frame_rate(fps)
        tick = time_base if time_base is not None else Fraction(rate[1], rate[0])
        self._stream: Dict[str, Any] = {
            "frame_rate": rate, "time_base": (tick.numerator, tick.denominator),
            "input_px": size_px(input_size, "input_size"), "source_px": size_px(source_size, "source_size"),
            "model_id": model_id, "model_sha256": bytes.fromhex(model_sha256)}
        self._tick_s = tick
        self._layers: Tuple[Layer, ...] = ()
        self._file: Optional[_fsc.StreamEncoder] = None
        self._packets: Optional[_fsc.PacketsEncoder] = None
        if dst is not None:
            target = None if dst is _MEMORY else os.fspath(dst) if isinstance(dst, (str, os.PathLike)) else dst
            self._file = _fsc.StreamEncoder(target)
        self._frames = 0
        self._bytes = 0
        self._ticks: Optional[Tuple[int, int]] = None
        self._state = "open"

    # ---- frames in

    def push(self, frame: Frame, luma: Any = None, *, ticks: Optional[int] = None,
             weights: Optional[Sequence[Any]] = None) -> List[PacketInfo]:
        """Codes one frame, in display order; gives the packets that are ready: none, one or several.

        frame: channels x height x width; or a mapping from layer names to such; or a sequence of such (named '0', '1',
        ...). A leading dimension of 1 is taken off. float32 in C order is read where it lies; other types and strides
        are converted (fsc.arrays). luma: the picture that the network saw, height x width of uint8, for motion.
        ticks: the time stamp; None = the frame's number. weights: how much a squared error counts, 1 x height x width a
        coded layer, 1/64 .. 64.

        BadInputError for NaN, infinity or another shape: the frame is refused and the stream goes on without it.
        UsageError after finish().
        """
        self._check_open()
        where = f"frame {self._frames}"
        views = _layer_views(frame, where)
        arrays = []
        for name, view in views.items():
            place = where if len(views) == 1 else f"{where}, layer {name}"
            array = native(view, place)
            arrays.append(array[0] if array.ndim == 4 and array.shape[0] == 1 else array)
        if not self._layers:
            self._begin(list(views), arrays)
        elif list(views) != [layer.name for layer in self._layers]:
            arrays = self._in_order(dict(zip(views, arrays)), where)
        cells = None if weights is None else [native(view_of(w, "weights"), "weights") for w in weights]
        when = self._frames if ticks is None else ticks
        encoder = self._encoder()
        ready = self._infos(encoder.push(arrays, when, _luma_array(luma), cells))
        self._frames += 1
        first, last = self._ticks if self._ticks is not None else (when, when)
        self._ticks = (min(first, when), max(last, when))
        return ready

    def flush(self) -> List[PacketInfo]:
        """The packets that are left; nothing can be pushed after it. BadInputError when no frame was pushed."""
        self._check_open()
        if not self._layers:
            raise BadInputError("no frame was pushed", "encoder", "push one before the end")
        ready = self._infos(self._encoder().finish())
        self._state = "flushed"
        return ready

    def finish(self) -> StreamInfo:
        """Completes the stream, and gives a file its name. With no destination, the last packets are in .packets."""
        last = self.flush() if self._state == "open" else []
        if self._state != "flushed":
            self._check_open()
        size, fields = self._bytes, self._encoder().fields()
        if self._file is not None:
            size = self._file.bytes_written()
            self._file.commit()
        self._state = "finished"
        assert self._ticks is not None
        return stream_info(fields, frames=self._frames, size_bytes=size, first_ticks=self._ticks[0],
                           last_ticks=self._ticks[1], packets=tuple(last), warnings=tuple(self.warnings))

    def discard(self) -> None:
        """Ends the encoder; nothing of a file is left behind. Does nothing after finish()."""
        if self._state == "finished":
            return
        self._state = "discarded"
        self._file = None
        self._packets = None

    # ---- between frames

    def set_qp(self, qp: int) -> None:
        """Another constant QP for every frame that is not coded yet, instead of a bitrate too."""
        self._encoder().set_qp(qp)

    def set_bitrate(self, bitrate: float) -> None:
        """A bitrate in kbit/s from now on; UsageError in modes that have none."""
        self._encoder().set_bitrate(bitrate)

    def request_key_frame(self) -> None:
        """The next frame begins a group, and its packet brings the configuration."""
        self._encoder().request_key_frame()

    # ---- what there is

    @property
    def layers(self) -> Tuple[Layer, ...]:
        """The layers of the first frame; empty before it."""
        return self._layers

    @property
    def header(self) -> bytes:
        """The stream's header, for a Decoder of packets. UsageError before the first frame."""
        return self._encoder().header()

    @property
    def warnings(self) -> List[Warned]:
        """What is odd so far; complete after flush()."""
        return [Warned(*fields) for fields in self._encoder().warnings()]

    def take_bytes(self) -> bytes:
        """The finished stream, of an encoder into memory."""
        assert self._file is not None
        stream = self._file.take_bytes()
        assert stream is not None
        return stream

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if kind is not None:
            self.discard()
        elif self._state in ("open", "flushed"):
            try:
                self.finish()
            finally:
                self.discard()

    def __repr__(self) -> str:
        layers = ", ".join(f"{x.name} {x.channels}x{x.height}x{x.width}" for x in self._layers) or "no layers yet"
        return f"Encoder({self._settings['mode']}, {layers}: {self._frames} frames pushed, {self._state})"

    # ---- inside

    def _check_open(self) -> None:
        if self._state != "open":
            raise UsageError(f"the stream is {self._state}", "encoder", "make a new Encoder")

    def _encoder(self) -> "_fsc.StreamEncoder | _fsc.PacketsEncoder":
        if self._state == "discarded":
            raise UsageError("the stream is discarded", "encoder", "make a new Encoder")
        if not self._layers:
            raise UsageError("the layers are not known yet", "encoder", "push a frame first")
        encoder = self._file if self._file is not None else self._packets
        assert encoder is not None
        return encoder

    def _begin(self, names: List[str], arrays: List[Array]) -> None:
        """Makes the encoder, for the layers of the first frame."""
        for name, array in zip(names, arrays):
            if array.ndim != 3:
                raise BadInputError(f"layer {name} has {array.ndim} dimensions", "frame 0",
                                    "give channels x height x width")
        strides = self._strides(names)
        layers = tuple(Layer(name, array.shape[0], array.shape[1], array.shape[2], strides[name])
                       for name, array in zip(names, arrays))
        self._stream["layers"] = [(x.name, *x.shape, x.stride_px, x.phase_px16) for x in layers]
        if self._file is not None:
            self._file.open(self._settings, self._stream)
        else:
            self._packets = _fsc.PacketsEncoder(self._settings, self._stream)
            self._bytes = len(self._packets.header())
        self._layers = layers

    def _strides(self, names: List[str]) -> Dict[str, int]:
        stride = self._stride
        if stride is None:
            return dict.fromkeys(names, 1)
        if isinstance(stride, Mapping):
            return {name: int(stride.get(name, 1)) for name in names}
        if not isinstance(stride, Sequence):
            return dict.fromkeys(names, int(stride))
        if len(stride) != len(names):
            raise UsageError(f"{len(stride)} strides for {len(names)} layers", "stride",
                             "give one for all layers, or one a layer")
        return dict(zip(names, map(int, stride)))

    def _in_order(self, arrays: Dict[str, Array], where: str) -> List[Array]:
        names = [layer.name for layer in self._layers]
        if sorted(arrays) != sorted(names):
            raise BadInputError(f"the frame has layers {', '.join(arrays)}", where,
                                f"the stream has {', '.join(names)}")
        return [arrays[name] for name in names]

    def _infos(self, ready: Sequence[Any]) -> List[PacketInfo]:
        if self._file is not None:
            return [packet_info(entry, self._tick_s) for entry in ready]
        infos = [packet_info(entry, self._tick_s, data=data) for entry, data in ready]
        self._bytes += sum(info.size_bytes for info in infos)
        return infos


def frames_of(data: Any) -> Tuple[Iterator[Any], Optional[int]]:
    """The frames of what encode() takes, and how many they are where that is known."""
    if isinstance(data, Mapping):
        views = {str(name): view_of(layer, f"layer {name}") for name, layer in data.items()}
        if not views:
            raise BadInputError("there are no layers", "data", "give one array a layer")
        if all(view.array.ndim == 3 for view in views.values()):
            return iter([views]), 1
        lengths = {name: len(view.array) for name, view in views.items() if view.array.ndim == 4}
        if len(lengths) != len(views) or len(set(lengths.values())) != 1:
            shapes = ", ".join(f"{name} {view.array.shape}" for name, view in views.items())
            raise BadInputError("layers that do not go together", shapes,
                                "give frames x channels x height x width, as many frames in each")
        count = next(iter(lengths.values()))
        return ({name: view[t] for name, view in views.items()} for t in range(count)), count
    if isinstance(data, Iterable) and not hasattr(data, "__array__") and not hasattr(data, "__dlpack__") \
            and not isinstance(data, (bytes, bytearray, memoryview)):
        return iter(data), len(data) if isinstance(data, Sized) else None
    view = view_of(data, "data")
    if view.array.ndim == 3:
        return iter([view]), 1
    if view.array.ndim != 4:
        raise BadInputError(f"the tensor has {view.array.ndim} dimensions", "data",
                            "give frames x channels x height x width")
    return (view[t] for t in range(len(view.array))), len(view.array)


def encode(data: Any, *, mode: str = "latent", qp: Union[int, str, None] = None, preset: str = "", gop: int = 32,
           low_delay: bool = False, stride: Optional[Stride] = None, fps: Union[int, float, str, Fraction] = 25,
           input_size: Optional[Sequence[int]] = None, source_size: Optional[Sequence[int]] = None,
           luma: Optional[Iterable[Any]] = None, profile: "Profile | str | os.PathLike[str] | None" = None,
           threads: Optional[int] = None, progress: bool = False, **options: Any) -> bytes:
    """Codes a whole clip; gives the bytes of the .fsc file, the same that `fsc encode` writes.

    data: frames x channels x height x width; or a mapping from layer names to such arrays; or an iterable of frames as
    Encoder.push() takes them. One array of three dimensions is one frame. luma: one picture a frame, height x width of
    uint8. progress: a bar, where tqdm is installed. The rest: as Encoder.

    UsageError, BadInputError. Ctrl-C ends it after the frame that is being coded.
    """
    frames, count = frames_of(data)
    pictures = iter(luma) if luma is not None else None
    encoder = Encoder(_MEMORY, mode=mode, qp=qp, preset=preset, gop=gop, low_delay=low_delay, stride=stride, fps=fps,
                      input_size=input_size, source_size=source_size, profile=profile, threads=threads, **options)
    with encoder:
        for frame in show_progress(frames, total=count, description="encoding") if progress else frames:
            picture = None
            if pictures is not None:
                picture = next(pictures, None)
                if picture is None:
                    raise BadInputError("there are fewer pictures than frames", "luma", "give one a frame")
            encoder.push(frame, picture)
    return encoder.take_bytes()
