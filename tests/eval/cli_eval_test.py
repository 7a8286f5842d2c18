#!/usr/bin/env python3
"""fsc eval and fsc bdrate from outside: exit codes, messages, files.

usage: cli_eval_test.py FSC FEATURES
"""
import csv
import json
import math
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
        path = self.dir / "t.npy"
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 8, 9), }"
        header += " " * ((-len(header) - 11) % 64) + "\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<432f", *[math.sin(i) for i in range(432)]))
        suite = self.suite(models=[], clips=[{"name": "t", "path": "t.npy"}],
                           configs=[{"name": "x", "encode": "--mode no-such-mode", "qps": [1]}, {"name": "raw", "raw": True}])
        process = run("eval", suite, "-o", self.dir / "o")
        self.assertEqual(process.returncode, 1)
        self.assertEqual(list((self.dir / "o").rglob("*.part")), [], "outputs are whole or not there")
        rows = self.rows(self.dir / "o")
        self.assertIn("no-such-mode", rows[0]["error"])
        self.assertEqual(rows[1]["error"], "")

    def test_the_command_says_what_tensors_do_not(self):
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3, 8, 9), }"
        header += " " * ((-len(header) - 11) % 64) + "\n"
        tensors = self.dir / "t.npy"
        tensors.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<864f", *[math.sin(i) for i in range(864)]))
        suite = self.suite(models=[], clips=[{"name": "t", "path": "t.npy", "strides": [16], "fps": 12.5, "frames": [1, 3]}],
                           configs=[{"name": "x", "encode": "--mode latent --preset fast", "qps": [30]}])
        process = run("eval", suite, "-o", self.dir / "o")
        self.assertEqual(process.returncode, 0, process.stderr)
        [point] = [json.loads(path.read_text()) for path in (self.dir / "o" / "points").glob("*.json")]
        self.assertEqual(point["command"], f"fsc encode {tensors} --stride 16 --fps 12.5 --frames 1:3 --mode latent --preset fast --qp 30")
        again = run(*point["command"].split()[1:], "-o", self.dir / "s.fsc")
        self.assertEqual(again.returncode, 0, again.stderr)
        info = json.loads(run("info", self.dir / "s.fsc", "--json").stdout)
        self.assertEqual(sum(info["bytes_by_kind"][kind] for kind in ("residual", "motion", "side_info", "configuration")),
                         sum(point["values"][kind] for kind in ("residual_bytes", "motion_bytes", "side_bytes")))
        self.assertEqual(info["header"]["layers"][0]["stride_px"], 16)
        self.assertAlmostEqual(info["duration_s"], 2 / 12.5)

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
