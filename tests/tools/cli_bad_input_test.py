#!/usr/bin/env python3
"""Whatever is fed to the tool, it answers with one line and the right exit code, and leaves nothing half-written."""
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, IO, USAGE, CliTest, moving_tensor, run


def npy_header(text):
    header = text.encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


class Usage(CliTest):
    def test_unknown_things(self):
        self.fails(USAGE, ["--help"])
        self.fails(USAGE, ["--help"], "frobnicate")
        tensor = self.save("in.npy", moving_tensor())
        self.fails(USAGE, ["nosuchmode"], "encode", tensor, "-o", self.path("x.fsc"), "--mode", "nosuchmode")
        self.fails(USAGE, ["--qp"], "encode", tensor, "-o", self.path("x.fsc"), "--qp", 99)
        self.fails(USAGE, ["--range"], "encode", tensor, "-o", self.path("x.fsc"), "--range", "fixed:1")
        self.fails(USAGE, ["--tiled-options tiling", "quilt"], "encode", tensor, "-o", self.path("x.fsc"), "--mode", "ffv1", "--tiled-options", "tiling=spiral")
        self.fails(USAGE, ["--frames"], "encode", tensor, "-o", self.path("x.fsc"), "--frames", "5:2")
        self.fails(USAGE, ["past the end"], "encode", tensor, "-o", self.path("x.fsc"), "--frames", "100:200")
        self.fails(USAGE, ["--stride"], "encode", tensor, "-o", self.path("x.fsc"), "--stride", "8,16")
        self.fails(USAGE, ["nothing to do"], "decode", tensor)

    def test_options_of_other_modes(self):
        tensor = self.save("t.npy", moving_tensor())
        for mode, option in [("ffv1", ("--bitrate", 100)), ("ffv1", ("--max-frame-bytes", 10)), ("ffv1", ("--no-task-map",)), ("latent", ("--bits", 12)),
                             ("latent", ("--packing", "mpeg")), ("latent", ("--tune", "psnr"))]:
            self.fails(USAGE, [mode, option[0]], "encode", tensor, "--mode", mode, *option, "-o", self.path("s.fsc"))
        self.fails(USAGE, ["--buffer", "--bitrate"], "encode", tensor, "--mode", "latent", "--buffer", 1, "-o", self.path("s.fsc"))
        for seconds in (0, -1, 0.01, 100, "nan"):
            self.fails(USAGE, ["--buffer"], "encode", tensor, "--mode", "latent", "--bitrate", 100, "--buffer", seconds, "-o", self.path("s.fsc"))
        self.fails(USAGE, ["--buffer"], "encode", tensor, "--mode", "ffv1", "--buffer", 1, "-o", self.path("s.fsc"))
        self.fails(USAGE, ["--b-frames"], "encode", tensor, "--mode", "latent", "--b-frames", 1, "-o", self.path("s.fsc"))
        self.assertFalse(self.path("s.fsc").exists())

    def test_errors_of_the_library_name_the_option(self):
        tensor = self.save("t.npy", moving_tensor())
        for words, options in [(["--preset", "balanced"], ("--mode", "latent", "--preset", "slower")),
                               (["--tiled-options levels", "2..256"], ("--mode", "ffv1", "--tiled-options", "levels=257")),
                               (["--tiled-options tile-multiple", "1..64"], ("--mode", "ffv1", "--tiled-options", "tile-multiple=65")),
                               (["--bitrate", "drop one"], ("--mode", "latent", "--qp", "lossless", "--bitrate", 100)),
                               (["--max-frame-bytes", "frame 0"], ("--mode", "latent", "--max-frame-bytes", 1))]:
            if options[1] == "latent" or "ffmpeg" in cli.FEATURES:
                self.fails(USAGE, words, "encode", tensor, *options, "-o", self.path("s.fsc"))

    def test_tiled_options(self):
        self.needs("ffmpeg")
        tensor = self.save("t.npy", moving_tensor())
        encode = ("encode", tensor, "-o", self.path("s.fsc"), "--mode", "ffv1")
        plain = self.ok(*encode) and self.path("s.fsc").read_bytes()
        self.ok(*encode, "--tiled-options", "tiling=tiles:levels=256:tile-multiple=1:quantizer=centre:range-scope=layer:channel-order=raster")
        self.assertEqual(self.path("s.fsc").read_bytes(), plain, "these are the defaults")
        for setting in ("tiling=quilt", "levels=100", "tile-multiple=8", "quantizer=floor", "quantizer=qlayer", "range-scope=element", "range-scope=channel",
                        "channel-order=similarity", "levels=100:tiling=quilt"):
            self.ok(*encode, "--tiled-options", setting)
            self.assertNotEqual(self.path("s.fsc").read_bytes(), plain, setting)
            self.ok("decode", self.path("s.fsc"), "--md5")
        self.path("s.fsc").unlink()
        for words, setting in [(["speed", "channel-order, levels, quantizer, range-scope, tile-multiple, tiling"], "speed=1"), (["levels", "whole"], "levels=1.5"),
                               (["levels"], "levels"), (["tile-multiple", "whole"], "tile-multiple="), (["key=value"], "levels=9::tiling=quilt"),
                               (["key=value"], "=9"), (["quantizer", "centre, qlayer, floor"], "quantizer=round"), (["range-scope", "element"], "range-scope=all")]:
            self.fails(USAGE, ["--tiled-options", *words], *encode, "--tiled-options", setting)
        self.fails(USAGE, ["--packing"], *encode, "--packing", "mpeg", "--tiled-options", "tiling=quilt")
        self.fails(USAGE, ["--tiled-options", "tiled modes"], "encode", tensor, "-o", self.path("x.fsc"), "--mode", "latent", "--tiled-options", "levels=9")

    def test_options_of_other_inputs(self):
        """What an input would not look at is refused, and what it looks at is obeyed."""
        tensor = self.save("t.npy", moving_tensor(channels=64, height=24, width=32))
        encode = ("encode", tensor, "-o", self.path("x.fsc"))
        self.fails(USAGE, ["--size"], *encode, "--size", "64x48")
        for size in ("64", "64x", "x48", "7x48", "64x16385", "64x48x2", "64*48", "-64x48"):
            self.fails(USAGE, ["--size"], *encode, "--size", size)
        self.fails(USAGE, ["--profile-by-hash", "--profile"], *encode, "--profile-by-hash")
        for size in ("64", "64x0", "16385x2", "64x32x3", "-1x2", "axb"):
            for option in ("--input-size", "--source-size"):
                self.fails(USAGE, [option, "not a size", "1 to 16384"], *encode, f"{option}={size}")
        self.ok("encode", tensor, "-o", self.path("s.fsc"))
        if "ffmpeg" in cli.FEATURES:
            for words, args in [(["--video", "--what"], ["--video", tensor]), (["--model", "--video"], ["--model", "m.json"]), (["--against", "--what"], ["--against", tensor]),
                                (["--layers", "--what"], ["--layers", "0"]), (["--model", "--video"], ["--what", "motion", "--model", "m.json"])]:
                self.fails(USAGE, words, "view", self.path("s.fsc"), "-o", self.path("v.png"), *args)
            self.fails(USAGE, ["--profile"], "view", tensor, "-o", self.path("v.png"), "--profile", "p.fscp")
        if "torch" not in cli.FEATURES:
            return
        material = pathlib.Path(__file__).resolve().parent.parent / "material"
        clip, model = material / "clip.mp4", ("--model", material / "model.json")
        encode = ("encode", clip, *model, "-o", self.path("x.fsc"))
        self.fails(USAGE, ["--stride"], *encode, "--stride", 8)
        self.fails(USAGE, ["--video"], *encode, "--video", clip)
        self.fails(USAGE, ["--layers"], *encode, "--layers", "street")
        self.fails(USAGE, ["--input-size", "leave it out"], *encode, "--input-size", "256x192")
        self.fails(USAGE, ["--source-size", "leave it out"], *encode, "--source-size", "256x192")
        self.fails(USAGE, ["time stamps of its own", "--fps"], *encode, "--fps", 25)
        self.fails(USAGE, ["--stride", "--model"], "encode", tensor, *model, "--stride", 8, "-o", self.path("x.fsc"))
        self.fails(BAD_INPUT, ["another network", "u.npy"], "encode", self.save("u.npy", moving_tensor()), *model, "-o", self.path("x.fsc"))
        # Of tensors a network says strides and name, as of the video that they were made from.
        self.ok("encode", tensor, *model, "-o", self.path("n.fsc"))
        self.ok("encode", clip, *model, "--frames", "0:2", "-o", self.path("v.fsc"))
        headers = [json.loads(self.ok("info", self.path(name), "--json").stdout)["header"] for name in ("n.fsc", "v.fsc")]
        for key in ("model", "model_sha256"):
            self.assertEqual(headers[0][key], headers[1][key], key)
        self.assertEqual([header["layers"][0]["stride_px"] for header in headers], [8, 8])
        infer = lambda source, *args: ("infer", source, *model, *args)
        self.fails(USAGE, ["--fps"], *infer(self.path("v.fsc"), "--fps", 25))
        self.fails(USAGE, ["--size"], *infer(self.path("v.fsc"), "--size", "64x48"))
        self.fails(USAGE, ["--size"], *infer(tensor, "--size", "64x48"))
        self.fails(USAGE, ["--profile"], *infer(tensor, "--profile", "p.fscp"))
        self.fails(USAGE, ["--profile"], *infer(clip, "--profile", "p.fscp"))
        self.fails(USAGE, ["--video"], *infer(clip, "--video", clip))
        lines = self.ok(*infer(tensor, "--fps", 10, "--frames", "1:3")).stdout.splitlines()
        self.assertEqual([json.loads(line)["time_s"] for line in lines], [0.1, 0.2])
        line = json.loads(self.ok(*infer(clip, "--size", "128x96", "--frames", 3)).stdout)
        self.assertEqual((line["frame"], line["size_px"]), (3, [128, 96]))
        self.ok("extract", clip, *model, "--size", "128x96", "--frames", "0:1", "-o", self.path("e.npy"))
        self.assertEqual(np.load(self.path("e.npy")).shape, (1, 64, 12, 16))

    def test_every_command_can_be_quiet_and_spells_alike(self):
        commands = ("encode", "decode", "infer", "extract", "info", "export", "view", "cat", "eval", "bdrate", "calibrate")
        for command in commands:
            said = self.ok(command, "--help").stdout.decode()
            if "not in this build" in said:
                continue
            for option in ("--help", "--quiet"):
                self.assertIn(option, said, command)
            for unusual in ("--layer ", "--range-scope", "--levels", "--floor", "--tile-multiple"):
                self.assertNotIn(unusual, said.replace("=", " "), command)
        tensor = self.save("t.npy", moving_tensor())
        self.ok("encode", tensor, "--mode", "latent", "-o", self.path("s.fsc"))
        quiet = [("encode", tensor, "--mode", "latent", "-o", self.path("s.fsc")), ("decode", self.path("s.fsc"), "-o", self.path("o.npy")),
                 ("cat", self.path("s.fsc"), self.path("s.fsc"), "-o", self.path("c.fsc")), ("info", self.path("s.fsc"))]
        for command in quiet:
            loud = self.ok(*command)
            self.assertNotEqual(loud.stderr.encode() + loud.stdout, b"", command)
            silent = self.ok(*command, "--quiet")
            self.assertEqual(silent.stderr.encode() + silent.stdout, b"", command)
        self.assertEqual(json.loads(self.ok("info", self.path("s.fsc"), "--quiet", "--json").stdout)["frames"], 6)
        self.path("cut.fsc").write_bytes(self.path("s.fsc").read_bytes()[:-200])
        self.fails(BAD_INPUT, [], "info", self.path("cut.fsc"), "--quiet")
        self.assertEqual(len(self.ok("info", self.path("s.fsc"), "--per-frame").stdout.splitlines()), len(self.ok("info", self.path("s.fsc")).stdout.splitlines()) + 6)


