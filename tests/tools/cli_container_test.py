#!/usr/bin/env python3
"""Containers of `fsc encode` and `fsc cat` read by a second reader, ../conformance/plain_container.py, which was written
from docs/bitstream.md alone: same packets as `fsc info` tells of, and the envelopes are as small as they are meant to be."""
import json
import pathlib
import sys

import cli_harness
from cli_harness import CliTest, moving_tensor

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import plain_container  # noqa: E402  (needs the path above)

KINDS = ("side_info", "motion", "residual", "configuration")


class ContainerTest(CliTest):
    def read(self, path):
        """(header, packets) by the second reader, after comparing them with `fsc info`."""
        header, packets, finished = plain_container.read(path.read_bytes())
        info = json.loads(self.ok("info", path, "--json").stdout)
        self.assertEqual(info["frames"], len(packets))
        self.assertEqual([layer["name"] for layer in info["header"]["layers"]], [layer["name"] for layer in header["layers"]])
        tick_s = header["time_base"][0] / header["time_base"][1]
        for told, packet in zip(info["packets"], packets):
            self.assertEqual(told["frame"], packet["frame"])
            self.assertEqual(told["type"], "IPB"[packet["type"]])
            self.assertEqual(told["random_access"], packet["random_access"])
            self.assertAlmostEqual(told["time_s"], packet["time"] * tick_s, 9)
            self.assertEqual([(section["kind"], section["bytes"]) for section in told["sections"]],
                             [(KINDS[kind], size) for kind, _, size in packet["sections"]])
        self.assertTrue(finished)
        return header, packets

    @staticmethod
    def envelope(packet):
        return packet["bytes"] - sum(size for _, _, size in packet["sections"])

    def test_every_mode(self):
        x = self.save("x.npy", moving_tensor(12, 4, 16, 16))
        for mode in [*cli_harness.MODES, "float"]:
            with self.subTest(mode):
                self.ok("encode", x, "--mode", mode, "--gop", 5, "-o", self.path("x.fsc"), "--quiet")
                self.read(self.path("x.fsc"))

    def test_structures_and_joined_streams(self):
        x = self.save("x.npy", moving_tensor(19, 4, 16, 16))
        options = {"b": [], "low": ["--low-delay"], "short": ["--gop", 7, "--qp", 50], "intra": ["--gop", 1]}
        for name, more in options.items():
            with self.subTest(name):
                self.ok("encode", x, *more, "-o", self.path(f"{name}.fsc"), "--quiet")
                self.read(self.path(f"{name}.fsc"))
        self.ok("cat", self.path("b.fsc"), self.path("short.fsc"), self.path("b.fsc"), "-o", self.path("all.fsc"))
        _, packets = self.read(self.path("all.fsc"))
        self.assertEqual(sorted(packet["frame"] for packet in packets), list(range(57)))

    def test_frame_rates(self):
        """Times that are no whole ticks a frame are expected all the same."""
        x = self.save("x.npy", moving_tensor(19, 4, 16, 16))
        for rate in ("25", "30000/1001", "7.5"):
            with self.subTest(rate):
                self.ok("encode", x, "--fps", rate, "-o", self.path("x.fsc"), "--quiet")
                _, packets = self.read(self.path("x.fsc"))
                self.assertLess(sum(packet["alone"] for packet in packets), 3)

    def test_small_frames_have_small_envelopes(self):
        """At most 6 bytes a frame for packet and index together, beyond what a stream has once; 64 for its header."""
        x = self.save("x.npy", moving_tensor(65, 8, 16, 16))
        self.ok("encode", x, "--gop", 64, "--qp", 60, "-o", self.path("x.fsc"), "--quiet")
        header, packets = self.read(self.path("x.fsc"))
        small = [self.envelope(packet) for packet in packets if packet["type"] == 2]
        self.assertGreater(len(small), 40)
        self.assertLessEqual(max(small), 6)
        self.assertLessEqual(sum(small) / len(small), 5.5)
        names = sum(len(layer["name"]) for layer in header["layers"]) + len(header["model"]) + len(header["encoder"])
        self.assertLess(packets[0]["offset"] - names, 64)
        end = packets[-1]["offset"] + packets[-1]["bytes"]
        self.assertLess(self.path("x.fsc").stat().st_size - end, 32)

    def test_kept_streams(self):
        for path in sorted((HERE.parent / "conformance" / "streams").glob("*.fsc")):
            with self.subTest(path.name):
                self.read(path)

    def test_damage_is_seen(self):
        x = self.save("x.npy", moving_tensor(12, 4, 16, 16))
        self.ok("encode", x, "--qp", 55, "-o", self.path("x.fsc"), "--quiet")
        data = self.path("x.fsc").read_bytes()
        for at in range(len(data)):
            damaged = bytearray(data)
            damaged[at] ^= 1 << at % 8
            with self.assertRaises((plain_container.Damage, UnicodeDecodeError), msg=at):
                plain_container.read(bytes(damaged))


if __name__ == "__main__":
    cli_harness.main()
