#!/usr/bin/env python3
"""A feature pyramid to measure with, where no network of that size is at hand: 256 channels at 1/4, 1/8, 1/16 and 1/32 of the picture.

usage: pyramid.py OUT.npz [--frames 20] [--size 1344x800] [--channels 256] [--seed 1]

Each layer mixes twelve smooth fields into its channels and cuts below zero, as a network's convolution and rectifier do; the fields move as under a camera
that pans, by the same input pixels in every layer, and a little noise is new in every frame. Strides for fsc: --stride 4,8,16,32. 22.8 million elements a
frame at 1344 x 800.
"""
import argparse
import zipfile

import numpy as np

STRIDES = (4, 8, 16, 32)
FIELDS = 12
MOTION_PX = (3.25, -1.5)  # of the picture, a frame: right, down
NOISE = 0.05              # of the fields' deviation


def field_spectra(rng, height, width):
    """Smooth random fields, as spectra: what moves is a phase, so that any part of a cell is exact."""
    spectrum = np.fft.rfft2(rng.standard_normal((FIELDS, height, width)))
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    spectrum *= 1 / (1 + (24 * np.hypot(fx, fy)) ** 2)
    spectrum[:, 0, 0] = 0
    fields = np.fft.irfft2(spectrum, (height, width))
    return spectrum / fields.std(axis=(1, 2), keepdims=True), fy, fx


def frames_of_layer(stride, args, width_px, height_px):
    rng = np.random.default_rng([args.seed, stride])
    height, width = -(-height_px // stride), -(-width_px // stride)
    spectra, fy, fx = field_spectra(rng, height, width)
    mix = rng.standard_normal((args.channels, FIELDS)) / FIELDS ** 0.5
    bias = rng.uniform(-1, 0.3, (args.channels, 1))
    for t in range(args.frames):
        phase = np.exp(-2j * np.pi * t / stride * (fx * MOTION_PX[0] + fy * MOTION_PX[1]))
        fields = np.fft.irfft2(spectra * phase, (height, width)).reshape(FIELDS, -1)
        values = mix @ fields + bias
        values += NOISE * rng.standard_normal(values.shape, dtype=np.float32)
        yield np.maximum(values, 0).astype("<f4").reshape(1, args.channels, height, width)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--size", default="1344x800")
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    width_px, height_px = map(int, args.size.split("x"))
    with zipfile.ZipFile(args.output, "w") as archive:  # frame by frame: memory holds one
        for stride in STRIDES:
            with archive.open(f"p{stride}.npy", "w", force_zip64=True) as file:
                for t, frame in enumerate(frames_of_layer(stride, args, width_px, height_px)):
                    if t == 0:
                        header = {"descr": "<f4", "fortran_order": False, "shape": (args.frames, *frame.shape[1:])}
                        np.lib.format.write_array_header_1_0(file, header)
                    file.write(frame.tobytes())


if __name__ == "__main__":
    main()
