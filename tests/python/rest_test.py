"""Profiles, measures, pictures of channels, the progress bar, and what things say of themselves."""
import builtins
import json
import math
import os
import struct
import subprocess
import zlib
from fractions import Fraction

import fsc
import numpy as np
import pytest
from conftest import moving_tensor

ANCHOR = [(100, 30.0), (200, 33.0), (400, 36.0), (800, 39.0)]


def test_bd_rate_is_the_commands(tool, tmp_path):
    test = [(rate * 0.8, metric + 0.1) for rate, metric in ANCHOR]
    for name, curve in (("a", ANCHOR), ("b", test)):
        (tmp_path / f"{name}.csv").write_text("kbit_per_s,psnr_db\n" + "".join(f"{r},{m}\n" for r, m in curve))
    for method in ("pchip", "akima", "cubic"):
        told = json.loads(tool("bdrate", tmp_path / "a.csv", tmp_path / "b.csv", "--fit", method, "--json").stdout)
        told = (told if isinstance(told, list) else told["results"])[0]
        result = fsc.bd_rate(ANCHOR, test, method=method)
        assert result.bd_rate_percent == pytest.approx(told["bd_rate_percent"], abs=1e-9)
        assert result.bd_metric == pytest.approx(told["bd_metric"], abs=1e-9)
        assert list(result.overlap) == pytest.approx(told["overlap"])
        assert "BD-rate -2" in repr(result)


def test_bd_rate_of_known_curves():
    halved = fsc.bd_rate(ANCHOR, [(rate / 2, metric) for rate, metric in ANCHOR])
    assert halved.bd_rate_percent == pytest.approx(-50) and halved.overlap == (30.0, 39.0)
    assert fsc.bd_rate(ANCHOR, {"rate": [r for r, _ in ANCHOR], "metric": [m for _, m in ANCHOR]}).bd_rate_percent == pytest.approx(0)
    apart = fsc.bd_rate(ANCHOR, [(rate, metric + 100) for rate, metric in ANCHOR])
    assert apart.bd_rate_percent is None and apart.warnings
    for bad in ([], [(1, 2)], [(0, 1), (1, 2)], [(1, math.nan), (2, 3)], [1, 2], "ab", {"x": [1]}):
        with pytest.raises(fsc.UsageError):
            fsc.bd_rate(ANCHOR, bad)
    with pytest.raises(fsc.UsageError):
        fsc.bd_rate(ANCHOR, ANCHOR, method="spline")


def test_quality_is_what_its_formulas_say():
    a = moving_tensor(4, 3, 8, 8).astype(np.float64)
    b = a + np.random.default_rng(1).standard_normal(a.shape) * 0.1
    told = fsc.quality(a.astype(np.float32), b.astype(np.float32))
    a, b = a.astype(np.float32).astype(float), b.astype(np.float32).astype(float)
    mse = np.mean((a - b) ** 2)
    assert told.mse == pytest.approx(mse, rel=1e-9)
    assert told.psnr_db == pytest.approx(10 * np.log10(np.ptp(a) ** 2 / mse), rel=1e-9)
    assert told.snr_db == pytest.approx(10 * np.log10(a.var() / mse), rel=1e-9)
    assert told.nrmse == pytest.approx(np.mean([np.sqrt(np.mean((x - y) ** 2)) / np.ptp(x) for x, y in zip(a, b)]), rel=1e-9)
    same = fsc.quality(a, a)
    assert same.mse == 0 and same.snr_db == math.inf
    layers = fsc.quality({"x": a, "y": a[:, :1]}, {"y": a[:, :1], "x": b})
    assert layers.layers["y"].mse == 0 and layers.layers["x"].mse == pytest.approx(mse) and layers.mse == pytest.approx(mse * 3 / 4)
    for bad in ((a, b[:3]), (a, b[:, :2]), ({"x": a}, {"y": a}), (a[0], b[0])):
        with pytest.raises(fsc.BadInputError):
            fsc.quality(*bad)


@pytest.fixture
def profile_path(tmp_path):
    maker = os.environ.get("FSC_MAKE_PROFILE", "")
    if not os.path.exists(maker):
        pytest.skip("FSC_MAKE_PROFILE does not name the maker of test profiles")
    subprocess.run([maker, "linear", tmp_path / "p.fscp"], check=True)
    return tmp_path / "p.fscp"


