"""Keyword arguments of the encoder into the settings of the library."""
from __future__ import annotations

import os
from fractions import Fraction
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Tuple, Union

from . import _fsc
from ._names import FIELDS, LATENT_ONLY, TILED_ONLY
from .errors import UsageError
from .profile import Profile, load_profile

Range = Union[str, Tuple[Any, ...]]
_RANGES: Dict[str, Tuple[str, ...]] = {
    "auto": (), "minmax": (), "sigma": ("quantizer.sigma_width",), "percentile": ("quantizer.percentile",),
    "fixed": ("quantizer.fixed_lo", "quantizer.fixed_hi")}


def machine_threads() -> int:
    """How many threads this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def frame_rate(fps: Union[int, float, str, Fraction]) -> Tuple[int, int]:
    """(num, den) of frames per second: 29.97 is (30000, 1001). UsageError outside 0.001 .. 10000."""
    if isinstance(fps, Fraction):
        return _fsc.frame_rate(f"{fps.numerator}/{fps.denominator}")
    return _fsc.frame_rate(str(fps))


def _range_settings(given: Range) -> Dict[str, Any]:
    parts = tuple(given.split(":")) if isinstance(given, str) else tuple(given)
    fields = _RANGES.get(parts[0]) if parts else None
    try:
        numbers = [float(part) for part in parts[1:]]
    except (TypeError, ValueError):
        numbers = [0.0] * 3
    if fields is None or len(numbers) > len(fields) or (parts[0] == "fixed" and len(numbers) != 2):
        raise UsageError(f"not a range: {given!r}", "range",
                         "'auto', 'minmax', ('sigma', WIDTH), ('percentile', P) or ('fixed', LO, HI)")
    return {"quantizer.rule": parts[0], **dict(zip(fields, numbers))}


def _check_options(mode: str, options: Iterable[str]) -> None:
    for name in options:
        if name not in FIELDS and name not in ("range", "packing"):
            known = ", ".join(sorted((LATENT_ONLY if mode == "latent" else TILED_ONLY) | {"profile_by_hash"}))
            raise UsageError("no such option", name, f"options of mode {mode}: {known}")
        if name in LATENT_ONLY and mode != "latent":
            raise UsageError(f"mode {mode} does not have this option", name, "it is of mode latent")
        if name in TILED_ONLY and mode in ("latent", "float"):
            raise UsageError(f"mode {mode} does not have this option", name, "it is of the tiled modes")


def encoder_settings(mode: str, qp: Union[int, str, None], profile: "Profile | str | os.PathLike[str] | None",
                     max_drop: Optional[float], threads: Optional[int], options: Mapping[str, Any]) -> Dict[str, Any]:
    """Settings by the name of their field in the library's configuration."""
    _check_options(mode, options)
    options = {name: value for name, value in options.items() if value is not None}
    settings: Dict[str, Any] = {"mode": mode, "threads": machine_threads() if threads is None else threads}
    packing = options.pop("packing", None)
    if packing not in (None, "mpeg"):
        raise UsageError(f"unknown value {packing!r}", "packing", "'mpeg' is the only one")
    if packing:
        settings.update({"tiling.arrangement": "mpeg", "quantizer.bits": 10, "quantizer.rule": "minmax"})
    if "range" in options:
        settings.update(_range_settings(options.pop("range")))
    if options.get("codec_options"):
        options["codec_options"] = {str(k): str(v) for k, v in dict(options["codec_options"]).items()}
    settings.update({FIELDS[name]: value for name, value in options.items()})

    if isinstance(profile, (str, os.PathLike)):
        profile = load_profile(profile)
    if profile is not None:
        settings["profile"] = profile._held
    if max_drop is not None:
        if profile is None or qp is not None or "latent.bitrate_kbps" in settings:
            raise UsageError("max_drop chooses the QP by a profile", "max_drop",
                             "give a profile, and neither qp nor bitrate")
        qp = profile.qp_for_drop(mode, str(settings.get("preset", "")), max_drop)
    if qp == "lossless":
        if mode != "latent":
            raise UsageError("only the latent mode has qp='lossless'", "qp",
                             "mode float keeps every bit; mode ffv1 keeps the quantised levels")
        settings["latent.lossless"] = True
    elif qp is None:
        bits = settings.get("quantizer.bits", 8)
        if isinstance(bits, int):  # else it is refused with the other settings
            settings["qp"] = _fsc.usual_qp(mode, bits)
    elif isinstance(qp, str) or not 0 <= qp <= 63:
        raise UsageError(f"not a QP: {qp!r}", "qp", "give 0 .. 63, or 'lossless'")
    else:
        settings["qp"] = int(qp)
    return settings


def size_px(size: Optional[Sequence[int]], where: str) -> Tuple[int, int]:
    """(height, width) as the library's (width, height); None as (0, 0)."""
    if size is None:
        return 0, 0
    if len(size) != 2 or min(size) < 1:
        raise UsageError(f"not a size: {size!r}", where, "give (height, width) in pixels")
    return int(size[1]), int(size[0])
