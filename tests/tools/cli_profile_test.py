#!/usr/bin/env python3
"""Profiles from the command line: encode, decode, info, cat and view with them; profiles that do not fit."""
import json
import os
import subprocess

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, FEATURES, IO, USAGE, CliTest, moving_tensor


class Profiles(CliTest):
    def profile(self, kind, name=None):
        path = self.path(name or kind + ".fscp")
        subprocess.run([os.environ["FSC_MAKE_PROFILE"], kind, str(path)], check=True)
        return path

    def encode(self, name, profile, *args, tensor=None, mode="latent"):
        source = self.save("in.npy", moving_tensor() if tensor is None else tensor)
        self.ok("encode", source, "-o", self.path(name), "--stride", 8, "--mode", mode, "--profile", profile, *args)
        return self.path(name)

    def decode(self, stream, *args):
        self.ok("decode", stream, "-o", self.path("out.npy"), *args)
        return np.load(self.path("out.npy"))

    def info(self, stream):
        return json.loads(self.ok("info", stream, "--json").stdout)

    def test_every_mode_codes_the_reduced_planes(self):
        tensor = moving_tensor(frames=5)
        profile = self.profile("linear")
        for mode, qp in [("latent", 15)] + ([("hevc", 10), ("ffv1", 20)] if "ffmpeg" in FEATURES else []):
            decoded = self.decode(self.encode("s.fsc", profile, "--qp", qp, tensor=tensor, mode=mode))
            self.assertEqual(decoded.shape, tensor.shape)
            self.assertGreater(10 * np.log10(tensor.var() / np.mean((decoded - tensor) ** 2)), 20, mode)

    def test_info_tells_the_profile_and_prices_original_elements(self):
        stream = self.encode("s.fsc", self.profile("reduced"), "--qp", 30)
        info = self.info(stream)
        profile = info["header"]["profile"]
        self.assertEqual((profile["kind"], profile["embedded"]), ("task", True))
        self.assertEqual([(l["name"], l["channels"], l["from"]) for l in profile["reduced_layers"]], [("reduced0", 3, ["features"])])
        self.assertEqual(info["header"]["elements_per_frame"], 8 * 12 * 17)
        size = stream.stat().st_size
        self.assertAlmostEqual(info["bits_per_element"], 8 * size / (6 * 8 * 12 * 17))
        self.assertEqual(sum(info["bytes_by_kind"].values()), size)
        self.assertEqual(info["bytes_by_kind"]["profile"], profile["bytes"])
        self.assertIn("reduced0", info["bytes_by_layer"])
        text = self.ok("info", stream).stdout.decode()
        self.assertIn(profile["sha256"], text)
        self.assertIn("reduced0", text)

    def test_by_hash_needs_the_profile_at_the_decoder(self):
        profile, other = self.profile("reduced"), self.profile("linear")
        embedded = self.encode("a.fsc", profile)
        named = self.encode("b.fsc", profile, "--profile-by-hash")
        self.assertLess(named.stat().st_size, embedded.stat().st_size)
        np.testing.assert_array_equal(self.decode(embedded), self.decode(named, "--profile", profile))
        sha = self.info(named)["header"]["profile"]["sha256"]
        self.assertEqual(sha, self.info(embedded)["header"]["profile"]["sha256"])
        other_sha = self.info(self.encode("c.fsc", other))["header"]["profile"]["sha256"]
        self.fails(USAGE, [sha, "--profile"], "decode", named, "-o", self.path("no.npy"))
        self.fails(USAGE, [sha, other_sha], "decode", named, "-o", self.path("no.npy"), "--profile", other)
        if "ffmpeg" in FEATURES:
            self.fails(USAGE, [sha], "view", named, "-o", self.path("no.png"))
            self.ok("view", named, "-o", self.path("yes.png"), "--profile", profile)
            self.ok("view", embedded, "-o", self.path("modes.png"), "--what", "modes", "--layer", "reduced0")

    def test_layers_are_fused_and_come_back(self):
        arrays = {"p3": moving_tensor(4, 4, 17, 22), "p4": moving_tensor(4, 6, 9, 11)}
        np.savez(self.path("in.npz"), **arrays)
        self.ok("encode", self.path("in.npz"), "-o", self.path("s.fsc"), "--stride", "8,16", "--mode", "latent", "--profile", self.profile("fused"))
        self.ok("decode", self.path("s.fsc"), "-o", self.path("out.npz"))
        decoded = np.load(self.path("out.npz"))
        self.assertEqual({name: decoded[name].shape for name in decoded.files}, {name: a.shape for name, a in arrays.items()})
        self.assertGreaterEqual(decoded["p4"].min(), 0)  # the profile says so
        profile = self.info(self.path("s.fsc"))["header"]["profile"]
        self.assertEqual([l["from"] for l in profile["reduced_layers"]], [["p3", "p4"]])

    def test_max_drop_takes_the_qp_of_the_curve(self):
        profile = self.profile("linear")
        by_drop = self.encode("a.fsc", profile, "--max-drop", 1.49)
        self.assertEqual(by_drop.read_bytes(), self.encode("b.fsc", profile, "--qp", 29).read_bytes())
        source = self.path("in.npy")
        encode = ["encode", source, "-o", self.path("no.fsc"), "--stride", 8]
        self.fails(USAGE, ["--max-drop", "0.50 %"], *encode, "--mode", "latent", "--profile", profile, "--max-drop", 0.1)
        self.fails(USAGE, ["no drop curve", "high"], *encode, "--mode", "latent", "--preset", "high", "--profile", profile, "--max-drop", 1)
        self.fails(USAGE, ["needs a profile"], *encode, "--mode", "latent", "--max-drop", 1)
        self.fails(USAGE, ["--profile-by-hash"], *encode, "--mode", "latent", "--profile-by-hash")

    def test_cat_joins_equal_profiles_only(self):
        profile, other = self.profile("linear"), self.profile("reduced")
        a = self.encode("a.fsc", profile)
        self.ok("cat", a, a, "-o", self.path("aa.fsc"))
        np.testing.assert_array_equal(self.decode(self.path("aa.fsc")), np.concatenate([self.decode(a)] * 2))
        self.fails(USAGE, ["another profile"], "cat", a, self.encode("c.fsc", other), "-o", self.path("no.fsc"))

    def test_profiles_that_do_not_fit_are_refused(self):
        profile = self.profile("linear")
        encode = ["encode", self.save("in.npy", moving_tensor(channels=7)), "-o", self.path("no.fsc"), "--mode", "latent", "--stride", 8]
        self.fails(USAGE, ["8 channels", "with 7"], *encode, "--profile", profile)
        self.fails(IO, ["missing.fscp"], *encode, "--profile", self.path("missing.fscp"))
        damaged = self.path("damaged.fscp")
        whole = profile.read_bytes()
        damaged.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
        self.fails(BAD_INPUT, ["damaged.fscp", "checksum"], *encode, "--profile", damaged)
        damaged.write_bytes(whole[:8] + bytes([9]) + whole[9:])
        self.fails(BAD_INPUT, ["damaged.fscp", "profile version 9 is unknown"], *encode, "--profile", damaged)
        for length in (0, 5, 9, 40, len(whole) - 1):
            damaged.write_bytes(whole[:length])
            self.fails(BAD_INPUT, ["damaged.fscp"], *encode, "--profile", damaged)
        self.fails(BAD_INPUT, ["in.npy", "not a profile"], *encode, "--profile", self.path("in.npy"))


if __name__ == "__main__":
    cli.main()
