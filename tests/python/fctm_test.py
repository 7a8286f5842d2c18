"""The inner codec of FCTM, with a small stand-in for FCTM's registry and programs that was written from its interface."""
import io
import json
import pathlib
import struct
import subprocess
import sys
import types

import fsc
import fsc.fctm
import numpy as np
import pytest
from conftest import TOOL, moving_tensor

REGISTRY = '''
INNER_CODECS = {}

def register_inner_codec(name):
    def decorator(cls):
        INNER_CODECS[name] = cls
        return cls
    return decorator
'''
# What FCTM does around the inner codec: per-frame ranges, floor to n_bit, tiles row by row; and back.
PROGRAM = '''
import json, sys
import numpy as np
from fctm.libs.regitsters import INNER_CODECS

def main():
    codec = INNER_CODECS["fsc"]("cpu", type="fsc", stash_outputs=True, verbosity=0, enc_configs={{"qp": 32, "n_bit": 10, "intra_period": 8,
                                "frame_rate": 30, "cfg_file": "vtm.cfg", "parallel_encoding": False, "hash_check": 0}})
    print(json.dumps([sys.argv[1:], codec.name, codec.codec_type]))
'''


@pytest.fixture(autouse=True)
def torch_stand_in(monkeypatch):
    """PyTorch is needed for one function, and is not here."""
    module = types.ModuleType("torch")
    module.from_numpy = lambda array: array
    monkeypatch.setitem(sys.modules, "torch", module)


@pytest.fixture
def fctm(tmp_path, monkeypatch):
    """A folder for PYTHONPATH that holds the stand-in."""
    for folder in ("fctm", "fctm/libs", "fctm/apps"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("")
    (tmp_path / "fctm/libs/regitsters.py").write_text(REGISTRY)
    for name in ("encoder", "decoder"):
        (tmp_path / f"fctm/apps/fctm_{name}.py").write_text(PROGRAM.format())
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "fctm"]:
        del sys.modules[name]


def inputs(frames=10, channels=64, height=20, width=26, rows=8, bits=10):
    """What FCTM's conversion gives, frame by frame."""
    for tensor in moving_tensor(frames, channels, height, width):
        low, high = tensor.min(), tensor.max()
        samples = np.floor((tensor - low) / (high - low) * (2**bits - 1))
        picture = samples.reshape(rows, channels // rows, height, width).swapaxes(1, 2).reshape(rows * height, -1)
        yield {"frm": picture, "chSize": (height, width), "minv": low, "maxv": high, "n_bit": bits}


def coded(given, **enc_configs):
    codec = fsc.fctm.InnerCodec("cpu", type="fsc", enc_configs=enc_configs)
    out = None
    for i, x in enumerate(given):
        assert out is None
        out = codec.encode(x, "prefix", i + 1 == len(given))
    return out


def decoded(bitstream):
    return fsc.fctm.InnerCodec("cpu", type="fsc", enc_configs={}).decode(io.BytesIO(bitstream), "prefix")


def test_registered(fctm):
    fsc.fctm.register()
    from fctm.libs.regitsters import INNER_CODECS
    assert INNER_CODECS == {"fsc": fsc.fctm.InnerCodec}


def test_the_import_registers(fctm):
    program = "import fsc.fctm; from fctm.libs.regitsters import INNER_CODECS; print(list(INNER_CODECS))"
    process = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True,
                             env={"PYTHONPATH": f"{fctm}:{fsc.__path__[0]}/.."})
    assert (process.returncode, process.stdout) == (0, "['fsc']\n"), process.stderr


def test_the_launcher_runs_fctms_program(fctm):
    for name in ("encode", "decode"):
        process = subprocess.run([sys.executable, "-m", "fsc.fctm", name, "--config-name=x.yaml", "++a.b=1"], cwd=fctm, text=True,
                                 capture_output=True, env={"PYTHONPATH": f"{fctm}:{fsc.__path__[0]}/.."})
        assert process.returncode == 0, process.stderr
        assert json.loads(process.stdout) == [["--config-name=x.yaml", "++a.b=1"], "fsc", "fsc"]
    process = subprocess.run([sys.executable, "-m", "fsc.fctm", "view"], cwd=fctm, text=True, capture_output=True,
                             env={"PYTHONPATH": f"{fsc.__path__[0]}/.."})
    assert (process.returncode, process.stderr.split()[0]) == (2, "usage:")


