"""Streams that are cut, changed or mixed: the named exception, never a crash, and the frames before are kept."""
import random

import fsc
import numpy as np
import pytest
from conftest import moving_tensor

MODES = [m for m in ("latent", "float", "hevc", "ffv1") if m in fsc.modes()]


@pytest.mark.parametrize("mode", MODES)
def test_cut_anywhere(mode):
    clip = moving_tensor(5, 4, 16, 16)
    stream = fsc.encode(clip, mode=mode, gop=2)
    whole = fsc.decode(stream)
    packets = fsc.info(stream, frames=True).packets
    last = max(p.offset_bytes + p.size_bytes for p in packets)
    for length in [*range(0, len(stream), 37), last - 1, last + 1, len(stream) - 1]:
        try:
            decoder = fsc.Decoder(stream[:length])
        except fsc.BadInputError:
            continue  # in the header
        frames = []
        try:
            for frame in decoder:
                frames.append(frame)
        except fsc.BadInputError as error:
            assert error.what and error.where
        for frame in frames:
            np.testing.assert_array_equal(frame.array, whole[frame.number])


@pytest.mark.parametrize("mode", MODES)
def test_a_bit_that_is_another(mode):
    clip = moving_tensor(4, 4, 16, 16)
    stream = fsc.encode(clip, mode=mode, gop=2)
    whole = fsc.decode(stream)
    chance = random.Random(7)
    refused = 0
    for _ in range(60):
        changed = bytearray(stream)
        changed[chance.randrange(len(stream))] ^= 1 << chance.randrange(8)
        for task in (fsc.decode, fsc.info):
            try:
                result = task(changed)
                if task is fsc.decode:
                    np.testing.assert_array_equal(result, whole)  # the index alone
            except fsc.BadInputError:
                refused += 1
    assert refused >= 40


def test_info_tells_what_is_before_the_damage(clip):
    stream = fsc.encode(clip, low_delay=True, gop=2)
    packets = fsc.info(stream, frames=True).packets
    cut = packets[3].offset_bytes + 5
    info = fsc.info(stream[:cut])
    assert info.frames == 3 and "last good frame is 2" in info.damage and "damage" in str(info)
    assert len(fsc.Decoder(stream[:cut])) == 3
    with pytest.raises(fsc.BadInputError):
        fsc.decode(stream[:cut])
    with pytest.raises(fsc.BadInputError):
        fsc.cat([stream, stream[:cut]])


def test_what_is_no_stream():
    for data in (b"", b"\0", b"PK\3\4" + bytes(100), bytes(10000)):
        for task in (fsc.decode, fsc.info, fsc.Decoder):
            with pytest.raises(fsc.BadInputError):
                task(data)
        with pytest.raises(fsc.BadInputError):
            fsc.load_profile(data)
        with pytest.raises(fsc.BadInputError):
            fsc.Decoder(header=data)


def test_two_streams_one_behind_the_other(clip):
    stream = fsc.encode(clip)
    frames = []
    with pytest.raises(fsc.BadInputError):
        for frame in fsc.Decoder(stream + stream):
            frames.append(frame)
    assert len(frames) in (0, len(clip))


def packets_of(clip, **arguments):
    encoder = fsc.Encoder(low_delay=True, **arguments)
    packets = [packet for frame in clip for packet in encoder.push(frame)]
    return encoder.header, packets + list(encoder.finish().packets)


@pytest.mark.parametrize("mode", MODES)
def test_a_decoder_that_is_fed_two_streams(clip, mode):
    """Its own frames are right, and what is of the other is refused or, where nothing tells the two apart, decoded."""
    header, packets = packets_of(clip, mode=mode)
    _, others = packets_of(clip[:, :5, :7], mode=mode)
    decoder = fsc.Decoder(header=header)
    good = decoder.push(packets[0])
    with pytest.raises(fsc.BadInputError):
        decoder.push(others[0])
        decoder.push(others[1])
    decoder.flush()
    decoder.restart()
    good = decoder.push(packets[0]) + decoder.push(packets[1])
    good += decoder.flush()
    expected = fsc.Decoder(header=header)
    right = expected.push(packets[0]) + expected.push(packets[1]) + expected.flush()
    for a, b in zip(good, right):
        np.testing.assert_array_equal(a.array, b.array)
    assert len(good) == len(right) == 2


def test_packets_that_are_not(clip):
    header, packets = packets_of(clip)
    decoder = fsc.Decoder(header=header)
    for data in (b"", b"x", packets[0].data[:-1], packets[0].data + b"x", header):
        with pytest.raises(fsc.BadInputError):
            decoder.push(data)
    assert len(decoder.push(packets[0]) + decoder.flush()) == 1
    with pytest.raises(fsc.UsageError):
        fsc.Decoder(header=header, src=b"")
    with pytest.raises(fsc.UsageError):
        next(decoder)
    with pytest.raises(fsc.UsageError):
        fsc.Decoder(fsc.encode(clip)).push(packets[0])
