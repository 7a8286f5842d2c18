"""Threads beside calls that code, Ctrl-C, and an interpreter that ends in the middle."""
import os
import signal
import subprocess
import sys
import threading
import time

import fsc
import numpy as np
import pytest
from conftest import moving_tensor


def test_another_thread_runs_while_one_codes():
    clip = moving_tensor(2, 128, 96, 96)
    counts = []

    def beside(task):
        done = threading.Event()
        worker = threading.Thread(target=lambda: (task(), done.set()))
        count, slowest, start = 0, 0.0, time.perf_counter()
        worker.start()
        while not done.is_set():
            now = time.perf_counter()
            slowest, start = max(slowest, now - start), now
            count += 1
        worker.join()
        counts.append(count)

    stream = []
    beside(lambda: stream.append(fsc.encode(clip, preset="high", threads=1)))
    beside(lambda: fsc.decode(stream[0], threads=1))
    # With the lock held, this loop would turn a few times a frame.
    assert counts[0] > 1000 and counts[1] > 1000, counts


def test_encoders_of_many_threads_give_the_same(clip):
    clips = [moving_tensor(8, 6, 16, 16, seed) for seed in range(6)]
    expected = [fsc.encode(c, qp=20, threads=1) for c in clips]
    results = [None] * len(clips)

    def work(i):
        for _ in range(3):
            results[i] = fsc.encode(clips[i], qp=20, threads=2)
            np.testing.assert_array_equal(fsc.decode(results[i], threads=2), fsc.decode(expected[i], threads=1))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(clips))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == expected


def test_one_encoder_for_two_threads_is_refused_or_in_turn():
    clip = moving_tensor(1, 64, 64, 64)[0]
    encoder = fsc.Encoder(mode="latent", low_delay=True, threads=1)
    encoder.push(clip)
    refused, taken = [], []

    def work():
        for _ in range(10):
            try:
                encoder.push(clip)
                taken.append(1)
            except fsc.UsageError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) + len(refused) == 40 and taken
    assert all("another thread" in text for text in refused)


INTERRUPTED = """
import sys, fsc, numpy as np
clip = np.random.default_rng(0).standard_normal((4000, 16, 24, 24)).astype(np.float32)
print("begins", flush=True)
try:
    with fsc.Encoder("s.fsc", mode="latent", threads=1) as encoder:
        for frame in clip:
            encoder.push(frame)
except KeyboardInterrupt:
    print("interrupted", flush=True)
try:
    print("begins again", flush=True)
    fsc.encode(clip, threads=1)
except KeyboardInterrupt:
    print("interrupted again", flush=True)
print(len(fsc.encode(clip[:2])) > 0)
"""


def test_ctrl_c_ends_a_long_call(tmp_path):
    (tmp_path / "script.py").write_text(INTERRUPTED)
    process = subprocess.Popen([sys.executable, "script.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    lines = []
    for _ in range(2):
        lines.append(process.stdout.readline())
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        lines.append(process.stdout.readline())
    out, err = process.communicate(timeout=60)
    assert [line.strip() for line in lines] == ["begins", "interrupted", "begins again", "interrupted again"], err
    assert out.strip() == "True" and process.returncode == 0, err
    assert sorted(os.listdir(tmp_path)) == ["script.py"]


ENDS = {
    "a daemon thread codes": """
def work():
    while True:
        with fsc.Encoder("s.fsc") as encoder:
            while True:
                encoder.push(clip[0])
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
""",
    "a daemon thread decodes": """
stream = fsc.encode(clip)
def work():
    while True:
        fsc.decode(stream)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
""",
    "an encoder is left open": """
encoder = fsc.Encoder("s.fsc", low_delay=True)
encoder.push(clip[0])
sys.modules["kept"] = encoder
""",
    "a file object is in use": """
class File:
    def write(self, data):
        time.sleep(0.01)
        return len(data)
def work():
    with fsc.Encoder(File(), low_delay=True) as encoder:
        while True:
            encoder.push(clip[0])
threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
""",
    "sys.exit in a block": """
with fsc.Encoder("s.fsc", low_delay=True) as encoder:
    encoder.push(clip[0])
    sys.exit(0)
""",
    "a decoder and its frames are left": """
decoder = fsc.Decoder(fsc.encode(clip))
frame = next(decoder)
sys.modules["kept"] = (decoder, frame, frame.array)
""",
}


@pytest.mark.parametrize("end", ENDS)
def test_an_interpreter_that_ends_in_the_middle(script, tmp_path, end):
    done = script("import sys, threading, time, fsc, numpy as np\n"
                  "clip = np.random.default_rng(0).standard_normal((6, 32, 40, 40)).astype(np.float32)\n" + ENDS[end])
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and sorted(os.listdir(tmp_path)) == ["script.py"]


def test_a_child_process_leaves_its_parents_file_alone(script, tmp_path):
    done = script("""
import os, sys, fsc, numpy as np
clip = np.zeros((2, 3, 4, 4), np.float32)
encoder = fsc.Encoder("s.fsc", low_delay=True, threads=1)
encoder.push(clip[0])
child = os.fork()
if child == 0:
    import atexit
    atexit._run_exitfuncs()
    os._exit(0)
os.waitpid(child, 0)
encoder.push(clip[1])
encoder.finish()
assert fsc.info("s.fsc").frames == 2
""")
    assert done.returncode == 0, done.stderr
