"""The codec's YAML into arguments of fsc.Encoder."""
from __future__ import annotations

import configparser
import inspect
import math
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .._names import FIELDS
from ..encoder import Encoder
from ..errors import BadInputError, UsageError
from ..profile import load_profile
from ..records import Layer

WHERE = "codec.encoder_config"
# What the platform says, and what a caller of the package decides.
_NOT_OURS = frozenset({"input_size", "source_size", "time_base"})
SETTINGS: FrozenSet[str] = (
    frozenset(inspect.signature(Encoder.__init__).parameters) - {"self", "dst", "options"} - _NOT_OURS
    | frozenset(FIELDS) | {"range", "packing"})
# They choose the quality instead of a constant QP; `qp` then only names the run.
_CHOOSE_QUALITY = ("bitrate", "max_drop")
_TRIAL_SIZE_CELLS = 64

Size = Tuple[int, int]  # (height, width)


def encoder_arguments(encoder_config: Mapping[str, Any]) -> Dict[str, Any]:
    """What is set under encoder_config, as arguments of fsc.Encoder. UsageError for a key that is none."""
    config = {str(name): value for name, value in encoder_config.items()}
    for name in config:
        if name in _NOT_OURS:
            raise UsageError("the platform says it", f"{WHERE}.{name}", "leave it out")
        if name not in SETTINGS:
            raise UsageError("no such setting", f"{WHERE}.{name}", f"one of {', '.join(sorted(SETTINGS))}")
    arguments = {name: value for name, value in config.items() if value is not None}
    if any(name in arguments for name in _CHOOSE_QUALITY):
        arguments.pop("qp", None)
    if isinstance(arguments.get("profile"), str):
        profile = arguments["profile"] = load_profile(arguments["profile"])
        arguments.setdefault("stride", {layer.name: layer.stride_px for layer in profile.layers})
    if isinstance(arguments.get("stride"), Mapping):
        arguments["stride"] = {str(name): stride for name, stride in arguments["stride"].items()}
    return arguments


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Codes a small frame, so that a setting that cannot be is refused before the network has run on a whole clip."""
    profile = arguments.get("profile")
    layers = profile.layers if profile is not None else [Layer("features", 8, 0, 0)]
    trial: Dict[str, Any] = {**arguments, "stride": {layer.name: layer.stride_px for layer in layers}}
    encoder = Encoder(None, **trial)
    encoder.push({layer.name: np.zeros((layer.channels, _TRIAL_SIZE_CELLS, _TRIAL_SIZE_CELLS), np.float32)
                  for layer in layers})
    encoder.discard()


def seqinfo_of(dataset: Any) -> Optional[str]:
    """The path of the data set's seqinfo.ini, whether or not it is there; None where the data set names none."""
    config = getattr(dataset, "config", None) or {}
    return f"{config.get('root', '.')}/{config['seqinfo']}" if config.get("seqinfo") else None


def frame_rate_in(path: str) -> Optional[str]:
    """What a seqinfo.ini says, as the platform's own codecs read it; None where it is not there or does not say.
    BadInputError for a file that is none."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path)
    except (configparser.Error, UnicodeDecodeError) as problem:
        raise BadInputError(f"no file of settings: {str(problem).splitlines()[0]}", path,
                            "is it the data set's seqinfo.ini?") from problem
    return parser.get("Sequence", "frameRate", fallback=None)


def size_of(given: Any) -> Size:
    """Of {'height': .., 'width': ..}, or of (height, width)."""
    if isinstance(given, Mapping):
        given = (given["height"], given["width"])
    height, width = given
    return int(height), int(width)


def sizes_of(x: Mapping[str, Any]) -> Tuple[Size, Size]:
    """The sizes of the network's input and of the source, of what the platform gives to a codec."""
    try:
        return size_of(x["input_size"][0]), size_of(x["org_input_size"])
    except (KeyError, IndexError, TypeError, ValueError) as problem:
        raise BadInputError(f"what the platform gives has no sizes: {problem!r}", "input_size, org_input_size",
                            "give [(height, width)], and a mapping of height and width") from problem


def strides_of(input_size: Size, planes: Sequence[Size]) -> List[int]:
    """Input pixels per cell of each layer: the quotients where both sides of every layer have a whole one. Else the
    network padded its input, or its planes, and strides are the powers of two nearest to the larger quotients."""
    quotients = [(input_size[0] / height, input_size[1] / width) for height, width in planes]
    if all(down == across and down == int(down) for down, across in quotients):
        return [int(down) for down, _ in quotients]
    return [2 ** max(0, round(math.log2(max(pair)))) for pair in quotients]
