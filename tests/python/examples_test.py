"""The examples run, and print what they should."""
import os
import pathlib
import subprocess
import sys

EXAMPLES = pathlib.Path(os.environ.get("FSC_SOURCE_DIR", pathlib.Path(__file__).parents[2])) / "examples"


def run(*args):
    done = subprocess.run([sys.executable, *map(str, args)], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_clip(tmp_path):
    out = run(EXAMPLES / "clip.py", tmp_path / "clip.fsc")
    assert "latent" in out and "SNR" in out and "20 frames of a network's input of (192, 256) px" in out
    assert "\n10 0.4 (8, 24, 32) (8, 12, 16)\n" in out and "\n19 0.76 " in out and "BD-rate" in out


def test_packets():
    out = run(EXAMPLES / "packets.py")
    assert "PacketInfo(frame 6, I, key, configures" in out
    assert "late: [6]" in out and "late: [11]" in out and "frames       12" in out
