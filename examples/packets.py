"""A live line: packets from an encoder to a decoder, with a key frame on demand and a receiver that joins late."""
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fsc


def paint(t: int) -> NDArray[Any]:
    y, x = np.mgrid[:16, :16]
    waves: NDArray[Any] = np.stack([np.sin(0.4 * (x + t)), np.cos(0.3 * (y - t))]).astype(np.float32)
    return waves


def main() -> None:
    encoder = fsc.Encoder(low_delay=True, qp=24)
    decoder = None
    late = None
    for t in range(12):
        if t == 6:
            encoder.request_key_frame()
            encoder.set_qp(36)
        for packet in encoder.push(paint(t)):
            if decoder is None:
                decoder = fsc.Decoder(header=encoder.header)
            for frame in decoder.push(packet):
                print(packet, "gives", frame)
            # Whoever has the header can begin at a key frame that was asked for.
            if t == 6:
                late = fsc.Decoder(header=encoder.header)
            if late is not None:
                print("late:", [frame.number for frame in late.push(packet)])
    print(encoder.finish())


main()
