"""Runs the codec fsc inside the fake platform of this folder, each run in a fresh process, and reads what comes out."""
import csv
import json
import os
import pathlib
import subprocess
import sys

import fsc
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
TORCH = {"stand-in": [str(HERE / "fake_torch")], "PyTorch": []}  # what of this folder is PyTorch
PACKAGE = str(pathlib.Path(fsc.__file__).resolve().parents[1])


class Platform:
    def __init__(self, folder, torch="stand-in"):
        self.folder = pathlib.Path(folder)
        self._path = os.pathsep.join([PACKAGE, str(HERE / "fake_platform"), *TORCH[torch]])

    def write_clip(self, layers, input_size, source_size=(480, 640), fps=30, splits=None):
        """The data set: frames x channels x height x width a layer."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        np.savez(data / "clip.npz", **layers)
        (data / "clip.json").write_text(json.dumps(
            {"input": input_size, "source": source_size, "splits": splits or [f"split {name}" for name in layers]}))
        frames = len(next(iter(layers.values())))
        (data / "seqinfo.ini").write_text(f"[Sequence]\nname=clip\nframeRate={fps}\nseqLength={frames}\n")

    def python(self, *arguments, path=None):
        environment = {**os.environ, "PYTHONPATH": self._path if path is None else path}
        return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                              env=environment, timeout=300)

    @staticmethod
    def _seqinfo(arguments):
        return [] if any("seqinfo" in text for text in arguments) else ["dataset.config.seqinfo=seqinfo.ini"]

    def try_run(self, *arguments):
        return self.python("-m", "fsc.compressai_vision", *arguments, *self._seqinfo(arguments))

    def refusals(self, runs):
        """Of runs that fail, one after the other in one process: the lines of their errors."""
        program = ("import json, sys\nfrom fsc.compressai_vision.__main__ import main\n"
                   "for arguments in json.loads(sys.argv[1]):\n"
                   "    try:\n        print('exit code', main(arguments))\n"
                   "    except BaseException as error:\n"
                   "        print(f'{type(error).__module__}.{type(error).__name__}: {error}')\n")
        given = [[*map(str, arguments), *self._seqinfo(arguments)] for arguments in runs]
        done = self.python("-c", program, json.dumps(given))
        lines = done.stdout.splitlines()
        assert done.returncode == 0 and len(lines) == len(given), done.stdout + done.stderr
        return lines

    def run(self, *arguments):
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    def results(self, qp=32, kind="video"):
        return Results(self.folder / f"runs/split-inference-{kind}/fsc/FAKE/clip/qp{qp}")


class Results:
    """The folder of one run."""

    def __init__(self, folder):
        self.folder = folder

    def files(self):
        return sorted((self.folder / "codec_output").iterdir())

    def table(self, name):
        with open(self.folder / "evaluation" / f"{name}.csv", newline="") as file:
            return list(csv.DictReader(file))

    def coded_bytes(self):
        """What the codec said of each frame."""
        return json.loads((self.folder / "evaluation/coded_bytes.json").read_text())

    def decoded(self):
        """What the second half was given, one array a layer."""
        with np.load(self.folder / "evaluation/decoded.npz") as archive:
            return [archive[name] for name in archive.files]

    def sizes(self):
        """(input_size, org_input_size) as the second half saw them, as texts."""
        return json.loads((self.folder / "evaluation/decoded.json").read_text())
