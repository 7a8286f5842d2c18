#!/usr/bin/env python3
"""fsc eval --engine slurm on a real Slurm of one node: the shipped suite, with tasks that are killed and cancelled half-way, taken
up again, gives the results of the local run. Skipped, with the reason, where Slurm cannot be started.

usage: slurm_test.py FSC FEATURES
"""
import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from one_node_slurm import CannotStart, OneNodeSlurm

FSC = ""
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SUITE = "bench/rd/shipped.json"
POINTS = 21
TIMED = ("ms/frame", "Mel/s", "MiB", "[threads]")


def results(folder):
    """results.csv without what differs from run to run."""
    with open(folder / "results.csv", newline="") as file:
        return [{name: value for name, value in row.items() if not any(unit in name for unit in TIMED)} for row in csv.DictReader(file)]


def streams(folder):
    """Of every point: the command that makes its bytes, and their digest."""
    points = [json.loads(path.read_text()) for path in (folder / "points").glob("*.json")]
    return sorted((point["config"], point["qp"], point["command"], point["stream_sha256"]) for point in points)


def processes(words):
    """Process numbers, by age, of commands that have all the words."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_text().split("\0")
        except OSError:
            continue
        if all(word in arguments for word in words):
            found.append(int(path.parent.name))
    return sorted(found)


class SlurmTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="fsc_slurm_")
        self.addCleanup(temporary.cleanup)
        self.dir = pathlib.Path(temporary.name)
        (self.dir / "slurm").mkdir()
        try:
            self.slurm = OneNodeSlurm(self.dir / "slurm")
            self.slurm.__enter__()
        except CannotStart as why:
            self.skipTest(f"Slurm cannot start here: {why}")
        self.addCleanup(self.slurm.stop)

    def start(self, output, *options):
        words = [FSC, "eval", SUITE, "-o", str(self.dir / output), *options]
        return subprocess.Popen(words, cwd=ROOT, env=self.slurm.env, stderr=subprocess.PIPE, text=True)

    def finish(self, process, code):
        _, process.err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, code, process.err)
        return process.err

    def states(self, job):
        lines = self.slurm.run("squeue", f"--jobs={job}", "--array", "--states=all", "--noheader", "--format=%K %T").stdout.splitlines()
        return {int(line.split()[0]): line.split()[1] for line in lines}

    def kill_a_running_task(self, folder, job):
        """As the kernel does when there is no memory left: the task, and then the process that measures for it."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for task in [task for task, state in self.states(job).items() if state == "RUNNING"]:
                victims = processes([str(folder), "--worker", str(task)])
                if len(victims) < 2:
                    continue
                for victim in victims:
                    os.kill(victim, signal.SIGKILL)
                return task
            time.sleep(0.05)
        self.fail("no task was seen running")

    def test_the_shipped_suite(self):
        self.finish(self.start("local", "--jobs", "2"), 0)
        shared = self.dir / "shared"
        process = self.start("shared", "--engine", "slurm", "--sbatch", "--partition=main --time=5")
        end = time.monotonic() + 60
        while not (shared / "slurm" / "2" / "submitted").exists():
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), end, "no second array")
            time.sleep(0.1)
        job = (shared / "slurm" / "2" / "submitted").read_text().strip()
        last = POINTS - 1
        self.slurm.run("scancel", f"{job}_{last}")
        killed = self.kill_a_running_task(shared / "slurm" / "2", job)
        said = self.finish(process, 1)
        failed = [line for line in said.splitlines() if line.startswith("failed: ")]
        self.assertEqual(len(failed), 2, said)
        for task, line in zip((killed, last), failed):
            self.assertIn(f"Slurm task {job}_{task} ended without a result", line)
            self.assertIn(f"{shared}/slurm/2/logs/{task}.log", line)
            self.assertTrue(line.startswith("failed: rendered-street, street, "), line)
        self.assertIn("(FAILED)", failed[0])
        self.assertIn("(cancelled before it started)", failed[1])
        self.assertIn("2 failed", said)
        self.assertEqual(sum(row["error"] != "" for row in results(shared)), 2)
        # The rest is done by a second run, which leaves what is finished as it is.
        finished = {path: path.stat().st_mtime_ns for path in (shared / "points").glob("*.json")}
        said = self.finish(self.start("shared", "--engine", "slurm"), 0)
        self.assertIn(f"{POINTS - 2} of them from before, 0 failed", said)
        self.assertIn(": 2 jobs in 2 tasks", said)
        self.assertEqual({path: path.stat().st_mtime_ns for path in finished}, finished)
        self.assertEqual(results(shared), results(self.dir / "local"))
        self.assertEqual(streams(shared), streams(self.dir / "local"))
        self.refused_and_interrupted()

    def refused_and_interrupted(self):
        said = self.finish(self.start("refused", "--engine", "slurm", "--sbatch", "--partition=none"), 4)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertIn("invalid partition specified: none", said)
        process = self.start("interrupted", "--engine", "slurm")
        submitted = self.dir / "interrupted" / "slurm" / "1" / "submitted"
        while not submitted.exists():
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = self.finish(process, -signal.SIGINT)
        self.assertIn("it is cancelled", said)
        self.assertEqual(set(self.states(submitted.read_text().strip()).values()) - {"CANCELLED", "COMPLETING", "COMPLETED"}, set())


if __name__ == "__main__":
    FSC = str(pathlib.Path(sys.argv[1]).resolve())
    if "torch" not in sys.argv[2].split(","):
        print("skipped: needs networks: build with -DFSC_WITH_FFMPEG=ON -DFSC_WITH_TORCH=ON")
        sys.exit(77)
    program = unittest.main(argv=sys.argv[:1], verbosity=1, exit=False)
    if program.result.skipped and program.result.wasSuccessful():
        print(f"skipped: {program.result.skipped[0][1]}")
        sys.exit(77)
    sys.exit(not program.result.wasSuccessful())
