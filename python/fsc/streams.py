"""What is in a stream, and streams joined; nothing is decoded."""
from __future__ import annotations

import os
from fractions import Fraction
from typing import Any, Dict, Iterable, List, Optional

from . import _fsc
from .records import PacketInfo, Section, StreamInfo, layers_of, packet_info, stream_info


def _plain(stream: Any) -> Any:
    return os.fspath(stream) if isinstance(stream, (str, os.PathLike)) else stream


def info(src: Any, frames: bool = False) -> StreamInfo:
    """What is in a stream: a path, bytes, or an object with read(). Works for modes that this build cannot decode.

    frames: with a PacketInfo a packet, sections included. A damaged stream is told up to the damage, which .damage
    names; BadInputError for what is no stream.
    """
    header, coded_tuples, outlines, size_bytes, damage = _fsc.read_stream(_plain(src))
    coded = layers_of(coded_tuples)
    tick = Fraction(*header["time_base"])
    kinds: Dict[str, int] = {"residual": 0, "motion": 0, "side_info": 0, "configuration": 0}
    by_layer: Dict[str, int] = {}
    packets: List[PacketInfo] = []
    first: Optional[int] = None
    last = 0
    for entry, payload_bytes, sections in outlines:
        ticks = entry[3]
        first, last = (ticks, ticks) if first is None else (min(first, ticks), max(last, ticks))
        for kind, layer, count in sections:
            kinds[kind] += count
            if layer >= 0:
                by_layer[coded[layer].name] = by_layer.get(coded[layer].name, 0) + count
        if frames:
            named = tuple(Section(kind, coded[layer].name if layer >= 0 else None, count)
                          for kind, layer, count in sections)
            packets.append(packet_info(entry, tick, payload_bytes=payload_bytes, sections=named))
    profile_bytes = header["profile_bytes"]
    container = size_bytes - sum(kinds.values()) - profile_bytes
    return stream_info(header, frames=len(outlines), size_bytes=size_bytes, first_ticks=first or 0, last_ticks=last,
                       coded_layers=coded, packets=tuple(packets), damage=damage, bytes_by_layer=by_layer,
                       bytes_by_kind={**kinds, "profile": profile_bytes, "container": container})


def cat(srcs: Iterable[Any], dst: Any = None) -> Optional[bytes]:
    """Joins streams of the same layers, network and mode, packet by packet; frame numbers and times go on.

    srcs: paths, bytes, or objects with read(). dst: a path or an object with write(); None = the bytes come back.
    UsageError when one cannot follow those before it, BadInputError when one is damaged; nothing is left behind.
    """
    _, joined = _fsc.join([_plain(src) for src in srcs], _plain(dst))
    return joined
