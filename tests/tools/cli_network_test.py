#!/usr/bin/env python3
"""Videos through the network that ships: encode, extract, infer, and what happens with wrong models and odd videos."""
import json
import pathlib
import shutil
import subprocess

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, IO, USAGE, CliTest

MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"
CLIP, MODEL = MATERIAL / "clip.mp4", MATERIAL / "model.json"


def lines(process):
    return [json.loads(line) for line in process.stdout.decode().splitlines()]


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, args)], check=True)


class Network(CliTest):
    def setUp(self):
        super().setUp()
        self.needs("torch")

    def test_a_fine_stream_predicts_what_the_video_does(self):
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:8", "--mode", "ffv1", "--bits", 12, "--range-update", "frame", "-o", self.path("s.fsc"))
        whole = lines(self.ok("infer", CLIP, "--model", MODEL, "--frames", "0:8"))
        coded = lines(self.ok("infer", self.path("s.fsc"), "--model", MODEL))
        self.assertEqual(len(whole), 8)
        for a, b in zip(whole, coded):
            self.assertEqual((a["frame"], a["time_s"], a["size_px"]), (b["frame"], b["time_s"], [256, 192]))
            for name, share in a["share_percent"].items():
                self.assertAlmostEqual(share, b["share_percent"][name], delta=0.1)

    def test_extract_then_encode_equals_encode(self):
        self.ok("extract", CLIP, "--model", MODEL, "--frames", "4:9", "-o", self.path("f.npy"))
        self.assertEqual(np.load(self.path("f.npy")).shape, (5, 64, 24, 32))
        self.ok("encode", self.path("f.npy"), "--stride", 8, "-o", self.path("t.fsc"), "--mode", "ffv1")
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "4:9", "-o", self.path("v.fsc"), "--mode", "ffv1")
        digests = [self.ok("decode", self.path(name), "--md5").stdout for name in ("t.fsc", "v.fsc")]
        self.assertEqual(*digests)

    def test_threads_change_nothing(self):
        for name, args in [("s.fsc", ("encode", "--mode", "latent", "--qp", 36)), ("d.fsc", ("encode", "--mode", "latent", "--low-delay", "--preset", "fast")),
                           ("f.npy", ("extract",))]:
            outputs = set()
            for threads in (1, 2, 3, 8):
                self.ok(args[0], CLIP, "--model", MODEL, "--frames", "1:12", "--threads", threads, *args[1:], "-o", self.path(name))
                outputs.add(self.path(name).read_bytes())
            self.assertEqual(len(outputs), 1, name)
        for source in (CLIP, self.path("s.fsc"), self.path("f.npy")):
            said = {self.ok("infer", source, "--model", MODEL, "--frames", "1:9", "--threads", threads).stdout for threads in (1, 3)}
            self.assertEqual(len(said), 1, source)
            self.assertEqual([line["frame"] for line in map(json.loads, said.pop().splitlines())], list(range(1, 9)))
        # A stream that comes through a pipe is answered frame by frame, with the same words.
        piped = self.ok("infer", "-", "--model", MODEL, "--frames", ":4", stdin=self.path("s.fsc").read_bytes())
        self.assertEqual(piped.stdout, self.ok("infer", self.path("s.fsc"), "--model", MODEL, "--frames", ":4").stdout)

    def test_overlay_has_a_picture_a_frame(self):
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:5", "-o", self.path("s.fsc"))
        self.ok("infer", self.path("s.fsc"), "--model", MODEL, "--video", CLIP, "--overlay", self.path("o.mp4"), "--labels", self.path("labels"), "--quiet")
        count = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0",
                                self.path("o.mp4")], capture_output=True, text=True, check=True).stdout.strip()
        self.assertEqual(count, "256,192,5")
        self.assertEqual(len(list(self.path("labels").glob("*.png"))), 5)
        self.fails(USAGE, ["--video"], "infer", self.path("s.fsc"), "--model", MODEL, "--overlay", self.path("p.mp4"))

    def test_stills_and_patterns_are_videos_too(self):
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/img%03d.png"))
        for source in (self.path("stills"), self.path("stills/img%03d.png")):
            self.ok("extract", source, "--model", MODEL, "-o", self.path("f.npy"))
            self.assertEqual(len(np.load(self.path("f.npy"))), 3)

    def test_variable_frame_rate_is_carried(self):
        ffmpeg("-i", CLIP, "-frames:v", 6, "-vf", "setpts='N*N*0.04/TB'", "-vsync", "vfr", "-video_track_timescale", 1000, self.path("vfr.mp4"))
        self.ok("encode", self.path("vfr.mp4"), "--model", MODEL, "-o", self.path("s.fsc"))
        packets = json.loads(self.ok("info", self.path("s.fsc"), "--json").stdout)["packets"]
        times = sorted(packet["time_s"] for packet in packets)
        np.testing.assert_allclose(times, [0.04 * n * n for n in range(6)], atol=1e-3)

    def test_wrong_models(self):
        self.fails(USAGE, ["--model"], "encode", CLIP, "-o", self.path("x.fsc"))
        self.fails(IO, ["gone.json"], "encode", CLIP, "--model", self.path("gone.json"), "-o", self.path("x.fsc"))
        description = json.loads(MODEL.read_text())
        for part in ("front", "back"):
            shutil.copy(MATERIAL / description[part], self.path(description[part]))

        def changed(words, code=BAD_INPUT, **changes):
            self.path("m.json").write_text(json.dumps({**description, **changes}))
            self.fails(code, words, "infer", CLIP, "--model", self.path("m.json"), "--frames", "0:1")

        changed(["colour"], colour="red")
        changed(["channels", "64", "65"], layers=[{"name": "street", "channels": 65, "stride": 8, "phase": 0}])
        changed(["stride"], layers=[{"name": "street", "channels": 64, "stride": 16, "phase": 0}])
        changed(["front"], front="m.json")
        changed(["gone.pt"], code=IO, front="gone.pt")
        changed(["expected"], task={"kind": "detection", "labels": ["a", "b"]})
        changed(["expected"], task={"kind": "segmentation", "labels": ["a", "b"]})

    def test_a_stream_of_another_network_is_refused(self):
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:2", "-o", self.path("s.fsc"))
        description = json.loads(MODEL.read_text())
        shutil.copy(MATERIAL / "back.pt", self.path("back.pt"))
        # The same front, saved with one more entry: another file, so another hash.
        front = (MATERIAL / "front.pt").read_bytes()
        self.path("front.pt").write_bytes(front + b"\0")
        self.path("m.json").write_text(json.dumps(description))
        self.fails(BAD_INPUT, ["another network"], "infer", self.path("s.fsc"), "--model", self.path("m.json"))

    def test_odd_videos(self):
        self.path("not.mp4").write_bytes(b"this is no video" * 100)
        self.fails(BAD_INPUT, ["not.mp4"], "encode", self.path("not.mp4"), "--model", MODEL, "-o", self.path("x.fsc"))
        self.path("empty").mkdir()
        process = cli.run("encode", self.path("empty"), "--model", MODEL, "-o", self.path("x.fsc"))
        self.assertIn(process.returncode, (BAD_INPUT, IO), process.stderr)
        self.path("cut.mp4").write_bytes(CLIP.read_bytes()[:5000])
        self.fails(BAD_INPUT, ["cut.mp4"], "encode", self.path("cut.mp4"), "--model", MODEL, "-o", self.path("x.fsc"))
        self.path("sizes").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 1, self.path("sizes/a.png"))
        ffmpeg("-i", CLIP, "-frames:v", 1, "-vf", "scale=128:96", self.path("sizes/b.png"))
        self.fails(BAD_INPUT, ["size"], "encode", self.path("sizes"), "--model", MODEL, "-o", self.path("x.fsc"))


if __name__ == "__main__":
    cli.main()
