"""A Slurm of one node for tests: munged, slurmctld and slurmd on the loopback interface, everything in one folder.

    with OneNodeSlurm(folder) as slurm:
        subprocess.run(["sbatch", ...], env=slurm.env)

It runs as whoever starts it, root or not, beside any Slurm that the machine has: keys, sockets, ports and spools are its own.
"""
import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

START_S = 30
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
KillWait=5
MpiDefault=none
SwitchType=switch/none
MaxArraySize={most_tasks}
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class CannotStart(Exception):
    """Why there is no Slurm here, in one line."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_line(path):
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return lines[-1] if lines else f"{path.name} is empty"


class OneNodeSlurm:
    def __init__(self, folder, cpus=2, most_tasks=1001):
        self.folder = pathlib.Path(folder)
        self.path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
        self.env = {**os.environ, "PATH": self.path, "SLURM_CONF": str(self.folder / "slurm.conf")}
        self.daemons = []
        missing = [name for name in PROGRAMS if shutil.which(name, path=self.path) is None]
        if missing:
            raise CannotStart(f"no {', '.join(missing)}: install slurm-wlm and munge")
        self.host = socket.gethostname().split(".")[0]
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        self.folder.chmod(0o755)  # munged looks whether others may write here
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=self.host, folder=self.folder, user=getpass.getuser(), controller_port=free_port(), node_port=free_port(),
            cpus=cpus, most_tasks=most_tasks))

    def __enter__(self):
        try:
            # It refuses folders that others may write to, as /tmp, unless forced; the key is a test's.
            self.start("munged", "--foreground", "--force", *(f"--{option}={self.folder}/munge{ending}" for option, ending in [
                ("key-file", ".key"), ("socket", ".socket"), ("pid-file", ".pid"), ("log-file", ".log"), ("seed-file", ".seed")]))
            self.wait_for((self.folder / "munge.socket").exists, "munge.log")
            self.start("slurmctld", "-D")
            self.start("slurmd", "-D", "-N", self.host)
            self.wait_for(lambda: "idle" in self.run("sinfo", "--noheader", "--format=%T").stdout, "slurmctld.log", "slurmd.log")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, *words):
        with open(self.folder / f"{words[0]}.out", "wb") as out:
            self.daemons.append(subprocess.Popen(words, env=self.env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))

    def wait_for(self, ready, *logs):
        end = time.monotonic() + START_S
        while not ready():
            dead = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
            if dead:
                raise CannotStart(f"{dead[0]} ended: {last_line(self.folder / (dead[0] + '.out'))}")
            if time.monotonic() > end:
                raise CannotStart(f"Slurm is not ready after {START_S} s: {'; '.join(last_line(self.folder / log) for log in logs)}")
            time.sleep(0.2)

    def run(self, *words):
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=60)

    def stop(self):
        if len(self.daemons) == 3:  # no task outlives its Slurm
            self.run("scancel", f"--user={getpass.getuser()}")
            end = time.monotonic() + 15
            while self.run("squeue", "--noheader").stdout.strip() and time.monotonic() < end:
                time.sleep(0.2)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in reversed(self.daemons):
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
