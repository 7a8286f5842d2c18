"""Numbers that say how good something is: the evaluation's own code."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _fsc
from .arrays import native, view_of
from .errors import BadInputError, UsageError

Curve = Union[Sequence[Tuple[float, float]], Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class BdResult:
    """Bjontegaard deltas. bd_rate_percent: -20 = the test needs 20 % fewer bits for the same quality; None where the
    curves do not overlap. bd_metric: the mean difference of quality at equal rate. overlap: of the quality. Whoever
    averages looks at the warnings first."""

    bd_rate_percent: Optional[float]
    bd_metric: Optional[float]
    overlap: Tuple[float, float]
    overlap_of_anchor: float
    overlap_of_test: float
    warnings: List[str]
    notes: List[str]

    def __repr__(self) -> str:
        rate = "none" if self.bd_rate_percent is None else f"{self.bd_rate_percent:+.2f} %"
        metric = "none" if self.bd_metric is None else f"{self.bd_metric:+.6g}"
        doubts = f", {len(self.warnings)} warnings" if self.warnings else ""
        return f"BdResult(BD-rate {rate}, BD-metric {metric}{doubts})"


def _points(curve: Curve, side: str) -> List[Tuple[float, float]]:
    if isinstance(curve, Mapping):
        if set(curve) != {"rate", "metric"}:
            raise UsageError("not a curve", side, "give points (rate, metric), or {'rate': [...], 'metric': [...]}")
        curve = list(zip(curve["rate"], curve["metric"]))
    try:
        return [(float(rate), float(metric)) for rate, metric in curve]
    except (TypeError, ValueError) as problem:
        raise UsageError("not a curve", side, "give points (rate, metric)") from problem


def bd_rate(anchor: Curve, test: Curve, method: str = "pchip") -> BdResult:
    """Bjontegaard deltas between two curves of points (rate, metric); a higher metric is better.

    method: 'pchip', 'akima' or 'cubic'. UsageError for too few points (4 for the cubic, else 2), a rate that is not
    positive, or a value that is not finite.
    """
    return BdResult(**_fsc.bd_rate(_points(anchor, "anchor"), _points(test, "test"), method))


@dataclass(frozen=True)
class Quality:
    """How far decoded features are from the originals: mean squared error, PSNR and SNR in dB, NRMSE."""

    mse: float
    psnr_db: float
    snr_db: float
    nrmse: float
    layers: Mapping[str, "Quality"]

    def __repr__(self) -> str:
        return f"Quality(SNR {self.snr_db:.2f} dB, PSNR {self.psnr_db:.2f} dB, NRMSE {self.nrmse:.4g}, MSE {self.mse:.4g})"


def quality(original: Any, decoded: Any) -> Quality:
    """Compares frames x channels x height x width, or mappings from layer names to such, frame by frame.

    Layers count by their elements. BadInputError where shapes differ.
    """
    a = original if isinstance(original, Mapping) else {"features": original}
    b = decoded if isinstance(decoded, Mapping) else {"features": decoded}
    if set(a) != set(b) or not a:
        raise BadInputError("other layers", f"{', '.join(a)} and {', '.join(b)}", "compare the same layers")
    first: Dict[str, Any] = {name: view_of(a[name], f"original, layer {name}") for name in a}
    second: Dict[str, Any] = {name: view_of(b[name], f"decoded, layer {name}") for name in a}
    for name in first:
        shapes = first[name].array.shape, second[name].array.shape
        if shapes[0] != shapes[1] or len(shapes[0]) != 4:
            raise BadInputError(f"shapes {shapes[0]} and {shapes[1]}", f"layer {name}",
                                "give frames x channels x height x width on both sides")
    counts = {len(view.array) for view in first.values()}
    if len(counts) != 1:
        raise BadInputError("layers of different lengths", "original", "give as many frames in each")
    total = _fsc.Distortion(len(first))
    for t in range(counts.pop()):
        total.add([native(view[t], name) for name, view in first.items()],
                  [native(view[t], name) for name, view in second.items()])
    parts = {name: Quality(*values, layers={}) for name, values in zip(first, total.layers())}
    return Quality(*total.all(), layers=parts)
