#!/usr/bin/env python3
"""Profiles from the command line: encode, decode, info, cat and view with them; profiles that do not fit."""
import json
import os
import pathlib
import subprocess

import cli_harness as cli
import numpy as np
from cli_harness import BAD_INPUT, FEATURES, IO, USAGE, CliTest, moving_tensor

MATERIAL = pathlib.Path(__file__).resolve().parent.parent / "material"
CLIP, MODEL = MATERIAL / "clip.mp4", MATERIAL / "model.json"


class Profiles(CliTest):
    def profile(self, kind, channels=8):
        path = self.path(kind + ".fscp")
        subprocess.run([os.environ["FSC_MAKE_PROFILE"], kind, str(path), str(channels)], check=True)
        return path

    def refuses_broken(self, profile, *command):
        """`command` with a --profile that is no longer `profile`: damaged, cut, of another version, another file."""
        whole, broken = profile.read_bytes(), self.path("broken.fscp")
        for version in (0, 2, 9):
            broken.write_bytes(whole[:8] + bytes([version]) + whole[9:])
            self.fails(BAD_INPUT, ["broken.fscp", f"profile version {version} is unknown"], *command, "--profile", broken)
        for content in (whole[:50] + bytes([whole[50] ^ 1]) + whole[51:], whole[:40], whole[:-1], whole + b"\0"):
            broken.write_bytes(content)
            self.fails(BAD_INPUT, ["broken.fscp", "checksum"], *command, "--profile", broken)
        for content in (b"", whole[:5], whole[:9], b"\x93NUMPY" + whole[6:]):
            broken.write_bytes(content)
            self.fails(BAD_INPUT, ["broken.fscp", "not a profile"], *command, "--profile", broken)
        broken.unlink()
        self.fails(IO, ["missing.fscp"], *command, "--profile", self.path("missing.fscp"))

    def sha(self, stream):
        return self.info(stream)["header"]["profile"]["sha256"]

    def takes_its_profile_only(self, named, profile, other, other_sha, *command):
        """`command` reads the stream `named`, which names `profile` by its hash: no other profile will do."""
        self.fails(USAGE, [self.sha(named), "--profile"], *command)
        self.fails(USAGE, [self.sha(named), other_sha], *command, "--profile", other)
        self.refuses_broken(profile, *command)
        self.ok(*command, "--profile", profile)

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

    def test_a_misfit_is_noticed_from_the_features(self):
        profile = self.profile("fitted")
        # What lies in the three planes, and what does not: random directions lose most of their energy.
        lost = self.save("lost.npy", moving_tensor(frames=20, seed=3))
        encode = ["encode", lost, "--stride", 8, "--mode", "latent", "--profile", profile, "-o", self.path("s.fsc")]
        process = self.ok(*encode, "--json")
        warnings = json.loads(process.stdout)["warnings"]
        self.assertEqual([(w["kind"], w["count"]) for w in warnings], [("profile-misfit", 3)])
        self.assertIn("frames 0..16, 3 of 3 looked at", process.stderr)
        self.assertIn("1 % where it was calibrated", process.stderr)
        self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        self.assertEqual(self.ok(*encode, "--quiet").stderr, "")
        fitted = self.path("s.fsc").read_bytes()
        self.path("s.fsc").unlink()
        self.fails(BAD_INPUT, ["the profile does not fit", "frames 0..16"], *encode, "--strict")
        # What the profile gives back is what it takes: decoded frames fit.
        self.path("s.fsc").write_bytes(fitted)
        fits = self.save("fits.npy", self.decode(self.path("s.fsc")))
        encode[1] = fits
        self.assertNotIn("warning", self.ok(*encode, "--strict").stderr)
        # A profile that does not know how it fitted cannot tell.
        encode[1], encode[encode.index(profile)] = lost, self.profile("reduced")
        self.assertNotIn("warning", self.ok(*encode, "--strict").stderr)

    def test_info_shows_how_a_profile_fitted(self):
        stream = self.encode("s.fsc", self.profile("fitted"))
        self.assertEqual(self.info(stream)["header"]["profile"]["fit"][0]["lost_share"], np.float32(0.01))
        self.assertIn("lost 1 % of the features' energy at calibration, 2 % in the worst frame", self.ok("info", stream).stdout.decode())
        self.assertIsNone(self.info(self.encode("s.fsc", self.profile("reduced")))["header"]["profile"]["fit"])
        self.assertIn("fit          unknown", self.ok("info", self.path("s.fsc")).stdout.decode())
        profile = self.info(self.profile("fitted"))
        self.assertEqual((profile["kind"], profile["parts"][0]["planes"], len(profile["drop_curve"])), ("task", 3, 2))
        self.assertEqual(profile["fit"][0]["worst_lost_share"], np.float32(0.02))
        text = self.ok("info", self.profile("fitted")).stdout.decode()
        for word in ("2 % in the worst frame", "0.50 % at QP 20", "3 planes"):
            self.assertIn(word, text)
        broken = self.path("b.fscp")
        broken.write_bytes(self.profile("fitted").read_bytes()[:-1])
        self.fails(BAD_INPUT, ["b.fscp", "checksum"], "info", broken)

    def test_by_hash_needs_the_profile_at_the_decoder(self):
        profile, other = self.profile("reduced"), self.profile("linear")
        embedded = self.encode("a.fsc", profile)
        named = self.encode("b.fsc", profile, "--profile-by-hash")
        self.assertLess(named.stat().st_size, embedded.stat().st_size)
        np.testing.assert_array_equal(self.decode(embedded), self.decode(named, "--profile", profile))
        self.assertEqual(self.sha(named), self.sha(embedded))
        other_sha = self.sha(self.encode("c.fsc", other))
        self.takes_its_profile_only(named, profile, other, other_sha, "decode", named, "-o", self.path("no.npy"))
        # A profile that is not needed is still to be the right one.
        self.fails(USAGE, [self.sha(embedded), other_sha], "decode", embedded, "-o", self.path("no.npz"), "--profile", other)
        if "ffmpeg" in FEATURES:
            self.takes_its_profile_only(named, profile, other, other_sha, "view", named, "-o", self.path("no.png"))
            self.ok("view", embedded, "-o", self.path("modes.png"), "--what", "modes", "--layers", "reduced0")

    def test_infer_takes_the_profile_of_the_stream_only(self):
        self.needs("torch")
        profile, other = self.profile("reduced", 64), self.profile("linear", 64)
        encode = ["encode", CLIP, "--model", MODEL, "--frames", "0:2", "--mode", "latent", "--profile"]
        self.ok(*encode, profile, "--profile-by-hash", "-o", self.path("named.fsc"))
        self.ok(*encode, other, "-o", self.path("other.fsc"))
        self.takes_its_profile_only(self.path("named.fsc"), profile, other, self.sha(self.path("other.fsc")), "infer", self.path("named.fsc"),
                                    "--model", MODEL, "--labels", self.path("labels"), "--video", CLIP, "--overlay", self.path("o.mp4"))

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
        self.refuses_broken(profile, *encode)
        self.fails(BAD_INPUT, ["in.npy", "not a profile"], *encode, "--profile", self.path("in.npy"))


if __name__ == "__main__":
    cli.main()