def test_profiles(tool, tmp_path, profile_path):
    profile = fsc.load_profile(profile_path)
    same = fsc.load_profile(profile_path.read_bytes())
    assert profile.sha256 == same.sha256 and len(profile.sha256) == 64 and profile.planes > 0
    assert profile.kind in repr(profile)
    clip = moving_tensor(4, profile.layers[0].channels, 16, 16)
    data = {layer.name: moving_tensor(4, layer.channels, 16, 16) for layer in profile.layers}
    np.savez(tmp_path / "in.npz", **data)
    tool("encode", tmp_path / "in.npz", "-o", tmp_path / "tool.fsc", "--profile", profile_path, "--stride", 8)
    stream = fsc.encode(data, profile=profile, stride=8)
    assert stream == (tmp_path / "tool.fsc").read_bytes() == fsc.encode(data, profile=str(profile_path), stride=8)
    info = fsc.info(stream)
    assert info.profile_bytes > 0 and info.coded_layers != info.layers
    by_hash = fsc.encode(data, profile=profile, profile_by_hash=True, stride=8)
    assert len(by_hash) < len(stream)
    with pytest.raises(fsc.Error, match="profile"):
        fsc.decode(by_hash)
    for name, values in fsc.decode(stream, layers=list(data)).items():
        np.testing.assert_array_equal(fsc.decode(by_hash, profile=profile, layers=list(data))[name], values)
    with pytest.raises(fsc.Error):
        fsc.encode(clip[:, :1], profile=profile)
    with pytest.raises(fsc.StreamIOError):
        fsc.load_profile(tmp_path / "nosuch.fscp")
    with pytest.raises(fsc.UsageError):
        fsc.load_profile(3)


def png_pixels(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    start = data.index(b"IDAT") + 4
    length = struct.unpack(">I", data[start - 8:start - 4])[0]
    rows = np.frombuffer(zlib.decompress(data[start:start + length]), np.uint8).reshape(height, width + 1)
    assert (depth, color) == (8, 0)
    return rows[:, 1:]


def test_show(tmp_path, clip):
    tiles = fsc.show(clip[0], columns=3)
    assert tiles.image.shape == (12 * 3 + 2, 17 * 3 + 2)
    np.testing.assert_array_equal(png_pixels(tiles._repr_png_()), tiles.image)
    tiles.save(tmp_path / "t.png")
    np.testing.assert_array_equal(png_pixels((tmp_path / "t.png").read_bytes()), tiles.image)
    assert tiles.image.max() == 255 and "8 channels" in repr(tiles)
    # Channel 4 is in the second row, second place.
    low, high = clip[0].min(), clip[0].max()
    np.testing.assert_array_equal(tiles.image[13:25, 18:35], np.round((clip[0, 4] - low) * (255 / (high - low))))
    assert fsc.show(np.zeros((1, 2, 3, 3))).image.max() == 0
    for bad in (clip, clip[0, 0], np.zeros((0, 3, 3))):
        with pytest.raises(fsc.BadInputError):
            fsc.show(bad)


def test_progress_with_and_without_tqdm(monkeypatch, capsys, clip):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    stream = fsc.encode(clip, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.undo()
    assert stream == fsc.encode(clip)
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    fsc.encode(clip, progress=True)
    np.testing.assert_array_equal(fsc.decode(stream, progress=True), fsc.decode(stream))
    told = capsys.readouterr().err
    assert "encoding" in told and "decoding" in told and "6/6" in told


def test_what_things_say(clip):
    encoder = fsc.Encoder(mode="latent")
    assert "no layers yet" in repr(encoder)
    encoder.push(clip[0])
    assert "1 frames pushed" in repr(encoder) and "8x12x17" in repr(encoder)
    info = encoder.finish()
    assert repr(info.layers[0]) == "Layer('features', 8 x 12 x 17, stride 1 px)"
    assert info.fps == Fraction(25) and isinstance(info.warnings, tuple)
    assert fsc.__version__ == "0.1.0" and "latent" in fsc.modes()
    assert "BadInputError" in repr(fsc.BadInputError("a", "b"))


def test_warnings_are_told(clip):
    clip[3, 2, 5, 5] = 1e6
    encoder = fsc.Encoder(mode="latent", max_frame_bytes=200, low_delay=True)
    for frame in clip:
        encoder.push(frame)
    info = encoder.finish()
    assert info.warnings == tuple(encoder.warnings)
    for warning in info.warnings:
        assert warning.kind and warning.what and warning.count >= 1 and warning.what in str(info)
