"""What a network's output is worth: against labels, and against its output on the original features. The evaluation's
own code; docs/evaluation.md defines the measures."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from . import _fsc
from .arrays import Array, native, view_of
from .errors import BadInputError, UsageError

# Boxes of one picture, as torchvision has them: 'boxes' N x 4 (x1, y1, x2, y2 in pixels), 'labels' N, and 'scores' N of
# detections. Arrays, tensors or lists.
Boxes = Mapping[str, Any]
_Box = Tuple[float, float, float, float, float, int]  # x1, y1, x2, y2, score, label
_TrueBox = Tuple[float, float, float, float, int, bool, bool, float]  # x1, y1, x2, y2, label, crowd, ignore, area
_TRUTH_KEYS = {"boxes", "labels", "iscrowd", "ignore", "area"}
_DETECTION_KEYS = {"boxes", "labels", "scores"}
_MAX_LABEL = (1 << 31) - 1
_MAX_CLASSES = 255  # of segmentation: labels are bytes


@dataclass(frozen=True)
class CocoAp:
    """Average precision, 0 .. 1; None where there is nothing to find. classes: ap by label, of those with truth."""

    ap: Optional[float]
    ap50: Optional[float]
    ap75: Optional[float]
    ap_small: Optional[float]
    ap_medium: Optional[float]
    ap_large: Optional[float]
    classes: Mapping[int, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SegmentationAccuracy:
    """mean_iou over the classes that appear, pixel_accuracy: 0 .. 1, NaN where no pixel counts. classes: IoU by label,
    of those that appear."""

    mean_iou: float
    pixel_accuracy: float
    classes: Mapping[int, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class TaskDistortion:
    """kl_nats: divergence of the decoded output's class probabilities from the original's. agreement: 0 .. 1.
    task_snr_db: of the raw output."""

    kl_nats: float
    agreement: float
    task_snr_db: float


@dataclass(frozen=True)
class TopAccuracy:
    """Shares of pictures whose true class is the best, or among the five best: 0 .. 1."""

    top1: float
    top5: float


def _array(values: Any, where: str) -> Array:
    if isinstance(values, (list, tuple)):
        try:
            return np.asarray(values, float)
        except (TypeError, ValueError) as problem:
            raise UsageError("not an array", where, "give numbers") from problem
    view = view_of(values, where)
    return native(view, where) if view.bfloat16 else view.array


def _finite(values: Any, where: str) -> Array:
    array = _array(values, where)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"values of type {array.dtype} are not taken", where, "give numbers")
    if not np.isfinite(array).all():
        raise BadInputError("a value is NaN or infinite", where, "leave it out")
    return array


def _whole(values: Any, where: str, least: int, most: int) -> Array:
    """As int64. BadInputError for a value that is no whole number of the range."""
    array = _finite(values, where)
    if array.size and ((array != np.floor(array)).any() or array.min() < least or array.max() > most):
        raise BadInputError("a label is no whole number of the range", where, f"give {least} .. {most}")
    return array.astype(np.int64)


def _columns(picture: Boxes, keys: "set[str]", where: str) -> Tuple[Dict[str, Array], int]:
    if not isinstance(picture, Mapping) or not {"boxes", "labels"} <= set(picture):
        raise UsageError("boxes of a picture are a mapping", where, f"with {', '.join(sorted(keys))}")
    unknown = sorted(set(picture) - keys)
    if unknown:
        raise UsageError(f"no such key: {', '.join(unknown)}", where, f"one of {', '.join(sorted(keys))}")
    columns = {key: _finite(values, f"{where}, {key}") for key, values in picture.items()}
    count = len(columns["labels"]) if columns["labels"].ndim == 1 else -1
    boxes = columns["boxes"] = columns["boxes"].reshape(0, 4) if columns["boxes"].size == 0 else columns["boxes"]
    if boxes.shape != (count, 4) or any(values.shape != (count,) for key, values in columns.items() if key != "boxes"):
        shapes = ", ".join(f"{key} {values.shape}" for key, values in columns.items())
        raise BadInputError(f"boxes that do not go together: {shapes}", where, "give N x 4 boxes, and N of the others")
    if (boxes[:, :2] > boxes[:, 2:]).any():
        raise BadInputError("a box ends before it begins", f"{where}, boxes", "give x1, y1, x2, y2")
    columns["labels"] = _whole(columns["labels"], f"{where}, labels", 0, _MAX_LABEL)
    return columns, count


def _true_boxes(picture: Boxes, where: str) -> List[_TrueBox]:
    columns, count = _columns(picture, _TRUTH_KEYS, where)
    none = np.zeros(count)
    rows = zip(columns["boxes"].tolist(), columns["labels"].tolist(), columns.get("iscrowd", none).tolist(),
               columns.get("ignore", none).tolist(), columns.get("area", none - 1).tolist())
    return [(float(x1), float(y1), float(x2), float(y2), label, bool(crowd), bool(ignore), float(area))
            for (x1, y1, x2, y2), label, crowd, ignore, area in rows]


def _detections(picture: Boxes, where: str) -> List[_Box]:
    columns, _ = _columns(picture, _DETECTION_KEYS, where)
    if "scores" not in columns:
        raise UsageError("detections have scores", where, "give scores")
    rows = zip(columns["boxes"].tolist(), columns["scores"].tolist(), columns["labels"].tolist())
    return [(float(x1), float(y1), float(x2), float(y2), float(score), label)
            for (x1, y1, x2, y2), score, label in rows]


def coco_ap(truth: Iterable[Boxes], detections: Iterable[Boxes]) -> CocoAp:
    """Average precision of boxes by COCO's protocol, as pycocotools computes it.

    One mapping a picture, as torchvision has them: 'boxes' N x 4 (x1, y1, x2, y2 in pixels) and 'labels' N; of
    detections 'scores' N; of truth, where they are needed, 'iscrowd', 'ignore' and 'area' (square pixels; else the
    box's own) N. Scores are compared as float32. BadInputError for lengths that differ, UsageError for other keys.
    """
    pictures, seen = list(truth), list(detections)
    if len(pictures) != len(seen):
        raise BadInputError(f"{len(pictures)} and {len(seen)} pictures", "truth, detections",
                            "give one mapping a picture")
    total = _fsc.ApSum()
    labels: Set[int] = set()
    for i, (true_boxes, found) in enumerate(zip(pictures, seen)):
        boxes = _true_boxes(true_boxes, f"truth, picture {i}")
        labels.update(box[4] for box in boxes)
        total.add(boxes, _detections(found, f"detections, picture {i}"))
    ap, ap50, ap75, small, medium, large = (None if value < 0 else value for value in total.summary())
    by_class = {label: total.class_ap(label) for label in sorted(labels)}
    return CocoAp(ap, ap50, ap75, small, medium, large, {k: value for k, value in by_class.items() if value >= 0})


def segmentation_accuracy(truth: Any, predicted: Any, *, classes: int,
                          ignore_label: Optional[int] = None) -> SegmentationAccuracy:
    """Mean IoU and pixel accuracy from one confusion matrix over all frames.

    truth, predicted: labels, frames x height x width or height x width, whole numbers; or iterables of frames. classes:
    labels are 0 .. classes - 1. ignore_label: a true label that does not count. BadInputError for other labels and
    sizes.
    """
    if not 1 <= classes <= _MAX_CLASSES:
        raise UsageError(f"{classes} classes", "classes", f"give 1 .. {_MAX_CLASSES}")
    if ignore_label is not None and not 0 <= ignore_label <= 255:
        raise UsageError(f"not a label: {ignore_label}", "ignore_label", "give 0 .. 255")
    total = _fsc.PixelSum(classes, -1 if ignore_label is None else ignore_label)
    for i, (a, b) in enumerate(_pairs(truth, predicted, "truth", "predicted", 2)):
        first, second = _whole(a, f"truth, frame {i}", 0, 255), _whole(b, f"predicted, frame {i}", 0, 255)
        if first.shape != second.shape:
            raise BadInputError(f"labels of {first.shape} and {second.shape}", f"frame {i}", "give the same sizes")
        total.add(first.astype(np.uint8), second.astype(np.uint8))
    by_class = {label: total.class_iou(label) for label in range(classes)}
    return SegmentationAccuracy(total.mean_iou(), total.pixel_accuracy(),
                                {label: value for label, value in by_class.items() if value >= 0})


def top_accuracy(scores: Any, labels: Sequence[int]) -> TopAccuracy:
    """Shares of pictures whose true class has the best score, or one of the five best; equal scores rank by class.

    scores: pictures x classes, logits or probabilities. labels: the true class of each.
    """
    values = _finite(scores, "scores")
    if values.ndim != 2 or not values.size:
        raise BadInputError(f"scores of shape {values.shape}", "scores", "give pictures x classes")
    wanted = _whole(labels, "labels", 0, values.shape[1] - 1)
    if wanted.shape != values.shape[:1]:
        raise BadInputError(f"labels of shape {wanted.shape} for {len(values)} pictures", "labels",
                            "give one a picture")
    order = np.argsort(-values.astype(np.float64), axis=1, kind="stable")[:, :5]
    return TopAccuracy(*_fsc.top_shares(order.tolist(), wanted.tolist()))


def task_distortion(task: str, reference: Any, decoded: Any, *, reference_boxes: Optional[Iterable[Boxes]] = None,
                    decoded_boxes: Optional[Iterable[Boxes]] = None) -> TaskDistortion:
    """How far a network's output on decoded features is from its output on the originals; needs no labels.

    task, and the raw output of both: 'classification', logits, frames x classes; 'segmentation', logits, frames x
    classes x height x width; 'detection', frames x anchors x (5 + classes): box, objectness, class probabilities. Or
    iterables of frames. reference_boxes, decoded_boxes: of detection, the boxes that remain, one mapping a frame as
    coco_ap takes detections; agreement compares them. BadInputError for shapes that differ, NaN and infinity.
    """
    ranks = {"classification": 1, "segmentation": 3, "detection": 2}
    if task not in ranks:
        raise UsageError(f"unknown task {task!r}", "task", f"one of {', '.join(ranks)}")
    if (task == "detection") != (reference_boxes is not None and decoded_boxes is not None):
        raise UsageError("boxes are of detection, on both sides", "reference_boxes, decoded_boxes",
                         "give both there, and none elsewhere")
    total = _fsc.TaskSum(task)
    boxes = iter(list(_pairs(reference_boxes, decoded_boxes, "reference_boxes", "decoded_boxes", None))
                 if reference_boxes is not None else [])
    frames = 0
    for frames, (a, b) in enumerate(_pairs(reference, decoded, "reference", "decoded", ranks[task]), 1):
        where = f"frame {frames - 1}"
        raw = [np.ascontiguousarray(_finite(values, f"{side}, {where}"), np.float32)
               for side, values in (("reference", a), ("decoded", b))]
        pair = next(boxes, None)
        if task == "detection" and pair is None:
            raise BadInputError("there are fewer boxes than frames", where, "give one mapping a frame")
        if task == "segmentation" and raw[0].ndim == 3 and raw[0].shape[0] > _MAX_CLASSES:
            raise BadInputError(f"{raw[0].shape[0]} classes", where, f"give {_MAX_CLASSES} at most")
        kind = np.uint8 if task == "segmentation" else np.int32
        best = [np.atleast_1d(values.argmax(axis=0)).astype(kind) if values.size else np.empty(0, kind)
                for values in raw]
        found = [_best_first(_detections(side, where)) for side in pair] if pair is not None else [[], []]
        total.add((raw[0], raw[1]), (best[0], best[1]), found[0], found[1])
    if frames == 0:
        raise BadInputError("there are no frames", "reference", "give one at least")
    if next(boxes, None) is not None:
        raise BadInputError("there are more boxes than frames", "reference_boxes", "give one mapping a frame")
    return TaskDistortion(*total.summary())


def _best_first(boxes: List[_Box]) -> List[_Box]:
    return sorted(boxes, key=lambda box: -box[4])


def _pairs(a: Any, b: Any, first: str, second: str, rank: Optional[int]) -> Iterable[Tuple[Any, Any]]:
    """Frame by frame. BadInputError where one side has more. rank: of a frame, which may be given alone; None = any."""
    sides = []
    for values in (a, b):
        if rank is not None and hasattr(values, "shape") and len(values.shape) == rank:
            values = [values]
        sides.append(iter(values))
    missing = object()
    while True:
        pair = next(sides[0], missing), next(sides[1], missing)
        if pair[0] is missing and pair[1] is missing:
            return
        if pair[0] is missing or pair[1] is missing:
            raise BadInputError("one side has more frames", f"{first}, {second}", "give as many on both")
        yield pair
