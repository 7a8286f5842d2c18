"""Settings of the codec of CompressAI-Vision, and what it refuses: by name, before anything is coded, leaving nothing."""
import inspect
import os
import pathlib

import fsc
import fsc.compressai_vision
import numpy as np
import pytest
from conftest import moving_tensor
from fake_run import PACKAGE, Platform
from fsc.compressai_vision.__main__ import with_defaults
from fsc.compressai_vision.settings import SETTINGS, strides_of

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: python3-yaml")

INPUT = (192, 256)
LAYERS = {"p2": moving_tensor(4, 64, 20, 26), "p3": moving_tensor(4, 16, 12, 16, seed=1)}
CONFIGS = fsc.compressai_vision.CONFIG_DIR
# Opens the codec as a program of one's own does.
PROGRAM = """
import sys, torch, numpy as np
import fsc.compressai_vision
from compressai_vision.registry import CODECS
codec = CODECS["fsc"](vision_model=None, dataset=None, encoder_config={"qp": 30}, mac_computation=True)
x = {"data": {"a": torch.from_numpy(np.zeros((2, 3, 4, 5), np.float32))}, "input_size": [(32, 40)],
     "org_input_size": {"height": 64, "width": 80}}
"""


@pytest.fixture
def platform(tmp_path):
    made = Platform(tmp_path)
    made.write_clip(LAYERS, INPUT)
    return made


def test_the_yaml_has_every_setting_of_encode():
    conf = yaml.safe_load((CONFIGS / "codec/fsc.yaml").read_text())
    assert {"type", "device", "mac_computation", "eval_encode", "output_dir", "bitstream_name", "experiment", "encoder_config"} <= set(conf)
    assert conf["type"] == "fsc" and conf["output_dir"].endswith("/qp${codec.encoder_config.qp}")
    assert conf["datatype"] == "${pipeline.datatype}"
    assert set(conf["encoder_config"]) == SETTINGS
    arguments = set(inspect.signature(fsc.encode).parameters) - {"data", "input_size", "source_size", "luma", "progress", "options"}
    assert arguments < SETTINGS
    # What the YAML sets is what fsc.encode does without being asked.
    parameters = inspect.signature(fsc.encode).parameters
    for name, value in conf["encoder_config"].items():
        if value is not None and name != "qp":
            assert parameters[name].default == value, name


@pytest.mark.parametrize("given", [
    dict(mode="latent", qp="lossless"),
    dict(preset="high", gop=2, low_delay=True, transform="klt", motion="planes", b_frames=0, model_id="net", model_sha256="ab" * 32),
    dict(bitrate=300, buffer=.5, max_frame_bytes=9000, task_map=False),
    dict(stride=[4, 32], fps=29.97, threads=1),
    dict(stride={"p3": 64, "p2": 2}, fps="30000/1001"),
    dict(mode="float"),
    dict(mode="hevc", packing="mpeg", preset="fast", tune="psnr", codec_options={"bframes": 0}),
    dict(mode="ffv1", bits=12, levels=3000, range="sigma:2.5", range_scope="channel", range_update="frame", quantizer="floor"),
    dict(mode="png", range=["fixed", -2, 2], tiling="tiles", tile_multiple=8, channel_order="similarity"),
])
def test_settings_reach_the_encoder(platform, given):
    mode = given.get("mode", "latent")
    if mode not in fsc.modes():
        pytest.skip(f"this build has no {mode}")
    platform.run(*(f"codec.encoder_config.{name}={yaml.safe_dump(value, default_flow_style=True).splitlines()[0]}"
                   for name, value in given.items()))
    (path,) = platform.results(given.get("qp", 32)).files()
    wanted = {"stride": [8, 16], "fps": 30, **given}
    if "bitrate" not in given:
        wanted.setdefault("qp", 32)
    assert path.read_bytes() == fsc.encode(LAYERS, input_size=INPUT, source_size=(480, 640), **wanted)


REFUSED = [
    (["++codec.encoder_config.gopp=3"], ["no such setting", "codec.encoder_config.gopp", "gop,"]),
    (["++codec.encoder_config.input_size=[1,2]"], ["the platform says it", "input_size"]),
    (["codec.encoder_config.gop=many"], ["gop"]),
    (["codec.encoder_config.gop=5000"], ["gop"]),
    (["codec.encoder_config.mode=nosuch"], ["nosuch"]),
    (["codec.encoder_config.bits=8"], ["bits", "tiled"]),
    (["codec.encoder_config.transform=x"], ["transform"]),
    (["codec.encoder_config.qp=64"], ["qp"]),
    (["codec.encoder_config.profile=nosuch.fscp"], ["nosuch.fscp"]),
    (["codec.encoder_config.bitrate=100", "dataset.config.seqinfo=null"], ["codec.encoder_config.fps"]),
    (["codec.eval_encode=psnr"], ["codec.eval_encode", "bitrate, bpp"]),
    (["codec.datatype=int8"], ["codec.datatype", "bfloat16"]),
    (["codec.datatype=float32", "pipeline.datatype=float16"], ["float16", "datatype: ${pipeline.datatype}"]),
    (["codec.encoder_config.stride=[1,2,3]"], ["3 strides for 2 layers"]),
]


