"""Calibration profiles (.fscp): what `fsc calibrate` learnt about a network."""
from __future__ import annotations

import os
from typing import Any, Tuple, Union

from . import _fsc
from .records import Layer, layers_of


class Profile:
    """A profile, given to encoders, and to decoders of streams that name theirs by hash. Does not change.

    kind: 'statistics', 'task' or 'learned'. layers: of the network it is for; heights and widths are 0, since it serves
    any. planes: how many it codes, of all parts together. sha256: what a stream names it by, hexadecimal.
    """

    def __init__(self, held: _fsc.HeldProfile) -> None:
        self._held = held
        fields = held.fields()
        self.kind: str = fields["kind"]
        self.model_id: str = fields["model_id"]
        self.model_sha256: str = fields["model_sha256"].hex()
        self.layers: Tuple[Layer, ...] = layers_of(fields["layers"])
        self.sha256: str = fields["sha256"].hex()
        self.planes: int = fields["planes"]

    def qp_for_drop(self, mode: str, preset: str = "", max_drop_percent: float = 1.0) -> int:
        """The largest QP that gives up no more than so many percent of the task's agreement. UsageError where the
        profile's drop curve does not say."""
        return self._held.qp_for_drop(mode, preset, max_drop_percent)

    def __repr__(self) -> str:
        layers = ", ".join(f"{layer.name} ({layer.channels})" for layer in self.layers)
        return f"Profile({self.kind}, {self.model_id or 'any model'}, layers {layers}, {self.planes} planes)"


def load_profile(src: Union[str, "os.PathLike[str]", bytes, Any]) -> Profile:
    """A profile from a path or bytes. BadInputError for what is damaged, StreamIOError where it cannot be read."""
    return Profile(_fsc.load_profile(os.fspath(src) if isinstance(src, (str, os.PathLike)) else src))
