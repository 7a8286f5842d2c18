#!/usr/bin/env python3
"""Encoders through the command line: QPs obeyed or refused, rate options, clean standard output, mode float, outliers."""
import json

import cli_harness as cli
import numpy as np
from cli_harness import CliTest, moving_tensor, run


class Encoders(CliTest):
    def setUp(self):
        super().setUp()
        self.tensor = moving_tensor(frames=6, channels=16, height=24, width=24)
        self.input = self.save("in.npy", self.tensor)

    def encode(self, *options, name="s.fsc", source=None):
        self.ok("encode", source or self.input, "-o", self.path(name), *options)
        return self.path(name)

    def decode(self, stream):
        self.ok("decode", stream, "-o", self.path("out.npy"))
        return np.load(self.path("out.npy"))

    def has(self, mode):
        return run("encode", self.input, "-o", self.path("probe.fsc"), "--mode", mode).returncode == 0

    def test_every_mode_works_without_a_qp(self):
        self.needs("ffmpeg")
        for mode in ("latent", "float", "hevc", "h264", "av1", "ffv1", "jpeg", "jpeg2000", "png", "mpeg4", "libvpx-vp9"):
            process = run("encode", self.input, "-o", self.path("s.fsc"), "--mode", mode)
            if "no encoder" in process.stderr or "no such" in process.stderr:
                continue
            self.assertEqual(process.returncode, cli.OK, mode + process.stderr)

    def test_qp_zero_of_av1_is_no_default(self):
        self.needs("ffmpeg")
        if not self.has("av1"):
            self.skipTest("needs SVT-AV1: install a libavcodec that has libsvtav1")
        errors = []
        for qp in (0, 1, 20):
            self.encode("--mode", "av1", "--qp", qp)
            errors.append(float(np.mean((self.decode(self.path("s.fsc")) - self.tensor) ** 2)))
        self.assertLessEqual(errors[0], errors[1])
        self.assertLess(errors[1], errors[2])

    def test_encoders_by_name_obey_or_refuse(self):
        self.needs("ffmpeg")
        for mode, fine, coarse in (("libvpx", 10, 50), ("libvpx-vp9", 10, 50), ("mpeg4", 2, 25), ("libx265", 20, 40)):
            if not self.has(mode):
                continue
            sizes = [self.encode("--mode", mode, "--qp", qp).stat().st_size for qp in (fine, coarse)]
            self.assertGreater(sizes[0], 1.5 * sizes[1], mode)
        self.fails(cli.USAGE, ["1..31", "mpeg4"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "mpeg4", "--qp", 40)
        self.fails(cli.USAGE, ["1..31", "jpeg"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "jpeg", "--qp", 0)
        self.fails(cli.USAGE, ["--qp 52", "0..51", "hevc"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "hevc", "--qp", 52)
        self.fails(cli.USAGE, ["libtheora"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "libtheora")

    def test_rate_options_are_obeyed(self):
        self.needs("ffmpeg")
        fine = self.encode("--mode", "hevc", "--codec-options", "crf=10").read_bytes()
        coarse = self.encode("--mode", "hevc", "--codec-options", "crf=40").read_bytes()
        self.assertGreater(len(fine), 2 * len(coarse))
        self.assertEqual(self.encode("--mode", "hevc", "--codec-options", "x265-params=crf=10").read_bytes(), fine)
        self.fails(cli.USAGE, ["--qp", "codec options"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "hevc",
                   "--qp", 30, "--codec-options", "crf=10")
        self.fails(cli.USAGE, ["lossless"], "encode", self.input, "-o", self.path("x.fsc"),
                   "--mode", "ffv1", "--codec-options", "b=100000")

    def test_options_as_ffmpeg_writes_them_and_colons_in_values(self):
        self.needs("ffmpeg")
        plain = self.encode("--mode", "h264").read_bytes()
        ours = self.encode("--mode", "h264", "--codec-options", r"deblock=3\:3:cabac=0").read_bytes()
        theirs = self.encode("--mode", "h264", "--codec-options", r"x264-params=deblock=3\:3:cabac=0").read_bytes()
        self.assertEqual(ours, theirs)
        self.assertNotEqual(ours, plain)
        self.assertNotEqual(ours, self.encode("--mode", "h264", "--codec-options", "cabac=0").read_bytes())

    def test_standard_output_is_ours_alone(self):
        self.needs("ffmpeg")
        for mode in ("hevc", "libx265", "libx264", "av1", "libsvtav1", "libvpx-vp9", "mpeg4"):
            if not self.has(mode):
                continue
            piped = run("encode", self.input, "-o", "-", "--mode", mode)
            self.assertEqual(piped.returncode, cli.OK, piped.stderr)
            self.assertEqual(piped.stdout, self.encode("--mode", mode).read_bytes(), mode)
            self.assertEqual(len(piped.stderr.splitlines()), 1, piped.stderr)
            summary = run("encode", self.input, "-o", self.path("s.fsc"), "--mode", mode, "--json")
            self.assertEqual(json.loads(summary.stdout)["frames"], 6, mode)
            self.assertEqual(summary.stderr, "", mode)

    def test_float_keeps_every_bit(self):
        tensor = self.tensor.copy()
        tensor[0, 0, 0, :6] = np.array([-0.0, 1e-45, -1e-40, 3.4e38, -3.4e38, 1e-38], np.float32)
        stream = self.encode("--mode", "float", source=self.save("odd.npy", tensor))
        np.testing.assert_array_equal(self.decode(stream).view(np.uint32), tensor.view(np.uint32))
        self.ok("decode", stream, "-o", self.path("part.npy"), "--frames", "3:5")
        np.testing.assert_array_equal(np.load(self.path("part.npy")), tensor[3:5])
        self.ok("cat", stream, stream, "-o", self.path("two.fsc"))
        self.assertEqual(len(self.decode(self.path("two.fsc"))), 12)
        info = json.loads(self.ok("info", stream, "--json").stdout)
        self.assertTrue(all(packet["random_access"] for packet in info["packets"]))
        self.fails(cli.USAGE, ["float", "--bits"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "float", "--bits", 8)
        self.fails(cli.USAGE, ["float", "--transform"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "float", "--transform", "klt")
        self.fails(cli.USAGE, ["--mode float"], "encode", self.input, "-o", self.path("x.fsc"), "--mode", "hevc", "--qp", "lossless")
        self.fails(cli.USAGE, ["no pictures"], "export", stream, "-o", self.path("x.mkv"))
        tensor[2, 1, 1, 1] = np.nan
        self.fails(cli.BAD_INPUT, ["frame 2"], "encode", self.save("nan.npy", tensor), "-o", self.path("x.fsc"), "--mode", "float")

    def test_one_wild_value_spoils_nothing_and_is_reported(self):
        self.needs("ffmpeg")
        tensor = self.tensor.copy()
        tensor[3, 5, 6, 7] = 1e6
        source = self.save("wild.npy", tensor)
        process = self.ok("encode", source, "-o", self.path("s.fsc"), "--mode", "ffv1", "--json")
        self.assertEqual([(w["kind"], w["count"]) for w in json.loads(process.stdout)["warnings"]], [("outlier-values", 1)])
        decoded = self.decode(self.path("s.fsc"))
        self.assertEqual(decoded[3, 5, 6, 7], np.float32(1e6))
        decoded[3, 5, 6, 7] = tensor[3, 5, 6, 7] = 0
        self.assertLess(np.abs(decoded - tensor).max(), 0.01 * np.ptp(tensor))
        process = self.ok("encode", source, "-o", self.path("s.fsc"), "--mode", "hevc", "--packing", "mpeg", "--qp", 20, "--json")
        self.assertEqual([(w["kind"], w["advice"]) for w in json.loads(process.stdout)["warnings"]], [("outlier-range", "set --range to auto")])
        self.fails(cli.BAD_INPUT, ["far outside"], "encode", source, "-o", self.path("x.fsc"), "--mode", "ffv1", "--strict")
        process = self.ok("encode", self.input, "-o", self.path("s.fsc"), "--mode", "ffv1", "--json")
        self.assertEqual(json.loads(process.stdout)["warnings"], [])

    def test_what_a_constant_first_frame_leaves(self):
        self.needs("ffmpeg")
        tensor = np.concatenate([np.full_like(self.tensor[:1], 0.25), self.tensor])
        source = self.save("late.npy", tensor)
        for scope in ("layer", "channel"):
            stream = self.encode("--mode", "hevc", "--qp", 20, "--gop", 1024, "--tiled-options", f"range-scope={scope}", source=source)
            error = self.decode(stream)[1:] - self.tensor
            self.assertLess(np.mean(error**2), 0.01 * np.mean(self.tensor**2), scope)



class SmallPictures(CliTest):
    """Memory that nobody wrote must not show in the stream."""

    def test_the_same_bytes_whatever_memory_holds(self):
        self.needs("ffmpeg")
        for shape in ((8, 12, 17), (30, 12, 17)):
            tensors = self.save("x.npy", moving_tensor(6, *shape))
            for mode in ("hevc", "h264", "av1"):
                coded = set()
                for filler in ("1", "85", "170"):
                    self.ok("encode", tensors, "--mode", mode, "-o", self.path("s.fsc"), env={"MALLOC_PERTURB_": filler})
                    coded.add(self.path("s.fsc").read_bytes())
                self.assertEqual(len(coded), 1, (mode, shape))


if __name__ == "__main__":
    cli.main()
