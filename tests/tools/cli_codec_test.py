#!/usr/bin/env python3
"""Encode, decode, info, view and export from the command line."""
import json
import subprocess

import cli_harness as cli
import numpy as np
from cli_harness import CliTest, moving_tensor, run


class Codec(CliTest):
    def setUp(self):
        super().setUp()
        self.needs("ffmpeg")

    def encode(self, tensor, *args, name="s.fsc"):
        self.ok("encode", self.save("in.npy", tensor), "-o", self.path(name), "--stride", 8, *args)
        return self.path(name)

    def decode(self, stream, *args, name="out.npy"):
        self.ok("decode", stream, "-o", self.path(name), *args)
        return np.load(self.path(name))

    def test_round_trip_is_within_half_a_step(self):
        tensor = moving_tensor()
        for mode in ("ffv1", "png"):
            decoded = self.decode(self.encode(tensor, "--mode", mode, "--range-update", "frame"))
            half_step = (tensor.max() - tensor.min()) / 256 / 2
            self.assertEqual(decoded.dtype, np.float32)
            self.assertLessEqual(np.abs(decoded - tensor).max(), half_step * 1.0001, mode)

    def test_lossy_modes_get_smaller_and_worse_with_qp(self):
        tensor = moving_tensor(frames=8, channels=16, height=24, width=24)
        for mode in cli.MODES:
            sizes, errors = [], []
            for qp in (10, 25, 40):
                stream = self.encode(tensor, "--mode", mode, "--qp", qp)
                sizes.append(stream.stat().st_size)
                errors.append(float(np.mean((self.decode(stream) - tensor) ** 2)))
            self.assertEqual(sizes, sorted(sizes, reverse=True), mode)
            self.assertEqual(errors, sorted(errors), mode)

    def test_layers_keep_names_and_order(self):
        arrays = {"p3": moving_tensor(4, 5, 16, 20), "p2": moving_tensor(4, 7, 32, 40), "a": moving_tensor(4, 3, 1, 1)}
        np.savez(self.path("in.npz"), **arrays)
        self.ok("encode", self.path("in.npz"), "-o", self.path("s.fsc"), "--mode", "ffv1", "--bits", 12, "--stride", "16,8,64", "--range-update", "frame")
        self.ok("decode", self.path("s.fsc"), "-o", self.path("out.npz"))
        decoded = np.load(self.path("out.npz"))
        self.assertEqual(decoded.files, ["p3", "p2", "a"])
        for name, array in arrays.items():
            self.assertLess(np.abs(decoded[name] - array).max(), 0.01 * np.ptp(array))
        self.ok("decode", self.path("s.fsc"), "-o", self.path("one.npy"), "--layers", "p2")
        np.testing.assert_array_equal(np.load(self.path("one.npy")), decoded["p2"])

    def test_frames_seek_gives_the_same_as_all(self):
        tensor = moving_tensor(frames=20)
        stream = self.encode(tensor, "--gop", 8, "--qp", 20)
        everything = self.decode(stream)
        self.assertEqual(len(everything), 20)
        for first, last in ((0, 1), (7, 9), (13, 20)):
            part = self.decode(stream, "--frames", f"{first}:{last}")
            np.testing.assert_array_equal(part, everything[first:last])

    def test_threads_change_nothing(self):
        tensor = moving_tensor(frames=10, channels=16, height=32, width=32)
        for mode in cli.MODES:
            streams = {self.encode(tensor, "--mode", mode, "--threads", n).read_bytes() for n in (1, 2, 3)}
            self.assertEqual(len(streams), 1, mode)
            stream = self.encode(tensor, "--mode", mode)
            digests = {run("decode", stream, "--md5", "--threads", n).stdout for n in (1, 2, 3)}
            self.assertEqual(len(digests), 1, mode)

    def test_pipes(self):
        tensor = moving_tensor()
        stream = self.encode(tensor)
        to_stdout = self.ok("encode", self.path("in.npy"), "-o", "-", "--stride", 8).stdout
        self.assertEqual(to_stdout, stream.read_bytes())
        md5 = self.ok("decode", stream, "--md5").stdout
        self.assertEqual(self.ok("decode", "-", "--md5", stdin=stream.read_bytes()).stdout, md5)
        self.assertEqual(self.ok("info", "-", "--json", stdin=stream.read_bytes()).returncode, 0)
        raw = self.ok("decode", stream, "-o", "-").stdout
        self.path("piped.npy").write_bytes(raw)
        np.testing.assert_array_equal(np.load(self.path("piped.npy")), self.decode(stream))

    def test_info_counts_every_byte(self):
        stream = self.encode(moving_tensor(frames=9), "--gop", 4)
        info = json.loads(self.ok("info", stream, "--json").stdout)
        size = stream.stat().st_size
        self.assertEqual(info["bytes"], size)
        self.assertEqual(sum(info["bytes_by_kind"].values()), size)
        self.assertEqual(info["frames"], 9)
        self.assertAlmostEqual(info["bits_per_element"], 8 * size / (9 * 8 * 12 * 17))
        self.assertEqual([p["frame"] for p in sorted(info["packets"], key=lambda p: p["frame"])], list(range(9)))
        self.assertEqual([p["frame"] for p in info["packets"] if p["random_access"]], [0, 4, 8])

    def check_joined(self, parts, frames):
        self.ok("cat", *parts, "-o", self.path("all.fsc"))
        joined = self.decode(self.path("all.fsc"), name="all.npy")
        np.testing.assert_array_equal(joined, np.concatenate([self.decode(part) for part in parts]))
        times = sorted(p["time_s"] for p in json.loads(self.ok("info", self.path("all.fsc"), "--json").stdout)["packets"])
        np.testing.assert_allclose(times, np.arange(frames) / 25)
        np.testing.assert_array_equal(self.decode(self.path("all.fsc"), "--frames", f"{frames - 5}:{frames}", name="part.npy"), joined[-5:])

    def test_cat_joins(self):
        for mode in ("hevc", "h264"):
            settings = ["--gop", 4, "--mode", mode, "--range", "fixed:-3:3"]
            parts = [self.encode(moving_tensor(frames=n, seed=n), *settings, name=f"{n}.fsc") for n in (9, 5, 1)]
            self.check_joined(parts, 15)
        # A latent stream describes its planes: each part brings its own description.
        parts = [self.encode(3 * n * moving_tensor(frames=n, seed=n), "--mode", "latent", "--gop", 4, *more, name=f"l{n}.fsc")
                 for n, more in ((9, ["--transform", "klt"]), (6, ["--low-delay"]), (5, ["--qp", "lossless"]))]
        self.check_joined(parts, 20)
        other = self.encode(moving_tensor(frames=3), "--mode", "png", name="other.fsc")
        self.fails(cli.USAGE, ["png"], "cat", parts[0], other, "-o", self.path("x.fsc"))

    def test_export_plays(self):
        stream = self.encode(moving_tensor(frames=9), "--mode", "hevc")
        self.ok("export", stream, "-o", self.path("s.mkv"))
        probe = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames", "-of", "csv=p=0",
                                self.path("s.mkv")], capture_output=True, text=True, check=True)
        self.assertEqual(probe.stdout.strip(), "hevc,9")

    def test_view_writes_a_picture(self):
        stream = self.encode(moving_tensor())
        self.ok("view", stream, "-o", self.path("v.png"))
        self.assertEqual(self.path("v.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.ok("view", self.path("in.npy"), "-o", self.path("v.mp4"))
        self.assertGreater(self.path("v.mp4").stat().st_size, 500)

    def picture(self, name):
        """A PNG as height x width x 3."""
        size = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", self.path(name)],
                              capture_output=True, text=True, check=True).stdout.strip().split(",")
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", self.path(name), "-f", "rawvideo", "-pix_fmt", "bgr24", "-"],
                             capture_output=True, check=True).stdout
        return np.frombuffer(raw, np.uint8).reshape(int(size[1]), int(size[0]), 3)

    def test_view_draws_how_a_latent_stream_was_coded(self):
        # Still on the right, noise on the left: that is where the bits are.
        tensor = np.repeat(moving_tensor(frames=1, channels=8, height=24, width=32), 6, axis=0)
        tensor[:, :, :, :16] = np.random.default_rng(5).normal(0, 2, (6, 8, 24, 16))
        stream = self.encode(tensor, "--mode", "latent", "--qp", 30, "--transform", "identity", "--low-delay")
        self.ok("view", stream, "-o", self.path("bits.png"), "--what", "bits", "--frames", 4, "--zoom", 2)
        bits = self.picture("bits.png")
        # The page: a margin of 20 pixels, the picture of 256 x 192 input pixels at zoom 2, the legend.
        drawn = bits[-20 - 384 : -20, 20 : 20 + 512].astype(float).mean(axis=2)
        self.assertGreater(drawn[:, :250].mean(), 2 * drawn[:, 262:].mean())
        for what in ("motion", "modes", "motion,modes,bits,tiles"):
            self.ok("view", stream, "-o", self.path("v.png"), "--what", what, "--frames", 4)
            self.assertGreater(self.picture("v.png").std(), 10, what)
        self.ok("view", stream, "-o", self.path("v.mp4"), "--what", "motion,bits")
        self.assertGreater(self.path("v.mp4").stat().st_size, 5000)
        # Errors against itself are nowhere; against the original somewhere.
        self.decode(stream, name="decoded.npy")
        pages = []
        for against in ("decoded.npy", "in.npy"):
            self.ok("view", stream, "-o", self.path("e.png"), "--what", "errors", "--against", self.path(against))
            pages.append(self.picture("e.png")[90:300, 30:300].max())
        self.assertLess(pages[0], 60)
        self.assertGreater(pages[1], 90)

    def test_view_says_what_it_cannot_draw(self):
        stream = self.encode(moving_tensor(), "--mode", "ffv1", "--range-update", "frame")
        self.fails(cli.USAGE, ["ffv1", "--what tiles"], "view", stream, "-o", self.path("v.png"), "--what", "motion")
        self.fails(cli.USAGE, ["not coded"], "view", self.path("in.npy"), "-o", self.path("v.png"), "--what", "bits")
        self.fails(cli.USAGE, ["--against"], "view", stream, "-o", self.path("v.png"), "--what", "errors")
        self.fails(cli.USAGE, ["--layers", "--what"], "view", stream, "-o", self.path("v.png"), "--layers", "nothing")
        other = self.save("other.npy", moving_tensor(channels=3))
        self.fails(cli.BAD_INPUT, ["other shapes"], "view", stream, "-o", self.path("v.png"), "--what", "errors", "--against", other)
        self.assertFalse(self.path("v.png").exists())

    def test_what_comes_later_says_so(self):
        tensor = self.save("in.npy", moving_tensor())
        self.fails(cli.IO, ["p.fscp"], "encode", tensor, "-o", self.path("x.fsc"), "--profile", "p.fscp")
        self.fails(cli.USAGE, ["--max-drop"], "encode", tensor, "-o", self.path("x.fsc"), "--max-drop", 1)

    def test_codec_options_reach_the_encoder(self):
        tensor = moving_tensor(frames=8, channels=16, height=24, width=24)
        plain = self.encode(tensor).read_bytes()
        for mode, options in (("hevc", "sao=0:ref=1"), ("h264", "cabac=0")):
            self.assertNotEqual(self.encode(tensor, "--mode", mode, "--codec-options", options).read_bytes(), plain)
        self.fails(cli.USAGE, ["nonsense"], "encode", self.path("in.npy"), "-o", self.path("x.fsc"), "--mode", "hevc", "--codec-options", "nonsense=1")


if __name__ == "__main__":
    cli.main()