def test_without_fctm_or_pytorch(monkeypatch):
    with pytest.raises(fsc.UsageError, match="FCTM cannot be imported"):
        fsc.fctm.register()
    assert fsc.fctm.main(["encode"]) == 2
    bitstream = coded(list(inputs(2)), qp=30)["bitstream"]
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(fsc.UsageError, match="PyTorch cannot be imported"):
        decoded(bitstream)


@pytest.mark.parametrize("layout", [dict(), dict(channels=6, height=15, width=17, rows=3), dict(channels=256, height=16, width=16, rows=16, bits=8)])
def test_lossless_comes_back(layout):
    given = list(inputs(5, **layout))
    out = coded(given, fsc_qp="lossless", intra_period=4)
    back = decoded(out["bitstream"])
    assert back["chSize"] == given[0]["chSize"] and back["n_bit"] == given[0]["n_bit"]
    # float32, to the bit: FCTM's own inner codecs round them to four decimals.
    assert back["minv"] == [float(x["minv"]) for x in given] and back["maxv"] == [float(x["maxv"]) for x in given]
    assert len(back["frm"]) == 5
    for x, frame in zip(given, back["frm"]):
        assert frame.dtype == np.float32
        np.testing.assert_array_equal(frame, x["frm"])


def test_bytes_are_exact():
    given = list(inputs(12))
    for options in (dict(intra_period=4), dict(intra_period=4, low_delay=False), dict(mode="float")):
        out = coded(given, qp=27, frame_rate=30, **options)
        assert len(out["bytes"]) == 12 and min(out["bytes"]) > 0
        assert sum(out["bytes"]) == len(out["bitstream"])
    assert max(out["bytes"][1:]) < out["bytes"][0] or options == dict(mode="float")


def test_the_bytes_are_those_of_fsc():
    """Behind the head there is a .fsc stream, of channels, whose packets stand alone."""
    given = list(inputs(6))
    bitstream = coded(given, fsc_qp=40, intra_period=4, frame_rate=30, preset="fast")["bitstream"]
    stream = bitstream[21 + 6 * 8:]
    channels = np.stack([x["frm"].reshape(8, 20, 8, 26).swapaxes(1, 2).reshape(64, 20, 26) for x in given])
    file = fsc.encode(channels, qp=40, gop=4, fps=30, preset="fast", low_delay=True)
    np.testing.assert_array_equal(fsc.decode(stream), fsc.decode(file))
    info = fsc.info(stream)
    assert [layer.shape for layer in info.layers] == [(64, 20, 26)] and info.fps == 30


@pytest.mark.parametrize("layout", [dict(), dict(channels=16, height=6, width=8, rows=4), dict(bits=8)])
def test_qp_is_that_of_the_command(tool, tmp_path, layout):
    """The same pictures through fsc-encoderapp come back with the same values."""
    given = list(inputs(6, **layout))
    bits, (height, width) = given[0]["n_bit"], given[0]["frm"].shape
    np.stack([x["frm"] for x in given]).astype("<u2" if bits > 8 else "u1").tofile(tmp_path / "x.yuv")
    program = pathlib.Path(TOOL).resolve().parent / "vtm" / "fsc-encoderapp"
    size = "x".join(map(str, given[0]["chSize"]))
    subprocess.run([program, "-i", "x.yuv", "-b", "x.bin", "-o", "rec.yuv", "-wdt", str(width), "-hgt", str(height), "-fr", "30", "-q", "27",
                    "--InputChromaFormat=400", f"--InputBitDepth={bits}", "--IntraPeriod=4", f"--FscTiles={size}"],
                   cwd=tmp_path, check=True, capture_output=True)
    expected = np.fromfile(tmp_path / "rec.yuv", "<u2" if bits > 8 else "u1").reshape(6, height, width)
    back = decoded(coded(given, qp=27, intra_period=4, frame_rate=30)["bitstream"])
    np.testing.assert_array_equal(np.stack(back["frm"]), expected)


def test_other_modes():
    given = list(inputs(4))
    out = coded(given, mode="float", qp=20)
    for x, frame in zip(given, decoded(out["bitstream"])["frm"]):
        np.testing.assert_array_equal(frame, x["frm"])
    if "ffv1" not in fsc.modes():
        pytest.skip("this build has no picture modes")
    for x, frame in zip(given, decoded(coded(given, mode="ffv1", qp=20)["bitstream"])["frm"]):
        np.testing.assert_array_equal(frame, x["frm"])
    back = decoded(coded(given, mode="hevc", qp=22)["bitstream"])["frm"]
    assert np.abs(np.stack(back) - np.stack([x["frm"] for x in given])).mean() < 20


