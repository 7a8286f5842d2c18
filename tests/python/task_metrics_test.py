"""Measures of tasks against definitions written apart from them, and by hand."""
import json
import math
import pathlib
import subprocess
import sys

import fsc
import numpy as np
import pytest

ORACLES = pathlib.Path(__file__).resolve().parents[1] / "eval"


def oracle(name, job, folder):
    (folder / "job.json").write_text(json.dumps(job))
    subprocess.run([sys.executable, ORACLES / name, folder / "job.json", folder / "out.json"], check=True)
    return json.loads((folder / "out.json").read_text())


def random_boxes(rng, count):
    corner, size = rng.uniform(0, 200, (count, 2)), rng.uniform(4, 120, (count, 2))
    return np.hstack([corner, corner + size]).astype(np.float32)


def random_pictures(rng, count=40):
    truth, seen = [], []
    for _ in range(count):
        boxes = random_boxes(rng, rng.integers(0, 9))
        labels = rng.integers(0, 4, len(boxes))
        truth.append({"boxes": boxes, "labels": labels, "iscrowd": rng.random(len(boxes)) < .1,
                      "ignore": rng.random(len(boxes)) < .1, "area": rng.choice([-1.0, 500.0], len(boxes))})
        shifted = np.repeat(boxes, 2, axis=0) + rng.normal(0, 4, (2 * len(boxes), 4)).astype(np.float32)
        shifted[:, 2:] = np.maximum(shifted[:, 2:], shifted[:, :2])
        found = np.vstack([shifted, random_boxes(rng, 3)])
        seen.append({"boxes": found, "scores": rng.choice(np.linspace(0, 1, 15), len(found)).astype(np.float32),
                     "labels": np.concatenate([np.repeat(labels, 2), rng.integers(0, 5, 3)])})
    return truth, seen


def test_coco_ap_is_the_protocols(tmp_path):
    truth, seen = random_pictures(np.random.default_rng(1))
    job = {"pictures": [
        {"truth": np.column_stack([t["boxes"], t["labels"], t["iscrowd"], t["ignore"], t["area"]]).astype(float).tolist(),
         "seen": np.column_stack([s["boxes"], s["scores"], s["labels"]]).astype(float).tolist()}
        for t, s in zip(truth, seen)]}
    expected = oracle("reference_coco_ap.py", job, tmp_path)
    told = fsc.coco_ap(truth, iter(seen))
    assert [told.ap, told.ap50, told.ap75, told.ap_small, told.ap_medium, told.ap_large] == pytest.approx(expected, abs=1e-6)
    assert .1 < told.ap < told.ap50 < 1
    assert told.ap == pytest.approx(np.mean(list(told.classes.values()))) and set(told.classes) == {0, 1, 2, 3}


def test_coco_ap_by_hand():
    box, far = [0, 0, 40, 40], [200, 0, 240, 40]
    one = [{"boxes": [box], "labels": [7]}]
    perfect = fsc.coco_ap(one, [{"boxes": [box], "labels": [7], "scores": [.5]}])
    assert [perfect.ap, perfect.ap_medium, perfect.classes[7]] == pytest.approx([1, 1, 1])
    assert perfect.ap_small is None and list(perfect.classes) == [7]
    # Two to find; the best detection is right, the second wrong, the third right.
    two = [{"boxes": [box, [100, 0, 140, 40]], "labels": [0, 0]}]
    found = [{"boxes": [box, far, [100, 0, 140, 40]], "labels": [0, 0, 0], "scores": [.9, .8, .7]}]
    assert fsc.coco_ap(two, found).ap50 == pytest.approx((51 + 50 * 2 / 3) / 101)
    nothing = {"boxes": [], "labels": [], "scores": []}
    assert fsc.coco_ap(one, [nothing]).ap == 0
    assert fsc.coco_ap([{"boxes": [], "labels": []}], [nothing]).ap is None
    assert fsc.coco_ap([], []).ap is None


