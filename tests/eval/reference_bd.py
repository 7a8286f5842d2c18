"""Bjontegaard deltas written independently of eval: polynomials by numpy.polyfit, Akima and PCHIP by their textbook formulas,
integrals by brute force (a fine trapezoid). Reads {"fit", "anchor": [[rate, metric]], "test": ...}, writes {"rate", "metric"}."""
import json
import sys

import numpy as np


def hermite(x, y, slopes):
    def f(q):
        i = np.clip(np.searchsorted(x, q, side="right") - 1, 0, len(x) - 2)
        h = x[i + 1] - x[i]
        t = (q - x[i]) / h
        return ((1 + 2 * t) * (1 - t) ** 2 * y[i] + t * (1 - t) ** 2 * h * slopes[i]
                + t * t * (3 - 2 * t) * y[i + 1] + t * t * (t - 1) * h * slopes[i + 1])
    return f


def akima(x, y):
    m = np.diff(y) / np.diff(x)
    before = [3 * m[0] - 2 * m[1], 2 * m[0] - m[1]]
    after = [2 * m[-1] - m[-2], 3 * m[-1] - 2 * m[-2]]
    m = np.concatenate([before, m, after])
    slopes = []
    for i in range(len(x)):
        a, b, c, d = m[i:i + 4]
        w1, w2 = abs(d - c), abs(b - a)
        slopes.append((b + c) / 2 if w1 + w2 < 1e-15 else (w1 * b + w2 * c) / (w1 + w2))
    return hermite(x, y, np.array(slopes))


def pchip(x, y):
    h, m = np.diff(x), np.diff(y) / np.diff(x)
    n = len(x)
    s = np.zeros(n)
    for i in range(1, n - 1):
        if np.sign(m[i - 1]) == np.sign(m[i]) and m[i] != 0:
            a = (1 + h[i] / (h[i - 1] + h[i])) / 3  # Fritsch-Butland's alpha
            s[i] = m[i - 1] * m[i] / (a * m[i] + (1 - a) * m[i - 1])
    for i, j, k, l in ((0, 1, 0, 1), (n - 1, n - 2, n - 2, n - 3)):
        s[i] = ((2 * h[k] + h[l]) * m[k] - h[k] * m[l]) / (h[k] + h[l])
        if np.sign(s[i]) != np.sign(m[k]):
            s[i] = 0
        elif np.sign(m[k]) != np.sign(m[l]) and abs(s[i]) > 3 * abs(m[k]):
            s[i] = 3 * m[k]
    return hermite(x, y, s)


def mean_difference(anchor, test, fit):
    curves = []
    for points in (anchor, test):
        x, y = np.array(sorted(points)).T
        curves.append((x, {"cubic": lambda a, b: np.poly1d(np.polyfit(a, b, 3)), "akima": akima, "pchip": pchip}[fit](x, y)))
    low = max(c[0][0] for c in curves)
    high = min(c[0][-1] for c in curves)
    q = np.linspace(low, high, 400001)
    return np.trapz(curves[1][1](q) - curves[0][1](q), q) / (high - low)


job = json.load(open(sys.argv[1]))
by_metric = [[(m, np.log(r)) for r, m in job[side]] for side in ("anchor", "test")]
by_rate = [[(np.log(r), m) for r, m in job[side]] for side in ("anchor", "test")]
json.dump({"rate": (np.exp(mean_difference(*by_metric, job["fit"])) - 1) * 100, "metric": mean_difference(*by_rate, job["fit"])},
          open(sys.argv[2], "w"))
