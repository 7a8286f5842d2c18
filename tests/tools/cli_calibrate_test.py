#!/usr/bin/env python3
"""fsc calibrate on the network and the clip that ship: each kind, several backs, the same bytes again, and what it refuses."""
import json
import os
import pathlib
import struct
import subprocess
import zlib

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, IO, USAGE, CliTest

MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"
CLIP, MODEL = MATERIAL / "clip.mp4", MATERIAL / "model.json"
LEARNED = ("--kind", "learned", "--planes", 16, "--branch", 8, "--steps", 60, "--refine", 20, "--crop", 96, "--batch", 2,
           "--learning-rate", 4e-3)


class Calibrate(CliTest):
    def setUp(self):
        super().setUp()
        self.needs("torch")

    def calibrate(self, name, *args):
        process = self.ok("calibrate", "--model", MODEL, CLIP, "--max-frames", 12, "--json", "-o", self.path(name), "--qps", "36,48", *args)
        return json.loads(process.stdout)

    def test_learned_beats_its_start_and_repeats(self):
        found = self.calibrate("a.fscp", *LEARNED, "--report", self.path("r.html"))
        self.assertEqual((found["kind"], found["planes"], found["steps"]), ("learned", 16, 60))
        self.assertEqual(found["bytes"], self.path("a.fscp").stat().st_size)
        self.assertLess(found["best"]["total"], 0.9 * found["start"]["total"])
        self.assertGreater(found["uncoded"]["agreement"], 0.9)
        coarse, plain = found["with_profile"][1], found["without"][1]
        self.assertLess(coarse["bits_per_element"], plain["bits_per_element"])
        self.assertLess(coarse["agreement"], found["with_profile"][0]["agreement"])
        page = self.path("r.html").read_text()
        for word in ("Training", "Agreement with the uncompressed result", "weights of the reducer", "prefers-color-scheme"):
            self.assertIn(word, page)
        self.assertNotIn("http://", page.replace("http://www.w3.org", ""))
        # The drop curve serves --max-drop, for every preset.
        drop = [point["drop_percent"] for point in found["drop_curve"] if point["preset"] == "fast"][1]
        self.assertGreaterEqual(drop, 100 * (1 - found["with_profile"][1]["agreement"]), "the promise is no less than what was measured")
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:4", "--mode", "latent", "--preset", "fast", "--profile", self.path("a.fscp"),
                "--max-drop", drop, "-o", self.path("s.fsc"))
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:4", "--mode", "latent", "--profile", self.path("a.fscp"), "--max-drop", 50,
                "-o", self.path("s.fsc"))
        self.ok("infer", self.path("s.fsc"), "--model", MODEL)
        self.calibrate("b.fscp", *LEARNED)
        self.assertEqual(self.path("a.fscp").read_bytes(), self.path("b.fscp").read_bytes())

    def test_task_compares_forms_and_statistics_needs_none(self):
        found = self.calibrate("t.fscp", "--kind", "task", "--epsilon", 0.02)
        tried = [form["form"].split(", ") for form in found["tried"]]
        self.assertEqual([form[0] for form in tried[:3]], ["diagonal", "blended", "full"])
        # Then planes, then bits a weight, all of the best form; the profile has the best of them, or what was tried first.
        self.assertEqual(len({tuple(form[:2]) for form in tried[3:]}), 1)
        self.assertGreater(len({form[2] for form in tried}), 2)
        self.assertEqual([form[3] for form in tried[-2:]], ["10 bits", "14 bits"])
        self.assertIn(f"{found['planes']} planes", [form[2] for form in tried])
        # Where errors matter was learnt, and each power of it measured against none.
        task_map = found["task_map"]
        self.assertEqual([form["exponent"] for form in task_map["tried"]], ["none", "0.25", "0.5"])
        self.assertGreater(task_map["explained"], 0.2)
        gains = [form["rate_change_percent"] for form in task_map["tried"][1:]]
        self.assertEqual(task_map["used"], min(gains) < -0.5)
        self.assertGreater(found["with_profile"][0]["agreement"], 0.97)
        plain = self.calibrate("s.fscp", "--kind", "statistics", "--planes", 40, "--no-task-map")
        self.assertNotIn("task_map", plain)
        self.assertEqual((plain["kind"], plain["planes"]), ("statistics", 40))
        self.assertEqual({form["form"].split(", ")[1] for form in plain["tried"]}, {"40 planes"})
        self.assertEqual(self.path("s.fscp").read_bytes()[:4], self.path("t.fscp").read_bytes()[:4])

    def test_other_modes(self):
        found = self.calibrate("h.fscp", "--kind", "task", "--form", "full", "--epsilon", 0.02, "--planes", 12, "--mode", "hevc")
        self.assertEqual([(point["preset"], point["qp"]) for point in found["drop_curve"]], [("", 36), ("", 48)])
        self.assertNotIn("task_map", found)
        self.ok("encode", CLIP, "--model", MODEL, "--frames", "0:4", "--mode", "hevc", "--profile", self.path("h.fscp"), "--max-drop", 60,
                "-o", self.path("s.fsc"))
        # What no encoder takes is said before any work.
        for wrong, words in [(("--qps", "64"), ["64", "--qps"]), (("--mode", "hevc", "--qps", "52"), ["52"]), (("--presets", "fast,fastest"), ["fastest", "--presets"]),
                             (("--mode", "nonesuch"), ["nonesuch", "--mode"])]:
            self.fails(USAGE, words, "calibrate", CLIP, "--model", MODEL, "--max-frames", 8, "-o", self.path("p.fscp"), *wrong)
        self.assertFalse(self.path("p.fscp").exists())

    def stills(self, name, pictures):
        """A folder of PNG files: pictures of [height, width, 3]."""
        folder = self.path(name)
        folder.mkdir()
        for n, picture in enumerate(np.asarray(p, np.uint8) for p in pictures):
            height, width, _ = picture.shape
            rows = b"".join(b"\0" + line.tobytes() for line in picture)
            data = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in [
                (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])
            (folder / f"{n:03}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
        return folder

    def moving(self, frames):
        big = np.random.default_rng(1).integers(0, 256, (64 // 4 + frames, 96 // 4 + frames, 3)).repeat(4, 0).repeat(4, 1)
        return [big[4 * t:4 * t + 64, 4 * t:4 * t + 96] for t in range(frames)]

    QUICK = ("--kind", "statistics", "--planes", 8, "--no-task-map", "--presets", "fast", "--qps", 40, "--weight-bits", 12)

    def test_clips_without_content_are_named(self):
        out, black = self.path("p.fscp"), np.zeros((64, 96, 3))
        noise = np.random.default_rng(2).normal(128, 1, (8, 64, 96, 3)).clip(0, 255)
        for name, pictures, word in [("black", [black] * 8, "all its 8 frames are of one colour"), ("covered", noise, "one colour"),
                                     ("frozen", [self.moving(1)[0]] * 8, "frozen")]:
            folder = self.stills(name, pictures)
            self.fails(BAD_INPUT, [word, f"/{name}"], "calibrate", CLIP, folder, "--model", MODEL, *self.QUICK, "-o", out)

    def test_blank_frames_are_left_out(self):
        moving, black = self.moving(24), [np.zeros((64, 96, 3))] * 24
        whole = self.stills("whole", moving)
        found = []
        for name, folder in [("a.fscp", whole), ("b.fscp", self.stills("ends", moving + black)), ("c.fscp", self.stills("starts", black + moving))]:
            process = self.ok("calibrate", folder, "--model", MODEL, *self.QUICK, "--json", "-o", self.path(name))
            found.append(json.loads(process.stdout))
        self.assertEqual((found[0]["held_back_frames"], found[0]["distinct_frames"], found[0]["warnings"]), (6, 6, []))
        # As if they were not there.
        self.assertEqual(self.path("b.fscp").read_bytes(), self.path("a.fscp").read_bytes())
        self.assertEqual(self.path("c.fscp").read_bytes(), self.path("a.fscp").read_bytes())
        self.assertEqual([w["kind"] for w in found[1]["warnings"]], ["blank-frames"])
        self.assertIn("24 of 48 frames show nothing", found[1]["warnings"][0]["what"])

    def test_few_frames_promise_nothing(self):
        # Twelve frames, three held back; and thirty-two of which most are like another.
        for name, pictures in [("few", self.moving(12)), ("slow", [p for p in self.moving(3) for _ in range(12)])]:
            folder, out = self.stills(name, pictures), self.path(name + ".fscp")
            calibrate = ["calibrate", folder, "--model", MODEL, *self.QUICK, "-o", out]
            self.fails(BAD_INPUT, ["too few to promise"], *calibrate, "--strict")
            found = json.loads(self.ok(*calibrate, "--json").stdout)
            self.assertEqual([w["kind"] for w in found["warnings"]], ["no-promise"])
            self.assertEqual(found["drop_curve"], [])
            self.assertLess(found["distinct_frames"], 4)
            self.assertEqual(len(found["with_profile"]), 1, "what was measured is still told")
            self.fails(USAGE, ["--max-drop", "no drop curve"], "encode", folder, "--model", MODEL, "--mode", "latent", "--preset", "fast", "--profile",
                       out, "--max-drop", 50, "-o", self.path("s.fsc"))
            self.assertIn("nothing is promised", self.ok("info", out).stdout.decode())

    def test_how_well_it_fits_is_kept(self):
        found = self.calibrate("p.fscp", "--kind", "statistics", "--planes", 40, "--no-task-map", "--presets", "fast")
        fit = found["fit"]
        self.assertTrue(0 < fit["lost_share"] <= fit["worst_lost_share"] < 0.1, fit)
        self.assertEqual(json.loads(self.ok("info", self.path("p.fscp"), "--json").stdout)["fit"], [fit])
        encode = ["encode", CLIP, "--model", MODEL, "--frames", "0:10", "--mode", "latent", "--preset", "fast", "--profile", self.path("p.fscp"), "-o",
                  self.path("s.fsc")]
        self.ok(*encode, "--strict")
        info = json.loads(self.ok("info", self.path("s.fsc"), "--json").stdout)
        self.assertEqual(info["header"]["profile"]["fit"], [fit])

    def test_stills_of_other_sizes(self):
        # Layers of one size, luma of two: they cannot share a stream.
        folder = self.stills("stills", [[[[(7 * x * n + 5 * y + c) % 251 for c in range(3)] for x in range(94 + 2 * (n % 2))] for y in range(64)]
                                        for n in range(8)])
        self.ok("calibrate", "--model", MODEL, folder, "--kind", "learned", "--planes", 4, "--branch", 4, "--steps", 5, "--refine", 5, "--crop", 64,
                "--batch", 1, "--qps", 48, "--presets", "fast", "--no-task-map", "-o", self.path("p.fscp"))

    def backs(self):
        """Model files of other backs of the shipped front, by name (make_backs.cc)."""
        subprocess.run([os.environ["FSC_MAKE_BACKS"], MATERIAL / "back.pt", self.dir], check=True)
        models = {}
        for back in sorted(self.dir.glob("*.pt")):
            spec = json.loads(MODEL.read_text())
            spec.update(id="street-" + back.stem, front=str(MATERIAL / "front.pt"), back=str(back))
            if back.stem == "coarse":
                spec["task"]["labels"] = ["still", "moving"]
            models[back.stem] = self.path(back.stem + ".json")
            models[back.stem].write_text(json.dumps(spec))
        return models

    def test_one_profile_for_several_backs(self):
        coarse = self.backs()["coarse"]
        for name, kind in [("t.fscp", ("--kind", "task", "--form", "full", "--epsilon", 0.02, "--model-weights", "1,2")), ("l.fscp", LEARNED)]:
            found = self.calibrate(name, "--model", coarse, *kind, "--report", self.path("r.html"))
            self.assertEqual(found["models"], ["rendered-street", "street-coarse"])
            self.assertEqual([back["model"] for back in found["backs"]], found["models"])
            for i, point in enumerate(found["with_profile"]):  # the curve is that of the back which agrees least
                self.assertEqual(point["agreement"], min(back["with_profile"][i]["agreement"] for back in found["backs"]))
            page = self.path("r.html").read_text()
            self.assertIn("<h3>rendered-street</h3>", page)
            self.assertIn("<h3>street-coarse</h3>", page)
            if name == "l.fscp":
                self.assertEqual(len(found["weights"]), 3)
                self.assertLess(found["best"]["total"], found["start"]["total"])
            # Either back's streams may use it; a decoder needs none of the models.
            for model in (MODEL, coarse):
                self.ok("encode", CLIP, "--model", model, "--frames", "0:3", "--mode", "latent", "--profile", self.path(name), "-o", self.path("s.fsc"))
                self.ok("infer", self.path("s.fsc"), "--model", model)

    def test_backs_of_other_fronts_do_not_share(self):
        coarse, out = self.backs()["coarse"], self.path("p.fscp")
        spec = json.loads(coarse.read_text())
        self.path("front.pt").write_bytes((MATERIAL / "back.pt").read_bytes())
        spec["front"] = str(self.path("front.pt"))
        self.path("o.json").write_text(json.dumps(spec))
        calibrate = ["calibrate", CLIP, "--model", MODEL, "-o", out, "--model"]
        self.fails(USAGE, ["another front", "o.json", "model.json"], *calibrate, self.path("o.json"))
        spec = json.loads(coarse.read_text())
        spec["input"]["pad_value"] = 0
        self.path("o.json").write_text(json.dumps(spec))
        self.fails(USAGE, ["another input"], *calibrate, self.path("o.json"))
        spec = json.loads(coarse.read_text())
        spec["layers"][0]["phase"] = 1
        self.path("o.json").write_text(json.dumps(spec))
        self.fails(USAGE, ["other layers"], *calibrate, self.path("o.json"))
        self.fails(USAGE, ["1 weights for 2 models"], *calibrate, coarse, "--model-weights", 1)

    def test_a_profile_of_another_model_is_refused(self):
        self.calibrate("s.fscp", "--kind", "statistics", "--no-task-map", "--presets", "fast", "--qps", "40")
        encode = ["encode", CLIP, "--frames", "0:2", "--mode", "latent", "--profile", self.path("s.fscp"), "-o", self.path("s.fsc"), "--model"]
        self.fails(USAGE, ["rendered-street", "street-coarse"], *encode, self.backs()["coarse"])
        # The same name with another front: by the digest of its file.
        spec = json.loads(MODEL.read_text())
        self.path("front.pt").write_bytes((MATERIAL / "front.pt").read_bytes() + b" ")
        spec.update(front=str(self.path("front.pt")), back=str(MATERIAL / "back.pt"))
        self.path("o.json").write_text(json.dumps(spec))
        process = cli.run(*encode, self.path("o.json"))
        self.assertIn(process.returncode, (USAGE, BAD_INPUT), process.stderr)  # some LibTorch refuse the file itself
        self.assertFalse(self.path("s.fsc").exists())

    def test_backs_that_cannot_be_learnt_from_are_named(self):
        models, out = self.backs(), self.path("p.fscp")
        calibrate = ["calibrate", CLIP, "--max-frames", 8, "-o", out, "--report", self.path("p.html"), "--model"]
        for kind in ("task", "learned"):
            self.fails(BAD_INPUT, ["integers.pt", "long"], *calibrate, models["integers"], "--kind", kind)
            self.fails(BAD_INPUT, ["hard.pt", "cannot be differentiated"], *calibrate, models["hard"], "--kind", kind)
            self.fails(BAD_INPUT, ["pair.pt", "one tensor"], *calibrate, models["pair"], "--kind", kind)
            self.fails(BAD_INPUT, ["rounded.pt", "all are zero"], *calibrate, models["rounded"], "--kind", kind)
            self.fails(BAD_INPUT, ["hard.pt"], *calibrate, MODEL, "--model", models["hard"], "--kind", kind)
        # Statistics need no gradients: there is no task map then.
        found = self.calibrate("s.fscp", "--kind", "statistics", "--planes", 16, "--presets", "fast", "--model", models["hard"])
        self.assertNotIn("task_map", found)

    def test_what_cannot_be_calibrated_leaves_nothing_behind(self):
        out = self.path("p.fscp")
        self.fails(USAGE, ["5 clips for 16 frames"], "calibrate", *[CLIP] * 5, "--model", MODEL, "--max-frames", 16, "-o", out)
        self.fails(USAGE, ["too few frames"], "calibrate", CLIP, "--model", MODEL, "--frames", "0:2", "-o", out)
        self.fails(USAGE, ["more planes than channels"], "calibrate", CLIP, "--model", MODEL, "--max-frames", 8, "--planes", 65, "-o", out)
        self.fails(USAGE, ["more planes than channels"], "calibrate", CLIP, "--model", MODEL, "--max-frames", 8, "--kind", "statistics",
                   "--planes", 65, "-o", out)
        self.fails(IO, ["missing.mp4"], "calibrate", self.path("missing.mp4"), "--model", MODEL, "-o", out)
        self.fails(BAD_INPUT, [], "calibrate", MODEL, "--model", MODEL, "-o", out)
        broken = json.loads(MODEL.read_text())
        broken["front"] = str(MATERIAL / "front.pt")
        broken["back"] = str(MATERIAL / "front.pt")  # not a back of these features
        self.path("m.json").write_text(json.dumps(broken))
        self.assertNotEqual(cli.run("calibrate", CLIP, "--model", self.path("m.json"), "--max-frames", 8, "-o", out).returncode, 0)
        self.assertFalse(out.exists())
        del broken["back"]
        self.path("m.json").write_text(json.dumps(broken))
        process = cli.run("calibrate", CLIP, "--model", self.path("m.json"), "-o", out)
        self.assertIn('no "back"', process.stderr)
        self.assertFalse(out.exists())

    def test_an_interrupted_run_leaves_nothing_behind(self):
        command = [cli.FSC, "calibrate", str(CLIP), "--model", str(MODEL), "--steps", "100000", "-o", str(self.path("p.fscp"))]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.terminate()
        process.wait(timeout=30)
        self.assertEqual(list(self.dir.iterdir()), [])


if __name__ == "__main__":
    cli.main()