def test_what_cannot_be_is_refused(platform):
    for line, (overrides, words) in zip(platform.refusals([overrides for overrides, _ in REFUSED]), REFUSED):
        assert line.startswith("fsc.errors.") and all(word in line for word in words), (overrides, line)
        assert not list(platform.folder.rglob("*codec_output/*")), overrides
    # A process of its own ends with it.
    done = platform.try_run(*REFUSED[0][0])
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("fsc.errors.UsageError: no such setting"), done.stderr


def test_a_seqinfo_that_is_none(platform):
    texts = ["frameRate=30\n", "[Sequence]\nframeRate=%(nosuch)s\n", "[Sequence]\n\xe9", "[Sequence]\nframeRate=30\nframeRate=25\n"]
    for i, text in enumerate(texts):
        (platform.folder / f"data/{i}.ini").write_text(text, encoding="latin-1")
    lines = platform.refusals([[f"dataset.config.seqinfo={i}.ini"] for i in range(len(texts))])
    assert [line.split(":")[0] for line in lines] == [f"fsc.errors.{kind}" for kind in ("BadInputError", "UsageError", "BadInputError", "BadInputError")]
    assert "frame rate" in lines[1] and all(f"data/{i}.ini" in lines[i] for i in (0, 2, 3)), lines


def test_a_frame_rate_that_nobody_says_is_told_once(platform, tmp_path):
    (tmp_path / "data/silent.ini").write_text("[Sequence]\nname=clip\n")
    (tmp_path / "program.py").write_text("""
import sys, types
import fsc.compressai_vision
from compressai_vision.registry import CODECS
seqinfo, eval_encode, fps = sys.argv[1:]
data = types.SimpleNamespace(config={"root": "data", "seqinfo": seqinfo})
CODECS["fsc"](dataset=data if seqinfo != "none" else None, encoder_config={"qp": 30, "fps": fps or None}, eval_encode=eval_encode)
""")
    for seqinfo, where in (("nosuch.ini", "data/nosuch.ini has none"), ("silent.ini", "data/silent.ini has none"),
                           ("none", "the data set has no seqinfo.ini")):
        (line,) = platform.python("program.py", seqinfo, "bitrate", "").stderr.splitlines()
        assert line == f"frame-rate-assumed: nobody says the frame rate, so it is taken as 25 ({where}): set codec.encoder_config.fps"
    for given in (("seqinfo.ini", "bitrate", ""), ("nosuch.ini", "bitrate", "30"), ("nosuch.ini", "bpp", "")):
        done = platform.python("program.py", *given)
        assert (done.returncode, done.stderr) == (0, ""), given


def test_unknown_keys_of_the_platform_are_told(platform):
    assert "fsc does not know: nosuch" in platform.run("++codec.nosuch=1", "++codec.dump={}").stderr
    assert "the CPU" in platform.run("codec.device=cuda").stderr


def test_files_that_are_not_what_they_should_be(platform):
    platform.run()
    results = platform.results()
    (path,) = results.files()
    whole = path.read_bytes()
    decode_only = "pipeline.codec.decode_only=True"
    damaged = [b"", b"not a stream at all", whole[:100], whole[:-40], whole[:300] + b"\x55" + whole[301:]]
    for i, data in enumerate([*damaged, fsc.encode(LAYERS["p2"], stride=8)]):
        (path.parent / f"bad{i}.bin").write_bytes(data)
    *refused, one_layer, missing = platform.refusals([[decode_only, f"codec.bitstream_name=bad{i}"] for i in range(len(damaged) + 2)])
    for i, line in enumerate(refused):
        assert line.startswith("fsc.errors.BadInputError") and f"bad{i}.bin" in line, line
    assert "BadInputError: the stream has 1 layers, the network's split 2" in one_layer
    assert "0 bitstream files" in missing


def test_a_value_that_cannot_be_coded_leaves_nothing(platform):
    broken = LAYERS["p3"].copy()
    broken[3, 2, 1, 0] = np.nan
    platform.write_clip({"p2": LAYERS["p2"], "p3": broken}, INPUT)
    done = platform.try_run()
    assert done.returncode == 1 and "BadInputError" in done.stderr.splitlines()[-1]
    assert not platform.results().files()


