"""A .fsc stream or packets in, frames out."""
from __future__ import annotations

import os
from fractions import Fraction
from types import TracebackType
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, Union

import numpy as np

from . import _fsc
from .arrays import Array
from .encoder import DEFAULT_NAME
from .errors import BadInputError, UsageError
from .profile import Profile, load_profile
from .progress import progress as show_progress
from .records import Layer, PacketInfo, layers_of, packet_info
from .settings import machine_threads

_HALF_MAX = 65504.0  # the largest float16: values beyond it saturate, as in the command


class Frame(Mapping[str, Array]):
    """A decoded frame: a mapping from layer names to arrays of float32, channels x height x width.

    The arrays are the decoder's own memory, not copies, and are good for as long as anybody holds them. number: in
    display order, from 0. ticks, time_s: its time stamp.
    """

    def __init__(self, decoded: _fsc.DecodedFrame, names: Sequence[str], tick_s: Fraction) -> None:
        self.number: int = decoded.number
        self.ticks: int = decoded.ticks
        self.time_s: float = float(decoded.ticks * tick_s)
        self._arrays = {name: np.asarray(layer) for name, layer in zip(names, decoded.layers())}

    @property
    def array(self) -> Array:
        """The one layer of a stream that has one; UsageError where there are more."""
        if len(self._arrays) != 1:
            raise UsageError(f"the frame has {len(self._arrays)} layers", f"frame {self.number}",
                             f"choose one of {', '.join(self._arrays)}")
        return next(iter(self._arrays.values()))

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        layers = ", ".join(f"{name} {'x'.join(map(str, array.shape))}" for name, array in self._arrays.items())
        return f"Frame({self.number}, {self.time_s:.3f} s: {layers})"


