#!/usr/bin/env python3
"""fsc bench: what is in the table and in the JSON, that the figures agree with each other and with other commands, and wrong options."""
import json
import os
import pathlib

import cli_harness as cli
from cli_harness import BAD_INPUT, IO, USAGE, CliTest, moving_tensor

MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"
CLIP, MODEL = MATERIAL / "clip.mp4", MATERIAL / "model.json"


class Bench(CliTest):
    def setUp(self):
        super().setUp()
        self.path("tmp").mkdir()

    def bench(self, *args):
        return self.ok("bench", *args, "--runs", 2, "--quiet", env={"TMPDIR": str(self.path("tmp"))})

    def json(self, *args):
        result = json.loads(self.bench(*args, "--json").stdout)
        self.assertEqual(os.listdir(self.path("tmp")), [], "intermediate files stay")
        return result

    def check_row(self, result, row):
        elements = result["frames"] * result["elements_per_frame"]
        self.assertAlmostEqual(row["bits_per_element"], 8 * row["bytes"] / elements)
        for cores in ["one_core"] + (["all_cores"] if result["threads"] > 1 else []):
            for part in ("encode", "decode"):
                seconds = sorted(row[cores][f"{part}_s"])
                self.assertEqual(len(seconds), result["runs"])
                self.assertGreater(seconds[0], 0)
                middle = sum(seconds) / 2  # of two
                self.assertAlmostEqual(row[cores][f"{part}_mel_per_s"] * middle, elements / 1e6, delta=1e-6 * elements)
                self.assertAlmostEqual(row[cores][f"{part}_frames_per_s"] * middle, result["frames"], delta=1e-6)
        for peak in ("encode_peak_mib", "decode_peak_mib"):
            self.assertTrue(4 < row[peak] < 1000, row[peak])

    def test_tensors(self):
        self.save("t.npy", moving_tensor(5, channels=8, height=24, width=32))
        result = self.json(self.path("t.npy"), "--stride", 8, "--modes", "latent,float", "--presets", "fast,high", "--qps", "latent:30,latent:44", "--threads", 2)
        self.assertEqual([(row["mode"], row["preset"], row["qp"]) for row in result["rows"][:4]],
                         [("latent", "fast", 30), ("latent", "fast", 44), ("latent", "high", 30), ("latent", "high", 44)])
        self.assertEqual([row["mode"] for row in result["rows"][4:]], ["float"])
        self.assertEqual((result["frames"], result["elements_per_frame"], result["threads"], result["runs"]), (5, 8 * 24 * 32, 2, 2))
        self.assertEqual(result["layers"], [{"name": "features", "channels": 8, "height": 24, "width": 32, "stride": 8}])
        for row in result["rows"]:
            self.check_row(result, row)
            self.assertNotIn("kl_nats", row)
            self.assertIsNone(row["share_of_front_percent"])
            options = ["--mode", row["mode"], *(["--preset", row["preset"], "--qp", row["qp"]] if row["preset"] else [])]
            self.ok("encode", self.path("t.npy"), "--stride", 8, *options, *row["options"].split(), "-o", self.path("s.fsc"))
            self.assertEqual(row["bytes"], len(self.path("s.fsc").read_bytes()))
        self.assertGreater(result["rows"][0]["snr_db"], result["rows"][1]["snr_db"])
        self.assertIsNone(result["rows"][4]["snr_db"])  # every bit: infinite

    def test_the_usual_coders(self):
        self.save("t.npy", moving_tensor(3, channels=8, height=24, width=32))
        process = self.ok("bench", self.path("t.npy"), "--stride", 8, "--runs", 1, "--threads", 1)
        lines = process.stdout.decode().splitlines()
        titles = lines[2].split()
        rows = [line.split() for line in lines[3:lines.index("", 3)]]
        for title in ("mode", "preset", "QP", "b/el", "MiB"):
            self.assertIn(title, titles)
        coders = [("latent", "fast"), ("latent", "balanced"), ("latent", "high")]
        if "ffmpeg" in cli.FEATURES:
            coders += [("hevc", "medium"), ("h264", "veryfast")]
            self.assertEqual(rows[-1][-1], "1.00")  # against itself
            self.assertIn("--packing mpeg", process.stdout.decode())
        else:
            self.assertIn("left out: hevc", process.stderr)
        self.assertEqual([tuple(row[:2]) for row in rows], coders)

    def test_against_picture_codecs(self):
        self.needs("ffmpeg")
        self.save("t.npy", moving_tensor(3, channels=8, height=24, width=32))
        result = self.json(self.path("t.npy"), "--modes", "latent,h264", "--presets", "latent:fast,ultrafast", "--qps", "36,h264:10,h264:40", "--threads", 1)
        rows = {(row["mode"], row["qp"]): row for row in result["rows"]}
        self.assertEqual(sorted(rows), [("h264", 10), ("h264", 36), ("h264", 40), ("latent", 36)])
        for row in result["rows"]:
            self.check_row(result, row)
            self.assertIsNone(row["all_cores"])
            [against] = row["against"]
            rates = {abs(qp): abs(1 - rows["h264", qp]["bits_per_element"] / row["bits_per_element"]) for qp in (10, 36, 40)}
            anchor = rows["h264", against["qp"]]
            self.assertAlmostEqual(against["bits_ratio"], row["bits_per_element"] / anchor["bits_per_element"])
            ratios = [b / a for a, b in zip(row["one_core"]["encode_s"], anchor["one_core"]["encode_s"])]
            self.assertAlmostEqual(against["encode_speed_ratio"], sum(ratios) / 2)
            if row["mode"] == "h264":
                self.assertEqual(against["qp"], row["qp"], rates)

    def test_a_video_and_a_network(self):
        self.needs("torch")
        result = self.json(CLIP, "--model", MODEL, "--frames", ":4", "--modes", "latent", "--presets", "fast", "--qps", "20,50")
        self.assertGreater(result["front_ms"], 0)
        fine, coarse = result["rows"]
        for row in (fine, coarse):
            self.check_row(result, row)
            encode_ms = 1000 * sum(row["one_core"]["encode_s"]) / 2 / result["frames"]
            self.assertAlmostEqual(row["share_of_front_percent"], 100 * encode_ms / result["front_ms"], places=6)
        self.assertLess(fine["kl_nats"], coarse["kl_nats"])
        self.assertGreater(fine["agreement"], coarse["agreement"])
        # The same tensors from a file, and a clip beside them for motion: the same stream.
        self.ok("extract", CLIP, "--model", MODEL, "--frames", ":4", "-o", self.path("f.npy"))
        tensors = self.json(self.path("f.npy"), "--model", MODEL, "--video", CLIP, "--modes", "latent", "--presets", "fast", "--qps", 20)
        self.assertEqual(tensors["rows"][0]["snr_db"], fine["snr_db"])
        self.assertAlmostEqual(tensors["rows"][0]["kl_nats"], fine["kl_nats"], delta=1e-9)
        self.assertIsNone(tensors["front_ms"])

    def test_wrong_options(self):
        tensors = self.save("t.npy", moving_tensor(2))
        for words, args in [(["no mode of these", "slowest"], ["--presets", "slowest"]), (["hevc", "--modes"], ["--modes", "latent", "--qps", "hevc:30"]),
                            (["--qps"], ["--qps", "latent:"]), (["--runs"], ["--runs", 0]), (["--threads"], ["--threads", 0]),
                            (["qp", "'x'"], ["--qps", "x"]), (["nosuchmode"], ["--modes", "nosuchmode", "--quiet"]),
                            (["--motion"], ["--motion", "sideways"]), (["past the end"], ["--frames", "5:"])]:
            self.fails(USAGE, words, "bench", tensors, *args)
        self.fails(IO, ["gone.npy"], "bench", self.path("gone.npy"))
        self.fails(USAGE, ["--stride", "--model"], "bench", tensors, "--model", MODEL, "--stride", 8)
        self.path("cut.npy").write_bytes(tensors.read_bytes()[:-9])
        self.fails(BAD_INPUT, ["cut.npy"], "bench", self.path("cut.npy"))
        self.fails(IO, ["profile"], "bench", tensors, "--profile", self.path("gone.profile"))


if __name__ == "__main__":
    cli.main()
