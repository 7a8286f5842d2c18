"""The codec of CompressAI-Vision, run by a fake platform in fresh processes: bytes are fsc.encode's, values fsc.decode's."""
import hashlib
import importlib.util
import json
import os
import subprocess

import fsc
import numpy as np
import pytest
from conftest import moving_tensor
from fake_run import Platform

INPUT = (192, 256)
LAYERS = {"p2": moving_tensor(6, 8, 24, 32), "p3": moving_tensor(6, 4, 12, 16, seed=1)}
SIZES = dict(input_size=INPUT, source_size=(480, 640))


@pytest.fixture(params=["stand-in", "PyTorch"])
def platform(request, tmp_path):
    pytest.importorskip("yaml", reason="PyYAML is not installed: python3-yaml")
    if request.param == "PyTorch" and importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: python3-torch")
    made = Platform(tmp_path, request.param)
    made.write_clip(LAYERS, INPUT)
    return made


@pytest.fixture
def plain_platform(tmp_path):
    """With the stand-in alone, which starts at once."""
    pytest.importorskip("yaml", reason="PyYAML is not installed: python3-yaml")
    made = Platform(tmp_path)
    made.write_clip(LAYERS, INPUT)
    return made


def as_float32(values, datatype):
    """What a tensor of that type has of float32 values."""
    if datatype == "float32":
        return values
    if datatype == "float16":
        return np.clip(values, -65504, 65504).astype(np.float16).astype(np.float32)
    bits = values.view(np.uint32).astype(np.uint64)
    halves, rest = bits >> 16, bits & 0xFFFF
    rounded = halves + ((rest > 0x8000) | ((rest == 0x8000) & (halves % 2 == 1)))
    return (rounded.astype(np.uint32) << 16).view(np.float32)


def expect_decoded(results, stream, datatype="float32"):
    expected = fsc.decode(stream)
    expected = expected if isinstance(expected, dict) else {"features": expected}
    assert len(results.decoded()) == len(expected)
    for values, wanted in zip(results.decoded(), expected.values()):
        np.testing.assert_array_equal(values.view(np.uint32), as_float32(wanted, datatype).view(np.uint32))


@pytest.mark.parametrize("datatype", ["float32", "float16", "bfloat16"])
def test_a_video(platform, datatype):
    platform.run(f"pipeline.datatype={datatype}", "codec.encoder_config.qp=28", "codec.encoder_config.gop=4")
    results = platform.results(28)
    (path,) = results.files()
    assert path.name == "clip_qp28.bin"
    given = {name: as_float32(values, datatype) for name, values in LAYERS.items()}
    stream = fsc.encode(given, qp=28, gop=4, stride=[8, 16], fps=30, **SIZES)
    assert path.read_bytes() == stream
    expect_decoded(results, stream, datatype)
    assert results.sizes() == [["[(192, 256)]", "{'height': 480, 'width': 640}"]]

    size = path.stat().st_size
    assert len(results.coded_bytes()) == 6 and sum(results.coded_bytes()) == size == fsc.info(path).bytes
    (row,) = results.table("summary")
    assert float(row["bitrate (kbps)"]) == pytest.approx(size * 8 * 30 / (1000 * 6)) and row["qp"] == "28"
    for name in ("encode", "decode"):
        parts = [float(row[f"{name}_{part}"]) for part in ("conversion", "inner_codec")]
        assert min(parts) > 0 and sum(parts) == pytest.approx(float(row[name]), rel=.2, abs=.02)
    assert sum(float(row["bytes"]) for row in results.table("encode_details_28")) == pytest.approx(size)