class Decoder:
    """Decodes a .fsc stream frame by frame, or packets as they come.

    src: a path, bytes, or an object with read(): iterate for the frames, in display order. After damage every whole
    frame before it comes first, then BadInputError. header: Encoder.header, instead of src: then push() packets.
    threads: None = all; no value depends on it. profile: for streams that name theirs by hash.

    BadInputError for what is no stream, or of a mode that this build lacks; StreamIOError where it cannot be read. What
    a file object raises comes through. One thread at a time may use a decoder.
    """

    def __init__(self, src: Any = None, *, header: Optional[bytes] = None, threads: Optional[int] = None,
                 profile: "Profile | str | os.PathLike[str] | None" = None) -> None:
        if (src is None) == (header is None):
            raise UsageError("a decoder has one input", "src, header", "give a stream, or the header of packets")
        if isinstance(profile, (str, os.PathLike)):
            profile = load_profile(profile)
        held = profile._held if profile is not None else None
        count = machine_threads() if threads is None else threads
        self._stream: Optional[_fsc.StreamDecoder] = None
        self._packets: Optional[_fsc.PacketsDecoder] = None
        if header is not None:
            self._packets = _fsc.PacketsDecoder(bytes(header), count, held)
            fields = self._packets.header()
        else:
            place = os.fspath(src) if isinstance(src, (str, os.PathLike)) else src
            self._stream = _fsc.StreamDecoder(place, count, held)
            fields = self._stream.header()
        self.mode: str = fields["mode"]
        self.layers: Tuple[Layer, ...] = layers_of(fields["layers"])
        self.fps = Fraction(*fields["frame_rate"])
        self.tick_s = Fraction(*fields["time_base"])
        width, height = fields["input_px"]
        self.input_size: Optional[Tuple[int, int]] = (height, width) if width else None
        width, height = fields["source_px"]
        self.source_size: Optional[Tuple[int, int]] = (height, width) if width else None
        self.model_id: str = fields["model_id"]
        self._names = [layer.name for layer in self.layers]
        self._length: Optional[int] = None

    # ---- a stream

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        decoded = self._reader().next()
        if decoded is None:
            raise StopIteration
        return self._frame(decoded)

    def __len__(self) -> int:
        """How many frames the stream has; of a damaged one, those before the damage. UsageError where src cannot
        seek."""
        if self._length is None:
            self._length = len(self.index())
        return self._length

    def __length_hint__(self) -> int:
        return len(self) if self._stream is not None and self._stream.can_seek() else 0

    def __bool__(self) -> bool:
        return True

    def seek(self, frame: int) -> None:
        """The next frame that iteration gives. UsageError when there is no such frame or src cannot seek."""
        self._reader().seek(frame)

    def index(self) -> List[PacketInfo]:
        """Where every packet lies, in decoding order. UsageError where src cannot seek."""
        entries, _, _ = self._reader().index()
        return [packet_info(entry, self.tick_s) for entry in entries]

    # ---- packets

    def push(self, packet: Union[bytes, PacketInfo]) -> List[Frame]:
        """One packet, in decoding order; gives the frames that are ready, in display order.

        BadInputError for damage, or a packet of another stream: frames before it stay good, flush() gives them, then
        restart() at a key packet.
        """
        data = packet.data if isinstance(packet, PacketInfo) else packet
        if data is None:
            raise UsageError("the packet went to a file", "packet", "give the encoder no destination")
        return [self._frame(decoded) for decoded in self._receiver().push(bytes(data))]

    def flush(self) -> List[Frame]:
        """The frames that are left, at the end of the packets."""
        return [self._frame(decoded) for decoded in self._receiver().flush()]

    def restart(self, configuration: bytes = b"") -> None:
        """Forgets everything, for a jump or after a loss: the next packet is a key packet. configuration: the one in
        force there, as configuration() gave it of the last packet before that brought one; empty = the packet brings
        it, as the first one and every key frame that was asked for do."""
        self._receiver().restart(configuration)

    def configuration(self, packet: Union[bytes, PacketInfo]) -> Optional[bytes]:
        """The mode's configuration that a packet brings; None where it brings none."""
        data = packet.data if isinstance(packet, PacketInfo) else packet
        return self._receiver().configuration(bytes(data or b""))

    def close(self) -> None:
        """Lets go of src."""
        self._stream = None
        self._packets = None

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        layers = ", ".join(f"{x.name} {x.channels}x{x.height}x{x.width}" for x in self.layers)
        return f"Decoder({self.mode}, {layers}, {float(self.fps):g} frames/s)"

    # ---- inside

    def _reader(self) -> _fsc.StreamDecoder:
        if self._stream is None:
            raise UsageError("there is no stream", "decoder", "it takes packets, or is closed")
        return self._stream

    def _receiver(self) -> _fsc.PacketsDecoder:
        if self._packets is None:
            raise UsageError("the decoder takes no packets", "decoder", "make it with header=, and do not close it")
        return self._packets

    def _frame(self, decoded: _fsc.DecodedFrame) -> Frame:
        return Frame(decoded, self._names, self.tick_s)


class _Stack:
    """The arrays that frames go into: the caller's, or ones that grow where the number of frames is not known."""

    def __init__(self, layers: Sequence[Layer], dtype: "np.dtype[Any]", count: Optional[int],
                 out: Optional[Mapping[str, Array]]) -> None:
        self.frames = 0
        self._layers = layers
        self._given = out is not None
        if out is not None:
            self.arrays = dict(out)
            return
        self.arrays = {x.name: np.empty((count or 8, *x.shape), dtype) for x in layers}

    def append(self, layers: Sequence[Array]) -> None:
        for spec, values in zip(self._layers, layers):
            array = self.arrays[spec.name]
            if self.frames == len(array):
                if self._given:
                    raise UsageError(f"out has room for {len(array)} frames", "out", "give a longer array, or a range")
                array = self.arrays[spec.name] = np.concatenate([array, np.empty_like(array)])
            half = array.dtype == np.float16
            array[self.frames] = np.clip(values, -_HALF_MAX, _HALF_MAX) if half else values
        self.frames += 1

    def result(self) -> Dict[str, Array]:
        return {name: array[:self.frames] for name, array in self.arrays.items()}


