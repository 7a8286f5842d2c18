"""Ten thousand frames in the same memory."""
import gc

import fsc
import numpy as np
import pytest


def resident_kib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4


def grown_kib(step, warm, count):
    """How much memory `count` steps take beyond the first `warm`."""
    for i in range(warm):
        step(i)
    gc.collect()
    before = resident_kib()
    for i in range(count):
        step(i)
    gc.collect()
    return resident_kib() - before


FRAME_KIB = 16 * 8 * 8 * 4 // 1024


@pytest.fixture
def frame():
    return np.random.default_rng(0).standard_normal((16, 8, 8)).astype(np.float32)


class Nowhere:
    def write(self, data):
        return len(data)


@pytest.mark.parametrize("mode, dst", [("latent", None), ("float", Nowhere())])
def test_ten_thousand_frames_through_one_encoder(frame, mode, dst):
    encoder = fsc.Encoder(dst, mode=mode, preset="fast" if mode == "latent" else "", qp=50, threads=1, low_delay=True)
    # The index of a file grows by about 8 bytes a packet.
    assert grown_kib(lambda i: encoder.push(frame), 1000, 10000) < 400 * FRAME_KIB
    if dst is not None:
        assert encoder.finish().frames == 11000


def test_ten_thousand_frames_through_one_decoder(frame):
    encoder = fsc.Encoder(mode="latent", preset="fast", qp=50, threads=1, low_delay=True, gop=2)
    packets = [encoder.push(frame)[0] for _ in range(2)]
    decoder = fsc.Decoder(header=encoder.header, threads=1)

    def step(i):
        decoder.restart()
        frames = [f for packet in packets for f in decoder.push(packet)]
        assert len(frames) == 2

    assert grown_kib(step, 500, 5000) < 400 * FRAME_KIB


def test_encoders_and_decoders_come_and_go(frame):
    clip = frame[None]

    def step(i):
        assert fsc.decode(fsc.encode(clip, mode="float", threads=1)).shape == clip.shape
        with pytest.raises(fsc.BadInputError):
            fsc.decode(b"nothing")

    assert grown_kib(step, 200, 1500) < 400 * FRAME_KIB