def test_the_command_line_and_eval_make_the_same_file(plain_platform, tool, tmp_path):
    plain_platform.run("codec.encoder_config.preset=fast")
    (path,) = plain_platform.results().files()
    own_info = fsc.info(path)
    assert (own_info.input_size, own_info.source_size) == (INPUT, (480, 640))
    tool("encode", tmp_path / "data/clip.npz", "-o", tmp_path / "tool.fsc", "--stride", "8,16", "--fps", 30, "--preset", "fast",
         "--input-size", "256x192", "--source-size", "640x480")
    assert path.read_bytes() == (tmp_path / "tool.fsc").read_bytes()

    (tmp_path / "suite.json").write_text(json.dumps({
        "name": "s", "configs": [{"name": "fast", "encode": "--preset fast", "qps": [32]}],
        "clips": [{"name": "c", "path": "data/clip.npz", "strides": [8, 16], "fps": 30, "input_size": [256, 192], "source_size": [640, 480]}]}))
    tool("eval", tmp_path / "suite.json", "-o", tmp_path / "out")
    (point,) = (json.loads(file.read_text()) for file in (tmp_path / "out/points").glob("*.json"))
    assert point["stream_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()

    tool("decode", path, "-o", tmp_path / "tool.npz")
    with np.load(tmp_path / "tool.npz") as archive:
        for values, wanted in zip(plain_platform.results().decoded(), (archive["p2"], archive["p3"])):
            np.testing.assert_array_equal(values, wanted)
    assert json.loads(tool("info", "--json", path).stdout)["bytes"] == own_info.bytes == path.stat().st_size


def test_header_and_index_bytes(plain_platform):
    plain_platform.run("codec.encoder_config.b_frames=0", "codec.encoder_config.qp=20")
    results = plain_platform.results(20)
    info = fsc.info(results.files()[0], frames=True)
    sizes = [packet.size_bytes for packet in info.packets]
    header = info.packets[0].offset_bytes
    sizes[0] += header
    sizes[-1] += info.bytes - header - sum(packet.size_bytes for packet in info.packets)
    assert results.coded_bytes() == sizes and sizes[-1] > info.packets[-1].size_bytes


def test_encode_only_then_decode_only(plain_platform):
    plain_platform.run()
    (path,) = plain_platform.results().files()
    whole, decoded = path.read_bytes(), plain_platform.results().decoded()
    path.unlink()
    plain_platform.run("pipeline.codec.encode_only=True")
    assert path.read_bytes() == whole
    plain_platform.write_clip({name: np.zeros_like(values) for name, values in LAYERS.items()}, INPUT)  # nothing but the file
    plain_platform.run("pipeline.codec.decode_only=True", "codec.encoder_config.threads=1")
    for values, wanted in zip(plain_platform.results().decoded(), decoded):
        np.testing.assert_array_equal(values, wanted)
    assert plain_platform.results().table("summary")[0]["encode"] == "0.0"


def test_slices_join(plain_platform, tool):
    for part, first in enumerate((0, 4)):
        plain_platform.run("pipeline.codec.encode_only=True", f"pipeline.codec.skip_n_frames={first}",
                           f"pipeline.codec.n_frames_to_be_encoded={4 - 2 * part}", f"codec.bitstream_name=part{part}")
    results = plain_platform.results()
    parts = results.files()
    assert [path.name for path in parts] == ["part0.bin", "part1.bin"]
    whole = results.folder / "codec_output/clip_qp32.bin"
    tool("cat", *parts, "-o", whole)
    plain_platform.run("pipeline.codec.decode_only=True")
    streams = [fsc.encode({name: values[a:b] for name, values in LAYERS.items()}, stride=[8, 16], fps=30, **SIZES)
               for a, b in ((0, 4), (4, 6))]
    assert [path.read_bytes() for path in parts] == streams and whole.read_bytes() == fsc.cat(streams)
    expect_decoded(results, whole)


def test_images(platform):
    platform.run("pipeline.type=image", "codec.eval_encode=bpp", "pipeline.datatype=float16")
    results = platform.results(kind="image")
    paths = results.files()
    assert [path.name for path in paths] == [f"clip_qp32-img_id_{100 + t}.bin" for t in range(6)]
    for t, path in enumerate(paths):
        one = {name: values[t].astype(np.float16) for name, values in LAYERS.items()}
        assert path.read_bytes() == fsc.encode(one, stride=[8, 16], fps=30, **SIZES)
    total = sum(path.stat().st_size for path in paths)
    assert results.coded_bytes() == [path.stat().st_size for path in paths]
    (row,) = results.table("summary")
    assert float(row["avg_bpp"]) == pytest.approx(total * 8 / (6 * 480 * 640))
    assert float(row["encode_inner_codec"]) > 0 and float(row["decode_conversion"]) > 0
    decoded = results.decoded()
    platform.run("pipeline.type=image", "codec.eval_encode=bpp", "pipeline.datatype=float16", "pipeline.codec.decode_only=True")
    for values, wanted in zip(results.decoded(), decoded):
        np.testing.assert_array_equal(values, wanted)


def test_tensors_on_a_gpu_with_gradients_are_copied(plain_platform):
    plain_platform.run("pipeline.type=image", "codec.eval_encode=bpp", "pipeline.device=cuda", "codec.device=cuda")
    for t, path in enumerate(plain_platform.results(kind="image").files()):
        assert path.read_bytes() == fsc.encode({name: values[t] for name, values in LAYERS.items()}, stride=[8, 16], fps=30, **SIZES)


def test_layers_keep_their_order_whatever_they_are_called(plain_platform):
    layers = {"36": moving_tensor(2, 3, 76, 136), "105": moving_tensor(2, 4, 38, 68), "90": moving_tensor(2, 5, 19, 34),
              "5": LAYERS["p2"][:2]}
    plain_platform.write_clip(layers, (608, 1088), splits=["d", "c", "b", "a"])
    plain_platform.run()
    results = plain_platform.results()
    info = fsc.info(results.files()[0])
    assert [(layer.name, layer.stride_px) for layer in info.layers] == [("36", 8), ("105", 16), ("90", 32), ("5", 32)]
    expect_decoded(results, results.files()[0])


def test_profiles(plain_platform, tmp_path):
    maker = os.environ.get("FSC_MAKE_PROFILE", "")
    if not os.path.exists(maker):
        pytest.skip("FSC_MAKE_PROFILE does not name the maker of test profiles")
    path = tmp_path / "p.fscp"
    subprocess.run([maker, "linear", path], check=True)
    profile = fsc.load_profile(path)
    layers = {layer.name: moving_tensor(4, layer.channels, 24, 32) for layer in profile.layers}
    plain_platform.write_clip(layers, INPUT)
    for more in ({}, {"profile_by_hash": True}, {"max_drop": 1}):
        plain_platform.run(f"codec.encoder_config.profile={path}", *(f"codec.encoder_config.{k}={v}" for k, v in more.items()))
        (coded,) = plain_platform.results().files()
        quality = more if "max_drop" in more else {"qp": 32, **more}
        assert coded.read_bytes() == fsc.encode(layers, profile=profile, stride=8, fps=30, **SIZES, **quality)
        decoded = fsc.decode(coded, profile=profile if "profile_by_hash" in more else None, layers=list(layers))
        for values, wanted in zip(plain_platform.results().decoded(), decoded.values()):
            np.testing.assert_array_equal(values, wanted)
