"""The metrics of eval by their definitions, whole arrays at once. Reads argv[1], writes argv[2] (see metrics_test.cc)."""
import json
import sys

import numpy as np

job = json.load(open(sys.argv[1]))
a, b = (np.array(job[k], dtype=np.float32).astype(np.float64) for k in ("original", "decoded"))  # [T, N]
mse = ((a - b) ** 2).mean()
rng = a.max() - a.min()
frame_mse = ((a - b) ** 2).mean(axis=1)
frame_rng = a.max(axis=1) - a.min(axis=1)
out = {"mse": mse, "psnr": 10 * np.log10(rng ** 2 / mse), "snr": 10 * np.log10(a.var() / mse),
       "nrmse": (np.sqrt(frame_mse) / frame_rng).mean()}


def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


p, q = (softmax(np.array(job[k], dtype=np.float32).astype(np.float64), 1) for k in ("seg_p", "seg_q"))  # [T, C, H, W]
out["seg_kl"] = (p * np.log(p / q)).sum(axis=1).mean()
out["seg_agreement"] = (p.argmax(axis=1) == q.argmax(axis=1)).mean()


def coin(p, q):
    p, q = np.clip(p, 1e-7, 1 - 1e-7), np.clip(q, 1e-7, 1 - 1e-7)
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


p, q = (np.array(job[k], dtype=np.float32).astype(np.float64) for k in ("det_p", "det_q"))  # [A, 5 + C]
out["det_kl"] = (coin(p[:, 4], q[:, 4]) + p[:, 4] * coin(p[:, 5:], q[:, 5:]).sum(axis=1)).mean()

truth, seen, classes, ignored = np.array(job["truth"]), np.array(job["seen"]), job["classes"], job["ignored"]
valid = truth != ignored
ious = []
for c in range(classes):
    t, s = (truth == c) & valid, (seen == c) & valid
    if (t | s).any():
        ious.append((t & s).sum() / (t | s).sum())
out["miou"] = np.mean(ious)
out["pixel_accuracy"] = (truth == seen)[valid].mean()
json.dump({k: float(v) for k, v in out.items()}, open(sys.argv[2], "w"))
