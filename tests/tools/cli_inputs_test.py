#!/usr/bin/env python3
"""What a command reads and what it writes: outputs that are inputs, time, cut videos, orientation, odd names."""
import csv
import gzip
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import zipfile

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, IO, OK, USAGE, CliTest, moving_tensor

MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"
CLIP, MODEL = MATERIAL / "clip.mp4", MATERIAL / "model.json"


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, args)], check=True)


def lines(process):
    return [json.loads(line) for line in process.stdout.decode().splitlines()]


class Inputs(CliTest):
    def info(self, name):
        return json.loads(self.ok("info", self.path(name), "--json").stdout)

    def times(self, name):
        return sorted(packet["time_s"] for packet in self.info(name)["packets"])

    def digest(self, source, stdin=None):
        self.ok("encode", source, "--mode", "float", "-o", self.path("s.fsc"), stdin=stdin)
        return self.ok("decode", self.path("s.fsc"), "--md5").stdout

    def encode(self, source, name="s.fsc", *args, code=OK, mode=("latent", "--preset", "fast")):
        process = cli.run("encode", source, "--model", MODEL, "--mode", *mode, "--gop", "8", "-o", self.path(name), *args)
        self.assertEqual(process.returncode, code, process.stderr)
        return process


class Names(Inputs):
    def test_the_content_says_what_a_file_is(self):
        tensors = moving_tensor(3)
        expected = self.digest(self.save("x.npy", tensors))
        for name in ("X.NPY", "x", "x.bin", "x y.npy"):
            self.path(name).write_bytes(self.path("x.npy").read_bytes())
            self.assertEqual(self.digest(self.path(name)), expected)
        self.assertEqual(self.digest("file://" + str(self.path("x%20y.npy"))), expected)
        self.assertEqual(self.digest("file://localhost" + str(self.path("x.npy"))), expected)
        self.assertEqual(self.digest("FILE://" + str(self.path("x.npy"))), expected)
        for name in ("-", "/dev/stdin"):
            self.assertEqual(self.digest(name, stdin=self.path("x.npy").read_bytes()), expected)
        with open(self.path("x.npy"), "rb") as stdin:
            subprocess.run([cli.FSC, "encode", "/dev/stdin", "--mode", "float", "-o", str(self.path("s.fsc"))], stdin=stdin, check=True, capture_output=True)
        self.assertEqual(self.ok("decode", self.path("s.fsc"), "--md5").stdout, expected)
        self.path("a stream.npy").write_bytes(self.path("s.fsc").read_bytes())
        self.fails(USAGE, ["already coded"], "encode", self.path("a stream.npy"), "-o", self.path("t.fsc"))
        self.path("text.npy").write_text("no tensor")
        self.fails(BAD_INPUT, ["neither"], "encode", self.path("text.npy"), "-o", self.path("t.fsc"))

    def test_folders_of_tensors(self):
        tensors = moving_tensor(12)
        expected = self.digest(self.save("x.npy", tensors))
        folder = self.path("frames")
        folder.mkdir()
        for i, frame in enumerate(tensors):
            np.save(folder / f"f{i}.npy", frame if i % 2 else frame[None])
        self.assertEqual(self.digest(folder), expected)
        for rest in folder.iterdir():
            rest.unlink()
        for i, frame in enumerate(tensors):
            np.savez(folder / f"f{i}.npz", features=frame)
        self.assertEqual(self.digest(folder), expected)
        for pattern in ("frames/*.npz", "frames/f%d.npz", "frames/f[0-9]*.npz"):
            self.assertEqual(self.digest(self.path(pattern)), expected)
        self.digest(self.path("frames/f1*.npz"))
        self.assertEqual(self.info("s.fsc")["frames"], 3)
        self.fails(BAD_INPUT, ["no tensor file matches"], "encode", self.path("frames/g*.npz"), "--mode", "float", "-o", self.path("t.fsc"))
        (folder / "f3.npz").rename(self.path("away.npz"))
        self.fails(BAD_INPUT, ["missing", "f3.npz"], "encode", self.path("frames/f%d.npz"), "--mode", "float", "-o", self.path("t.fsc"))
        np.savez(folder / "f5.npz", features=tensors[5, :, 1:])
        self.fails(BAD_INPUT, ["shape", "f5.npz"], "encode", folder, "--mode", "float", "-o", self.path("t.fsc"))
        np.savez(folder / "f0.npz", features=tensors)
        self.fails(BAD_INPUT, ["one frame"], "encode", folder, "--mode", "float", "-o", self.path("t.fsc"))

    def test_types_and_orders(self):
        tensors = np.round(moving_tensor(5) * 64) + np.float32(0)  # no -0, which whole numbers do not have
        expected = self.digest(self.save("x.npy", tensors))
        for dtype in ("<f8", ">f4", ">f2", "<i2", ">i4", "<i8"):
            self.assertEqual(self.digest(self.save("as.npy", tensors.astype(dtype))), expected, dtype)
        self.assertEqual(self.digest(self.save("fortran.npy", np.asfortranarray(tensors.astype(">f8")))), expected)
        with gzip.open(self.path("x.npy.gz"), "wb") as out:
            np.save(out, tensors)
        self.assertEqual(self.digest(self.path("x.npy.gz")), expected)
        np.savez_compressed(self.path("frames.npz"), *tensors)
        self.assertEqual(self.digest(self.path("frames.npz")), expected)
        np.savez(self.path("more.npz"), label=np.arange(5), features=tensors, name=np.array("clip"))
        self.fails(BAD_INPUT, ["choose"], "encode", self.path("more.npz"), "-o", self.path("t.fsc"))
        self.fails(USAGE, ["no array 'feature'", "label, features, name"], "encode", self.path("more.npz"), "--layers", "feature", "-o", self.path("t.fsc"))
        self.ok("encode", self.path("more.npz"), "--layers", "features", "--mode", "float", "-o", self.path("t.fsc"))
        self.assertEqual(self.ok("decode", self.path("t.fsc"), "--md5").stdout, expected)

    def test_rounded_values_are_told(self):
        third = self.save("third.npy", np.full((2, 1, 4, 4), 1 / 3))
        said = json.loads(self.ok("encode", third, "--json", "-o", self.path("t.fsc")).stdout)["warnings"]
        self.assertEqual([(w["kind"], w["count"]) for w in said], [("rounded-values", 32)])
        self.fails(BAD_INPUT, ["float32 does not hold"], "encode", third, "--strict", "-o", self.path("u.fsc"))

    def test_pipes_and_redirected_files(self):
        tensors = moving_tensor(3)
        expected = self.digest(self.save("x.npy", tensors))
        np.savez(self.path("x.npz"), a=tensors, b=tensors[:, :3])
        archive = self.digest(self.path("x.npz"))
        for name in ("-", "/dev/stdin"):
            for content, digest in (("x.npy", expected), ("x.npz", archive)):
                with open(self.path(content), "rb") as stdin:
                    subprocess.run([cli.FSC, "encode", name, "--mode", "float", "-o", str(self.path("s.fsc"))], stdin=stdin, check=True, capture_output=True)
                self.assertEqual(self.ok("decode", self.path("s.fsc"), "--md5").stdout, digest, (name, content))
            self.fails(BAD_INPUT, [".npz", "pipe", "its name"], "encode", name, "--mode", "float", "-o", self.path("t.fsc"), stdin=self.path("x.npz").read_bytes())
        # A pipe with a name, as <(..) of the shell gives.
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        for content, command, code in (("x.npy", ["encode", pipe, "--mode", "float", "-o", self.path("s.fsc")], OK), ("s.fsc", ["decode", pipe, "--md5"], OK)):
            writer = subprocess.Popen(["cp", self.path(content), pipe])
            process = cli.run(*command)
            writer.wait(timeout=60)
            self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(process.stdout, expected)

    def test_raw_pictures_are_told_what_is_missing(self):
        self.needs("torch")
        self.path("x.yuv").write_bytes(bytes(176 * 144 * 3 // 2))
        self.fails(BAD_INPUT, ["raw", ".y4m"], "encode", self.path("x.yuv"), "--model", MODEL, "-o", self.path("t.fsc"))


class OthersFiles(Inputs):
    """Tensors as other programs write them."""

    def setUp(self):
        super().setUp()
        self.tensors = np.round(moving_tensor(3) * 60) + np.float32(0)  # no -0, which whole numbers do not have

    def test_whole_numbers_of_every_size(self):
        for values in (self.tensors, np.abs(self.tensors)):
            expected = self.digest(self.save("x.npy", values))
            signed = values.min() < 0
            for dtype in ("i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8") if signed else ("u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"):
                self.assertEqual(self.digest(self.save("as.npy", values.astype(dtype))), expected, dtype)

    def test_samples_come_back_as_they_were(self):
        for dtype, scale in (("<u1", 0.4), ("<u2", 400)):
            samples = np.abs(np.round(self.tensors * scale)).astype(dtype)
            self.assertGreater(samples.max(), 30 * scale)
            self.ok("encode", self.save("x.npy", samples), "--qp", "lossless", "-o", self.path("s.fsc"))
            self.ok("decode", self.path("s.fsc"), "-o", self.path("y.npy"))
            np.testing.assert_array_equal(np.load(self.path("y.npy")), samples)

    def test_bfloat16_of_ml_dtypes(self):
        bits = (self.tensors.view(np.uint32) >> 16).astype("<u2")
        expected = self.digest(self.save("x.npy", (bits.astype(np.uint32) << 16).view(np.float32)))
        self.assertEqual(self.digest(self.save("b.npy", bits.view("V2"))), expected)
        np.savez(self.path("b.npz"), features=bits.view("V2"))
        self.assertEqual(self.digest(self.path("b.npz")), expected)

    def test_headers_of_other_languages(self):
        expected = self.digest(self.save("x.npy", self.tensors))
        shape = ", ".join(map(str, self.tensors.shape))
        for text in (f"{{'descr': 'float32', 'fortran_order': False, 'shape': ({shape}), }}", f"{{'descr': '=f4', 'fortran_order': False, 'shape': ({shape})}}",
                     f"{{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":({shape.replace(' ', '')})}}", f"{{'shape': ({shape},), 'fortran_order': False, 'descr': '|f4'}}"):
            header = text.encode() + b"\n"  # not aligned either
            self.path("o.npy").write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + self.tensors.tobytes())
            self.assertEqual(self.digest(self.path("o.npy")), expected, text)

    def test_archives_that_were_streamed(self):
        """Whoever writes an archive into a pipe knows sizes and checksums afterwards alone: data descriptors."""
        expected = self.digest(self.save("x.npy", self.tensors))

        class Pipe:
            def __init__(self, file):
                self.write, self.flush = file.write, file.flush

        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with open(self.path("d.npz"), "wb") as file, zipfile.ZipFile(Pipe(file), "w", method) as archive:
                archive.writestr("features.npy", self.path("x.npy").read_bytes())
            self.assertIn(b"PK\x07\x08", self.path("d.npz").read_bytes())
            self.assertEqual(self.digest(self.path("d.npz")), expected)

    def test_several_arrays_in_one_file(self):
        with open(self.path("two.npy"), "wb") as file:
            np.save(file, self.tensors)
            np.save(file, self.tensors)
        self.fails(BAD_INPUT, ["several arrays", "two.npy", "savez"], "encode", self.path("two.npy"), "-o", self.path("t.fsc"))


