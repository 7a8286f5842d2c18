#!/usr/bin/env python3
"""The programs with VTM's command lines, called as CompressAI-Vision and FCTM call VTM's."""
import hashlib
import pathlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, IO, OK, USAGE, CliTest, moving_tensor

LOW_DELAY = """#======== Coding structure ========
IntraPeriod      : 32      # the command line says another
GOPSize          : 2
#        Type POC QPoffset
Frame1:  P    1   5
Frame2:  P    2   4
MaxCUWidth       : 64
Profile          : auto
"""
REORDERED = "Frame1: B 8 1\nFrame2: B 4 2\nFrame3: B 2 4\n"


def tiled(tensor, rows):
    """[T, rows x H, columns x W] of channels, row by row."""
    frames, channels, height, width = tensor.shape
    grid = tensor.reshape(frames, rows, channels // rows, height, width)
    return grid.transpose(0, 1, 3, 2, 4).reshape(frames, rows * height, -1)


def samples(frames, channels, height, width, bits=10):
    values = moving_tensor(frames, channels, height, width)
    return np.clip(np.round((values * 0.12 + 0.5) * (1 << bits)), 0, (1 << bits) - 1).astype(np.uint16)


def padded(pictures, fill=512):
    """As the writers of the platforms pad: to even sides, to the right and below."""
    return np.pad(pictures, [(0, 0), (0, pictures.shape[1] % 2), (0, pictures.shape[2] % 2)], constant_values=fill)


class Vtm(CliTest):
    def program(self, name, *args):
        program = pathlib.Path(cli.FSC).resolve().parent / "vtm" / f"fsc-{name}"
        return subprocess.run([program, *map(str, args)], capture_output=True, text=True, cwd=self.dir, timeout=300)

    def good(self, name, *args):
        process = self.program(name, *args)
        self.assertEqual((process.returncode, process.stderr), (OK, ""))
        return process.stdout

    def refused(self, code, words, name, *args):
        """One line of error with every word, and nothing left behind."""
        before = sorted(self.dir.iterdir())
        process = self.program(name, *args)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        self.assertTrue(process.stderr.startswith(f"fsc-{name}: "), process.stderr)
        for word in words:
            self.assertIn(word, process.stderr)
        self.assertEqual(sorted(self.dir.iterdir()), before, "left behind")

    def write(self, name, pictures, bits=10):
        self.path(name).write_bytes(pictures.astype("<u2" if bits > 8 else "u1").tobytes())

    def read(self, name, shape, bits=10):
        return np.frombuffer(self.path(name).read_bytes(), "<u2" if bits > 8 else "u1").reshape(-1, *shape)

    def command(self, width, height, frames, *, source="x.yuv", qp=37, period=8, skip=None, output="x.bin", cfg="lowdelay.cfg", more=()):
        """What the platforms put together for VTM's encoder."""
        if not self.path("lowdelay.cfg").exists():
            self.path("lowdelay.cfg").write_text(LOW_DELAY)
            self.path("reordered.cfg").write_text(REORDERED)
        line = ["-i", source, "-c", cfg, "-q", qp, "-o", "/dev/null", "-wdt", width, "-hgt", height, "-fr", 30, "-ts", 1, "-v", 6,
                "--Level=5.1", f"--IntraPeriod={period}", "--InputChromaFormat=400", "--InputBitDepth=10", "--InternalBitDepth=10",
                "--ConformanceWindowMode=1", "-dph", 0, "--DecodingRefreshType=1", f"--BitstreamFile={output}"]
        line += [] if skip is None else [f"--FrameSkip={skip}"]
        return [*line, f"--FramesToBeEncoded={frames}", *more]

    # ---- one stream

    def test_three_layouts(self):
        pyramid = np.concatenate([tiled(samples(6, 16, 16, 12), 4), tiled(samples(6, 16, 8, 6), 2)], axis=1)
        layouts = [("64 channels of 20x26 (found in the pictures)", tiled(samples(6, 64, 20, 26), 8), []),
                   ("6 channels of 6x8", tiled(samples(6, 6, 6, 8), 2), ["--FscTiles=6x8"]),
                   ("16 channels of 16x12, 16 channels of 8x6", pyramid, ["--FscTensors=p2=16x16x12,p3=16x8x6"])]
        for said, pictures, more in layouts:
            frames, height, width = pictures.shape
            self.write("x.yuv", pictures)
            out = self.good("encoderapp", *self.command(width, height, frames, qp=22, more=more))
            self.assertIn(said, out)
            written = int(re.search(r"^Bytes written to file: (\d+) \(([\d.]+) kbps\)$", out, re.M).group(1))
            self.assertEqual(written, self.path("x.bin").stat().st_size)
            self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 10)
            decoded = self.read("y.yuv", (height, width)).astype(float)
            self.assertEqual(len(decoded), frames)
            self.assertLess(np.abs(decoded - pictures).mean(), 12)
            self.good("encoderapp", *self.command(width, height, frames, more=[*more, "--FscQp=lossless"]))
            self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
            np.testing.assert_array_equal(self.read("y.yuv", (height, width)), pictures)

    def test_the_reconstruction_is_the_decoders(self):
        pictures = tiled(samples(10, 16, 10, 12), 4)
        self.write("x.yuv", pictures)
        for cfg in ("lowdelay.cfg", "reordered.cfg"):
            line = self.command(48, 40, 10, cfg=cfg, more=["-o", "rec.yuv", "-dph", 1, "--OutputBitDepth=8", "--FscTiles=10x12"])
            out = self.good("encoderapp", *line)
            told = self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 8)
            self.assertEqual(self.path("rec.yuv").read_bytes(), self.path("y.yuv").read_bytes())
            digest = hashlib.md5(self.path("y.yuv").read_bytes()).hexdigest()
            self.assertIn(f"MD5 of the pictures: {digest}\n", out)
            self.assertIn(f"MD5 of the pictures: {digest}\n", told)
            self.good("decoderapp", "-b", "x.bin", "-o", "z.yuv")
            whole = self.read("z.yuv", (40, 48)).astype(int)
            np.testing.assert_array_equal(self.read("y.yuv", (40, 48), 8), np.minimum((whole + 2) >> 2, 255))
            mse = ((whole - pictures.astype(int)) ** 2).reshape(10, -1).mean(1)
            self.assertIn(f"{(10 * np.log10(1020**2 / mse)).mean():.4f}", out)
        self.assertIn("frames reordered", out)

    def test_without_a_grid_the_picture_is_one_channel(self):
        noise = np.random.default_rng(1).integers(0, 1024, (3, 40, 48))
        self.write("x.yuv", noise)
        out = self.good("encoderapp", *self.command(48, 40, 3))
        self.assertIn("the whole picture as one channel (no grid of tiles shows itself)", out)
        self.good("encoderapp", *self.command(48, 40, 3, more=["--FscQp=lossless"]))
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        np.testing.assert_array_equal(self.read("y.yuv", (40, 48)), noise)

    def test_odd_sizes(self):
        pictures = tiled(samples(12, 12, 15, 17), 4)  # 60 x 51: the width is odd
        self.write("x.yuv", padded(pictures))
        for more in ([], ["--FscTiles=15x17"], ["--FscTensors=12x15x17"]):
            out = self.good("encoderapp", *self.command(51, 60, 12, more=[*more, "--FscQp=lossless"]))
            self.assertIn("52x60 (padded)", out)
            self.assertIn("12 channels of 15x17", out)
            self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 10)
            self.assertEqual(self.path("y.yuv").read_bytes(), self.path("x.yuv").read_bytes())
        # Both sides odd; as many pictures as make the sizes ambiguous; one channel; not padded.
        odd = tiled(samples(4, 9, 5, 3), 3)  # 15 x 9
        for name, given in (("padded", padded(odd)), ("ambiguous", np.tile(padded(odd), (135, 1, 1))), ("plain", odd)):
            self.write("x.yuv", given)
            out = self.good("encoderapp", *self.command(9, 15, len(given), more=["--FscQp=lossless"]))
            self.assertEqual("(padded)" in out, name != "plain", out)
            self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 10)
            self.assertEqual(self.path("y.yuv").read_bytes(), self.path("x.yuv").read_bytes(), name)
        self.path("x.yuv").write_bytes(self.path("x.yuv").read_bytes()[:-2])
        self.refused(BAD_INPUT, ["no whole number of pictures of 9x15 or, made even, of 10x16"], "encoderapp", *self.command(9, 15, 3))

    def test_standard_input_and_output(self):
        self.write("x.yuv", tiled(samples(3, 6, 6, 8), 2))
        self.good("encoderapp", *self.command(24, 12, 3))
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        folder = pathlib.Path(cli.FSC).resolve().parent / "vtm"
        encoder = subprocess.run([folder / "fsc-encoderapp", *map(str, self.command(24, 12, 3, output="-"))], capture_output=True, cwd=self.dir, check=True)
        self.assertEqual(encoder.stdout, self.path("x.bin").read_bytes())
        self.assertIn(b"Bytes written to file: ", encoder.stderr)
        decoder = subprocess.run([folder / "fsc-decoderapp", "-b", "-", "-o", "-"], input=encoder.stdout, capture_output=True, check=True)
        self.assertEqual(decoder.stdout, self.path("y.yuv").read_bytes())

    def test_depths(self):
        small = tiled(samples(4, 6, 8, 8, bits=8), 2)
        self.write("x.yuv", small, 8)
        line = self.command(24, 16, 4, more=["--InputBitDepth=8", "--InternalBitDepth=0", "--FscQp=lossless"])
        self.good("encoderapp", *line)
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.assertEqual(self.path("y.yuv").read_bytes(), self.path("x.yuv").read_bytes())
        self.good("encoderapp", *line, "--InternalBitDepth=10")
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        np.testing.assert_array_equal(self.read("y.yuv", (16, 24)), small << 2)
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 8)
        self.assertEqual(self.path("y.yuv").read_bytes(), self.path("x.yuv").read_bytes())
        chroma = np.concatenate([small.reshape(4, -1), np.full((4, 192), 128)], axis=1)
        self.write("x.yuv", chroma, 8)
        self.good("encoderapp", *line, "--InputChromaFormat=420")
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.assertEqual(self.path("y.yuv").read_bytes(), self.path("x.yuv").read_bytes())
        chroma[2, 400] = 7
        self.write("x.yuv", chroma, 8)
        self.refused(BAD_INPUT, ["frame 2", "chroma planes hold a picture"], "encoderapp", *line, "--InputChromaFormat=420")

    def test_qp_is_vtms(self):
        """A step in samples: the error does not depend on how much the channels vary, and doubles every 6."""
        quiet = samples(6, 64, 20, 26)
        loud = np.clip((quiet.astype(float) - 512) * 4 + 512, 0, 1023).round().astype(np.uint16)
        errors = {}
        for name, tensor in (("quiet", quiet), ("loud", loud)):
            pictures = tiled(tensor, 8)
            self.write("x.yuv", pictures)
            for qp in (16, 22):
                out = self.good("encoderapp", *self.command(208, 160, 6, qp=qp, more=["-o", "rec.yuv", "--FscTiles=20x26"]))
                self.assertRegex(out, rf"QP {qp} \(\d+ on the mode's scale\)")
                errors[name, qp] = np.sqrt(((self.read("rec.yuv", (160, 208)).astype(float) - pictures) ** 2).mean())
        self.assertAlmostEqual(np.log2(errors["loud", 16] / errors["quiet", 16]), 0, delta=0.35)
        self.assertAlmostEqual(np.log2(errors["loud", 22] / errors["loud", 16]), 1, delta=0.35)
        # Of a step of 4 x 2^(12/6) samples the errors are about step / sqrt(12).
        self.assertAlmostEqual(np.log2(errors["loud", 16] / (16 / np.sqrt(12))), 0, delta=0.5)

    def test_a_picture_mode(self):
        self.needs("ffmpeg")
        pictures = tiled(samples(6, 64, 20, 26), 8)
        self.write("x.yuv", pictures)
        out = self.good("encoderapp", *self.command(208, 160, 6, more=["--FscMode=hevc", "-o", "rec.yuv"]))
        self.assertIn("208x160, 10 bits, 6 from 0 on: the whole picture\n", out)
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.assertEqual(self.path("rec.yuv").read_bytes(), self.path("y.yuv").read_bytes())
        self.good("encoderapp", *self.command(208, 160, 6, more=["--FscMode=ffv1"]))
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        np.testing.assert_array_equal(self.read("y.yuv", (160, 208)), pictures)
        self.refused(USAGE, ["none", "--FscMode"], "encoderapp", *self.command(208, 160, 6, more=["--FscMode=none"]))
        self.refused(USAGE, ["--FscTiles", "as it is"], "encoderapp", *self.command(208, 160, 6, more=["--FscMode=hevc", "--FscTiles=20x26"]))
        self.refused(USAGE, ["hevc takes 0..51"], "encoderapp", *self.command(208, 160, 6, qp=60, more=["--FscMode=hevc"]))

    # ---- parts

    def parts(self, width, height, frames, period, **kwargs):
        """The parts as the platforms cut them, coded side by side: (file, first picture, pictures)."""
        count, cut = round(frames / period + 0.5), []
        left = frames
        for i in range(count):
            cut.append((f"x-part-{i:03d}.bin", i * period, min(left, period + 1)))
            left -= period
        with ThreadPoolExecutor(2) as pool:
            lines = [self.command(width, height, n, period=period, skip=first, output=name, **kwargs) for name, first, n in cut]
            list(pool.map(lambda line: self.good("encoderapp", *line), lines))
        return cut

    def test_parts_become_the_whole(self):
        for frames, period, cfg, more in ((13, 4, "lowdelay.cfg", []), (12, 4, "lowdelay.cfg", []), (20, 8, "reordered.cfg", []),
                                          (9, 4, "lowdelay.cfg", ["--FscMode=float"])):
            pictures = tiled(samples(frames, 16, 10, 12), 4)
            self.write("x.yuv", pictures)
            cut = self.parts(48, 40, frames, period, cfg=cfg, more=more)
            expected = {}
            for name, first, count in cut:
                if first == frames:  # what the platforms ask for where a sequence is an odd number of periods
                    self.assertEqual(self.path(name).stat().st_size, 0)
                    continue
                self.good("decoderapp", "-b", name, "-o", "part.yuv")
                part = self.read("part.yuv", (40, 48))
                self.assertEqual(len(part), count)
                expected.update(zip(range(first, first + count), part))  # of two, the later part's
            names = [name for name, _, _ in cut]
            for order in (names, names[::-1]):
                self.assertIn(f"{frames} pictures of", self.good("parcat", *order, "x.bin"))
                self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv", "-d", 10)
                decoded = self.read("y.yuv", (40, 48))
                np.testing.assert_array_equal(decoded, [expected[i] for i in range(frames)])
            if more:
                np.testing.assert_array_equal(decoded, pictures)
            # It is a stream like any other: it seeks, and says that its pictures go on.
            self.ok("decode", self.path("x.bin"), "--frames", f"{period + 1}:{period + 3}", "-o", self.path("y.yuv"))
            np.testing.assert_array_equal(self.read("y.yuv", (40, 48)), decoded[period + 1:period + 3])

    def test_parts_of_a_picture_mode(self):
        self.needs("ffmpeg")
        pictures = tiled(samples(10, 64, 20, 26), 8)
        self.write("x.yuv", pictures)
        names = [name for name, _, _ in self.parts(208, 160, 10, 4, more=["--FscMode=hevc"])]
        self.good("parcat", *names, "x.bin")
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.good("decoderapp", "-b", names[1], "-o", "part.yuv")
        decoded = self.read("y.yuv", (160, 208))
        self.assertEqual(len(decoded), 10)
        np.testing.assert_array_equal(decoded[4:8], self.read("part.yuv", (160, 208))[:4])

    def test_parts_find_the_same_tiles(self):
        """The search looks at the file's start, whatever part is coded: here the second part is one grey."""
        pictures = tiled(samples(16, 64, 20, 26), 8)
        pictures[8:] = 512
        self.write("x.yuv", pictures)
        names = [name for name, _, _ in self.parts(208, 160, 16, 8)]
        self.good("parcat", *names, "x.bin")
        self.good("decoderapp", "-b", "x.bin", "-o", "y.yuv")
        np.testing.assert_array_equal(self.read("y.yuv", (160, 208))[9:], 512)

    def test_parts_that_do_not_go_together(self):
        pictures = tiled(samples(13, 16, 10, 12), 4)
        self.write("x.yuv", pictures)
        names = [name for name, _, _ in self.parts(48, 40, 13, 4)]
        self.refused(USAGE, ["pictures 5 to 7 are in no part", names[0], names[2]], "parcat", names[0], names[2], "x.bin")
        self.refused(USAGE, ["two parts begin with picture 4"], "parcat", names[1], names[0], names[1], "x.bin")
        self.refused(USAGE, ["overwrite"], "parcat", names[0], names[1], names[0])
        self.refused(USAGE, ["--version-of-vtm", "no such option"], "parcat", "--version-of-vtm", names[0], "x.bin")
        self.refused(USAGE, ["a part and an output"], "parcat", names[0])
        self.refused(IO, ["cannot open", "missing.bin"], "parcat", names[0], "missing.bin", "x.bin")

        # A part whose frames are coded in another order, longer than a period: its last picture is one that others need.
        self.good("encoderapp", *self.command(48, 40, 9, output="first.bin", period=32, cfg="reordered.cfg"))
        self.refused(USAGE, ["coded after frames that are left out", "first.bin"], "parcat", "first.bin", names[2], "x.bin")
        self.good("encoderapp", *self.command(48, 40, 5, skip=4, output="float.bin", period=4, more=["--FscMode=float"]))
        self.refused(USAGE, ["cannot join: mode float after latent"], "parcat", names[0], "float.bin", "x.bin")
        self.good("encoderapp", *self.command(48, 40, 5, skip=4, output="tiles.bin", period=4, more=["--FscTiles=20x24"]))
        self.refused(USAGE, ["cannot join: other layers"], "parcat", names[0], "tiles.bin", "x.bin")
        self.ok("encode", self.save("t.npy", moving_tensor(9)), "--frames", "4:9", "--fps", "30", "-o", self.path("other.fsc"))
        self.refused(USAGE, ["cannot join"], "parcat", names[0], "other.fsc", "x.bin")
        self.path("cut.bin").write_bytes(self.path(names[1]).read_bytes()[:-40])
        self.refused(BAD_INPUT, ["cut.bin"], "parcat", names[0], "cut.bin", names[2], "x.bin")
        self.path("empty.bin").write_bytes(b"")
        self.refused(BAD_INPUT, ["all parts are empty"], "parcat", "empty.bin", "x.bin")

    def test_a_part_within_another(self):
        self.write("x.yuv", tiled(samples(9, 16, 10, 12), 4))
        self.good("encoderapp", *self.command(48, 40, 9, output="long.bin"))
        self.good("encoderapp", *self.command(48, 40, 3, skip=4, output="short.bin"))
        self.refused(USAGE, ["lies within another, which has pictures 0 to 8", "short.bin"], "parcat", "long.bin", "short.bin", "x.bin")

    # ---- settings

    def test_configuration_files(self):
        pictures = tiled(samples(6, 6, 6, 8), 2)
        self.write("x.yuv", pictures)
        self.path("all.cfg").write_text("InputFile : x.yuv\nBitstreamFile: \"cfg.bin\"\nSourceWidth :24 # px\nSourceHeight: 12\nFrameRate: 30\nQP : 40\n\n# a comment\n"
                                        "InputBitDepth : 10\nInputChromaFormat: 400\nFramesToBeEncoded : 3\nFscTiles: 6x8\nCTUSize : 128\nLMChroma : 1\nALF : 1\nSAO: 0\nDMVR: 1\nDMVR: 0\n")
        out = self.good("encoderapp", "-c", "all.cfg")
        self.assertIn("3 from 0 on: 6 channels of 6x8", out)
        self.assertIn("QP 40 (", out)
        self.assertIn("without meaning for fsc: CTUSize, LMChroma, ALF, SAO and 1 more\n", out)
        self.assertTrue(self.path("cfg.bin").exists())
        self.assertIn("QP 30 (", self.good("encoderapp", "-c", "all.cfg", "-q", "30", "-b=b.bin"))
        self.assertIn("QP 40 (", self.good("encoderapp", "-q", "30", "-c", "all.cfg", "--QP", "40"))
        self.assertIn("QP 40 (", self.good("encoderapp", "-q", "30", "-c", "all.cfg"))
        self.assertEqual(self.good("encoderapp", "-c", "all.cfg", "-v", "0"), "")
        self.path("bad.cfg").write_text("QP : 30\nQP 31\n")
        self.refused(USAGE, ["QP 31", "bad.cfg, line 2"], "encoderapp", "-c", "bad.cfg")
        self.path("other.cfg").write_bytes(b"\x7fELF\2\1\1\0\0" + bytes(range(256)) * 4)
        self.refused(BAD_INPUT, ["no text", "other.cfg"], "encoderapp", "-c", "other.cfg")
        self.path("long.cfg").write_text("QP 31 " * 1000)
        self.assertLess(len(self.program("encoderapp", "-c", "long.cfg").stderr), 200)
        self.path("large.cfg").write_text("QP : 31\n" + " " * (1 << 20))
        self.refused(BAD_INPUT, ["too large", "large.cfg"], "encoderapp", "-c", "large.cfg")
        self.path("many.cfg").write_text("".join(f"k{i}:\n" for i in range(100000)))
        self.assertIn("and 100001 more\n", self.good("encoderapp", "-c", "all.cfg", "-c", "many.cfg"))
        self.refused(IO, ["nowhere.cfg"], "encoderapp", "-c", "nowhere.cfg")
        self.path("rate.cfg").write_text("RateControl : 1\n")
        self.refused(USAGE, ["--RateControl", "only 0"], "encoderapp", "-c", "all.cfg", "-c", "rate.cfg")
        self.path("intra.cfg").write_text("TemporalSubsampleRatio : 8\n")
        self.refused(USAGE, ["--TemporalSubsampleRatio", "only 1"], "encoderapp", "-c", "all.cfg", "-c", "intra.cfg")
        self.good("encoderapp", "-c", "all.cfg", "-c", "intra.cfg", "-ts", "1")

    def test_what_is_refused(self):
        self.write("x.yuv", tiled(samples(6, 6, 6, 8), 2))
        line = self.command(24, 12, 6)
        for name in ("encoderapp", "decoderapp", "parcat"):
            self.assertIn("usage: fsc-" + name, self.good(name, "--help"))
            self.assertRegex(self.good(name, "--version"), rf"^fsc-{name} \d")
        self.refused(USAGE, ["--MCTSEncConstraint", "no such option"], "encoderapp", *line, "--MCTSEncConstraint=1")
        self.refused(USAGE, ["-SEIDecodedPictureHash", "no such option"], "decoderapp", "-b", "x.bin", "-SEIDecodedPictureHash", "1")
        self.refused(USAGE, ["'x.bin' belongs to no option"], "decoderapp", "x.bin")
        self.refused(USAGE, ["-q", "no value"], "encoderapp", *line, "-q")
        for given, words in ((["-q", "64"], ["'64'", "--QP", "0 .. 63"]), (["-q", "30.5"], ["'30.5'", "--QP"]), (["-wdt", "0"], ["--SourceWidth"]),
                             (["-fr", "0"], ["--FrameRate", "frame rate"]), (["--InputBitDepth=7"], ["--InputBitDepth"]), (["--InternalBitDepth=6"], ["8 .. 16"]),
                             (["--InputChromaFormat=444"], ["chroma format '444'", "--InputChromaFormat"]), (["--ChromaFormatIDC=420"], ["--ChromaFormatIDC"]),
                             (["-dph", "4"], ["--SEIDecodedPictureHash"]), (["--FscTiles=5x5"], ["do not fill"]), (["--FscTiles=5"], ["no size of tiles", "--FscTiles"]),
                             (["--FscTensors=p=2x2"], ["no tensor", "--FscTensors"]), (["--FscTiles=6x8", "--FscTensors=6x6x8"], ["give one of them"]),
                             (["--FscPreset=none"], ["--FscPreset"]), (["--FscQp=none"], ["--FscQp"]),
                             (["--FscThreads=0"], ["--FscThreads"]), (["-b", "x.yuv"], ["overwrite"]), (["-b", "-", "-o", "-"], ["two outputs"]), (["-b", "lowdelay.cfg"], ["overwrite"]), (["-wdt", "16385"], ["--SourceWidth", "1 .. 16384"]),
                             (["-wdt", "16384", "-hgt", "16384"], ["16384x16384", "limit"])):
            self.refused(USAGE, words, "encoderapp", *line, *given)
        for missing in ("-i", "-wdt", "-hgt", "-fr"):
            at = line.index(missing)
            self.refused(USAGE, [f"{missing}, --", "missing"], "encoderapp", *line[:at], *line[at + 2:])
        self.refused(USAGE, ["-b, --BitstreamFile", "missing"], "decoderapp", "-o", "y.yuv")

    def test_bad_pictures(self):
        pictures = tiled(samples(6, 6, 6, 8), 2)
        self.write("x.yuv", pictures)
        self.refused(USAGE, ["picture 7 is past the end", "6 pictures"], "encoderapp", *self.command(24, 12, 2, skip=7))
        self.assertIn("no pictures are left", self.good("encoderapp", *self.command(24, 12, 0, skip=6)))
        self.assertEqual(self.path("x.bin").read_bytes(), b"")
        self.refused(BAD_INPUT, ["x.bin"], "decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.path("x.bin").unlink()
        self.assertIn("there are 4 pictures and not 9", self.good("encoderapp", *self.command(24, 12, 9, skip=2)))
        self.path("x.bin").unlink()
        pictures[3, 4, 5] = 1024
        self.write("x.yuv", pictures)
        self.refused(BAD_INPUT, ["1024", "frame 3, row 4, column 5", "10 bits"], "encoderapp", *self.command(24, 12, 6, more=["-o", "rec.yuv"]))
        self.path("x.yuv").write_bytes(self.path("x.yuv").read_bytes()[:-3])
        self.refused(BAD_INPUT, ["573 bytes are left over after 5 pictures"], "encoderapp", *self.command(24, 12, 6))
        self.refused(IO, ["missing.yuv"], "encoderapp", *self.command(24, 12, 6, source="missing.yuv"))

    def test_damage(self):
        self.write("x.yuv", tiled(samples(9, 16, 10, 12), 4))
        self.good("encoderapp", *self.command(48, 40, 9))
        whole = self.path("x.bin").read_bytes()
        for place in (3, 60, len(whole) // 2, len(whole) * 3 // 4):
            self.path("x.bin").write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1:])
            self.refused(BAD_INPUT, ["x.bin"], "decoderapp", "-b", "x.bin", "-o", "y.yuv")
            self.path("x.bin").write_bytes(whole[:place])
            self.refused(BAD_INPUT, ["x.bin"], "decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.ok("encode", self.save("t.npy", moving_tensor(2)), "-o", self.path("x.bin"))
        self.refused(USAGE, ["did not come from raw pictures"], "decoderapp", "-b", "x.bin", "-o", "y.yuv")
        self.refused(USAGE, ["overwrite"], "decoderapp", "-b", "x.bin", "-o", "x.bin")


if __name__ == "__main__":
    cli.main()