def test_one_codec_in_a_program_of_ones_own(platform, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM + """
out, times, mac = codec.encode(x, "", "name.bin")
assert (out["bitstream"], mac) == ("name.bin", (0.0, 32 * 40)) and set(times) == {"conversion", "inner_codec"}, (out, mac)
assert codec.encode(x, "", "name", "img_id_3")[0]["bitstream"] == "name-img_id_3.bin"
decoded, times, mac = codec.decode("name.bin", org_img_size={"height": 1, "width": 1})
assert decoded["input_size"] == [(32, 40)] and decoded["org_input_size"] == {"height": 64, "width": 80} and mac == (0.0, 1280)
assert decoded["data"]["a"].shape == (2, 3, 4, 5) and codec.qp_value == 30 and codec.eval_encode_type == "bitrate"
fsc.encode  # the package itself
open("bare.bin", "wb").write(fsc.encode(np.zeros((1, 2, 3, 4), np.float32)))
decoded = codec.decode("bare.bin")[0]
assert set(decoded) == {"data"}, decoded
assert codec.decode("bare.bin", org_img_size=(7, 9))[0]["org_input_size"] == {"height": 7, "width": 9}
for call in (lambda: codec.encode({"file_names": ["a.png"]}, "", "n", "", True), lambda: codec.decode("name.bin", remote_inference=True),
             lambda: codec.decode("nosuch.bin"), lambda: codec.encode({"data": x["data"]}, "", "n"),
             lambda: codec.encode({**x, "data": {"a": torch.from_numpy(np.zeros((2, 3), np.float32))}}, "", "n")):
    try:
        call()
        raise SystemExit("nothing was refused")
    except fsc.Error as error:
        print(type(error).__name__, error)
""")
    done = platform.python("program.py")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["UsageError", "UsageError", "StreamIOError", "BadInputError", "BadInputError"]
    assert "remote_inference" in lines[0] and "split inference" in lines[0] and "input_size" in lines[3]
    assert not list(tmp_path.glob("n*bin")) == [] and not (tmp_path / "n.bin").exists()


def test_macs_of_a_profile_are_not_made_up(platform, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM + """
try:
    CODECS["fsc"](encoder_config={"profile": "p.fscp"}, mac_computation=True)
except fsc.Error as error:
    print(error)
""")
    assert "p.fscp" in platform.python("program.py").stdout
    platform.run("codec.mac_computation=True")
    assert platform.results().table("summary_complexity") == [{"encode": "0.0", "decode": "0.0"}]


def test_without_the_platform(tmp_path):
    bare = Platform(tmp_path)
    done = bare.python("-m", "fsc.compressai_vision", path=PACKAGE)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("fsc: ") and "install CompressAI-Vision" in done.stderr
    program = "import fsc.compressai_vision as p, fsc\ntry: p.FeatureStreamCodec\nexcept fsc.UsageError as e: print(e)"
    done = bare.python("-c", program, path=PACKAGE)
    assert "not installed: fsc.compressai_vision: install" in done.stdout, done.stderr
    assert "torch" not in bare.python("-c", "import fsc, sys; print([m for m in sys.modules if 'torch' in m])", path=PACKAGE).stdout


def test_arguments_of_the_launcher(platform, tmp_path):
    own = f"--config-dir={CONFIGS}"
    name = "--config-name=eval_split_inference_std_codec"
    assert with_defaults(["a.b=3"]) == [own, name, "a.b=3", "codec=fsc"]
    for choice in ("codec=vtm", "+codec=x", "codec@a.b=x"):
        assert with_defaults([choice, "-cn", "mine"]) == [own, choice, "-cn", "mine"]
    assert with_defaults(["a=1", "~b", "-cn", "mine"]) == [own, "a=1", "~b", "codec=fsc", "-cn", "mine"]
    assert with_defaults(["codec.encoder_config.qp=3"])[-1] == "codec=fsc"
    for flag in (["--config-dir", "d"], ["--config-dir=d"], ["-cd", "d"]):
        assert with_defaults(flag) == [name, *flag, f"hydra.searchpath=['file://{CONFIGS}']", "codec=fsc"]
    with pytest.raises(fsc.UsageError, match="--config-dir and hydra.searchpath"):
        with_defaults(["--config-dir=d", "hydra.searchpath=[pkg://x]"])
    assert platform.try_run("--config-dir=d", "hydra.searchpath=[pkg://x]").returncode == 2
    # A folder of the user's own, whose codec has another name.
    mine = tmp_path / "mine/codec"
    mine.mkdir(parents=True)
    text = (pathlib.Path(CONFIGS) / "codec/fsc.yaml").read_text()
    (mine / "mine.yaml").write_text(text.replace("qp: 32", "qp: 40"))
    platform.run("--config-dir=mine")
    assert platform.results(32).files()
    platform.run("--config-dir=mine", "codec=mine")
    assert platform.results(40).files()


@pytest.mark.parametrize("input_size, planes, expected", [
    ((800, 1333), [(200, 336), (100, 168), (50, 84), (25, 42), (13, 21)], [4, 8, 16, 32, 64]),  # padded to a multiple of 32
    ((608, 1088), [(76, 136), (38, 68), (19, 34)], [8, 16, 32]),
    ((518, 518), [(37, 37)], [14]),  # patches
    ((227, 227), [(13, 13)], [16]),  # convolutions that do not pad
    ((100, 100), [(32, 32), (4, 4)], [4, 32]),
    ((8, 8), [(16, 16), (1, 1)], [1, 8]),
])
def test_strides_from_sizes(input_size, planes, expected):
    assert strides_of(input_size, planes) == expected
