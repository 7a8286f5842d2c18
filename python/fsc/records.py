"""What the package tells of streams, packets and layers: plain records with a readable repr."""
from __future__ import annotations

import html
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

EntryTuple = Tuple[str, bool, int, int, int, int, bool]


@dataclass(frozen=True)
class Layer:
    """One layer of a feature frame: its name and shape, and how its cells lie over the network's input."""

    name: str
    channels: int
    height: int
    width: int
    stride_px: int = 1  # input pixels per cell
    phase_px16: int = 0  # where the centre of cell 0 lies in the input, in 1/16 px

    @property
    def shape(self) -> Tuple[int, int, int]:
        """(channels, height, width)"""
        return self.channels, self.height, self.width

    def __repr__(self) -> str:
        return f"Layer({self.name!r}, {self.channels} x {self.height} x {self.width}, stride {self.stride_px} px)"


@dataclass(frozen=True)
class Section:
    """A run of a packet's payload: 'side_info', 'motion', 'residual' or 'configuration'; of one layer, or of all (None)."""

    kind: str
    layer: Optional[str]
    size_bytes: int


@dataclass(frozen=True)
class PacketInfo:
    """One packet. Offsets are from the start of the stream; 0 where packets go to the caller.

    data: the packet as the bytes that it is in a file, where the encoder has no destination; else None.
    payload_bytes and sections: as fsc.info(frames=True) finds them; else -1 and empty.
    """

    frame: int  # display order, from 0
    type: str  # 'I', 'P' or 'B'
    key: bool  # decoding can start here
    time_s: float
    ticks: int
    offset_bytes: int
    size_bytes: int  # of the whole packet
    configures: bool  # brings the mode's configuration: send it reliably
    data: Optional[bytes] = field(default=None, repr=False)
    payload_bytes: int = -1
    sections: Tuple[Section, ...] = ()

    def __repr__(self) -> str:
        marks = (", key" if self.key else "") + (", configures" if self.configures else "")
        return f"PacketInfo(frame {self.frame}, {self.type}{marks}, {self.time_s:.3f} s, {self.size_bytes} bytes)"


def packet_info(entry: EntryTuple, tick_s: Fraction, **more: Any) -> PacketInfo:
    kind, key, frame, ticks, offset, size, configures = entry
    return PacketInfo(frame, kind, key, float(ticks * tick_s), ticks, offset, size, configures, **more)


@dataclass(frozen=True)
class Warned:
    """Something that is odd and no error, with how often it was seen. kind is for programs: 'clipped-values'."""

    kind: str
    what: str
    where: str
    advice: str
    count: int


@dataclass(frozen=True)
class StreamInfo:
    """A stream: what its header says, and what is in it.

    Sizes of pictures are (height, width) in pixels, None where the stream does not say. Bytes are of the whole file,
    container included. bytes_by_kind and bytes_by_layer are empty where nobody parsed the packets.
    """

    mode: str
    layers: Tuple[Layer, ...]
    coded_layers: Tuple[Layer, ...]  # what the mode codes: the reduced layers where there is a profile
    frames: int
    bytes: int
    start_s: float
    duration_s: float
    fps: Fraction
    tick_s: Fraction  # seconds of one tick of the time stamps
    input_size: Optional[Tuple[int, int]]
    source_size: Optional[Tuple[int, int]]
    model_id: str
    model_sha256: str  # hexadecimal; empty = unknown
    profile_bytes: int
    encoder: str
    bytes_by_kind: Mapping[str, int] = field(default_factory=dict)
    bytes_by_layer: Mapping[str, int] = field(default_factory=dict)
    packets: Tuple[PacketInfo, ...] = field(default=(), repr=False)
    warnings: Tuple[Warned, ...] = ()
    damage: str = ""  # one line where the stream is damaged: the figures are of the part before

    @property
    def elements(self) -> int:
        """Values of all frames and layers."""
        return self.frames * sum(layer.channels * layer.height * layer.width for layer in self.layers)

    @property
    def bits_per_element(self) -> float:
        return 8 * self.bytes / self.elements if self.elements else 0.0

    @property
    def kbit_per_s(self) -> float:
        return 8 * self.bytes / 1000 / self.duration_s if self.duration_s > 0 else 0.0

    def rows(self) -> List[Tuple[str, str]]:
        """What a person wants to see, as (name, text)."""
        rows = [("mode", self.mode)]
        rows += [("layer", f"{x.name}: {x.channels} x {x.height} x {x.width}, stride {x.stride_px} px") for x in self.layers]
        rows.append(("frames", f"{self.frames}, {self.duration_s:.3f} s, {float(self.fps):g} frames/s"))
        rows.append(("bytes", f"{self.bytes} = {self.bits_per_element:.4f} b/el, {self.kbit_per_s:.1f} kbit/s"))
        rows += [(f"  {kind}", str(count)) for kind, count in self.bytes_by_kind.items() if count]
        for name, size in (("input", self.input_size), ("source", self.source_size)):
            if size is not None:
                rows.append((name, f"{size[0]} x {size[1]} px"))
        if self.model_id:
            rows.append(("model", self.model_id))
        if self.profile_bytes:
            rows.append(("profile", f"{self.profile_bytes} bytes"))
        rows += [("warning", f"{w.what} ({w.where})" if w.where else w.what) for w in self.warnings]
        if self.damage:
            rows.append(("damage", self.damage))
        return rows

    def __repr__(self) -> str:
        layers = ", ".join(f"{x.name} {x.channels}x{x.height}x{x.width}" for x in self.layers)
        damage = ", damaged" if self.damage else ""
        return (f"StreamInfo({self.mode}, {layers}: {self.frames} frames, {self.bytes} bytes, "
                f"{self.bits_per_element:.4f} b/el, {self.kbit_per_s:.1f} kbit/s{damage})")

    def __str__(self) -> str:
        return "\n".join(f"{name:<12} {text}" for name, text in self.rows())

    def _repr_html_(self) -> str:
        cells = "".join(f"<tr><th style='text-align:left'>{html.escape(name.strip())}</th>"
                        f"<td style='text-align:left'>{html.escape(text)}</td></tr>" for name, text in self.rows())
        return f"<table>{cells}</table>"


def layers_of(tuples: Sequence[Tuple[str, int, int, int, int, int]]) -> Tuple[Layer, ...]:
    return tuple(Layer(*fields) for fields in tuples)


def stream_info(header: Mapping[str, Any], *, frames: int, size_bytes: int, first_ticks: int, last_ticks: int,
                **more: Any) -> StreamInfo:
    """From the fields of a header and the totals of a stream."""
    def size(fields: Tuple[int, int]) -> Optional[Tuple[int, int]]:
        return (fields[1], fields[0]) if fields[0] else None

    tick = Fraction(*header["time_base"])
    fps = Fraction(*header["frame_rate"])
    layers = layers_of(header["layers"])
    fields: Dict[str, Any] = {
        "coded_layers": layers,
        "start_s": float(first_ticks * tick) if frames else 0.0,
        # The last frame lasts as long as one does at the frame rate.
        "duration_s": float((last_ticks - first_ticks) * tick + 1 / fps) if frames else 0.0,
        **more}
    return StreamInfo(mode=header["mode"], layers=layers, frames=frames, bytes=size_bytes, fps=fps, tick_s=tick,
                      input_size=size(header["input_px"]), source_size=size(header["source_px"]),
                      model_id=header["model_id"], model_sha256=header["model_sha256"].hex(),
                      profile_bytes=header["profile_bytes"], encoder=header["encoder"], **fields)