@pytest.mark.parametrize("mode", [mode for mode in ("latent", "hevc", "h264") if mode in fsc.modes()])
def test_reordered_frames(mode):
    """An encoder may hold frames back: its first packets come late."""
    given = list(inputs(7))
    out = coded(given, mode=mode, qp=22, low_delay=False)
    assert len(out["bytes"]) == 7 and min(out["bytes"]) > 0 and sum(out["bytes"]) == len(out["bitstream"])
    back = decoded(out["bitstream"])
    for x, frame in zip(given, back["frm"]):
        assert np.abs(frame - x["frm"]).mean() < 20
    assert len(fsc.info(out["bitstream"][21 + 7 * 8:]).layers) == 1


def test_pictures_on_a_gpu():
    class OnGpu:
        def __init__(self, array):
            self.array = array

        def cpu(self):
            return self.array

    given = list(inputs(2))
    assert coded([{**x, "frm": OnGpu(x["frm"])} for x in given])["bitstream"] == coded(given)["bitstream"]


def test_one_codec_after_another_sequence():
    codec = fsc.fctm.InnerCodec("cpu", type="fsc", enc_configs={"qp": 30})
    given = list(inputs(3))
    assert codec.encode(given[0], "", False) is None
    codec.reset()  # FCTM does so before a sequence
    first = [codec.encode(x, "", i == 2) for i, x in enumerate(given)][2]
    second = [codec.encode(x, "", i == 2) for i, x in enumerate(given)][2]
    assert first["bitstream"] == second["bitstream"]


def test_bad_input():
    given = list(inputs(3))
    codec = fsc.fctm.InnerCodec("cpu", type="fsc", enc_configs={"qp": 30})
    with pytest.raises(fsc.UsageError, match="minv, n_bit missing"):
        codec.encode({name: value for name, value in given[0].items() if name not in ("minv", "n_bit")}, "", False)
    with pytest.raises(fsc.BadInputError, match="do not fill"):
        codec.encode({**given[0], "chSize": (21, 26)}, "", False)
    with pytest.raises(fsc.BadInputError, match="a sample of .* 9 bits"):
        codec.encode({**given[0], "n_bit": 9}, "", False)
    with pytest.raises(fsc.BadInputError, match="a sample of nan"):
        codec.encode({**given[0], "frm": given[0]["frm"] * np.nan}, "", False)
    for name, value in (("minv", np.nan), ("maxv", np.inf), ("minv", -1e39)):
        with pytest.raises(fsc.BadInputError, match=f"{name} is"):
            codec.encode({**given[0], name: value}, "", False)
    codec.encode(given[0], "", False)
    with pytest.raises(fsc.BadInputError, match="after one of"):
        codec.encode({**given[1], "frm": given[1]["frm"][:80]}, "", False)
    assert codec.encode(given[1], "", True) is not None  # what was refused left it as it was
    with pytest.raises(fsc.UsageError, match="no such setting: q_p"):
        fsc.fctm.InnerCodec("cpu", enc_configs={"q_p": 3})
    for name, values in (("qp", (64, -1, 30.5, "high", None)), ("intra_period", (-2, "all", 1e20))):
        for value in values:
            with pytest.raises(fsc.UsageError, match=f"enc_configs.{name}"):
                fsc.fctm.InnerCodec("cpu", enc_configs={name: value})


def test_a_period_that_is_too_long_is_told(caplog):
    fsc.fctm.InnerCodec("cpu", enc_configs={"intra_period": 1024})
    assert caplog.text == ""
    fsc.fctm.InnerCodec("cpu", enc_configs={"intra_period": 2048})
    assert "every 1024 frames there is an intra frame, not every 2048" in caplog.text


def test_damage():
    bitstream = coded(list(inputs(6)), qp=30)["bitstream"]
    head = 21 + 6 * 8
    for size in (0, 20, head - 1, head, head + 30, len(bitstream) // 2):
        with pytest.raises(fsc.BadInputError):
            decoded(bitstream[:size])
    for place in (*range(21), head + 5, len(bitstream) // 2):
        flipped = bytearray(bitstream)
        flipped[place] ^= 0x41
        with pytest.raises(fsc.BadInputError):
            decoded(bytes(flipped))
    no_number = bytearray(bitstream)
    no_number[21:25] = struct.pack(">f", np.nan)
    with pytest.raises(fsc.BadInputError, match="head"):
        decoded(bytes(no_number))
    many = struct.pack(">B5I", 10, 20, 26, 160, 208, 0xFFFFFFFF) + bitstream[21:]
    with pytest.raises(fsc.BadInputError, match="head"):
        decoded(many)
