#!/usr/bin/env python3
"""Raw pictures whose tiles are channels: encode, decode, pack and unpack."""
import json

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, USAGE, CliTest, moving_tensor


def samples(frames, channels, height, width):
    """Moving channels as 10-bit samples."""
    values = moving_tensor(frames, channels, height, width)
    return np.clip(np.round(values * 120 + 512), 0, 1023).astype(np.float32)


def mpeg_picture(layers):
    """[T, H, W] of layers sorted by falling plane size, after compressai_vision.codecs.utils: written anew, to compare with."""
    bands, width = [], 0
    for tensor in layers:
        frames, channels, height, wide = tensor.shape
        if not width:
            short = max(d for d in range(1, int(channels**0.5) + 1) if channels % d == 0)
            columns = short if wide > height else channels // short
            width = columns * wide
        columns = width // wide
        grid = tensor.reshape(frames, channels // columns, columns, height, wide)
        bands.append(grid.transpose(0, 1, 3, 2, 4).reshape(frames, -1, width))
    return np.concatenate(bands, axis=1)


class Yuv(CliTest):
    PYRAMID = ["--yuv", "48x80:gray10le", "--tensors", "p2=16x16x12,p3=16x8x6"]

    def pyramid(self, frames=6):
        layers = samples(frames, 16, 16, 12), samples(frames, 16, 8, 6)[:, ::-1]
        picture = mpeg_picture(layers)
        self.path("x.yuv").write_bytes(picture.astype("<u2").tobytes())
        return layers, picture

    def test_the_four_layouts_come_back_exactly(self):
        layouts = {
            "p2=16x16x12,p3=16x8x6": [(16, 16, 12), (16, 8, 6)],  # taller than wide
            "a=8x4x6,b=16x2x3": [(8, 4, 6), (16, 2, 3)],  # wider than tall, as Darknet's
            "r=64x20x26": [(64, 20, 26)],  # one layer
            "q=6x5x5": [(6, 5, 5)],  # square
        }
        for text, shapes in layouts.items():
            layers = [samples(3, *shape) for shape in shapes]
            picture = mpeg_picture(layers).astype("<u2")
            self.path("x.yuv").write_bytes(picture.tobytes())
            size = "%dx%d:gray10le" % (picture.shape[2], picture.shape[1])
            for mode in (["--qp", "lossless"], ["--mode", "float"]):
                self.ok("encode", self.path("x.yuv"), "--yuv", size, "--tensors", text, *mode, "-o", self.path("s.fsc"))
                self.ok("decode", self.path("s.fsc"), "-o", self.path("y.yuv"))
                self.assertEqual(self.path("y.yuv").read_bytes(), picture.tobytes(), text)
            self.ok("decode", self.path("s.fsc"), "-o", self.path("y.npz"))
            with np.load(self.path("y.npz")) as archive:
                for name, layer in zip(archive.files, layers):
                    np.testing.assert_array_equal(archive[name], layer)

    def test_the_latent_mode_sees_channels(self):
        layers, picture = self.pyramid(12)
        np.savez(self.path("x.npz"), p2=layers[0], p3=layers[1])
        self.ok("encode", self.path("x.yuv"), *self.PYRAMID, "--fps", "30", "--qp", "30", "-o", self.path("y.fsc"))
        self.ok("encode", self.path("x.npz"), "--fps", "30", "--qp", "30", "-o", self.path("z.fsc"))
        self.ok("decode", self.path("y.fsc"), "-o", self.path("y.npz"))
        self.ok("decode", self.path("z.fsc"), "-o", self.path("z.npz"))
        with np.load(self.path("y.npz")) as y, np.load(self.path("z.npz")) as z:
            for name in ("p2", "p3"):
                np.testing.assert_array_equal(y[name], z[name])
        self.ok("decode", self.path("y.fsc"), "-o", self.path("y.yuv"))
        back = np.frombuffer(self.path("y.yuv").read_bytes(), "<u2").reshape(picture.shape)
        self.assertLess(np.abs(back - picture).mean(), 20)
        info = json.loads(self.ok("info", self.path("y.fsc"), "--json").stdout)
        self.assertEqual(info["header"]["picture"], {"size_px": [48, 80], "bits": 10, "chroma": False, "packing": "mpeg", "fill": 0})
        self.assertIn(b"48x80, 10 bits", self.ok("info", self.path("y.fsc")).stdout)

    def test_a_grid(self):
        tensor = samples(4, 6, 5, 7)
        picture = np.full((4, 10, 22), 512, "<u2")  # a column makes the width even
        picture[:, :, :21] = tensor.reshape(4, 2, 3, 5, 7).transpose(0, 1, 3, 2, 4).reshape(4, 10, 21)
        self.path("x.yuv").write_bytes(picture.tobytes())
        self.ok("encode", self.path("x.yuv"), "--yuv", "22x10:gray10le", "--tiles", "5x7", "--qp", "lossless", "--frames", "1:4", "-o", self.path("s.fsc"))
        self.ok("decode", self.path("s.fsc"), "-o", self.path("y.yuv"))
        self.assertEqual(self.path("y.yuv").read_bytes(), picture[1:].tobytes())

    def test_odd_sides(self):
        tensor = samples(3, 6, 5, 7)
        luma = tensor.reshape(3, 2, 3, 5, 7).transpose(0, 1, 3, 2, 4).reshape(3, -1)  # 21 x 10
        for kind, chroma in (("gray10le", 0), ("yuv420p10le", 2 * 11 * 5)):
            raw = np.concatenate([luma, np.full((3, chroma), 512)], axis=1).astype("<u2").tobytes()
            self.path("x.yuv").write_bytes(raw)
            self.ok("encode", self.path("x.yuv"), "--yuv", f"21x10:{kind}", "--tiles", "5x7", "--qp", "lossless", "-o", self.path("s.fsc"))
            self.ok("decode", self.path("s.fsc"), "-o", self.path("y.yuv"))
            self.assertEqual(self.path("y.yuv").read_bytes(), raw, kind)

    def test_a_grid_shows_itself(self):
        tensor = samples(10, 64, 20, 26)
        self.path("x.yuv").write_bytes(mpeg_picture([tensor]).astype("<u2").tobytes())
        picture = ["encode", self.path("x.yuv"), "--yuv", "208x160:gray10le"]
        said = json.loads(self.ok(*picture, "--qp", "30", "--json", "-o", self.path("s.fsc")).stdout)["warnings"]
        self.assertEqual([(w["kind"], w["what"]) for w in said], [("tiles-found", "64 channels of 20x26 were found in the pictures")])
        self.ok(*picture, "--tiles", "20x26", "--qp", "30", "-o", self.path("t.fsc"))
        self.assertEqual(self.path("s.fsc").read_bytes(), self.path("t.fsc").read_bytes())

    def test_eight_bits_and_chroma(self):
        tensor = np.clip(samples(3, 4, 8, 8) / 4, 0, 255).astype(np.uint8)
        luma = tensor.reshape(3, 2, 2, 8, 8).transpose(0, 1, 3, 2, 4).reshape(3, 256)
        raw = np.concatenate([luma, np.full((3, 128), 128, np.uint8)], axis=1).tobytes()
        self.path("x.yuv").write_bytes(raw)
        self.ok("encode", self.path("x.yuv"), "--yuv", "16x16:yuv420p", "--tiles", "8x8", "--qp", "lossless", "-o", self.path("s.fsc"))
        self.ok("decode", self.path("s.fsc"), "-o", self.path("y.yuv"))
        self.assertEqual(self.path("y.yuv").read_bytes(), raw)

    def test_pack_and_unpack(self):
        layers, picture = self.pyramid()
        np.savez(self.path("x.npz"), p2=layers[0], p3=layers[1])
        said = self.ok("pack", self.path("x.npz"), "-o", self.path("y.yuv")).stderr
        self.assertEqual(self.path("y.yuv").read_bytes(), picture.astype("<u2").tobytes())
        self.assertIn("--yuv 48x80:gray10le --tensors p2=16x16x12,p3=16x8x6", said)
        self.ok("unpack", self.path("y.yuv"), *self.PYRAMID, "-o", self.path("z.npz"))
        with np.load(self.path("z.npz")) as archive:
            np.testing.assert_array_equal(archive["p2"], layers[0])
            np.testing.assert_array_equal(archive["p3"], layers[1])
        features = self.save("f.npy", (layers[0] - 500) / 64)
        self.fails(BAD_INPUT, ["no sample of 10 bits", "--range"], "pack", features, "-o", self.path("f.yuv"))
        self.ok("pack", features, "--range", "-10:10", "-o", self.path("f.yuv"))
        self.ok("unpack", self.path("f.yuv"), "--yuv", "48x64:gray10le", "--tensors", "16x16x12", "--range", "-10:10", "-o", self.path("g.npy"))
        self.assertLessEqual(np.abs(np.load(self.path("g.npy")) - np.load(features)).max(), 10 / 1023 * 1.001)
        narrow = self.ok("pack", features, "--range", "-1:1", "-o", self.path("f.yuv")).stderr
        self.assertIn("outside the range", narrow)

    def test_bad_input(self):
        _, picture = self.pyramid()
        out = ["-o", self.path("s.fsc")]
        whole = self.path("x.yuv").read_bytes()
        noise = np.random.default_rng(1).integers(0, 1024, (2, 96, 48)).astype("<u2")
        self.path("noise.yuv").write_bytes(noise.tobytes())
        self.fails(USAGE, ["no grid of tiles", "--tiles"], "encode", self.path("noise.yuv"), "--yuv", "48x96:gray10le", *out)
        self.fails(USAGE, ["give one of them"], "encode", self.path("x.yuv"), *self.PYRAMID, "--tiles", "8x8", *out)
        self.fails(USAGE, ["no picture format", "gray10le"], "encode", self.path("x.yuv"), "--yuv", "48x96", "--tiles", "8x8", *out)
        self.fails(USAGE, ["48 x 64", "48 x 96"], "encode", self.path("x.yuv"), "--yuv", "48x96:gray10le", "--tensors", "16x16x12", *out)
        self.fails(USAGE, ["do not fill"], "encode", self.path("x.yuv"), "--yuv", "48x96:gray10le", "--tiles", "10x10", *out)
        self.fails(USAGE, ["no tensor", "c"], "encode", self.path("x.yuv"), "--yuv", "48x96:gray10le", "--tensors", "p2=16x16", *out)
        self.fails(USAGE, ["raw pictures", "--yuv"], "encode", self.path("x.yuv"), *out)
        self.fails(USAGE, ["--tiles"], "encode", self.save("t.npy", moving_tensor(2)), "--tiles", "4x4", *out)
        self.path("x.yuv").write_bytes(whole[:-5])
        self.fails(BAD_INPUT, ["7675 bytes are left over after 5 pictures"], "encode", self.path("x.yuv"), *self.PYRAMID, *out)
        high = bytearray(whole)
        high[1] = 0x40
        self.path("x.yuv").write_bytes(high)
        self.fails(BAD_INPUT, ["frame 0, row 0, column 0", "10 bits"], "encode", self.path("x.yuv"), *self.PYRAMID, *out)
        self.ok("encode", self.save("t.npy", moving_tensor(2)), *out)
        self.fails(USAGE, ["did not come from raw pictures"], "decode", self.path("s.fsc"), "-o", self.path("y.yuv"))
        self.assertFalse(self.path("y.yuv").exists())


if __name__ == "__main__":
    cli.main()
