"""COCO average precision for boxes, written from the protocol's rules (and not from eval): numpy, whole arrays.

Reads {"pictures": [{"truth": [[x1, y1, x2, y2, label, crowd, ignore, area or -1]], "seen": [[x1, y1, x2, y2, score, label]]}]},
writes the six means. Where pycocotools is installed the same boxes go through it as well, and must agree."""
import json
import sys

import numpy as np

AREAS = {"all": (0, 1e10), "small": (0, 32 ** 2), "medium": (32 ** 2, 96 ** 2), "large": (96 ** 2, 1e10)}
THRESHOLDS = np.linspace(.5, .95, 10)
RECALLS = np.linspace(0, 1, 101)


def overlaps(seen, truth):
    """[D, G]; crowds divide by the detection's area alone."""
    wh = np.minimum(seen[:, None, 2:4], truth[None, :, 2:4]) - np.maximum(seen[:, None, :2], truth[None, :, :2])
    common = np.clip(wh, 0, None).prod(axis=2)
    own = (seen[:, 2:4] - seen[:, :2]).prod(axis=1)[:, None]
    other = (truth[:, 2:4] - truth[:, :2]).prod(axis=1)[None]
    union = np.where(truth[None, :, 5] > 0, own, own + other - common)
    return np.divide(common, union, out=np.zeros_like(common), where=common > 0)


def judge(seen, truth, area, threshold):
    """Scores, hit flags and counts flags of one picture and class, and how many boxes there are to find."""
    low, high = area
    truth_area = np.where(truth[:, 7] < 0, (truth[:, 2:4] - truth[:, :2]).prod(axis=1), truth[:, 7])
    skip = (truth[:, 5] > 0) | (truth[:, 6] > 0) | (truth_area < low) | (truth_area > high)
    seen = seen[np.argsort(-seen[:, 4], kind="stable")][:100]
    iou = overlaps(seen, truth)
    free = np.ones(len(truth), bool)
    hits, counts = [], []
    for d in range(len(seen)):
        choice = None
        for group in (~skip, skip):  # real boxes first; only without one among them, those that do not count
            candidates = [g for g in np.flatnonzero(group) if (free[g] or truth[g, 5] > 0) and iou[d, g] >= threshold]
            if candidates:
                top = max(iou[d, g] for g in candidates)
                choice = [g for g in candidates if iou[d, g] == top][-1]
                break
        size = (seen[d, 2:4] - seen[d, :2]).prod()
        if choice is not None:
            free[choice] = False
            hits.append(not skip[choice])
            counts.append(not skip[choice])
        else:
            hits.append(False)
            counts.append(low <= size <= high)
    return seen[:, 4], np.array(hits, bool), np.array(counts, bool), (~skip).sum()


def average_precision(pictures, label, area, threshold):
    parts = [judge(s[s[:, 5] == label], t[t[:, 4] == label], area, threshold) for t, s in pictures]
    wanted = sum(p[3] for p in parts)
    if wanted == 0:
        return None
    score = np.concatenate([p[0] for p in parts])
    order = np.argsort(-score, kind="stable")
    hit = np.concatenate([p[1] for p in parts])[order]
    count = np.concatenate([p[2] for p in parts])[order]
    right, wrong = np.cumsum(hit & count), np.cumsum(~hit & count)
    recall, precision = right / wanted, right / (right + wrong + np.spacing(1))
    precision = np.maximum.accumulate(precision[::-1])[::-1] if len(precision) else precision
    at = np.searchsorted(recall, RECALLS, side="left")
    return np.mean([precision[i] if i < len(precision) else 0.0 for i in at])


def mean(pictures, labels, area, thresholds):
    values = [average_precision(pictures, l, AREAS[area], t) for l in labels for t in thresholds]
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else -1.0


def with_pycocotools(pictures, labels):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    truth, seen = [], []
    for i, (t, s) in enumerate(pictures):
        for x1, y1, x2, y2, label, crowd, _, area in t:
            truth.append({"id": len(truth) + 1, "image_id": i, "category_id": int(label), "bbox": [x1, y1, x2 - x1, y2 - y1],
                          "iscrowd": int(crowd), "area": (x2 - x1) * (y2 - y1) if area < 0 else area})
        for x1, y1, x2, y2, score, label in s:
            seen.append({"image_id": i, "category_id": int(label), "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(len(pictures))], "annotations": truth, "categories": [{"id": int(l)} for l in labels]}
    coco.createIndex()
    run = COCOeval(coco, coco.loadRes(seen), "bbox")
    run.evaluate(), run.accumulate(), run.summarize()
    return [float(v) for v in run.stats[:6]]


job = json.load(open(sys.argv[1]))
pictures = [(np.array(p["truth"], float).reshape(-1, 8), np.array(p["seen"], float).reshape(-1, 6)) for p in job["pictures"]]
labels = sorted({l for t, s in pictures for l in (*t[:, 4], *s[:, 5])})
out = [mean(pictures, labels, "all", THRESHOLDS), mean(pictures, labels, "all", THRESHOLDS[:1]), mean(pictures, labels, "all", THRESHOLDS[5:6]),
       mean(pictures, labels, "small", THRESHOLDS), mean(pictures, labels, "medium", THRESHOLDS), mean(pictures, labels, "large", THRESHOLDS)]
try:
    import pycocotools  # noqa: F401
    if not any(t[:, 6].any() for t, _ in pictures):  # an ignored box that is no crowd cannot be said to it
        assert np.allclose(out, with_pycocotools(pictures, labels), atol=1e-9)
except ImportError:
    pass
json.dump(out, open(sys.argv[2], "w"))
