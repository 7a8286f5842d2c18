#!/usr/bin/env python3
"""fsc eval --engine slurm against commands that pretend to be Slurm's: what is submitted, and what happens when the cluster
refuses, loses tasks, is away, or is left alone.

usage: slurm_fake_test.py FSC
"""
import csv
import json
import math
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from fake_slurm import FakeSlurm

FSC = ""
TIMED = ("ms/frame", "Mel/s", "MiB", "[threads]")


def results(folder):
    """results.csv without what differs from run to run."""
    with open(folder / "results.csv", newline="") as file:
        return [{name: value for name, value in row.items() if not any(unit in name for unit in TIMED)} for row in csv.DictReader(file)]


class FakeSlurmTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fsc slurm%_"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.fake = FakeSlurm(self.dir / "fake")
        # No network and no video takes part. To load those libraries into each process would take most of the time.
        nothing = self.dir / "nothing"
        nothing.mkdir()
        for module in ("libfsc_media.so", "libfsc_net.so"):
            (nothing / module).write_text("no module")
        self.fake.env["LD_LIBRARY_PATH"] = str(nothing)
        shape = (3, 3, 8, 9)
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
        header += " " * ((-len(header) - 11) % 64) + "\n"
        values = struct.pack(f"<{math.prod(shape)}f", *[math.sin(i) for i in range(math.prod(shape))])
        (self.dir / "t.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)
        self.suite([30, 40])

    def suite(self, qps, mode="latent", **changes):
        suite = {"name": "a suite", "clips": [{"name": "t", "path": "t.npy"}],
                 "configs": [{"name": "x", "encode": f"--mode {mode}", "qps": qps}, {"name": "raw", "raw": True}], **changes}
        (self.dir / "suite.json").write_text(json.dumps(suite))

    def start(self, *options, output="o", env=None):
        return subprocess.Popen([FSC, "eval", "suite.json", "-o", output, *options], cwd=self.dir, env=env or self.fake.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        process.out, process.err = process.communicate(timeout=120)
        return process

    def eval(self, *options, output="o", env=None, code=0):
        process = self.finish(self.start("--engine", "slurm", *options, output=output, env=env))
        self.assertEqual(process.returncode, code, process.err)
        return process

    def local(self, code=0):
        process = self.finish(self.start(output="local"))
        self.assertEqual(process.returncode, code, process.err)
        return results(self.dir / "local")

    def wait_until(self, ready):
        end = time.monotonic() + 60
        while not ready():
            self.assertLess(time.monotonic(), end, "nothing happens")
            time.sleep(0.05)

    def outcomes(self, array, output="o"):
        return len(list((self.dir / output / "slurm" / str(array) / "outcomes").glob("*.json")))

    def test_the_results_are_those_of_this_machine(self):
        process = self.eval()
        self.assertIn("0 of them from before, 0 failed", process.err)
        self.assertIn("Slurm array 101: 3 jobs in 3 tasks", process.err)
        self.assertEqual(results(self.dir / "o"), self.local())
        references, points = self.fake.scripts()
        self.assertIn("#SBATCH --array=0-0\n", references)
        self.assertIn("#SBATCH --array=0-2\n", points)
        self.assertIn("#SBATCH --cpus-per-task=1\n", points)
        keys = lambda name: sorted(path.name for path in (self.dir / name / "points").iterdir())
        self.assertEqual(keys("o"), keys("local"), "one cache for all engines")
        again = self.eval()
        self.assertIn("3 of them from before", again.err)
        self.assertEqual(len(self.fake.scripts()), 2, "nothing was left to submit")
        self.assertEqual(list((self.dir / "o").rglob("*.part")), [])

    def test_options_reach_the_array(self):
        self.suite([30], many_threads=3)
        self.eval("--jobs", "4", "--sbatch", "--partition=short --comment='two words' -t 30")
        self.assertEqual(self.fake.calls("sbatch"), [f"sbatch --parsable --partition=short --comment=two words -t 30 {self.dir}/o/slurm/{array}/script.sh" for array in (1, 2)])
        self.assertIn("#SBATCH --array=0-1%4\n", self.fake.scripts()[1])
        self.assertIn("#SBATCH --cpus-per-task=3\n", self.fake.scripts()[1])
        self.assertIn("--engine slurm --jobs 4 --sbatch", (self.dir / "o" / "report.html").read_text())

    def test_the_environment_goes_along(self):
        (self.dir / "sub").mkdir()
        shutil.move(self.dir / "t.npy", self.dir / "sub" / "t.npy")
        self.suite([30], clips=[{"name": "t", "path": "${WHERE_IT_IS}/t.npy"}])
        self.eval(env={**self.fake.env, "WHERE_IT_IS": "sub", "LD_LIBRARY_PATH": "/a b", "FSC_DATA_DIR": "/data"})
        for line in ("export WHERE_IT_IS=sub\n", "export LD_LIBRARY_PATH='/a b'\n", "export FSC_DATA_DIR=/data\n"):
            self.assertIn(line, self.fake.scripts()[0])

    def test_dry_run_submits_nothing(self):
        process = self.eval("--dry-run", "--sbatch", "-p short")
        self.assertEqual(process.out.count("#!/bin/sh\n"), 2)
        self.assertIn("sbatch --parsable -p short", process.out)
        self.assertIn("/o/slurm/2/logs/%a.log", process.out)
        self.assertFalse((self.dir / "o").exists())
        self.assertEqual(self.fake.calls("sbatch"), [])
        self.eval()
        self.assertIn("every point is finished", self.eval("--dry-run").out)

    def test_arrays_have_as_many_tasks_as_the_cluster_takes(self):
        self.suite([30, 33, 36, 39, 42, 45])
        self.fake.write("most_tasks", "3")
        self.eval()
        self.assertIn("#SBATCH --array=0-2\n", self.fake.scripts()[1])
        self.assertEqual(results(self.dir / "o"), self.local())
        logs = [path.read_text() for path in sorted((self.dir / "o" / "slurm" / "2" / "logs").iterdir())]
        self.assertEqual([log.count(": done") for log in logs], [2, 2, 3])

    def test_refusals_come_through_in_one_line(self):
        self.fake.write("refuse", "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified")
        process = self.eval(code=4)
        self.assertEqual(len(process.err.splitlines()), 1, process.err)
        self.assertIn("invalid partition specified: nope", process.err)
        self.assertEqual(list((self.dir / "o" / "slurm").iterdir()), [])
        bare = self.dir / "bare"
        bare.mkdir()
        process = self.eval(code=4, env={**os.environ, "PATH": str(bare)})
        self.assertEqual(len(process.err.splitlines()), 1, process.err)
        self.assertIn("sbatch", process.err)

    def test_options_that_go_wrong_are_refused(self):
        for options, words in [(["--sbatch", "--array=3"], "--array"), (["--sbatch", "-a 3"], "-a"), (["--sbatch", "--out=x"], "--out"), (["--sbatch", "mine.sh"], "mine.sh"),
                               (["--sbatch", "--time=3 mine.sh"], "mine.sh"), (["--sbatch", "'"], "quote"), (["--sbatch", "--wait"], "--wait"), (["--sbatch", "--test-only"], "--test-only")]:
            process = self.eval(*options, code=2)
            self.assertEqual(len(process.err.splitlines()), 1, process.err)
            self.assertIn(words, process.err)
        for options in (["--sbatch", "-p x"], ["--dry-run"], ["--engine", "pbs"]):
            process = self.finish(self.start(*options))
            self.assertEqual(process.returncode, 2, process.err)
            self.assertIn("engine", process.err)
        self.assertFalse((self.dir / "o").exists())
        odd = self.eval(output='a"b', code=2)
        self.assertIn("quote", odd.err)
        self.assertEqual(self.fake.calls("sbatch"), [])

    def test_lost_tasks_are_named_with_their_log_and_tried_again(self):
        self.suite([30, 33, 36, 39, 42, 45])
        self.fake.write("most_tasks", "4")
        self.fake.write("lose", "2 TIMEOUT slurmstepd: error: *** JOB 7 ON n1 CANCELLED DUE TO TIME LIMIT ***")
        process = self.eval(code=1)
        # The uncompressed run was task 0 of the first array; of the points, task 2 of the second had two.
        failed = [line for line in process.err.splitlines() if line.startswith("failed: ")]
        self.assertEqual([line.split(": ")[1] for line in failed], ["tensors, t, x, QP 39", "tensors, t, x, QP 42"])
        for line in failed:
            self.assertIn(f"Slurm task 101_2 ended without a result (TIMEOUT): {self.dir}/o/slurm/2/logs/2.log: slurmstepd: error: *** JOB 7", line)
        self.assertEqual(sum("TIMEOUT" in row["error"] for row in results(self.dir / "o")), 2)
        self.fake.remove("lose")
        self.assertIn("5 of them from before, 0 failed", self.eval().err)
        self.assertEqual(results(self.dir / "o"), self.local())

    def test_a_lost_uncompressed_run_fails_its_points(self):
        self.fake.write("lose", "0 NODE_FAIL the node went")
        process = self.eval(code=1)
        self.assertEqual(len(self.fake.scripts()), 1, "its points are not submitted")
        for row in results(self.dir / "o"):
            self.assertIn("no uncompressed run: Slurm task 100_0 ended without a result (NODE_FAIL)", row["error"])
        self.assertIn("3 failed", process.err)

    def test_points_that_fail_say_the_same_as_on_this_machine(self):
        self.suite([1, 2], mode="no-such-mode")
        self.eval(code=1)
        self.assertEqual(results(self.dir / "o"), self.local(code=1))
        self.assertIn("no-such-mode", results(self.dir / "o")[0]["error"])

    def test_a_controller_that_is_away_is_waited_for(self):
        self.fake.write("hold")
        self.fake.write("away")
        process = self.start("--engine", "slurm")
        self.wait_until(lambda: len(self.fake.calls("squeue")) >= 2)
        self.fake.remove("away")
        self.fake.remove("hold")
        self.finish(process)
        self.assertEqual(process.returncode, 0, process.err)

    def test_an_interrupt_cancels_the_array_and_a_second_run_goes_on(self):
        self.eval(output="warm")
        shutil.copytree(self.dir / "warm" / "cache", self.dir / "o" / "cache")
        for number in (signal.SIGINT, signal.SIGTERM):
            self.fake.write("hold")
            process = self.start("--engine", "slurm")
            arrays = len(self.fake.scripts())
            self.wait_until(lambda: len(self.fake.scripts()) > arrays and self.fake.calls("squeue"))
            process.send_signal(number)
            self.finish(process)
            self.assertEqual(process.returncode, -number, process.err)
            self.assertIn("it is cancelled", process.err)
            self.assertEqual(self.fake.calls("scancel")[-1], f"scancel {100 + arrays}")
            self.fake.remove("hold")
        self.assertIn("0 failed", self.eval().err)
        self.assertEqual(results(self.dir / "o"), results(self.dir / "warm"))

    def test_an_array_that_was_left_alone_is_taken_up_again(self):
        self.fake.write("hold")
        process = self.start("--engine", "slurm")
        self.wait_until(lambda: (self.dir / "o" / "slurm" / "1" / "submitted").exists())
        process.send_signal(signal.SIGHUP)  # the terminal was closed
        self.finish(process)
        self.assertEqual(self.fake.calls("scancel"), [])
        second = self.start("--engine", "slurm")
        time.sleep(1)
        self.fake.remove("hold")
        self.finish(second)
        self.assertEqual(second.returncode, 0, second.err)
        self.assertIn("Slurm array 100 of an earlier run", second.err)
        self.assertEqual(len(self.fake.scripts()), 2, "the uncompressed run was not submitted again")
        self.assertEqual(list((self.dir / "o").rglob("submitted")), [])

    def test_a_file_that_changes_while_tasks_wait_makes_them_fail(self):
        self.fake.write("hold")
        process = self.start("--engine", "slurm")
        self.wait_until(lambda: self.fake.scripts())
        os.utime(self.dir / "t.npy", (1, 1))
        self.fake.remove("hold")
        self.finish(process)
        self.assertEqual(process.returncode, 1, process.err)
        self.assertIn("has changed since", process.err)
        self.assertIn("0 failed", self.eval().err)


if __name__ == "__main__":
    FSC = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