class Addresses(Inputs):
    """Videos from a server on the loopback interface, and through standard input."""

    def serve(self):
        served = str(self.dir)

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=served)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def clips(self):
        """Four frames in formats that are read from the beginning to the end."""
        self.needs("torch")
        ffmpeg("-i", CLIP, "-frames:v", 4, "-c", "copy", self.path("v.mkv"))
        ffmpeg("-i", self.path("v.mkv"), "-f", "yuv4mpegpipe", self.path("v.y4m"))
        return [self.path("v.mkv"), self.path("v.y4m")]

    def test_a_video_from_a_server(self):
        for clip in self.clips():
            self.encode(clip, "file.fsc")
            self.encode(f"{self.serve()}/{clip.name}?odd=%04d", "net.fsc")
            self.assertEqual(self.path("net.fsc").read_bytes(), self.path("file.fsc").read_bytes())
        server = self.serve()
        self.ok("extract", f"{server}/v.mkv", "--model", MODEL, "-o", self.path("net.npz"))
        self.ok("extract", self.path("v.mkv"), "--model", MODEL, "-o", self.path("file.npz"))
        self.assertEqual(self.digest(self.path("net.npz")), self.digest(self.path("file.npz")))
        from_net, from_file = (self.ok("infer", name, "--model", MODEL).stdout for name in (f"{server}/v.mkv", self.path("v.mkv")))
        self.assertEqual(from_net, from_file)
        out = ("--model", MODEL, "-o", self.path("t.fsc"))
        self.fails(IO, ["404", "gone.mp4"], "encode", f"{server}/gone.mp4", *out)
        # An MP4 whose index stands at its end, and a server that knows no ranges.
        shutil.copy(CLIP, self.path("index_last.mp4"))
        self.fails(BAD_INPUT, ["back and forth", "save it to a file"], "encode", f"{server}/index_last.mp4", *out)
        self.path("text").write_text("no video at all\n" * 100)
        self.fails(BAD_INPUT, ["no video"], "encode", f"{server}/text", *out)

    def test_addresses_that_nothing_comes_from(self):
        self.needs("torch")
        out = ("--model", MODEL, "-o", self.path("t.fsc"))
        protocols = subprocess.run(["ffmpeg", "-v", "error", "-protocols"], capture_output=True, text=True, check=True).stdout.split()
        for scheme in ("rtsp", "http", "https", "ftp"):
            if scheme in protocols or scheme == "rtsp":
                self.fails(IO, [f"{scheme}://127.0.0.1:1/x.mp4", "refused"], "encode", f"{scheme}://127.0.0.1:1/x.mp4", *out)
            else:
                self.fails(USAGE, [f"without {scheme}"], "encode", f"{scheme}://127.0.0.1:1/x.mp4", *out)
        for name in ("foo://x/clip.mp4", "s3://bucket/clip.mp4", "concat://a"):
            self.fails(USAGE, [name, "reads from", "http"], "encode", name, *out)

    def test_only_videos_are_read_from_addresses(self):
        server = self.serve()
        tensors = self.save("t.npy", moving_tensor(3))
        self.ok("encode", tensors, "-o", self.path("t.fsc"))
        for command in (["encode", f"{server}/t.npy", "-o", self.path("u.fsc")], ["info", f"{server}/t.fsc"], ["decode", f"{server}/t.fsc", "--md5"],
                        ["cat", f"{server}/t.fsc", "-o", self.path("u.fsc")], ["pack", f"{server}/t.npy", "-o", self.path("u.yuv")],
                        ["encode", tensors, "--profile", f"{server}/p.fscp", "-o", self.path("u.fsc")], ["bdrate", f"{server}/a.json", tensors],
                        ["eval", f"{server}/s.json", "-o", self.path("o")], ["info", "foo://t.fsc"]):
            self.fails(USAGE, ["this is an address", "save it to a file"], *command)
        for name in (f"{server}/u.fsc", "foo://u.fsc"):
            self.fails(USAGE, ["outputs are files", name], "encode", tensors, "-o", name)
        self.path("s.json").write_text(json.dumps({"name": "s", "clips": [{"name": "c", "path": f"{server}/t.npy"}], "configs": [{"name": "raw", "raw": True}]}))
        self.fails(BAD_INPUT, ["clips[0].path", "address"], "eval", self.path("s.json"), "-o", self.path("o"))
        # A file of such a name is a file.
        folder = self.path("http:")
        folder.mkdir()
        shutil.copy(self.path("t.fsc"), folder)
        subprocess.run([pathlib.Path(cli.FSC).resolve(), "info", "http://t.fsc"], cwd=self.dir, check=True, capture_output=True)

    def test_a_video_through_standard_input(self):
        for clip in self.clips():
            self.encode(clip, "file.fsc")
            for name in ("-", "/dev/stdin"):
                self.ok("encode", name, "--model", MODEL, "--mode", "latent", "--preset", "fast", "--gop", "8", "-o", self.path("pipe.fsc"), stdin=clip.read_bytes())
                self.assertEqual(self.path("pipe.fsc").read_bytes(), self.path("file.fsc").read_bytes())
        self.assertEqual(self.ok("infer", "-", "--model", MODEL, stdin=self.path("v.mkv").read_bytes()).stdout, self.ok("infer", self.path("v.mkv"), "--model", MODEL).stdout)
        # A writer that begins slowly, byte by byte.
        process = subprocess.Popen([cli.FSC, "extract", "-", "--model", str(MODEL), "-o", str(self.path("slow.npz"))], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        content = self.path("v.y4m").read_bytes()
        for byte in range(3):
            process.stdin.write(content[byte:byte + 1])
            process.stdin.flush()
            time.sleep(0.1)
        _, said = process.communicate(content[3:], timeout=120)
        self.assertEqual(process.returncode, OK, said)
        # A file that is redirected can be read back and forth, a pipe cannot.
        with open(CLIP, "rb") as stdin:
            subprocess.run([cli.FSC, "encode", "-", "--model", str(MODEL), "--frames", "0:2", "-o", str(self.path("mp4.fsc"))], stdin=stdin, check=True, capture_output=True)
        out = ("--model", MODEL, "-o", self.path("t.fsc"))
        self.fails(BAD_INPUT, ["back and forth", "save it to a file"], "encode", "-", *out, stdin=CLIP.read_bytes())
        self.fails(BAD_INPUT, ["no video"], "encode", "-", *out, stdin=b"neither tensors nor a video")
        self.fails(BAD_INPUT, ["cut short"], "encode", "-", *out, stdin=b"")
        self.fails(USAGE, ["--video -", "twice"], "infer", self.path("file.fsc"), "--model", MODEL, "--video", "-", stdin=CLIP.read_bytes())
        self.fails(USAGE, ["more than once"], "calibrate", "-", "--model", MODEL, "-o", self.path("p.fscp"), stdin=b"")

    def test_what_standard_input_and_output_are_not_for(self):
        for command in (["eval", "-", "-o", self.path("o")], ["bdrate", "-", "-"]):
            self.fails(USAGE, ["standard input is not read here"], *command, stdin=b"{}")
        self.save("t.npy", moving_tensor(2))
        self.path("s.json").write_text(json.dumps({"name": "s", "clips": [{"name": "c", "path": "t.npy"}], "configs": [{"name": "raw", "raw": True}]}))
        self.fails(USAGE, ["many files", "folder"], "eval", self.path("s.json"), "-o", "-")


class OutputIsInput(Inputs):
    def refused(self, kept, *args, **kwargs):
        """The command is refused before it reads anything, and the file is what it was."""
        before = pathlib.Path(kept).read_bytes()
        self.fails(USAGE, ["overwrite"], *args, **kwargs)
        self.assertEqual(pathlib.Path(kept).read_bytes(), before)

    def test_tensors_and_streams(self):
        x = self.save("x.npy", moving_tensor(3))
        self.path("link.npy").symlink_to(x)
        os.link(x, self.path("hard.npy"))
        self.path("sub").mkdir()
        for output in (x, self.path("link.npy"), self.path("hard.npy"), self.path("sub/../x.npy"), os.path.relpath(x)):
            self.refused(x, "encode", x, "--mode", "latent", "-o", output)
            self.refused(x, "encode", output, "--mode", "latent", "-o", x)
        stream = self.path("s.fsc")
        self.ok("encode", x, "--mode", "latent", "-o", stream)
        os.link(stream, self.path("t.npy"))
        self.refused(stream, "decode", stream, "-o", self.path("t.npy"))
        for pattern in ("x%d.npy", "x?.npy", "x*.npy"):
            os.link(x, self.path("x1.npy"))
            self.refused(x, "encode", self.path(pattern), "--mode", "float", "-o", self.path("x1.npy"))
            self.path("x1.npy").unlink()
        self.refused(stream, "cat", stream, stream, "-o", stream)
        self.refused(stream, "cat", x, stream, "-o", stream)
        with open(stream, "rb") as stdin:
            process = subprocess.run([cli.FSC, "decode", "-", "-o", str(self.path("t.npy"))], stdin=stdin, capture_output=True)
        self.assertEqual(process.returncode, USAGE, process.stderr)
        with open(x, "ab") as stdout:
            process = subprocess.run([cli.FSC, "encode", str(x), "--mode", "latent", "-o", "-"], stdout=stdout, stderr=subprocess.PIPE)
        self.assertEqual(process.returncode, USAGE, process.stderr)
        # Another file of the same name elsewhere is no input, nor are devices.
        self.ok("encode", x, "--mode", "latent", "-o", self.path("sub/x.npy"))
        self.ok("encode", x, "--mode", "latent", "-o", "/dev/null")

    def test_views_and_exports(self):
        self.needs("ffmpeg")
        x = self.save("x.npy", moving_tensor(3))
        stream = self.path("s.fsc")
        self.ok("encode", x, "--mode", "hevc", "-o", stream)
        for name in ("s.mkv", "s.png", "s0001.png"):
            os.link(stream, self.path(name))
        self.refused(stream, "export", stream, "-o", self.path("s.mkv"))
        self.refused(stream, "view", stream, "-o", self.path("s.png"))
        self.refused(stream, "view", stream, "-o", self.path("s%04d.png"))
        self.refused(x, "view", stream, "--what", "errors", "--against", x, "-o", self.link(x, "y.png"))
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/img%04d.png"))
        self.ok("encode", x, "--mode", "latent", "-o", self.path("l.fsc"))
        stream = self.path("l.fsc")
        self.refused(self.path("stills/img0002.png"), "view", stream, "--what", "motion", "--video", self.path("stills"), "-o", self.path("stills/img%04d.png"))
        self.ok("view", stream, "--what", "motion", "--video", self.path("stills"), "-o", self.path("stills/view%04d.png"))

    def link(self, target, name):
        os.link(target, self.path(name))
        return self.path(name)

    def test_networks(self):
        self.needs("torch")
        video = self.path("clip.mp4")
        video.write_bytes(CLIP.read_bytes())
        model = json.loads(MODEL.read_text())
        for part in ("front", "back"):
            self.path(model[part]).write_bytes((MATERIAL / model[part]).read_bytes())
        self.path("m.json").write_text(json.dumps(model))
        with_model = ("--model", self.path("m.json"))
        self.refused(video, "encode", video, *with_model, "-o", video)
        self.refused(video, "extract", video, *with_model, "-o", self.link(video, "e.npy"))
        self.refused(video, "infer", video, *with_model, "--overlay", video)
        self.refused(video, "infer", video, *with_model, "--overlay", self.link(video, "o.mp4"))
        self.refused(video, "calibrate", video, *with_model, "-o", video)
        self.refused(video, "calibrate", video, *with_model, "-o", self.path("p.fscp"), "--report", video)
        for part in ("m.json", model["front"], model["back"]):
            self.refused(self.path(part), "encode", video, *with_model, "-o", self.path(part))
        self.fails(USAGE, ["two outputs"], "calibrate", video, *with_model, "-o", self.path("p.fscp"), "--report", self.path("p.fscp"))
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/%06d.png"))
        self.refused(self.path("stills/000001.png"), "infer", self.path("stills"), *with_model, "--labels", self.path("stills"))
        self.refused(self.path("stills/000001.png"), "infer", self.path("stills/%06d.png"), *with_model, "--overlay", self.path("stills/%06d.png"))
        self.path("out").mkdir()
        suite = {"name": "s", "models": [{"name": "m", "path": "m.json"}], "clips": [{"name": "c", "path": "clip.mp4"}],
                 "configs": [{"name": "k", "encode": "--mode latent", "qps": [40]}]}
        self.path("out/results.csv").symlink_to(video)
        self.path("suite.json").write_text(json.dumps(suite))
        self.refused(video, "eval", self.path("suite.json"), "-o", self.path("out"))


class Time(Inputs):
    def setUp(self):
        super().setUp()
        self.needs("torch")

    def elementary(self, name, *args, frames=12):
        ffmpeg("-i", CLIP, "-frames:v", frames, *args, self.path(name))
        return self.path(name)

    def test_elementary_streams_run_at_their_frame_rate(self):
        for name, args, rate in [("raw.h264", ("-c:v", "libx264", "-bf", 2), (25, 1)), ("raw.hevc", ("-c:v", "libx265", "-x265-params", "log-level=none"), (25, 1)),
                                 ("raw30.h264", ("-r", "30000/1001", "-c:v", "libx264"), (30000, 1001))]:
            source = self.elementary(name, *args)
            process = self.encode(source)
            self.assertNotIn("warning", process.stderr)
            info = self.info("s.fsc")
            self.assertEqual(info["header"]["frame_rate"], f"{rate[0]}/{rate[1]}")
            seconds = 12 * rate[1] / rate[0]
            self.assertAlmostEqual(info["duration_s"], seconds, places=9)
            self.assertAlmostEqual(info["kbit_per_s"], info["bytes"] * 8 / 1000 / seconds, places=6)
            np.testing.assert_allclose(self.times("s.fsc"), np.arange(12) * rate[1] / rate[0], atol=1e-9)
        self.encode(self.path("raw.h264"), "s.fsc", "--fps", "12.5")
        self.assertAlmostEqual(self.info("s.fsc")["duration_s"], 12 / 12.5, places=9)

    def test_a_rate_that_nobody_says_is_warned_about(self):
        source = self.elementary("raw.mjpeg", "-c:v", "mjpeg", "-f", "mjpeg", frames=4)
        process = self.encode(source, "s.fsc", "--json")
        self.assertEqual([w["kind"] for w in json.loads(process.stdout)["warnings"]], ["frame-rate-assumed"])
        self.assertIn("fsc: warning: ", process.stderr)
        self.assertNotIn("warning", self.encode(source, "s.fsc", "--fps", 25).stderr)
        self.fails(BAD_INPUT, ["--fps"], "encode", source, "--model", MODEL, "-o", self.path("t.fsc"), "--strict")

    def test_fps_is_for_what_has_no_times(self):
        self.fails(USAGE, ["time stamps of its own"], "encode", CLIP, "--model", MODEL, "--fps", 10, "-o", self.path("s.fsc"))
        self.fails(USAGE, ["time stamps of its own"], "infer", CLIP, "--model", MODEL, "--fps", 10)
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/%d.png"))
        for text, rate in [("30000/1001", "30000/1001"), ("29.97", "30000/1001"), ("10", "10/1")]:
            self.encode(self.path("stills"), "s.fsc", "--fps", text)
            self.assertEqual(self.info("s.fsc")["header"]["frame_rate"], rate)
            # The pictures of the clip are found at that rate.
            self.ok("infer", self.path("s.fsc"), "--model", MODEL, "--video", self.path("stills"), "--overlay", self.path("o%d.png"), "--quiet")
            self.assertEqual(len(list(self.dir.glob("o*.png"))), 3)
        for text in ("0", "abc", "1/0", "-5"):
            self.fails(USAGE, ["--fps"], "encode", self.path("stills"), "--model", MODEL, "--fps", text, "-o", self.path("t.fsc"))
        tensors = self.save("x.npy", moving_tensor(5))
        self.ok("encode", tensors, "--mode", "latent", "--fps", "30000/1001", "-o", self.path("s.fsc"))
        self.assertAlmostEqual(self.info("s.fsc")["duration_s"], 5 * 1001 / 30000, places=9)

    def test_all_reports_agree(self):
        """Constant and variable rates: source, info, infer, export and view have the same times."""
        ffmpeg("-i", CLIP, "-frames:v", 6, "-vf", "setpts='(N*N+20)*0.04/TB'", "-vsync", "vfr", "-video_track_timescale", 1000, self.path("vfr.mp4"))
        ffmpeg("-i", CLIP, "-frames:v", 6, "-vf", "setpts=N/(30000/1001)/TB", "-r", "30000/1001", "-c:v", "libx264", self.path("cfr.mkv"))
        for name, digits in (("vfr.mp4", 3), ("cfr.mkv", 3)):
            source = self.path(name)
            expected = self.probe(source)
            self.encode(source, "s.fsc", mode=("hevc",))
            np.testing.assert_allclose(self.times("s.fsc"), expected, atol=1e-9)
            info = self.info("s.fsc")
            rate = self.probe_rate(source)
            self.assertEqual(info["header"]["frame_rate"], rate)
            numerator, denominator = map(int, rate.split("/"))
            self.assertAlmostEqual(info["start_s"], expected[0], places=9)
            self.assertAlmostEqual(info["duration_s"], expected[-1] - expected[0] + denominator / numerator, places=9)
            for infer_source in (source, self.path("s.fsc")):
                np.testing.assert_allclose([line["time_s"] for line in lines(self.ok("infer", infer_source, "--model", MODEL))], expected, atol=1e-9)
            self.ok("export", self.path("s.fsc"), "-o", self.path("e.mkv"))
            self.ok("view", self.path("s.fsc"), "-o", self.path("v.mkv"))
            self.ok("infer", self.path("s.fsc"), "--model", MODEL, "--video", source, "--overlay", self.path("o.mkv"), "--quiet")
            for film in ("e.mkv", "v.mkv", "o.mkv"):
                np.testing.assert_allclose(self.probe(self.path(film)), np.round(expected, digits), atol=1.1e-3, err_msg=film)
                self.assertAlmostEqual(self.probe_duration(self.path(film)), info["start_s"] + info["duration_s"], delta=2e-3, msg=film)

    def probe(self, path):
        text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path],
                              capture_output=True, text=True, check=True).stdout
        return sorted(float(line.strip(",")) for line in text.split())

    def probe_rate(self, path):
        return subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0", path],
                              capture_output=True, text=True, check=True).stdout.strip().strip(",")

    def probe_duration(self, path):
        return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
                                    capture_output=True, text=True, check=True).stdout)

    def test_stamps_that_begin_again_are_mended(self):
        for kind, codec in (("ts", "libx264"), ("mpg", "mpeg2video")):
            part = self.elementary("part." + kind, "-c:v", codec)
            whole = self.path("whole." + kind)
            whole.write_bytes(part.read_bytes() * 2)
            process = self.encode(whole, "s.fsc", "--json")
            warnings = json.loads(process.stdout)["warnings"]
            self.assertEqual([w["kind"] for w in warnings], ["time-stamps-mended"], process.stderr)
            self.assertEqual(process.stderr.count("fsc: warning: "), 1)
            times = np.array(self.times("s.fsc"))
            self.assertEqual(len(times), 24)
            np.testing.assert_allclose(np.diff(times), 0.04, atol=1e-6)
            self.assertAlmostEqual(self.info("s.fsc")["duration_s"], 24 / 25, places=6)

    def test_every_command_that_reads_a_video_warns(self):
        part = self.elementary("part.ts", "-c:v", "libx264", frames=5)
        whole = self.path("whole.ts")
        whole.write_bytes(part.read_bytes() * 2)
        stream = self.path("s.fsc")
        self.encode(whole)
        model = ("--model", MODEL)
        commands = [("extract", whole, *model, "-o", self.path("x.npy")), ("infer", whole, *model), ("infer", stream, *model, "--video", whole, "--overlay", self.path("o.mkv")),
                    ("encode", self.path("x.npy"), "--video", whole, "--stride", "8", "-o", self.path("t.fsc"), "--frames", "0:10"),
                    ("view", stream, "--what", "tiles,motion", "--video", whole, *model, "-o", self.path("v.mkv")),
                    ("view", stream, "--what", "motion", "--video", whole, "--frames", "8:9", "-o", self.path("v.png")),
                    ("calibrate", whole, *model, "--kind", "statistics", "--planes", 8, "--weight-bits", 8, "--max-frames", 4, "--held-back", 1, "-o", self.path("p.fscp")),
                    ("eval", self.suite([{"name": "c", "path": "whole.ts"}]), "-o", self.path("e"))]
        outputs = ["x.npy", "o.mkv", "t.fsc", "v.mkv", "v.png", "p.fscp", "e/results.csv"]
        for command in commands:
            process = self.ok(*command)
            said = [line for line in process.stderr.splitlines() if "warning" in line and "time stamp" in line]
            self.assertEqual(len(said), 1, (command, process.stderr))
            self.assertRegex(said[0], r"^fsc: warning: .*time stamp.*whole\.ts")
            self.assertNotIn("warning", self.ok(*command, "--quiet").stderr, command)
        for name in ("results.md", "report.html"):
            self.assertIn("whole.ts", self.path("e/" + name).read_text().split("provenance\">Commands")[0])
            self.assertIn("time stamp", self.path("e/" + name).read_text())
        kept = self.path("x.npy").rename(self.path("kept.npy"))
        for name in outputs[1:]:
            self.path(name).unlink()
        for command in commands:
            process = cli.run(*[kept if part == self.path("x.npy") and command[0] == "encode" else part for part in command], "--strict")
            self.assertEqual(process.returncode, BAD_INPUT, (command, process.stderr))
            self.assertEqual(process.stdout, b"", command)
        self.assertEqual([name for name in outputs if self.path(name).exists()], [])

    def test_strict_leaves_no_label_pictures(self):
        part = self.elementary("part.ts", "-c:v", "libx264")
        self.path("whole.ts").write_bytes(part.read_bytes() * 2)
        infer = ("infer", "--model", MODEL, "--labels", self.path("labels"))
        process = cli.run(*infer, self.path("whole.ts"), "--strict")
        self.assertEqual((process.returncode, process.stdout), (BAD_INPUT, b""), process.stderr)
        self.assertFalse(self.path("labels").exists())
        self.ok(*infer, self.path("whole.ts"), "--quiet")
        loose = {path.name: path.read_bytes() for path in self.path("labels").iterdir()}
        self.assertEqual(sorted(loose), [f"{i:06}.png" for i in range(24)])
        # Where nothing is wrong, --strict writes the same.
        self.ok(*infer[:-1], self.path("strict"), CLIP, "--frames", "0:5", "--strict")
        self.ok(*infer[:-1], self.path("plain"), CLIP, "--frames", "0:5")
        for i in range(5):
            self.assertEqual(self.path(f"strict/{i:06}.png").read_bytes(), self.path(f"plain/{i:06}.png").read_bytes())

    def suite(self, clips):
        self.path("suite.json").write_text(json.dumps({"name": "s", "models": [{"name": "m", "path": str(MODEL)}], "clips": clips,
                                                       "configs": [{"name": "k", "encode": "--mode latent --preset fast", "qps": [40]}]}))
        return self.path("suite.json")

    def test_the_rate_of_a_suite(self):
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/%d.png"))
        for fps, rate in (("30000/1001", 30000 / 1001), (12.5, 12.5)):
            self.ok("eval", self.suite([{"name": "c", "path": "stills", "fps": fps}]), "-o", self.path(f"e{rate}"))
            with open(self.path(f"e{rate}/results.csv")) as table:
                [row] = csv.DictReader(table)
            self.assertAlmostEqual(float(row[[key for key in row if "frame rate" in key or "fps" in key.lower()][0]]), rate, places=6)
        # As `fsc encode --fps`: a video that has times keeps them.
        self.fails(BAD_INPUT, ["clip c", "fps", "time stamps of its own"], "eval", self.suite([{"name": "c", "path": str(CLIP), "fps": 10}]), "-o", self.path("e"))

    def test_joined_streams_keep_the_rate(self):
        self.encode(CLIP, "a.fsc", "--frames", "0:8")
        self.ok("cat", self.path("a.fsc"), self.path("a.fsc"), "-o", self.path("b.fsc"))
        self.assertEqual(self.info("b.fsc")["header"]["frame_rate"], "25/1")
        np.testing.assert_allclose(np.diff(self.times("b.fsc")), 0.04, atol=1e-9)
        self.assertAlmostEqual(self.info("b.fsc")["duration_s"], 16 / 25, places=9)