def _checked_out(out: Any, layers: Sequence[Layer]) -> Optional[Dict[str, Array]]:
    if out is None:
        return None
    if not isinstance(out, Mapping):
        if len(layers) != 1:
            raise UsageError(f"one array for {len(layers)} layers", "out", "give a mapping from layer names to arrays")
        out = {layers[0].name: out}
    for layer in layers:
        array = out.get(layer.name)
        if not isinstance(array, np.ndarray) or array.shape[1:] != layer.shape or array.dtype.kind != "f":
            raise UsageError(f"out does not suit layer {layer.name}", "out",
                             f"give frames x {layer.channels} x {layer.height} x {layer.width} of floats")
    return {layer.name: out[layer.name] for layer in layers}


def decode(src: Any, *, layers: Optional[Sequence[str]] = None, frames: "slice | range | Tuple[int, int] | None" = None,
           dtype: Any = "float32", out: Any = None, threads: Optional[int] = None,
           profile: "Profile | str | os.PathLike[str] | None" = None,
           progress: bool = False) -> Union[Array, Dict[str, Array]]:
    """Decodes a whole stream: one array a layer, frames x channels x height x width, the values of `fsc decode`.

    src: a path, bytes, or an object with read(). A mapping from layer names to arrays comes back; one array where the
    stream was made from one (its layer is named 'features') and layers is None. layers: only these, by name. frames:
    (first, last), last not included, or a slice or range of step 1; seeks. dtype: 'float32' or 'float16', whose values
    saturate. out: an array, or a mapping to arrays, to decode into; what comes back shows their filled part.

    BadInputError for damage (a Decoder gives the frames before it), UsageError, StreamIOError. Ctrl-C ends it after
    the frame that is being decoded.
    """
    kind = np.dtype(dtype)
    if kind not in (np.dtype(np.float32), np.dtype(np.float16)):
        raise UsageError(f"values of type {kind} are not given", "dtype", "ask for float32 or float16")
    first, last = _bounds(frames)
    with Decoder(src, threads=threads, profile=profile) as decoder:
        reader = decoder._reader()
        names = [layer.name for layer in decoder.layers]
        chosen = list(range(len(names))) if layers is None else [_position(name, names) for name in layers]
        count: Optional[int] = None
        if reader.can_seek():
            entries, complete, _ = reader.index()
            numbers = [entry[2] for entry in entries]
            count = sum(first <= n and (last is None or n < last) for n in numbers) if complete else None
        if first > 0:
            decoder.seek(first)
        specs = [decoder.layers[i] for i in chosen]
        stack = _Stack(specs, kind, count, _checked_out(out, specs))
        steps = _decoded(reader, first, last)
        for decoded in show_progress(steps, total=count, description="decoding") if progress else steps:
            arrays = [np.asarray(layer) for layer in decoded.layers()]
            stack.append([arrays[i] for i in chosen])
            del arrays
            reader.recycle(decoded)
    if stack.frames == 0:
        raise BadInputError("the stream has no frame in the range", "frames")
    result = stack.result()
    return result[DEFAULT_NAME] if layers is None and names == [DEFAULT_NAME] else result


def _bounds(frames: "slice | range | Tuple[int, int] | None") -> Tuple[int, Optional[int]]:
    if frames is None:
        return 0, None
    if isinstance(frames, (slice, range)):
        first, last, step = frames.start or 0, frames.stop, frames.step
    else:
        first, last, step = (*frames, None)
    if step not in (None, 1) or first < 0 or (last is not None and last <= first):
        raise UsageError(f"not a range of frames: {frames!r}", "frames", "give (first, last), 0 <= first < last")
    return first, last


def _position(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise UsageError(f"the stream has no layer {name!r}", "layers", f"it has {', '.join(names)}")
    return names.index(name)


def _decoded(reader: _fsc.StreamDecoder, first: int, last: Optional[int]) -> Iterator[_fsc.DecodedFrame]:
    expected = first
    while True:
        decoded = reader.next()
        if decoded is None or (last is not None and decoded.number >= last):
            return
        if decoded.number == expected:
            expected += 1
            yield decoded
