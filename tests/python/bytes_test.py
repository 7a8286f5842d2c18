"""The package gives the command's bytes and values."""
import io
import json

import fsc
import numpy as np
import pytest
from conftest import moving_tensor


@pytest.fixture
def clip():
    """Its pictures are large enough for x265, which reads memory that nobody wrote where a picture is smaller."""
    return moving_tensor(5, 64, 20, 26)


def coded_by_tool(tool, tmp_path, tensors, *args):
    path = tmp_path / ("in.npz" if isinstance(tensors, dict) else "in.npy")
    np.savez(path, **tensors) if isinstance(tensors, dict) else np.save(path, tensors)
    tool("encode", path, "-o", tmp_path / "tool.fsc", "--quiet", *args)
    return (tmp_path / "tool.fsc").read_bytes()


@pytest.mark.parametrize("mode", fsc.modes())
def test_every_mode(tool, tmp_path, clip, mode):
    expected = coded_by_tool(tool, tmp_path, clip, "--mode", mode, "--stride", 8)
    stream = fsc.encode(clip, mode=mode, stride=8)
    assert stream == expected
    tool("decode", tmp_path / "tool.fsc", "-o", tmp_path / "out.npy")
    values = fsc.decode(stream)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.load(tmp_path / "out.npy"))
    if mode == "float":
        np.testing.assert_array_equal(values, clip)


@pytest.mark.parametrize("arguments, options", [
    (dict(qp=20, gop=4, low_delay=True), ["--qp", 20, "--gop", 4, "--low-delay"]),
    (dict(qp="lossless"), ["--qp", "lossless"]),
    (dict(preset="fast", fps=29.97, transform="klt", motion="planes", b_frames=0),
     ["--preset", "fast", "--fps", "29.97", "--transform", "klt", "--motion", "planes", "--b-frames", 0]),
    (dict(preset="high", fps="30000/1001", threads=2), ["--preset", "high", "--fps", "30000/1001", "--threads", 1]),
    (dict(bitrate=80, buffer=0.5, max_frame_bytes=900), ["--bitrate", 80, "--buffer", 0.5, "--max-frame-bytes", 900]),
    (dict(bitrate=80, task_map=False), ["--bitrate", 80, "--no-task-map"]),
])
def test_settings_of_latent(tool, tmp_path, clip, arguments, options):
    assert fsc.encode(clip, stride=8, **arguments) == coded_by_tool(tool, tmp_path, clip, "--stride", 8, *options)


@pytest.mark.parametrize("arguments, options", [
    (dict(mode="hevc", packing="mpeg", preset="fast", tune="psnr"), ["--mode", "hevc", "--packing", "mpeg", "--preset", "fast", "--tune", "psnr"]),
    (dict(mode="hevc", packing="mpeg", quantizer="floor", bits=8), ["--mode", "hevc", "--packing", "mpeg", "--tiled-options", "quantizer=floor", "--bits", 8]),
    (dict(mode="ffv1", bits=12, levels=3000, range=("sigma", 2.5), range_scope="channel", range_update="frame"),
     ["--mode", "ffv1", "--bits", 12, "--tiled-options", "levels=3000:range-scope=channel", "--range", "sigma:2.5", "--range-update", "frame"]),
    (dict(mode="png", range="fixed:-2:2", tiling="quilt"), ["--mode", "png", "--range", "fixed:-2:2", "--tiled-options", "tiling=quilt"]),
    (dict(mode="h264", qp=30, tile_multiple=8, channel_order="similarity", codec_options={"bframes": 0}),
     ["--mode", "h264", "--qp", 30, "--tiled-options", "tile-multiple=8:channel-order=similarity", "--codec-options", "bframes=0"]),
    (dict(mode="jpeg"), ["--mode", "jpeg"]),
])
def test_settings_of_the_tiled_modes(tool, tmp_path, clip, arguments, options):
    if arguments["mode"] not in fsc.modes():
        pytest.skip(f"this build has no {arguments['mode']}")
    assert fsc.encode(clip, stride=8, **arguments) == coded_by_tool(tool, tmp_path, clip, "--stride", 8, *options)


def test_layers_keep_names_and_order(tool, tmp_path):
    layers = {"p3": moving_tensor(4, 5, 16, 20), "p2": moving_tensor(4, 7, 32, 40), "a": moving_tensor(4, 3, 1, 1)}
    stream = fsc.encode(layers, stride=[16, 8, 64])
    assert stream == coded_by_tool(tool, tmp_path, layers, "--stride", "16,8,64")
    assert stream == fsc.encode(layers, stride={"p2": 8, "p3": 16, "a": 64})
    assert stream == fsc.encode(({name: layers[name][t] for name in layers} for t in range(4)), stride=[16, 8, 64])
    decoded = fsc.decode(stream)
    assert list(decoded) == ["p3", "p2", "a"]
    one = fsc.decode(stream, layers=["p2"], frames=(1, 3))
    np.testing.assert_array_equal(one["p2"], decoded["p2"][1:3])


