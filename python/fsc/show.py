"""Channels to look at."""
from __future__ import annotations

import os
import struct
import zlib
from typing import Any, Optional

import numpy as np

from .arrays import Array, native, view_of
from .errors import BadInputError


class Tiles:
    """The channels of a tensor side by side, as 8-bit grey in .image; a notebook shows it."""

    def __init__(self, image: Array, text: str) -> None:
        self.image = image
        self._text = text

    def png(self) -> bytes:
        """The picture as a PNG file."""
        height, width = self.image.shape
        rows = np.zeros((height, width + 1), np.uint8)  # a filter byte, none, before each
        rows[:, 1:] = self.image

        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes())) + \
            chunk(b"IEND", b"")

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Writes the PNG."""
        with open(path, "wb") as file:
            file.write(self.png())

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        return f"Tiles({self._text})"


def show(tensor: Any, *, columns: Optional[int] = None, low: Optional[float] = None, high: Optional[float] = None,
         gap_px: int = 1) -> Tiles:
    """The channels of channels x height x width as tiles of one picture, grey from `low` to `high` (None = the
    tensor's own range), `columns` in a row. A leading dimension of 1 is taken off. BadInputError for another shape."""
    values = native(view_of(tensor, "tensor"), "tensor").astype(np.float32)
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim != 3 or values.size == 0:
        raise BadInputError(f"a tensor of shape {values.shape}", "tensor", "give channels x height x width")
    channels, height, width = values.shape
    least = float(values.min()) if low is None else low
    most = float(values.max()) if high is None else high
    scaled = np.clip((values - least) * (255 / (most - least) if most > least else 0), 0, 255).round().astype(np.uint8)
    across = columns or max(1, round((channels * height / width) ** 0.5))
    down = -(-channels // across)
    image = np.zeros((down * (height + gap_px) - gap_px, across * (width + gap_px) - gap_px), np.uint8)
    for c in range(channels):
        y, x = c // across * (height + gap_px), c % across * (width + gap_px)
        image[y:y + height, x:x + width] = scaled[c]
    return Tiles(image, f"{channels} channels of {height} x {width}, {least:.4g} .. {most:.4g}")
