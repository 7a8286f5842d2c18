"""Keyword arguments of the encoder, and the fields of the library's configuration that they are."""
from __future__ import annotations

import re
from typing import Dict

# Arguments that are passed on as they are.
FIELDS: Dict[str, str] = {
    "preset": "preset",
    "gop": "gop_frames",
    "low_delay": "low_delay",
    "profile_by_hash": "profile_by_hash",
    # The latent mode's.
    "bitrate": "latent.bitrate_kbps",
    "buffer": "latent.buffer_seconds",
    "max_frame_bytes": "latent.max_frame_bytes",
    "transform": "latent.transform",
    "motion": "latent.motion",
    "task_map": "latent.task_map",
    "b_frames": "latent.bidirectional_frames",
    # The tiled modes'.
    "tune": "tune",
    "bits": "quantizer.bits",
    "levels": "quantizer.levels",
    "range_scope": "quantizer.scope",
    "range_update": "quantizer.update",
    "quantizer": "quantizer.level_rule",
    "tiling": "tiling.arrangement",
    "tile_multiple": "tiling.tile_multiple_px",
    "channel_order": "tiling.order",
    "codec_options": "codec_options",
}
LATENT_ONLY = frozenset(name for name, field in FIELDS.items() if field.startswith("latent."))
TILED_ONLY = frozenset(name for name, field in FIELDS.items() if field.startswith(("quantizer.", "tiling."))) | {
    "tune", "codec_options", "range", "packing"}

_ARGUMENTS = {field: name for name, field in FIELDS.items() if field != name}
_ARGUMENTS.update({"latent.lossless": 'qp="lossless"', "frame_rate": "fps", "quantizer.rule": "range",
                   "quantizer.sigma_width": "range", "quantizer.percentile": "range", "quantizer.fixed_lo": "range"})
_WORD = re.compile("|".join(rf"(?<![\w.]){re.escape(field)}(?![\w.]\w)" for field in
                            sorted(_ARGUMENTS, key=len, reverse=True)))


def argument_names(text: str) -> str:
    """The same text, with the package's names of settings in place of the library's."""
    return _WORD.sub(lambda found: _ARGUMENTS[found.group()], text)
