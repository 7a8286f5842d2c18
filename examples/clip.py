"""A clip of features into one .fsc file and back. usage: clip.py FILE"""
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fsc


def paint(frames: int) -> NDArray[Any]:
    """A wave that moves over every channel: frames x channels x height x width."""
    t, c, y, x = np.meshgrid(np.arange(frames), np.arange(8), np.arange(24), np.arange(32), indexing="ij")
    wave: NDArray[Any] = np.sin(0.3 * (x + t) + 0.2 * y * (1 + c)).astype(np.float32)
    return wave


def main() -> None:
    path = sys.argv[1]
    features = paint(frames=20)

    # A whole clip, in memory
    stream = fsc.encode(features, stride=8, qp=28)
    decoded = fsc.decode(stream)
    print(fsc.info(stream))
    print(fsc.quality(features, decoded))

    # Frame by frame, several layers, into a file
    with fsc.Encoder(path, qp=28, stride={"p2": 8, "p3": 16}, input_size=(192, 256)) as encoder:
        for frame in features:
            encoder.push({"p2": frame, "p3": frame[:, ::2, ::2]})

    with fsc.Decoder(path) as decoder:
        print(f"{len(decoder)} frames of a network's input of {decoder.input_size} px")
        decoder.seek(10)
        for frame in decoder:
            print(frame.number, frame.time_s, frame["p2"].shape, frame["p3"].shape)

    # A rate-distortion curve against another
    def curve(preset: str) -> "list[tuple[float, float]]":
        streams = [fsc.encode(features, stride=8, qp=qp, preset=preset) for qp in (16, 22, 28, 34)]
        return [(len(s), fsc.quality(features, fsc.decode(s)).snr_db) for s in streams]

    print(fsc.bd_rate(anchor=curve("fast"), test=curve("high")))


main()