class HalfAFile(Inputs):
    def setUp(self):
        super().setUp()
        self.needs("torch")

    def cut(self, source, share):
        path = self.path("cut" + source.suffix)
        path.write_bytes(source.read_bytes()[:int(source.stat().st_size * share)])
        return path

    def make(self, name, *args):
        ffmpeg("-i", CLIP, "-frames:v", 24, *args, self.path(name))
        return self.path(name)

    def test_what_is_there_is_kept(self):
        films = [self.make("a.mkv", "-c:v", "libx264", "-bf", 2), self.make("a.avi", "-c:v", "mpeg4"),
                 self.make("a.mp4", "-c:v", "libx264", "-movflags", "+faststart")]
        for film in films:
            self.ok("extract", film, "--model", MODEL, "-o", self.path("whole.npy"))
            whole = np.load(self.path("whole.npy"))
            self.assertEqual(len(whole), 24)
            for share in (0.55, 0.8) if film == films[0] else (0.7,):
                half = self.cut(film, share)
                process = self.encode(half, "s.fsc", code=BAD_INPUT)
                errors = [line for line in process.stderr.splitlines() if line.startswith("fsc: ")]
                self.assertEqual(len([line for line in errors if not line.startswith("fsc: warning")]), 1, process.stderr)
                self.assertIn("is cut", process.stderr)
                self.assertIn("24 frames", process.stderr)
                kept = self.info("s.fsc")["frames"]
                self.assertTrue(4 <= kept < 24, (film, share, kept))
                self.assertIn(f"{kept} of", process.stderr)
                process = cli.run("extract", half, "--model", MODEL, "-o", self.path("half.npy"))
                self.assertEqual(process.returncode, BAD_INPUT, process.stderr)
                np.testing.assert_array_equal(np.load(self.path("half.npy")), whole[:kept])
                process = cli.run("infer", half, "--model", MODEL)
                self.assertEqual((process.returncode, len(process.stdout.splitlines())), (BAD_INPUT, kept), process.stderr)

    def test_strict_keeps_nothing(self):
        half = self.cut(self.make("a.mkv", "-c:v", "libx264"), 0.5)
        self.fails(BAD_INPUT, ["is cut"], "encode", half, "--model", MODEL, "-o", self.path("s.fsc"), "--strict")

    def test_a_cut_index_takes_no_frame(self):
        film = self.make("a.mkv", "-c:v", "libx264")
        path = self.path("cut.mkv")
        path.write_bytes(film.read_bytes()[:-20])
        process = self.encode(path, "s.fsc", "--json")
        self.assertEqual([w["kind"] for w in json.loads(process.stdout)["warnings"]], ["video-cut"])
        self.assertEqual(self.info("s.fsc")["frames"], 24)

    def test_without_an_index_nothing_can_be_had(self):
        half = self.cut(self.make("a.mp4", "-c:v", "libx264"), 0.5)
        self.fails(BAD_INPUT, ["index", "moov"], "encode", half, "--model", MODEL, "-o", self.path("s.fsc"))

    def test_evaluations_and_profiles_refuse_half_a_clip(self):
        half = self.cut(self.make("a.mkv", "-c:v", "libx264"), 0.5)
        self.fails(BAD_INPUT, ["is cut"], "calibrate", half, "--model", MODEL, "-o", self.path("p.fscp"), "--kind", "statistics")

    def test_cut_pictures(self):
        self.path("stills").mkdir()
        for kind in ("png", "jpg"):
            for old in self.path("stills").iterdir():
                old.unlink()
            ffmpeg("-i", CLIP, "-frames:v", 4, self.path(f"stills/%d.{kind}"))
            third = self.path(f"stills/3.{kind}")
            third.write_bytes(third.read_bytes()[:-40])
            process = self.encode(self.path("stills"), "s.fsc", code=BAD_INPUT)
            self.assertIn("the picture is cut", process.stderr)
            self.assertEqual(self.info("s.fsc")["frames"], 2)
            self.fails(BAD_INPUT, ["the picture is cut"], "encode", third, "--model", MODEL, "-o", self.path("t.fsc"))

    def test_numbers_that_are_missing(self):
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 6, "-start_number", 98, self.path("stills/f%03d.png"))
        self.encode(self.path("stills/f%03d.png"))
        self.assertEqual(self.info("s.fsc")["frames"], 6)
        self.path("stills/f101.png").unlink()
        self.fails(BAD_INPUT, ["missing", "f101.png"], "encode", self.path("stills/f%03d.png"), "--model", MODEL, "-o", self.path("t.fsc"))
        for rest in (self.path("stills"), self.path("stills/*.png"), self.path("stills/f[0-9]*.png")):
            self.encode(rest)
            self.assertEqual(self.info("s.fsc")["frames"], 5)
        self.encode(self.path("stills/f1*.png"))
        self.assertEqual(self.info("s.fsc")["frames"], 3)
        self.fails(BAD_INPUT, ["no picture matches"], "encode", self.path("stills/g*.png"), "--model", MODEL, "-o", self.path("t.fsc"))
        self.fails(IO, ["no file matches"], "encode", self.path("stills/f%05d.png"), "--model", MODEL, "-o", self.path("t.fsc"))

    def test_a_cover_is_no_video(self):
        ffmpeg("-i", CLIP, "-frames:v", 1, self.path("cover.jpg"))
        sound = ("-f", "lavfi", "-i", "sine=duration=1", "-i", self.path("cover.jpg"), "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v:0", "attached_pic")
        for name in ("a.mp3", "a.m4a"):
            ffmpeg(*sound, self.path(name))
            self.fails(BAD_INPUT, ["no video stream"], "encode", self.path(name), "--model", MODEL, "-o", self.path("t.fsc"))
        # A film with a cover is a film.
        ffmpeg("-i", self.path("cover.jpg"), "-i", CLIP, "-map", 0, "-map", 1, "-c", "copy", "-disposition:v:0", "attached_pic", "-frames:v:1", 5, self.path("film.mp4"))
        self.encode(self.path("film.mp4"))
        self.assertEqual(self.info("s.fsc")["frames"], 5)

    def test_foreign_files_are_left_out(self):
        self.path("stills").mkdir()
        ffmpeg("-i", CLIP, "-frames:v", 3, self.path("stills/%d.png"))
        for name in (".DS_Store", "Thumbs.db", "._1.png", ".hidden.png"):
            self.path("stills/" + name).write_bytes(b"\0\5\x16\7 not a picture")
        self.assertNotIn("warning", self.encode(self.path("stills")).stderr)
        self.path("stills/0.png").write_bytes(b"")
        self.path("stills/4.jpg").write_bytes(b"left over")
        process = self.encode(self.path("stills"), "s.fsc", "--json")
        self.assertEqual([(w["kind"], w["count"]) for w in json.loads(process.stdout)["warnings"]], [("pictures-skipped", 2)])
        self.assertEqual(self.info("s.fsc")["frames"], 3)


if __name__ == "__main__":
    cli.main()