def test_float16_in_and_out(tool, tmp_path, clip):
    big = clip * 60000
    half = np.clip(big, -65000, 65000).astype(np.float16)
    stream = fsc.encode(half, qp=30)
    assert stream == coded_by_tool(tool, tmp_path, half, "--qp", 30)
    # Values that the codec lifts beyond the largest float16 saturate.
    stream = fsc.encode(big, qp=30)
    (tmp_path / "s.fsc").write_bytes(stream)
    tool("decode", tmp_path / "s.fsc", "-o", tmp_path / "out.npy", "--type", "float16")
    values = fsc.decode(stream, dtype="float16")
    assert values.dtype == np.float16
    np.testing.assert_array_equal(values.view(np.uint16), np.load(tmp_path / "out.npy").view(np.uint16))


def test_info_says_what_the_command_says(tool, tmp_path):
    layers = {"a": moving_tensor(9, 6, 8, 8), "b": moving_tensor(9, 3, 4, 4)}
    stream = fsc.encode(layers, stride=[8, 16], fps=12.5, gop=4)
    (tmp_path / "s.fsc").write_bytes(stream)
    told = json.loads(tool("info", "--json", tmp_path / "s.fsc").stdout)
    info = fsc.info(tmp_path / "s.fsc", frames=True)
    assert (info.mode, info.frames, info.bytes) == (told["header"]["mode"], told["frames"], told["bytes"])
    assert dict(info.bytes_by_kind) == told["bytes_by_kind"]
    assert dict(info.bytes_by_layer) == told["bytes_by_layer"]
    assert info.encoder == told["header"]["encoder"]
    for own, name in ((info.start_s, "start_s"), (info.duration_s, "duration_s"), (info.bits_per_element, "bits_per_element"),
                      (info.kbit_per_s, "kbit_per_s")):
        assert own == pytest.approx(told[name])
    for packet, expected in zip(info.packets, told["packets"]):
        assert (packet.frame, packet.type, packet.key) == (expected["frame"], expected["type"], expected["random_access"])
        assert packet.payload_bytes == expected["payload_bytes"]
        assert [(s.kind, s.size_bytes) for s in packet.sections] == [(s["kind"], s["bytes"]) for s in expected["sections"]]
    assert len(info.packets) == 9


def test_info_of_streams_in_memory_and_in_file_objects(clip):
    stream = fsc.encode(clip)
    assert fsc.info(stream) == fsc.info(io.BytesIO(stream)) == fsc.info(bytearray(stream))
    for text in (repr(fsc.info(stream)), str(fsc.info(stream)), fsc.info(stream)._repr_html_()):
        assert "latent" in text and str(len(stream)) in text


def test_cat_joins_as_the_command_does(tool, tmp_path, clip):
    (tmp_path / "a.fsc").write_bytes(fsc.encode(clip, stride=8))
    (tmp_path / "b.fsc").write_bytes(fsc.encode(clip[::-1], stride=8))
    tool("cat", tmp_path / "a.fsc", tmp_path / "b.fsc", "-o", tmp_path / "tool.fsc")
    expected = (tmp_path / "tool.fsc").read_bytes()
    assert fsc.cat([tmp_path / "a.fsc", (tmp_path / "b.fsc").read_bytes()]) == expected
    assert fsc.cat([open(tmp_path / "a.fsc", "rb"), str(tmp_path / "b.fsc")], tmp_path / "c.fsc") is None
    assert (tmp_path / "c.fsc").read_bytes() == expected
    with pytest.raises(fsc.UsageError):
        fsc.cat([fsc.encode(clip), fsc.encode(clip[:, :3])], tmp_path / "d.fsc")
    assert not (tmp_path / "d.fsc").exists()


def test_input_and_source_sizes_travel(clip):
    stream = fsc.encode(clip, stride=8, input_size=(96, 136), source_size=(480, 640))
    info = fsc.info(stream)
    assert (info.input_size, info.source_size) == ((96, 136), (480, 640))
    assert (fsc.Decoder(stream).input_size, fsc.Decoder(stream).source_size) == ((96, 136), (480, 640))


def test_luma_is_used_for_motion():
    rng = np.random.default_rng(3)
    world = np.kron(rng.integers(0, 255, (40, 60)), np.ones((8, 8))).astype(np.uint8)
    luma = np.stack([world[4 * t:4 * t + 96, 6 * t:6 * t + 136] for t in range(6)])
    clip = np.stack([luma[:, y::8, x::8] for y, x in ((0, 0), (3, 5))], axis=1).astype(np.float32)
    with_luma = fsc.encode(clip, stride=8, motion="luma", luma=luma, input_size=(96, 136))
    assert with_luma == fsc.encode(clip, stride=8, motion="luma", luma=iter(luma[:, ::-1][:, ::-1]), input_size=(96, 136))
    assert fsc.info(with_luma).bytes_by_kind["motion"] != fsc.info(fsc.encode(clip, stride=8, motion="zero")).bytes_by_kind["motion"]
    with pytest.raises(fsc.BadInputError, match="fewer pictures"):
        fsc.encode(clip, stride=8, luma=luma[:2])
    with pytest.raises(fsc.UsageError, match="luma"):
        fsc.encode(clip, stride=8, luma=luma.astype(np.float32))
