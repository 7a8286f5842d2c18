"""Slurm's commands as small programs that do what a test tells them: the tasks of an array run here, one after the other.

    fake = FakeSlurm(folder)
    subprocess.run([...], env=fake.env)      # finds sbatch, squeue, scancel and scontrol first of all

What the commands look at, in fake.folder; write() and remove() change it:
    refuse       sbatch prints it and fails
    most_tasks   scontrol's MaxArraySize
    hold         tasks wait while it is there
    lose         lines "TASK STATE WORDS": the task does not run, ends in that state, and its log says the words
    away         squeue fails while it is there
What they leave: calls (a line each), JOB.script, JOB_TASK.state.
"""
import os
import pathlib
import sys

COMMAND = """#!{python}
import os, pathlib, re, subprocess, sys, time
folder = pathlib.Path({folder!r})
name = pathlib.Path(sys.argv[0]).name
with open(folder / "calls", "a") as calls:
    calls.write(" ".join([name, *sys.argv[1:]]) + "\\n")


def say(words, code=1):
    print(words, file=sys.stderr)
    sys.exit(code)


def state_of(job, task, state=None):
    path = folder / f"{{job}}_{{task}}.state"
    if state is not None:
        new = path.with_suffix(".new")
        new.write_text(state)
        new.rename(path)
    return path.read_text()


def run_array(job, script, tasks, log_pattern):
    lost = dict(line.split(" ", 1) for line in (folder / "lose").read_text().splitlines()) if (folder / "lose").exists() else {{}}
    for task in tasks:
        while (folder / "hold").exists() and state_of(job, task) == "PENDING":
            time.sleep(0.05)
        if state_of(job, task) != "PENDING":
            continue
        state_of(job, task, "RUNNING")
        with open(log_pattern.replace("%a", str(task)).replace("%%", "%"), "a") as log:
            if str(task) in lost:
                state, words = lost[str(task)].split(" ", 1)
                log.write(words + "\\n")
            else:
                env = {{**os.environ, "SLURM_ARRAY_TASK_ID": str(task)}}
                code = subprocess.run(["sh", script], env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL).returncode
                state = "COMPLETED" if code == 0 else "FAILED"
        state_of(job, task, state)


if name == "sbatch":
    if (folder / "refuse").exists():
        say((folder / "refuse").read_text())
    job = len(list(folder.glob("*.script"))) + 100
    text = pathlib.Path(sys.argv[-1]).read_text()
    (folder / f"{{job}}.script").write_text(text)
    last = int(re.search(r"^#SBATCH --array=0-(\\d+)", text, re.M).group(1))
    log_pattern = re.search(r'^#SBATCH --output="(.*)"$', text, re.M).group(1)
    for task in range(last + 1):
        state_of(job, task, "PENDING")
    print(job, flush=True)
    if os.fork() == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        run_array(job, str(folder / f"{{job}}.script"), range(last + 1), log_pattern)
elif name == "squeue":
    if (folder / "away").exists():
        say("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    job = re.search(r"--jobs=(\\d+)", " ".join(sys.argv)).group(1)
    paths = list(folder.glob(f"{{job}}_*.state"))
    if not paths:
        say("slurm_load_jobs error: Invalid job id specified")
    for path in paths:
        print(path.stem.split("_")[1], path.read_text(), "Resources" if path.read_text() == "PENDING" else "None", sep="|")
elif name == "scancel":
    for path in folder.glob(f"{{sys.argv[-1]}}_*.state"):
        if path.read_text() in ("PENDING", "RUNNING"):
            state_of(*path.stem.split("_"), "CANCELLED")
elif name == "scontrol":
    print("MaxArraySize            =", (folder / "most_tasks").read_text() if (folder / "most_tasks").exists() else 1001)
"""


class FakeSlurm:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        programs = self.folder / "bin"
        programs.mkdir(parents=True)
        for name in ("sbatch", "squeue", "scancel", "scontrol"):
            path = programs / name
            path.write_text(COMMAND.format(python=sys.executable, folder=str(self.folder)))
            path.chmod(0o755)
        self.env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def write(self, name, text=""):
        (self.folder / name).write_text(text)

    def remove(self, name):
        (self.folder / name).unlink()

    def calls(self, name):
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line.split(" ")[0] == name]

    def scripts(self):
        return [path.read_text() for path in sorted(self.folder.glob("*.script"))]
