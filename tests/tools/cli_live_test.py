#!/usr/bin/env python3
"""Low delay through pipes: a frame's packet leaves `fsc encode - -o -` before the next frame comes. The order is tested, not the clock."""
import io
import os
import pathlib
import select
import subprocess

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, OK, USAGE, CliTest, moving_tensor

MODEL = pathlib.Path(__file__).resolve().parent.parent / "material" / "model.json"
PATIENCE_S = 240  # for what never comes


def npy(array):
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def whole_array(tensors):
    """One array whose header says how many frames there are, cut where the frames begin."""
    data = npy(tensors)
    size = tensors[0].nbytes
    head = len(data) - size * len(tensors)
    return [data[:head + size]] + [data[head + t * size:head + (t + 1) * size] for t in range(1, len(tensors))]


def y4m(frames, width=256, height=192):
    """Raw video in which bright bars move."""
    pieces = []
    for t in range(frames):
        y, x = np.mgrid[0:height, 0:width]
        luma = (128 + 80 * np.sin((x + 3 * t) / 17) * np.cos((y - 2 * t) / 23)).astype(np.uint8)
        chroma = np.full(height * width // 2, 128, np.uint8)
        pieces.append(b"FRAME\n" + luma.tobytes() + chroma.tobytes())
    pieces[0] = f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420jpeg\n".encode() + pieces[0]
    return pieces


class Live(CliTest):
    def frames_in(self, stream):
        """How many frames a reader gets of what has arrived so far."""
        self.path("so_far.fsc").write_bytes(stream)
        self.path("so_far.npy").unlink(missing_ok=True)
        process = cli.run("decode", self.path("so_far.fsc"), "-o", self.path("so_far.npy"), "--quiet")
        self.assertIn(process.returncode, (OK, BAD_INPUT), process.stderr)
        return len(np.load(self.path("so_far.npy"))) if self.path("so_far.npy").exists() else 0

    def codes_one_by_one(self, pieces, *options):
        """Gives a frame only when the packet of the one before has come out. Returns the stream."""
        command = [cli.FSC, "encode", "-", "-o", "-", "--low-delay", "--quiet", *map(str, options)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        stream = b""
        try:
            for number, piece in enumerate(pieces):
                left = memoryview(piece)
                while left:  # a pipe takes some at a time
                    left = left[process.stdin.write(left):]
                while self.frames_in(stream) < number + 1:
                    ready, _, _ = select.select([process.stdout], [], [], PATIENCE_S)
                    self.assertTrue(ready, f"frame {number} waits for the next one: {options}")
                    more = os.read(process.stdout.fileno(), 1 << 20)
                    if not more:
                        self.fail(process.stderr.read().decode())
                    stream += more
            process.stdin.close()
            stream += process.stdout.read()
            errors = process.stderr.read().decode()
            self.assertEqual(process.wait(PATIENCE_S), OK, errors)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipe.close()
        self.assertEqual(self.frames_in(stream), len(pieces))
        return stream

    def test_tensors_in_every_mode(self):
        tensors = moving_tensor(4, channels=16, height=16, width=20)
        modes = [("latent", "fast"), ("latent", "high"), ("float", "")]
        if "ffmpeg" in cli.FEATURES:
            modes += [("hevc", "medium"), ("h264", "veryfast")]
        for mode, preset in modes:
            options = ["--mode", mode, *(["--preset", preset] if preset else [])]
            whole = self.codes_one_by_one(whole_array(tensors), *options)
            self.save("t.npy", tensors)
            self.ok("encode", self.path("t.npy"), "-o", self.path("file.fsc"), "--low-delay", *options)
            self.assertEqual(whole, self.path("file.fsc").read_bytes(), mode)

    def test_arrays_one_after_another(self):
        """What a program writes that knows of no end: an array a frame, of whatever element type."""
        tensors = moving_tensor(4, channels=16, height=16, width=20)
        types = (np.float32, np.float64, ">f4", np.float32)
        whole = self.codes_one_by_one([npy(frame[None].astype(t)) for frame, t in zip(tensors, types)], "--preset", "fast")
        self.save("t.npy", tensors)
        self.ok("encode", self.path("t.npy"), "-o", self.path("file.fsc"), "--low-delay", "--preset", "fast")
        self.assertEqual(whole, self.path("file.fsc").read_bytes())

        def digest(data, *options):
            self.ok("encode", "-", "--mode", "float", "-o", self.path("s.fsc"), *options, stdin=data)
            return self.ok("decode", self.path("s.fsc"), "--md5").stdout

        some = npy(tensors[:1]) + npy(np.asfortranarray(tensors[1:3])) + npy(tensors[3:])
        self.assertEqual(digest(some), digest(npy(tensors)))
        self.assertEqual(digest(some, "--frames", "1:3"), digest(npy(tensors[1:3])))
        encode = ("encode", "-", "-o", self.path("x.fsc"))
        self.fails(BAD_INPUT, ["another shape", "frame 0"], *encode, stdin=npy(tensors[:1]) + npy(tensors[1:2, :8]))
        self.fails(BAD_INPUT, ["cut short", "frame 2"], *encode, stdin=npy(tensors[:1]) + npy(tensors[1:3])[:-7])
        self.fails(BAD_INPUT, ["header is cut short"], *encode, stdin=npy(tensors) + b"\x93NUM")
        self.fails(BAD_INPUT, ["not a .npy"], *encode, stdin=npy(tensors) + b"something else")
        self.fails(USAGE, ["past the end", "4 frames"], *encode, "--frames", "7:", stdin=some)

    def test_raw_pictures(self):
        """Tiles of channels, as CompressAI-Vision packs them."""
        samples = np.clip(np.rint(moving_tensor(4, channels=16, height=16, width=20) * 200 + 500), 0, 1023).astype(np.float32)
        said = self.ok("pack", self.save("t.npy", samples), "-o", self.path("p.yuv")).stderr.split("--yuv")[1].split()
        options = ["--yuv", said[0], *said[1:], "--preset", "fast"]
        pictures = self.path("p.yuv").read_bytes()
        size = len(pictures) // 4
        whole = self.codes_one_by_one([pictures[i:i + size] for i in range(0, len(pictures), size)], *options)
        self.ok("encode", self.path("p.yuv"), *options, "--low-delay", "-o", self.path("file.fsc"))
        self.assertEqual(whole, self.path("file.fsc").read_bytes())
        self.ok("unpack", "-", *options[:-2], "-o", self.path("u.npy"), stdin=pictures)
        np.testing.assert_array_equal(np.load(self.path("u.npy")), samples)
        encode = ("encode", "-", "-o", self.path("x.fsc"))
        self.fails(USAGE, ["pipe", "--tiles"], *encode, *options[:2], stdin=pictures)
        self.fails(BAD_INPUT, ["cut short by 3"], *encode, *options, stdin=pictures[:-3])
        self.fails(BAD_INPUT, ["no picture"], *encode, *options, stdin=b"")

    def test_raw_video(self):
        self.needs("torch")
        for options in (("--preset", "fast"), ("--mode", "h264", "--preset", "veryfast")):
            self.codes_one_by_one(y4m(4), "--model", MODEL, *options)


if __name__ == "__main__":
    cli.main()