@pytest.mark.parametrize("truth, seen, kind", [
    ([{"boxes": [[0, 0, 1, 1]], "labels": [0]}], [], fsc.BadInputError),
    ([{"boxes": [[0, 0, 1, 1]]}], [{"boxes": [], "labels": [], "scores": []}], fsc.UsageError),
    ([{"boxes": [[0, 0, 1, 1]], "labels": [0], "scores": [1]}], [{"boxes": [], "labels": [], "scores": []}], fsc.UsageError),
    ([{"boxes": [], "labels": []}], [{"boxes": [], "labels": []}], fsc.UsageError),
    ([{"boxes": [[0, 0, 1, 1]], "labels": [0, 1]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": [[0, 0, 1]], "labels": [0]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": [[5, 0, 1, 1]], "labels": [0]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": [[0, 0, 1, math.nan]], "labels": [0]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": [[0, 0, 1, 1]], "labels": [-1]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": [[0, 0, 1, 1]], "labels": [.5]}], [{"boxes": [], "labels": [], "scores": []}], fsc.BadInputError),
    ([{"boxes": "text", "labels": [0]}], [{"boxes": [], "labels": [], "scores": []}], fsc.UsageError),
    ([[]], [[]], fsc.UsageError),
])
def test_boxes_that_are_none(truth, seen, kind):
    with pytest.raises(kind):
        fsc.coco_ap(truth, seen)


@pytest.fixture(scope="module")
def outputs():
    rng = np.random.default_rng(5)
    seg = rng.normal(0, 2, (4, 5, 6, 7)).astype(np.float32)
    anchors = rng.random((3, 30, 9)).astype(np.float32)
    anchors[0, 0, 4:6] = (0, 1)
    return {"seg_p": seg, "seg_q": seg + rng.normal(0, .7, seg.shape).astype(np.float32), "det_p": anchors,
            "det_q": np.clip(anchors + rng.normal(0, .1, anchors.shape), 0, 1).astype(np.float32),
            "truth": rng.integers(0, 6, (4, 8, 9)), "seen": rng.integers(0, 5, (4, 8, 9)), "classes": 6, "ignored": 5}


def test_segmentation_and_distortion_are_their_definitions(tmp_path, outputs):
    job = {name: values.tolist() if isinstance(values, np.ndarray) else values for name, values in outputs.items()}
    # One frame of anchors a job, since the oracle takes one.
    job.update(original=[[0.0, 1.0]], decoded=[[0.0, .5]], det_p=outputs["det_p"].reshape(-1, 9).tolist(),
               det_q=outputs["det_q"].reshape(-1, 9).tolist())
    expected = oracle("reference_metrics.py", job, tmp_path)
    told = fsc.segmentation_accuracy(outputs["truth"], outputs["seen"].astype(np.uint8), classes=6, ignore_label=5)
    assert (told.mean_iou, told.pixel_accuracy) == pytest.approx((expected["miou"], expected["pixel_accuracy"]), rel=1e-12)
    assert told.mean_iou == pytest.approx(np.mean(list(told.classes.values()))) and 5 not in told.classes

    told = fsc.task_distortion("segmentation", outputs["seg_p"], list(outputs["seg_q"]))
    assert (told.kl_nats, told.agreement) == pytest.approx((expected["seg_kl"], expected["seg_agreement"]), rel=1e-9)
    p, q = (outputs[name].astype(float) for name in ("seg_p", "seg_q"))
    assert told.task_snr_db == pytest.approx(10 * np.log10(p.var() / ((p - q) ** 2).mean()), rel=1e-6)

    none = [{"boxes": [], "labels": [], "scores": []}] * 3
    told = fsc.task_distortion("detection", outputs["det_p"], outputs["det_q"], reference_boxes=none, decoded_boxes=none)
    assert told.kl_nats == pytest.approx(expected["det_kl"], rel=1e-9) and told.agreement == 1

    logits, other = outputs["seg_p"].reshape(4, -1), outputs["seg_q"].reshape(4, -1)
    told = fsc.task_distortion("classification", logits, other)
    soft = [np.exp(x.astype(float)) / np.exp(x.astype(float)).sum(axis=1, keepdims=True) for x in (logits, other)]
    assert told.kl_nats == pytest.approx((soft[0] * np.log(soft[0] / soft[1])).sum(axis=1).mean(), rel=1e-9)
    assert told.agreement == (logits.argmax(axis=1) == other.argmax(axis=1)).mean()
    assert fsc.task_distortion("classification", logits, logits) == fsc.TaskDistortion(0, 1, math.inf)


def test_boxes_agree_by_f1(outputs):
    def boxes(*rows):
        return {"boxes": [row[:4] for row in rows], "scores": [row[4] for row in rows], "labels": [row[5] for row in rows]}

    a, b = (0, 0, 10, 10), (50, 50, 60, 60)
    reference = [boxes((*a, .9, 1), (*b, .8, 2)), boxes((*a, .9, 1)), boxes()]
    # Found, of another class; the better score is given second and takes the one box; a box too many.
    decoded = [boxes((*a, .5, 1), (*b, .8, 3)), boxes((1, 1, 10, 10, .3, 1), (*a, .7, 1)), boxes((*a, .1, 0))]
    p, q = outputs["det_p"], outputs["det_q"]
    told = fsc.task_distortion("detection", p, q, reference_boxes=reference, decoded_boxes=decoded)
    assert told.agreement == pytest.approx(2 * 2 / (3 + 5))
    for more in (dict(reference_boxes=reference), dict(reference_boxes=reference, decoded_boxes=decoded[:2]),
                 dict(reference_boxes=reference[:2], decoded_boxes=decoded[:2]), dict(),
                 dict(reference_boxes=reference * 2, decoded_boxes=decoded * 2)):
        with pytest.raises(fsc.Error):
            fsc.task_distortion("detection", p, q, **more)


def test_top_accuracy():
    scores = np.array([[.1, .9, 0, 0, 0, 0, 0], [.9, .1, .3, .4, .5, .2, 0], [1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1]])
    assert fsc.top_accuracy(scores, [1, 5, 4, 0]) == fsc.TopAccuracy(1 / 4, 4 / 4)  # equal scores: 0 before 4 before 5
    assert fsc.top_accuracy(scores.astype(np.float16), [1, 6, 5, 6]) == fsc.TopAccuracy(2 / 4, 2 / 4)
    for bad in ((scores, [1, 2, 3]), (scores, [1, 2, 3, 7]), (scores[0], [1]), (scores * math.nan, [1, 2, 3, 4])):
        with pytest.raises(fsc.BadInputError):
            fsc.top_accuracy(*bad)


def test_what_cannot_be_compared(outputs):
    p, q = outputs["seg_p"], outputs["seg_q"]
    for bad in ((p, q[:3]), (p, q[:, :4]), (p[:, :, :, :3], q), (p[0, 0], q[0, 0]), (p * math.inf, q), ([], [])):
        with pytest.raises(fsc.BadInputError):
            fsc.task_distortion("segmentation", *bad)
    with pytest.raises(fsc.UsageError, match="classification, segmentation, detection"):
        fsc.task_distortion("pose", p, q)
    with pytest.raises(fsc.UsageError):
        fsc.task_distortion("segmentation", p, q, reference_boxes=[], decoded_boxes=[])
    labels = outputs["truth"]
    for truth, seen, more in ((labels, labels[:3], {}), (labels, labels[:, :2], {}), (labels * 100, labels, {}), (labels + .5, labels, {})):
        with pytest.raises(fsc.BadInputError):
            fsc.segmentation_accuracy(truth, seen, classes=6, **more)
    for more in (dict(classes=0), dict(classes=300), dict(classes=6, ignore_label=300)):
        with pytest.raises(fsc.UsageError):
            fsc.segmentation_accuracy(labels, labels, **more)
    with pytest.raises(fsc.BadInputError):
        fsc.segmentation_accuracy(labels, labels, classes=5)  # 5 is no class and not ignored
    whole = fsc.segmentation_accuracy(labels[0], labels[0], classes=6)
    assert (whole.mean_iou, whole.pixel_accuracy) == (1, 1) and "mean_iou=1" in repr(whole)