class Files(CliTest):
    def test_missing_and_unreadable(self):
        self.fails(IO, ["gone.npy"], "encode", self.path("gone.npy"), "-o", self.path("x.fsc"))
        self.fails(IO, ["gone.fsc"], "decode", self.path("gone.fsc"), "-o", self.path("x.npy"))
        self.fails(IO, ["gone.fsc"], "info", self.path("gone.fsc"))
        tensor = self.save("in.npy", moving_tensor())
        self.fails(IO, ["nowhere"], "encode", tensor, "-o", self.path("nowhere/x.fsc"), "--mode", cli.MODES[0])
        self.path("folder.fsc").mkdir()
        self.fails(IO, ["folder.fsc"], "info", self.path("folder.fsc"))

    def test_full_disk(self):
        tensor = self.save("in.npy", moving_tensor(frames=3))
        self.fails(IO, ["/dev/full"], "encode", tensor, "-o", "/dev/full", "--mode", cli.MODES[0])

    def test_closed_pipe(self):
        tensor = self.save("in.npy", moving_tensor(frames=40, channels=32, height=40, width=40))
        command = subprocess.Popen([cli.FSC, "encode", tensor, "-o", "-", "--qp", "0", "--mode", cli.MODES[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        command.stdout.close()
        error = command.stderr.read().decode()
        command.stderr.close()
        self.assertEqual(command.wait(), IO, error)
        self.assertEqual(len(error.splitlines()), 1, error)

    def test_interrupt_leaves_nothing(self):
        tensor = self.save("in.npy", moving_tensor(frames=400, channels=64, height=64, width=64))
        command = subprocess.Popen([cli.FSC, "encode", tensor, "-o", self.path("x.fsc"), "--qp", "0", "--mode", cli.MODES[0]], stderr=subprocess.DEVNULL)
        deadline = time.time() + 20
        while time.time() < deadline and not any(p.name.endswith(".part") for p in self.dir.iterdir()):
            time.sleep(0.02)
        time.sleep(0.2)
        command.send_signal(signal.SIGINT)
        self.assertEqual(command.wait(20), -signal.SIGINT)
        self.assertEqual([p.name for p in self.dir.iterdir()], ["in.npy"])


class Tensors(CliTest):
    def refuse(self, words, array=None, raw=None, code=BAD_INPUT):
        path = self.path("in.npy")
        path.write_bytes(raw) if raw is not None else np.save(path, array)
        self.fails(code, words, "encode", path, "-o", self.path("x.fsc"), "--mode", cli.MODES[0])

    def test_values(self):
        for value in (np.nan, np.inf, -np.inf):
            tensor = moving_tensor()
            tensor[3, 2, 5, 7] = value
            self.refuse(["nan or inf", "frame 3", "channel 2", "row 5", "column 7"], tensor)

    def test_shapes_and_types(self):
        self.refuse(["[t, c, h, w]"], np.zeros((4, 8, 8), np.float32))
        self.refuse(["no frames"], np.zeros((0, 4, 8, 8), np.float32))
        self.refuse(["real numbers"], np.zeros((2, 4, 8, 8), np.complex64))
        self.refuse(["real numbers"], np.zeros((2, 4, 8, 8), "<U3"))

    def test_headers_that_lie(self):
        body = np.zeros((2, 4, 8, 8), np.float32).tobytes()
        shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"
        self.refuse([], raw=npy_header(shape % "200, 4, 8, 8") + body)
        self.refuse([], raw=npy_header(shape % "2, 99999999999, 8, 8") + body)
        self.refuse([], raw=npy_header(shape % "-2, 4, 8, 8") + body)
        self.refuse([], raw=npy_header(shape % "2, 4, 8, 8")[:40])
        self.refuse([], raw=npy_header("{'descr': '<f4', 'shape': (2, 4, 8, 8), }") + body)
        self.refuse([], raw=npy_header("__import__('os').system('true')") + body)
        self.refuse([], raw=b"not numpy at all")
        self.refuse([], raw=b"")


class DamagedStreams(CliTest):
    def coded(self, mode):
        """A stream of ten frames, and what it decodes to."""
        self.ok("encode", self.save("in.npy", moving_tensor(frames=10)), "-o", self.path("s.fsc"), "--gop", 4, "--qp", 20, "--mode", mode)
        self.ok("decode", self.path("s.fsc"), "-o", self.path("all.npy"))
        return self.path("s.fsc").read_bytes(), np.load(self.path("all.npy"))

    def decode(self, data):
        """The frames that come out of `data`, none or more; the command must end in order."""
        self.path("bad.fsc").write_bytes(data)
        self.path("bad.npy").unlink(missing_ok=True)
        process = run("decode", self.path("bad.fsc"), "-o", self.path("bad.npy"))
        self.assertIn(process.returncode, (0, BAD_INPUT), process.stderr)
        self.assertLessEqual(len(process.stderr.splitlines()), 2, process.stderr)
        return np.load(self.path("bad.npy")) if self.path("bad.npy").exists() else None

    def test_cut_anywhere_keeps_the_frames_before(self):
        for mode in cli.MODES:
            data, everything = self.coded(mode)
            kept = set()
            for cut in sorted(random.Random(1).sample(range(len(data)), 12)):
                frames = self.decode(data[:cut])
                count = 0 if frames is None else len(frames)
                if count:
                    np.testing.assert_array_equal(frames, everything[:count], mode)
                kept.add(count)
            self.assertGreater(len(kept), 3, mode)  # the cuts did fall between different frames

    def test_flipped_bits_never_crash_and_never_lie(self):
        rng = random.Random(2)
        for mode in cli.MODES:
            data, everything = self.coded(mode)
            for _ in range(10):
                damaged = bytearray(data)
                for _ in range(rng.choice((1, 1, 3, 20))):
                    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                frames = self.decode(damaged)
                if frames is not None:
                    np.testing.assert_array_equal(frames, everything[:len(frames)], mode)
            self.assertIn(run("info", self.path("bad.fsc")).returncode, (0, BAD_INPUT))

    def test_not_a_stream(self):
        self.path("x.fsc").write_bytes(os.urandom(1000))
        self.fails(BAD_INPUT, ["x.fsc"], "decode", self.path("x.fsc"), "-o", self.path("x.npy"))
        self.fails(BAD_INPUT, ["x.fsc"], "info", self.path("x.fsc"))
        self.path("x.fsc").write_bytes(b"")
        self.fails(BAD_INPUT, ["x.fsc"], "info", self.path("x.fsc"))


if __name__ == "__main__":
    cli.main()
