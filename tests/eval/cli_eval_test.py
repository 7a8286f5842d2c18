#!/usr/bin/env python3
"""fsc eval and fsc bdrate from outside: exit codes, messages, files.

usage: cli_eval_test.py FSC FEATURES
"""
import csv
import hashlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

FSC = ""
FEATURES = set()
MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"


def run(*args):
    return subprocess.run([FSC, *map(str, args)], capture_output=True, text=True, timeout=300)


def curve(rates, qualities):
    return json.dumps({"name": "c", "description": "", "results": {"bpp": rates, "psnr-rgb": qualities}})


class EvalTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fsc_eval_cli_"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def suite(self, **changes):
        """A suite of the shipped clip through the shipped network, with some keys changed."""
        suite = {
            "name": "s",
            "models": [{"name": "m", "path": str(MATERIAL / "model.json")}],
            "clips": [{"name": "c", "path": str(MATERIAL / "clip.mp4"), "frames": [1, 4],
                       "truth": {"kind": "label_images", "path": str(MATERIAL / "label")}}],
            "configs": [{"name": "h", "encode": "--mode hevc --preset ultrafast", "qps": [30, 40]}, {"name": "raw", "raw": True},
                        {"name": "r", "remote": "--mode h264 --preset ultrafast", "qps": [30]}],
        }
        suite.update(changes)
        path = self.dir / "suite.json"
        path.write_text(json.dumps(suite))
        return path

    def fails(self, code, words, *args):
        process = run(*args)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        for word in words:
            self.assertIn(word, process.stderr)

    def rows(self, folder):
        with open(folder / "results.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_bad_suites(self):
        self.fails(4, ["nowhere.json"], "eval", self.dir / "nowhere.json", "-o", self.dir / "o")
        self.fails(3, ["unknown key \"speed\""], "eval", self.suite(speed=1), "-o", self.dir / "o")
        self.fails(3, ["configs[0]", "--mood"], "eval", self.suite(configs=[{"name": "x", "encode": "--mood 1", "qps": [1]}]), "-o", self.dir / "o")
        self.fails(2, [], "eval", self.suite(), "-o", self.dir / "o", "--jobs", "0")
        self.assertFalse((self.dir / "o").exists(), "nothing may be left by a suite that is wrong")

    def test_broken_links(self):
        if "torch" not in FEATURES:
            self.skipTest("needs networks: build with -DFSC_WITH_FFMPEG=ON -DFSC_WITH_TORCH=ON")
        good = json.loads(self.suite().read_text())
        clip = good["clips"][0]
        self.fails(4, ["clip c", "gone.mp4"], "eval", self.suite(clips=[{**clip, "path": "gone.mp4"}]), "-o", self.dir / "o")
        self.fails(3, ["clip c"], "eval", self.suite(clips=[{**clip, "frames": [500, 600]}]), "-o", self.dir / "o")
        self.fails(3, ["truth"], "eval", self.suite(clips=[{**clip, "truth": {"kind": "mot", "path": str(MATERIAL / "boxes.txt"), "label": 0}}]), "-o", self.dir / "o")
        labels = self.dir / "label"
        shutil.copytree(MATERIAL / "label", labels)
        last = sorted(labels.iterdir())[-1]
        last.unlink()
        cut = {**clip, "truth": {"kind": "label_images", "path": str(labels)}}
        self.fails(3, ["47 label pictures for 48 frames"], "eval", self.suite(clips=[cut]), "-o", self.dir / "o")
        model = json.loads((MATERIAL / "model.json").read_text())
        del model["back"]
        model["task"] = {"kind": "none"}
        model["front"] = str(MATERIAL / "front.pt")
        (self.dir / "half.json").write_text(json.dumps(model))
        self.fails(3, ["model without a back", "truth"], "eval", self.suite(models=[{"name": "m", "path": "half.json"}]), "-o", self.dir / "o")
        self.assertFalse((self.dir / "o").exists())

    def test_network_suite_twice(self):
        if "torch" not in FEATURES:
            self.skipTest("needs networks: build with -DFSC_WITH_FFMPEG=ON -DFSC_WITH_TORCH=ON")
        suite = self.suite()
        for name, jobs in (("a", 1), ("b", 2)):
            process = run("eval", suite, "-o", self.dir / name, "--jobs", jobs)
            self.assertEqual(process.returncode, 0, process.stderr)
        timed = ("ms/frame", "Mel/s", "MiB")
        first, second = ([{k: v for k, v in row.items() if not any(t in k for t in timed)} for row in self.rows(self.dir / n)] for n in "ab")
        self.assertEqual(first, second)
        self.assertEqual([r["configuration"] for r in first], ["h", "h", "raw", "r"])
        for row in first:
            self.assertEqual(row["frames"], "3")
            self.assertGreater(float(row["accuracy [0..1]"]), 0.5)
            self.assertGreater(float(row["task agreement [0..1]"]), 0.8)
        raw = first[2]
        self.assertGreater(float(raw["task agreement [0..1]"]), 0.999)
        self.assertEqual(float(raw["size [bytes]"]), sum(float(raw[k]) for k in ("headers [bytes]", "side information [bytes]", "motion [bytes]", "samples [bytes]")))
        self.assertIn("data:image/png;base64", (self.dir / "a" / "report.html").read_text())
        again = run("eval", suite, "-o", self.dir / "a")
        self.assertIn("4 of them from before", again.stderr)

    def test_failed_points_make_exit_code_1(self):
        self.tensors("t.npy", 2, 3, 8, 9)
        suite = self.suite(models=[], clips=[{"name": "t", "path": "t.npy"}],
                           configs=[{"name": "x", "encode": "--mode no-such-mode", "qps": [1]}, {"name": "raw", "raw": True}])
        process = run("eval", suite, "-o", self.dir / "o")
        self.assertEqual(process.returncode, 1)
        self.assertEqual(list((self.dir / "o").rglob("*.part")), [], "outputs are whole or not there")
        rows = self.rows(self.dir / "o")
        self.assertIn("no-such-mode", rows[0]["error"])
        self.assertEqual(rows[1]["error"], "")

    def tensors(self, name, frames, channels, height, width):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({frames}, {channels}, {height}, {width}), }}"
        header += " " * ((-len(header) - 11) % 64) + "\n"
        count = frames * channels * height * width
        values = struct.pack(f"<{count}f", *[math.sin(i) for i in range(count)])
        (self.dir / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)
        return self.dir / name

    def commands_make_the_points(self, suite):
        """Each printed command, run by a shell as it stands, writes the very bytes that the point was measured on."""
        for name in ("o", "again", "bin"):
            shutil.rmtree(self.dir / name, ignore_errors=True)
        process = run("eval", suite, "-o", self.dir / "o")
        self.assertEqual(process.returncode, 0, process.stderr)
        points = [json.loads(path.read_text()) for path in sorted((self.dir / "o" / "points").glob("*.json"))]
        folder = self.dir / "again"
        folder.mkdir()
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "fsc").symlink_to(pathlib.Path(FSC).resolve())
        env = {**os.environ, "PATH": f"{self.dir / 'bin'}:{os.environ['PATH']}"}
        for point in points:
            again = subprocess.run(point["command"], shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
            self.assertEqual(again.returncode, 0, (point["command"], again.stderr))
            [stream] = folder.iterdir()
            self.assertEqual(hashlib.sha256(stream.read_bytes()).hexdigest(), point["stream_sha256"], point["command"])
            self.assertEqual(stream.stat().st_size, point["values"]["bytes"])
            stream.unlink()
        return {point["config"]: point["command"] for point in points}

    def test_the_command_of_tensors_makes_their_bytes(self):
        self.tensors("a 'b'.npy", 140, 3, 8, 9)
        configs = [{"name": "x y", "encode": "--mode latent --preset fast --gop 4", "qps": [30]}]
        clip = {"name": "t", "path": "a 'b'.npy", "strides": [16], "fps": 12.5, "frames": [129, 132]}
        for changes, words in [({}, "--stride 16 --fps 25/2 --frames 129:132 --mode latent --preset fast --gop 4 --qp 30 -o tensors_t_x_y_30.fsc"),
                               ({"gop": 2, "fps": "30000/1001"}, "--fps 30000/1001 --frames 129:132 --mode latent --preset fast --gop 2 --qp 30"),
                               ({"frames": [0, 2], "strides": [1]}, "--stride 1 --fps 25/2 --frames 0:2"),
                               ({"input_size": [144, 130], "source_size": [1920, 1]}, "--input-size 144x130 --source-size 1920x1 --stride 16"),
                               ({"source_size": [640, 16384]}, "'.npy' --source-size 640x16384 --stride 16")]:
            commands = self.commands_make_the_points(self.suite(models=[], clips=[{**clip, **changes}], configs=configs))
            self.assertIn(words, commands["x y"])

    def test_the_command_of_a_video_makes_its_bytes(self):
        if "torch" not in FEATURES:
            self.skipTest("this build runs no networks")
        (self.dir / "stills").mkdir()
        subprocess.run(["ffmpeg", "-v", "error", "-i", MATERIAL / "clip.mp4", "-frames:v", "4", self.dir / "stills" / "%d.png"], check=True)
        self.tensors("t.npy", 3, 64, 24, 32)
        configs = [{"name": "latent", "encode": "--mode latent --preset fast --low-delay", "qps": [40]},
                   {"name": "hevc", "encode": "--mode hevc --preset ultrafast --codec-options 'crf=30:aq-mode=0'", "qps": [30]}]
        for clip in [{"path": str(MATERIAL / "clip.mp4"), "frames": [5, 9]}, {"path": str(MATERIAL / "clip.mp4"), "frames": [2, 5], "size": [160, 120], "gop": 2},
                     {"path": "stills", "fps": 29.97}, {"path": "stills/[1-3].png"}, {"path": "t.npy", "models": ["m"], "fps": 10, "frames": [1, 3]}]:
            commands = self.commands_make_the_points(self.suite(clips=[{"name": "c", **clip}], configs=configs))
            self.assertEqual("--size 160x120" in commands["latent"], "size" in clip)
            self.assertNotIn("--qp", commands["hevc"])

    def test_sizes_of_tensors_and_their_network(self):
        if "torch" not in FEATURES:
            self.skipTest("this build runs no networks")
        model = MATERIAL / "model.json"
        truth = {"kind": "label_images", "path": str(MATERIAL / "label")}
        process = run("extract", MATERIAL / "clip.mp4", "--model", model, "-o", self.dir / "t.npz")
        self.assertEqual(process.returncode, 0, process.stderr)
        configs = [{"name": "x", "encode": "--mode float", "qps": [0]}]
        clip = {"models": ["m"], "truth": truth, "frames": [0, 48]}
        tensors = {**clip, "path": "t.npz", "source_size": [256, 192]}
        clips = [{**clip, "name": "video", "path": str(MATERIAL / "clip.mp4")}, {**tensors, "name": "bare", "input_size": [256, 192]},
                 {**tensors, "name": "source"}]
        self.assertEqual(run("eval", self.suite(clips=clips, configs=configs), "-o", self.dir / "o").returncode, 0)
        accuracies = {row["accuracy [0..1]"] for row in self.rows(self.dir / "o")}
        self.assertEqual(len(accuracies), 1, accuracies)
        # Of another source the network would make another input.
        wrong = {**tensors, "name": "wrong", "input_size": [256, 190]}
        self.fails(3, ["the network's input is 256x192 and not 256x190", "t.npz", "input_size"], "eval", self.suite(clips=[wrong]), "-o", self.dir / "w")
        self.assertFalse((self.dir / "w").exists())

    def test_settings_without_effect_are_refused(self):
        def refused(words, **changes):
            self.fails(3, words, "eval", self.suite(**changes), "-o", self.dir / "o")

        def config(kind, options):
            return [{"name": "x", kind: options, "qps": [30]}]

        refused(["--qp", "qps"], configs=config("encode", "--mode hevc --qp 30"))
        refused(["--qp", "qps"], configs=config("encode", "--mode latent --qp=lossless"))
        refused(["--max-drop", "qps"], configs=config("encode", "--max-drop 1"))
        refused(["--bits", "remote"], configs=config("remote", "--mode hevc --bits 10"))
        refused(["--packing", "remote"], configs=config("remote", "--mode hevc --packing mpeg"))
        refused(["quote"], configs=config("encode", "--mode 'hevc"))
        clip = {"name": "c", "path": str(MATERIAL / "clip.mp4")}
        refused(["strides"], clips=[{**clip, "strides": [8]}])
        refused(["clips[0].source_size"], clips=[{**clip, "source_size": [640, 480]}])
        self.tensors("t.npy", 2, 64, 24, 32)
        refused(["strides", "leave them out"], clips=[{"name": "t", "path": "t.npy", "strides": [8], "models": ["m"]}])
        self.assertFalse((self.dir / "o").exists())

    def test_bdrate(self):
        a, b, broken = self.dir / "a.json", self.dir / "b.json", self.dir / "c.json"
        rates = [0.1, 0.2, 0.4, 0.8, 1.6]
        a.write_text(curve(rates, [30, 33, 36, 39, 42]))
        b.write_text(curve([r / 2 for r in rates], [30, 33, 36, 39, 42]))
        broken.write_text(curve(rates, [30, 33]))
        for fit in ("cubic", "akima", "pchip"):
            process = run("bdrate", a, b, "--fit", fit, "--json")
            self.assertEqual(process.returncode, 0, process.stderr)
            result = json.loads(process.stdout)
            self.assertEqual(result["fit"], fit)
            self.assertAlmostEqual(result["results"][0]["bd_rate_percent"], -50, places=6)
            self.assertAlmostEqual(result["results"][0]["bd_metric"], 3, places=6)
        self.assertIn("-50.00 %", run("bdrate", a, b).stdout)
        self.fails(3, ["c.json"], "bdrate", a, broken)
        self.fails(3, ["zz"], "bdrate", a, b, "--metric", "zz")
        self.fails(2, ["a.json", "--anchor-curve", "nonesuch"], "bdrate", a, b, "--anchor-curve", "nonesuch")
        self.fails(2, ["spline"], "bdrate", a, b, "--fit", "spline")
        self.fails(4, ["none.json"], "bdrate", a, self.dir / "none.json")

    def test_bdrate_never_compares_unlike_units(self):
        def file(name, **results):
            (self.dir / name).write_text(json.dumps({"name": name, "results": results}))
            return self.dir / name

        bits, quality = [0.1, 0.2, 0.4, 0.8], [30, 33, 36, 39]
        pixel = file("pixel.json", bpp=bits, q=quality)
        second = file("second.json", bitrate=[1000 * b for b in bits], q=quality)
        element = file("element.json", bits_per_element=[b / 3 for b in bits], q=quality)
        both = file("both.json", bits_per_element=[b / 3 for b in bits], bpp=bits, bitrate=[2000 * b for b in bits], q=quality)
        for a, b, words in [(pixel, second, ["bit/pixel", "kbit/s"]), (second, element, ["kbit/s", "bit/element"]),
                            (pixel, element, ["bit/pixel", "bit/element"])]:
            self.fails(3, words + [a.name, b.name], "bdrate", a, b)
            self.fails(3, words, "bdrate", b, a)
        # A file that says its rate in several units is compared in the one that the other has.
        for a, unit, expected in [(pixel, "bit/pixel", 0), (second, "kbit/s", 100), (element, "bit/element", 0), (both, "bit/element", 0)]:
            report = json.loads(run("bdrate", a, both, "--json").stdout)
            self.assertEqual(report["rate_unit"], unit)
            self.assertAlmostEqual(report["results"][0]["bd_rate_percent"], expected, places=6)

    def test_bdrate_reads_curves_as_people_have_them(self):
        rows = [("street", qp, rate, acc) for qp, rate, acc in [(22, 800, .9), (27, 400, .85), (32, 200, .8), (37, 100, .7)]]
        summary = self.dir / "summary.csv"
        summary.write_text("Dataset,fps,num_of_coded_frame,qp,bitrate (kbps),end_accuracy\n" +
                           "".join(f"{n},25,10,{q},{r},{a}\n" for n, q, r, a in rows) + "street,25,10,uncmp,,.95\n")
        report = json.loads(run("bdrate", summary, summary, "--json").stdout)
        self.assertEqual([(r["metric"], r["bd_rate_percent"]) for r in report["results"]], [("end_accuracy", 0.0)])
        self.assertEqual(report["rate_unit"], "kbit/s")
        # NaN, as Python writes it, and lists of other lengths matter to nobody who does not ask for them.
        odd = self.dir / "odd.json"
        odd.write_text('{"results": {"bpp": [0.8, 0.4, 0.2, 0.1], "q": [39, 36, 33, 30], "bad": [NaN, 1, null, -Infinity], "few": [1, 2]}}')
        process = run("bdrate", odd, odd, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        report = json.loads(process.stdout)
        self.assertEqual([r["metric"] for r in report["results"]], ["q"])
        self.assertEqual([(w["kind"], w["count"]) for w in report["warnings"]], [("metric-left-out", 2)])
        self.assertEqual(len(process.stderr.splitlines()), 1)
        self.assertEqual(run("bdrate", odd, odd, "--quiet").stderr, "")
        self.fails(3, ["few"], "bdrate", odd, odd, "--strict")
        self.fails(3, ["few", "odd.json"], "bdrate", odd, odd, "--metric", "few")
        self.assertEqual(run("bdrate", odd, odd, "--metric", "q").stderr, "")


if __name__ == "__main__":
    FSC = sys.argv[1]
    FEATURES = set(sys.argv[2].split(","))
    unittest.main(argv=sys.argv[:1])
