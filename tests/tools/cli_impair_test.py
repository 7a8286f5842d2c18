#!/usr/bin/env python3
"""fsc impair and fsc calibrate --kind completion, driven from outside."""
import json
import unittest

import cli_harness
from cli_harness import BAD_INPUT, IO, USAGE, CliTest, moving_tensor, np, run


def mixed_tensor(frames=6, channels=12, height=24, width=20):
    """Drifting planes that mix three signals: what repair between channels can use."""
    signals = moving_tensor(frames, 3, height, width, seed=3)
    for axis in (2, 3):
        for _ in range(12):
            signals = (np.roll(signals, 1, axis) + 2 * signals + np.roll(signals, -1, axis)) / 4
    mix = np.random.default_rng(1).standard_normal((channels, 3))
    return np.einsum("ck,tkyx->tcyx", mix, signals).astype(np.float32)


class Impair(CliTest):
    def impair(self, *args):
        return json.loads(self.ok("impair", *args, "--json").stdout)

    def setUp(self):
        super().setUp()
        self.tensors = mixed_tensor()
        self.input = self.save("in.npy", self.tensors)
        self.output = self.path("out.npy")

    def test_what_arrives_keeps_its_bits(self):
        found = self.impair(self.input, "-o", self.output, "--channel", "iid:loss=.3", "--seed", 7, "--packets", "rows=4")
        out = np.load(self.output)
        lost = (out != self.tensors).any(axis=3)
        self.assertAlmostEqual(lost.mean(), found["repaired"], places=6)
        self.assertTrue((out[lost] == 0).all())
        self.assertEqual(lost.reshape(6, 12, 6, 4).any(axis=3).sum(), lost.sum() / 4)
        self.assertAlmostEqual(found["loss"], 0.3, delta=0.06)
        self.assertEqual(found["frames"], 6)
        self.assertEqual(len(found["each"]), 6)
        self.assertEqual(found["by"], {"zero": found["repaired"]})

    def test_seeds_replay(self):
        def outcome(name, *args):
            self.ok("impair", self.input, "-o", self.path(name), "--channel", "ge:loss=.2,burst=3", *args)
            return np.load(self.path(name))
        first = outcome("a.npy", "--seed", 1)
        self.assertTrue((first == outcome("b.npy", "--seed", 1)).all())
        self.assertFalse((first == outcome("c.npy", "--seed", 2)).all())

    def test_traces_replay(self):
        trace = self.path("trace.json")
        first = self.impair(self.input, "-o", self.output, "--channel", "ge:loss=.2,burst=3", "--save-trace", trace,
                            "--packets", "rows=4,order=interleaved")
        again = self.path("again.npy")
        second = self.impair(self.input, "-o", again, "--trace", trace, "--packets", "rows=4,order=interleaved")
        self.assertTrue((np.load(self.output) == np.load(again)).all())
        self.assertEqual(first["mean_burst"], second["mean_burst"])
        self.fails(USAGE, ["packets"], "impair", self.input, "-o", self.path("x.npy"), "--trace", trace)
        short = self.path("short.txt")
        short.write_text("0010\n")
        self.fails(BAD_INPUT, ["shorter"], "impair", self.input, "-o", self.path("x.npy"), "--trace", short)
        self.fails(USAGE, ["--channel", "--trace"], "impair", self.input, "-o", self.path("x.npy"))
        self.fails(USAGE, ["--channel", "--trace"], "impair", self.input, "-o", self.path("x.npy"), "--trace", trace,
                   "--channel", "none")
        self.fails(IO, ["nowhere"], "impair", self.input, "-o", self.path("x.npy"), "--trace", self.path("nowhere.json"))

    def test_no_loss_changes_nothing(self):
        found = self.impair(self.input, "-o", self.output, "--channel", "none", "--concealer", "ajoint")
        self.assertTrue((np.load(self.output) == self.tensors).all())
        self.assertEqual((found["repaired"], found["by"]), (0, {}))

    def error(self, concealer, *args):
        self.impair(self.input, "-o", self.output, "--channel", "iid:loss=.3", "--packets", "rows=4", "--concealer", concealer, *args)
        return float(((np.load(self.output) - self.tensors) ** 2).mean())

    def test_concealers_repair(self):
        zero = self.error("zero")
        for concealer in ("linear", "caltec", "gself", "temporal", "ajoint", "ajcross"):
            self.assertLess(self.error(concealer), zero, concealer)

    def test_layers_each_have_a_concealer(self):
        np.savez(self.path("in.npz"), a=self.tensors, b=self.tensors[:, :5, :10])
        found = self.impair(self.path("in.npz"), "-o", self.path("out.npz"), "--channel", "iid:loss=.2", "--concealer", "gself")
        out = np.load(self.path("out.npz"))
        self.assertEqual(out["b"].shape, (6, 5, 10, 20))
        self.assertEqual(list(found["by"]), ["gself"])

    def test_statistics(self):
        self.needs("torch")
        statistics = self.path("net.fscs")
        self.ok("calibrate", self.input, "--kind", "completion", "-o", statistics, "--quiet")
        zero = self.error("zero")
        for concealer in ("gauss", "gcross", "altec", "dataset-mean", "hybrid", "diff"):
            self.assertLess(self.error(concealer, "--statistics", statistics), zero, concealer)
        weights = self.path("altec.fscs")
        self.ok("calibrate", self.input, "--kind", "altec", "-o", weights, "--quiet")
        self.assertLess(weights.stat().st_size, statistics.stat().st_size)
        self.error("altec", "--statistics", weights)
        common = ("impair", self.input, "-o", self.path("x.npy"), "--channel", "iid:loss=.1")
        self.fails(USAGE, ["lack", "gcross"], *common, "--concealer", "gcross", "--statistics", weights)
        damaged = self.path("damaged.fscs")
        damaged.write_bytes(weights.read_bytes()[:-3])
        self.fails(BAD_INPUT, ["damaged"], *common, "--concealer", "altec", "--statistics", damaged)
        other = self.save("other.npy", self.tensors[:, :5])
        self.fails(USAGE, ["other layer"], "impair", other, "-o", self.path("x.npy"), "--channel",
                   "iid:loss=.5", "--concealer", "gauss", "--statistics", statistics)
        self.fails(USAGE, ["--model"], "calibrate", self.input, "-o", self.path("x.fscp"))

    def test_what_cannot_be_done(self):
        common = ("impair", self.input, "-o", self.path("x.npy"))
        self.fails(USAGE, ["unknown concealer", "magic", "gcross"], *common, "--channel", "none", "--concealer", "magic")
        self.fails(USAGE, ["needs statistics", "gcross"], *common, "--channel", "none", "--concealer", "gcross")
        self.fails(USAGE, ["1.5"], *common, "--channel", "iid:loss=1.5")
        self.fails(USAGE, ["ge"], *common, "--channel", "ge:loss=.5,burst=.5")
        self.fails(USAGE, ["rows=0"], *common, "--channel", "none", "--packets", "rows=0")
        self.fails(USAGE, ["sideways"], *common, "--channel", "none", "--packets", "order=sideways")
        self.fails(USAGE, ["overwrite"], "impair", self.input, "-o", self.input, "--channel", "none")
        stream = self.path("clip.fsc")
        self.ok("encode", self.input, "-o", stream, "--quiet")
        self.fails(USAGE, ["yet", "decode"], "impair", stream, "-o", self.path("x.npy"), "--channel", "none")
        nan = self.tensors.copy()
        nan[1, 2, 3, 4] = np.nan
        self.fails(BAD_INPUT, ["frame 1"], "impair", self.save("nan.npy", nan), "-o", self.path("x.npy"), "--channel", "none")

    def test_quiet_says_nothing(self):
        process = run("impair", self.input, "-o", self.output, "--channel", "iid:loss=.1", "--quiet")
        self.assertEqual((process.returncode, process.stderr, process.stdout), (0, "", b""))
        process = run("impair", self.input, "-o", "-", "--channel", "none")
        self.assertEqual(process.returncode, 0)
        self.assertTrue(process.stdout.startswith(b"\x93NUMPY"))


if __name__ == "__main__":
    cli_harness.main()
